//! What asks the program to end.

use std::future::Future;

use tokio::{
    pin,
    signal::unix::{signal, Signal, SignalKind},
};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::error::BridgeError;

/// SIGTERM, SIGINT, and SIGHUP, which a closed terminal sends.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> Result<Self, BridgeError> {
        let listen = |kind| signal(kind).map_err(BridgeError::io("listen for signals"));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// Work until that ends. The first signal asks it to end by `stop`, the second one drops it.
pub(crate) async fn until_stopped<Work>(work: Work, stop: CancellationToken) -> Result<(), BridgeError>
where
    Work: Future<Output = Result<(), BridgeError>>,
{
    let mut signals = Signals::new()?;
    pin!(work);
    loop {
        tokio::select! {
            result = &mut work => return result,
            () = signals.next() => {
                if stop.is_cancelled() {
                    info!("stopped at once");
                    return Ok(());
                }
                info!("ending; a second signal stops at once");
                stop.cancel();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::pending, process::Command, time::Duration};
    use tokio::time::timeout;

    fn send(signal: &str) {
        let kill = format!("kill {signal} {}", std::process::id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    #[tokio::test]
    async fn the_first_one_asks_and_the_second_one_stops() {
        let stop = CancellationToken::new();
        let asked = stop.clone();
        let stubborn = async move {
            send("-TERM");
            asked.cancelled().await;
            send("-INT");
            pending().await
        };
        timeout(Duration::from_secs(10), until_stopped(stubborn, stop.clone())).await.unwrap().unwrap();
        let asked = CancellationToken::new();
        let willing = {
            let asked = asked.clone();
            async move {
                send("-HUP");
                asked.cancelled().await;
                Ok(())
            }
        };
        timeout(Duration::from_secs(10), until_stopped(willing, asked)).await.unwrap().unwrap();
    }
}
