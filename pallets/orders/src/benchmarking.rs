//! What the calls and the hook's steps cost: a benchmark for each required function of [`WeightInfo`], at its worst case.
//! `scripts/weights` runs them.

use alloc::{boxed::Box, vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{
        fungible::{Inspect, Mutate, MutateHold},
        Get,
    },
    weights::WeightMeter,
    BoundedVec,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use talka_primitives::{
    deal::{Arguments, ParameterList},
    matching::Request,
    order::{
        wrapped, AppOrder, DatasetOrder, Entry, Match, Named, Order, OrderSignature, Party, PoolOrder,
        PoolSource, Remembered, RequestOrder, Restrictions, SignedOrder, Source, Terms,
    },
    text::Text,
    Balance, Deposit, GroupId, OrderId, Parameters, PoolId, Salt, Tags, Trust,
};

use crate::{
    book::{Book, MAX_USED_UP},
    Call, Config, Entries, Forgotten, HoldReason, Pallet, Published, Shelves, UsedUp, WeightInfo,
};

/// What the benchmarks need of other pallets.
pub trait BenchmarkHelper<AccountId, Signature> {
    /// An account whose key this has, another one for each number.
    fn signer(number: u32) -> AccountId;

    /// What a signer's key makes of a message: of the kind of signature that takes longest to be verified.
    fn sign(signer: &AccountId, message: &[u8]) -> Signature;

    /// App, dataset and pool of these owners, in this order; and a request that they fulfil at their published prices.
    fn open_market(owners: [AccountId; 3]) -> Request<AccountId>;

    /// More workers join a pool than are looked at before a deal is made.
    fn staff(pool: PoolId);

    /// A new group with these members.
    fn group(members: Vec<AccountId>) -> GroupId;
}

/// More than all that is paid and held here.
const PLENTY: Balance = 1 << 80;

/// The price of everything that is ordered here.
const PRICE: Balance = 1_000_000_000;

/// Bytes of the longest arguments and parameters.
const LONGEST: u32 = 8_192;

/// The market on which the orders are matched.
struct Market<T: Config> {
    provider: T::AccountId,
    library: T::AccountId,
    operator: T::AccountId,
    requester: T::AccountId,
    wanted: Request<T::AccountId>,
}

fn rich<T: Config>(who: T::AccountId) -> T::AccountId
where
    T::Currency: Mutate<T::AccountId>,
{
    T::Currency::set_balance(&who, PLENTY);
    who
}

/// Texts of this length altogether: each of them is full before the next one begins.
fn texts<const N: u32>(bytes: u32) -> Vec<Text<N>> {
    let text = |length: u32| Text::<N>::try_from(vec![b'x'; length as usize]).unwrap_or_default();
    let full = (0..bytes / N).map(|_| N);
    full.chain(Some(bytes % N).filter(|rest| *rest > 0)).map(text).collect()
}

impl<T: Config> Market<T>
where
    T::Currency: Mutate<T::AccountId>,
{
    fn open() -> Self {
        let [provider, library, operator, requester] =
            [0, 1, 2, 3].map(|number| rich::<T>(T::BenchmarkHelper::signer(number)));
        let owners = [provider.clone(), library.clone(), operator.clone()];
        let wanted = T::BenchmarkHelper::open_market(owners);
        Self { provider, library, operator, requester, wanted }
    }

    fn terms(signer: &T::AccountId, price: Balance, volume: u32) -> Terms<T::AccountId> {
        Terms {
            signer: signer.clone(),
            price,
            volume,
            tags: Tags(0),
            only: Restrictions::default(),
            expiry: T::MaxLife::get(),
            salt: Salt([0; 32]),
        }
    }

    /// A request whose arguments and parameters have this length altogether.
    fn request_order(&self, bytes: u32) -> RequestOrder<T::AccountId> {
        let of_all = bytes.min(16 * 256);
        let mut items = texts(bytes - of_all);
        if items.is_empty() {
            items.push(Text::default());
        }
        let tasks = items.len() as u32;
        let Request { app, dataset, category, trust, beneficiary, deadline, .. } = self.wanted.clone();
        RequestOrder {
            app,
            dataset,
            category,
            trust,
            arguments: Arguments::truncate_from(texts(of_all)),
            parameters: Parameters::List { items: ParameterList::truncate_from(items) },
            beneficiary,
            deadline,
            terms: Self::terms(&self.requester, 3 * PRICE, tasks),
        }
    }

    fn app_order(&self, volume: u32) -> AppOrder<T::AccountId> {
        AppOrder { app: self.wanted.app, terms: Self::terms(&self.provider, PRICE, volume) }
    }

    fn dataset_order(&self, volume: u32) -> Result<DatasetOrder<T::AccountId>, BenchmarkError> {
        let dataset = self.wanted.dataset.ok_or("the market has no dataset")?;
        Ok(DatasetOrder { dataset, terms: Self::terms(&self.library, PRICE, volume) })
    }

    fn pool_order(&self, volume: u32) -> PoolOrder<T::AccountId> {
        PoolOrder {
            pool: self.wanted.pool,
            category: self.wanted.category,
            trust: Trust(10),
            terms: Self::terms(&self.operator, PRICE, volume),
        }
    }
}

/// Gives an order with the signature of whom it binds.
fn signed<T: Config, Kind: Clone + Into<Order<T::AccountId>>>(kind: Kind) -> Source<Kind, T::Signature> {
    let order: Order<T::AccountId> = kind.clone().into();
    let message = wrapped(Book::<T>::id(&order));
    let signature = OrderSignature::Wrapped(T::BenchmarkHelper::sign(&order.terms().signer, &message));
    Source::Signed(SignedOrder { order: kind, genesis: Book::<T>::genesis(), signature })
}

/// Publishes an order as whom it binds.
fn published<T: Config>(order: impl Into<Order<T::AccountId>>) -> Result<OrderId, BenchmarkError> {
    let order = order.into();
    let id = Book::<T>::id(&order);
    Pallet::<T>::do_publish_order(order.terms().signer.clone(), order)?;
    Ok(id)
}

/// How many tasks were bought of an order.
fn used<T: Config>(id: OrderId) -> Option<u32> {
    Entries::<T>::get(T::MaxLife::get(), id).map(|remembered| remembered.entry.used)
}

/// This number of orders waits to be cleared away.
fn waiting(number: u32) -> Vec<OrderId> {
    (0..number)
        .map(|one| {
            let mut id = [7; 32];
            id[..4].copy_from_slice(&one.to_le_bytes());
            OrderId(id)
        })
        .collect()
}

#[benchmarks(where T::Currency: Mutate<T::AccountId>)]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn match_signed(s: Linear<0, 3>, b: Linear<0, 8_192>) -> Result<(), BenchmarkError> {
        let market = Market::<T>::open();
        let broker = rich::<T>(whitelisted_caller());
        let wanted = market.request_order(b);
        let (id, tasks) = (Book::<T>::id(&wanted.clone().into()), wanted.terms.volume);
        let pool = match s {
            0..=2 => PoolSource::Listed(market.wanted.pool),
            _ => PoolSource::Ordered(signed::<T, _>(market.pool_order(u32::MAX))),
        };
        let dataset = if s > 1 { Some(signed::<T, _>(market.dataset_order(u32::MAX)?)) } else { None };
        let app = if s > 0 { Some(signed::<T, _>(market.app_order(u32::MAX))) } else { None };
        let orders = Match { app, dataset, pool, request: signed::<T, _>(wanted) };

        #[extrinsic_call]
        match_orders(RawOrigin::Signed(broker), Box::new(orders));

        assert_eq!(used::<T>(id), Some(tasks));
        Ok(())
    }

    /// All of them are used up, and the list of those is all but full.
    #[benchmark]
    fn match_published(p: Linear<0, 3>) -> Result<(), BenchmarkError> {
        let market = Market::<T>::open();
        let broker = rich::<T>(whitelisted_caller());
        let wanted = market.request_order(LONGEST);
        let tasks = wanted.terms.volume;
        let id = published::<T>(wanted)?;
        let pool = match p {
            0..=2 => PoolSource::Listed(market.wanted.pool),
            _ => PoolSource::Ordered(Source::Published(published::<T>(market.pool_order(tasks))?)),
        };
        let dataset = match p {
            0..=1 => None,
            _ => Some(Source::Published(published::<T>(market.dataset_order(tasks)?)?)),
        };
        let app = match p {
            0 => None,
            _ => Some(Source::Published(published::<T>(market.app_order(tasks))?)),
        };
        UsedUp::<T>::put(BoundedVec::truncate_from(waiting(MAX_USED_UP - 4)));
        let orders = Match { app, dataset, pool, request: Source::Published(id) };

        #[extrinsic_call]
        match_orders(RawOrigin::Signed(broker), Box::new(orders));

        assert_eq!(used::<T>(id), Some(tasks));
        assert_eq!(UsedUp::<T>::get().len() as u32, MAX_USED_UP - 4 + 1 + p);
        Ok(())
    }

    #[benchmark]
    fn match_restricted(g: Linear<0, 8>) -> Result<(), BenchmarkError> {
        let market = Market::<T>::open();
        let broker = rich::<T>(whitelisted_caller());
        T::BenchmarkHelper::staff(market.wanted.pool);
        let mut wanted = market.request_order(0);
        wanted.trust = Trust(10);
        let mut app = market.app_order(u32::MAX);
        let mut dataset = market.dataset_order(u32::MAX)?;
        let mut pool = market.pool_order(u32::MAX);
        // Each order names a requester and an operator: as many of these as are wanted by a group of its own.
        let mut groups = 0;
        let mut party = |who: &T::AccountId| {
            groups += 1;
            if groups <= g {
                Party::Group(T::BenchmarkHelper::group(vec![who.clone()]))
            } else {
                Party::Account(who.clone())
            }
        };
        for terms in [&mut wanted.terms, &mut app.terms, &mut dataset.terms, &mut pool.terms] {
            terms.only.requester = Some(party(&market.requester));
            terms.only.operator = Some(party(&market.operator));
        }
        let id = Book::<T>::id(&wanted.clone().into());
        let orders = Match {
            app: Some(signed::<T, _>(app)),
            dataset: Some(signed::<T, _>(dataset)),
            pool: PoolSource::Ordered(signed::<T, _>(pool)),
            request: signed::<T, _>(wanted),
        };

        #[extrinsic_call]
        match_orders(RawOrigin::Signed(broker), Box::new(orders));

        assert_eq!(used::<T>(id), Some(1));
        Ok(())
    }

    #[benchmark]
    fn publish_offer() {
        let mut market = Market::<T>::open();
        let seller = rich::<T>(whitelisted_caller());
        // The caller's own app: the largest thing that an order can sell.
        let owners = [seller.clone(), market.library.clone(), market.operator.clone()];
        market.wanted = T::BenchmarkHelper::open_market(owners);
        market.provider = seller.clone();
        let order = Order::App(market.app_order(u32::MAX));
        let id = Book::<T>::id(&order);

        #[extrinsic_call]
        publish_order(RawOrigin::Signed(seller), order);

        assert!(Published::<T>::contains_key(id));
    }

    #[benchmark]
    fn publish_request(b: Linear<0, 8_192>) {
        let mut market = Market::<T>::open();
        market.requester = rich::<T>(whitelisted_caller());
        let order = Order::Request(market.request_order(b));
        let id = Book::<T>::id(&order);

        #[extrinsic_call]
        publish_order(RawOrigin::Signed(market.requester.clone()), order);

        assert!(Published::<T>::contains_key(id));
    }

    #[benchmark]
    fn cancel_published() -> Result<(), BenchmarkError> {
        let mut market = Market::<T>::open();
        market.requester = rich::<T>(whitelisted_caller());
        let id = published::<T>(market.request_order(LONGEST))?;

        #[extrinsic_call]
        cancel_order(RawOrigin::Signed(market.requester.clone()), Named::Published(id));

        assert!(!Published::<T>::contains_key(id));
        Ok(())
    }

    /// It is published as well.
    #[benchmark]
    fn cancel_signed(b: Linear<0, 8_192>) -> Result<(), BenchmarkError> {
        let mut market = Market::<T>::open();
        market.requester = rich::<T>(whitelisted_caller());
        let order = Order::Request(market.request_order(b));
        let id = published::<T>(order.clone())?;

        #[extrinsic_call]
        cancel_order(RawOrigin::Signed(market.requester.clone()), Named::Signed(order));

        assert!(!Published::<T>::contains_key(id));
        Ok(())
    }

    /// As many as can be wait, and there is no room to clear away one.
    #[benchmark]
    fn look_for_used_up() {
        let look = T::WeightInfo::look_for_used_up();
        UsedUp::<T>::put(BoundedVec::truncate_from(waiting(MAX_USED_UP)));
        let mut meter = WeightMeter::with_limit(look);

        #[block]
        {
            Book::<T>::clear_used_up(&mut meter);
        }

        assert_eq!(UsedUp::<T>::get().len() as u32, MAX_USED_UP);
    }

    /// None has expired in the block before this one: that is found out, and remembered.
    #[benchmark]
    fn look_for_expired() {
        Forgotten::<T>::put(9);
        let mut meter = WeightMeter::new();

        #[block]
        {
            Book::<T>::forget_expired(10, &mut meter);
        }

        assert_eq!(Forgotten::<T>::get(), 10);
    }

    /// A published request of the greatest length expires, for whose entry a deposit is held of somebody else. Both are paid
    /// back.
    #[benchmark]
    fn clear() -> Result<(), BenchmarkError> {
        let market = Market::<T>::open();
        let broker = rich::<T>(account("broker", 0, 0));
        let order = Order::Request(market.request_order(LONGEST));
        let (id, expiry) = (Book::<T>::id(&order), T::MaxLife::get());
        let amount = T::EntryDeposit::get();
        if amount > 0 {
            T::Currency::hold(&HoldReason::Order.into(), &broker, amount)?;
        }
        let deposit = Deposit { of: broker.clone(), amount };
        Entries::<T>::insert(expiry, id, Remembered { entry: Entry::default(), deposit });
        let shelf = order.shelf();
        published::<T>(order)?;
        frame_system::Pallet::<T>::set_block_number(BlockNumberFor::<T>::from(expiry + 1));
        let mut meter = WeightMeter::with_limit(T::WeightInfo::clear());

        #[block]
        {
            Book::<T>::forget(expiry, &mut meter);
        }

        assert!(!Published::<T>::contains_key(id) && !Entries::<T>::contains_key(expiry, id));
        assert!(!Shelves::<T>::contains_key(shelf, id));
        assert_eq!(T::Currency::balance(&broker), PLENTY);
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
