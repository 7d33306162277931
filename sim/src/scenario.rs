//! Who meets whom: the table of policies against adversaries, the goal, and what can be had for what.

use std::sync::{
    atomic::{AtomicUsize, Ordering},
    Mutex,
};

use talka_primitives::{bound::upper95, gate::GateRules, Balance, Rate, Trust};

use crate::{
    credibility::Credibility,
    replication::{Boinc, Quorum},
    talka::{Talka, Terms},
    world::{run, Adversary, Outcome, Policy, Setting, World},
};

/// The part of the jurors, in percent, that the adversary has among the validators wherever it has workers.
const CAPTURED: u8 = 20;

/// How tasks are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Two workers must agree.
    Quorum2,
    /// Three workers must agree.
    Quorum3,
    /// BOINC's adaptive replication.
    Boinc,
    /// The credibility rule alone, as the chain has it today.
    Credibility,
    /// With audits, collateral, juries, merit and the gate.
    Talka,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Quorum2, Self::Quorum3, Self::Boinc, Self::Credibility, Self::Talka];
}

/// One run to be made.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is about.
    pub name: String,
    /// How tasks are done.
    pub kind: Kind,
    /// Talka's parameters.
    pub terms: Terms,
    /// Who takes part.
    pub setting: Setting,
    /// Tasks until reputations have grown.
    pub build_up: u64,
    /// Tasks that are counted.
    pub tasks: u64,
}

/// What became of honest workers that came after the build-up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Newcomers {
    /// How many came.
    pub came: u64,
    /// How many of them work alone.
    pub let_in: u64,
    /// Tasks of the network from their coming until they had a pass, in the mean of those that were.
    pub waited: f64,
    /// What they earned per task of the network while they waited, against those who work alone.
    pub income: f64,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Row {
    /// The run.
    pub scenario: Scenario,
    /// What was counted.
    pub outcome: Outcome,
    /// What became of newcomers.
    pub newcomers: Newcomers,
    /// What anybody could have published from the audits alone, where there are any.
    pub published: Option<f64>,
}

impl Row {
    /// Tasks that were counted.
    pub fn tasks(&self) -> u64 {
        self.outcome.steady.accepted + self.outcome.steady.failed
    }

    /// The upper bound of the error, from all that was wrong: a chain cannot know it.
    pub fn upper95(&self) -> f64 {
        upper95(self.outcome.steady.wrong, self.outcome.steady.accepted)
    }
}

impl Scenario {
    /// Make the run.
    pub fn play(self) -> Row {
        let mut world = World::new(self.setting);
        let world = &mut world;
        let play = |world: &mut World, policy: &mut dyn Policy| run(world, policy, self.build_up, self.tasks);
        let mut published = None;
        let outcome = match self.kind {
            Kind::Quorum2 => play(world, &mut Quorum(2)),
            Kind::Quorum3 => play(world, &mut Quorum(3)),
            Kind::Boinc => play(world, &mut Boinc),
            Kind::Credibility => {
                let mut policy = Credibility::new(self.terms.trust, world);
                play(world, &mut policy)
            }
            Kind::Talka => {
                let mut policy = Talka::new(self.terms, world);
                let outcome = play(world, &mut policy);
                published = Some(policy.findings.priced.upper95());
                outcome
            }
        };
        let newcomers = newcomers(world);
        Row { scenario: self, outcome, newcomers, published }
    }
}

fn newcomers(world: &World) -> Newcomers {
    let end = world.counts.accepted;
    let came = &world.workers[world.setting.workers..];
    let waits: Vec<u64> = came.iter().filter_map(|worker| worker.waited).collect();
    // Earnings per task of the network: of newcomers until they had a pass, of founders that work alone since.
    let rate = |paid: Balance, tasks: u64| (tasks > 0).then(|| paid as f64 / tasks as f64);
    let mean = |rates: Vec<f64>| rates.iter().sum::<f64>() / rates.len().max(1) as f64;
    let waiting = |worker: &crate::world::Worker| {
        rate(worker.paid[0], worker.waited.unwrap_or(end - worker.came.min(end)))
    };
    let founder = |worker: &&crate::world::Worker| !worker.bad && worker.pass && worker.came == 0;
    let founders = world.workers.iter().filter(founder);
    let standing = founders.filter_map(|worker| rate(worker.paid[1], end - worker.waited.unwrap_or(0)));
    let income = mean(came.iter().filter_map(waiting).collect()) / mean(standing.collect());
    Newcomers {
        came: came.len() as u64,
        let_in: waits.len() as u64,
        waited: mean(waits.iter().map(|wait| *wait as f64).collect()),
        income: if income.is_finite() { income } else { 0.0 },
    }
}

