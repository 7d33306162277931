//! Messages to Ethereum, as other pallets send them, and what nodes keep of them.

use super::*;
use codec::{Decode, Encode};
use talka_primitives::{
    audit::Assurance,
    bridge::{
        outbox::root_of, Frontier, Message, Outcome, ProofError, ResultBody, ResultMessage, Withdrawal,
    },
    traits::{self, Outbox as _},
    Digest,
};

const RESULT: ResultBody = ResultBody {
    call: [1; 32],
    outcome: Outcome::Completed,
    assurance: Assurance::Adjudicated,
    error_bound: 1_234,
    digest: Digest([2; 32]),
    payload_hash: [3; 32],
};

/// Alice can withdraw.
fn backed_chain() -> sp_io::TestExternalities {
    let mut chain = chain(Some(CONTRACTS));
    execute(&mut chain, || {
        let mut vault = Vault::new();
        vault.deposit(ALICE, 10_000);
        bring(&vault);
        events();
    });
    chain
}

#[test]
fn takes_results_and_withdrawals_of_other_pallets() {
    execute(&mut backed_chain(), || {
        assert_eq!(Bridge::contracts(), Some(CONTRACTS));
        assert_eq!(Bridge::price(), PRICE);
        assert_eq!(Bridge::send_result(RESULT), Ok(0));
        let message = Message::Result(ResultMessage { index: 0, body: RESULT });
        assert_eq!(events(), [Event::MessageSent { index: 0, leaf: message.leaf(&CONTRACTS) }]);
        let withdraw = <Bridge as traits::Outbox<Account>>::withdraw;
        assert_eq!(withdraw(&ALICE, SOMEBODY, 10, 1), Ok(1));
        assert_noop!(withdraw(&ALICE, SOMEBODY, 10, 11), Error::<Test>::TipAboveAmount);
    });
}

#[test]
fn takes_nothing_without_contracts() {
    execute(&mut chain(None), || {
        assert_eq!(Bridge::contracts(), None);
        assert_noop!(Bridge::send_result(RESULT), Error::<Test>::NoContracts);
    });
}

/// A pallet that sends for somebody else goes on after a refusal: nothing may be left of it.
#[test]
fn leaves_nothing_of_a_refused_withdrawal_of_another_pallet() {
    execute(&mut backed_chain(), || {
        let full = (u32::MAX, vec![[1u8; 32]; 32]).encode();
        Outbox::<Test>::put(Frontier::decode(&mut &full[..]).unwrap());
        let withdraw = <Bridge as traits::Outbox<Account>>::withdraw;
        assert_noop!(withdraw(&ALICE, SOMEBODY, 10, 1), Error::<Test>::OutboxFull);
        assert_noop!(Bridge::send_result(RESULT), Error::<Test>::OutboxFull);
        Outbox::<Test>::kill();
    });
}

#[test]
fn has_a_root_from_the_end_of_the_block_on() {
    execute(&mut backed_chain(), || {
        assert_eq!(OutboxRoot::<Test>::get(), [0; 32]);
        next_block();
        assert_eq!(OutboxRoot::<Test>::get(), [0; 32]);
        Bridge::send_result(RESULT).unwrap();
        Bridge::send_result(RESULT).unwrap();
        // What a block reads is what its parent has left.
        assert_eq!(OutboxRoot::<Test>::get(), [0; 32]);
        next_block();
        let root = OutboxRoot::<Test>::get();
        assert_eq!(root, Outbox::<Test>::get().root(|_| ()));
        next_block();
        assert_eq!(OutboxRoot::<Test>::get(), root);
    });
}

/// Three blocks with messages: a withdrawal, two results, a withdrawal. Gives the root after each, and how many messages there
/// are.
fn three_blocks(chain: &mut sp_io::TestExternalities) -> [([u8; 32], u32); 3] {
    let mut roots = vec![];
    execute(chain, || {
        let sends: [fn(); 3] = [
            || Bridge::withdraw(signed(ALICE), SOMEBODY, 10, 1).unwrap(),
            || {
                Bridge::send_result(RESULT).unwrap();
                Bridge::send_result(ResultBody { error_bound: 7, ..RESULT }).unwrap();
            },
            || Bridge::withdraw(signed(ALICE), SOMEBODY, 20, 0).unwrap(),
        ];
        for send in sends {
            send();
            next_block();
            roots.push((OutboxRoot::<Test>::get(), Outbox::<Test>::get().count()));
        }
    });
    roots.try_into().unwrap()
}

fn messages() -> [Message; 4] {
    let result = |index, body| Message::Result(ResultMessage { index, body });
    [
        Message::Withdrawal(Withdrawal { index: 0, to: SOMEBODY, amount: 10, tip: 1 }),
        result(1, RESULT),
        result(2, ResultBody { error_bound: 7, ..RESULT }),
        Message::Withdrawal(Withdrawal { index: 3, to: SOMEBODY, amount: 20, tip: 0 }),
    ]
}

#[test]
fn proves_each_message_from_what_blocks_have_indexed() {
    let mut chain = backed_chain();
    let roots = three_blocks(&mut chain);
    read_index(&mut chain);
    execute(&mut chain, || {
        for (index, message) in (0..).zip(messages()) {
            let proven = Bridge::outbox_proof(index).unwrap();
            assert_eq!((proven.index, proven.message), (index, message));
            assert_eq!(proven.leaf, message.leaf(&CONTRACTS));
            assert_eq!(proven.root, roots[2].0);
            assert_eq!(root_of(&proven.leaf, index, &proven.proof), proven.root);
        }
        assert_eq!(Bridge::outbox_proof(4), Err(ProofError::NoMessage(4)));
        // A node that is asked for an older block proves under the root of then.
        OutboxRoot::<Test>::put(roots[1].0);
        let old = Bridge::outbox_proof(0).unwrap();
        assert_eq!(root_of(&old.leaf, 0, &old.proof), roots[1].0);
        OutboxRoot::<Test>::put(roots[2].0);
    });
}

#[test]
fn says_so_where_nothing_was_indexed() {
    let mut chain = backed_chain();
    let (empty, _) = sp_core::offchain::testing::TestOffchainExt::new();
    chain.register_extension(sp_core::offchain::OffchainDbExt::new(empty));
    three_blocks(&mut chain);
    execute(&mut chain, || {
        assert_eq!(Bridge::outbox_proof(0), Err(ProofError::NotIndexed));
    });
}
