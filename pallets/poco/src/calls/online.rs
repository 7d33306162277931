use crate::{
    idle::Idle,
    pallet::{Config, Crew, Error, Event, Pallet, Workers},
    queue::Queue,
    types::{Bench, Worker},
};
use frame_support::{ensure, pallet_prelude::DispatchResult, BoundedVec};
use talka_primitives::{
    asset::{Unmet, Uri},
    room::Moment,
    task::MAX_SLOTS,
    traits::{Market as _, Stake as _},
};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_go_online(who: T::AccountId, slots: u8, peer: Uri) -> DispatchResult {
        ensure!((1..=MAX_SLOTS).contains(&slots), Error::<T>::InvalidSlots);
        ensure!(peer.is_utf8(), Error::<T>::NotText);
        let membership = T::Market::membership(&who).ok_or(Error::<T>::NotAMember)?;
        let standing = T::Stake::standing(&who);
        match membership.policy.unmet_by(standing.bond, standing.score) {
            None => {}
            Some(Unmet::Bond) => return Err(Error::<T>::BondTooSmall.into()),
            Some(Unmet::Score) => return Err(Error::<T>::ScoreTooLow.into()),
        }
        ensure!(standing.ripe_at <= Self::now(), Error::<T>::BondTooYoung);
        let known = Workers::<T>::get(&who);
        let is_paused = known.as_ref().is_some_and(|worker| worker.paused_until > Self::now());
        ensure!(!is_paused, Error::<T>::Paused);

        let mut worker = match known {
            Some(worker) => worker,
            None => Worker {
                pool: membership.pool,
                online: false,
                slots,
                assigned: BoundedVec::new(),
                peer: Uri::default(),
                last_seen: Moment::default(),
                next_beat: 0,
                watch: None,
                place: None,
                audit_place: None,
                reliability: Default::default(),
                paused_until: 0,
                deposit: Self::register(&who)?,
            },
        };
        Idle::<T>::rise(&mut worker);
        worker.pool = membership.pool;
        worker.online = true;
        worker.slots = slots;
        worker.peer = peer;
        worker.last_seen = Self::moment();
        Self::sit_if_idle(&who, &mut worker);
        Workers::<T>::insert(&who, worker);
        Crew::<T>::insert(membership.pool, &who, ());
        Self::deposit_event(Event::WorkerOnline { worker: who, pool: membership.pool });
        Ok(())
    }

    pub(crate) fn do_go_offline(who: T::AccountId) -> DispatchResult {
        let mut worker =
            Workers::<T>::get(&who).filter(|worker| worker.online).ok_or(Error::<T>::NotOnline)?;
        Self::take_offline(&who, &mut worker);
        Workers::<T>::insert(&who, worker);
        Ok(())
    }

    /// The caller stores `worker`.
    pub(crate) fn take_offline(who: &T::AccountId, worker: &mut Worker) {
        Idle::<T>::rise(worker);
        if worker.online {
            worker.online = false;
            Self::deposit_event(Event::WorkerOffline { worker: who.clone() });
        }
    }

    /// Let a worker with a free slot be drawn. The caller stores `worker`.
    pub(crate) fn sit_if_idle(who: &T::AccountId, worker: &mut Worker) {
        if worker.is_idle() {
            Idle::<T>::sit(who, worker, &T::Stake::standing(who));
            Queue::<T>::make_ready(Bench::Pool(worker.pool));
            Queue::<T>::make_ready(Bench::Auditors);
        }
    }
}
