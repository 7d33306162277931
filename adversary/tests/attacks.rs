//! Attacks: each by a script of its own, and whatever else is found in some seconds.

use talka_adversary::{
    action::{
        Account, Action, Amount, Artefact, Audience, Authorship, Call, Item, Lead, Pick, Posture, Script,
    },
    dice::Dice,
    finding::Finding,
    run::{play, shrink_finding},
    tactics,
};
use Action::{Author, Behave, Fill, Pass, Send, Serve};

/// The account of the adversary that buys, and owns its app and pool.
const RICH: u8 = 0;
/// Workers of the adversary without merit, for a pool of its own.
const OWN: [u8; 2] = [8, 9];
/// Workers of the adversary without merit, for the open pool.
const GUESTS: [u8; 4] = [4, 5, 6, 7];
/// Validators of the adversary.
const SEATED: [u8; 2] = [10, 11];
const CLOSED_POOL: Pick = Pick::Any(0);
const OPEN_POOL: Pick = Pick::Any(1);
const HONEST_APP: Pick = Pick::Any(0);
/// What was published last is the adversary's.
const LAST: Pick = Pick::Last(0);
/// An honest account that has nothing to do with the market.
const BYSTANDER: Account = Account::Any(22);
/// More than an honest buyer pays for an app.
const DEAR: Amount = Amount::Tlk(101);

fn send(who: u8, call: Call) -> Action {
    Send { who, call }
}

fn request(app: Pick, pool: Pick, trust: u32, tasks: u16, lead: Lead) -> Action {
    send(RICH, Call::Request { app, dataset: None, pool, category: 0, trust, tasks, lead })
}

fn publish(artefact: Artefact, price: Amount) -> Action {
    send(RICH, Call::PublishApp { artefact, oci: false, price })
}

fn own_pool(price: Amount) -> Vec<Action> {
    let (operator_share, stake_ratio, limit) = (1, 30, Amount::Max);
    vec![
        send(RICH, Call::PublishPool { approval: true, operator_share, stake_ratio, limit }),
        Pass(1),
        send(RICH, Call::SetPoolPrice { pool: LAST, category: 0, price: Some(price) }),
        Pass(1),
    ]
}

fn join(workers: &[u8], pool: Pick, slots: u8, posture: Posture) -> Vec<Action> {
    let mut actions = behave(workers, posture);
    actions.extend(workers.iter().map(|who| send(RICH, Call::Admit { pool, worker: Account::Own(*who) })));
    actions.push(Pass(1));
    actions.extend(workers.iter().map(|who| send(*who, Call::JoinPool { pool })));
    actions.push(Pass(1));
    actions.extend(workers.iter().map(|who| send(*who, Call::GoOnline { slots })));
    actions.push(Pass(1));
    actions
}

fn behave(accounts: &[u8], posture: Posture) -> Vec<Action> {
    accounts.iter().map(|who| Behave { who: *who, posture }).collect()
}

fn told(script: &Script, finding: &Finding) -> String {
    let shortest = shrink_finding(script, finding);
    let actions: Vec<_> = shortest.actions.iter().map(|action| format!("  {action:?}\n")).collect();
    format!("{finding}\n  seed {}\n{}  --script {}\n", shortest.seed, actions.concat(), shortest.to_hex())
}

/// Play a script with some seeds: nothing must be found. Gives how many results honest buyers got.
fn holds(actions: Vec<Action>, seeds: u64) -> u64 {
    let mut results = 0;
    for seed in 1..=seeds {
        let report = play(&Script { seed, actions: actions.clone() });
        results += report.results;
        let evidence: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        assert!(evidence.is_empty(), "{}", evidence.join("\n"));
    }
    results
}

#[test]
fn nobody_loses_anything_among_the_honest() {
    let results = holds(vec![Pass(250); 3], 3);
    // Three buyers, two tasks a deal.
    assert!(results > 3 * 750 / 12, "{results} results are few: the honest do not do their work");
}

