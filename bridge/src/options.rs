//! What an operator can choose.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use talka_client::{AccountId, Tlk};
use talka_ethereum::fees::Gwei;
use talka_primitives::bridge::EthereumAddress;

/// The version with the commit that it was built from.
const VERSION: &str = env!("SUBSTRATE_CLI_IMPL_VERSION");

/// Carry deposits, withdrawals and results between Ethereum and a Talka chain.
///
/// The first SIGTERM, SIGINT or SIGHUP lets the program finish what it has begun, the second stops it at once. Nothing is lost
/// by that: what there is to do both chains tell.
#[derive(Clone, Debug, Parser)]
#[command(name = "talka-bridge", version = VERSION)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program is asked to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Attest to deposits on Ethereum for a validator, and have them credited.
    ///
    /// Each validator runs one. It says what is final on Ethereum, where all Ethereum nodes that it asks agree; what more than
    /// two thirds of the validators say alike is credited. It spends nothing on Ethereum and needs no key there.
    Attest(AttestOptions),
    /// Relay finality, withdrawals and results to Ethereum.
    ///
    /// Anybody can run one, and one that works is enough. Its Ethereum account pays for gas; tips of withdrawals come back to it.
    Relay(RelayOptions),
    /// Put the contracts on Ethereum: light client, vault and gateway.
    ///
    /// They begin with the validators that have signed the newest block. The addresses go to standard output, as JSON.
    Deploy(DeployOptions),
}

/// Which chains.
#[derive(Clone, Debug, Args)]
pub struct Chains {
    /// The Talka node: the address of its JSON-RPC interface. With several, separated by commas, the next is asked when one is
    /// lost, or says what cannot be proven.
    #[arg(
        long,
        env = "TALKA_URL",
        value_name = "URL",
        value_delimiter = ',',
        default_value = "ws://127.0.0.1:9944"
    )]
    pub url: Vec<String>,

    /// The Ethereum node: the address of its JSON-RPC interface. With several, separated by commas, all are asked: more than
    /// half of them have to answer, and all that do have to agree.
    #[arg(
        long,
        env = "TALKA_ETHEREUM_URL",
        value_name = "URL",
        value_delimiter = ',',
        default_value = "http://127.0.0.1:8545"
    )]
    pub ethereum_url: Vec<String>,
}

/// An account on Ethereum that pays for gas.
#[derive(Clone, Debug, Args)]
pub struct Payer {
    /// The key of the account on Ethereum that pays for gas: file:PATH. Never a secret itself.
    // A text, because a mistyped value must not be repeated in an error: it may be a secret.
    #[arg(long, env = "TALKA_ETHEREUM_KEY", hide_env_values = true, value_name = "SOURCE")]
    pub ethereum_key: String,

    /// The most to pay for a unit of gas, in gwei. While gas costs more, nothing is sent.
    #[arg(long, env = "TALKA_MAX_FEE", value_name = "GWEI", default_value = "50")]
    pub max_fee: Gwei,
}

/// How to run.
#[derive(Clone, Debug, Args)]
pub struct Running {
    /// Do what is due now, and end.
    #[arg(long)]
    pub once: bool,

    /// Say what would be sent, and send nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// How often to look at both chains, in seconds.
    #[arg(long, env = "TALKA_POLL", value_name = "SECONDS", default_value_t = 6,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub poll: u64,

    /// Serve metrics at http://127.0.0.1:PORT/metrics.
    #[arg(long, env = "TALKA_PROMETHEUS_PORT", value_name = "PORT")]
    pub prometheus_port: Option<u16>,

    /// Serve metrics on all interfaces.
    #[arg(long, env = "TALKA_PROMETHEUS_EXTERNAL", requires = "prometheus_port")]
    pub prometheus_external: bool,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub log: LogOptions,
}

/// The log.
#[derive(Clone, Debug, Args)]
pub struct LogOptions {
    /// How to write the log.
    #[arg(long, env = "TALKA_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// What to log, as in `info` or `warn,talka_bridge=debug`.
    #[arg(long, env = "TALKA_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,
}

/// How to write the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line of text for each event.
    Text,
    /// A JSON object for each event.
    Json,
}

/// What an attester can choose.
#[derive(Clone, Debug, Args)]
pub struct AttestOptions {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub chains: Chains,

    /// The key that attests: of the account that the validator has named for this, or the validator's own. dev:NAME (test
    /// chains), file:PATH or keystore:PATH. Never a secret itself.
    #[arg(long, env = "TALKA_KEY", hide_env_values = true, value_name = "SOURCE")]
    pub key: String,

    /// A file with the password of the keystore.
    #[arg(long, env = "TALKA_PASSWORD_FILE", value_name = "PATH")]
    pub password_file: Option<PathBuf>,

    /// The Ethereum block that the vault was made in: nothing before it is looked at.
    #[arg(long, env = "TALKA_FROM_BLOCK", value_name = "BLOCK", default_value_t = 0)]
    pub from_block: u64,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub running: Running,
}

/// What a relayer can choose.
#[derive(Clone, Debug, Args)]
pub struct RelayOptions {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub chains: Chains,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub payer: Payer,

    /// The key of an account on Talka that reports how tasks have ended that contracts have bought: dev:NAME (test chains),
    /// file:PATH or keystore:PATH. Reports are free of fee. Without it others report.
    #[arg(long, env = "TALKA_KEY", hide_env_values = true, value_name = "SOURCE")]
    pub key: Option<String>,

    /// A file with the password of the keystore.
    #[arg(long, env = "TALKA_PASSWORD_FILE", value_name = "PATH")]
    pub password_file: Option<PathBuf>,

