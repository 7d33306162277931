//! Audits, solo collateral, juries, merit and the gate: the rules that `talka-primitives` has for them.

use std::collections::VecDeque;

use talka_primitives::{
    audit::{is_audited, lying_pays, stake},
    bound::Findings,
    credibility::{weight, Tally},
    gate::{Gate, GateRules},
    jury::{self, fined, ruling, size, Ruling, Spoils, DEFAULT_JURORS},
    merit::{
        after_absence, after_conviction, earned, faded, grown, rate, score, stands_alone, suffices,
        DEFAULT_YOUNG_RATE,
    },
    settlement,
    task::MAX_CONTRIBUTIONS,
    Balance, Merit, Rate, Share, Trust, Weight,
};

use crate::world::{Adversary, Policy, World, COMMON, VALUE};

/// How much cheaper the tasks are that farmers give themselves.
const CHEAPER: Balance = 100;

/// What governance decides, and what is assumed.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// How sure requesters want to be.
    pub trust: Trust,
    /// The category's rate of audits.
    pub rate: Rate,
    /// The gate; without one, everybody is let in who has the merit.
    pub gate: Option<GateRules>,
    /// Blocks in which half of the merit fades; 0 where it does not.
    pub half_life: u32,
    /// Jurors.
    pub jurors: u32,
    /// Validators that can be drawn as jurors.
    pub validators: u32,
    /// The part of the jurors, in percent, that vote for what the adversary says.
    pub captured: u8,
    /// The part of the jurors, in percent, that do not vote.
    pub lazy: u8,
    /// Whether the adversary lies only where that can be expected to pay.
    pub rational: bool,
    /// How often the young are audited.
    pub young: Rate,
    /// The adversary waits until it has so many times the merit that it takes to stand alone.
    pub patience: u128,
    /// Which part of the workers, in percent, is busy at a time: as many must be able to stand alone, or some tasks find
    /// none of them idle.
    pub load: u8,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            trust: Trust(100),
            rate: talka_primitives::audit::DEFAULT_RATE,
            gate: Some(GateRules { interval: 50_000, tolerated: 200_000 }),
            half_life: 90 * 43_200,
            jurors: DEFAULT_JURORS,
            validators: 100,
            captured: 0,
            lazy: 0,
            rational: false,
            young: DEFAULT_YOUNG_RATE,
            patience: 1,
            load: 60,
        }
    }
}

/// Talka's rules, as specified.
pub struct Talka {
    terms: Terms,
    /// What audits found: published, and the gate's clock.
    pub findings: Findings,
    gate: Option<(Gate, GateRules)>,
    alone: Vec<usize>,
    /// Farmers that have the merit and wait at the gate.
    farmers: VecDeque<usize>,
}

impl Talka {
    /// On these terms, with a gate that stands open during the build-up.
    pub fn new(terms: Terms, world: &mut World) -> Self {
        let mut talka = Self {
            terms,
            findings: Findings::default(),
            gate: None,
            alone: Vec::new(),
            farmers: VecDeque::new(),
        };
        let bad = world.workers.iter().take_while(|worker| worker.bad).count();
        if world.setting.adversary == Adversary::Farm {
            (0..bad).for_each(|who| talka.farm(world, who));
        }
        talka
    }

    /// A worker that may stand alone and is idle, by lot.
    fn lead(&mut self, world: &mut World) -> Option<usize> {
        let present = world.setting.workers as f64;
        let idle = self.alone.len() as f64 / (present * f64::from(self.terms.load) / 100.0);
        if idle < 1.0 && world.rng.f64() >= idle {
            return None;
        }
        while !self.alone.is_empty() {
            let who = self.alone[world.rng.usize(0..self.alone.len())];
            if !world.keeps(who) {
                continue;
            }
            if world.vanishes(who) {
                self.absent(world, who);
                continue;
            }
            return Some(who);
        }
        None
    }

