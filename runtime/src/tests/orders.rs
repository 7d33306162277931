use super::*;
use crate::{
    configs::ProxyType,
    constants::{
        currency::TLK,
        market::{ORDER_DEPOSIT, ORDER_ENTRY_DEPOSIT},
    },
};
use frame_support::traits::InstanceFilter;
use pallet_multisig::Pallet as MultisigPallet;
use talka_primitives::{
    order::{
        wrapped, AppOrder, DatasetOrder, Match, Named, Order, OrderSignature, PoolOrder, PoolSource,
        RequestOrder, Restrictions, SignedOrder, Source, Terms,
    },
    traits::Stake as _,
    view::{Outcome, TaskView},
    AppId, CategoryId, ContentId, DatasetId, DealId, Digest as ResultDigest, Parameters, PoolId, PoolPolicy,
    RuntimeClass, Salt, Share, TaskId, Topic, Trust,
};

const RESULT: ResultDigest = ResultDigest([7; 32]);
const WORKERS: [&str; 3] = ["//Worker1", "//Worker2", "//Worker3"];
const EXPIRY: BlockNumber = 1_000;

/// A block with one transaction, which must succeed.
fn done<Call: Into<RuntimeCall>>(key: &str, call: Call) {
    assert_eq!(block([Transaction::new(key, call)]), [Ok(Ok(()))]);
}

/// An app, a dataset and a pool that are sold by order only, and three workers with room for three tasks each.
fn market() {
    let content = ContentId([1; 32]);
    let name = || "x".try_into().unwrap();
    done(
        "//Provider",
        talka_pallet_marketplace::Call::publish_app {
            name: name(),
            runtime: RuntimeClass::Wasm { abi: 2 },
            content,
            uris: Default::default(),
            topic: Topic::Science,
            tags: Default::default(),
            description: Default::default(),
            price: None,
        },
    );
    done(
        "//Charlie",
        talka_pallet_marketplace::Call::publish_dataset {
            name: name(),
            content,
            uris: Default::default(),
            topic: Topic::Science,
            tags: Default::default(),
            description: Default::default(),
            price: None,
        },
    );
    done("//Operator", found_a_pool());
    for worker in WORKERS {
        done(worker, talka_pallet_stake::Call::bond { amount: 1_000 * TLK });
        done(worker, talka_pallet_marketplace::Call::join_pool { pool: PoolId(0), terms: None });
        done(worker, talka_pallet_poco::Call::go_online { slots: 3, peer: Default::default() });
    }
}

fn found_a_pool() -> talka_pallet_marketplace::Call<Runtime> {
    let policy = PoolPolicy { worker_stake_ratio: Share(35), operator_share: Share(5), ..Default::default() };
    talka_pallet_marketplace::Call::publish_pool {
        description: Default::default(),
        policy,
        tags: Default::default(),
        guarantee_limit: Balance::MAX,
    }
}

fn terms(signer: &str, price: Balance, volume: u32) -> Terms<AccountId> {
    Terms {
        signer: account(signer),
        price: price * TLK,
        volume,
        tags: Default::default(),
        only: Restrictions::default(),
        expiry: EXPIRY,
        salt: Salt::default(),
    }
}

fn app_order() -> AppOrder<AccountId> {
    AppOrder { app: AppId(0), terms: terms("//Provider", 3, 100) }
}

fn pool_order(signer: AccountId, pool: u32, price: Balance, volume: u32) -> PoolOrder<AccountId> {
    let terms = Terms { signer, ..terms("//Operator", price, volume) };
    PoolOrder { pool: PoolId(pool), category: CategoryId(0), trust: Trust(10), terms }
}

fn request_order(tasks: u32) -> RequestOrder<AccountId> {
    RequestOrder {
        app: AppId(0),
        dataset: Some(DatasetId(0)),
        category: CategoryId(0),
        trust: Trust(4),
        arguments: Default::default(),
        parameters: Parameters::Range { first: 0 },
        beneficiary: None,
        deadline: EXPIRY,
        terms: terms("//Requester1", 29, tasks),
    }
}

/// An order, signed as a wallet does it.
fn sign<Kind: Clone + Into<Order<AccountId>>>(order: Kind, key: &str) -> Source<Kind, Signature> {
    let id = Orders::order_id(&order.clone().into());
    let signature = OrderSignature::Wrapped(pair(key).sign(&wrapped(id)).into());
    let genesis = System::block_hash(0).0;
    Source::Signed(SignedOrder { order, genesis, signature })
}

