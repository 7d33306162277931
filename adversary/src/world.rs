//! The world: the chain, who follows the protocol on it, the adversary, and what is watched.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use talka_primitives::{Balance, BlockNumber, ContentId, TaskId};
use talka_runtime::{constants::block, AccountId, RuntimeEvent, System};

use crate::{
    action::{Audience, Authorship, Posture},
    cast::{Party, ATTACKERS},
    chain::{self, Transaction},
    dice::mix,
    finding::{Cause, Property},
    honest::Works,
    ledger::Ledger,
    state::State,
};

/// Of the bytes that ordinary transactions can have of a block: what is left free, so that the transaction that fills it fits in.
const LEFT_FREE: u32 = 600;

/// Everything but the chain's state.
#[derive(Clone, Debug)]
pub struct World {
    /// On which depends what the adversary does not decide.
    pub seed: u64,
    /// The slot of the last block.
    pub slot: u64,
    /// How each account of the adversary acts.
    pub postures: [Posture; ATTACKERS as usize],
    /// How its validators make blocks.
    pub authorship: Authorship,
    /// How many blocks it is still filling.
    pub filling: u8,
    /// What its transactions pay to the authors of blocks.
    pub tip: Balance,
    /// Who can fetch what the adversary has published, where that is not everybody.
    pub audiences: BTreeMap<ContentId, Audience>,
    /// Who has got what.
    pub stores: BTreeSet<(Party, ContentId)>,
    /// What each worker and juror has committed to and has to reveal.
    pub journals: BTreeMap<Party, BTreeSet<TaskId>>,
    /// What each worker and juror is executing.
    pub(crate) works: BTreeMap<Party, Works>,
    /// The first block for which each of them looks at the chain again, if nothing happens before.
    pub(crate) looks: BTreeMap<Party, BlockNumber>,
    /// Who may have something to do as a worker or juror.
    pub(crate) busy: BTreeSet<Party>,
    /// Workers that were taken offline.
    pub(crate) offline: BTreeSet<Party>,
    /// Transactions of the adversary for the next block.
    pub pending: Vec<Transaction>,
    /// Whether honest buyers buy.
    pub buying: bool,
    /// What is watched.
    pub ledger: Ledger,
    /// How many transactions came into blocks.
    pub calls: u64,
    /// How many blocks there were.
    pub blocks: u64,
    /// Whether the events of each block are printed.
    pub trace: bool,
    /// What is looked for: when it is found, nothing more happens.
    pub wanted: Option<(Property, Cause)>,
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            seed,
            slot: chain::first_slot(),
            postures: Default::default(),
            authorship: Authorship::Fair,
            filling: 0,
            tip: 0,
            audiences: BTreeMap::new(),
            stores: BTreeSet::new(),
            journals: BTreeMap::new(),
            works: BTreeMap::new(),
            looks: BTreeMap::new(),
            busy: BTreeSet::new(),
            offline: BTreeSet::new(),
            pending: Vec::new(),
            buying: true,
            ledger: Ledger::default(),
            calls: 0,
            blocks: 0,
            trace: false,
            wanted: None,
        }
    }

    /// Do something in a world with this seed, in which the honest have just set up what they sell. All begin with a copy of one
    /// state, which is made once.
    pub fn play<R>(seed: u64, what: impl FnOnce(&mut World) -> R) -> R {
        static START: OnceLock<(State, World)> = OnceLock::new();
        let (state, world) = START.get_or_init(|| {
            let mut world = World::new(0);
            let mut state = chain::genesis();
            state.run(|| world.set_up());
            world.ledger = Ledger::default();
            (state, world)
        });
        let mut world = World { seed, calls: 0, blocks: 0, ..world.clone() };
        state.clone().run(|| {
            world.ledger.begin();
            what(&mut world)
        })
    }

    /// The last block's number.
    pub fn now() -> BlockNumber {
        System::block_number()
    }

    /// A number that depends on the seed and these, and not on what the adversary does.
    pub fn chance(&self, numbers: &[u64]) -> u64 {
        mix(&[self.seed, mix(numbers)])
    }

    /// A slot passes, and with it, most often, a block is made.
    pub fn pass(&mut self) {
        if self.is_found() {
            return;
        }
        self.slot += 1;
        let (seat, author) = chain::author(self.slot, self.chance(&[1, self.slot]));
        let author = author.as_ref().and_then(Party::of);
        let by_adversary = author.is_none_or(|party| !party.is_honest());
        if by_adversary && self.authorship == Authorship::Withhold {
            return;
        }
        let others = self.honest_transactions();
        let own = self.adversary_transactions();
        chain::begin(self.slot, seat, self.chance(&[5, self.slot, u64::from(seat)]));
        for transaction in self.ordered(own, others, by_adversary) {
            self.apply(transaction);
        }
        chain::end();
        self.filling = self.filling.saturating_sub(1);
        self.blocks += 1;
        let events = chain::events();
        if self.trace {
            trace(&events);
        }
        self.notice(&events);
        let mut ledger = std::mem::take(&mut self.ledger);
        ledger.observe(events, self);
        self.ledger = ledger;
    }

    /// The transactions of a block, in their order.
    fn ordered(
        &self,
        own: Vec<Transaction>,
        others: Vec<Transaction>,
        by_adversary: bool,
    ) -> Vec<Transaction> {
        match (by_adversary, self.authorship) {
            (true, Authorship::Omit) => own,
            (true, Authorship::OmitDuties) => {
                let paid = others.into_iter().filter(|transaction| !is_duty(transaction)).collect();
                joined(own, paid)
            }
            (true, Authorship::First) => joined(own, others),
            (true, Authorship::Last) => joined(others, own),
            _ if self.filling > 0 => by_priority(joined(own, others)),
            _ => self.shuffled(joined(own, others)),
        }
    }

    fn apply(&mut self, transaction: Transaction) {
        let (who, is_duty) = (transaction.who, is_duty(&transaction));
        let again = (!who.is_honest()).then(|| transaction.clone());
        match transaction.apply() {
            Ok(result) => {
                self.calls += 1;
                self.ledger.note_call(who, is_duty, result);
            }
            // What found no room waits; the honest say again what they have to say.
            Err(error) if chain::is_full(&error) => self.pending.extend(again),
            Err(_) => self.ledger.note_refusal(who, is_duty),
        }
    }

    /// Who has something to do from now on.
    fn notice(&mut self, events: &[RuntimeEvent]) {
        use talka_pallet_poco::Event::*;
        for event in events {
            let RuntimeEvent::Poco(event) = event else { continue };
            match event {
                TaskAssigned { worker, .. } => {
                    if let Some(party) = Party::of(worker) {
                        self.busy.insert(party);
                        self.looks.remove(&party);
                    }
                }
                JurySeated { jurors, .. } => {
                    self.busy.extend(jurors.iter().filter_map(Party::of).map(Party::on_juries));
                }
                ConsensusReached { task, .. } => {
                    let journals = &self.journals;
                    self.looks
                        .retain(|party, _| journals.get(party).is_none_or(|journal| !journal.contains(task)));
                }
                WorkerOffline { worker } => self.offline.extend(Party::of(worker)),
                WorkerOnline { worker, .. } => {
                    if let Some(party) = Party::of(worker) {
                        self.offline.remove(&party);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether what is looked for was found.
    pub fn is_found(&self) -> bool {
        let is_wanted =
            |wanted| self.ledger.findings.iter().any(|found| (found.property, found.cause) == wanted);
        self.wanted.is_some_and(is_wanted)
    }

    /// What the adversary sends for the next block.
    fn adversary_transactions(&mut self) -> Vec<Transaction> {
        let mut own: Vec<_> = std::mem::take(&mut self.pending);
        let busy: Vec<Party> = self.busy.iter().filter(|party| !party.is_honest()).copied().collect();
        for party in busy {
            own.extend(self.work_of(party));
        }
        if self.filling > 0 {
            let padding = (block::NORMAL_SHARE * block::MAX_LENGTH).saturating_sub(LEFT_FREE);
            let remark = frame_system::Call::remark { remark: Vec::new() };
            let filling = Transaction::new(Party::Attacker(1), remark);
            own.push(Transaction { padding, tip: self.tip, ..filling });
        }
        own
    }

    fn shuffled(&self, mut transactions: Vec<Transaction>) -> Vec<Transaction> {
        // Those of one account stay in their order.
        let place = |party: Party| self.chance(&[2, self.slot, mix(&[account_number(party)])]);
        transactions.sort_by_cached_key(|transaction| place(transaction.who));
        transactions
    }

    /// How an account acts.
    pub fn posture(&self, party: Party) -> Posture {
        match party {
            Party::Attacker(index) => self.postures[usize::from(index % ATTACKERS)],
            _ => Posture::Honest,
        }
    }
}

/// Print what the market and its workers did in the block.
fn trace(events: &[RuntimeEvent]) {
    use RuntimeEvent::{Audit, Marketplace, Orders, Poco, Stake, Validators};
    for event in events {
        if matches!(event, Audit(_) | Marketplace(_) | Orders(_) | Poco(_) | Stake(_) | Validators(_)) {
            println!("    {}: {event:?}", System::block_number());
        }
    }
}

fn joined(mut one: Vec<Transaction>, other: Vec<Transaction>) -> Vec<Transaction> {
    one.extend(other);
    one
}

/// As an author takes them that earns as much as it can. Those of one account stay in their order.
fn by_priority(transactions: Vec<Transaction>) -> Vec<Transaction> {
    let mut ranked: Vec<_> = transactions
        .into_iter()
        .map(|transaction| (std::cmp::Reverse(transaction.priority().unwrap_or_default()), transaction))
        .collect();
    ranked.sort_by_key(|(priority, _)| *priority);
    ranked.into_iter().map(|(_, transaction)| transaction).collect()
}

/// A number for an account.
pub fn account_number(party: Party) -> u64 {
    let account: AccountId = party.account();
    let bytes: &[u8; 32] = account.as_ref();
    u64::from(bytes[0]) << 8 | u64::from(bytes[1])
}

fn is_duty(transaction: &Transaction) -> bool {
    use talka_pallet_poco::Call;
    let talka_runtime::RuntimeCall::Poco(call) = &transaction.call else { return false };
    matches!(call, Call::commit { .. } | Call::reveal { .. } | Call::decline { .. } | Call::heartbeat {})
}