#[test]
fn a_deadline_that_cannot_be_kept_costs_an_operator_nothing() {
    let buy = |pool, trust, lead| request(HONEST_APP, pool, trust, 10, lead);
    let mut actions = Vec::new();
    for pool in [CLOSED_POOL, OPEN_POOL] {
        for trust in [1, 4, 1_000_000] {
            actions.push(buy(pool, trust, Lead::Blocks(2)));
            actions.push(buy(pool, trust, Lead::Tight(-1)));
            actions.push(buy(pool, trust, Lead::Tight(0)));
        }
    }
    actions.push(Pass(255));
    holds(actions, 2);
}

#[test]
fn a_gift_binds_nobody_that_has_not_accepted_it() {
    let mut actions = own_pool(Amount::Tlk(1_000));
    actions.push(publish(Artefact::Fine, DEAR));
    actions.push(send(RICH, Call::CreateGroup));
    actions.push(Pass(1));
    for item in [Item::Pool(LAST), Item::App(LAST), Item::Group(LAST)] {
        actions.push(send(RICH, Call::Offer { item, to: BYSTANDER }));
    }
    actions.push(Pass(1));
    actions.push(request(HONEST_APP, LAST, 1, 3, Lead::Tight(0)));
    actions.push(request(LAST, LAST, 4, 3, Lead::Blocks(400)));
    actions.push(Pass(200));
    holds(actions, 1);
}

/// Two workers of the adversary disagree about an app that cannot be got.
fn undecidable(price: Amount, tasks: u16, slots: u8) -> Vec<Action> {
    let mut actions = vec![publish(Artefact::Nowhere, Amount::Zero)];
    actions.extend(own_pool(price));
    actions.extend(join(&OWN, LAST, slots, Posture::Wrong));
    actions.push(request(LAST, LAST, 4, tasks, Lead::Blocks(900)));
    actions
}

#[test]
fn jurors_lose_nothing_for_a_task_that_nobody_can_execute() {
    let mut actions = undecidable(Amount::Tlk(10), 1, 4);
    actions.push(Pass(60));
    holds(actions, 2);
}

#[test]
fn many_disputes_do_not_keep_juries_from_others() {
    let mut actions = join(&GUESTS, OPEN_POOL, 4, Posture::Wrong);
    actions.extend(undecidable(Amount::Zero, 200, 8));
    for _ in 0..4 {
        actions.push(Pass(36));
        actions.push(request(LAST, LAST, 4, 200, Lead::Blocks(900)));
    }
    actions.push(Pass(60));
    holds(actions, 2);
}

#[test]
fn disputes_that_wait_for_a_jury_do_not_stop_the_draws() {
    // More than validators can judge at once, and more than the hook could look at in each block.
    let mut actions = undecidable(Amount::Zero, 200, 32);
    actions.push(Pass(200));
    holds(actions, 2);
}

#[test]
fn jurors_that_wait_until_the_last_block_cost_nobody_anything_but_time() {
    for posture in [Posture::Stall, Posture::Silent, Posture::Late] {
        let mut actions = join(&GUESTS, OPEN_POOL, 4, Posture::Wrong);
        actions.extend(behave(&SEATED, posture));
        actions.push(request(HONEST_APP, OPEN_POOL, 4, 20, Lead::Blocks(900)));
        actions.push(Pass(200));
        holds(actions, 1);
    }
}

#[test]
fn a_juror_key_that_names_a_stranger_binds_it_to_nothing() {
    let mut actions: Vec<_> = SEATED
        .into_iter()
        .zip([BYSTANDER, Account::Own(1)])
        .map(|(who, key)| send(who, Call::SetJurorKey { key: Some(key) }))
        .collect();
    actions.extend(behave(&[1, 10], Posture::Lie));
    actions.extend(join(&GUESTS, OPEN_POOL, 4, Posture::Lie));
    actions.push(Pass(200));
    holds(actions, 2);
}

