//! How long a source may take. Workers are paid before anybody fetches, and one that sends a byte now and then must not keep a buyer
//! from asking another.
//!
//! The store's own least rate is one for each blob. The files of a result come side by side over the same line, so here all of
//! them are counted together, and from the store only that none of them stops is asked.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::time::{sleep_until, Instant};

/// What a source has to deliver, on average, in bytes a second.
const LEAST_RATE: u64 = 64 * 1024;
/// What every blob counts for beside its bytes: asking for it takes a while.
const EACH: u64 = 8 * 1024;
/// The time before the average counts.
const GRACE: Duration = Duration::from_secs(10);

/// What one source has delivered of one result since it was first asked.
#[derive(Debug)]
pub(super) struct Pace {
    since: Instant,
    delivered: AtomicU64,
}

impl Pace {
    pub(super) fn begin() -> Self {
        Self { since: Instant::now(), delivered: AtomicU64::new(0) }
    }

    /// Count bytes that have arrived.
    pub(super) fn arrived(&self, bytes: u64) {
        self.delivered.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Count a blob that is complete, beside its bytes.
    pub(super) fn completed(&self) {
        self.arrived(EACH);
    }

    /// When it will have been too slow, if nothing more arrives.
    fn deadline(&self) -> Instant {
        let earned = self.delivered.load(Ordering::Relaxed).saturating_mul(1_000) / LEAST_RATE;
        self.since + GRACE + Duration::from_millis(earned)
    }

    /// Returns when the source has been too slow.
    pub(super) async fn too_slow(&self) {
        loop {
            let deadline = self.deadline();
            if deadline <= Instant::now() {
                return;
            }
            sleep_until(deadline).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    /// How long a source has in all that delivers these bytes, in this number of blobs, and then nothing.
    fn seconds(bytes: u64, blobs: u32) -> u64 {
        let pace = Pace::begin();
        pace.arrived(bytes);
        (0..blobs).for_each(|_| pace.completed());
        (pace.deadline() - pace.since).as_secs()
    }

    #[test]
    fn a_source_has_seconds_for_little_and_minutes_for_the_largest_result() {
        assert_eq!(seconds(0, 0), 10);
        assert_eq!(seconds(0, 16), 12);
        assert_eq!(seconds(64 * 1024 * 1024, 3), 10 + 1_024);
        assert!(seconds(64 * 1024 * 1024, 16_384) < 60 * 60);
    }

    #[test]
    fn a_drip_of_bytes_buys_no_time() {
        // A byte a second, for an hour.
        assert_eq!(seconds(3_600, 0), 10);
    }

    #[tokio::test]
    async fn who_waits_is_told_that_a_source_is_too_slow() {
        let since = Instant::now() - GRACE - Duration::from_secs(1);
        let pace = Pace { since, delivered: AtomicU64::new(0) };
        pace.too_slow().await;
        pace.arrived(3_600 * LEAST_RATE);
        assert!(pace.too_slow().now_or_never().is_none());
    }
}
