mod side;

use clap::Subcommand;
use talka_client::{AccountId, Client, Snapshot, Tlk};
use talka_ethereum::{At, Gateway, B256};
use talka_primitives::{
    bridge::{
        AttesterView, BridgeState, Contracts, EthereumAddress, Message, OutboxProof, Withdrawal, MAX_AHEAD,
    },
    Balance,
};

use crate::{
    context::Context,
    error::CliError,
    output::{
        BridgeOut, ClaimedOut, DepositOut, DepositState, DepositedOut, Done, MessageOut, MessageState, Paid,
        WithdrawnOut,
    },
    parse,
};

use self::side::{provable, Payer, Provable, Side};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Deposit tokens on Ethereum for an account here
    ///
    /// Locks them in the vault. They are credited here when that is final on Ethereum and more than two thirds of the validators
    /// have attested to it: see `talka bridge status --deposit NONCE`. The account on Ethereum pays for gas. Amounts that the
    /// vault refuses cost nothing.
    Deposit {
        /// Amount in TLK
        amount: Tlk,
        /// The account here [default: that of --key]
        #[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
        to: Option<AccountId>,
        #[command(flatten)]
        payer: Payer,
    },
    /// Withdraw TLK to an account on Ethereum
    ///
    /// They are destroyed here at once. The vault pays them to whom they are for when Ethereum knows of a later block of this
    /// chain, and somebody has claimed them there: a relayer for the tip, or anybody with `talka bridge claim INDEX`. What can be
    /// known is checked before anything is sent.
    Withdraw {
        /// Amount in TLK, the tip included
        amount: Tlk,
        /// The account on Ethereum
        #[arg(long, value_name = "ADDRESS")]
        to: EthereumAddress,
        /// Part of the amount for who claims it, in TLK: it should be worth the gas of the claim
        #[arg(long, value_name = "TLK", default_value = "0")]
        tip: Tlk,
    },
    /// Show how far the bridge, a deposit or a message to Ethereum is
    ///
    /// Without an index: what is credited, limits, and what is under way. What Ethereum says is shown where --ethereum-url names
    /// a node of it.
    Status {
        /// A withdrawal, or another message to Ethereum: its index in the outbox
        #[arg(conflicts_with = "deposit")]
        index: Option<u32>,
        /// A deposit, by its number
        #[arg(long, value_name = "NONCE")]
        deposit: Option<u64>,
        /// Ethereum node: the address of its JSON-RPC interface; several, separated by commas, have to agree
        #[arg(long, env = "TALKA_ETHEREUM_URL", value_name = "URL", value_delimiter = ',')]
        ethereum_url: Vec<String>,
    },
    /// Claim a withdrawal on Ethereum
    ///
    /// Anybody can: the amount goes to its receiver, the tip to the claimer. Ethereum must know of a later block than that of
    /// the withdrawal: see `talka bridge status INDEX`.
    Claim {
        /// The withdrawal: its index in the outbox
        index: u32,
        #[command(flatten)]
        payer: Payer,
    },
    /// Credit what is parked for an account
    ///
    /// A deposit is parked where the account could not take it, or more was credited than the limit of a day allows.
    ClaimParked {
        /// The account [default: that of --key]
        #[arg(value_parser = parse::account)]
        account: Option<AccountId>,
    },
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Deposit { amount, to, payer } => deposit(context, amount, to, &payer).await,
        Command::Withdraw { amount, to, tip } => withdraw(context, amount, to, tip).await,
        Command::Status { index: Some(index), ethereum_url, .. } => {
            message(context, index, &ethereum_url).await
        }
        Command::Status { deposit: Some(nonce), ethereum_url, .. } => {
            told(context, nonce, &ethereum_url).await
        }
        Command::Status { ethereum_url, .. } => status(context, &ethereum_url).await,
        Command::Claim { index, payer } => claim(context, index, &payer).await,
        Command::ClaimParked { account: named } => {
            let account = context.account().await?;
            let who = named.unwrap_or_else(|| account.id());
            let parked = account.client().best().await?.parked(who).await?;
            let receipt = account.bridge().claim_parked(who).await?;
            context.print(&Done::new(
                format!("{} TLK that were parked are credited to {who}", Tlk(parked)),
                &receipt,
            ))
        }
    }
}

/// The state of the bridge, and the contracts that the chain is bound to.
async fn bound(snapshot: &Snapshot) -> Result<(BridgeState, Contracts), CliError> {
    let state = snapshot.bridge_state().await?;
    let contracts = state.contracts.ok_or(CliError::NoContracts)?;
    Ok((state, contracts))
}

