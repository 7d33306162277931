//! Audits, solo collateral, juries, merit and the gate: the rules that `talka-primitives` has for them.

use talka_primitives::{
    audit::{hits, Assurance, Lie, Turn},
    bound::{Findings, Sample},
    credibility::Tally,
    gate::{Gate, GateRules, Worth},
    jury::{fined, ruling, size, Ruling, Vote, DEFAULT_JURORS},
    merit::{after_absence, after_conviction, earned, grown, score, MeritRules, DEFAULT_YOUNG_RATE},
    odds::RIPENING,
    placement::{Conditions, Offer, Opening, Placement},
    settlement::{Case, Contributor, Prices, Transfer},
    task::{Failure, Role, Verdict, MAX_MEMBERS},
    Balance, Merit, Rate, Share, Trust, Weight,
};

use crate::world::{Adversary, Policy, World, BOND, COMMON, VALUE};

/// How much cheaper the tasks are that farmers give themselves.
const CHEAPER: Balance = 100;

/// What governance decides, and what is assumed.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// How sure requesters want to be.
    pub trust: Trust,
    /// The category's rate of audits.
    pub rate: Rate,
    /// The gate; without one, everybody who has the merit gets a pass.
    pub gate: Option<GateRules>,
    /// Blocks in which half of the merit fades; 0 where it does not.
    pub half_life: u32,
    /// Jurors.
    pub jurors: u32,
    /// The part of the jurors, in percent, that vote for what the adversary says.
    pub captured: u8,
    /// The part of the jurors, in percent, that do not vote.
    pub lazy: u8,
    /// Whether the adversary lies only where that can be expected to pay.
    pub rational: bool,
    /// How often the young are audited.
    pub young: Rate,
    /// The adversary waits until it has this multiple of the merit that it takes to work alone.
    pub patience: u128,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            trust: Trust(100),
            rate: talka_primitives::audit::DEFAULT_RATE,
            gate: Some(GateRules { interval: 50_000, tolerated: 200_000 }),
            half_life: 90 * 43_200,
            jurors: DEFAULT_JURORS,
            captured: 0,
            lazy: 0,
            rational: false,
            young: DEFAULT_YOUNG_RATE,
            patience: 1,
        }
    }
}

/// Talka's rules, as specified.
pub struct Talka {
    terms: Terms,
    /// What audits found.
    pub findings: Findings,
    gate: Option<(Gate, GateRules)>,
    prices: Prices<usize>,
}

/// Jurors are counted up from here, and workers from 0.
const JUROR: usize = usize::MAX / 2;

/// The payer and the operator, whose money is not counted.
const NOBODY: usize = usize::MAX;

/// What a worker has committed to, and how it takes part.
struct Given {
    who: usize,
    role: Role,
    locked: Balance,
    weight: Weight,
    answer: u64,
}

impl Talka {
    /// On these terms, with a gate that stands open during the build-up.
    pub fn new(terms: Terms, world: &mut World) -> Self {
        let prices = Prices {
            payer: NOBODY,
            operator: NOBODY,
            assets: Vec::new(),
            pool: VALUE,
            operator_share: Share(0),
            pool_stake: 0,
            guarantee: 0,
            audit: VALUE,
            value: VALUE,
            assurance: Assurance::Adjudicated,
        };
        let mut talka = Self { terms, findings: Findings::default(), gate: None, prices };
        let bad = world.workers.iter().take_while(|worker| worker.bad).count();
        if world.setting.adversary == Adversary::Farm {
            (0..bad).for_each(|who| talka.farm(world, who));
        }
        talka
    }

    /// What a task of this value asks of its workers. The pool asks for no stake of its own.
    fn conditions(&self, value: Balance) -> Conditions {
        Conditions {
            value,
            trust: self.terms.trust,
            assurance: Assurance::Adjudicated,
            category_rate: self.terms.rate,
            young_rate: self.terms.young,
            jurors: self.terms.jurors,
            pool_stake: 0,
        }
    }