fn matching(pool: Source<PoolOrder<AccountId>, Signature>, tasks: u32) -> talka_pallet_orders::Call<Runtime> {
    let dataset = DatasetOrder { dataset: DatasetId(0), terms: terms("//Charlie", 1, 100) };
    talka_pallet_orders::Call::match_orders {
        orders: Box::new(Match {
            app: Some(sign(app_order(), "//Provider")),
            dataset: Some(sign(dataset, "//Charlie")),
            pool: PoolSource::Ordered(pool),
            request: sign(request_order(tasks), "//Requester1"),
        }),
    }
}

fn held(who: &str) -> Balance {
    use frame_support::traits::fungible::InspectHold;
    Balances::total_balance_on_hold(&account(who))
}

/// What is held of somebody for tasks that have not ended.
fn held_for_tasks(who: &str) -> Balance {
    use frame_support::traits::fungible::InspectHold;
    use talka_pallet_marketplace::HoldReason::{Guarantee, Payment};
    [Payment, Guarantee].map(|reason| Balances::balance_on_hold(&reason.into(), &account(who))).iter().sum()
}

/// All that somebody has: free, and held for whatever.
fn wealth(who: &str) -> Balance {
    Balances::total_balance(&account(who))
}

#[test]
fn become_two_deals_of_one_request_and_are_settled_to_the_unit() {
    development().execute_with(|| {
        market();
        let issued = Balances::total_issuance();
        let people = ["//Requester1", "//Operator", "//Provider", "//Charlie"];
        let before = people.map(wealth);
        let (earned, bonds) = (WORKERS.map(wealth), held(WORKERS[0]));

        // Pool orders (price 15, volume 2) and (price 25, volume 10), a request of volume 3, matched twice by a stranger.
        let pool = |price, volume| sign(pool_order(account("//Operator"), 0, price, volume), "//Operator");
        done("//Eve", matching(pool(15, 2), 3));
        // (3 + 1 + 15, and as much for an audit) × 2, and 30 % of 15, × 2.
        assert_eq!((held_for_tasks("//Requester1"), held_for_tasks("//Operator")), (76 * TLK, 9 * TLK));
        done("//Eve", matching(pool(25, 10), 3));
        // 3 + 1 + 25, and as much for an audit, more; and 30 % of 25 more.
        assert_eq!(
            (held_for_tasks("//Requester1"), held_for_tasks("//Operator")),
            (134 * TLK, 165 * TLK / 10)
        );
        assert_eq!((deal_tasks(0), deal_tasks(1)), (2, 1));
        let third = Transaction::new("//Eve", matching(pool(25, 10), 3));
        let refused: sp_runtime::DispatchError = talka_pallet_orders::Error::<Runtime>::OrderConsumed.into();
        assert_eq!(block([third]), [Ok(Err(refused))]);

        // Two workers are drawn for each. Nobody may work alone, so all is audited: each locks twice the value, and a unit.
        let locked: Balance = WORKERS.map(|worker| Stake::standing(&account(worker)).locked).iter().sum();
        assert_eq!(locked, 2 * (2 * (2 * 19 + 29) * TLK + 3));
        assert_eq!(held(WORKERS[0]), bonds, "stake is locked within the bond");

        let task = |deal, index| TaskId { deal: DealId(deal), index };
        let tasks = [task(0, 0), task(0, 1), task(1, 0)];
        execute(&WORKERS, &tasks, RESULT);
        for task in tasks {
            let view = Poco::task_view(task).unwrap();
            assert!(matches!(view, TaskView::Ended(Outcome::Completed { digest: RESULT, .. })), "{view:?}");
        }

        // The workers have 95 % of 15, twice, and of 25; the operator has the other 5 %. Each task was audited for as
        // much as it costs: nobody works alone yet.
        let (pools, audits) = ((2 * 15 + 25) * TLK, (2 * 19 + 29) * TLK);
        let gains = [67 * TLK + audits, pools * 5 / 100, 9 * TLK, 3 * TLK];
        for (number, (who, before)) in people.into_iter().zip(before).enumerate() {
            let gain = wealth(who).abs_diff(before);
            assert_eq!(gain, gains[number], "{who}");
        }
        let wages: Balance = WORKERS.map(wealth).iter().zip(earned).map(|(now, then)| now - then).sum();
        assert_eq!(wages, pools * 95 / 100 + audits);
        let counts = Audit::findings()[0].findings.priced;
        assert_eq!((counts.accepted.count, counts.audited.count), (3, 0));
        assert_eq!(counts.accepted.value, audits);
        assert!(wealth("//Requester1") < before[0]);
        assert_eq!((held_for_tasks("//Requester1"), held_for_tasks("//Operator")), (0, 0));
        let merits = WORKERS.map(|worker| Stake::standing(&account(worker)).merit.0);
        // Each task gives its value to those who were audited, and to the auditor. Hardly any has faded yet.
        let merit: Balance = merits.iter().sum();
        assert!(merit <= 2 * audits && merit > 2 * audits - TLK, "{merits:?}");
        assert_eq!(Balances::total_issuance(), issued);
    });
}

