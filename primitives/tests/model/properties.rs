//! What the system promises, whatever workers and jurors do, and in whatever order things happen.

use crate::{
    chain::{prices, Account, Chain, Fault, CREDIBLE, REQUESTER, SAVINGS, VALUE},
    life::Life,
    results,
};
use stateright::Property;
use std::collections::BTreeMap;
use talka_primitives::{
    jury::{Vote, MAX_JURIES},
    task::{Failure, Phase, Role, Stage, Step, Verdict},
    Digest,
};

/// Something that can be seen in a task's life.
pub type Sight = (&'static str, fn(&Life, &Chain) -> bool);

/// Two juries: each is seated, its time to commit passes, its time to reveal passes.
const MAX_STEPS_OF_DISPUTE: usize = 6;

/// What holds in every state.
pub fn promises() -> Vec<Property<Life>> {
    let always = Property::<Life>::always;
    vec![
        always("a task is settled once, with one result", |_, chain| {
            chain.settlements == u8::from(chain.end.is_some()) && chain.fault != Some(Fault::TwoResults)
        }),
        always("the chain alone brings every task to its end, and soon", ends_soon),
        always("every event is a step forward", |_, chain| chain.fault != Some(Fault::NoStepForward)),
        always("the chain is told what is to be done", |_, chain| chain.fault != Some(Fault::ChainNotTold)),
        always("money is conserved and nothing stays locked", |_, chain| {
            chain.fault != Some(Fault::MoneyLost) && (chain.end.is_none() || is_settled(chain))
        }),
        always("a result that a worker has shown is accepted", |_, chain| {
            chain.end.is_none() || chain.result.is_none() || accepted_result(chain) == chain.result
        }),
        always("only a jury convicts, and never who was right", |_, chain| convicts_rightly(chain)),
        always("only juries end a dispute", |_, chain| {
            let is_open = chain.end.is_none() || chain.task.phase != Phase::Disputed;
            is_open
                || failed_as(chain, Failure::NoVerdict)
                || accepted_result(chain).is_some_and(|digest| is_decided(chain, digest))
        }),
        always("what is refused changes nothing", |_, chain| {
            !matches!(chain.fault, Some(Fault::RefusedButChanged | Fault::AcceptedWrongly))
        }),
        always("a lie is accepted only where nobody contradicts it, or by jurors", is_true_or_unknown),
        always("nobody commits to what was shown already", |_, chain| {
            chain.fault != Some(Fault::CommittedToWhatWasShown)
        }),
        always("who has time to show its result does not lose by not having shown it", |_, chain| {
            chain.fault != Some(Fault::NoTimeToReveal)
        }),
        always("nobody is paid for what it has copied", |_, chain| is_own_work_paid(chain)),
        always("nothing is believed that is not credible and, if wanted, audited", |life, chain| {
            chain.fault != Some(Fault::Unaudited) && is_credible(life, chain)
        }),
    ]
}

/// Which digest somebody has committed to, and whether with a seal of its own. Where it was shown, all know it.
fn committed(chain: &Chain, worker: Account) -> Option<(Digest, bool)> {
    match chain.task.contribution(&worker)?.stage {
        Stage::Committed { result, seal, .. } => {
            let (digest, sealed) = results::read(worker, result, seal);
            Some((results::DIGESTS[digest], sealed == Some(digest)))
        }
        Stage::Revealed { .. } => chain.result.map(|digest| (digest, true)),
        _ => None,
    }
}

fn truth() -> Digest {
    results::DIGESTS[results::TRUTH]
}

fn accepted_result(chain: &Chain) -> Option<Digest> {
    match chain.end {
        Some(Step::Completed { digest }) => Some(digest),
        _ => None,
    }
}

/// Whether more than two thirds of the jury have voted for a result.
fn is_decided(chain: &Chain, wanted: Digest) -> bool {
    chain.task.jury.as_ref().is_some_and(|jury| {
        let votes = jury.votes();
        let voted = votes.iter().filter(|vote| **vote == Vote::For(wanted)).count();
        chain.task.phase == Phase::Disputed && jury.ended && 3 * voted > 2 * jury.size as usize
    })
}

/// Each worker that does not come is drawn and given up; then the deadline passes. Nobody can make it more.
fn ends_soon(life: &Life, chain: &Chain) -> bool {
    let workers = usize::from(life.workers) + usize::from(life.credible.is_some());
    let disputed = chain.task.phase == Phase::Disputed;
    let max = if disputed { MAX_STEPS_OF_DISPUTE } else { 2 * workers + 1 };
    let juries = chain.task.jury.as_ref().map_or(0, |jury| jury.juries);
    chain.fault.is_some() || juries <= MAX_JURIES && life.steps_to_the_end(chain, max).is_some()
}

/// Nothing is locked, and nobody has lost more than it had locked.
fn is_settled(chain: &Chain) -> bool {
    let ledger = &chain.ledger;
    // For a result the price of the pool, and of an audit where there was one; nothing where no worker has earned it.
    let prices = prices(chain.task.assurance);
    let paid = SAVINGS - ledger.free[usize::from(REQUESTER)];
    let is_due = match accepted_result(chain) {
        Some(_) => [0, prices.pool, prices.held()].contains(&paid),
        // Jurors that could not decide share what is held for an audit.
        None if failed_as(chain, Failure::NoVerdict) => paid <= prices.audit,
        None => paid == 0,
    };
    let at_stake = |who: Account| match chain.task.contribution(&who) {
        Some(contribution) => contribution.locked,
        None if who <= CREDIBLE => 0,
        None => VALUE,
    };
    ledger.locked.iter().all(|locked| *locked == 0)
        && ledger.held == 0
        && is_due
        && (0..REQUESTER).all(|who| ledger.free[usize::from(who)] >= SAVINGS - at_stake(who))
}

/// Convicted is only who differs from the decision of a jury; who gave what it decided is paid; and a jury most of
/// which votes for the truth decides so. Inside one pool nobody is at fault by the word of others.
fn convicts_rightly(chain: &Chain) -> bool {
    let (result, internal) = (accepted_result(chain), chain.task.assurance.is_internal());
    if chain.end.is_some() && is_decided(chain, truth()) && result != Some(truth()) {
        return false;
    }
    chain.end.is_none()
        || chain.verdicts().into_iter().all(|(who, verdict)| {
            let given = committed(chain, who);
            let decided = result.is_some_and(|digest| is_decided(chain, digest));
            match verdict {
                Verdict::Convicted => decided && given.is_some_and(|(digest, _)| Some(digest) != result),
                Verdict::Wrong if internal => given.is_none_or(|(digest, _)| Some(digest) == result),
                Verdict::Wrong => !decided || given.is_none_or(|(_, own)| !own),
                Verdict::Right { .. } => result.is_some() && given.map(|(digest, _)| digest) == result,
                Verdict::Absent => given.is_none() && result.is_some() && !internal,
                Verdict::Declined => given.is_none(),
                Verdict::Released => {
                    given.is_none()
                        || result.is_none()
                        || internal && given.is_some_and(|(digest, _)| Some(digest) != result)
                }
            }
        })
}

/// Where apps are deterministic, only more than two thirds of a jury can get a lie accepted against a worker that has
/// committed to the truth, and has shown it if it was asked to.
fn is_true_or_unknown(life: &Life, chain: &Chain) -> bool {
    let Some(lie) = accepted_result(chain).filter(|digest| *digest != truth()) else { return true };
    let mut workers = chain.task.contributions.iter().map(|contribution| contribution.worker);
    let contradicted =
        workers.any(|worker| committed(chain, worker).is_some_and(|(digest, _)| digest == truth()));
    !life.assurance.is_deterministic() || !contradicted || is_decided(chain, lie)
}

/// A worker that is paid had the digest when it committed: its seal shows it.
fn is_own_work_paid(chain: &Chain) -> bool {
    let is_paid = |verdict| matches!(verdict, Verdict::Right { .. });
    chain.end.is_none()
        || chain
            .verdicts()
            .into_iter()
            .all(|(who, verdict)| !is_paid(verdict) || committed(chain, who).is_some_and(|(_, own)| own))
}

/// What is believed has the weight that the trust asks for, against all that was committed to.
fn is_credible(life: &Life, chain: &Chain) -> bool {
    let Phase::Revealing { result: believed, .. } = chain.task.phase else { return true };
    let mut groups = BTreeMap::<_, u32>::new();
    for contribution in &chain.task.contributions {
        let (result, weight) = match contribution.stage {
            Stage::Committed { weight, result, .. } => (result, weight),
            Stage::Revealed { weight } => (believed, weight),
            _ => continue,
        };
        *groups.entry(result).or_insert(1) *= weight.0;
    }
    groups[&believed] * life.trust > (1 + groups.values().sum::<u32>()) * (life.trust - 1)
}

fn verdict_is(chain: &Chain, seen: impl Fn(Account, Verdict) -> bool) -> bool {
    chain.end.is_some() && chain.verdicts().into_iter().any(|(who, verdict)| seen(who, verdict))
}

fn failed_as(chain: &Chain, failure: Failure) -> bool {
    chain.end == Some(Step::Failed(failure))
}

// What must be reachable, so that the promises are not empty.

pub const TRUTH_ACCEPTED: Sight =
    ("the truth is accepted", |_, chain| accepted_result(chain) == Some(truth()));
pub const LIE_ACCEPTED: Sight = ("a lie is accepted that nobody contradicts", |_, chain| {
    accepted_result(chain).is_some_and(|digest| digest != truth() && !is_decided(chain, digest))
});
pub const LIE_DECIDED: Sight = ("a jury of liars decides for a lie", |_, chain| {
    accepted_result(chain).is_some_and(|digest| digest != truth() && is_decided(chain, digest))
});
pub const LIAR_CONVICTED: Sight = ("a liar is convicted, and who told the truth is paid", |_, chain| {
    accepted_result(chain) == Some(truth())
        && verdict_is(chain, |_, verdict| verdict == Verdict::Convicted)
        && verdict_is(chain, |_, verdict| matches!(verdict, Verdict::Right { .. }))
});
pub const ALL_CONVICTED: Sight = ("a jury finds everybody wrong", |_, chain| {
    verdict_is(chain, |_, verdict| verdict == Verdict::Convicted)
        && !verdict_is(chain, |_, verdict| verdict != Verdict::Convicted)
});
pub const ALONE_CONVICTED: Sight = ("who worked alone is convicted", |_, chain| {
    let alone =
        |who| chain.task.contribution(&who).is_some_and(|part| matches!(part.role, Role::Alone { .. }));
    verdict_is(chain, |who, verdict| verdict == Verdict::Convicted && alone(who))
});
pub const COPIER_LOSES: Sight = ("who has copied loses its stake", |_, chain| {
    accepted_result(chain).is_some()
        && verdict_is(chain, |who, verdict| {
            verdict == Verdict::Wrong && committed(chain, who).is_some_and(|(_, own)| !own)
        })
});
pub const OUTVOTED: Sight = ("who told the truth is outvoted", |_, chain| {
    verdict_is(chain, |who, verdict| {
        verdict == Verdict::Wrong && committed(chain, who) == Some((truth(), true))
    })
});
pub const OUTVOTED_FREELY: Sight = ("who told the truth is outvoted, and loses nothing", |_, chain| {
    accepted_result(chain).is_some()
        && verdict_is(chain, |who, verdict| {
            verdict == Verdict::Released && committed(chain, who) == Some((truth(), true))
        })
});
pub const SECOND_JURY: Sight = ("a second jury decides", |_, chain| {
    accepted_result(chain).is_some() && chain.task.jury.as_ref().is_some_and(|jury| jury.juries == 2)
});
pub const TWO_JURIES_FAIL: Sight = ("two juries cannot decide", |_, chain| {
    failed_as(chain, Failure::NoVerdict) && chain.task.jury.as_ref().is_some_and(|jury| jury.juries == 2)
});
pub const NO_JURY: Sight =
    ("nobody can be seated", |_, chain| failed_as(chain, Failure::NoVerdict) && chain.task.jury.is_none());
pub const DECLINED: Sight =
    ("most workers decline", |_, chain| matches!(chain.end, Some(Step::Failed(Failure::Declined(_)))));
pub const NOT_AUDITED: Sight = ("no auditor comes in time", |_, chain| failed_as(chain, Failure::NotAudited));
pub const LATE: Sight =
    ("the deadline comes before a result", |_, chain| failed_as(chain, Failure::DeadlinePassed));
pub const NO_CONSENSUS: Sight =
    ("as many as can be drawn cannot agree", |_, chain| failed_as(chain, Failure::NoConsensus));