/// A bystander, keys that vote for honest validators, and honest workers: named by workers of the adversary. And an account of the
/// adversary that would act for an honest worker.
#[test]
fn a_duty_key_that_names_a_stranger_binds_it_to_nothing() {
    let mut actions = join(&GUESTS, OPEN_POOL, 4, Posture::Lie);
    let strangers = [BYSTANDER, Account::Any(18), Account::Any(19), Account::Any(10)];
    let named = GUESTS.into_iter().zip(strangers);
    actions.extend(named.map(|(who, key)| send(who, Call::SetDutyKey { key: Some(key) })));
    actions.push(send(1, Call::ActFor { worker: Some(Account::Any(10)) }));
    actions.push(request(HONEST_APP, OPEN_POOL, 4, 20, Lead::Blocks(900)));
    actions.push(Pass(200));
    holds(actions, 2);
}

#[test]
fn a_request_for_great_trust_takes_no_pass_away() {
    let request = request(HONEST_APP, CLOSED_POOL, 1_000_000, 50, Lead::Blocks(900));
    holds(vec![request, Pass(60)], 2);
}

#[test]
fn a_reveal_just_before_the_deadline_makes_nobody_wrong() {
    let mut actions = join(&GUESTS, OPEN_POOL, 4, Posture::Trap);
    for more in [0, 2, 6] {
        actions.push(request(HONEST_APP, OPEN_POOL, 2, 10, Lead::Tight(more)));
        actions.push(Pass(100));
    }
    holds(actions, 2);
}

#[test]
fn workers_that_decline_everything_keep_nobody_from_results() {
    let mut actions = join(&GUESTS, OPEN_POOL, 4, Posture::Decline);
    for _ in 0..6 {
        actions.push(Pass(40));
        // Again and again, after each pause.
        actions.extend(GUESTS.map(|who| send(who, Call::GoOnline { slots: 4 })));
    }
    let results = holds(actions, 3);
    assert!(results > 0);
}

#[test]
fn an_app_that_vanishes_costs_no_juror_anything() {
    for audience in [Audience::Nobody, Audience::Odd] {
        let mut actions = join(&GUESTS, OPEN_POOL, 4, Posture::Wrong);
        actions.push(publish(Artefact::Fine, DEAR));
        actions.push(Pass(1));
        // A worker may decline as many tasks as these.
        actions.push(request(LAST, OPEN_POOL, 4, 3, Lead::Blocks(900)));
        actions.push(Pass(2));
        actions.push(Serve { item: Item::App(LAST), audience });
        actions.push(Pass(60));
        holds(actions, 2);
    }
}

/// Whether a worker declines because it cannot fetch the app, or because it does not want to, nobody can tell. Who lets some
/// workers fetch its app and others not, and pays those, does not have the others pause.
#[test]
fn an_app_that_only_some_can_fetch_pauses_nobody() {
    let mut actions = vec![publish(Artefact::Fine, DEAR), Pass(1)];
    actions.push(Serve { item: Item::App(LAST), audience: Audience::Even });
    actions.push(request(LAST, OPEN_POOL, 1, 60, Lead::Blocks(900)));
    actions.push(Pass(200));
    holds(actions, 2);
}

/// Its own workers alone can fetch it. They are fewer than those of the pool that it is sold in.
#[test]
fn an_app_for_one_s_own_workers_alone_pauses_nobody() {
    let mut actions = join(&GUESTS[..2], OPEN_POOL, 4, Posture::Lie);
    actions.push(publish(Artefact::Fine, DEAR));
    actions.push(Pass(1));
    actions.push(Serve { item: Item::App(LAST), audience: Audience::Nobody });
    for _ in 0..3 {
        actions.push(request(LAST, OPEN_POOL, 1, 60, Lead::Blocks(900)));
        actions.push(Pass(200));
    }
    holds(actions, 2);
}

