//! What others do: a quorum, and BOINC's adaptive replication.

use crate::world::{Policy, World, COMMON};

/// As many workers as one task can be given to: that of the chain.
const MAX_WORKERS: usize = talka_primitives::task::MAX_MEMBERS as usize;

/// The number of workers that must agree.
pub struct Quorum(pub usize);

impl Policy for Quorum {
    fn task(&mut self, world: &mut World) {
        let mut drawn = Vec::with_capacity(self.0);
        while drawn.len() < self.0 {
            drawn.push(world.draw(&drawn));
        }
        let chance = world.are_fellows(&drawn);
        agree(world, self.0, drawn, chance, Vec::new());
    }
}

/// Draw workers until `quorum` of them agree. Those that have committed already come first in `drawn`, with their answers.
fn agree(
    world: &mut World,
    quorum: usize,
    mut drawn: Vec<usize>,
    chance: bool,
    mut answers: Vec<(usize, u64)>,
) -> Option<(u64, Vec<(usize, u64)>)> {
    let mut next = answers.len();
    loop {
        while next < drawn.len() {
            let who = drawn[next];
            next += 1;
            if world.vanishes(who) {
                world.counts.executions += 1;
            } else {
                let answer = world.answer(who, chance);
                answers.push((who, answer));
            }
        }
        for (_, answer) in &answers {
            let group = || answers.iter().filter(|(_, other)| other == answer);
            if group().count() >= quorum {
                let result = *answer;
                let liars = group().any(|(who, _)| world.workers[*who].bad);
                world.accept(result, liars);
                return Some((result, answers));
            }
        }
        if drawn.len() >= MAX_WORKERS {
            world.counts.failed += 1;
            return None;
        }
        drawn.push(world.draw(&drawn));
    }
}

/// BOINC's adaptive replication, as its documentation has it: a host with `n ≥ 10` valid replicated results in a row
/// (none of which was invalid since) is trusted with probability `1 - 1 / n`, and its result is then taken as it is;
/// else two must agree.
///
/// <https://github.com/BOINC/boinc/wiki/AdaptiveReplication>
pub struct Boinc;

/// The number of valid results in a row from which on a host may be trusted.
const TRUSTED_FROM: u32 = 10;

impl Policy for Boinc {
    fn task(&mut self, world: &mut World) {
        let first = world.draw(&[]);
        if world.vanishes(first) {
            world.counts.executions += 1;
            return self.task(world);
        }
        let streak = world.workers[first].streak;
        let may_be_trusted = streak >= TRUSTED_FROM;
        let trusted = may_be_trusted && world.rng.f64() > 1.0 / f64::from(streak);
        if trusted {
            let answer = world.answer(first, true);
            return world.accept(answer, world.workers[first].bad);
        }
        let second = world.draw(&[first]);
        // It does not know whether it is trusted this time, and takes the chance.
        let alone = may_be_trusted || world.are_fellows(&[first, second]);
        let answer = world.answer(first, alone);
        let fellow = answer == COMMON && world.workers[second].bad;
        let ended = agree(world, 2, vec![first, second], fellow, vec![(first, answer)]);
        if let Some((result, answers)) = ended {
            for (who, answer) in answers {
                let worker = &mut world.workers[who];
                worker.streak = if answer == result { worker.streak.saturating_add(1) } else { 0 };
                world.counts.lives += u64::from(answer != result && world.workers[who].bad);
            }
        }
    }
}