async fn deposit(
    context: &Context,
    amount: Tlk,
    to: Option<AccountId>,
    payer: &Payer,
) -> Result<(), CliError> {
    // Keys first: who has mistyped one need not wait for a node.
    let (to, key) = (context.account_or_own(to)?, payer.key()?);
    let (state, contracts) = bound(&context.best().await?).await?;
    let side = Side::connect(&payer.ethereum_url, contracts).await?;
    let sender = payer.sender(&side.ethereum, key);
    let from = EthereumAddress(sender.address().into_array());
    let has = side.vault.token().await?.balance(sender.address()).await?;
    if has < amount.0 {
        return Err(CliError::TokensTooFew { account: from, has: Tlk(has), needed: amount });
    }
    if state.available < amount.0 {
        let available = Tlk(state.available);
        context.say(format!(
            "note: only {available} TLK can be credited now: the deposit may be parked for up to a day"
        ));
    }
    context.say(format!("depositing {amount} TLK of {from} for {to}; this takes some blocks of Ethereum"));
    let made = side.vault.deposit(&sender, to.0, amount.0).await?;
    context.print(&DepositedOut { nonce: made.nonce, from, to, amount, paid: Paid::of(&made.receipt) })
}

async fn withdraw(context: &Context, amount: Tlk, to: EthereumAddress, tip: Tlk) -> Result<(), CliError> {
    let account = context.account().await?;
    let snapshot = account.client().best().await?;
    let (state, _) = bound(&snapshot).await?;
    let free = snapshot.funds(account.id()).await?.free;
    let fee = account.bridge().withdraw_fee(to, amount.0, tip.0).await?;
    Cover { free, fee, price: state.message_price, limit: state.limits.withdrawal, backed: state.backed }
        .check(amount.0, tip.0)?;
    context.say(format!("fee: about {} TLK, and {} TLK for the message", Tlk(fee), Tlk(state.message_price)));
    let (index, receipt) = account.bridge().withdraw(to, amount.0, tip.0).await?;
    context.print(&WithdrawnOut::new(index, to, amount, tip, &receipt))
}

/// What decides whether a withdrawal can be made, in units of TLK.
struct Cover {
    /// What the account has.
    free: Balance,
    fee: Balance,
    /// That of a message.
    price: Balance,
    /// The most of one withdrawal.
    limit: Balance,
    /// The most of all of them.
    backed: Balance,
}

impl Cover {
    fn check(&self, amount: Balance, tip: Balance) -> Result<(), CliError> {
        let Self { free, fee, price, limit, backed } = *self;
        if amount == 0 {
            return Err(CliError::usage("nothing is to be withdrawn", "write an amount above zero"));
        }
        if tip > amount {
            return Err(CliError::usage(
                "the tip is more than the amount",
                "it is a part of it: write a smaller one",
            ));
        }
        if amount > limit {
            return Err(CliError::AboveWithdrawal { limit: Tlk(limit) });
        }
        if amount > backed {
            return Err(CliError::NotBacked { backed: Tlk(backed) });
        }
        let most = free.saturating_sub(fee).saturating_sub(price);
        if amount > most {
            let [free, most, fee, price] = [free, most, fee, price].map(Tlk);
            return Err(CliError::CannotWithdraw { free, most, fee, price });
        }
        Ok(())
    }
}

async fn status(context: &Context, urls: &[String]) -> Result<(), CliError> {
    let snapshot = context.best().await?;
    let (state, contracts) = bound(&snapshot).await?;
    let vault = match Side::connect_if_named(urls, contracts).await? {
        Some(side) => Some(side.out().await?),
        None => None,
    };
    context.print(&BridgeOut::new(&state, contracts, snapshot.block(), vault))
}

/// How far a deposit is.
async fn told(context: &Context, nonce: u64, urls: &[String]) -> Result<(), CliError> {
    let snapshot = context.best().await?;
    let (state, contracts) = bound(&snapshot).await?;
    let views = snapshot.attesters().await?;
    let side = Side::connect_if_named(urls, contracts).await?;
    let includes = |deposits: u64| deposits > nonce;
    let attested =
        |view: &&AttesterView<AccountId>| view.attested.last().is_some_and(|last| includes(last.deposits));
    let (votes, seats) = (views.iter().filter(attested).count() as u32, views.len() as u32);
    let known = if includes(state.credited.deposits) {
        DepositState::Credited
    } else if includes(state.accepted.deposits) {
        DepositState::Accepted
    } else if votes > 0 {
        DepositState::Attested
    } else {
        match &side {
            None => DepositState::NotAttested,
            Some(side) if includes(side.vault.deposits(At::Latest).await?) => {
                let end = side.ethereum.finalized().await?.number;
                match includes(side.vault.deposits(At::Block(end)).await?) {
                    true => DepositState::Final,
                    false => DepositState::Made,
                }
            }
            Some(_) => {
                let hint = "the vault has not taken it: `talka bridge status` counts the deposits";
                return Err(CliError::NotFound { what: format!("deposit {nonce}"), hint: hint.into() });
            }
        }
    };
    // No more than `MAX_AHEAD` deposits beyond the credited ones may be attested to.
    let waits = nonce >= state.credited.deposits.saturating_add(MAX_AHEAD.into());
    context.print(&DepositOut { nonce, state: known, votes, seats, waits_for_others: waits })
}