    fn absent(&mut self, world: &mut World, who: usize) {
        world.counts.executions += 1;
        let merit = after_absence(world.workers[who].merit, VALUE);
        self.set(world, who, merit);
    }

    /// Whoever has not the merit any more to stand alone must pass the gate again.
    fn set(&mut self, world: &mut World, who: usize, merit: Merit) {
        world.workers[who].merit = merit;
        world.seat(who, score(merit, VALUE));
        if !suffices(merit, VALUE, self.terms.rate, self.terms.trust) {
            if let Some(place) = world.workers[who].place.take() {
                self.alone.swap_remove(place);
                if let Some(moved) = self.alone.get(place) {
                    world.workers[*moved].place = Some(place);
                }
            }
        }
    }

    fn let_in(&mut self, world: &mut World, who: usize) -> bool {
        let ripe = world.is_drawn_from(who);
        let worker = &mut world.workers[who];
        if !ripe
            || worker.place.is_some()
            || !suffices(worker.merit, VALUE, self.terms.rate, self.terms.trust)
        {
            return false;
        }
        let clock = self.findings.accepted;
        if !self.gate.as_mut().is_none_or(|(gate, rules)| gate.let_in(clock, *rules)) {
            return false;
        }
        worker.by_gate = self.gate.is_some();
        worker.place = Some(self.alone.len());
        worker.waited = worker.waited.or(Some(world.counts.accepted - worker.came));
        self.alone.push(who);
        world.counts.let_in += 1;
        true
    }

    fn reward(&mut self, world: &mut World, who: usize, workers: usize) {
        let now = world.now();
        let worker = &mut world.workers[who];
        let left = faded(worker.merit, now - worker.touched, self.terms.half_life);
        worker.touched = now;
        self.set(world, who, grown(left, earned(VALUE, workers as u32)));
        self.let_in(world, who);
    }

    fn weight(&self, world: &World, who: usize) -> Weight {
        weight(score(world.workers[who].merit, VALUE))
    }

    /// Newcomers, as many as the trust needs if they agree.
    fn group(&self, world: &mut World) -> Vec<usize> {
        let mut drawn: Vec<usize> = Vec::new();
        let mut passed_over = 0;
        let reach = |world: &World, drawn: &[usize]| {
            let weights = drawn.iter().map(|who| self.weight(world, *who));
            Tally::<u64>::default().within_reach(weights, self.terms.trust)
        };
        while !reach(world, &drawn) && drawn.len() < MAX_CONTRIBUTIONS as usize {
            let who = world.draw(&drawn);
            // Those who may stand alone are busy; where hardly anybody else is left, one becomes free.
            if world.workers[who].place.is_none() || passed_over > 100 {
                drawn.push(who);
            } else {
                passed_over += 1;
            }
        }
        drawn
    }

    /// Who answers what. The adversary lies where its friends are among themselves; if it is rational, where that pays.
    fn commit(&self, world: &mut World, drawn: &[usize], locked: Balance, rate: Rate) -> Vec<(usize, u64)> {
        let pays = !self.terms.rational || lying_pays(VALUE, locked, rate);
        // Where an audit is certain, a lie is not a chance.
        let chance = world.are_fellows(drawn) && pays && rate < Rate::ALWAYS && self.is_old(world, drawn[0]);
        let mut answers = Vec::with_capacity(drawn.len() + 1);
        for who in drawn {
            if drawn.len() > 1 && world.vanishes(*who) {
                world.counts.executions += 1;
                let merit = after_absence(world.workers[*who].merit, VALUE);
                world.workers[*who].merit = merit;
                continue;
            }
            answers.push((*who, world.answer(*who, chance)));
        }
        answers
    }

    fn is_old(&self, world: &World, who: usize) -> bool {
        self.terms.patience == 1 || self.has(world, who, self.terms.patience)
    }

    /// Whether a worker has so many times the merit that it takes to stand alone.
    fn has(&self, world: &World, who: usize, times: u128) -> bool {
        suffices(world.workers[who].merit, VALUE * times, self.terms.rate, self.terms.trust)
    }

