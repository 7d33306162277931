//! Waiting work: a queue for each bench, and three lines of the benches that can be served.
//!
//! A pool whose last turn was in vain stands in the second line until something comes of a turn. So pools in which there is much
//! to try and nobody to draw wait for each other, and not the others for them.
//!
//! Only this module writes [`Queues`], [`Waiting`], [`Places`], [`ReadyBenches`] and [`ReadyEnds`].

use crate::{
    pallet::{Config, Pallet, Places, Queues, ReadyBenches, ReadyEnds, Waiting},
    types::{Bench, Ends, Line, PoolQueue, QueuePlace, Work},
};
use core::marker::PhantomData;
use talka_primitives::BlockNumber;

/// The queues of all benches.
pub(crate) struct Queue<T>(PhantomData<T>);

impl<T: Config> Queue<T> {
    /// How many entries wait for a bench.
    pub(crate) fn len(bench: Bench) -> u64 {
        Queues::<T>::get(bench).ends.length()
    }

    /// How many entries were not tried yet since something changed.
    pub(crate) fn untried(bench: Bench) -> u64 {
        let queue = Queues::<T>::get(bench);
        queue.ends.length().saturating_sub(queue.tried)
    }

    /// How late a bench was served until this block, all in all.
    pub(crate) fn delay(bench: Bench) -> BlockNumber {
        Queues::<T>::get(bench).delay.total(Pallet::<T>::now())
    }

    /// How late a bench has been served when something that joins its queue now is due: what came before is not its delay.
    pub(crate) fn delay_before(bench: Bench) -> BlockNumber {
        Queues::<T>::get(bench).delay.total(Pallet::<T>::now().saturating_add(1))
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
        Places::<T>::insert(work, QueuePlace { bench, position });
    }

    /// Take the first entry.
    pub(crate) fn pop(bench: Bench) -> Option<Work> {
        let position = Queues::<T>::mutate(bench, |queue| queue.ends.pop())?;
        let work = Waiting::<T>::take(bench, position)?;
        Places::<T>::remove(work);
        Some(work)
    }

    /// Take an entry out wherever it stands; nothing where it does not wait. The last one moves to its place: so there is no gap,
    /// and nobody else waits longer. If that was tried, it is tried once more.
    pub(crate) fn withdraw(work: Work) {
        let Some(QueuePlace { bench, position }) = Places::<T>::take(work) else { return };
        let last = Queues::<T>::mutate(bench, |queue| {
            queue.tried = queue.tried.saturating_sub(1);
            queue.ends.pop_last()
        });
        let Some(last) = last else { return };
        let Some(moved) = Waiting::<T>::take(bench, last) else { return };
        if last != position {
            Waiting::<T>::insert(bench, position, moved);
            Places::<T>::insert(moved, QueuePlace { bench, position });
        }
    }

    /// A pool is withdrawn: forget its queue. Whether that is empty, and the bench stands in no line.
    pub(crate) fn forget(bench: Bench) -> bool {
        let queue = Queues::<T>::get(bench);
        let is_idle = queue.ends.length() == 0 && queue.ready.is_none();
        if is_idle {
            Queues::<T>::remove(bench);
        }
        is_idle
    }

    /// A bench got work, or an idle worker, or one of its workers has stake unlocked: have it served, if it has work.
    pub(crate) fn make_ready(bench: Bench) {
        if Self::len(bench) > 0 {
            Queues::<T>::mutate(bench, |queue| queue.tried = 0);
            Self::join(bench);
        }
    }

    /// Have a bench served again, in the line where it belongs.
    pub(crate) fn join(bench: Bench) {
        Self::stand(bench, line_of(bench, &Queues::<T>::get(bench)));
    }

    /// Have a bench served in a line, if it has work and does not stand in one already.
    pub(crate) fn stand(bench: Bench, line: Line) {
        Queues::<T>::mutate(bench, |queue| {
            if queue.ready.is_some() || queue.ends.length() == 0 {
                return;
            }
            queue.ready = Some(line);
            queue.delay.begin(Pallet::<T>::now());
            ReadyBenches::<T>::insert(line, ReadyEnds::<T>::mutate(line, Ends::push), bench);
        });
    }

    /// Take the first bench of a line: its turn begins.
    pub(crate) fn take_first(line: Line) -> Option<Bench> {
        let bench = ReadyBenches::<T>::take(line, ReadyEnds::<T>::mutate(line, Ends::pop)?)?;
        Queues::<T>::mutate(bench, |queue| {
            queue.ready = None;
            queue.delay.end(Pallet::<T>::now());
        });
        Some(bench)
    }

    /// An entry was tried; whether in vain.
    pub(crate) fn note_try(bench: Bench, in_vain: bool) {
        Queues::<T>::mutate(bench, |queue| {
            queue.tried = if in_vain { queue.tried.saturating_add(1) } else { 0 }
        });
    }

    /// A turn of a bench is over that has cost work; whether it was in vain.
    pub(crate) fn note_turn(bench: Bench, in_vain: bool) {
        Queues::<T>::mutate(bench, |queue| queue.in_vain = in_vain);
    }
}

/// Where a bench belongs, after what came of its last turn.
fn line_of(bench: Bench, queue: &PoolQueue) -> Line {
    match bench {
        Bench::Auditors => Line::Auditors,
        Bench::Pool(_) if queue.in_vain => Line::Second,
        Bench::Pool(_) => Line::First,
    }
}
