//! Validators: session keys, candidacy.

use codec::{Decode, Encode};
use serde::Deserialize;
use subxt::rpcs::{methods::legacy::Bytes, rpc_params};
use talka_primitives::Balance;

use crate::{
    account::{Account, Receipt},
    api,
    client::rpc_error,
    error::{Error, Fatal},
    AccountId,
};

/// What nodes answer whose interface takes no unsafe methods: JSON-RPC's "method not found".
const UNSAFE: i32 = -32601;
/// The bytes of session keys.
const KEYS: usize = 32 + 32 + 33;

/// Calls of the validators pallet, and of the session pallet about keys.
#[derive(Clone, Copy, Debug)]
pub struct Validators<'a>(&'a Account);

impl Account {
    /// Calls about seats.
    pub fn validators(&self) -> Validators<'_> {
        Validators(self)
    }
}

/// Session keys that a node made, with the proof for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedKeys {
    /// The public keys, in the runtime's encoding.
    pub keys: Vec<u8>,
    /// That the node has their secrets, and made them for this account.
    pub proof: Vec<u8>,
}

/// The public keys that a validator works with, as a node made them: one of 32 bytes for BABE, one for GRANDPA, and one of 33
/// bytes for BEEFY.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SessionKeys(pub [u8; KEYS]);

/// As the node writes it.
#[derive(Deserialize)]
struct Answer {
    keys: Bytes,
    proof: Bytes,
}

impl Validators<'_> {
    /// Let the node make new session keys for this account and keep their secrets. Only nodes do that whose interface
    /// takes unsafe methods: one's own, over the loopback interface.
    pub async fn generate_keys(&self) -> Result<GeneratedKeys, Error> {
        let owner = Bytes(self.0.id().0.to_vec());
        let asked = self.0.client().rpc.request("author_rotateKeysWithOwner", rpc_params![owner]);
        let answer: Answer = asked.await.map_err(|error| match error {
            subxt::rpcs::Error::User(refused) if refused.code == UNSAFE => Fatal::UnsafeMethod.into(),
            other => rpc_error(other),
        })?;
        Ok(GeneratedKeys { keys: answer.keys.0, proof: answer.proof.0 })
    }

    /// Work with these keys from the session after the next on.
    pub async fn set_keys(&self, generated: GeneratedKeys) -> Result<Receipt, Error> {
        let bytes = generated.keys.try_into().map_err(|other: Vec<u8>| Fatal::Unfit {
            what: "session keys",
            why: format!("this chain's have {KEYS} bytes, these {}", other.len()),
        })?;
        self.0.send(&api::tx().session().set_keys(SessionKeys(bytes).into(), generated.proof)).await
    }

    /// Stand for election with a part of the bond.
    pub async fn register(&self, stake: Balance) -> Result<Receipt, Error> {
        self.0.send(&api::tx().validators().register(stake)).await
    }

    /// Put up more of the bond.
    pub async fn add_stake(&self, amount: Balance) -> Result<Receipt, Error> {
        self.0.send(&api::tx().validators().add_stake(amount)).await
    }

    /// Stand for election no more.
    pub async fn resign(&self) -> Result<Receipt, Error> {
        self.0.send(&api::tx().validators().resign()).await
    }

    /// Unlock the stake when it is not liable any more.
    pub async fn release(&self) -> Result<Receipt, Error> {
        self.0.send(&api::tx().validators().release()).await
    }

    /// Name the account that acts for this one on juries, or take it back.
    pub async fn set_juror_key(&self, key: Option<AccountId>) -> Result<Receipt, Error> {
        self.0.send(&api::tx().validators().set_juror_key(key)).await
    }

    /// Give up the session keys, and get their deposit back.
    pub async fn forget_keys(&self) -> Result<Receipt, Error> {
        self.0.send(&api::tx().validators().forget_keys()).await
    }
}