    /// A worker that delivers and is none of these, drawn by effective stake.
    fn draw(&mut self, world: &mut World, not: &[usize]) -> usize {
        loop {
            let who = world.draw(not);
            if !world.vanishes(who) {
                return who;
            }
            self.absent(world, who);
        }
    }

    fn absent(&mut self, world: &mut World, who: usize) {
        world.counts.executions += 1;
        let merit = after_absence(self.merit(world, who), VALUE);
        self.set(world, who, merit);
    }

    /// What is left of a worker's merit.
    fn merit(&self, world: &World, who: usize) -> Merit {
        let worker = &world.workers[who];
        let rules = MeritRules { yardstick: VALUE, half_life: self.terms.half_life, ripening: RIPENING };
        rules.faded(worker.merit, world.now() - worker.touched)
    }

    fn set(&mut self, world: &mut World, who: usize, merit: Merit) {
        let now = world.now();
        let worker = &mut world.workers[who];
        (worker.merit, worker.touched) = (merit, now);
        world.seat(who, score(merit, VALUE));
    }

    /// Whether a worker that has the merit has a pass to work alone, or gets one now.
    fn admit(&mut self, world: &mut World, who: usize) -> bool {
        let worker = &mut world.workers[who];
        if worker.pass {
            return true;
        }
        if !self.gate.as_mut().is_none_or(|(gate, rules)| gate.admit(*rules)) {
            return false;
        }
        worker.pass = true;
        worker.waited = worker.waited.or(Some(world.counts.accepted - worker.came));
        world.counts.let_in += 1;
        true
    }

    /// A worker, and as many more as the trust needs if they agree.
    fn group(&self, world: &mut World, first: usize) -> Vec<usize> {
        let conditions = self.conditions(VALUE);
        let mut drawn = vec![first];
        let reach = |world: &World, drawn: &[usize]| {
            let weights = drawn.iter().map(|who| conditions.weight(self.merit(world, *who)));
            Tally::<u64>::default().within_reach(weights, self.terms.trust)
        };
        while !reach(world, &drawn) && drawn.len() < MAX_MEMBERS as usize {
            drawn.push(world.draw(&drawn));
        }
        drawn
    }

    /// What those who were drawn commit to. The adversary lies where its friends are among themselves; if it is rational,
    /// where that pays.
    fn commit(&mut self, world: &mut World, drawn: &[usize], role: Role, locked: Balance) -> Vec<Given> {
        let rate = if let Role::Alone { rate } = role { rate } else { Rate::ALWAYS };
        let at_stake = locked * drawn.len() as Balance;
        let pays = !self.terms.rational || Lie { value: VALUE, locked: at_stake, rate }.pays();
        // Where an audit is certain, a lie is not a chance.
        let chance = world.are_fellows(drawn) && pays && rate < Rate::ALWAYS && self.is_old(world, drawn[0]);
        let mut given = Vec::with_capacity(drawn.len() + 1);
        for who in drawn.iter().copied() {
            // The first one was drawn again until one delivered.
            if who != drawn[0] && world.vanishes(who) {
                self.absent(world, who);
                continue;
            }
            let weight = self.conditions(VALUE).weight(self.merit(world, who));
            given.push(Given { who, role, locked, weight, answer: world.answer(who, chance) });
        }
        given
    }

    /// Whether a worker has as many times the merit that it takes to work alone as the adversary waits for.
    fn is_old(&self, world: &World, who: usize) -> bool {
        self.conditions(VALUE * self.terms.patience).suffices(self.merit(world, who))
    }

