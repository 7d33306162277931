//! The end of a command that goes on until it is stopped.

use tokio::signal::{
    ctrl_c,
    unix::{signal, Signal, SignalKind},
};

use crate::error::CliError;

/// Hears SIGTERM from when it is made, and Ctrl-C while it is waited for.
pub(crate) struct Ending(Signal);

impl Ending {
    pub(crate) fn listen() -> Result<Self, CliError> {
        signal(SignalKind::terminate()).map(Self).map_err(CliError::io("listen for", "signals"))
    }

    /// Returns when the command is to end.
    pub(crate) async fn wait(&mut self) -> Result<(), CliError> {
        tokio::select! {
            _ = self.0.recv() => Ok(()),
            result = ctrl_c() => result.map_err(CliError::io("listen for", "signals")),
        }
    }
}
