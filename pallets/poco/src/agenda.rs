//! The agenda: for each block, the tasks and deals that the chain has to look at.
//!
//! Only this module writes [`Appointments`], [`AgendaLength`] and [`AgendaCursor`]. An appointment is never withdrawn:
//! its handler checks whether it still applies (a task knows its next appointment).

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
    /// Have something looked at in block `at`, which must be in the future.
    pub(crate) fn schedule(at: BlockNumber, appointment: Appointment) {
        AgendaLength::<T>::mutate(at, |length| {
            Appointments::<T>::insert(at, *length, appointment);
            *length = length.saturating_add(1);
        });
    }

    /// Take the next appointment that is due. Costs `look` for each block without one, and `keep` for the
    /// appointment; nothing is taken that the meter has no room to keep.
    pub(crate) fn next_due(
        now: BlockNumber,
        meter: &mut WeightMeter,
        look: Weight,
        keep: Weight,
    ) -> Option<Appointment> {
        let before = AgendaCursor::<T>::get();
        let mut cursor = before;
        let found = loop {
            if cursor.block > now || !meter.can_consume(look.saturating_add(keep)) {
                break None;
            }
            match Appointments::<T>::take(cursor.block, cursor.position) {
                Some(appointment) => {
                    meter.consume(keep);
                    cursor.position = cursor.position.saturating_add(1);
                    break Some(appointment);
                }
                None => {
                    meter.consume(look);
                    AgendaLength::<T>::remove(cursor.block);
                    cursor = Cursor { block: cursor.block.saturating_add(1), position: 0 };
                }
            }
        };
        if cursor != before {
            AgendaCursor::<T>::put(cursor);
        }
        found
    }
}
