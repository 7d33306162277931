//! What strangers send to the chain: bytes of all kinds. Nothing panics, what is refused changes nothing, and the books balance.
//!
//! `PROPTEST_CASES` says how many cases each test tries, `TALKA_SEED` with which it begins.

use codec::{Decode, DecodeLimit, Encode};
use frame_support::{
    storage::{with_transaction_unchecked, TransactionOutcome},
    MAX_EXTRINSIC_DEPTH,
};
use sp_core::{sr25519, Pair};
use sp_runtime::{traits::ExtrinsicLike, transaction_validity::TransactionSource};
use talka_adversary::{
    action::{Action, Authorship, Call},
    cast::{Party, ATTACKERS},
    chain::{self, Transaction},
    dice::{damage, Dice},
    finding::Cause,
    tactics,
    world::World,
};
use talka_primitives::{
    filter::{AppFilter, DatasetFilter, PoolFilter},
    order::{Order, Shelf},
    AppId, DatasetId, DealId, GroupId, OrderId, PoolId, TaskId,
};
use talka_runtime::{
    constants::currency::TLK, AccountId, Executive, Groups, Marketplace, Orders, Poco, RuntimeCall,
    SignedPayload, System, UncheckedExtrinsic,
};

/// Cases of a test where the environment names no other number.
const CASES: u64 = 2_000;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Tries a test with dice of many kinds.
fn with_dice(mut test: impl FnMut(&mut Dice)) {
    let first = number("TALKA_SEED").unwrap_or(1);
    for seed in (first..).take(number("PROPTEST_CASES").unwrap_or(CASES) as usize) {
        test(&mut Dice::seeded(seed));
    }
}

/// A world in which strangers have begun to do things: there is something of each kind.
fn in_a_busy_world(test: impl FnOnce(&mut World)) {
    World::play(1, |world| {
        let mut dice = Dice::seeded(1);
        tactics::script(&mut dice, 1, 40).actions.iter().for_each(|action| world.act(action));
        test(world);
    });
}

/// A stranger who has a key, and money.
fn stranger(world: &mut World) -> sr25519::Pair {
    let pair = sr25519::Pair::from_seed(&[9; 32]);
    let dest = AccountId::from(pair.public()).into();
    let gift = pallet_balances::Call::transfer_keep_alive { dest, value: 1_000 * TLK };
    (world.authorship, world.filling) = (Authorship::Fair, 0);
    world.pending.push(Transaction::new(Party::Bystander, gift));
    world.pass();
    assert!(talka_runtime::Balances::free_balance(AccountId::from(pair.public())) > 0);
    pair
}

fn sign(pair: &sr25519::Pair, call: RuntimeCall) -> UncheckedExtrinsic {
    let account = AccountId::from(pair.public());
    let payload = SignedPayload::new(call, chain::extension(&account, 0)).expect("what is implied is known");
    let signature = payload.using_encoded(|bytes| pair.sign(bytes));
    let (call, extension, _) = payload.deconstruct();
    UncheckedExtrinsic::new_signed(call, account.into(), signature.into(), extension)
}

fn decode(mut bytes: &[u8]) -> Option<UncheckedExtrinsic> {
    UncheckedExtrinsic::decode_all_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut bytes).ok()
}

/// What an author does with a transaction that it does not keep.
fn tried<R>(what: impl FnOnce() -> R) -> R {
    with_transaction_unchecked(|| TransactionOutcome::Rollback(what()))
}

/// A call of a stranger; now and then one that is damaged.
fn call(world: &World, dice: &mut Dice) -> Option<RuntimeCall> {
    let call = world.call(Party::Attacker(0), &tactics::call(dice))?;
    if dice.one_in(2) {
        return Some(call);
    }
    let mut bytes = call.encode();
    damage(&mut bytes, dice);
    RuntimeCall::decode_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut bytes.as_slice()).ok()
}

#[test]
fn extrinsics_are_refused_or_applied() {
    in_a_busy_world(|world| {
        let pair = stranger(world);
        let (mut applied, mut refused) = (0u32, 0u32);
        let parent = System::parent_hash();
        with_dice(|dice| {
            let mut bytes: Vec<u8> = (0..dice.below(200)).map(|_| dice.byte()).collect();
            if let (true, Some(call)) = (dice.one_in(8), call(world, dice)) {
                bytes = sign(&pair, call).encode();
            } else if let Some(call) = call(world, dice) {
                bytes = match dice.one_in(2) {
                    true => UncheckedExtrinsic::new_bare(call).encode(),
                    false => sign(&pair, call).encode(),
                };
                // The length comes first: where that is wrong, nobody looks at the rest.
                let mut inner = Vec::<u8>::decode(&mut bytes.as_slice()).unwrap_or_default();
                damage(&mut inner, dice);
                bytes = inner.encode();
            }
            let Some(extrinsic) = decode(&bytes) else { return };
            let again = extrinsic.encode();
            assert_eq!(decode(&again).map(|extrinsic| extrinsic.encode()), Some(again));
            let (source, copy) = (TransactionSource::External, extrinsic.clone());
            let valid = tried(|| Executive::validate_transaction(source, copy, parent));
            // What only authors put into blocks, and nodes take from nobody, may well be a reason not to make the block.
            if extrinsic.is_bare() && valid.is_err() {
                return refused += 1;
            }
            match tried(|| Executive::apply_extrinsic(extrinsic)) {
                Ok(_) => applied += 1,
                Err(_) => refused += 1,
            }
        });
        assert!(applied > 0 && refused > 0, "{applied} applied, {refused} refused");
    });
}