    fn auditor(&mut self, world: &mut World, drawn: &[usize]) -> usize {
        loop {
            let who = world.draw(drawn);
            if !world.vanishes(who) {
                return who;
            }
            self.absent(world, who);
        }
    }

    /// Whether all gave the same answer, which is then right as far as anybody knows.
    fn confirm(&mut self, world: &mut World, answers: &[(usize, u64)]) -> Option<u64> {
        let (_, first) = answers.first()?;
        answers.iter().all(|(_, answer)| answer == first).then(|| {
            let liars = answers.iter().any(|(who, _)| world.workers[*who].bad);
            world.accept(*first, liars);
            *first
        })
    }

    /// Ask the jury who is right. Each lost what it had locked.
    fn judge(
        &mut self,
        world: &mut World,
        answers: &[(usize, u64)],
        alone: Option<Rate>,
        locked: &dyn Fn(usize) -> Balance,
    ) {
        let seats = size(self.terms.jurors, self.terms.validators);
        let contested = answers.iter().any(|(_, answer)| *answer == COMMON);
        for juries in 1.. {
            world.counts.juries += 1;
            let votes: Vec<Option<u64>> = (0..seats)
                .map(|_| {
                    let lot = world.rng.u8(0..100);
                    if lot < self.terms.lazy {
                        return None;
                    }
                    let honest = world.compute();
                    Some(if contested && lot >= 100 - self.terms.captured { COMMON } else { honest })
                })
                .collect();
            world.counts.fined += fined(&votes).len() as u64;
            match ruling(&votes, juries) {
                Ruling::Decided(result) => {
                    world.accept(result, result == COMMON);
                    let jurors = votes.iter().filter(|vote| **vote == Some(result)).count();
                    self.share_out(world, answers, result, jurors as u32, locked);
                    for (who, answer) in answers {
                        if *answer == result {
                            self.reward(world, *who, answers.len());
                        } else {
                            self.convict(world, *who, alone, locked(*who));
                        }
                    }
                    return;
                }
                Ruling::Again => {}
                Ruling::Undecided => {
                    world.counts.failed += 1;
                    return;
                }
            }
        }
    }

    /// Give what the wrong ones lose to jurors and workers, and count what comes back to the adversary.
    fn share_out(
        &self,
        world: &mut World,
        answers: &[(usize, u64)],
        result: u64,
        jurors: u32,
        locked: &dyn Fn(usize) -> Balance,
    ) {
        let wrong = answers.iter().filter(|(_, answer)| *answer != result);
        let forfeit = wrong.map(|(who, _)| locked(*who)).sum();
        let right: Vec<usize> =
            answers.iter().filter(|(_, answer)| *answer == result).map(|(who, _)| *who).collect();
        let Spoils { juror, worker, .. } = jury::share_out(forfeit, VALUE, jurors, right.len() as u32);
        let fellows = right.iter().filter(|who| world.workers[**who].bad).count();
        world.counts.spoils += worker * fellows as Balance;
        if result == COMMON {
            world.counts.spoils += juror * Balance::from(jurors);
        }
    }

    fn convict(&mut self, world: &mut World, who: usize, alone: Option<Rate>, lost: Balance) {
        if world.workers[who].place.is_some() && world.workers[who].by_gate {
            if let Some((gate, rules)) = &mut self.gate {
                gate.convicted(self.findings.accepted, alone.unwrap_or(Rate::ALWAYS), *rules);
            }
        }
        self.set(world, who, after_conviction());
        if !world.workers[who].bad {
            world.counts.mistaken += 1;
            return;
        }
        world.counts.lives += 1;
        world.counts.cost += lost;
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
        while !suffices(world.workers[who].merit, VALUE, self.terms.rate, self.terms.trust) {
            world.workers[who].merit = grown(world.workers[who].merit, earned(cheap, 1));
            if world.rng.usize(0..100) < world.setting.share {
                world.workers[who].merit = grown(world.workers[who].merit, earned(cheap, 1));
            } else {
                world.counts.cost += audit;
            }
        }
        let merit = world.workers[who].merit;
        self.set(world, who, merit);
        self.farmers.push_back(who);
    }

