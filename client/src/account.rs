//! Sends transactions, and follows them to their outcome.

use std::{sync::Arc, time::Duration};

use subxt::{
    client::OnlineClientAtBlockImpl,
    config::DefaultExtrinsicParamsBuilder,
    error::TransactionEventsError,
    events::DecodeAsEvent,
    extrinsics::ExtrinsicEvents,
    transactions::{
        Payload, SubmittableTransaction, TransactionInBlock, TransactionProgress, TransactionStatus,
    },
};
use talka_primitives::{Balance, BlockNumber};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};
use tracing::debug;

use crate::{
    client::{rpc_error, BlockHash, BlockId, Client, Config},
    error::{Error, Fatal, Refusal, Transient},
    keys::Keypair,
    pool::Rejection,
    AccountId,
};

/// For so many blocks after the last finalized one a transaction may get into a block: long enough for a finality
/// that has fallen back some minutes, short enough for an end in sight.
const LIFETIME: u64 = 256;

/// So many blocks at the head of the chain are looked at again, in case a fork has replaced them.
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
            Some(event) => event.map_err(Error::subxt),
            None => {
                Err(Fatal::Incompatible("a transaction did not have the event it should have".into()).into())
            }
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
    /// has its effect at most once. The call itself is never repeated. After an error other than
    /// [`Transient::OutcomeUnknown`] it had no effect.
    pub async fn send<Call: Payload>(&self, call: &Call) -> Result<Receipt, Error> {
        self.send_as(call, Kind::Other).await
    }

    /// The same for a duty. A pool that has dropped it takes the same bytes for half an hour no more: then its outcome is not
    /// known after some blocks, and who still owes it sends another.
    pub(crate) async fn send_duty<Call: Payload>(&self, call: &Call) -> Result<Receipt, Error> {
        self.send_as(call, Kind::Duty).await
    }

    async fn send_as<Call: Payload>(&self, call: &Call, kind: Kind) -> Result<Receipt, Error> {
        let (sent, progress) = self.submit(call, kind).await?;
        let result = match self.watch(&sent, progress).await {
            Watched::Included(included) => self.receipt(&sent, included).await,
            Watched::Ended(error) => Err(error),
            Watched::Lost => {
                debug!(transaction = ?sent.hash, "lost sight of a transaction; looking for it");
                self.recover(&sent).await
            }
        };
        if !matches!(result, Ok(_) | Err(Error::Fatal(Fatal::Refused(_)))) {
            // Its number may be free again.
            *self.next.lock().await = None;
        }
        result
    }

    /// What a call costs in fees if it is sent now, in units of TLK. Nothing is sent.
    pub async fn fee<Call: Payload>(&self, call: &Call) -> Result<Balance, Error> {
        let nonce = self.client.methods.system_account_next_index(&self.id).await.map_err(rpc_error)?;
        let (transaction, _) = self.sign(call, nonce).await?;
        transaction.partial_fee_estimate().await.map_err(Error::subxt)
    }

    /// A signed transaction, and where it can be included. It lives from a block that no fork replaces, and is signed for the
    /// runtime that will execute it: after an upgrade the finalized block has an older one for a while.
    async fn sign<Call: Payload>(
        &self,
        call: &Call,
        nonce: u64,
    ) -> Result<(SubmittableTransaction<Config, OnlineClientAtBlockImpl<Config>>, Life), Error> {
        let (born, best) = tokio::try_join!(self.client.finalized(), self.client.best())?;
        let born = born.block();
        let params = DefaultExtrinsicParamsBuilder::new()
            .nonce(nonce)
            .mortal_from_unchecked(LIFETIME, born.number.into(), born.hash)
            .build();
        let mut transaction =
            best.inner().transactions().create_signable_offline(call, params).map_err(Error::subxt)?;
        let life = Life { born: born.number, spec_version: best.inner().spec_version() };
        Ok((transaction.sign(&self.key).map_err(Error::subxt)?, life))
    }

    async fn submit<Call: Payload>(&self, call: &Call, kind: Kind) -> Result<(Sent, Progress), Error> {
        let mut next = self.next.lock().await;
        let mut signatures = 0;
        loop {
            signatures += 1;
            let rejection = match self.sign_and_submit(call, kind, *next).await? {
                Ok((sent, progress)) => {
                    *next = Some(sent.nonce + 1);
                    return Ok((sent, progress));
                }
                Err(rejection) => rejection,
            };
            *next = None;
            debug!(?rejection, signatures, "a transaction was not taken");
            match rejection {
                Rejection::Nonce | Rejection::Known | Rejection::Birth if signatures < SIGNATURES => {
                    sleep(PAUSE).await
                }
                Rejection::Nonce | Rejection::Known => return Err(Transient::Outpaced(self.id).into()),
                Rejection::Payment => return Err(Fatal::CannotPay(self.id).into()),
                Rejection::NotDue(number) => return Err(self.not_due(number).await),
                Rejection::Busy(text) => return Err(Transient::Dropped(text).into()),
                Rejection::Birth => {
                    return Err(Transient::Dropped("the node refuses its signature".into()).into())
                }
                Rejection::Invalid(text) => return Err(Fatal::Invalid(text).into()),
                Rejection::Other(error) => return Err(error),
            }
        }
    }

    async fn sign_and_submit<Call: Payload>(
        &self,
        call: &Call,
        kind: Kind,
        next: Option<u64>,
    ) -> Result<Result<(Sent, Progress), Rejection>, Error> {
        // This counts what is in the pool; our own memory covers what the pool has not digested yet.
        let nonce = self.client.methods.system_account_next_index(&self.id).await.map_err(rpc_error)?;
        let nonce = next.map_or(nonce, |next| next.max(nonce));
        let (transaction, life) = self.sign(call, nonce).await?;
        let (bytes, hash) = (transaction.encoded().to_vec(), transaction.hash());
        Ok(match transaction.submit_and_watch().await {
            Ok(progress) => Ok((Sent { bytes, hash, nonce, life, kind }, progress)),
            Err(error) => Err(error.into()),
        })
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
                    Ok(next) if next < sent.nonce => {
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
                // After a fork the pool may take a transaction that it took before for invalid, and another fork may
                // bring it into a block all the same. The pool says whether it is when it is sent again.
                TransactionStatus::Invalid { message } => {
                    debug!(transaction = ?sent.hash, message, "the pool gave a transaction up");
                    return Watched::Lost;
                }
                TransactionStatus::Dropped { message } | TransactionStatus::Error { message } => {
                    return Watched::Ended(Transient::Dropped(message).into())
                }
                _ => {}
            }
        }
    }

    async fn receipt(
        &self,
        sent: &Sent,
        included: TransactionInBlock<Config, OnlineClientAtBlockImpl<Config>>,
    ) -> Result<Receipt, Error> {
        let hash = included.block_hash();
        match included.wait_for_success().await {
            Ok(events) => {
                let number = self.client.number_of(hash).await?;
                Ok(Receipt { transaction: sent.hash, block: BlockId { number, hash }, events })
            }
            Err(TransactionEventsError::ExtrinsicFailed(error)) => {
                Err(Fatal::from(Refusal::from(error)).into())
            }
            Err(error) => {
                debug!(%error, "a transaction's events could not be had");
                self.recover(sent).await
            }
        }
    }

    /// Find out what became of a transaction that cannot be watched any more. A node that was restarted has
    /// forgotten its pool: send the same bytes again.
    async fn recover(&self, sent: &Sent) -> Result<Receipt, Error> {
        let mut blocks = self.client.best_blocks();
        let mut searched = sent.life.born;
        let (mut used_up, mut barred) = (0, 0);
        loop {
            let best = blocks.next().await;
            let last = match self.wait {
                Wait::InBlock => best.number,
                Wait::Finalized => match self.client.finalized().await {
                    Ok(finalized) => finalized.block().number,
                    Err(_) => continue,
                },
            };
            match self.search(sent, searched, last).await {
                Ok(Some(receipt)) => return Ok(receipt),
                // A fork may bring it into a block that was searched: look at the last few again.
                Ok(None) => searched = last.saturating_sub(FORK).max(sent.life.born),
                Err(Error::Transient(problem)) => debug!(%problem, "a search broke off"),
                Err(fatal) => return Err(fatal),
            }
            if u64::from(last) > u64::from(sent.life.born) + LIFETIME {
                return Err(Transient::Dropped("it did not get into a block in time".into()).into());
            }
            // No block after an upgrade takes it, and the pool may keep it, or bar it for half an hour.
            if let Ok(at) = self.client.finalized().await {
                if at.inner().spec_version() != sent.life.spec_version {
                    match self.search(sent, sent.life.born, at.block().number).await {
                        Ok(Some(receipt)) => return Ok(receipt),
                        Ok(None) => {
                            return Err(Transient::Dropped("the chain has another runtime now".into()).into())
                        }
                        Err(Error::Transient(problem)) => debug!(%problem, "a search broke off"),
                        Err(fatal) => return Err(fatal),
                    }
                }
            }
            match self.client.methods.author_submit_extrinsic(&sent.bytes).await {
                Ok(_) => debug!(transaction = ?sent.hash, "sent a transaction again"),
                Err(subxt::rpcs::Error::User(said)) => match Rejection::from(said) {
                    // Its number is used up: by itself, and the search will find it, or by another.
                    Rejection::Nonce if used_up >= FORK => {
                        return Err(Transient::OutcomeUnknown(sent.hash).into())
                    }
                    Rejection::Nonce => used_up += 1,
                    Rejection::Busy(_) if sent.kind == Kind::Duty && barred >= FORK => {
                        return Err(Transient::OutcomeUnknown(sent.hash).into())
                    }
                    Rejection::Busy(_) => barred += 1,
                    Rejection::Known | Rejection::Other(_) => {}
                    Rejection::Payment => return Err(Fatal::CannotPay(self.id).into()),
                    Rejection::NotDue(number) => return Err(self.not_due(number).await),
                    Rejection::Invalid(text) => return Err(Fatal::Invalid(text).into()),
                    Rejection::Birth => {
                        return Err(Transient::Dropped("a fork has undone its block".into()).into())
                    }
                },
                Err(problem) => debug!(%problem, "could not send a transaction again"),
            }
        }
    }

    /// Why a duty is none, in the words of the runtime.
    async fn not_due(&self, number: u8) -> Error {
        match self.client.best().await {
            Ok(best) => Fatal::NotDue(Refusal::of_duty(&best.inner().metadata(), number)).into(),
            Err(problem) => problem,
        }
    }

    /// Look for a transaction in the blocks from `first` to `last`.
    async fn search(
        &self,
        sent: &Sent,
        first: BlockNumber,
        last: BlockNumber,
    ) -> Result<Option<Receipt>, Error> {
        for number in first..=last {
            let Some(block) = self.client.block_at(number).await? else { continue };
            let Some(details) =
                self.client.methods.chain_get_block(Some(block.hash)).await.map_err(rpc_error)?
            else {
                continue;
            };
            let Some(index) = details.block.extrinsics.iter().position(|extrinsic| extrinsic.0 == sent.bytes)
            else {
                continue;
            };
            let snapshot = self.client.at(block).await?;
            let extrinsics = snapshot.inner().extrinsics().fetch().await.map_err(Error::subxt)?;
            let extrinsic = extrinsics.iter().nth(index).ok_or(Transient::OutcomeUnknown(sent.hash))?;
            let events = extrinsic.map_err(Error::subxt)?.events().await.map_err(Error::subxt)?;
            return match crate::events::failure(&events, snapshot.inner().metadata()) {
                Some(refusal) => Err(Fatal::from(refusal).into()),
                None => Ok(Some(Receipt { transaction: sent.hash, block, events })),
            };
        }
        Ok(None)
    }
}
