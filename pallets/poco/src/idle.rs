//! The idle workers of each pool, drawn with a probability proportional to effective stake.
//!
//! Only this module writes [`Classes`], [`Seats`] and a worker's `place`. A draw costs the same for ten workers
//! and for ten million: [`odds::class`] says how.

use crate::{
    draws::Draws,
    pallet::{Classes, Config, Seats, Workers},
    types::{Class, Place, Seat, Worker},
};
use core::marker::PhantomData;
use talka_primitives::{credibility, odds, traits::Standing, Balance, PoolId};

/// Tries after which a member of a class is kept whatever its stake. Each try succeeds with one half at least.
const MAX_TRIES: u32 = 64;

/// The idle workers of all pools.
pub(crate) struct Idle<T>(PhantomData<T>);

impl<T: Config> Idle<T> {
    /// Whether nobody in the pool is idle.
    pub(crate) fn is_empty(pool: PoolId) -> bool {
        Classes::<T>::get(pool).is_empty()
    }

    /// Seat a worker that is not seated. The caller stores `worker`. Whoever has no effective stake stays out.
    pub(crate) fn sit(who: &T::AccountId, worker: &mut Worker, standing: &Standing) {
        let stake = standing.effective_stake();
        let (None, Some(class)) = (worker.place, odds::class(stake)) else { return };
        let weight = credibility::weight(standing.score);
        let position = Classes::<T>::mutate(worker.pool, |classes| {
            match classes.iter_mut().find(|c| c.class == class) {
                Some(known) => {
                    let position = known.members;
                    known.members = position.saturating_add(1);
                    known.total = known.total.saturating_add(stake);
                    Some(position)
                }
                None => classes.try_push(Class { class, members: 1, total: stake }).ok().map(|()| 0),
            }
        });
        if let Some(position) = position {
            Seats::<T>::insert((worker.pool, class, position), Seat { worker: who.clone(), stake, weight });
            worker.place = Some(Place { class, position });
        }
    }

    /// Take a worker off its seat, if it has one. The caller stores `worker`.
    pub(crate) fn rise(worker: &mut Worker) {
        let Some(Place { class, position }) = worker.place.take() else { return };
        let pool = worker.pool;
        let Some(seat) = Seats::<T>::take((pool, class, position)) else { return };
        let last = Classes::<T>::mutate(pool, |classes| {
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
            if let Some(moved) = Seats::<T>::take((pool, class, last)) {
                Workers::<T>::mutate_extant(&moved.worker, |other| {
                    other.place = Some(Place { class, position })
                });
                Seats::<T>::insert((pool, class, position), moved);
            }
        }
    }

    /// Draw an idle worker, with a probability proportional to effective stake. It keeps its seat.
    pub(crate) fn draw(pool: PoolId, draws: &mut Draws<T>) -> Option<Seat<T::AccountId>> {
        let classes = Classes::<T>::get(pool);
        let whole = classes.iter().fold(0, |sum: Balance, class| sum.saturating_add(class.total));
        let mut point = draws.below(whole)?;
        let chosen = classes.iter().find(|class| {
            let here = point < class.total;
            point = point.saturating_sub(class.total);
            here
        })?;
        for tries in 1.. {
            let position = draws.below(chosen.members.into())? as u32;
            let seat = Seats::<T>::get((pool, chosen.class, position))?;
            if tries == MAX_TRIES || draws.below(odds::ceiling(chosen.class))? < seat.stake {
                return Some(seat);
            }
        }
        None
    }
}
