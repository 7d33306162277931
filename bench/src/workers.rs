//! Workers that commit and reveal as real ones do, and compute nothing: the result of a task is its name.
//!
//! All of them look at the chain through one follower. A duty that is not in a block soon is sent again, with the number that
//! the node says is next; the node refuses the second one where the first one only waits.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Result;
use sp_runtime::BoundedVec;
use talka_pallet_poco::{Commitment, Event, Reveal};
use talka_primitives::{
    commitment,
    manifest::{Blob, ExitStatus, Listing, Manifest, WASM_ABI},
    Digest, PoolId, TaskId,
};
use talka_runtime::{
    constants::market::MAX_BATCH, AccountId, BlockNumber, Nonce, Runtime, RuntimeCall, RuntimeEvent,
};

use crate::{chain::Actor, rpc::Block};

/// Blocks after which a duty that is in none of them is sent again.
const PATIENCE: BlockNumber = 6;

/// What a worker owes. Commitments come before reveals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owed {
    /// A commitment.
    Commit(TaskId),
    /// A digest.
    Reveal(TaskId),
}

/// Who they are and what they owe.
pub struct Crew {
    /// The workers.
    pub members: Vec<Actor>,
    numbers: HashMap<AccountId, usize>,
    /// Of each open task: who was drawn.
    drawn: HashMap<TaskId, Vec<usize>>,
    /// Of each open task: who has committed.
    committed: HashMap<TaskId, Vec<usize>>,
    /// What is owed, and the block after which it was sent.
    owed: BTreeMap<(usize, Owed), Option<BlockNumber>>,
    /// Reveals that wait until a block is final, by that block. Nothing where they wait for none.
    waiting: Option<BTreeMap<BlockNumber, Vec<(usize, TaskId)>>>,
    /// Whose next number is to be asked for.
    unsure: BTreeSet<usize>,
    /// How many duties were sent again.
    pub again: u64,
    /// How many are online.
    pub online: usize,
}

impl Crew {
    /// A number of workers. They reveal at once; or, as the program `talka-worker` does, when the block is `final` that asks for it.
    pub fn new(count: usize, once_final: bool) -> Self {
        let members: Vec<_> = (0..count).map(|number| Actor::new("worker", number)).collect();
        let numbers = members.iter().enumerate().map(|(number, one)| (one.account.clone(), number)).collect();
        Self {
            members,
            numbers,
            drawn: HashMap::new(),
            committed: HashMap::new(),
            owed: BTreeMap::new(),
            waiting: once_final.then(BTreeMap::new),
            unsure: BTreeSet::new(),
            again: 0,
            online: 0,
        }
    }

    /// What lets a worker be drawn, for at most `slots` tasks at once.
    pub fn begin(pool: PoolId, slots: u8) -> RuntimeCall {
        let join = talka_pallet_marketplace::Call::<Runtime>::join_pool { pool, terms: None };
        let online = talka_pallet_poco::Call::<Runtime>::go_online { slots, peer: Default::default() };
        let calls = vec![RuntimeCall::from(join), RuntimeCall::from(online)];
        pallet_utility::Call::<Runtime>::batch_all { calls }.into()
    }

    /// What follows from a block for them.
    pub fn observe(&mut self, block: &Block) {
        for record in &block.events {
            if let RuntimeEvent::Poco(event) = &record.event {
                self.hear(event, block.number);
            }
        }
    }

    /// Whether they wait for blocks to be final.
    pub fn waits_for_finality(&self) -> bool {
        self.waiting.is_some()
    }

    /// This block is final, and all before it.
    pub fn finalized(&mut self, block: BlockNumber) {
        let Some(waiting) = &mut self.waiting else { return };
        let later = waiting.split_off(&block.saturating_add(1));
        for (number, task) in std::mem::replace(waiting, later).into_values().flatten() {
            self.owed.insert((number, Owed::Reveal(task)), None);
        }
    }

