//! What benchmarks need, on the chain of the pallet's tests: it has the real pallets, but for validators and authors.

use super::BenchmarkHelper;
use crate::mock::{
    reset, Audit, Author, Balances, Chain, DutyKeyDeposit, JurorKey, JurorKeys, Marketplace,
    RegistrationDeposit, RuntimeOrigin, Sitting, Stake, Storage, Test, FUND,
};
use frame_support::traits::fungible::Mutate;
use sp_io::TestExternalities;
use talka_pallet_audit::Rules;
use talka_pallet_marketplace::{NextAppId, NextDatasetId, NextDealId, NextPoolId};
use talka_pallet_stake::{Ledgers, ReputationRules};
use talka_primitives::{
    asset::Pool, audit::AuditRules, matching::Proposal, traits::Deals, App, AppId, Balance, Category,
    CategoryId, Dataset, DatasetId, DealId, PoolId, StoragePrice,
};

/// A chain in which nobody works, and everything has a deposit.
pub(crate) fn new_test_ext() -> TestExternalities {
    reset();
    Storage::set(StoragePrice { item: 10, byte: 1 });
    RegistrationDeposit::set(10);
    DutyKeyDeposit::set(10);
    Chain::of(0).build()
}

/// The pallets of the tests.
pub struct Helper;

impl BenchmarkHelper<u64> for Helper {
    fn fund(who: &u64, amount: Balance) {
        Balances::mint_into(who, amount).unwrap();
    }

    fn bond(who: &u64, amount: Balance) {
        Stake::bond(RuntimeOrigin::signed(*who), amount).unwrap();
        Ledgers::<Test>::mutate_extant(who, |ledger| ledger.unripe = Default::default());
    }

    fn define_category(id: CategoryId, category: Category) {
        Marketplace::set_category(RuntimeOrigin::root(), id, category).unwrap();
    }

    fn set_audit_rules(rules: AuditRules) {
        Audit::set_rules(RuntimeOrigin::root(), rules).unwrap();
    }

    fn open_gate(category: CategoryId) {
        talka_pallet_audit::Gates::<Test>::remove(category);
    }

    fn publish_app(app: App<u64>) -> AppId {
        let (id, owner) = (NextAppId::<Test>::get(), RuntimeOrigin::signed(app.owner));
        let App { name, runtime, content, uris, topic, tags, description, price, .. } = app;
        Marketplace::publish_app(owner, name, runtime, content, uris, topic, tags, description, price)
            .unwrap();
        id
    }

    fn publish_dataset(dataset: Dataset<u64>) -> DatasetId {
        let (id, owner) = (NextDatasetId::<Test>::get(), RuntimeOrigin::signed(dataset.owner));
        let Dataset { name, content, uris, topic, tags, description, price, .. } = dataset;
        Marketplace::publish_dataset(owner, name, content, uris, topic, tags, description, price).unwrap();
        id
    }

    fn publish_pool(pool: Pool<u64>) -> PoolId {
        let (id, owner) = (NextPoolId::<Test>::get(), RuntimeOrigin::signed(pool.owner));
        let Pool { description, policy, tags, guarantee_limit, prices, .. } = pool;
        Marketplace::publish_pool(owner.clone(), description, policy, tags, guarantee_limit).unwrap();
        for (category, price) in prices {
            Marketplace::set_pool_price(owner.clone(), id, category, Some(price)).unwrap();
        }
        id
    }

    fn join(worker: &u64, pool: PoolId) {
        Marketplace::join_pool(RuntimeOrigin::signed(*worker), pool, None).unwrap();
    }

    fn leave(worker: &u64) {
        Marketplace::leave_pool(RuntimeOrigin::signed(*worker)).unwrap();
    }

    fn buy(proposal: Proposal<u64>) -> DealId {
        Marketplace::make(proposal).unwrap().id
    }

    /// All validators have the same stake.
    fn seat(validators: &[u64], _: Balance) {
        Sitting::set(validators.to_vec());
    }

    fn name_juror_key(validator: &u64, key: &u64) {
        JurorKeys::set(vec![JurorKey { validator: *validator, key: *key }]);
    }

    fn begin_block(author: &u64) {
        Author::set(Some(*author));
    }

    fn shared_keys() -> Vec<Vec<u8>> {
        vec![
            ReputationRules::<Test>::hashed_key().to_vec(),
            Rules::<Test>::hashed_key().to_vec(),
            NextDealId::<Test>::hashed_key().to_vec(),
            frame_system::Account::<Test>::hashed_key_for(FUND),
        ]
    }
}
