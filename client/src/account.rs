//! Sends transactions, and follows them to their outcome.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use subxt::{
    client::OnlineClientAtBlockImpl,
    config::DefaultExtrinsicParamsBuilder,
    error::TransactionEventsError,
    events::DecodeAsEvent,
    extrinsics::ExtrinsicEvents,
    transactions::{Payload, TransactionInBlock, TransactionProgress, TransactionStatus},
};
use talka_primitives::{Balance, BlockNumber};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use crate::{
    client::{rpc_error, BlockHash, BlockId, Client, Config},
    embedded::{self, Signable},
    error::{Error, Fatal, Refusal, Transient},
    keys::Keypair,
    pool::Rejection,
    snapshot::Snapshot,
    AccountId,
};

/// Number of blocks after the last finalized one in which a transaction can be included: long enough where finality is some
/// minutes behind, short enough for an end in sight.
const LIFETIME: BlockNumber = 256;

/// A transaction is born no further than this behind the head, also where finality is: else it would be too old already.
const OLDEST_BIRTH: BlockNumber = LIFETIME / 2;

/// How often a call is signed whose transaction has provably had no effect.
const LIVES: u32 = 3;

/// How long it is waited for finality to prove what became of a transaction that is too old for any block.
const PROOF: Duration = Duration::from_secs(300);

/// Number of blocks at the head of the chain that are read again, in case a fork has replaced them.
const FORK: BlockNumber = 8;

/// How long nothing may be heard of a transaction before it is asked whether its turn can come. Asked twice.
const GAP_CHECK: Duration = Duration::from_secs(6);

/// How often a transaction is signed again because something was wrong with its number or its block.
const SIGNATURES: u32 = 5;

/// Pause before a transaction is signed again.
const PAUSE: Duration = Duration::from_millis(500);

/// How sure of a transaction's outcome somebody wants to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wait {
    /// It is in a best block. A fork may still undo it.
    #[default]
    InBlock,
    /// It is final.
    Finalized,
}

/// An account that can act: a connection, a key, and the number of its next transaction.
#[derive(Clone, Debug)]
pub struct Account {
    client: Client,
    key: Keypair,
    id: AccountId,
    wait: Wait,
    /// The number after the last one given out, until something goes wrong with a transaction. Held while a
    /// transaction is being sent, so that the next one sees it.
    next: Arc<Mutex<Option<u64>>>,
}

/// A transaction that had its effect.
#[derive(Debug)]
pub struct Receipt {
    /// The transaction's hash.
    pub transaction: BlockHash,
    /// The block that it is in.
    pub block: BlockId,
    events: ExtrinsicEvents<Config>,
}

impl Receipt {
    /// The first event of this kind that the transaction brought about.
    pub(crate) fn find<E: DecodeAsEvent>(&self) -> Result<E, Error> {
        match self.events.find_first::<E>() {
            Some(Ok(event)) => Ok(event),
            // It had an effect, and which one cannot be told.
            Some(Err(error)) => {
                debug!(%error, "an event cannot be read");
                Err(Transient::OutcomeUnknown(self.transaction).into())
            }
            None => Err(Transient::OutcomeUnknown(self.transaction).into()),
        }
    }
}

type Progress = TransactionProgress<Config, OnlineClientAtBlockImpl<Config>>;

/// A transaction that the pool took.
struct Sent {
    bytes: Vec<u8>,
    hash: BlockHash,
    nonce: u64,
    life: Life,
    kind: Kind,
}

/// What a call is to its account.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A worker's duty: wanted within some blocks, and harmless to send again.
    Duty,
    /// Anything else.
    Other,
}

/// Where a transaction can be included.
#[derive(Clone, Copy)]
struct Life {
    /// After this block.
    born: BlockNumber,
    /// By a runtime of this version.
    spec_version: u32,
}

/// How a transaction ended, as far as could be watched.
enum Watched {
    Included(TransactionInBlock<Config, OnlineClientAtBlockImpl<Config>>),
    Ended(Error),
    Lost,
}

