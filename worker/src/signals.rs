//! What asks the worker to end.

use std::path::Path;

use tokio::signal::unix::{signal, Signal, SignalKind};

use crate::error::WorkerError;

/// SIGTERM, SIGINT, and SIGHUP, which a closed terminal sends.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    pub(crate) fn new() -> Result<Self, WorkerError> {
        let listen = |kind| signal(kind).map_err(WorkerError::io("listen for", Path::new("signals")));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{process::Command, time::Duration};
    use tokio::time::timeout;

    #[tokio::test]
    async fn to_end_come_from_the_system_from_the_keyboard_and_from_a_terminal_that_closes() {
        let mut signals = Signals::new().unwrap();
        for signal in ["-TERM", "-INT", "-HUP"] {
            let kill = format!("kill {signal} {}", std::process::id());
            assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
            // What is not listened for would have ended this program.
            timeout(Duration::from_secs(10), signals.next()).await.expect(signal);
        }
    }
}
