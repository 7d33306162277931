//! Questions to workers about the tasks that they execute: see [`talka_primitives::live`].

use subxt_signer::sr25519;

use crate::{keys::Keypair, AccountId, BlockHash};

pub use talka_primitives::live::{Asked, Question};

/// Sign a question to the worker that has this public key in its address. Only the account that it names can.
pub fn sign(
    question: Question<AccountId>,
    genesis: BlockHash,
    worker: &[u8; 32],
    key: &Keypair,
) -> Asked<AccountId> {
    let signature = key.sign(&question.signed_bytes(&genesis.0, worker)).0;
    Asked { question, signature }
}

/// Whether a question was signed by the account that it names, for this chain and this worker.
pub fn is_signed(asked: &Asked<AccountId>, genesis: BlockHash, worker: &[u8; 32]) -> bool {
    let signed = asked.question.signed_bytes(&genesis.0, worker);
    let signer = sr25519::PublicKey(asked.question.who.0);
    sr25519::verify(&sr25519::Signature(asked.signature), signed, &signer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use subxt_signer::sr25519::dev;
    use talka_primitives::{DealId, TaskId};

    #[test]
    fn are_signed_by_who_asks_for_one_worker_and_one_chain() {
        let (genesis, worker) = (BlockHash::from([8; 32]), [7; 32]);
        let who = AccountId::from(dev::alice().public_key().0);
        let task = TaskId { deal: DealId(7), index: 0 };
        let question = Question { task, from: 0, asked_at: 5, who };
        let asked = sign(question.clone(), genesis, &worker, &dev::alice());
        assert!(is_signed(&asked, genesis, &worker));
        assert!(!is_signed(&asked, [9; 32].into(), &worker));
        assert!(!is_signed(&asked, genesis, &[6; 32]));
        assert!(!is_signed(&sign(question.clone(), genesis, &worker, &dev::bob()), genesis, &worker));
        let later = Asked { question: Question { asked_at: 6, ..question }, ..asked };
        assert!(!is_signed(&later, genesis, &worker));
    }
}
