use crate::{
    calls::in_name_of,
    duty::check_order,
    pallet::{Config, Error, Event, Pallet},
    types::Reveal,
    WeightInfo as _,
};
use alloc::vec::Vec;
use frame_support::{ensure, pallet_prelude::DispatchResultWithPostInfo, BoundedVec};
use talka_primitives::task::{self, Phase};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_reveal(
        who: T::AccountId,
        reveals: BoundedVec<Reveal, T::MaxBatch>,
    ) -> DispatchResultWithPostInfo {
        ensure!(!reveals.is_empty(), Error::<T>::EmptyBatch);
        let mut weight = T::WeightInfo::reveal(reveals.len() as u32);
        for Reveal { task: id, digest } in reveals {
            let mut task = Self::open_task(id)?;
            let who = in_name_of::<T>(&who, &task);
            let step = task.advance(id, Self::reveal_event(&who, digest)).map_err(Error::<T>::from)?;
            Self::deposit_event(match task.phase {
                Phase::Disputed => Event::Voted { task: id, juror: who.clone(), digest },
                _ => Event::Revealed { task: id, worker: who.clone(), digest },
            });
            weight = weight.saturating_add(Self::weight_of_step(&task, step));
            Self::follow(id, task, step);
        }
        Ok(Some(weight).into())
    }

    /// The first digest that is not asked for ends the check: it costs a stranger's call one task.
    pub(crate) fn check_reveal(who: &T::AccountId, reveals: &[Reveal]) -> Result<(), Error<T>> {
        let tasks: Vec<_> = reveals.iter().map(|item| item.task).collect();
        check_order::<T>(&tasks)?;
        for reveal in reveals {
            let mut task = Self::open_task(reveal.task)?;
            let who = in_name_of::<T>(who, &task);
            task.advance(reveal.task, Self::reveal_event(&who, reveal.digest))?;
        }
        Ok(())
    }

    fn reveal_event(who: &T::AccountId, digest: talka_primitives::Digest) -> task::Event<T::AccountId> {
        task::Event::Reveal { worker: who.clone(), digest, now: Self::now() }
    }
}
