//! What every command takes. The comments are the help.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

/// What every command takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// Address of the node's JSON-RPC interface
    #[arg(
        long,
        env = "TALKA_URL",
        global = true,
        value_name = "URL",
        default_value = "ws://127.0.0.1:9944",
        help_heading = "Global options"
    )]
    pub(crate) url: String,

    /// Signing key: dev:NAME (test chains), file:PATH or keystore:PATH; never the secret itself
    // A text, because a mistyped value must not be repeated in an error: it may be a secret.
    #[arg(
        long,
        env = "TALKA_KEY",
        hide_env_values = true,
        global = true,
        value_name = "SOURCE",
        help_heading = "Global options"
    )]
    pub(crate) key: Option<String>,

    /// File with the password of the keystore [default: ask for it]
    #[arg(
        long,
        env = "TALKA_PASSWORD_FILE",
        global = true,
        value_name = "PATH",
        help_heading = "Global options"
    )]
    pub(crate) password_file: Option<PathBuf>,

    /// Format of standard output
    #[arg(long, env = "TALKA_OUTPUT", global = true, value_enum, default_value_t = Format::Text, help_heading = "Global options")]
    pub(crate) output: Format,

    /// Wait until the transaction is in a block, or finalized
    #[arg(long, env = "TALKA_WAIT", global = true, value_enum, default_value_t = Until::InBlock, help_heading = "Global options")]
    pub(crate) wait: Until,

    /// Log more to standard error (-vv for even more)
    #[arg(long, short, global = true, action = ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables and sentences
    Text,
    /// One JSON document; one per line from commands that keep running
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Until {
    /// In a best block, which a fork may still undo
    InBlock,
    /// In a finalized block, which nothing can undo
    Finalized,
}
