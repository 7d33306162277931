//! Tells a slow source, or a slow reader, from one that has stopped.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::Transient;

/// This much has to move in each window: a drip of bytes must not hold a transfer open for ever. It is the size of
/// the pieces in which peers send.
const MIN_BYTES: u64 = 16 * 1024;

/// The deadline for the next bytes of a transfer: none of its windows may go by with less than [`MIN_BYTES`], and after
/// the first the average must not fall below the least rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    window: Duration,
    /// The end of the present window.
    closes: Instant,
    in_window: u64,
    began: Instant,
    /// Bytes a second. 0 is no limit.
    least: u64,
    moved: u64,
}

impl Pace {
    /// From now on, with windows of this length, and at least this number of bytes a second on average.
    pub fn new(window: Duration, least: u64) -> Self {
        let began = Instant::now();
        Self { window, closes: began + window, in_window: 0, began, least, moved: 0 }
    }

    /// When the other end counts as too slow.
    pub fn deadline(&self) -> Instant {
        self.spent().map_or(self.closes, |spent| spent.min(self.closes))
    }

    /// What it means that the deadline has passed.
    pub fn missed(&self) -> Transient {
        match self.spent() {
            Some(spent) if spent < self.closes => Transient::Slow(self.least),
            _ => Transient::Stalled(self.window),
        }
    }

    /// Counts bytes that moved. A window that got enough of them makes room for the next.
    pub fn moved(&mut self, bytes: u64, now: Instant) {
        self.moved += bytes;
        self.in_window += bytes;
        if self.in_window >= MIN_BYTES {
            self.in_window = 0;
            self.closes = now + self.window;
        }
    }

    /// When the average falls below the least rate if nothing more moves. The first window is free.
    fn spent(&self) -> Option<Instant> {
        let worth = Duration::from_millis(self.moved.saturating_mul(1000).checked_div(self.least)?);
        self.began.checked_add(self.window)?.checked_add(worth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(30);

    #[test]
    fn a_steady_source_moves_the_deadline() {
        let mut pace = Pace::new(WINDOW, 0);
        let later = Instant::now() + Duration::from_secs(10);
        pace.moved(MIN_BYTES, later);
        assert_eq!(pace.deadline(), later + WINDOW);
    }

    #[test]
    fn a_dripping_source_does_not() {
        let mut pace = Pace::new(WINDOW, 0);
        let deadline = pace.deadline();
        for second in 0..29 {
            pace.moved(100, Instant::now() + Duration::from_secs(second));
        }
        assert_eq!(pace.deadline(), deadline);
        assert_eq!(pace.missed(), Transient::Stalled(WINDOW));
    }

    #[test]
    fn small_pieces_add_up() {
        let mut pace = Pace::new(WINDOW, 0);
        let later = Instant::now() + Duration::from_secs(5);
        for _ in 0..MIN_BYTES / 64 {
            pace.moved(64, later);
        }
        assert_eq!(pace.deadline(), later + WINDOW);
    }

    #[test]
    fn a_source_below_the_least_rate_has_the_first_window_and_what_it_earned() {
        let least = 64 * 1024;
        let mut pace = Pace::new(WINDOW, least);
        let began = pace.began;
        // A piece in time for each window, which is 30 times too slow.
        pace.moved(MIN_BYTES, began + Duration::from_secs(20));
        assert_eq!(pace.deadline(), began + WINDOW + Duration::from_millis(250));
        assert_eq!(pace.missed(), Transient::Slow(least));
        // What is fast now has time in hand, but no more than a window without anything.
        pace.moved(1000 * least, began + Duration::from_secs(25));
        assert_eq!(pace.deadline(), began + Duration::from_secs(25) + WINDOW);
        assert_eq!(pace.missed(), Transient::Stalled(WINDOW));
    }
}
