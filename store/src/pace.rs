//! Tells a slow source from one that has stopped.

use std::time::Duration;

use tokio::time::Instant;

/// A source must deliver this much in each window: a drip of bytes must not hold a transfer open for ever. It is
/// the size of the pieces in which peers send.
const MIN_BYTES: u64 = 16 * 1024;

/// The deadline for the next bytes of a transfer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    window: Duration,
    deadline: Instant,
    received: u64,
}

impl Pace {
    pub fn new(window: Duration) -> Self {
        Self { window, deadline: Instant::now() + window, received: 0 }
    }

    /// When the source counts as stalled.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Counts bytes that arrived. A window that got enough of them makes room for the next.
    pub fn received(&mut self, bytes: u64, now: Instant) {
        self.received += bytes;
        if self.received >= MIN_BYTES {
            self.received = 0;
            self.deadline = now + self.window;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(30);

    #[test]
    fn a_steady_source_moves_the_deadline() {
        let mut pace = Pace::new(WINDOW);
        let later = Instant::now() + Duration::from_secs(10);
        pace.received(MIN_BYTES, later);
        assert_eq!(pace.deadline(), later + WINDOW);
    }

    #[test]
    fn a_dripping_source_does_not() {
        let mut pace = Pace::new(WINDOW);
        let deadline = pace.deadline();
        for second in 0..29 {
            pace.received(100, Instant::now() + Duration::from_secs(second));
        }
        assert_eq!(pace.deadline(), deadline);
    }

    #[test]
    fn small_pieces_add_up() {
        let mut pace = Pace::new(WINDOW);
        let later = Instant::now() + Duration::from_secs(5);
        for _ in 0..MIN_BYTES / 64 {
            pace.received(64, later);
        }
        assert_eq!(pace.deadline(), later + WINDOW);
    }
}