/// A transaction is in no block, and no block can take it any more. Why.
struct Expired(&'static str);

impl From<Expired> for Error {
    fn from(Expired(reason): Expired) -> Self {
        Transient::Dropped(reason.into()).into()
    }
}

/// What became of a transaction, as far as it can be proven.
enum Fate {
    Included(Receipt),
    Expired(Expired),
    /// It is in no block, and another one has taken its number for good.
    Outpaced,
    /// It may still get into a block.
    Open,
}

impl Client {
    /// An account that can act. Clones of an [`Account`] number their transactions together; make one for each key.
    pub fn account(&self, key: Keypair) -> Account {
        let id = AccountId::from(key.public_key().0);
        Account { client: self.clone(), key, id, wait: Wait::default(), next: Arc::default() }
    }
}

impl Account {
    /// The same account, with other patience.
    pub fn waiting(self, wait: Wait) -> Self {
        Self { wait, ..self }
    }

    /// Who it is.
    pub fn id(&self) -> AccountId {
        self.id
    }

    /// What it signs with.
    pub(crate) fn key(&self) -> &Keypair {
        &self.key
    }

    /// The connection that it acts through.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Sign a call, send it, and wait for what becomes of it. Several calls may be on their way at once.
    ///
    /// A lost connection, or a restart of the node, is survived: the *same* transaction is sent again, so that it
    /// has its effect at most once. Where it has got into no block within its life, which a finalized block has to prove, the call
    /// is signed again. After an error other than [`Transient::OutcomeUnknown`] it had no effect, and will have none.
    pub async fn send<Call: Payload>(&self, call: &Call) -> Result<Receipt, Error> {
        let mut lives = 0;
        loop {
            lives += 1;
            match self.send_once(call, Kind::Other).await? {
                Ok(receipt) => return Ok(receipt),
                Err(expired) if lives == LIVES => return Err(expired.into()),
                Err(Expired(reason)) => debug!(reason, "signing a call again"),
            }
        }
    }

    /// The same for a duty. A pool that has dropped it takes the same bytes for half an hour no more: then its outcome is not
    /// known after some blocks, and who still owes it sends another.
    pub(crate) async fn send_duty<Call: Payload>(&self, call: &Call) -> Result<Receipt, Error> {
        Ok(self.send_once(call, Kind::Duty).await??)
    }

    async fn send_once<Call: Payload>(
        &self,
        call: &Call,
        kind: Kind,
    ) -> Result<Result<Receipt, Expired>, Error> {
        self.client.caught_up().await?;
        let (sent, progress) = self.submit(call, kind).await?;
        let watched = match progress {
            Some(progress) => self.watch(&sent, progress).await,
            None => Watched::Lost,
        };
        let result = match watched {
            Watched::Included(included) => self.receipt(&sent, included).await,
            Watched::Ended(error) => Err(error),
            Watched::Lost => {
                debug!(transaction = ?sent.hash, "lost sight of a transaction; looking for it");
                self.recover(&sent).await
            }
        };
        if !matches!(result, Ok(Ok(_)) | Err(Error::Fatal(Fatal::Refused(_)))) {
            // Its number may be free again.
            *self.next.lock().await = None;
        }
        result
    }

    /// What a call costs in fees if it is sent now, in units of TLK. Nothing is signed.
    pub async fn fee<Call: Payload>(&self, call: &Call) -> Result<Balance, Error> {
        let nonce = self.client.methods.system_account_next_index(&self.id).await.map_err(rpc_error)?;
        let (mut transaction, _, best) = self.write(call, nonce).await?;
        let unsigned = embedded::unsigned(&mut transaction, self.id)?;
        let transactions = best.inner().transactions();
        transactions.from_bytes(unsigned).partial_fee_estimate().await.map_err(Error::subxt)
    }

    /// A transaction without a signature, where it can be included, and the head of the chain. It lives from a block that no
    /// fork replaces, if finality is not far behind, and is written for the runtime that will execute it: after an upgrade the
    /// finalized block has an older one for a while.
    async fn write<'call, Call: Payload>(
        &self,
        call: &'call Call,
        nonce: u64,
    ) -> Result<(Signable<'call, Call>, Life, Snapshot), Error> {
        let (finalized, best) = tokio::try_join!(self.client.finalized(), self.client.best())?;
        let born = self.birth(finalized.block(), best.block()).await?;
        let params = || {
            let builder = DefaultExtrinsicParamsBuilder::new().nonce(nonce);
            builder.mortal_from_unchecked(LIFETIME.into(), born.number.into(), born.hash).build()
        };
        let transaction = embedded::signable(best.inner(), self.client.genesis(), call, params)?;
        let life = Life { born: born.number, spec_version: best.inner().spec_version() };
        Ok((transaction, life, best))
    }

    async fn birth(&self, finalized: BlockId, best: BlockId) -> Result<BlockId, Error> {
        let oldest = best.number.saturating_sub(OLDEST_BIRTH);
        if finalized.number >= oldest {
            return Ok(finalized);
        }
        let gone = || Transient::Node(format!("it has no block {oldest}"));
        Ok(self.client.block_at(oldest).await?.ok_or_else(gone)?)
    }

    /// Without progress where the node has not said whether it took the transaction.
    async fn submit<Call: Payload>(
        &self,
        call: &Call,
        kind: Kind,
    ) -> Result<(Sent, Option<Progress>), Error> {
        let mut next = self.next.lock().await;
        let mut signatures = 0;
        loop {
            signatures += 1;
            let (sent, rejection) = match self.sign_and_submit(call, kind, *next).await? {
                Ok((sent, progress)) => {
                    *next = Some(sent.nonce + 1);
                    return Ok((sent, progress));
                }
                Err(rejected) => rejected,
            };
            *next = None;
            debug!(?rejection, signatures, "a transaction was not taken");
            if self.may_be_in(&sent, &rejection).await? {
                return Ok((sent, None));
            }
            match rejection {
                Rejection::Nonce | Rejection::Birth if signatures < SIGNATURES => sleep(PAUSE).await,
                Rejection::Nonce | Rejection::Known => return Err(Transient::Outpaced(self.id).into()),
                Rejection::Payment => return Err(Fatal::CannotPay(self.id).into()),
                Rejection::NotDue(number) => return Err(self.not_due(number).await),
                Rejection::Busy(text) => return Err(Transient::Dropped(text).into()),
                Rejection::Birth => {
                    return Err(Transient::Dropped("the node refuses its signature".into()).into())
                }
                Rejection::Invalid(text) => return Err(Fatal::Invalid(text).into()),
                Rejection::Unanswered(error) | Rejection::Other(error) => return Err(error),
            }
        }
    }

    /// Whether a transaction that was refused may be in the chain all the same. A pool looks at it from several blocks: one of
    /// them may have taken it in already when another one says that its number is used up.
    async fn may_be_in(&self, sent: &Sent, rejection: &Rejection) -> Result<bool, Error> {
        match rejection {
            Rejection::Known => Ok(true),
            Rejection::Nonce => {
                let best = self.client.best().await?.block().number;
                Ok(self.search(sent, sent.life.born, best).await?.is_some())
            }
            _ => Ok(false),
        }
    }

    async fn sign_and_submit<Call: Payload>(
        &self,
        call: &Call,
        kind: Kind,
        next: Option<u64>,
    ) -> Result<Result<(Sent, Option<Progress>), (Sent, Rejection)>, Error> {
        // This counts what is in the pool; our own memory covers what the pool has not digested yet.
        let nonce = self.client.methods.system_account_next_index(&self.id).await.map_err(rpc_error)?;
        let nonce = next.map_or(nonce, |next| next.max(nonce));
        let (mut transaction, life, best) = self.write(call, nonce).await?;
        let bytes = transaction.sign(&self.key).map_err(Error::subxt)?.into_encoded();
        let transaction = best.inner().transactions().from_bytes(bytes.clone());
        let sent = Sent { bytes, hash: transaction.hash(), nonce, life, kind };
        match transaction.submit_and_watch().await.map_err(Rejection::from) {
            Ok(progress) => Ok(Ok((sent, Some(progress)))),
            Err(Rejection::Unanswered(error)) => {
                debug!(transaction = ?sent.hash, %error, "no answer to a transaction");
                Ok(Ok((sent, None)))
            }
            Err(rejection) => Ok(Err((sent, rejection))),
        }
    }

    async fn watch(&self, sent: &Sent, mut progress: Progress) -> Watched {
        let mut gaps = 0;
        loop {
            let status = match timeout(GAP_CHECK, progress.next()).await {
                Ok(Some(Ok(status))) => status,
                Ok(Some(Err(_)) | None) => return Watched::Lost,
                // When the transaction before this one is given up, this one waits in vain for its turn. And a pool
                // says nothing of one that it gives up while its node changes to another runtime, nor of one whose
                // number another transaction has taken since.
                Err(_) => match self.client.methods.system_account_next_index(&self.id).await {
                    Ok(_) if gaps == 0 => {
                        gaps += 1;
                        continue;
                    }
                    Ok(next) if next < sent.nonce && sent.kind == Kind::Duty => {
                        return Watched::Ended(Transient::OutcomeUnknown(sent.hash).into())
                    }
                    Ok(_) => return Watched::Lost,
                    Err(_) => {
                        gaps = 0;
                        continue;
                    }
                },
            };
            match status {
                TransactionStatus::InBestBlock(block) if self.wait == Wait::InBlock => {
                    return Watched::Included(block)
                }
                TransactionStatus::InFinalizedBlock(block) => return Watched::Included(block),
                // It has been told to other nodes, and may still be included: by a pool that takes it again after a fork, or by
                // another one. It is in a block already where finality is late. The search tells.
                TransactionStatus::Invalid { message }
                | TransactionStatus::Dropped { message }
                | TransactionStatus::Error { message } => {
                    debug!(transaction = ?sent.hash, message, "the pool gave a transaction up");
                    return Watched::Lost;
                }
                _ => {}
            }
        }
    }

    async fn receipt(
        &self,
        sent: &Sent,
        included: TransactionInBlock<Config, OnlineClientAtBlockImpl<Config>>,
    ) -> Result<Result<Receipt, Expired>, Error> {
        let hash = included.block_hash();
        match included.wait_for_success().await {
            Ok(events) => match self.client.number_of(hash).await {
                Ok(number) => {
                    Ok(Ok(Receipt { transaction: sent.hash, block: BlockId { number, hash }, events }))
                }
                Err(error) => {
                    debug!(%error, "a transaction's block could not be read");
                    self.recover(sent).await
                }
            },
            Err(TransactionEventsError::ExtrinsicFailed(error)) => {
                Err(Fatal::from(Refusal::from(error)).into())
            }
            Err(error) => {
                debug!(%error, "a transaction's events could not be read");
                self.recover(sent).await
            }
        }
    }

    /// Find out what became of a transaction that cannot be watched any more. A node that was restarted has
    /// forgotten its pool: send the same bytes again.
    async fn recover(&self, sent: &Sent) -> Result<Result<Receipt, Expired>, Error> {
        let mut blocks = self.client.best_blocks();
        let mut searched = sent.life.born;
        let mut refusals = 0;
        let mut too_old: Option<Instant> = None;
        loop {
            let best = blocks.next().await;
            match self.fate(sent, &mut searched, best.number).await {
                Ok(Fate::Included(receipt)) => return Ok(Ok(receipt)),
                Ok(Fate::Expired(expired)) => return Ok(Err(expired)),
                Ok(Fate::Outpaced) => return Err(Transient::Outpaced(self.id).into()),
                Ok(Fate::Open) => {}
                Err(Error::Fatal(Fatal::Refused(refusal))) => return Err(Fatal::Refused(refusal).into()),
                Err(problem) => debug!(%problem, "a search broke off"),
            }
            if best.number > sent.life.last() {
                // No pool takes it any more. Finality, or blocks that the node has not fetched yet, prove what became of it.
                if too_old.get_or_insert_with(Instant::now).elapsed() > PROOF {
                    return Err(Transient::OutcomeUnknown(sent.hash).into());
                }
                continue;
            }
            let refusal = match self.client.methods.author_submit_extrinsic(&sent.bytes).await {
                Ok(_) => {
                    debug!(transaction = ?sent.hash, "sent a transaction again");
                    continue;
                }
                Err(subxt::rpcs::Error::User(said)) => Rejection::from(said),
                Err(problem) => {
                    debug!(%problem, "could not send a transaction again");
                    continue;
                }
            };
            if matches!(refusal, Rejection::Known | Rejection::Unanswered(_) | Rejection::Other(_)) {
                continue;
            }
            debug!(transaction = ?sent.hash, ?refusal, refusals, "the pool refuses a transaction");
            refusals += 1;
            match (sent.kind, refusal) {
                // At the first time it may have been included since it was looked for.
                (Kind::Duty, Rejection::NotDue(number)) if refusals > 1 => {
                    return Err(self.not_due(number).await)
                }
                (Kind::Duty, _) if refusals > FORK => return Err(Transient::OutcomeUnknown(sent.hash).into()),
                // Another node may take it, and this one after a fork, so that only its end is certain.
                (Kind::Other, refusal) if refusals == FORK => warn!(
                    transaction = ?sent.hash,
                    ?refusal,
                    "the node refuses a transaction that was sent; waiting until no block can take it"
                ),
                _ => {}
            }
        }
    }

    /// What became of a transaction, by the blocks up to the one that the account waits for.
    async fn fate(&self, sent: &Sent, searched: &mut BlockNumber, best: BlockNumber) -> Result<Fate, Error> {
        let finalized = self.client.finalized().await?;
        let last = match self.wait {
            Wait::InBlock => best,
            Wait::Finalized => finalized.block().number,
        };
        if let Some(receipt) = self.search(sent, *searched, last).await? {
            return Ok(Fate::Included(receipt));
        }
        // A fork may bring it into a block that was searched: look at the last few again.
        *searched = last.saturating_sub(FORK).max(sent.life.born);
        let next = finalized.inner().transactions().account_nonce(&self.id).await.map_err(Error::subxt)?;
        let end = match sent.life.end_at(finalized.block().number, finalized.inner().spec_version()) {
            Some(reason) => Fate::Expired(Expired(reason)),
            None if next > sent.nonce => Fate::Outpaced,
            None => return Ok(Fate::Open),
        };
        // What was searched before may have been another fork.
        match self.search(sent, sent.life.born, finalized.block().number).await? {
            Some(receipt) => Ok(Fate::Included(receipt)),
            None => Ok(end),
        }
    }

    /// Why a duty is none, in the words of the runtime.
    async fn not_due(&self, number: u8) -> Error {
        match self.client.best().await {
            Ok(best) => Fatal::NotDue(Refusal::of_duty(&best.inner().metadata(), number)).into(),
            Err(problem) => problem,
        }
    }

    /// Look for a transaction in the blocks of its life from `first` to `last`. An error where the node lacks one of them.
    async fn search(
        &self,
        sent: &Sent,
        first: BlockNumber,
        last: BlockNumber,
    ) -> Result<Option<Receipt>, Error> {
        for number in first..=last.min(sent.life.last()) {
            let lacks = || Transient::Node(format!("it lacks block {number}"));
            let block = self.client.block_at(number).await?.ok_or_else(lacks)?;
            let details = self.client.methods.chain_get_block(Some(block.hash)).await.map_err(rpc_error)?;
            let details = details.ok_or_else(lacks)?;
            let Some(index) = details.block.extrinsics.iter().position(|extrinsic| extrinsic.0 == sent.bytes)
            else {
                continue;
            };
            let snapshot = self.client.at(block).await?;
            let extrinsics = snapshot.inner().extrinsics().fetch().await.map_err(Error::subxt)?;
            let extrinsic = extrinsics.iter().nth(index).ok_or_else(lacks)?;
            let events = extrinsic.map_err(Error::subxt)?.events().await.map_err(Error::subxt)?;
            return match crate::events::failure(&events, snapshot.inner().metadata()) {
                Some(refusal) => Err(Fatal::from(refusal).into()),
                None => Ok(Some(Receipt { transaction: sent.hash, block, events })),
            };
        }
        Ok(None)
    }
}

impl Life {
    /// The last block that may have it.
    fn last(self) -> BlockNumber {
        self.born.saturating_add(LIFETIME)
    }

    /// Why no block after this one, which is final, may have it.
    fn end_at(self, finalized: BlockNumber, spec_version: u32) -> Option<&'static str> {
        // Versions only rise. Soon after an upgrade the last finalized block has an older one than the transaction.
        if spec_version > self.spec_version {
            return Some("the chain has another runtime now");
        }
        (finalized >= self.last()).then_some("it did not get into a block in time")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_final_block_ends_the_life_of_a_transaction() {
        let life = Life { born: 100, spec_version: 2 };
        assert_eq!(life.end_at(100, 2), None);
        assert_eq!(life.end_at(life.last() - 1, 2), None);
        assert!(life.end_at(life.last(), 2).is_some());
        // It was signed for the runtime of the head; finality comes later.
        assert_eq!(life.end_at(100, 1), None);
        assert!(life.end_at(101, 3).is_some());
    }
}
