//! The memory that executions draw from. Without a budget the kernel ends the worker with all that it has in work.

use std::{fs, path::Path, sync::Arc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const MIB: u64 = 1024 * 1024;

/// What is left of the machine's memory for everything but executions, in MiB: this program, its compiled modules, the system.
const LEFT: u64 = 1024;

/// The least budget where nobody has chosen one, in MiB.
const LEAST: u64 = 256;

/// More than a task can get, in MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge {
    pub(crate) needed: u64,
    pub(crate) budget: u64,
}

/// What all executions together may take. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    mib: u64,
    free: Arc<Semaphore>,
}

impl Budget {
    pub(crate) fn new(mib: u64) -> Self {
        let mib = mib.min(Semaphore::MAX_PERMITS as u64).min(u32::MAX.into());
        Self { mib, free: Arc::new(Semaphore::new(mib as usize)) }
    }

    /// Take this number of bytes, until the answer is dropped. Waits in turn until they are free, which may take long.
    pub(crate) async fn take(&self, bytes: u64) -> Result<OwnedSemaphorePermit, TooLarge> {
        let needed = bytes.div_ceil(MIB);
        let too_large = TooLarge { needed, budget: self.mib };
        if needed > self.mib {
            return Err(too_large);
        }
        // Nobody closes it.
        self.free.clone().acquire_many_owned(needed as u32).await.map_err(|_| too_large)
    }
}

/// The budget where the operator has chosen none: what the machine has, or this program may have of it, less what everything
/// else needs. `None` where that cannot be determined.
pub(crate) fn usual_budget() -> Option<u64> {
    available().map(|bytes| (bytes / MIB).saturating_sub(LEFT).max(LEAST))
}

/// The memory that this program may use, in bytes.
pub(crate) fn available() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let group = fs::read_to_string("/proc/self/cgroup").ok().and_then(|text| limit(&text));
    machine.into_iter().chain(group).min()
}

/// The memory of the machine, in bytes, as `/proc/meminfo` tells.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// The least limit of the control groups that this program is in.
fn limit(cgroup: &str) -> Option<u64> {
    let root = Path::new("/sys/fs/cgroup");
    let group = root.join(group(cgroup)?.trim_start_matches('/'));
    let groups = group.ancestors().take_while(|group| group.starts_with(root));
    groups.filter_map(|group| fs::read_to_string(group.join("memory.max")).ok()?.trim().parse().ok()).min()
}

/// The control group, as `/proc/self/cgroup` tells.
fn group(cgroup: &str) -> Option<&str> {
    cgroup.lines().find_map(|line| line.strip_prefix("0::"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[tokio::test]
    async fn lets_executions_wait_for_one_another() {
        let budget = Budget::new(100);
        let first = budget.take(60 * MIB).await.unwrap();
        let _second = budget.take(40 * MIB).await.unwrap();
        assert!(budget.take(1).now_or_never().is_none());
        drop(first);
        assert!(budget.take(60 * MIB).now_or_never().is_some());
    }

    #[tokio::test]
    async fn says_at_once_what_never_fits() {
        let budget = Budget::new(100);
        let _all = budget.take(100 * MIB).await.unwrap();
        let error = budget.take(100 * MIB + 1).await.unwrap_err();
        assert_eq!(error, TooLarge { needed: 101, budget: 100 });
    }

    #[test]
    fn reads_what_the_system_tells() {
        let meminfo = "MemTotal:       16384000 kB\nMemFree:         1234 kB\n";
        assert_eq!(total(meminfo), Some(16_384_000 * 1024));
        assert_eq!(total("MemFree: 1 kB\n"), None);
        assert_eq!(total("MemTotal: many kB\n"), None);
        assert_eq!(
            group("0::/system.slice/talka-worker.service\n"),
            Some("/system.slice/talka-worker.service")
        );
        assert_eq!(group("5:memory:/a\n"), None);
    }
}
