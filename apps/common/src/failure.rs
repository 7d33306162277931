use std::process::ExitCode;

/// Why an app ends without a result. The text says what is wrong, and its last line what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The command line or the environment is wrong: exit status 2.
    #[error("{problem}\nhint: {hint}")]
    Usage {
        /// What is wrong.
        problem: String,
        /// What to do.
        hint: String,
    },
    /// A file cannot be read or written, or its content makes no sense: exit status 1.
    #[error("{problem}\nhint: {hint}")]
    Data {
        /// What is wrong.
        problem: String,
        /// What to do.
        hint: String,
    },
}

impl Failure {
    /// A mistake on the command line or in the environment.
    pub fn usage(problem: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { problem: problem.into(), hint: hint.into() }
    }

    /// A mistake in a file.
    pub fn data(problem: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Data { problem: problem.into(), hint: hint.into() }
    }

    /// The exit status that tells the two apart.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Usage { .. } => 2,
            Self::Data { .. } => 1,
        }
    }
}

/// Ends `main`: a failure goes to standard error, and decides the exit status.
pub fn finish(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.exit_status())
        }
    }
}
