//! Time, as an app sees it: it starts at the same moment for every task, and passes by being looked at.

/// The moment at which every task starts, and of which all files are: 2025-01-01T00:00:00Z, in nanoseconds since 1970.
pub(super) const START: u64 = 1_735_689_600_000_000_000;

/// What passes when the time is read, in nanoseconds: a loop that waits for a time comes to its end.
pub(super) const STEP: u64 = 1_000_000;

/// Number of clocks: real time, monotonic, process time and thread time.
const CLOCKS: u32 = 4;

/// The clock of real time.
pub(super) const REAL_TIME: u32 = 0;

/// All clocks of a task. They run at the same pace.
#[derive(Default)]
pub(super) struct Clock {
    elapsed: u64,
}

impl Clock {
    /// Whether there is such a clock.
    pub(super) fn exists(id: u32) -> bool {
        id < CLOCKS
    }

    /// What a clock shows, in nanoseconds. Reading takes time.
    pub(super) fn read(&mut self, id: u32) -> u64 {
        let now = Self::origin(id).saturating_add(self.elapsed);
        self.elapsed = self.elapsed.saturating_add(STEP);
        now
    }

    /// Nanoseconds until a clock shows `time`.
    pub(super) fn until(&self, id: u32, time: u64) -> u64 {
        time.saturating_sub(Self::origin(id).saturating_add(self.elapsed))
    }

    /// Lets time pass.
    pub(super) fn advance(&mut self, nanoseconds: u64) {
        self.elapsed = self.elapsed.saturating_add(nanoseconds);
    }

    fn origin(id: u32) -> u64 {
        if id == REAL_TIME {
            START
        } else {
            0
        }
    }
}
