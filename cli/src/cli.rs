//! The commands, and what runs each. The comments are the help.

use clap::{Parser, Subcommand};
use talka_primitives::manifest::WASM_ABI;

use crate::{
    args::Global,
    commands::{
        account, app, bridge, category, completions, dataset, deal, exec, group, key, order, pool, quote,
        result, run, stats, store, task, validator, worker,
    },
    context::Context,
    error::CliError,
};

/// The version with the commit that it was built from.
const VERSION: &str = env!("SUBSTRATE_CLI_IMPL_VERSION");

/// What programs that call this one go by: see [`CliError::code`].
const EXIT_CODES: &str = "Exit codes:
  0  Done
  1  Something went wrong, or tasks have no result
  2  The command is not well formed; nothing was sent
  3  All results are there, but not all apps ended with the exit status 0 (`run`, `result get`)";

/// Buy and sell computing on a Talka chain
#[derive(Debug, Parser)]
#[command(
    name = "talka",
    version = VERSION,
    long_version = format!("{VERSION}\nWebAssembly ABI {WASM_ABI}"),
    max_term_width = 100,
    after_long_help = EXIT_CODES
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
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
    /// Manage a worker's bond and pool membership
    #[command(subcommand)]
    Worker(worker::Command),
    /// Manage a validator's session keys and candidacy
    #[command(subcommand)]
    Validator(validator::Command),
    /// Orders: binding offers and requests, signed or published
    #[command(subcommand)]
    Order(order::Command),
    /// Groups of accounts that orders can be restricted to
    #[command(subcommand)]
    Group(group::Command),
    Quote(quote::Command),
    Run(run::Command),
    /// Deals: purchased bags of tasks
    #[command(subcommand)]
    Deal(deal::Command),
    /// Single tasks
    #[command(subcommand)]
    Task(task::Command),
    /// Results of tasks
    #[command(subcommand)]
    Result(result::Command),
    /// Show what audits have found: how wrong accepted results can be
    ///
    /// For each category, by what stands behind the results (unverified: the worker's word; replicated: workers that
    /// agreed, and an audit of each; adjudicated: audits, and a jury where results differ): how many were accepted, how
    /// many of those that one worker gave alone were audited, how many audits found the result wrong, how many came to no
    /// end, and the upper bound of the error at a confidence of 95 %. Results at a price below the floor of their category
    /// are counted apart.
    Stats,
    /// Accounts and money
    #[command(subcommand)]
    Account(account::Command),
    /// Move TLK between this chain and Ethereum
    #[command(subcommand)]
    Bridge(bridge::Command),
    /// Keys that sign for an account
    #[command(subcommand)]
    Key(key::Command),
    /// Compute content ids, and serve files to workers
    #[command(subcommand)]
    Store(store::Command),
    Exec(exec::Command),
    Completions(completions::Command),
}