    fn hear(&mut self, event: &Event<Runtime>, block: BlockNumber) {
        match event {
            Event::WorkerOnline { worker, .. } => self.online += usize::from(self.is_one(worker)),
            Event::WorkerOffline { worker } => self.online -= usize::from(self.is_one(worker)),
            Event::TaskAssigned { task, worker, .. } => {
                if let Some(number) = self.number(worker) {
                    self.drawn.entry(*task).or_default().push(number);
                    self.owed.insert((number, Owed::Commit(*task)), None);
                }
            }
            Event::Committed { task, worker } => {
                if let Some(number) = self.number(worker) {
                    self.owed.remove(&(number, Owed::Commit(*task)));
                    self.committed.entry(*task).or_default().push(number);
                }
            }
            Event::ConsensusReached { task, .. } => {
                let asked = self.committed.get(task).into_iter().flatten();
                match &mut self.waiting {
                    Some(waiting) => {
                        waiting.entry(block).or_default().extend(asked.map(|number| (*number, *task)));
                    }
                    None => {
                        self.owed.extend(asked.map(|number| ((*number, Owed::Reveal(*task)), None)));
                    }
                }
            }
            Event::Revealed { task, worker, .. } => {
                if let Some(number) = self.number(worker) {
                    self.owed.remove(&(number, Owed::Reveal(*task)));
                }
            }
            Event::TaskCompleted { task, .. } | Event::TaskFailed { task, .. } => {
                self.committed.remove(task);
                for number in self.drawn.remove(task).into_iter().flatten() {
                    self.owed.remove(&(number, Owed::Commit(*task)));
                    self.owed.remove(&(number, Owed::Reveal(*task)));
                }
            }
            _ => {}
        }
    }

    fn number(&self, account: &AccountId) -> Option<usize> {
        self.numbers.get(account).copied()
    }

    fn is_one(&self, account: &AccountId) -> bool {
        self.numbers.contains_key(account)
    }

    /// Those whose next number is not known, after a refusal or a wait in vain. The caller finds it out.
    pub fn unsure(&mut self, now: BlockNumber) -> Vec<usize> {
        for ((number, _), sent) in &mut self.owed {
            if sent.is_some_and(|sent| sent + PATIENCE <= now) {
                *sent = None;
                self.again += 1;
                self.unsure.insert(*number);
            }
        }
        std::mem::take(&mut self.unsure).into_iter().collect()
    }

    /// The number of a worker's next transaction is this one.
    pub fn set_nonce(&mut self, number: usize, nonce: Nonce) {
        self.members[number].nonce = nonce;
    }

    /// A node has refused a transaction of this worker. What it owes is sent `again`, if it does not wait in the pool.
    pub fn refused(&mut self, number: usize, again: bool) {
        self.unsure.insert(number);
        let mine = self.owed.iter_mut().filter(|((owner, _), _)| again && *owner == number);
        for (_, sent) in mine {
            *sent = None;
            self.again += 1;
        }
    }

    /// What is to be sent now, by whom: batches as large as the chain allows.
    pub fn duties(&mut self, now: BlockNumber) -> Result<Vec<(usize, RuntimeCall)>> {
        let (mut commits, mut reveals) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for ((number, owed), sent) in self.owed.iter_mut().filter(|(_, sent)| sent.is_none()) {
            *sent = Some(now);
            match owed {
                Owed::Commit(task) => {
                    let (worker, digest) = (&self.members[*number].account, result(*task));
                    let (result, seal) =
                        (commitment::result_hash(*task, digest), commitment::seal(worker, *task, digest));
                    commits.entry(*number).or_default().push(Commitment { task: *task, result, seal });
                }
                Owed::Reveal(task) => {
                    reveals.entry(*number).or_default().push(Reveal { task: *task, digest: result(*task) })
                }
            }
        }
        let mut calls = Vec::new();
        for (number, items) in commits {
            for part in items.chunks(MAX_BATCH as usize) {
                let commitments = BoundedVec::try_from(part.to_vec()).map_err(|_| too_long())?;
                let call = talka_pallet_poco::Call::<Runtime>::commit { commitments };
                calls.push((number, call.into()));
            }
        }
        for (number, items) in reveals {
            for part in items.chunks(MAX_BATCH as usize) {
                let reveals = BoundedVec::try_from(part.to_vec()).map_err(|_| too_long())?;
                let call = talka_pallet_poco::Call::<Runtime>::reveal { reveals };
                calls.push((number, call.into()));
            }
        }
        Ok(calls)
    }
}

fn too_long() -> anyhow::Error {
    anyhow::anyhow!("a batch is longer than the chain allows")
}

