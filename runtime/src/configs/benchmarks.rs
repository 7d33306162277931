//! What the benchmarks of Proof of Contribution have the other pallets do.

use alloc::{vec, vec::Vec};
use codec::Decode;
use frame_support::traits::fungible::Mutate;
use sp_consensus_babe::{
    digests::{CompatibleDigestItem, PreDigest, SecondaryVRFPreDigest},
    Slot,
};
use sp_core::sr25519::vrf::VrfSignature;
use sp_runtime::DigestItem;
use talka_pallet_audit::Rules;
use talka_pallet_marketplace::{NextAppId, NextDatasetId, NextDealId, NextPoolId};
use talka_pallet_poco::BenchmarkHelper;
use talka_pallet_stake::{Ledgers, ReputationRules};
use talka_pallet_validators::{ActsFor, Candidate, Candidates, JurorKeys};
use talka_primitives::{
    asset::Pool,
    audit::AuditRules,
    matching::Proposal,
    traits::{Deals, Stake as _},
    App, AppId, Balance, Category, CategoryId, Dataset, DatasetId, DealId, PoolId, Score,
};

use crate::{
    constants::market, AccountId, Audit, Balances, Marketplace, Runtime, RuntimeOrigin, Stake, System,
};

/// The pallets of this runtime.
pub struct PocoBenchmarks;

fn signed(who: &AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who.clone())
}

impl BenchmarkHelper<AccountId> for PocoBenchmarks {
    fn fund(who: &AccountId, amount: Balance) {
        Balances::mint_into(who, amount).expect("so much money can exist");
    }

    fn bond(who: &AccountId, amount: Balance) {
        Stake::bond(signed(who), amount).expect("the account has so much");
        Ledgers::<Runtime>::mutate_extant(who, |ledger| ledger.unripe = Default::default());
    }

    fn define_category(id: CategoryId, category: Category) {
        Marketplace::set_category(RuntimeOrigin::root(), id, category).expect("the category is possible");
    }

    fn set_audit_rules(rules: AuditRules) {
        Audit::set_rules(RuntimeOrigin::root(), rules).expect("the rules are sound");
    }

    fn open_gate(category: CategoryId) {
        talka_pallet_audit::Gates::<Runtime>::remove(category);
    }

    fn publish_app(app: App<AccountId>) -> AppId {
        let (id, owner) = (NextAppId::<Runtime>::get(), signed(&app.owner));
        let App { name, runtime, content, uris, topic, tags, description, price, .. } = app;
        Marketplace::publish_app(owner, name, runtime, content, uris, topic, tags, description, price)
            .expect("the owner has the deposit");
        id
    }

    fn publish_dataset(dataset: Dataset<AccountId>) -> DatasetId {
        let (id, owner) = (NextDatasetId::<Runtime>::get(), signed(&dataset.owner));
        let Dataset { name, content, uris, topic, tags, description, price, .. } = dataset;
        Marketplace::publish_dataset(owner, name, content, uris, topic, tags, description, price)
            .expect("the owner has the deposit");
        id
    }

    fn publish_pool(pool: Pool<AccountId>) -> PoolId {
        let (id, owner) = (NextPoolId::<Runtime>::get(), signed(&pool.owner));
        let Pool { description, policy, tags, guarantee_limit, prices, .. } = pool;
        Marketplace::publish_pool(owner.clone(), description, policy, tags, guarantee_limit)
            .expect("the operator has the deposit");
        for (category, price) in prices {
            Marketplace::set_pool_price(owner.clone(), id, category, Some(price))
                .expect("the category exists");
        }
        id
    }

    fn join(worker: &AccountId, pool: PoolId) {
        Marketplace::join_pool(signed(worker), pool, None).expect("the worker meets the terms");
    }

    fn leave(worker: &AccountId) {
        Marketplace::leave_pool(signed(worker)).expect("the worker has no task");
    }

    fn buy(proposal: Proposal<AccountId>) -> DealId {
        Marketplace::make(proposal).expect("it fits together and can be paid").id
    }

    fn seat(validators: &[AccountId], stake: Balance) {
        for who in validators {
            Stake::pledge(who, stake).expect("the bond is large enough");
            Candidates::<Runtime>::insert(who, Candidate { stake, score: Score(0), missed: 0 });
        }
        pallet_session::Validators::<Runtime>::put(validators.to_vec());
    }

    fn name_juror_key(validator: &AccountId, key: &AccountId) {
        JurorKeys::<Runtime>::insert(validator, key);
        ActsFor::<Runtime>::insert(key, validator);
    }

    /// As BABE's hook leaves it. Nobody verifies the output there: a node does, before it executes the block.
    fn begin_block(author: &AccountId) {
        let validators = pallet_session::Validators::<Runtime>::get();
        let index = validators.iter().position(|who| who == author).expect("the author validates");
        let vrf_signature = VrfSignature::decode(&mut &[0u8; 96][..]).expect("it has this length");
        let digest = PreDigest::SecondaryVRF(SecondaryVRFPreDigest {
            authority_index: index as u32,
            slot: Slot::from(1),
            vrf_signature,
        });
        System::deposit_log(DigestItem::babe_pre_digest(digest.clone()));
        pallet_babe::Initialized::<Runtime>::put(Some(digest));
    }

    fn shared_keys() -> Vec<Vec<u8>> {
        vec![
            ReputationRules::<Runtime>::hashed_key().to_vec(),
            Rules::<Runtime>::hashed_key().to_vec(),
            NextDealId::<Runtime>::hashed_key().to_vec(),
            frame_system::Account::<Runtime>::hashed_key_for(market::audit_fund()),
        ]
    }
}
