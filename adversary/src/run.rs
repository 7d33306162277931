//! Runs of scripts, and how a script is shortened that has found something.

use std::{
    cell::RefCell,
    panic::{catch_unwind, AssertUnwindSafe},
    sync::Once,
};

use crate::{
    action::{Action, Authorship, Posture, Script},
    finding::{Cause, Finding, Property},
    world::World,
};

/// Blocks after the adversary has stopped, at most: until all is over that honest parties have bought.
const WIND_DOWN: u32 = 5_000;

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Promises that were broken, each in the way in which it was first.
    pub findings: Vec<Finding>,
    /// Transactions that came into blocks.
    pub calls: u64,
    /// Blocks.
    pub blocks: u64,
    /// Duties of the honest that were refused, because somebody else's transaction came first.
    pub refused: u64,
    /// Results that honest buyers got.
    pub results: u64,
    /// Those of them that were wrong, though more than a worker's word was paid for.
    pub wrong: u64,
}

thread_local! {
    /// What the runtime said when it panicked in the run that is under way; nothing where none is.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic of the runtime is a finding: what it says is remembered instead of being printed.
fn listen_to_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| match PANIC.with_borrow(Option::is_some) {
            true => PANIC.set(Some(info.to_string().replace('\n', " "))),
            false => usual(info),
        }));
    });
}

/// Play a script.
pub fn play(script: &Script) -> Report {
    play_until(script, None)
}

/// Play a script, and print the events of each block.
pub fn play_aloud(script: &Script) -> Report {
    play_in(script, |world| world.trace = true)
}

/// Play a script, until this is found.
pub fn play_until(script: &Script, wanted: Option<(Property, Cause)>) -> Report {
    play_in(script, |world| world.wanted = wanted)
}

fn play_in(script: &Script, prepare: impl FnOnce(&mut World)) -> Report {
    listen_to_panics();
    let report = RefCell::new(Report::default());
    PANIC.set(Some(String::new()));
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        World::play(script.seed, |world| {
            prepare(world);
            for action in &script.actions {
                world.act(action);
                write(&mut report.borrow_mut(), world);
            }
            world.wind_down();
            if !world.is_found() {
                world.ledger.conclude();
            }
            write(&mut report.borrow_mut(), world);
        });
    }));
    let mut report = report.into_inner();
    let said = PANIC.take();
    if outcome.is_err() {
        let evidence = said.unwrap_or_default();
        let finding = Finding { property: Property::State, cause: Cause::Panic, block: 0, evidence };
        report.findings.push(finding);
    }
    report
}

fn write(report: &mut Report, world: &World) {
    let (results, wrong) = world.ledger.results;
    *report = Report {
        findings: world.ledger.findings.clone(),
        calls: world.calls,
        blocks: world.blocks,
        refused: world.ledger.refused,
        results,
        wrong,
    };
}

impl World {
    /// The adversary stops, nobody buys any more, and what was bought comes to its end.
    fn wind_down(&mut self) {
        self.buying = false;
        self.postures = [Posture::Absent; crate::cast::ATTACKERS as usize];
        self.authorship = Authorship::Fair;
        self.audiences.clear();
        self.filling = 0;
        for _ in 0..WIND_DOWN {
            if self.ledger.is_quiet() || self.is_found() {
                break;
            }
            self.pass();
        }
        // Duties of what ended last.
        (0..3).for_each(|_| self.pass());
    }
}

/// The shortest script that can be made of this one by leaving things out, and that still does this.
pub fn shrink(script: &Script, still: impl Fn(&Script) -> bool) -> Script {
    let mut best = script.clone();
    let mut chunk = best.actions.len().div_ceil(2).max(1);
    loop {
        let mut shorter = false;
        let mut from = 0;
        while from < best.actions.len() {
            let mut trial = best.clone();
            trial.actions.drain(from..(from + chunk).min(trial.actions.len()));
            if still(&trial) {
                best = trial;
                shorter = true;
            } else {
                from += chunk;
            }
        }
        if chunk == 1 && !shorter {
            break;
        }
        chunk = if chunk == 1 { 1 } else { chunk / 2 };
    }
    for index in 0..best.actions.len() {
        while let Action::Pass(blocks) = best.actions[index] {
            let less = [blocks / 2, blocks.saturating_sub(1)].into_iter().find_map(|fewer| {
                let mut trial = best.clone();
                trial.actions[index] = Action::Pass(fewer);
                (fewer < blocks && still(&trial)).then_some(trial)
            });
            match less {
                Some(trial) => best = trial,
                None => break,
            }
        }
    }
    best
}

/// Shrink a script by what it has found.
pub fn shrink_finding(script: &Script, finding: &Finding) -> Script {
    let wanted = Some((finding.property, finding.cause));
    shrink(script, |trial| play_until(trial, wanted).findings.iter().any(|other| other.is_like(finding)))
}
