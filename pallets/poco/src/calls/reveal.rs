use crate::{
    calls::ascending,
    pallet::{Config, Error, Event, Pallet},
    types::Reveal,
    WeightInfo as _,
};
use frame_support::{ensure, pallet_prelude::DispatchResultWithPostInfo, BoundedVec};
use talka_primitives::task::{self, Phase};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_reveal(
        who: T::AccountId,
        reveals: BoundedVec<Reveal, T::MaxBatch>,
    ) -> DispatchResultWithPostInfo {
        ensure!(!reveals.is_empty(), Error::<T>::EmptyBatch);
        let count = reveals.len() as u32;
        let (mut settled, mut judged) = (0u32, 0u32);
        for Reveal { task: id, digest } in reveals {
            let mut task = Self::open_task(id)?;
            let step = task.advance(id, Self::reveal_event(&who, digest)).map_err(Error::<T>::from)?;
            Self::deposit_event(match task.phase {
                Phase::Disputed => Event::Voted { task: id, juror: who.clone(), digest },
                _ => Event::Revealed { task: id, worker: who.clone(), digest },
            });
            if !matches!(step, task::Step::Waiting) {
                let jurors = task.jury.as_ref().map_or(0, |jury| jury.seats.len());
                settled = settled.saturating_add(task.contributions.len() as u32);
                judged = judged.saturating_add(jurors as u32);
            }
            Self::follow(id, task, step);
        }
        Ok(Some(T::WeightInfo::reveal(count, settled.div_ceil(count), judged.div_ceil(count))).into())
    }

    pub(crate) fn may_reveal(who: &T::AccountId, reveals: &[Reveal]) -> bool {
        let valid = |reveal: &Reveal| {
            Self::open_task(reveal.task).is_ok_and(|mut task| {
                task.advance(reveal.task, Self::reveal_event(who, reveal.digest)).is_ok()
            })
        };
        !reveals.is_empty() && ascending(reveals, |item| item.task) && reveals.iter().all(valid)
    }

    fn reveal_event(who: &T::AccountId, digest: talka_primitives::Digest) -> task::Event<T::AccountId> {
        task::Event::Reveal { worker: who.clone(), digest, now: Self::now() }
    }
}
