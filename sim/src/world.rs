//! The workers, what they are, and what is counted.

use talka_primitives::{
    odds::{effective_stake, ripe_at, RIPENING},
    Balance, BlockNumber, Merit, Score,
};

/// What a task is worth and costs.
pub const VALUE: Balance = 1_000_000_000;

/// What each worker has bonded: as much as a lead that works on several tasks at once has to lock.
pub const BOND: Balance = 1 << 40;

/// Tasks that the network does in one block: about a million a day.
const TASKS_PER_BLOCK: u64 = 23;

/// Results that differ are different numbers. This one is right.
pub const RIGHT: u64 = 0;

/// The one lie that colluders tell.
pub const COMMON: u64 = 1;

/// What those workers do that are not honest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Adversary {
    /// Nothing: all are honest, and err now and then.
    Honest,
    /// Lie always, each for itself, and come back under new names.
    Naive,
    /// Lie always, all the same lie, and come back.
    Collude,
    /// Lie where their own weight closes consensus. Those that are detected stay away.
    Smart,
    /// As `Smart`, but come back under new names as often as they are detected.
    Whitewash,
    /// As `Whitewash`, but do not wait for work: buy their reputation with cheap tasks of their own.
    Farm,
    /// Do not deliver every second task.
    Vanish,
    /// As `Whitewash`, while jurors do not vote.
    Lazyjuror,
}

impl Adversary {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Honest,
        Self::Naive,
        Self::Collude,
        Self::Smart,
        Self::Whitewash,
        Self::Farm,
        Self::Vanish,
        Self::Lazyjuror,
    ];

    /// Whether they know each other, and lie only where nobody else can object.
    pub fn waits_for_its_chance(self) -> bool {
        matches!(self, Self::Smart | Self::Whitewash | Self::Farm | Self::Lazyjuror)
    }
}

/// Who takes part.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// How many workers.
    pub workers: usize,
    /// The part of them that is not honest, in percent.
    pub share: usize,
    /// What those do.
    pub adversary: Adversary,
    /// Honest workers that come only when the build-up is over.
    pub newcomers: usize,
    /// How often an honest execution errs.
    pub error: f64,
    /// Where the random numbers begin.
    pub seed: u64,
}

/// One worker.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Whether it belongs to the adversary.
    pub bad: bool,
    /// The block in which it put up its bond, if it has one.
    pub bonded: Option<BlockNumber>,
    /// Of the credibility rule alone.
    pub score: Score,
    /// Valid results in a row: BOINC's.
    pub streak: u32,
    /// Of Talka.
    pub merit: Merit,
    /// The block in which merit was last seen to.
    pub touched: BlockNumber,
    /// Whether it has a pass to work alone.
    pub pass: bool,
    /// How many tasks were done when it came.
    pub came: u64,
    /// Tasks from when it came to when it got its first pass.
    pub waited: Option<u64>,
    /// What it was paid before it got a pass, and since.
    pub paid: [Balance; 2],
    stake: Balance,
}

/// What happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Tasks that ended with a result.
    pub accepted: u64,
    /// Tasks that ended without one.
    pub failed: u64,
    /// Results that were accepted and are wrong.
    pub wrong: u64,
    /// Those of them that are lies.
    pub lies: u64,
    /// Executions, and draws that came to nothing.
    pub executions: u64,
    /// What the adversary lost.
    pub cost: Balance,
    /// What it got of what others lost.
    pub spoils: Balance,
    /// Adversaries that were detected.
    pub lives: u64,
    /// Honest workers that were found wrong.
    pub mistaken: u64,
    /// Juries.
    pub juries: u64,
    /// Jurors that were fined.
    pub fined: u64,
    /// Passes to work alone that were given.
    pub let_in: u64,
}

impl Counts {
    /// Wrong results of those that were accepted.
    pub fn error(&self) -> f64 {
        self.wrong as f64 / self.accepted.max(1) as f64
    }

    /// Executions per task.
    pub fn redundancy(&self) -> f64 {
        self.executions as f64 / (self.accepted + self.failed).max(1) as f64
    }

    /// What the adversary is poorer by, in values of a task.
    pub fn loss(&self) -> f64 {
        (self.cost as f64 - self.spoils as f64) / VALUE as f64
    }

    /// What happened since then.
    pub fn since(&self, then: &Self) -> Self {
        Self {
            accepted: self.accepted - then.accepted,
            failed: self.failed - then.failed,
            wrong: self.wrong - then.wrong,
            lies: self.lies - then.lies,
            executions: self.executions - then.executions,
            cost: self.cost - then.cost,
            spoils: self.spoils - then.spoils,
            lives: self.lives - then.lives,
            mistaken: self.mistaken - then.mistaken,
            juries: self.juries - then.juries,
            fined: self.fined - then.fined,
            let_in: self.let_in - then.let_in,
        }
    }
}

/// Workers, chance, and what was counted.
pub struct World {
    /// Chance.
    pub rng: fastrand::Rng,
    /// What is known about who takes part.
    pub setting: Setting,
    /// The workers. Those that are not honest come first.
    pub workers: Vec<Worker>,
    /// What happened.
    pub counts: Counts,
    errs_below: u64,
    next_result: u64,
}

