//! Waiting work: a queue for each bench, and a queue of the benches that can be served.
//!
//! Only this module writes [`Queues`], [`Waiting`], [`ReadyBenches`] and [`ReadyEnds`].

use crate::{
    pallet::{Config, Queues, ReadyBenches, ReadyEnds, Waiting},
    types::{Bench, Ends, Work},
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
        let position = Queues::<T>::mutate(bench, |queue| queue.ends.push());
        Waiting::<T>::insert(bench, position, work);
    }

    /// Take the first entry.
    pub(crate) fn pop(bench: Bench) -> Option<Work> {
        let position = Queues::<T>::mutate(bench, |queue| queue.ends.pop())?;
        Waiting::<T>::take(bench, position)
    }

    /// A bench got work or an idle worker: have it served, if it has work.
    pub(crate) fn make_ready(bench: Bench) {
        Queues::<T>::mutate(bench, |queue| {
            if queue.ready || queue.ends.length() == 0 {
                return;
            }
            queue.ready = true;
            if bench != Bench::Auditors {
                ReadyBenches::<T>::insert(ReadyEnds::<T>::mutate(Ends::push), bench);
            }
        });
    }

    /// Take the first bench to be served. Auditors always come first: what they are wanted for ends tasks, and pools
    /// that have much to do would keep them busy.
    pub(crate) fn next_bench() -> Option<Bench> {
        if Queues::<T>::get(Bench::Auditors).ready {
            Queues::<T>::mutate(Bench::Auditors, |queue| queue.ready = false);
            return Some(Bench::Auditors);
        }
        let bench = ReadyBenches::<T>::take(ReadyEnds::<T>::mutate(Ends::pop)?)?;
        Queues::<T>::mutate(bench, |queue| queue.ready = false);
        Some(bench)
    }
}
