//! The few calls of the `wasm-opt` crate that `substrate-wasm-builder` makes, carried out by the
//! program `wasm-opt` of Debian's `binaryen` package.
//!
//! The published crate compiles all of Binaryen's C++: twelve minutes of one core on every cold build.
//! The runtime is built for `wasm32v1-none`, whose code has no sign-extension instructions, so the pass
//! that lowers them (missing in the packaged version) has nothing to do and is left out.
//!
//! When the builder of the SDK is updated, compare its calls with these: a call that is missing does not compile, a pass that has a new
//! meaning changes the runtime's bytes.

use std::{fmt, io, path::Path, process::Command};

/// Passes that the builder asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Replace sign-extension instructions; never needed for `wasm32v1-none`.
    SignextLowering,
    /// Remove DWARF sections.
    StripDwarf,
}

/// Why `wasm-opt` did not run.
#[derive(Debug)]
pub enum OptimizationError {
    /// The program could not be started.
    Start(io::Error),
    /// The program ended with an error, whose text this is.
    Failed(String),
}

impl fmt::Display for OptimizationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => write!(f, "wasm-opt did not start ({error}); hint: install Debian's `binaryen`"),
            Self::Failed(text) => write!(f, "wasm-opt failed: {text}"),
        }
    }
}

impl std::error::Error for OptimizationError {}

/// What to do with a module.
#[derive(Clone, Debug, Default)]
pub struct OptimizationOptions {
    arguments: Vec<&'static str>,
}

impl OptimizationOptions {
    /// No optimisation: only the passes that are added.
    pub fn new_opt_level_0() -> Self {
        Self::default()
    }

    /// Accept nothing beyond the first version of WebAssembly.
    pub fn mvp_features_only(&mut self) -> &mut Self {
        self.arguments.push("--mvp-features");
        self
    }

    /// Keep (`true`) or drop the names section.
    pub fn debug_info(&mut self, keep: bool) -> &mut Self {
        if keep {
            self.arguments.push("--debuginfo");
        }
        self
    }

    /// Run one more pass.
    pub fn add_pass(&mut self, pass: Pass) -> &mut Self {
        if pass == Pass::StripDwarf {
            self.arguments.push("--strip-dwarf");
        }
        self
    }

    /// Read `input`, write `output`.
    pub fn run(&self, input: impl AsRef<Path>, output: impl AsRef<Path>) -> Result<(), OptimizationError> {
        let done = Command::new("wasm-opt")
            .args(&self.arguments)
            .arg(input.as_ref())
            .arg("--output")
            .arg(output.as_ref())
            .output()
            .map_err(OptimizationError::Start)?;
        if done.status.success() {
            Ok(())
        } else {
            Err(OptimizationError::Failed(String::from_utf8_lossy(&done.stderr).into_owned()))
        }
    }
}