/// Make all these runs, on as many processors as there are, and give them back in their order.
pub fn play_all(scenarios: Vec<Scenario>, told: impl Fn(&Row) + Sync) -> Vec<Row> {
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(vec![None; scenarios.len()]);
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
    std::thread::scope(|scope| {
        for _ in 0..threads.min(scenarios.len()) {
            scope.spawn(|| loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(scenario) = scenarios.get(index) else { return };
                let row = scenario.clone().play();
                told(&row);
                if let Ok(mut rows) = rows.lock() {
                    rows[index] = Some(row);
                }
            });
        }
    });
    rows.into_inner().unwrap_or_default().into_iter().flatten().collect()
}

/// What all runs have in common.
#[derive(Clone, Copy, Debug)]
pub struct Common {
    /// How many workers.
    pub workers: usize,
    /// The part of them that is not honest, in percent.
    pub share: usize,
    /// How often an honest execution errs.
    pub error: f64,
    /// Where the random numbers begin.
    pub seed: u64,
    /// Tasks until reputations have grown.
    pub build_up: u64,
    /// Tasks that are counted.
    pub tasks: u64,
}

impl Common {
    fn scenario(&self, name: String, kind: Kind, adversary: Adversary, mut terms: Terms) -> Scenario {
        if adversary.waits_for_its_chance() || adversary == Adversary::Collude {
            terms.captured = CAPTURED;
        }
        if adversary == Adversary::Lazyjuror {
            (terms.captured, terms.lazy) = (0, CAPTURED);
        }
        let Self { workers, share, error, seed, build_up, tasks } = *self;
        let newcomers = if kind == Kind::Talka { workers / 50 } else { 0 };
        let setting = Setting { workers, share, adversary, newcomers, error, seed };
        Scenario { name, kind, terms, setting, build_up, tasks }
    }

    /// Every policy against every adversary.
    pub fn table(&self) -> Vec<Scenario> {
        let name = |kind, adversary| format!("{kind:?} against {adversary:?}").to_lowercase();
        let row = |kind| {
            Adversary::ALL
                .map(|adversary| self.scenario(name(kind, adversary), kind, adversary, Terms::default()))
        };
        Kind::ALL.into_iter().flat_map(row).collect()
    }

    /// What meets the goal, and what does not.
    pub fn goal(&self) -> Vec<Scenario> {
        let terms = Terms::default();
        let closed = Some(GateRules { interval: 50_000, tolerated: 20_000_000 });
        let more = Rate(900);
        let rows = [
            ("rational", Adversary::Whitewash, Terms { rational: true, ..terms }),
            ("rational,rate=9%", Adversary::Whitewash, Terms { rational: true, rate: more, ..terms }),
            ("one-bond-each", Adversary::Smart, terms),
            ("unlimited,gate=1/200000", Adversary::Whitewash, terms),
            ("unlimited,gate=1/200000,farm", Adversary::Farm, terms),
            ("unlimited,gate=1/200000,sleepers", Adversary::Whitewash, Terms { patience: 10, ..terms }),
            ("unlimited,gate=1/20000000", Adversary::Whitewash, Terms { gate: closed, ..terms }),
            (
                "unlimited,gate=1/20000000,rate=9%",
                Adversary::Whitewash,
                Terms { gate: closed, rate: more, ..terms },
            ),
            ("always-lie,jurors=21", Adversary::Collude, Terms { jurors: 21, ..terms }),
            ("unlimited,no-gate", Adversary::Whitewash, Terms { gate: None, ..terms }),
            ("unlimited,no-gate,farm", Adversary::Farm, Terms { gate: None, ..terms }),
        ];
        rows.map(|(name, adversary, terms)| self.scenario(name.into(), Kind::Talka, adversary, terms)).into()
    }

    /// What the error by lies of saboteurs with endless money is, and how long honest newcomers wait.
    pub fn frontier(&self) -> Vec<Scenario> {
        let terms = Terms::default();
        let gate = |tolerated| (tolerated > 0).then_some(GateRules { interval: 50_000, tolerated });
        let mut rows = Vec::new();
        for rate in [200, 500, 900] {
            for tolerated in [0, 1_000, 10_000, 50_000, 200_000, 1_000_000, 20_000_000] {
                rows.push(Terms { rate: Rate(rate), gate: gate(tolerated), ..terms });
            }
        }
        for trust in [30, 300, 1_000] {
            rows.push(Terms { trust: Trust(trust), gate: None, ..terms });
        }
        for half_life in [0, 30 * 43_200, 365 * 43_200] {
            rows.push(Terms { half_life, gate: None, ..terms });
        }
        for gate in [None, terms.gate] {
            for young in [terms.rate, terms.young, Rate(5_000)] {
                for patience in [1, 10] {
                    rows.push(Terms { young, patience, gate, ..terms });
                }
            }
        }
        let name = |terms: &Terms| {
            format!(
                "rate={} young={} trust={} half_life_days={} patience={} tolerated={}",
                terms.rate,
                terms.young,
                terms.trust,
                terms.half_life / 43_200,
                terms.patience,
                terms.gate.map_or(0, |gate| gate.tolerated),
            )
        };
        rows.into_iter()
            .map(|terms| self.scenario(name(&terms), Kind::Talka, Adversary::Whitewash, terms))
            .collect()
    }
}
