//! What waits for workers: a queue for each bench, and a queue of the benches that can be served.
//!
//! Only this module writes [`Queues`], [`Waiting`], [`ReadyBenches`] and [`ReadyEnds`].

use crate::{
    pallet::{Config, Queues, ReadyBenches, ReadyEnds, Waiting},
    types::{Bench, Work},
};
use core::marker::PhantomData;

/// The queues of all benches.
pub(crate) struct Queue<T>(PhantomData<T>);

impl<T: Config> Queue<T> {
    /// How many entries wait for a bench.
    pub(crate) fn len(bench: Bench) -> u64 {
        Queues::<T>::get(bench).ends.length()
    }

    /// Append an entry, and have the bench served.
    pub(crate) fn push(bench: Bench, work: Work) {
        Self::append(bench, work);
        Self::make_ready(bench);
    }

    /// Put an entry that was taken back, at the end.
    pub(crate) fn append(bench: Bench, work: Work) {
        Queues::<T>::mutate(bench, |queue| {
            Waiting::<T>::insert(bench, queue.ends.tail, work);
            queue.ends.tail = queue.ends.tail.saturating_add(1);
        });
    }

    /// Take the first entry.
    pub(crate) fn pop(bench: Bench) -> Option<Work> {
        Queues::<T>::mutate(bench, |queue| {
            if queue.ends.length() == 0 {
                return None;
            }
            let work = Waiting::<T>::take(bench, queue.ends.head);
            queue.ends.head = queue.ends.head.saturating_add(1);
            work
        })
    }

    /// A bench got work or an idle worker: have it served, if it has work.
    pub(crate) fn make_ready(bench: Bench) {
        Queues::<T>::mutate(bench, |queue| {
            if queue.ready || queue.ends.length() == 0 {
                return;
            }
            queue.ready = true;
            if bench == Bench::Auditors {
                return;
            }
            ReadyEnds::<T>::mutate(|ends| {
                ReadyBenches::<T>::insert(ends.tail, bench);
                ends.tail = ends.tail.saturating_add(1);
            });
        });
    }

    /// Take the first bench to be served. Auditors always come first: what they are wanted for ends tasks, and pools
    /// that have much to do would keep them busy.
    pub(crate) fn next_bench() -> Option<Bench> {
        if Queues::<T>::get(Bench::Auditors).ready {
            Queues::<T>::mutate(Bench::Auditors, |queue| queue.ready = false);
            return Some(Bench::Auditors);
        }
        let bench = ReadyEnds::<T>::mutate(|ends| {
            if ends.length() == 0 {
                return None;
            }
            let bench = ReadyBenches::<T>::take(ends.head);
            ends.head = ends.head.saturating_add(1);
            bench
        })?;
        Queues::<T>::mutate(bench, |queue| queue.ready = false);
        Some(bench)
    }
}
