//! Messages that have not had their effect on Ethereum, and when they are looked at again.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use talka_primitives::bridge::{outbox::root_of, Contracts, Message, OutboxProof};

use super::plan::Waiting;

/// The first pause before something that failed is tried again, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(3600)];
/// When to look again whether something is done that was done: a block of Ethereum that it was in may have been replaced.
const SETTLED: Duration = Duration::from_secs(1200);

/// Messages in the order of the outbox.
#[derive(Debug)]
pub(super) struct Messages {
    /// The first one that was not read.
    next: u32,
    /// Those before it that no node could tell.
    unread: BTreeSet<u32>,
    open: BTreeMap<u32, Open>,
}

/// A message that has not had its effect, as far as is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub message: Message,
    /// Whether it was done, and is only looked at once more.
    pub settled: bool,
    /// Not looked at before.
    again: Option<Instant>,
    pause: Duration,
}

impl Open {
    pub(super) fn waiting(&self) -> Waiting {
        match &self.message {
            Message::Withdrawal(withdrawal) => Waiting::Withdrawal(withdrawal.tip),
            Message::Result(_) => Waiting::Result,
        }
    }
}

impl Messages {
    /// None yet: those before `first` are not looked at.
    pub(super) fn from(first: u32) -> Self {
        Self { next: first, unread: BTreeSet::new(), open: BTreeMap::new() }
    }

    /// Which ones are to be read, where there are `messages` in the outbox.
    pub(super) fn to_read(&self, messages: u32) -> Vec<u32> {
        self.unread.iter().copied().chain(self.next..messages).collect()
    }

    /// It was read, and waits.
    pub(super) fn wait(&mut self, message: Message) {
        let [pause, _] = PAUSES;
        let open = Open { message, settled: false, again: None, pause };
        self.open.insert(message.index(), open);
        self.read(message.index());
    }

    /// It was read, or what it asks for was done before.
    pub(super) fn read(&mut self, index: u32) {
        self.unread.remove(&index);
        self.next = self.next.max(index.saturating_add(1));
    }

    /// No node could tell it: it is asked for again, and holds up no other.
    pub(super) fn unread(&mut self, index: u32) {
        self.unread.insert(index);
        self.next = self.next.max(index.saturating_add(1));
    }

    /// Those that are to be looked at now, in order.
    pub(super) fn due(&self, now: Instant) -> Vec<Open> {
        let is_due = |open: &&Open| open.again.is_none_or(|again| again <= now);
        self.open.values().filter(is_due).copied().collect()
    }

    /// It failed: not again for a while.
    pub(super) fn put_off(&mut self, index: u32, now: Instant) {
        if let Some(open) = self.open.get_mut(&index) {
            let [_, longest] = PAUSES;
            open.again = Some(now + open.pause);
            open.pause = (open.pause * 2).min(longest);
        }
    }

    /// It was done: look once more when no block can be replaced any more.
    pub(super) fn done(&mut self, index: u32, now: Instant) {
        if let Some(open) = self.open.get_mut(&index) {
            open.settled = true;
            open.again = Some(now + SETTLED);
        }
    }

    /// It was done, and was not: that block was replaced.
    pub(super) fn undone(&mut self, index: u32) {
        if let Some(open) = self.open.get_mut(&index) {
            open.settled = false;
        }
    }

    /// It has had its effect.
    pub(super) fn forget(&mut self, index: u32) {
        self.open.remove(&index);
    }

    /// How many no node could tell.
    pub(super) fn count_unread(&self) -> usize {
        self.unread.len()
    }

    /// How many withdrawals and results wait.
    pub(super) fn count(&self) -> (usize, usize) {
        let waiting = self.open.values().filter(|open| !open.settled);
        let results = waiting.clone().filter(|open| open.waiting() == Waiting::Result).count();
        (waiting.count() - results, results)
    }
}

/// Whether a proof is that of the message that it names, at this place.
pub(super) fn is_proven(proof: &OutboxProof, index: u32, contracts: &Contracts) -> bool {
    proof.index == index
        && proof.message.index() == index
        && proof.message.leaf(contracts) == proof.leaf
        && root_of(&proof.leaf, index, &proof.proof) == proof.root
}

#[cfg(test)]
mod tests {
    use super::*;
    use talka_primitives::bridge::{EthereumAddress, Withdrawal, DEPTH};

    const CONTRACTS: Contracts =
        Contracts { chain_id: 1, vault: EthereumAddress([1; 20]), gateway: EthereumAddress([2; 20]) };

    fn withdrawal(index: u32) -> Message {
        Message::Withdrawal(Withdrawal { index, to: EthereumAddress([3; 20]), amount: 5, tip: 1 })
    }

    #[test]
    fn are_read_once_and_none_holds_up_another() {
        let mut messages = Messages::from(2);
        assert_eq!(messages.to_read(5), [2, 3, 4]);
        messages.wait(withdrawal(2));
        messages.unread(3);
        messages.read(4);
        assert_eq!(messages.to_read(6), [3, 5]);
        assert_eq!((messages.count_unread(), messages.count()), (1, (1, 0)));
        messages.wait(withdrawal(3));
        assert!(messages.to_read(5).is_empty());
        assert_eq!(messages.count(), (2, 0));
    }

    #[test]
    fn wait_longer_each_time_that_they_fail() {
        let mut messages = Messages::from(0);
        messages.wait(withdrawal(0));
        let mut now = Instant::now();
        let mut waited = Vec::new();
        for _ in 0..8 {
            assert_eq!(messages.due(now).len(), 1);
            messages.put_off(0, now);
            let pause = (0..=3600).find(|s| !messages.due(now + Duration::from_secs(*s)).is_empty()).unwrap();
            now += Duration::from_secs(pause);
            waited.push(pause);
        }
        assert_eq!(waited, [60, 120, 240, 480, 960, 1920, 3600, 3600]);
    }

    #[test]
    fn that_are_done_are_looked_at_once_more() {
        let mut messages = Messages::from(0);
        messages.wait(withdrawal(0));
        let now = Instant::now();
        messages.done(0, now);
        assert!(messages.due(now).is_empty());
        assert_eq!(messages.count(), (0, 0));
        assert!(messages.due(now + SETTLED)[0].settled);
        messages.undone(0);
        assert!(!messages.due(now + SETTLED)[0].settled);
        messages.forget(0);
        assert!(messages.due(now + SETTLED).is_empty());
    }

    #[test]
    fn a_proof_has_to_be_of_the_message_at_its_place() {
        let message = withdrawal(6);
        let (leaf, proof) = (message.leaf(&CONTRACTS), [[7; 32]; DEPTH]);
        let right = OutboxProof { index: 6, message, leaf, proof, root: root_of(&leaf, 6, &proof) };
        assert!(is_proven(&right, 6, &CONTRACTS));
        assert!(!is_proven(&right, 7, &CONTRACTS));
        let other = Contracts { vault: EthereumAddress([9; 20]), ..CONTRACTS };
        assert!(!is_proven(&right, 6, &other));
        for wrong in [
            OutboxProof { message: withdrawal(5), ..right.clone() },
            OutboxProof { root: [0; 32], ..right.clone() },
            OutboxProof { proof: [[8; 32]; DEPTH], ..right.clone() },
            OutboxProof { leaf: [0; 32], root: root_of(&[0; 32], 6, &proof), ..right.clone() },
        ] {
            assert!(!is_proven(&wrong, 6, &CONTRACTS));
        }
    }
}