    /// One more worker repeats the task; where results differ, a jury decides.
    fn audit(&mut self, world: &mut World, mut given: Vec<Given>) {
        let workers: Vec<usize> = given.iter().map(|one| one.who).collect();
        let auditor = self.draw(world, &workers);
        // It knows what its friends said, if they are its friends.
        let lie = given.iter().all(|one| one.answer == COMMON && world.workers[one.who].bad);
        let Offer { shared: Placement { role, weight, locked }, .. } =
            self.conditions(VALUE).offer(Opening::Audit, self.merit(world, auditor), BOND);
        given.push(Given { who: auditor, role, locked, weight, answer: world.answer(auditor, lie) });
        let first = given[0].answer;
        if given.iter().all(|one| one.answer == first) {
            let liars = given.iter().any(|one| world.workers[one.who].bad);
            world.accept(first, liars);
            self.settle(world, &given, Some(first), Vec::new(), Vec::new());
        } else {
            self.judge(world, &given);
        }
    }

    /// Ask juries which result is right.
    fn judge(&mut self, world: &mut World, given: &[Given]) {
        let seats = size(self.terms.jurors);
        let contested = given.iter().any(|one| one.answer == COMMON);
        let mut former = Vec::new();
        for juries in 1.. {
            world.counts.juries += 1;
            let votes: Vec<Vote<u64>> = (0..seats)
                .map(|_| {
                    let lot = world.rng.u8(0..100);
                    if lot < self.terms.lazy {
                        return Vote::Missing;
                    }
                    let honest = world.compute();
                    Vote::For(if contested && lot >= 100 - self.terms.captured { COMMON } else { honest })
                })
                .collect();
            world.counts.fined += fined(&votes, seats).len() as u64;
            let voted = |wanted: fn(&Vote<u64>, u64) -> bool, result| {
                let jurors = (JUROR..).zip(&votes).filter(move |(_, vote)| wanted(vote, result));
                jurors.map(|(juror, _)| juror).collect::<Vec<_>>()
            };
            let answered = voted(|vote, _| *vote != Vote::Missing, 0);
            match ruling(&votes, seats, juries) {
                Ruling::Decided(result) => {
                    world.accept(result, result == COMMON);
                    let jurors = voted(|vote, result| *vote == Vote::For(result), result);
                    return self.settle(world, given, Some(result), jurors, former);
                }
                Ruling::Again => former = answered,
                Ruling::Undecided => {
                    world.counts.failed += 1;
                    return self.settle(world, given, None, answered, former);
                }
            }
        }
    }

    /// Apply what follows from the end of a task: with this result, for which these jurors voted, or without one.
    fn settle(
        &mut self,
        world: &mut World,
        given: &[Given],
        result: Option<u64>,
        jurors: Vec<usize>,
        former_jurors: Vec<usize>,
    ) {
        let verdict = |one: &Given| match result {
            Some(result) if one.answer == result => Verdict::Right { weight: one.weight },
            Some(_) => Verdict::Convicted,
            None => Verdict::Released,
        };
        let contributor = |one: &Given| Contributor {
            who: one.who,
            role: one.role,
            locked: one.locked,
            verdict: verdict(one),
        };
        let failure = result.is_none().then_some(Failure::NoVerdict);
        let alone = match given[0].role {
            Role::Alone { rate } => Some(rate),
            Role::Member | Role::Auditor => None,
        };
        let contributors = given.iter().map(contributor).collect();
        let case = Case {
            contributors,
            jurors,
            former_jurors,
            failure,
            missing: Vec::new(),
            alone,
            in_audit: false,
        };
        let settlement = case.settle(&self.prices);
        // Jurors that voted for its lie belong to the adversary.
        let is_fellow = |world: &World, who: usize| match who {
            JUROR.. => result == Some(COMMON),
            _ => world.workers[who].bad,
        };
        for transfer in settlement.transfers {
            match transfer {
                // Nobody, and jurors: their income is not counted.
                Transfer::Payment { to: JUROR.., .. } => {}
                Transfer::Payment { to, amount } => world.pay(to, amount),
                Transfer::Forfeit { from, to, amount } if world.workers[from].bad => {
                    world.counts.cost += amount;
                    if to.is_some_and(|to| is_fellow(world, to)) {
                        world.counts.spoils += amount;
                    }
                }
                Transfer::Forfeit { to, amount, .. } => {
                    if to.is_some_and(|to| is_fellow(world, to)) {
                        world.counts.spoils += amount;
                    }
                }
            }
        }
        for (who, change) in settlement.merits {
            let merit = change.of(self.merit(world, who));
            self.set(world, who, merit);
        }
        for conviction in settlement.convictions {
            self.convict(world, conviction.who, conviction.alone);
        }
        if let Some(finding) = settlement.finding {
            self.findings.count(Sample { finding, price: VALUE, floor: VALUE });
            if let Some((gate, _)) = &mut self.gate {
                let rate = finding.alone.unwrap_or(Rate::ALWAYS);
                gate.advance(Worth { amount: finding.paid, floor: VALUE, rate });
            }
        }
    }