/// How far a message to Ethereum is.
async fn message(context: &Context, index: u32, urls: &[String]) -> Result<(), CliError> {
    let client = context.connect().await?;
    let (_, contracts) = bound(&client.best().await?).await?;
    let proof = client.outbox_proof(index, None).await?;
    let state = match Side::connect_if_named(urls, contracts).await? {
        None => MessageState::Sent,
        Some(side) => state_of(&client, &side, &proof).await?,
    };
    context.print(&MessageOut::new(proof.message, state))
}

async fn state_of(client: &Client, side: &Side, proof: &OutboxProof) -> Result<MessageState, CliError> {
    let done = match &proof.message {
        Message::Withdrawal(withdrawal) => {
            side.vault.is_claimed(withdrawal.index).await?.then_some(MessageState::Claimed)
        }
        Message::Result(result) => {
            let gateway = Gateway::at(&side.ethereum, side.contracts.gateway.0.into());
            let (status, _) = gateway.result_of(B256::from(result.body.call)).await?;
            MessageState::of_request(status)
        }
    };
    if let Some(done) = done {
        return Ok(done);
    }
    Ok(match provable(client, side, proof.index).await? {
        Provable::Yes(_) => MessageState::Provable,
        Provable::NotYet { imported } => MessageState::Waiting { imported },
    })
}

async fn claim(context: &Context, index: u32, payer: &Payer) -> Result<(), CliError> {
    let key = payer.key()?;
    let client = context.connect().await?;
    let (_, contracts) = bound(&client.best().await?).await?;
    let side = Side::connect(&payer.ethereum_url, contracts).await?;
    if side.vault.is_claimed(index).await? {
        return Err(CliError::AlreadyClaimed(index));
    }
    let proof = match provable(&client, &side, index).await? {
        Provable::Yes(proof) => proof,
        Provable::NotYet { imported } => {
            // Whether there is such a message is told before it is waited for.
            withdrawal_of(client.outbox_proof(index, None).await?.message)?;
            return Err(CliError::NotImported { index, imported });
        }
    };
    let withdrawal = withdrawal_of(proof.message)?;
    let sender = payer.sender(&side.ethereum, key);
    let by = EthereumAddress(sender.address().into_array());
    context.say(format!("claiming withdrawal {index} with {by}; this takes some blocks of Ethereum"));
    let receipt = sender.send(&side.vault.claim(&withdrawal, proof.proof.map(B256::from))).await?;
    context.print(&ClaimedOut::new(withdrawal, by, Paid::of(&receipt)))
}

fn withdrawal_of(message: Message) -> Result<Withdrawal, CliError> {
    match message {
        Message::Withdrawal(withdrawal) => Ok(withdrawal),
        Message::Result(result) => Err(CliError::NotAWithdrawal(result.index)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COVER: Cover = Cover { free: 100, fee: 3, price: 7, limit: 95, backed: 92 };

    #[test]
    fn a_withdrawal_leaves_the_fee_and_the_price_of_its_message() {
        assert!(COVER.check(90, 90).is_ok());
        let refused = COVER.check(91, 0).unwrap_err();
        assert!(
            matches!(refused, CliError::CannotWithdraw { most: Tlk(90), fee: Tlk(3), price: Tlk(7), .. }),
            "{refused}"
        );
        let poor = Cover { free: 9, ..COVER };
        assert!(matches!(poor.check(1, 0), Err(CliError::CannotWithdraw { most: Tlk(0), .. })));
    }

    #[test]
    fn what_the_chain_would_refuse_is_refused_before() {
        assert!(matches!(COVER.check(0, 0), Err(CliError::Usage { .. })));
        assert!(matches!(COVER.check(5, 6), Err(CliError::Usage { .. })));
        assert!(matches!(COVER.check(96, 0), Err(CliError::AboveWithdrawal { limit: Tlk(95) })));
        assert!(matches!(COVER.check(93, 0), Err(CliError::NotBacked { backed: Tlk(92) })));
    }
}
