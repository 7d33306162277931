//! What can be typed.

use std::path::PathBuf;

use clap::Parser;
use sc_cli::{
    ChainInfoCmd, CheckBlockCmd, ExportBlocksCmd, ExportChainSpecCmd, ExportStateCmd, ImportBlocksCmd,
    KeySubcommand, PurgeChainCmd, RevertCmd, RunCmd, SignCmd, VanityCmd, VerifyCmd,
};

/// Without a command: run the node.
#[derive(Debug, Parser)]
pub struct Cli {
    /// What to do instead of running the node.
    #[command(subcommand)]
    pub subcommand: Option<Subcommand>,

    /// How to run it.
    #[clap(flatten)]
    pub run: RunCmd,

    /// Keep the compiled runtime in this directory: a node that starts with the same runtime again starts sooner. What
    /// is there is executed, so only the node's own user may write to it.
    #[arg(long, env = "TALKA_WASM_CACHE", value_name = "DIR")]
    pub wasm_cache: Option<PathBuf>,
}

/// What the node's program does beside running.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Generate, inspect and insert keys: of accounts, of validators, of the node in the network.
    #[command(subcommand)]
    Key(KeySubcommand),

    /// Sign a message with a secret key.
    Sign(SignCmd),

    /// Verify the signature of a message.
    Verify(VerifyCmd),

    /// Generate a key whose address contains a text.
    Vanity(VanityCmd),

    /// Write the specification of a network as JSON; with `--raw`, in the form that nodes of every version
    /// understand.
    ExportChainSpec(ExportChainSpecCmd),

    /// Execute blocks of the database again and check them.
    CheckBlock(CheckBlockCmd),

    /// Write blocks of the database to a file.
    ExportBlocks(ExportBlocksCmd),

    /// Write the state after a block as a specification.
    ExportState(ExportStateCmd),

    /// Execute blocks of a file and add them to the database.
    ImportBlocks(ImportBlocksCmd),

    /// Remove the database of a network.
    PurgeChain(PurgeChainCmd),

    /// Take back blocks that are not final.
    Revert(RevertCmd),

    /// Tell the best and the final block of the database.
    ChainInfo(ChainInfoCmd),
}