#[test]
fn calls_in_calls_end_at_the_limit() {
    // `batch` in `batch`, as deep as one likes: each is the index of the pallet, that of the call, and a list of one.
    let nested = [[20u8, 0, 1 << 2]; 10_000].concat();
    let decode =
        move || RuntimeCall::decode_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut nested.as_slice()).is_err();
    // Without optimisation a level takes much of the stack.
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(decode);
    assert!(thread.expect("there is room for a stack").join().expect("it ends by itself"));
}

#[test]
fn calls_break_no_promise() {
    // A world lasts for this number of calls.
    const CALLS: u64 = 400;
    let first = number("TALKA_SEED").unwrap_or(1);
    let worlds = number("PROPTEST_CASES").unwrap_or(CASES).div_ceil(CALLS);
    for seed in (first..).take(worlds as usize) {
        World::play(seed, |world| {
            let mut dice = Dice::seeded(seed);
            for _ in 0..CALLS {
                let who = dice.below(ATTACKERS.into()) as u8;
                if let Some(call) = call(world, &mut dice) {
                    world.act(&Action::Send { who, call: Call::Raw(call.encode()) });
                }
                if dice.one_in(4) {
                    world.pass();
                }
            }
            (0..10).for_each(|_| world.pass());
            world.ledger.conclude();
            let found = world.ledger.findings.iter().filter(|finding| finding.cause != Cause::Paused);
            let found: Vec<_> = found.map(ToString::to_string).collect();
            assert!(found.is_empty(), "seed {seed}: {}", found.join("\n"));
        });
    }
}

/// Something of this kind, made of a stranger's bytes.
fn some<T: Decode>(dice: &mut Dice) -> Option<T> {
    let bytes: Vec<u8> =
        (0..64).map(|_| if dice.one_in(2) { dice.byte() % 4 } else { dice.byte() }).collect();
    T::decode(&mut bytes.as_slice()).ok()
}

/// A number of something of which there are few.
fn few(dice: &mut Dice) -> u32 {
    match dice.one_in(8) {
        true => u32::MAX - dice.below(3),
        false => dice.below(40),
    }
}

#[test]
fn questions_are_answered() {
    in_a_busy_world(|_| {
        with_dice(|dice| {
            let account = Party::all().nth(dice.below(40) as usize).unwrap_or(Party::Bystander).account();
            let (limit, from) = (few(dice), few(dice));
            let task = TaskId { deal: DealId(few(dice)), index: few(dice) };
            match dice.below(11) {
                0 => {
                    let open = (0..few(dice) % 2_000).map(|index| TaskId { index, ..task });
                    let _ = Poco::duties(account, open.collect());
                }
                1 => drop(Poco::outcomes(task.deal, task.index, limit)),
                9 => drop((Poco::committed(account.clone(), Some(task)), Poco::worker_of(&account))),
                2 => drop((Poco::task_view(task), Poco::deal_view(task.deal))),
                3 => drop((Poco::worker_view(account), Poco::worker_views(PoolId(from), limit))),
                4 => drop((
                    Poco::pool_standing(PoolId(from)),
                    Marketplace::deals_of(&account, task.deal, limit),
                )),
                5 => {
                    let filter = some::<AppFilter>(dice).unwrap_or_default();
                    let _ = Marketplace::apps(&filter, AppId(from), limit);
                }
                6 => {
                    let filter = some::<DatasetFilter>(dice).unwrap_or_default();
                    let _ = Marketplace::datasets(&filter, DatasetId(from), limit);
                }
                7 => {
                    let filter = some::<PoolFilter>(dice).unwrap_or_default();
                    let _ = Marketplace::pools(&filter, PoolId(from), limit);
                }
                8 => {
                    let _ = Orders::orders(some::<Shelf>(dice), some::<OrderId>(dice), limit);
                    if let Some(order) = some::<Order<AccountId>>(dice) {
                        let _ = Orders::order_state(&order);
                    }
                }
                _ => {
                    let _ = Groups::groups(GroupId(from), limit);
                    let _ = Groups::members(GroupId(from), Some(account), limit);
                }
            }
        });
    });
}