    /// What one ETH is worth in TLK. A withdrawal is claimed where its tip is worth more than the gas.
    #[arg(long, env = "TALKA_ETH_PRICE", value_name = "TLK", required_unless_present_any = ["claim_all", "deliver_only"])]
    pub eth_price: Option<Tlk>,

    /// Claim all withdrawals, whatever their tip.
    #[arg(long, env = "TALKA_CLAIM_ALL")]
    pub claim_all: bool,

    /// Claim no withdrawals: deliver results only.
    #[arg(long, env = "TALKA_DELIVER_ONLY", conflicts_with_all = ["claim_all", "eth_price", "no_deliver"])]
    pub deliver_only: bool,

    /// Deliver no results. Nobody pays for that: the gas is a present to who has bought the task.
    #[arg(long, env = "TALKA_NO_DELIVER")]
    pub no_deliver: bool,

    /// The first message of the outbox that is looked at.
    #[arg(long, env = "TALKA_FROM_INDEX", value_name = "INDEX", default_value_t = 0)]
    pub from_index: u32,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub running: Running,
}

/// What the contracts begin with.
#[derive(Clone, Debug, Args)]
pub struct DeployOptions {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub chains: Chains,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub payer: Payer,

    /// The folder of what forge has compiled.
    #[arg(long, env = "TALKA_CONTRACTS", value_name = "DIR", default_value = "contracts/out")]
    pub contracts: PathBuf,

    /// The token that the vault locks.
    #[arg(long, value_name = "ADDRESS", required_unless_present = "test_token")]
    pub token: Option<EthereumAddress>,

    /// Deploy a token for tests too, of which anybody can make some, and make this much of it for the account that pays.
    #[arg(long, value_name = "TLK", conflicts_with = "token")]
    pub test_token: Option<Tlk>,

    /// Who can set limits, and another light client a week after it has announced that. The account that pays where none is
    /// named.
    #[arg(long, value_name = "ADDRESS")]
    pub owner: Option<EthereumAddress>,

    /// Who can pause deposits, claims and deliveries. The owner where none is named.
    #[arg(long, value_name = "ADDRESS")]
    pub guardian: Option<EthereumAddress>,

    /// The account on Talka that requests of contracts are paid to where their order cannot be read. One that nobody has the
    /// key of where none is named.
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<AccountId>,

    /// The least deposit.
    #[arg(long, value_name = "TLK", default_value = "1")]
    pub minimum_deposit: Tlk,

    /// The most that the vault holds.
    #[arg(long, value_name = "TLK", default_value = "1000000")]
    pub cap: Tlk,

    /// The most that one claim pays, and the largest deposit.
    #[arg(long, value_name = "TLK", default_value = "10000")]
    pub claim_limit: Tlk,

    /// The most that claims pay at once, and again in each day.
    #[arg(long, value_name = "TLK", default_value = "100000")]
    pub bucket: Tlk,

    /// Say what would be deployed, and send nothing.
    #[arg(long)]
    pub dry_run: bool,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub log: LogOptions,
}

impl Running {
    pub(crate) fn poll(&self) -> Duration {
        Duration::from_secs(self.poll)
    }
}

impl Command {
    /// How to write the log.
    pub fn log(&self) -> &LogOptions {
        match self {
            Self::Attest(options) => &options.running.log,
            Self::Relay(options) => &options.running.log,
            Self::Deploy(options) => &options.log,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    /// The help of each command, in a file of its own: a change of the command line shows in review.
    #[test]
    fn help_is_what_it_was() {
        // The environment of the test must not show in the help.
        let mut command = CommandLine::command().term_width(100);
        command.build();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("talka-bridge", command.render_long_help().to_string());
            for name in ["attest", "relay", "deploy"] {
                let sub = command.find_subcommand(name).unwrap().clone();
                let mut sub = sub.mut_args(|arg| arg.hide_env_values(true)).term_width(100);
                insta::assert_snapshot!(format!("talka-bridge-{name}"), sub.render_long_help().to_string());
            }
        });
    }

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }

    fn parses(line: &str) -> bool {
        CommandLine::try_parse_from(line.split(' ')).is_ok()
    }

    #[test]
    fn a_relayer_says_what_it_pays_for() {
        let relay = "talka-bridge relay --ethereum-key file:key";
        assert!(!parses(relay));
        for more in ["--claim-all", "--eth-price 2000", "--deliver-only", "--claim-all --no-deliver"] {
            assert!(parses(&format!("{relay} {more}")), "{more}");
        }
        assert!(!parses(&format!("{relay} --deliver-only --no-deliver")));
        assert!(!parses(&format!("{relay} --claim-all --max-fee 1e9")));
        assert!(!parses("talka-bridge relay --claim-all"), "a key is needed");
    }

    #[test]
    fn several_nodes_are_named_in_one_option_or_in_several() {
        let line = "talka-bridge attest --key dev:Alice --ethereum-url http://a:1,http://b:2 --ethereum-url http://c:3";
        let CommandLine { command: Command::Attest(options) } = CommandLine::parse_from(line.split(' '))
        else {
            panic!("it is to attest")
        };
        assert_eq!(options.chains.ethereum_url, ["http://a:1", "http://b:2", "http://c:3"]);
        assert_eq!(options.chains.url, ["ws://127.0.0.1:9944"]);
    }

    #[test]
    fn contracts_have_a_token() {
        let deploy = "talka-bridge deploy --ethereum-key file:key";
        assert!(!parses(deploy));
        assert!(parses(&format!("{deploy} --test-token 1000")));
        assert!(parses(&format!("{deploy} --token 0x607f4c5bb672230e8672085532f7e901544a7375")));
        assert!(!parses(&format!(
            "{deploy} --token 0x607f4c5bb672230e8672085532f7e901544a7375 --test-token 1"
        )));
    }
}
