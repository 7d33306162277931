//! Sends transactions, and follows them to their outcome.

use std::{sync::Arc, time::Duration};

use subxt::{
    client::OnlineClientAtBlockImpl,
    config::DefaultExtrinsicParamsBuilder,
    error::TransactionEventsError,
    events::DecodeAsEvent,
    extrinsics::ExtrinsicEvents,
    transactions::{Payload, TransactionInBlock, TransactionProgress, TransactionStatus},
};
use talka_primitives::BlockNumber;
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

/// How long nothing may be heard of a transaction before it is asked whether its turn can come.
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
    born: BlockNumber,
}

/// How a transaction ended, as far as could be watched.
enum Watched {
    Included(TransactionInBlock<Config, OnlineClientAtBlockImpl<Config>>),
    Ended(Error),
    Lost,
}

impl Account {
    pub(crate) fn new(client: Client, key: Keypair) -> Self {
        let id = AccountId::from(key.public_key().0);
        Self { client, key, id, wait: Wait::default(), next: Arc::default() }
    }

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
        let (sent, progress) = self.submit(call).await?;
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

    async fn submit<Call: Payload>(&self, call: &Call) -> Result<(Sent, Progress), Error> {
        let mut next = self.next.lock().await;
        let mut signatures = 0;
        loop {
            signatures += 1;
            let rejection = match self.sign_and_submit(call, *next).await? {
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
                Rejection::Busy(text) => return Err(Transient::Dropped(text).into()),
                Rejection::Birth => return Err(Fatal::Invalid("its signature is refused".into()).into()),
                Rejection::Invalid(text) => return Err(Fatal::Invalid(text).into()),
                Rejection::Other(error) => return Err(error),
            }
        }
    }

    async fn sign_and_submit<Call: Payload>(
        &self,
        call: &Call,
        next: Option<u64>,
    ) -> Result<Result<(Sent, Progress), Rejection>, Error> {
        let born = self.client.finalized().await?;
        // This counts what is in the pool; our own memory covers what the pool has not digested yet.
        let nonce = self.client.methods.system_account_next_index(&self.id).await.map_err(rpc_error)?;
        let nonce = next.map_or(nonce, |next| next.max(nonce));
        let params = DefaultExtrinsicParamsBuilder::new()
            .nonce(nonce)
            .mortal_from_unchecked(LIFETIME, born.block().number.into(), born.block().hash)
            .build();
        let transaction = born
            .inner()
            .transactions()
            .create_signable_offline(call, params)
            .map_err(Error::subxt)?
            .sign(&self.key)
            .map_err(Error::subxt)?;
        let (bytes, hash) = (transaction.encoded().to_vec(), transaction.hash());
        Ok(match transaction.submit_and_watch().await {
            Ok(progress) => Ok((Sent { bytes, hash, nonce, born: born.block().number }, progress)),
            Err(error) => Err(error.into()),
        })
    }

    async fn watch(&self, sent: &Sent, mut progress: Progress) -> Watched {
        let mut gaps = 0;
        loop {
            let status = match timeout(GAP_CHECK, progress.next()).await {
                Ok(Some(Ok(status))) => status,
                Ok(Some(Err(_)) | None) => return Watched::Lost,
                // When the transaction before this one is given up, this one waits in vain for its turn.
                Err(_) => match self.client.methods.system_account_next_index(&self.id).await {
                    Ok(next) if next < sent.nonce && gaps == 0 => {
                        gaps += 1;
                        continue;
                    }
                    Ok(next) if next < sent.nonce => {
                        return Watched::Ended(Transient::OutcomeUnknown(sent.hash).into())
                    }
                    _ => {
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
                TransactionStatus::Invalid { message } => {
                    return Watched::Ended(Fatal::Invalid(message).into())
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
        let mut searched = sent.born;
        let mut used_up = 0;
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
                Ok(None) => searched = last.saturating_sub(FORK).max(sent.born),
                Err(Error::Transient(problem)) => debug!(%problem, "a search broke off"),
                Err(fatal) => return Err(fatal),
            }
            if u64::from(last) > u64::from(sent.born) + LIFETIME {
                return Err(Transient::Dropped("it did not get into a block in time".into()).into());
            }
            match self.client.methods.author_submit_extrinsic(&sent.bytes).await {
                Ok(_) => debug!(transaction = ?sent.hash, "sent a transaction again"),
                Err(subxt::rpcs::Error::User(said)) => match Rejection::from(said) {
                    // Its number is used up: by itself, and the search will find it, or by another.
                    Rejection::Nonce if used_up >= FORK => {
                        return Err(Transient::OutcomeUnknown(sent.hash).into())
                    }
                    Rejection::Nonce => used_up += 1,
                    Rejection::Known | Rejection::Busy(_) | Rejection::Other(_) => {}
                    Rejection::Payment => return Err(Fatal::CannotPay(self.id).into()),
                    Rejection::Invalid(text) => return Err(Fatal::Invalid(text).into()),
                    Rejection::Birth => {
                        return Err(Transient::Dropped("a fork has undone its block".into()).into())
                    }
                },
                Err(problem) => debug!(%problem, "could not send a transaction again"),
            }
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
            let Some(hash) = self
                .client
                .methods
                .chain_get_block_hash(Some(u64::from(number).into()))
                .await
                .map_err(rpc_error)?
            else {
                continue;
            };
            let Some(details) = self.client.methods.chain_get_block(Some(hash)).await.map_err(rpc_error)?
            else {
                continue;
            };
            let Some(index) = details.block.extrinsics.iter().position(|extrinsic| extrinsic.0 == sent.bytes)
            else {
                continue;
            };
            let snapshot = self.client.at(BlockId { number, hash }).await?;
            let extrinsics = snapshot.inner().extrinsics().fetch().await.map_err(Error::subxt)?;
            let extrinsic = extrinsics.iter().nth(index).ok_or(Transient::OutcomeUnknown(sent.hash))?;
            let events = extrinsic.map_err(Error::subxt)?.events().await.map_err(Error::subxt)?;
            return match crate::events::failure(&events, snapshot.inner().metadata()) {
                Some(refusal) => Err(Fatal::from(refusal).into()),
                None => Ok(Some(Receipt { transaction: sent.hash, block: BlockId { number, hash }, events })),
            };
        }
        Ok(None)
    }
}
