//! What waits for workers: a queue for each pool, and a queue of the pools that can be served.
//!
//! Only this module writes [`Queues`], [`Waiting`], [`ReadyPools`] and [`ReadyEnds`].

use crate::{
    pallet::{Config, Queues, ReadyEnds, ReadyPools, Waiting},
    types::Work,
};
use core::marker::PhantomData;
use talka_primitives::PoolId;

/// The queues of all pools.
pub(crate) struct Queue<T>(PhantomData<T>);

impl<T: Config> Queue<T> {
    /// How many entries wait in a pool.
    pub(crate) fn len(pool: PoolId) -> u64 {
        Queues::<T>::get(pool).ends.length()
    }

    /// Append an entry, and have the pool served.
    pub(crate) fn push(pool: PoolId, work: Work) {
        Self::append(pool, work);
        Self::make_ready(pool);
    }

    /// Put an entry that was taken back, at the end.
    pub(crate) fn append(pool: PoolId, work: Work) {
        Queues::<T>::mutate(pool, |queue| {
            Waiting::<T>::insert(pool, queue.ends.tail, work);
            queue.ends.tail = queue.ends.tail.saturating_add(1);
        });
    }

    /// Take the first entry.
    pub(crate) fn pop(pool: PoolId) -> Option<Work> {
        Queues::<T>::mutate(pool, |queue| {
            if queue.ends.length() == 0 {
                return None;
            }
            let work = Waiting::<T>::take(pool, queue.ends.head);
            queue.ends.head = queue.ends.head.saturating_add(1);
            work
        })
    }

    /// A pool got work or an idle worker: have it served, if it has work.
    pub(crate) fn make_ready(pool: PoolId) {
        Queues::<T>::mutate(pool, |queue| {
            if queue.ready || queue.ends.length() == 0 {
                return;
            }
            queue.ready = true;
            ReadyEnds::<T>::mutate(|ends| {
                ReadyPools::<T>::insert(ends.tail, pool);
                ends.tail = ends.tail.saturating_add(1);
            });
        });
    }

    /// Take the first pool to be served.
    pub(crate) fn next_pool() -> Option<PoolId> {
        let pool = ReadyEnds::<T>::mutate(|ends| {
            if ends.length() == 0 {
                return None;
            }
            let pool = ReadyPools::<T>::take(ends.head);
            ends.head = ends.head.saturating_add(1);
            pool
        })?;
        Queues::<T>::mutate(pool, |queue| queue.ready = false);
        Some(pool)
    }
}
