//! The log goes to standard error.

use std::io;

use anstream::{AutoStream, ColorChoice};
use talka_client::terminal;
use tracing_subscriber::{fmt::format::debug_fn, EnvFilter};

use crate::options::{LogFormat, LogOptions};

/// Write a log from now on, as the options say. The first call in a process counts.
pub fn start_logging(options: &LogOptions) {
    let filter = EnvFilter::builder().parse_lossy(&options.log);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match options.log_format {
        LogFormat::Text => builder
            .fmt_fields(debug_fn(|writer, field, value| terminal::log_field(writer, field.name(), value)))
            .with_ansi(AutoStream::choice(&io::stderr()) != ColorChoice::Never)
            .try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    // A program that embeds this one may have a log of its own.
    drop(started);
}
