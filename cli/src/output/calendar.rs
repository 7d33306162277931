//! Blocks as times of day.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, Local, TimeDelta};
use talka_client::Snapshot;
use talka_primitives::BlockNumber;

use crate::error::CliError;

/// When blocks are made, if all goes on as it should.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calendar {
    block: BlockNumber,
    /// The time of that block, where the user is.
    at: DateTime<FixedOffset>,
    block_time: Duration,
}

impl Calendar {
    /// As the head of the chain is made now.
    pub(crate) fn now(snapshot: &Snapshot) -> Result<Self, CliError> {
        let block_time = snapshot.parameters()?.block_time;
        Ok(Self { block: snapshot.block().number, at: Local::now().fixed_offset(), block_time })
    }

    /// The time of a block; with its day where that is another one.
    fn time(&self, block: BlockNumber) -> Option<String> {
        let blocks = i64::from(block) - i64::from(self.block);
        let milliseconds = i64::try_from(self.block_time.as_millis()).ok()?.checked_mul(blocks)?;
        let time = self.at.checked_add_signed(TimeDelta::try_milliseconds(milliseconds)?)?;
        let form = if time.date_naive() == self.at.date_naive() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
        Some(time.format(form).to_string())
    }
}

/// A block and about when it is: `block 100, about 14:32`.
pub(super) fn block(calendar: Option<Calendar>, block: BlockNumber) -> String {
    match calendar.and_then(|calendar| calendar.time(block)) {
        Some(time) => format!("block {block}, about {time}"),
        None => format!("block {block}"),
    }
}

/// The same for a table: `100 (14:32)`.
pub(super) fn cell(calendar: Option<Calendar>, block: BlockNumber) -> String {
    match calendar.and_then(|calendar| calendar.time(block)) {
        Some(time) => format!("{block} ({time})"),
        None => block.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_a_time_and_those_of_other_days_a_date() {
        let at = DateTime::parse_from_rfc3339("2026-03-01T23:30:10+02:00").unwrap();
        let calendar = Some(Calendar { block: 1_000, at, block_time: Duration::from_secs(2) });
        assert_eq!(block(calendar, 1_000), "block 1000, about 23:30");
        assert_eq!(block(calendar, 1_300), "block 1300, about 23:40");
        assert_eq!(block(calendar, 100), "block 100, about 23:00");
        assert_eq!(block(calendar, 2_000), "block 2000, about 2026-03-02 00:03");
        assert_eq!(cell(calendar, 1_300), "1300 (23:40)");
        assert_eq!(block(None, 100), "block 100");
        assert!(block(calendar, u32::MAX).starts_with("block 4294967295, about 2298-"));
    }
}