/// A worker that sees that it is late declines in time, and its decline is left out of one block after another.
#[test]
fn an_app_that_no_machine_executes_costs_nobody_anything_where_authors_leave_declines_out() {
    let mut actions = vec![Author(Authorship::Omit), Pass(203), publish(Artefact::Slow, Amount::Zero)];
    actions.extend([Pass(60), Pass(30), Pass(60)]);
    for seed in [1, 1_000] {
        let report = play(&Script { seed, actions: actions.clone() });
        let evidence: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        assert!(evidence.is_empty(), "{}", evidence.join("\n"));
    }
}

#[test]
fn an_app_that_no_machine_executes_in_time_costs_no_worker_anything() {
    let mut actions = vec![publish(Artefact::Slow, DEAR)];
    actions.extend(own_pool(Amount::Tlk(1)));
    actions.extend(join(&OWN, LAST, 4, Posture::Lie));
    actions.push(request(LAST, LAST, 2, 3, Lead::Blocks(900)));
    actions.push(request(LAST, OPEN_POOL, 2, 3, Lead::Blocks(900)));
    actions.push(Pass(200));
    holds(actions, 2);
}

#[test]
fn an_operator_is_bound_up_to_its_limit() {
    let buy = || {
        let lead = Lead::Blocks(900);
        let (app, dataset, pool, category) = (HONEST_APP, None, CLOSED_POOL, 2);
        send(1, Call::Request { app, dataset, pool, category, trust: 1, tasks: 600, lead })
    };
    let mut actions: Vec<_> = (0..6).map(|_| buy()).collect();
    actions.push(Pass(30));
    actions.extend((0..6).map(|deal| send(1, Call::CancelDeal { deal: Pick::Last(deal) })));
    actions.push(Pass(60));
    holds(actions, 1);
}

#[test]
fn a_request_order_is_filled_on_its_terms() {
    // Within the limit of a buyer who wants the cheapest tasks of an honest pool.
    let mut actions = own_pool(Amount::Tlk(10));
    actions.extend(join(&OWN, LAST, 4, Posture::Lie));
    for _ in 0..50 {
        actions.push(send(1, Call::MatchOrders { pool: LAST, ordered: false, sponsor: false }));
        actions.push(Pass(4));
    }
    holds(actions, 2);
}

#[test]
fn full_blocks_cost_no_worker_its_stake() {
    let actions = vec![Pass(20), Fill(180), Pass(200)];
    holds(actions, 1);
}

#[test]
fn a_third_of_the_authors_leaves_nobody_out() {
    for authorship in [Authorship::Omit, Authorship::OmitDuties] {
        let mut actions = vec![Author(authorship)];
        actions.extend(join(&GUESTS, OPEN_POOL, 4, Posture::Late));
        actions.push(Pass(200));
        holds(actions, 2);
    }
}

/// Runs of the machine in its test: some seconds of one core.
const RUNS: u64 = 8;
/// Actions in each.
const ACTIONS: usize = 50;

#[test]
fn no_other_attack_is_found() {
    let mut calls = 0;
    for seed in 1..=RUNS {
        let script = tactics::script(&mut Dice::seeded(seed), seed, ACTIONS);
        let report = play(&script);
        calls += report.calls;
        let evidence: Vec<_> = report.findings.iter().map(|finding| told(&script, finding)).collect();
        assert!(evidence.is_empty(), "{}", evidence.join("\n"));
    }
    assert!(calls > RUNS * 100, "{calls} transactions are few: the scripts do nothing");
}

#[test]
fn bytes_make_scripts_that_end() {
    let bytes: Vec<u8> = (0..=255).cycle().take(200).collect();
    let script = tactics::script(&mut Dice::Bytes(bytes), 1, 100_000);
    assert!((10..10_000).contains(&script.actions.len()), "{}", script.actions.len());
    assert_eq!(Script::from_hex(&script.to_hex()).unwrap(), script);
}