/// The digest of a task's result: that of an execution which wrote the task's name and nothing else.
pub fn result(task: TaskId) -> Digest {
    Manifest {
        abi: WASM_ABI,
        status: ExitStatus::Exited(0),
        fuel_used: 0,
        memory_used: 0,
        fingerprint: [0; 32],
        listing: Listing::default().blob(),
        callback: None,
        stdout: Blob::of(task.to_string().as_bytes()),
        stderr: Blob::of(&[]),
    }
    .digest()
}

#[cfg(test)]
mod tests {
    use super::*;
    use talka_primitives::{DealId, ResultHash};

    const TASK: TaskId = TaskId { deal: DealId(1), index: 2 };

    fn drawn(crew: &mut Crew, task: TaskId, number: usize) {
        let worker = crew.members[number].account.clone();
        crew.hear(&Event::TaskAssigned { task, worker, until: 100 }, 1);
    }

    fn committed(crew: &mut Crew, task: TaskId, number: usize) {
        let worker = crew.members[number].account.clone();
        crew.hear(&Event::Committed { task, worker }, 1);
    }

    #[test]
    fn who_is_drawn_commits_once_and_reveals_what_it_committed_to() {
        let mut crew = Crew::new(2, false);
        drawn(&mut crew, TASK, 1);
        let calls = crew.duties(1).unwrap();
        let [(1, RuntimeCall::Poco(talka_pallet_poco::Call::commit { commitments }))] = calls.as_slice()
        else {
            panic!("{calls:?}")
        };
        let digest = result(TASK);
        let (hash, seal) =
            (commitment::result_hash(TASK, digest), commitment::seal(&crew.members[1].account, TASK, digest));
        assert_eq!(commitments.as_slice(), [Commitment { task: TASK, result: hash, seal }]);
        assert!(crew.duties(2).unwrap().is_empty());

        committed(&mut crew, TASK, 1);
        crew.hear(&Event::ConsensusReached { task: TASK, result: ResultHash::default() }, 2);
        let calls = crew.duties(3).unwrap();
        let [(1, RuntimeCall::Poco(talka_pallet_poco::Call::reveal { reveals }))] = calls.as_slice() else {
            panic!("{calls:?}")
        };
        assert_eq!(reveals.as_slice(), [Reveal { task: TASK, digest }]);
    }

    #[test]
    fn who_waits_for_finality_reveals_when_the_block_is_final_that_asks_for_it() {
        let mut crew = Crew::new(1, true);
        committed(&mut crew, TASK, 0);
        crew.hear(&Event::ConsensusReached { task: TASK, result: ResultHash::default() }, 5);
        crew.finalized(4);
        assert!(crew.duties(6).unwrap().is_empty());
        crew.finalized(6);
        assert_eq!(crew.duties(7).unwrap().len(), 1);
        assert!(crew.duties(8).unwrap().is_empty());
    }

    #[test]
    fn what_is_in_no_block_is_sent_again_and_what_is_in_one_is_not() {
        let mut crew = Crew::new(1, false);
        drawn(&mut crew, TASK, 0);
        assert_eq!(crew.duties(1).unwrap().len(), 1);
        assert!(crew.unsure(PATIENCE).is_empty() && crew.duties(PATIENCE).unwrap().is_empty());
        assert_eq!(crew.unsure(1 + PATIENCE), [0]);
        assert_eq!((crew.duties(1 + PATIENCE).unwrap().len(), crew.again), (1, 1));
        committed(&mut crew, TASK, 0);
        assert!(crew.unsure(100).is_empty() && crew.duties(100).unwrap().is_empty());
    }

    #[test]
    fn batches_are_sorted_and_no_longer_than_the_chain_allows() {
        let mut crew = Crew::new(1, false);
        for index in (0..MAX_BATCH + 1).rev() {
            drawn(&mut crew, TaskId { deal: DealId(0), index }, 0);
        }
        let calls = crew.duties(1).unwrap();
        let tasks: Vec<Vec<u32>> = calls
            .iter()
            .map(|(_, call)| match call {
                RuntimeCall::Poco(talka_pallet_poco::Call::commit { commitments }) => {
                    commitments.iter().map(|item| item.task.index).collect()
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(tasks, [(0..MAX_BATCH).collect::<Vec<_>>(), vec![MAX_BATCH]]);
    }
}
