//! How the host stops an app.

/// Why the host stopped an app. None of these is a result.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stopped {
    /// The host has not got the memory that the task's limit promises.
    #[error("out of memory")]
    OutOfMemory,
    /// The host could not read the dataset.
    #[error("reading the dataset: {0}")]
    Dataset(#[source] std::io::Error),
}
