//! The credibility rule alone, as the chain has it today.

use talka_primitives::{
    credibility::{score_when_absent, score_when_right, score_when_wrong, weight, Tally},
    settlement::absence_fine,
    task::MAX_MEMBERS,
    Score, Share, Trust, Weight,
};

use crate::world::{Adversary, Policy, World, VALUE};

/// What a worker puts up for a task: the ratio of the example in docs/protocol/money.md.
const STAKE: Share = Share(35);

/// Consensus by credibility, scores that count tasks.
pub struct Credibility {
    /// How sure requesters want to be.
    pub trust: Trust,
}

impl Credibility {
    /// Farmers begin with the score that lets them work alone: tasks of their own, in a pool of their own, cost nothing.
    pub fn new(trust: Trust, world: &mut World) -> Self {
        if world.setting.adversary == Adversary::Farm {
            let bad = world.workers.iter().take_while(|worker| worker.bad).count();
            for who in 0..bad {
                while weight(world.workers[who].score).0 < trust.0 {
                    let score = score_when_right(world.workers[who].score, 2);
                    Self::set(world, who, score);
                }
            }
        }
        Self { trust }
    }

    fn set(world: &mut World, who: usize, score: Score) {
        world.workers[who].score = score;
        world.seat(who, score);
    }
}

impl Policy for Credibility {
    fn task(&mut self, world: &mut World) {
        let mut tally = Tally::<u64>::default();
        let mut drawn: Vec<usize> = Vec::new();
        let mut answers: Vec<(usize, u64)> = Vec::new();
        let mut chance = None;
        loop {
            let mut pending: Vec<(usize, Weight)> = Vec::new();
            while !tally.within_reach(pending.iter().map(|(_, weight)| *weight), self.trust) {
                if drawn.len() >= MAX_MEMBERS as usize {
                    world.counts.failed += 1;
                    return;
                }
                let who = world.draw(&drawn);
                drawn.push(who);
                pending.push((who, weight(world.workers[who].score)));
            }
            // Those who are drawn first decide whether they are among themselves.
            let chance = *chance.get_or_insert_with(|| world.are_fellows(&drawn));
            for (who, weight) in pending {
                if world.vanishes(who) {
                    world.counts.executions += 1;
                    let stake = STAKE.of(VALUE);
                    world.counts.cost += absence_fine(stake);
                    let score = score_when_absent(world.workers[who].score);
                    Self::set(world, who, score);
                    continue;
                }
                let answer = world.answer(who, chance);
                tally.add(answer, weight);
                answers.push((who, answer));
            }
            let Some(result) = tally.winner(self.trust) else { continue };
            let liars = answers.iter().any(|(who, answer)| *answer == result && world.workers[*who].bad);
            world.accept(result, liars);
            let contributors = answers.len();
            for (who, answer) in answers {
                let score = world.workers[who].score;
                if answer == result {
                    if contributors > 1 {
                        Self::set(world, who, score_when_right(score, contributors));
                    }
                } else {
                    Self::set(world, who, score_when_wrong(score));
                    if world.workers[who].bad {
                        world.counts.lives += 1;
                        world.counts.cost += STAKE.of(VALUE);
                    }
                }
            }
            return;
        }
    }
}
