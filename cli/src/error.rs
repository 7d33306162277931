//! What can go wrong, each with a hint and an exit code.

use std::{borrow::Cow, io, path::PathBuf};

use talka_client::{broker::Lack, AccountId, Fatal, KeyError, Refusal, Tlk};
use talka_ethereum::EthereumError;
use talka_executor::ExecutorError;
use talka_primitives::{bridge::EthereumAddress, DealId, Hint, PoolId, TaskId};
use talka_store::{FetchError, SourceError, StoreError};

use crate::output::counted;

/// Exit code: something went wrong.
const FAILURE: u8 = 1;
/// Exit code: the command was not well formed.
pub(crate) const USAGE: u8 = 2;
/// Exit code: all tasks have a result, but not all apps ended with the exit status 0.
const APPS_FAILED: u8 = 3;

#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Client(#[from] talka_client::Error),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    #[error(transparent)]
    Ethereum(#[from] EthereumError),
    #[error("no key was named")]
    NoKey,
    /// Something typed does not mean anything.
    #[error("{message}")]
    Usage { message: String, hint: String },
    /// Something named is not on the chain.
    #[error("there is no {what}")]
    NotFound { what: String, hint: String },
    #[error("cannot {act} {what}: {cause}")]
    Io { act: &'static str, what: String, cause: io::Error },
    #[error("{0} is not over yet")]
    NotOver(TaskId),
    #[error("deal {0} is not over yet, and has no result so far")]
    DealNotOver(DealId),
    /// Tasks whose end brought no result.
    #[error("{failed} of {} of deal {deal} ended without a result: {why}; {refunded} TLK went back to {payer}", counted(*tasks, "task"))]
    NoResult {
        deal: DealId,
        failed: u32,
        tasks: u32,
        why: String,
        refunded: Tlk,
        payer: AccountId,
        hint: &'static str,
    },
    #[error("{failed} of {} of {} ended without a result", counted(*tasks, "task"), named(deals))]
    TasksFailed { deals: Vec<DealId>, failed: u32, tasks: u32 },
    #[error("in {unsuccessful} of {} the app did not end with the exit status 0", counted(*tasks, "result"))]
    AppsFailed { unsuccessful: u32, tasks: u32 },
    #[error("only {bought} of {} could be bought: {cause}", counted(*tasks, "task"))]
    NotAllBought { bought: u32, tasks: u32, cause: talka_client::Error },
    #[error("pool {pool} cannot complete these tasks now: {lack}")]
    LacksWorkers { pool: PoolId, lack: Lack },
    #[error("{needed} TLK would be held for these tasks, and the account has {free} TLK")]
    FundsTooLow { needed: Tlk, free: Tlk },
    #[error("{needed} TLK would be held of the requester {payer}, who has {free} TLK")]
    RequesterLacksFunds { payer: AccountId, needed: Tlk, free: Tlk },
    #[error("{} already holds results of another run", .0.display())]
    OtherResults(PathBuf),
    #[error("{} is no app: {why}", path.display())]
    NotAnApp { path: PathBuf, why: String },
    #[error("the account has {free} TLK and can send {most} TLK at most: the fee is about {fee} TLK, and {kept} TLK must stay")]
    CannotSend { free: Tlk, most: Tlk, fee: Tlk, kept: Tlk },
    #[error("the recipient's account does not exist yet, and an account holds at least {least} TLK")]
    TooLittleForNew { least: Tlk },
    #[error("this chain is no test chain: nobody gives its TLK away")]
    NotForTests,
    #[error("cannot read the order in {}: {why}", path.display())]
    NotAnOrder { path: PathBuf, why: String },
    #[error("the result of {task} is not usable: {why}")]
    BadResult { task: TaskId, why: String },
    #[error("deal {0} is over, and the chain has forgotten it")]
    Forgotten(DealId),
    #[error("the result of {task} was changed: {what} is not what was accepted")]
    ChangedResult { task: TaskId, what: String },
    #[error("no worker is known that serves the result of {0}")]
    NobodyServes(TaskId),
    #[error("the result of {task} cannot be fetched: {}", first_of(failures))]
    NotFetched { task: TaskId, failures: Vec<String> },
    #[error("{missing} of {} of {} could not be fetched", counted(*results as u64, "result"), named(deals))]
    NotAllFetched { deals: Vec<DealId>, missing: usize, results: usize },
    #[error("the result of {task} has several files for one name on this disk: {name}")]
    SameName { task: TaskId, name: String },
    #[error("{account} is not a worker")]
    NoWorker { account: AccountId },
    #[error("{account} is neither a validator nor a candidate")]
    NoValidator { account: AccountId },
    #[error("{who} may not ask what task {task} does: it was requested by {requester}")]
    NotABuyer { task: TaskId, who: AccountId, requester: AccountId },
    #[error("nobody executes task {task} now: {}", waiting(*awaited))]
    NobodyExecutes { task: TaskId, awaited: Option<&'static str> },
    #[error("no worker tells what task {task} does: {}", first_of(why))]
    NotHeard { task: TaskId, why: Vec<String> },
    #[error("task {task} ended without a result: {why}; nobody keeps what it said")]
    NothingSaid { task: TaskId, why: &'static str, hint: &'static str },
    #[error("stopped following {}; the tasks go on", named(.0))]
    Interrupted(Vec<DealId>),
    #[error("stopped fetching the results of {}", named(.0))]
    FetchingInterrupted(Vec<DealId>),
    #[error("this chain is not bound to contracts on Ethereum")]
    NoContracts,
    #[error("{account} has {has} TLK on Ethereum, and {needed} TLK are to be deposited")]
    TokensTooFew { account: EthereumAddress, has: Tlk, needed: Tlk },
    #[error("the account has {free} TLK and can withdraw {most} TLK at most: the fee is about {fee} TLK, and the message costs {price} TLK")]
    CannotWithdraw { free: Tlk, most: Tlk, fee: Tlk, price: Tlk },
    #[error("a withdrawal is {limit} TLK at most")]
    AboveWithdrawal { limit: Tlk },
    #[error("the vault on Ethereum holds only {backed} TLK for this chain")]
    NotBacked { backed: Tlk },
    #[error("Ethereum does not know of withdrawal {index}: the newest block of this chain that it knows is {imported}")]
    NotImported { index: u32, imported: u32 },
    #[error("withdrawal {0} was claimed before")]
    AlreadyClaimed(u32),
    #[error("message {0} to Ethereum is no withdrawal")]
    NotAWithdrawal(u32),
    #[error("{} already exists", .0.display())]
    InTheWay(PathBuf),
    #[error("cannot use the notes of what is kept, {}: {cause}", path.display())]
    Ledger { path: PathBuf, cause: String },
    #[error("{} notes results of another chain", .0.display())]
    LedgerOfOtherChain(PathBuf),
}

impl CliError {
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    pub(crate) fn io(act: &'static str, what: impl ToString) -> impl FnOnce(io::Error) -> Self {
        let what = what.to_string();
        move |cause| Self::Io { act, what, cause }
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage { .. } | Self::NoKey | Self::Source(_) => USAGE,
            Self::Key(KeyError::Form(_) | KeyError::Misspelt { .. } | KeyError::SecretOnCommandLine) => USAGE,
            Self::Client(talka_client::Error::Fatal(Fatal::Url(_) | Fatal::Unfit { .. })) => USAGE,
            Self::Ethereum(EthereumError::Url(_) | EthereumError::KeyForm(_)) => USAGE,
            Self::Ethereum(EthereumError::Key(KeyError::SecretOnCommandLine)) => USAGE,
            Self::AppsFailed { .. } => APPS_FAILED,
            _ => FAILURE,
        }
    }
}

impl Hint for CliError {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::Client(error) => match error.refusal().and_then(commands_for) {
                Some(hint) => hint.into(),
                None => error.hint(),
            },
            Self::Key(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Fetch(error) => error.hint(),
            Self::Source(error) => error.hint(),
            Self::Executor(ExecutorError::TimedOut(_)) => "give it more time with --timeout".into(),
            Self::Executor(error) => error.hint(),
            Self::Ethereum(error) => error.hint(),
            Self::Usage { hint, .. } | Self::NotFound { hint, .. } => hint.into(),
            Self::NoKey => {
                "name one: --key dev:Alice (test chains), file:PATH or keystore:PATH, or set TALKA_KEY".into()
            }
            Self::Io { .. } => "check the path, its permissions, and the space on the disk".into(),
            Self::DealNotOver(deal) => format!("follow it with `talka deal watch {deal}`").into(),
            Self::NoResult { hint, .. } => (*hint).into(),
            Self::NotOver(task) => format!("follow it with `talka deal watch {}`", task.deal).into(),
            Self::TasksFailed { deals, .. } => {
                format!("run {} for the reason; you were refunded", each("talka deal show", deals)).into()
            }
            Self::AppsFailed { .. } => {
                "see above for which, and the file `stderr` of each; an app that fails has a result like any other, and is paid for".into()
            }
            Self::NotAllBought { cause, .. } => cause.hint(),
            Self::LacksWorkers { lack: Lack::Online, .. } => {
                "name another pool (`talka pool list`), or try again later; --force buys nevertheless".into()
            }
            Self::LacksWorkers { .. } => {
                "name another pool or a lower --trust, or try again later; --force buys nevertheless".into()
            }
            Self::FundsTooLow { .. } => {
                "buy fewer tasks, or send the account TLK; `talka quote` shows what is held for what".into()
            }
            Self::RequesterLacksFunds { .. } => {
                "pay in the requester's place with --sponsor, or ask the requester to send TLK to the account".into()
            }
            Self::OtherResults(_) => {
                "name another directory with --out, or remove this one; `talka result get` goes on with a deal's own".into()
            }
            Self::NotAnApp { .. } => {
                "compile it to a WASI command, as in `cargo build --release --target wasm32-wasip1`".into()
            }
            Self::CannotSend { .. } => {
                "send less; --all instead of an amount sends all that can be spent".into()
            }
            Self::TooLittleForNew { .. } => "send at least as much, or check the address".into(),
            Self::NotForTests => {
                "ask somebody who has TLK for a transfer, or name the node of a test chain with --url".into()
            }
            Self::NotAnOrder { .. } => "name a file that `talka order sign` has printed".into(),
            Self::BadResult { .. } => "do not use it, and tell the pool's operator".into(),
            Self::Forgotten(deal) => format!(
                "results that were fetched before can be checked with `talka result get {deal} --out DIR`; what has happened \
                 is in the events of its blocks, which an archive node keeps"
            )
            .into(),
            Self::ChangedResult { .. } => {
                "use a copy of it, if there is one: the chain has forgotten the deal, and workers may have as well".into()
            }
            Self::NobodyServes(_) => {
                "try again later: workers may be restarting; they serve what they keep".into()
            }
            Self::NotFetched { .. } => {
                "try again later, or from elsewhere: workers may be restarting, or be slow now".into()
            }
            Self::NotAllFetched { deals, .. } => {
                format!("what is missing, and why, is told above; try again later with {}", fetching(deals)).into()
            }
            Self::FetchingInterrupted(deals) => format!("fetch them with {}", fetching(deals)).into(),
            Self::SameName { .. } => {
                "name a directory with --out on a disk that tells upper case from lower case".into()
            }
            Self::NoWorker { .. } => "bond first, with `talka worker bond AMOUNT`".into(),
            Self::NoValidator { .. } => "bond, set session keys with `talka validator rotate-keys`, then `talka validator register STAKE`".into(),
            Self::Interrupted(deals) => format!(
                "follow with {}, and fetch results with {} (each with an --out of its own)",
                each("talka deal watch", deals),
                fetching(deals)
            )
            .into(),
            Self::NotABuyer { .. } => {
                "sign with the key of the requester, the payer or the beneficiary; the messages come with the result, too".into()
            }
            Self::NobodyExecutes { task, .. } => {
                format!("follow it with `talka task logs {task} --follow`, or see its workers with `talka task show {task}`").into()
            }
            Self::NotHeard { task, .. } => {
                format!("try again in the next blocks, or go on trying with `talka task logs {task} --follow`").into()
            }
            Self::NothingSaid { hint, .. } => (*hint).into(),
            Self::Ledger { .. } => {
                "see whether the disk is full or damaged, and start the keeper again; or name another --dir".into()
            }
            Self::LedgerOfOtherChain(_) => {
                "name another --dir for this chain; on a development chain that began again, remove the directory".into()
            }
            Self::NoContracts => {
                "name the node of a chain with a bridge with --url; governance names the contracts of a chain, once".into()
            }
            Self::TokensTooFew { .. } => "deposit less, or name the key of another account with --ethereum-key".into(),
            Self::CannotWithdraw { .. } => "withdraw less".into(),
            Self::AboveWithdrawal { .. } => "withdraw in parts; governance sets that limit".into(),
            Self::NotBacked { .. } => {
                "withdraw less, or wait for deposits: TLK that the chain began with have nothing there; `talka bridge status` \
                 shows what it holds"
                    .into()
            }
            Self::NotImported { index, .. } => format!(
                "wait until a relayer has imported a later block (`talka bridge status {index} --ethereum-url URL`), or be one: \
                 talka-bridge relay --once --claim-all"
            )
            .into(),
            Self::AlreadyClaimed(index) => {
                format!("see to whom with `talka bridge status {index}`; each withdrawal is paid once").into()
            }
            Self::NotAWithdrawal(index) => {
                format!("see what it is with `talka bridge status {index}`; relayers deliver results").into()
            }
            Self::InTheWay(_) => "choose another directory with --out, or remove this one".into(),
        }
    }
}

