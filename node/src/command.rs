//! What is done about what was typed.

use sc_cli::{Error, SubstrateCli};
use sc_network::config::NetworkBackendType;
use talka_runtime::opaque::Block;

use crate::{
    chain_spec,
    cli::{Cli, Subcommand},
    indexing, ports,
    service::{self, Parts},
    types::FullClient,
};

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "Talka Node".into()
    }

    fn impl_version() -> String {
        env!("SUBSTRATE_CLI_IMPL_VERSION").into()
    }

    fn description() -> String {
        env!("CARGO_PKG_DESCRIPTION").into()
    }

    fn author() -> String {
        "the Talka contributors".into()
    }

    fn support_url() -> String {
        "the project's issue tracker".into()
    }

    fn copyright_start_year() -> i32 {
        2026
    }

    fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
        Ok(Box::new(chain_spec::load(id)?))
    }
}

/// Do what the program was called for.
pub fn run() -> sc_cli::Result<()> {
    let cli = Cli::from_args();
    let wasm_cache = cli.wasm_cache.clone();
    match &cli.subcommand {
        None => run_node(&cli),
        Some(Subcommand::Key(command)) => command.run(&cli),
        Some(Subcommand::Sign(command)) => command.run(),
        Some(Subcommand::Verify(command)) => command.run(),
        Some(Subcommand::Vanity(command)) => command.run(),
        Some(Subcommand::ExportChainSpec(command)) => command.run(cli.load_spec(&command.chain)?),
        Some(Subcommand::CheckBlock(command)) => cli.create_runner(command)?.async_run(|config| {
            let Parts { client, task_manager, import_queue, .. } = service::parts(&config, wasm_cache)?;
            Ok((command.run(client, import_queue), task_manager))
        }),
        Some(Subcommand::ExportBlocks(command)) => cli.create_runner(command)?.async_run(|config| {
            let Parts { client, task_manager, .. } = service::parts(&config, wasm_cache)?;
            Ok((command.run(client, config.database), task_manager))
        }),
        Some(Subcommand::ExportState(command)) => cli.create_runner(command)?.async_run(|config| {
            let Parts { client, task_manager, .. } = service::parts(&config, wasm_cache)?;
            Ok((command.run(client, config.chain_spec), task_manager))
        }),
        Some(Subcommand::ImportBlocks(command)) => cli.create_runner(command)?.async_run(|mut config| {
            // It is not known yet what node will work with the database.
            config.offchain_worker.indexing_enabled = true;
            let Parts { client, task_manager, import_queue, .. } = service::parts(&config, wasm_cache)?;
            Ok((command.run(client, import_queue), task_manager))
        }),
        Some(Subcommand::PurgeChain(command)) => {
            cli.create_runner(command)?.sync_run(|config| command.run(config.database))
        }
        Some(Subcommand::Revert(command)) => cli.create_runner(command)?.async_run(|config| {
            let Parts { client, task_manager, backend, .. } = service::parts(&config, wasm_cache)?;
            // What the consensus engines have noted about the blocks goes with them.
            let forget = Box::new(|client: std::sync::Arc<FullClient>, backend, blocks| {
                sc_consensus_babe::revert(client.clone(), backend, blocks)?;
                sc_consensus_grandpa::revert(client, blocks)?;
                Ok::<_, Error>(())
            });
            Ok((command.run(client, backend, Some(forget)), task_manager))
        }),
        Some(Subcommand::ChainInfo(command)) => {
            cli.create_runner(command)?.sync_run(|config| command.run::<Block>(&config))
        }
    }
}

fn run_node(cli: &Cli) -> sc_cli::Result<()> {
    let wasm_cache = cli.wasm_cache.clone();
    let runner = cli.create_runner(&cli.run).map_err(|error| explained(cli, error))?;
    runner.run_node_until_exit(|mut config| async move {
        ports::claim(cli, &mut config)?;
        indexing::enable(&mut config);
        let started = match config.network.network_backend {
            NetworkBackendType::Litep2p => {
                service::start::<sc_network::Litep2pNetworkBackend>(config, wasm_cache)
            }
            NetworkBackendType::Libp2p => {
                service::start::<sc_network::NetworkWorker<_, _>>(config, wasm_cache)
            }
        };
        started.map_err(Error::Service)
    })
}

/// The error for a validator without a network key, with the command that makes one and the options that were typed.
fn explained(cli: &Cli, error: Error) -> Error {
    let Error::NetworkKeyNotFound(path) = error else { return error };
    let shared = &cli.run.shared_params;
    let chain = shared.chain.as_deref().map(|chain| format!(" --chain {chain}")).unwrap_or_default();
    let place = match &shared.base_path {
        Some(base) => format!("--base-path {}", base.display()),
        None => "--default-base-path".into(),
    };
    let text = format!(
        "this validator has no key in the network: there is no {}. hint: make one, once: \
         talka-node key generate-node-key{chain} {place}",
        path.display()
    );
    Error::Application(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;
    use sc_cli::KeySubcommand;

    #[test]
    fn a_validator_without_a_key_is_told_the_command_that_makes_one() {
        let hint = |arguments: &[&str]| {
            let cli = Cli::parse_from([&["talka-node"], arguments].concat());
            let text = explained(&cli, Error::NetworkKeyNotFound("there".into())).to_string();
            text.split_once("once: ").unwrap().1.to_owned()
        };
        for arguments in [&["--chain", "local", "--alice", "--base-path", "DIR"][..], &["--validator"]] {
            let command = hint(arguments);
            let made = Cli::try_parse_from(command.split(' ')).unwrap();
            assert!(
                matches!(made.subcommand, Some(Subcommand::Key(KeySubcommand::GenerateNodeKey(_)))),
                "{command}"
            );
        }
        assert!(hint(&["--chain", "local", "--base-path", "DIR"]).ends_with("--chain local --base-path DIR"));
    }
}