    fn convict(&mut self, world: &mut World, who: usize, alone: Option<Rate>) {
        if let (Some((gate, rules)), Some(rate)) = (&mut self.gate, alone) {
            gate.convicted(Worth { amount: VALUE, floor: VALUE, rate }, *rules);
        }
        world.workers[who].pass = false;
        self.set(world, who, after_conviction());
        if !world.workers[who].bad {
            world.counts.mistaken += 1;
            return;
        }
        world.counts.lives += 1;
        // Under a new name, it waits until its bond is ripe.
        world.workers[who].bonded = Some(world.now());
        match world.setting.adversary {
            Adversary::Smart => world.workers[who].bonded = None,
            Adversary::Farm => self.farm(world, who),
            _ => {}
        }
    }

    /// Buy merit: pay for tasks of one's own, a hundred times cheaper than others, in a pool of one's own. The auditors
    /// come from everywhere; what those earn that are fellows is not lost.
    fn farm(&mut self, world: &mut World, who: usize) {
        let cheap = VALUE / CHEAPER;
        // What each audit costs its payer.
        let audit = cheap;
        let mut merit = self.merit(world, who);
        while !self.conditions(VALUE).suffices(merit) {
            merit = grown(merit, earned(cheap, 1));
            if world.rng.usize(0..100) < world.setting.share {
                merit = grown(merit, earned(cheap, 1));
            } else {
                world.counts.cost += audit;
            }
        }
        self.set(world, who, merit);
    }

    fn alone(&mut self, world: &mut World, who: usize, role: Role, locked: Balance) {
        let given = self.commit(world, &[who], role, locked);
        let Role::Alone { rate } = role else { return self.audit(world, given) };
        let is_hit = |turn| {
            let mut lot = [0; 32];
            world.rng.fill(&mut lot);
            hits(&lot, rate, turn)
        };
        if Turn::ALL.into_iter().any(is_hit) {
            return self.audit(world, given);
        }
        let answer = given[0].answer;
        world.accept(answer, world.workers[who].bad);
        self.settle(world, &given, Some(answer), Vec::new(), Vec::new());
    }

    fn together(&mut self, world: &mut World, first: usize, shared: Placement) {
        let drawn = self.group(world, first);
        let given = self.commit(world, &drawn, shared.role, shared.locked);
        self.audit(world, given);
    }
}

impl Policy for Talka {
    fn task(&mut self, world: &mut World) {
        let first = self.draw(world, &[]);
        let merit = self.merit(world, first);
        let Offer { alone, shared } = self.conditions(VALUE).offer(Opening::First, merit, BOND);
        match alone.filter(|_| self.admit(world, first)) {
            Some(Placement { role, locked, .. }) => self.alone(world, first, role, locked),
            None => self.together(world, first, shared),
        }
    }

    fn close_founding(&mut self) {
        self.gate = self.terms.gate.map(|rules| (Gate::default(), rules));
    }

    fn begin_counting(&mut self) {
        self.findings = Findings::default();
    }
}
