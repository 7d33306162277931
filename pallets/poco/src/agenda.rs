//! The agenda: for each block, the tasks, deals and workers that the chain has to look at.
//!
//! Only this module writes [`Appointments`], [`AgendaLength`] and [`AgendaCursor`]. An appointment is never withdrawn:
//! its handler checks whether it still applies (a task and a worker know their next appointment).

use crate::{
    pallet::{AgendaCursor, AgendaLength, Appointments, Config},
    types::{Appointment, Cursor},
};
use core::marker::PhantomData;
use frame_support::weights::{Weight, WeightMeter};
use talka_primitives::BlockNumber;

/// The agenda.
pub(crate) struct Agenda<T>(PhantomData<T>);

impl<T: Config> Agenda<T> {
    /// Have something looked at in block `at`, which must be in the future; or now, while the agenda is processed.
    pub(crate) fn schedule(at: BlockNumber, appointment: Appointment<T::AccountId>) {
        AgendaLength::<T>::mutate(at, |length| {
            Appointments::<T>::insert(at, *length, appointment);
            *length = length.saturating_add(1);
        });
    }

    /// The first appointment that is due. It stays there until it is [taken](Self::take). Costs `look` for each block before it
    /// in which there is none any more; nothing where the meter has no room for that.
    pub(crate) fn first_due(
        now: BlockNumber,
        meter: &mut WeightMeter,
        look: Weight,
    ) -> Option<Appointment<T::AccountId>> {
        let before = AgendaCursor::<T>::get();
        let mut cursor = before;
        let found = loop {
            if cursor.block > now {
                break None;
            }
            if let Some(appointment) = Appointments::<T>::get(cursor.block, cursor.position) {
                break Some(appointment);
            }
            if meter.try_consume(look).is_err() {
                break None;
            }
            AgendaLength::<T>::remove(cursor.block);
            cursor = Cursor { block: cursor.block.saturating_add(1), position: 0 };
        };
        if cursor != before {
            AgendaCursor::<T>::put(cursor);
        }
        found
    }

    /// Take the appointment that [`Agenda::first_due`] has found.
    pub(crate) fn take() {
        AgendaCursor::<T>::mutate(|cursor| {
            Appointments::<T>::remove(cursor.block, cursor.position);
            cursor.position = cursor.position.saturating_add(1);
        });
    }
}
