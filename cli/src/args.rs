//! What can be typed. The comments are the help.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::commands::{
    account, app, category, dataset, deal, exec, group, order, pool, result, run, store, task, validator,
    worker,
};

/// Buy and sell computing on a Talka chain
#[derive(Debug, Parser)]
#[command(name = "talka", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// The node: the address of its JSON-RPC interface
    #[arg(
        long,
        env = "TALKA_URL",
        global = true,
        value_name = "URL",
        default_value = "ws://127.0.0.1:9944",
        help_heading = "Global options"
    )]
    pub(crate) url: String,

    /// Who acts: dev:NAME (test chains), file:PATH or keystore:PATH; never a secret itself
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

    /// A file with the password of the keystore; without it you are asked
    #[arg(
        long,
        env = "TALKA_PASSWORD_FILE",
        global = true,
        value_name = "PATH",
        help_heading = "Global options"
    )]
    pub(crate) password_file: Option<PathBuf>,

    /// What to print on standard output
    #[arg(long, env = "TALKA_OUTPUT", global = true, value_enum, default_value_t = Format::Text, help_heading = "Global options")]
    pub(crate) output: Format,

    /// What to wait for after a transaction was sent
    #[arg(long, env = "TALKA_WAIT", global = true, value_enum, default_value_t = Until::InBlock, help_heading = "Global options")]
    pub(crate) wait: Until,

    /// Say more on standard error (twice: even more)
    #[arg(long, short, global = true, action = ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs: one JSON document, or one a line from commands that go on
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Until {
    /// A best block has it; a fork may undo it
    InBlock,
    /// Nothing can undo it
    Finalized,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Apps: programs that workers execute
    #[command(subcommand)]
    App(app::Command),
    /// Datasets: blobs that apps read
    #[command(subcommand)]
    Dataset(dataset::Command),
    /// Worker pools
    #[command(subcommand)]
    Pool(pool::Command),
    /// Categories: sizes of tasks
    #[command(subcommand)]
    Category(category::Command),
    /// Be a worker: bonds and membership
    #[command(subcommand)]
    Worker(worker::Command),
    /// Be a validator: session keys, candidacy, seats
    #[command(subcommand)]
    Validator(validator::Command),
    /// Orders: offers and requests that bind whoever has signed or published them
    #[command(subcommand)]
    Order(order::Command),
    /// Groups of accounts, to which orders can be restricted
    #[command(subcommand)]
    Group(group::Command),
    Run(run::Command),
    /// Deals: bags of tasks that were bought
    #[command(subcommand)]
    Deal(deal::Command),
    /// Single tasks
    #[command(subcommand)]
    Task(task::Command),
    /// Results of tasks
    #[command(subcommand)]
    Result(result::Command),
    /// Show what audits have found: how far results can be trusted
    ///
    /// For each category, by what stands behind the results (unverified: the worker's word; replicated: workers that
    /// agreed, and an audit of each; adjudicated: audits, and a jury where results differ): how many were accepted, how
    /// many of those were audited for which one worker stood alone, how many audits found the result wrong, and the
    /// largest error that fits to this with a confidence of 95 %.
    Stats,
    /// Accounts and money
    #[command(subcommand)]
    Account(account::Command),
    /// Content ids, and blobs to be served to others
    #[command(subcommand)]
    Store(store::Command),
    Exec(exec::Command),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    /// Every command's help, in a file of its own: a change of the command line shows in review.
    #[test]
    fn help_is_what_it_was() {
        fn visit(command: &mut clap::Command, path: &str) {
            insta::assert_snapshot!(path, command.render_long_help().to_string());
            let names: Vec<_> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
            for name in names.iter().filter(|name| *name != "help") {
                if let Some(sub) = command.find_subcommand_mut(name) {
                    // The global options are the same everywhere.
                    *sub = sub.clone().mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg });
                    visit(sub, &format!("{path}-{name}"));
                }
            }
        }
        // The environment of whoever runs the test must not show in the help.
        let mut command = Cli::command().term_width(100).mut_args(|arg| arg.hide_env_values(true));
        command.build();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            visit(&mut command, "talka");
        });
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