/// What to do about a refusal with commands, where the chain's own words leave the user to search.
fn commands_for(refusal: &Refusal) -> Option<&'static str> {
    let known = [
        (
            ("Stake", "StakeLocked"),
            "open tasks (`talka worker status`) or a candidacy (`talka validator status`) have locked the rest of the bond: \
             unbond less; or wait for the tasks, or give up the candidacy with `talka validator resign`",
        ),
        (
            ("Validators", "StillLiable"),
            "what a validator puts up stays locked for some sessions after it resigned or was removed, because what it \
             signed can still be punished: call `talka validator release` again later",
        ),
    ];
    known.iter().find(|((pallet, name), _)| refusal.is(pallet, name)).map(|(_, hint)| *hint)
}

/// Why no worker executes a task.
fn waiting(awaited: Option<&str>) -> String {
    match awaited {
        Some(what) => format!("it waits for {what}"),
        None => "its workers have done so, and agree on the result or show it".into(),
    }
}

/// `deal 7`, or `deals 7, 8`.
fn named(deals: &[DealId]) -> String {
    let ids: Vec<_> = deals.iter().map(ToString::to_string).collect();
    let kind = if let [_] = deals { "deal" } else { "deals" };
    format!("{kind} {}", ids.join(", "))
}

/// The first few failures, and how many there are beside them.
fn first_of(failures: &[String]) -> String {
    const SHOWN: usize = 3;
    let (shown, others) = failures.split_at(failures.len().min(SHOWN));
    match others.len() {
        0 => shown.join("; "),
        others => format!("{}; and {} more", shown.join("; "), counted(others as u64, "worker")),
    }
}

/// A command for each deal that fetches its results, into a directory of its own.
fn fetching(deals: &[DealId]) -> String {
    let commands: Vec<_> =
        deals.iter().map(|deal| format!("`talka result get {deal} --out deal-{deal}`")).collect();
    commands.join(", ")
}

/// A command for each deal.
fn each(command: &str, deals: &[DealId]) -> String {
    let commands: Vec<_> = deals.iter().map(|deal| format!("`{command} {deal}`")).collect();
    commands.join(", ")
}