fn deal_tasks(deal: u32) -> u32 {
    Poco::deal_view(DealId(deal)).unwrap().deal.tasks
}

#[test]
fn of_a_multisig_are_published_and_matched_and_give_the_deposit_back() {
    development().execute_with(|| {
        market();
        let mut signatories = [account("//Bob"), account("//Dave")];
        signatories.sort();
        let multisig = MultisigPallet::<Runtime>::multi_account_id(&signatories, 1);
        done(
            "//Alice",
            pallet_balances::Call::transfer_keep_alive { dest: multisig.clone().into(), value: 100 * TLK },
        );
        let as_multisig = |call: RuntimeCall| {
            let call = pallet_multisig::Call::as_multi_threshold_1 {
                other_signatories: vec![account("//Dave")],
                call: Box::new(call),
            };
            done("//Bob", call);
        };
        as_multisig(found_a_pool().into());
        // The rest is held for the pool.
        let rest = Balances::balance(&multisig);
        assert!(rest < 100 * TLK);
        let order = Order::from(pool_order(multisig.clone(), 1, 20, 2));
        let id = Orders::order_id(&order);
        as_multisig(talka_pallet_orders::Call::publish_order { order: order.clone() }.into());
        let deposit = Orders::deposit(&order);
        assert!(deposit > ORDER_DEPOSIT);
        assert_eq!(Balances::balance(&multisig), rest - deposit - ORDER_ENTRY_DEPOSIT);

        done("//Eve", matching(Source::Published(id), 2));
        assert_eq!((deal_tasks(0), Orders::order(id)), (2, None));
        // The order is used up: what is held now is the guarantee, and a deposit until the order expires.
        assert_eq!(Balances::balance(&multisig), rest - 2 * 6 * TLK - ORDER_ENTRY_DEPOSIT);

        as_multisig(
            talka_pallet_orders::Call::publish_order {
                order: Order::from(pool_order(multisig.clone(), 1, 21, 2)),
            }
            .into(),
        );
        let id = Orders::order_id(&Order::from(pool_order(multisig.clone(), 1, 21, 2)));
        as_multisig(talka_pallet_orders::Call::cancel_order { order: Named::Published(id) }.into());
        assert_eq!(Balances::balance(&multisig), rest - 2 * 6 * TLK - 2 * ORDER_ENTRY_DEPOSIT);
    });
}

#[test]
fn can_be_published_by_a_seller_s_proxy_but_no_requests() {
    let publish = |order: Order<AccountId>| {
        RuntimeCall::from(talka_pallet_orders::Call::<Runtime>::publish_order { order })
    };
    development().execute_with(|| {
        let sale = publish(app_order().into());
        let purchase = publish(request_order(1).into());
        let cancel = RuntimeCall::from(talka_pallet_orders::Call::<Runtime>::cancel_order {
            order: Named::Signed(app_order().into()),
        });
        let buy = matching(sign(pool_order(account("//Operator"), 0, 1, 1), "//Operator"), 1).into();
        let group = talka_pallet_groups::Call::<Runtime>::create_group { name: Default::default() }.into();
        for (call, allowed) in
            [(&sale, true), (&cancel, true), (&group, true), (&purchase, false), (&buy, false)]
        {
            assert_eq!(ProxyType::Seller.filter(call), allowed, "{call:?}");
            assert!(!ProxyType::Worker.filter(call));
        }
    });
}
