//! The idle workers, drawn with a probability proportional to effective stake. Each has a seat on two benches: that of
//! its pool, and that of auditors.
//!
//! A seat shows what its worker would count if nothing of its bond were locked. That does not change when tasks lock and
//! unlock stake, which is often, so a seat stays as it is. What is locked counts after a seat was hit: see
//! [`odds::keeps`].
//!
//! Only this module writes [`Classes`], [`Seats`] and the places of a worker. A draw costs the same for ten workers
//! and for ten million: see [`odds::class`].

use crate::{
    pallet::{Classes, Config, Seats, Workers},
    types::{Bench, Class, Place, Seat, Worker},
};
use core::marker::PhantomData;
use talka_primitives::{credibility, odds, seed::Draws, traits::Standing};

/// Tries after which a member of a class is kept whatever its stake. Each try succeeds with one half at least.
const MAX_TRIES: u32 = 64;

/// The idle workers.
pub(crate) struct Idle<T>(PhantomData<T>);

impl<T: Config> Idle<T> {
    /// Whether nobody sits on a bench.
    pub(crate) fn is_empty(bench: Bench) -> bool {
        Classes::<T>::get(bench).is_empty()
    }

    /// How many sit on a bench.
    pub(crate) fn members(bench: Bench) -> u32 {
        Classes::<T>::get(bench).iter().fold(0, |sum, class| sum.saturating_add(class.members))
    }

    /// Seat a worker where it does not sit. The caller stores `worker`. A worker without effective stake is not seated.
    pub(crate) fn sit(who: &T::AccountId, worker: &mut Worker, standing: &Standing) {
        if worker.place.is_none() {
            worker.place = Self::take_seat(Bench::Pool(worker.pool), who, standing);
        }
        if worker.audit_place.is_none() {
            worker.audit_place = Self::take_seat(Bench::Auditors, who, standing);
        }
    }

    /// Take a worker off its seats. The caller stores `worker`.
    pub(crate) fn rise(worker: &mut Worker) {
        if let Some(place) = worker.place.take() {
            Self::leave_seat(Bench::Pool(worker.pool), place);
        }
        if let Some(place) = worker.audit_place.take() {
            Self::leave_seat(Bench::Auditors, place);
        }
    }

    /// Hit an idle worker, with a probability proportional to the stake of its seat. It keeps its seat.
    pub(crate) fn draw(bench: Bench, draws: &mut Draws) -> Option<Seat<T::AccountId>> {
        let classes = Classes::<T>::get(bench);
        let chosen = classes.get(draws.one_of(classes.iter().map(|class| class.total))?)?;
        for tries in 1.. {
            let position = draws.below(chosen.members.into())? as u32;
            let seat = Seats::<T>::get((bench, chosen.class, position))?;
            if tries == MAX_TRIES || draws.below(odds::ceiling(chosen.class))? < seat.stake {
                return Some(seat);
            }
        }
        None
    }

    fn take_seat(bench: Bench, who: &T::AccountId, standing: &Standing) -> Option<Place> {
        let stake = standing.seat_stake();
        let class = odds::class(stake)?;
        let weight = credibility::weight(standing.score);
        let position =
            Classes::<T>::mutate(bench, |classes| match classes.iter_mut().find(|c| c.class == class) {
                Some(known) => {
                    let position = known.members;
                    known.members = position.saturating_add(1);
                    known.total = known.total.saturating_add(stake);
                    Some(position)
                }
                None => classes.try_push(Class { class, members: 1, total: stake }).ok().map(|()| 0),
            })?;
        Seats::<T>::insert((bench, class, position), Seat { worker: who.clone(), stake, weight });
        Some(Place { class, position })
    }

    fn leave_seat(bench: Bench, Place { class, position }: Place) {
        let Some(seat) = Seats::<T>::take((bench, class, position)) else { return };
        let last = Classes::<T>::mutate(bench, |classes| {
            let at = classes.iter().position(|c| c.class == class)?;
            let known = &mut classes[at];
            known.members = known.members.saturating_sub(1);
            known.total = known.total.saturating_sub(seat.stake);
            let last = known.members;
            if last == 0 {
                classes.swap_remove(at);
            }
            Some(last)
        });
        // The last of the class takes the empty seat, so that the seats stay dense.
        if let Some(last) = last.filter(|last| *last != position) {
            if let Some(moved) = Seats::<T>::take((bench, class, last)) {
                let place = Some(Place { class, position });
                Workers::<T>::mutate_extant(&moved.worker, |other| match bench {
                    Bench::Pool(_) => other.place = place,
                    Bench::Auditors => other.audit_place = place,
                });
                Seats::<T>::insert((bench, class, position), moved);
            }
        }
    }
}