    fn alone(&mut self, world: &mut World, who: usize) {
        let Terms { rate: category, young, trust, .. } = self.terms;
        let merit = world.workers[who].merit;
        let locked =
            stake(VALUE, rate(category, young, merit, VALUE, trust), 1, self.terms.jurors).unwrap_or(0);
        let Some(rate) = stands_alone(merit, locked, VALUE, category, young, trust) else {
            // Cannot be: who has not the merit is not among them, and the bonds are large.
            return self.together(world);
        };
        let mut answers = self.commit(world, &[who], locked, rate);
        world.pay(who, VALUE);
        let mut lot = [0; 32];
        world.rng.fill(&mut lot);
        if !is_audited(&lot, rate) {
            self.findings.count(false, false);
            let answer = answers[0].1;
            return world.accept(answer, world.workers[who].bad);
        }
        self.audit(world, &mut answers, Some(rate), &|_| locked);
    }

    fn together(&mut self, world: &mut World) {
        let drawn = self.group(world);
        let each = stake(VALUE, Rate::ALWAYS, drawn.len() as u32, self.terms.jurors);
        let each = each.unwrap_or(Balance::MAX);
        let mut answers = self.commit(world, &drawn, each * drawn.len() as Balance, Rate::ALWAYS);
        if answers.is_empty() {
            world.counts.failed += 1;
            return;
        }
        let weights: Vec<_> = answers.iter().map(|(who, _)| self.weight(world, *who)).collect();
        let shares = settlement::share_out(VALUE, Share(0), &weights);
        for ((who, _), amount) in answers.iter().zip(shares.winners) {
            world.pay(*who, amount);
        }
        self.audit(world, &mut answers, None, &|_| each);
    }

    fn audit(
        &mut self,
        world: &mut World,
        answers: &mut Vec<(usize, u64)>,
        alone: Option<Rate>,
        locked: &dyn Fn(usize) -> Balance,
    ) {
        let accepted = world.counts.accepted;
        let workers: Vec<usize> = answers.iter().map(|(who, _)| *who).collect();
        let auditor = self.auditor(world, &workers);
        // It knows what its friends said, if they are its friends.
        let lie = answers.iter().all(|(who, answer)| *answer == COMMON && world.workers[*who].bad);
        answers.push((auditor, world.answer(auditor, lie)));
        world.pay(auditor, VALUE);
        match self.confirm(world, answers) {
            Some(_) => {
                for who in &workers {
                    self.reward(world, *who, workers.len());
                }
                self.reward(world, auditor, 1);
            }
            None => {
                let least = stake(VALUE, Rate::ALWAYS, 1, self.terms.jurors).unwrap_or(Balance::MAX);
                self.judge(world, answers, alone, &|who| if who == auditor { least } else { locked(who) });
            }
        }
        if world.counts.accepted == accepted {
            return;
        }
        if alone.is_some() {
            let found = workers.iter().all(|who| world.workers[*who].place.is_none());
            self.findings.count(true, found);
        } else {
            self.findings.accepted += 1;
        }
    }
}

impl Policy for Talka {
    fn task(&mut self, world: &mut World) {
        if let Some(who) = self.farmers.pop_front() {
            if !self.let_in(world, who) {
                self.farmers.push_back(who);
            }
        }
        match self.lead(world) {
            Some(who) => self.alone(world, who),
            None => self.together(world),
        }
    }

    fn close_founding(&mut self) {
        let gate = Gate { opens: self.findings.accepted };
        self.gate = self.terms.gate.map(|rules| (gate, rules));
    }

    fn begin_counting(&mut self) {
        (self.findings.audited, self.findings.wrong) = (0, 0);
    }
}
