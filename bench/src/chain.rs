//! Transactions, written with the runtime's own types and signed once.

use frame_metadata_hash_extension::CheckMetadataHash;
use pallet_transaction_payment::ChargeTransactionPayment;
use sp_core::{crypto::Ss58Codec, sr25519, Pair};
use sp_runtime::generic::Era;
use talka_runtime::{
    duties::Duties, AccountId, Hash, Nonce, Runtime, RuntimeCall, SignedPayload, TxExtension,
    UncheckedExtrinsic, VERSION,
};

/// An account whose key is here.
pub struct Actor {
    key: sr25519::Pair,
    /// The account.
    pub account: AccountId,
    /// The number of its next transaction.
    pub nonce: Nonce,
}

impl Actor {
    /// The one with this number among those of a kind, as in `worker`. Everybody can derive its key.
    pub fn new(kind: &str, number: usize) -> Self {
        let seed = blake3::hash(format!("talka/bench/{kind}/{number}").as_bytes());
        let key = sr25519::Pair::from_seed(seed.as_bytes());
        Self { account: key.public().into(), key, nonce: 0 }
    }

    /// Its address, as in a specification.
    pub fn address(&self) -> String {
        self.account.to_ss58check()
    }

    /// Its next transaction on the chain with this genesis.
    pub fn sign(&mut self, genesis: Hash, call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
        let signed = signed(genesis, &self.key, self.nonce, call.into());
        self.nonce += 1;
        signed
    }
}

/// A transaction without an end to its life, and without a tip.
fn signed(genesis: Hash, key: &sr25519::Pair, nonce: Nonce, call: RuntimeCall) -> UncheckedExtrinsic {
    let extension: TxExtension = (
        frame_system::CheckNonZeroSender::<Runtime>::new(),
        frame_system::CheckSpecVersion::<Runtime>::new(),
        frame_system::CheckTxVersion::<Runtime>::new(),
        frame_system::CheckGenesis::<Runtime>::new(),
        frame_system::CheckEra::<Runtime>::from(Era::Immortal),
        Duties::from((
            frame_system::CheckNonce::<Runtime>::from(nonce),
            frame_system::CheckWeight::<Runtime>::new(),
            ChargeTransactionPayment::<Runtime>::from(0),
            CheckMetadataHash::<Runtime>::new(false),
            frame_system::WeightReclaim::<Runtime>::new(),
        )),
    );
    // What the runtime would look up in its state: its versions, the genesis, and the block from which the life is counted.
    let (spec, transaction) = (VERSION.spec_version, VERSION.transaction_version);
    let implicit = ((), spec, transaction, genesis, genesis, ((), (), (), None, ()));
    let payload = SignedPayload::from_raw(call, extension, implicit);
    let signature = codec::Encode::using_encoded(&payload, |bytes| key.sign(bytes));
    let (call, extension, _) = payload.deconstruct();
    let account = AccountId::from(key.public());
    UncheckedExtrinsic::new_signed(call, account.into(), signature.into(), extension)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_runtime::traits::Checkable;

    const GENESIS: Hash = Hash::repeat_byte(7);

    /// What the runtime of the chain with this genesis says of a transaction.
    fn check(genesis: Hash, transaction: UncheckedExtrinsic) -> bool {
        sp_io::TestExternalities::new_empty().execute_with(|| {
            frame_system::BlockHash::<Runtime>::insert(0, genesis);
            transaction.check(&frame_system::ChainContext::<Runtime>::default()).is_ok()
        })
    }

    fn remark(bytes: usize) -> frame_system::Call<Runtime> {
        frame_system::Call::remark { remark: vec![1; bytes] }
    }

    #[test]
    fn the_runtime_takes_what_is_signed_here() {
        let mut actor = Actor::new("worker", 3);
        // A payload above 256 bytes is signed by its hash.
        for bytes in [0, 1_000] {
            assert!(check(GENESIS, actor.sign(GENESIS, remark(bytes))), "{bytes} bytes");
        }
        assert_eq!(actor.nonce, 2);
    }

    #[test]
    fn another_chain_does_not() {
        let transaction = Actor::new("worker", 3).sign(GENESIS, remark(1));
        assert!(!check(Hash::repeat_byte(8), transaction));
    }

    #[test]
    fn actors_of_different_kinds_are_different_accounts() {
        let account = |kind, number| Actor::new(kind, number).account;
        assert_eq!(account("worker", 1), account("worker", 1));
        assert_ne!(account("worker", 1), account("worker", 2));
        assert_ne!(account("worker", 1), account("client", 1));
    }
}