impl World {
    /// A world in which nobody has done anything.
    pub fn new(setting: Setting) -> Self {
        let bad = match setting.adversary {
            Adversary::Honest => 0,
            _ => setting.workers * setting.share / 100,
        };
        let worker = |index| Worker {
            bad: index < bad,
            bonded: (index < setting.workers).then_some(0),
            score: Score(0),
            streak: 0,
            merit: Merit(0),
            touched: 0,
            pass: false,
            came: 0,
            waited: None,
            paid: [0; 2],
            stake: effective_stake(BOND, Score(0)),
        };
        Self {
            rng: fastrand::Rng::with_seed(setting.seed),
            setting,
            workers: (0..setting.workers + setting.newcomers).map(worker).collect(),
            counts: Counts::default(),
            errs_below: (setting.error * 2f64.powi(64)) as u64,
            next_result: COMMON,
        }
    }

    /// A worker that takes part and is none of these, by lot, with the odds of its effective stake.
    pub fn draw(&mut self, not: &[usize]) -> usize {
        loop {
            let who = self.rng.usize(0..self.workers.len());
            if self.is_drawn_from(who) && !not.contains(&who) && self.keeps(who) {
                return who;
            }
        }
    }

    /// Whether a worker has a bond that is ripe.
    pub fn is_drawn_from(&self, who: usize) -> bool {
        self.workers[who].bonded.is_some_and(|since| self.now() >= ripe_at(since, RIPENING))
    }

    /// The present block. The bonds that there are at the beginning are ripe.
    pub fn now(&self) -> BlockNumber {
        RIPENING + (self.counts.accepted / TASKS_PER_BLOCK) as BlockNumber
    }

    /// Whether a worker that was hit is drawn: all bonds are equal, so all are in the same class.
    pub fn keeps(&mut self, who: usize) -> bool {
        self.rng.u128(0..BOND) < self.workers[who].stake
    }

    /// Seat a worker with the score that it has now.
    pub fn seat(&mut self, who: usize, score: Score) {
        self.workers[who].stake = effective_stake(BOND, score);
    }

    /// A result like no other.
    pub fn unlike(&mut self) -> u64 {
        self.next_result += 1;
        self.next_result
    }

    /// Whether a worker leaves this task undone.
    pub fn vanishes(&mut self, who: usize) -> bool {
        self.workers[who].bad && self.setting.adversary == Adversary::Vanish && self.rng.bool()
    }

    /// Execute a task honestly.
    pub fn compute(&mut self) -> u64 {
        self.counts.executions += 1;
        if self.rng.u64(..) < self.errs_below {
            self.unlike()
        } else {
            RIGHT
        }
    }

    /// What a worker commits to, where `chance` says whether its friends are alone with the task.
    pub fn answer(&mut self, who: usize, chance: bool) -> u64 {
        let honest = self.compute();
        if !self.workers[who].bad {
            return honest;
        }
        match self.setting.adversary {
            Adversary::Naive => self.unlike(),
            Adversary::Collude => COMMON,
            adversary if chance && adversary.waits_for_its_chance() => COMMON,
            _ => honest,
        }
    }

    /// Whether all of these belong to the adversary.
    pub fn are_fellows(&self, drawn: &[usize]) -> bool {
        drawn.iter().all(|who| self.workers[*who].bad)
    }

    /// Pay a worker.
    pub fn pay(&mut self, who: usize, amount: Balance) {
        let worker = &mut self.workers[who];
        worker.paid[usize::from(worker.waited.is_some())] += amount;
    }

    /// Count a task that ended with this result, for which these stand.
    pub fn accept(&mut self, result: u64, by_adversary: bool) {
        let lie =
            result == COMMON || result != RIGHT && by_adversary && self.setting.adversary == Adversary::Naive;
        self.counts.accepted += 1;
        self.counts.wrong += u64::from(result != RIGHT);
        self.counts.lies += u64::from(lie);
    }

    /// The honest workers that were to come come.
    pub fn open_doors(&mut self) {
        let (came, now) = (self.counts.accepted, self.now());
        for worker in self.workers.iter_mut().skip(self.setting.workers) {
            worker.bonded = Some(now);
            worker.came = came;
        }
    }
}

/// A way to have tasks done.
pub trait Policy {
    /// Have one task done.
    fn task(&mut self, world: &mut World);

    /// The founders' time is over.
    fn close_founding(&mut self) {}

    /// The build-up is over.
    fn begin_counting(&mut self) {}
}

/// What came of one run.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// While reputations grew.
    pub build_up: Counts,
    /// Afterwards.
    pub steady: Counts,
}

/// Have `tasks` tasks done, after a build-up of `build_up` tasks. Its last third shows who was let in too early.
pub fn run(world: &mut World, policy: &mut dyn Policy, build_up: u64, tasks: u64) -> Outcome {
    for _ in 0..build_up - build_up / 3 {
        policy.task(world);
    }
    policy.close_founding();
    for _ in 0..build_up / 3 {
        policy.task(world);
    }
    let before = world.counts;
    policy.begin_counting();
    world.open_doors();
    for _ in 0..tasks {
        policy.task(world);
    }
    Outcome { build_up: before, steady: world.counts.since(&before) }
}