/// Runs a command.
pub(crate) async fn run(cli: Cli) -> Result<(), CliError> {
    let context = Context::new(cli.global);
    match cli.command {
        Command::App(command) => app::run(&context, command).await,
        Command::Dataset(command) => dataset::run(&context, command).await,
        Command::Pool(command) => pool::run(&context, command).await,
        Command::Category(command) => category::run(&context, command).await,
        Command::Worker(command) => worker::run(&context, command).await,
        Command::Validator(command) => validator::run(&context, command).await,
        Command::Order(command) => order::run(&context, command).await,
        Command::Group(command) => group::run(&context, command).await,
        Command::Quote(command) => quote::run(&context, command).await,
        Command::Run(command) => run::run(&context, command).await,
        Command::Deal(command) => deal::run(&context, command).await,
        Command::Task(command) => task::run(&context, command).await,
        Command::Result(command) => result::run(&context, command).await,
        Command::Stats => stats::run(&context).await,
        Command::Account(command) => account::run(&context, command).await,
        Command::Bridge(command) => bridge::run(&context, command).await,
        Command::Key(command) => key::run(&context, command),
        Command::Store(command) => store::run(&context, command).await,
        Command::Exec(command) => exec::run(&context, command).await,
        Command::Completions(command) => completions::run(command),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{error::ErrorKind, CommandFactory as _};
    use std::{fs, path::Path};
    use talka_client::{AccountId, Fatal, KeyError, Refusal};
    use talka_primitives::Hint as _;
    use talka_primitives::{DealId, TaskId};

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
        // The environment of the test must not show in the help.
        let mut command = Cli::command().term_width(100).mut_args(|arg| arg.hide_env_values(true));
        command.build();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            visit(&mut command, "talka");
        });
    }

    #[test]
    fn a_purchase_without_a_pool_needs_a_limit_and_a_quote_does_not() {
        let parses = |line: &str| Cli::try_parse_from(line.split(' ')).is_ok();
        for options in ["--app 0 --tasks 1 --pool 0", "--app 0 --tasks 1 --max-price 1 --out there"] {
            assert!(parses(&format!("talka run {options}")), "run {options}");
            assert!(parses(&format!("talka quote {options}")), "quote {options}");
        }
        assert!(!parses("talka run --app 0 --tasks 1"));
        assert!(parses("talka quote --app 0 --tasks 1"));
    }

    #[test]
    fn the_bridge_takes_amounts_of_tlk_and_addresses_with_their_checksum() {
        let parses = |line: &str| Cli::try_parse_from(line.split(' ')).is_ok();
        let to = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        for line in [
            "deposit 5 --to dev:Alice --ethereum-key file:key",
            "deposit 0.5 --ethereum-key file:key --ethereum-url http://a:1,http://b:2 --max-fee 1.5",
            &format!("withdraw 5 --to {to}"),
            &format!("withdraw 5 --tip 0.1 --to {}", to.to_lowercase()),
            "status",
            "status 7 --ethereum-url http://a:1",
            "status --deposit 7",
            "claim 7 --ethereum-key file:key",
            "claim-parked",
        ] {
            assert!(parses(&format!("talka bridge {line}")), "{line}");
        }
        for line in [
            "deposit 5",
            "deposit 5,0 --ethereum-key file:key",
            "withdraw 5",
            "withdraw 5 --to dev:Alice",
            &format!("withdraw 5 --to {}", to.replace('A', "a")),
            "status 7 --deposit 7",
            "claim --ethereum-key file:key",
        ] {
            assert!(!parses(&format!("talka bridge {line}")), "{line}");
        }
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    /// The commands of `talka` that a text shows in backticks. What stands for something else, as `STAKE` and `{task}` do, is
    /// replaced by a number.
    fn shown(text: &str) -> Vec<String> {
        let parts = text.split("`talka ").skip(1).filter_map(|part| part.split('`').next());
        let commands = parts.filter(|part| !part.contains(['\n', '…', '>', '\\', '[', '"']));
        let is_example = |word: &str| {
            let letters = word.trim_matches(|c: char| !c.is_alphanumeric());
            word.contains('{') || letters.len() > 1 && letters.chars().all(|c| c.is_ascii_uppercase())
        };
        let typed = |word: &str| match word {
            "ACCOUNT" | "WORKER" | "{account}" | "{worker}" => "dev:Alice".to_owned(),
            "TASK" | "{task}" => "7.0".to_owned(),
            word if is_example(word) => "7".to_owned(),
            word => word.to_owned(),
        };
        let line = |part: &str| part.split(' ').map(typed).collect::<Vec<_>>().join(" ");
        commands.map(|part| format!("talka {}", line(part))).collect()
    }

    #[test]
    fn commands_in_hints_work_as_they_are_printed() {
        let deals = vec![DealId(7), DealId(8)];
        let account = AccountId::from([1; 32]);
        let refused = |pallet: &str, name: &str| {
            let documentation = String::new();
            CliError::Client(
                Fatal::from(Refusal { pallet: pallet.into(), name: name.into(), documentation }).into(),
            )
        };
        let errors = [
            refused("Stake", "StakeLocked"),
            refused("Validators", "StillLiable"),
            CliError::Interrupted(deals.clone()),
            CliError::FetchingInterrupted(deals.clone()),
            CliError::NotAllFetched { deals: deals.clone(), missing: 1, results: 2 },
            CliError::TasksFailed { deals, failed: 1, tasks: 2 },
            CliError::NotOver(TaskId { deal: DealId(7), index: 3 }),
            CliError::NobodyExecutes { task: TaskId { deal: DealId(7), index: 3 }, awaited: None },
            CliError::NotHeard { task: TaskId { deal: DealId(7), index: 3 }, why: Vec::new() },
            CliError::DealNotOver(DealId(7)),
            CliError::NoWorker { account },
            CliError::NoValidator { account },
            CliError::AlreadyClaimed(7),
            CliError::NotImported { index: 7, imported: 8 },
            CliError::NotAWithdrawal(7),
            CliError::NotBacked { backed: talka_client::Tlk(7) },
            CliError::Key(KeyError::Unreadable {
                path: "key".into(),
                cause: std::io::ErrorKind::NotFound.into(),
            }),
        ];
        for error in errors {
            let hint = error.hint().into_owned();
            let commands = shown(&hint);
            assert!(!commands.is_empty(), "{hint}");
            for command in commands {
                let parsed = Cli::try_parse_from(command.split(' '));
                assert!(parsed.is_ok(), "`{command}` of the hint `{hint}`: {}", parsed.unwrap_err());
            }
        }
    }

    /// What is named in passing, as `talka store serve` is, may lack its arguments. What is there must be understood.
    #[test]
    fn commands_that_are_named_exist() {
        fn files(path: &Path, names: &mut Vec<std::path::PathBuf>) {
            for entry in fs::read_dir(path).unwrap() {
                let path = entry.unwrap().path();
                let is_text = path.extension().is_some_and(|end| end == "rs" || end == "md");
                match path.is_dir() {
                    true => files(&path, names),
                    false if is_text => names.push(path),
                    false => {}
                }
            }
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut names = vec![root.join("README.md")];
        for part in ["cli/src", "client/src", "store/src", "worker/src", "pallets", "primitives/src", "docs"]
        {
            files(&root.join(part), &mut names);
        }
        let mut found = 0;
        for name in names {
            for command in shown(&fs::read_to_string(&name).unwrap()) {
                found += 1;
                let Err(error) = Cli::try_parse_from(command.split(' ')) else { continue };
                let lacks = matches!(
                    error.kind(),
                    ErrorKind::MissingRequiredArgument
                        | ErrorKind::MissingSubcommand
                        | ErrorKind::DisplayHelp
                        | ErrorKind::DisplayVersion
                        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                );
                assert!(lacks, "`{command}` in {}: {error}", name.display());
            }
        }
        assert!(found > 40, "only {found} commands were found");
    }
}
