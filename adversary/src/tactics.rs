//! Tactics: sequences of actions that lead somewhere, so that attacks of many steps are found soon.
//!
//! A tactic says what to do, and leaves open with which numbers. [`script`] makes a script of several, one after another and
//! mixed with single actions.

use crate::{
    action::{Action, Amount, Artefact, Audience, Authorship, Call, Item, Lead, Pick, Posture, Script, Whom},
    cast::{ATTACKERS, BONDED, SEATED},
    dice::Dice,
};
use Action::{Author, Behave, Fill, Pass, Send, Serve, Tip};

/// A sequence of actions that leads somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Tactic {
    /// Buy of an honest pool with a deadline that cannot be kept, or just so.
    ShortDeadline,
    /// Give something to somebody who did not ask for it, and buy of it.
    Gifts,
    /// Have a dispute about an app that nobody can get.
    Undecidable,
    /// Have more of them than jurors have room for, and lie meanwhile.
    FloodedJuries,
    /// Have disputes, and let juries wait for votes until the last block.
    StalledJuries,
    /// Name others as juror keys, and vote by both.
    JurorKeys,
    /// Reveal in the last block before the deadline.
    DeadlineTrap,
    /// Decline whatever there is.
    Decliners,
    /// Do not do what one was drawn for.
    Absentees,
    /// Have wrong results, alone or together.
    Liars,
    /// Commit and do not reveal, or late, or not what one committed to.
    Unrevealing,
    /// Ask for more trust than anybody can give.
    HighTrust,
    /// Fill blocks while others have duties.
    FullBlocks,
    /// Leave out what others have to say.
    Censorship,
    /// Take an app away while it is judged.
    VanishingApp,
    /// Let some fetch an app or a dataset, and others not.
    ChosenAudience,
    /// Sell an app that no machine executes in time.
    SlowApp,
    /// Change the terms of a pool while others deal with it.
    ChangingTerms,
    /// Use up what may be held of an operator, and take it back.
    UsedUpGuarantees,
    /// Buy and sell by orders.
    Orders,
    /// Fill the orders of others, of one's own pool.
    Snipers,
    /// Stand for election, resign.
    Candidates,
    /// Have a pool fill up with tasks that wait.
    Backlog,
}

/// All of them.
pub const TACTICS: [Tactic; 23] = [
    Tactic::ShortDeadline,
    Tactic::Gifts,
    Tactic::Undecidable,
    Tactic::FloodedJuries,
    Tactic::StalledJuries,
    Tactic::JurorKeys,
    Tactic::DeadlineTrap,
    Tactic::Decliners,
    Tactic::Absentees,
    Tactic::Liars,
    Tactic::Unrevealing,
    Tactic::HighTrust,
    Tactic::FullBlocks,
    Tactic::Censorship,
    Tactic::VanishingApp,
    Tactic::ChosenAudience,
    Tactic::SlowApp,
    Tactic::ChangingTerms,
    Tactic::UsedUpGuarantees,
    Tactic::Orders,
    Tactic::Snipers,
    Tactic::Candidates,
    Tactic::Backlog,
];

/// The account that buys and owns what the adversary has.
const RICH: u8 = 0;
/// The pool of the second honest operator, which everybody can join.
const OPEN: Pick = Pick::Any(1);

fn send(who: u8, call: Call) -> Action {
    Send { who, call }
}

/// A script for these dice, of about this number of actions.
pub fn script(dice: &mut Dice, seed: u64, actions: usize) -> Script {
    let mut script = Script { seed, actions: Vec::new() };
    while script.actions.len() < actions && !dice.is_used_up() {
        match dice.below(8) {
            0..=2 => {
                let tactic = dice.of(&TACTICS);
                script.actions.extend(tactic.play(dice));
            }
            _ => script.actions.push(action(dice)),
        }
    }
    script
}

/// A single action.
pub fn action(dice: &mut Dice) -> Action {
    match dice.below(16) {
        0..=4 => Pass(dice.of(&[1, 1, 1, 2, 2, 3, 5, 8, 16, 31, 90])),
        5 => Behave { who: dice.below(ATTACKERS.into()) as u8, posture: posture(dice) },
        6 if dice.one_in(2) => Author(authorship(dice)),
        6 if dice.one_in(4) => Fill(dice.of(&[1, 2, 5, 20])),
        6 if dice.one_in(4) => Tip(dice.of(&[0, 1, 100])),
        6 => Serve { item: item(dice), audience: audience(dice) },
        _ => send(dice.below(ATTACKERS.into()) as u8, call(dice)),
    }
}

fn posture(dice: &mut Dice) -> Posture {
    use Posture::*;
    dice.of(&[Honest, Absent, Wrong, Lie, Decline, Silent, Stall, Late, Trap, Copy])
}

fn authorship(dice: &mut Dice) -> Authorship {
    use Authorship::*;
    dice.of(&[Fair, Omit, OmitDuties, First, Last, Withhold])
}

fn audience(dice: &mut Dice) -> Audience {
    use Audience::*;
    dice.of(&[All, Nobody, Even, Odd])
}

fn artefact(dice: &mut Dice) -> Artefact {
    use Artefact::*;
    dice.of(&[Fine, Fine, Nowhere, Slow])
}

fn item(dice: &mut Dice) -> Item {
    let pick = pick(dice);
    match dice.below(4) {
        0 => Item::App(pick),
        1 => Item::Dataset(pick),
        2 => Item::Pool(pick),
        _ => Item::Group(pick),
    }
}

fn pick(dice: &mut Dice) -> Pick {
    let index = dice.byte() % 8;
    match dice.below(3) {
        0 => Pick::Any(index),
        1 => Pick::Own(index),
        _ => Pick::Last(index),
    }
}

fn whom(dice: &mut Dice) -> Whom {
    match dice.below(2) {
        0 => Whom::Own(dice.byte()),
        _ => Whom::Any(dice.byte()),
    }
}

fn amount(dice: &mut Dice) -> Amount {
    match dice.below(8) {
        0 => Amount::Zero,
        1 => Amount::Units(1 + dice.byte() % 4),
        2 => Amount::AllBut(dice.byte() % 4),
        3 if dice.one_in(4) => Amount::Max,
        _ => Amount::Tlk(dice.of(&[1, 2, 5, 10, 30, 100, 1_000, 4_000, 10_000])),
    }
}

fn lead(dice: &mut Dice) -> Lead {
    match dice.below(4) {
        0 => Lead::Blocks(dice.of(&[0, 1, 2, 3, 4, 5, 6, 8, 10])),
        1 => Lead::Blocks(dice.of(&[15, 20, 25, 30, 40, 60, 90, 150, 200, 400, 1_000])),
        _ => Lead::Tight(dice.of(&[-16, -4, -2, -1, 0, 1, 2, 3, 5, 10, 20, 40])),
    }
}

fn trust(dice: &mut Dice) -> u32 {
    dice.of(&[0, 1, 1, 2, 4, 8, 16, 100, 1_000_000])
}

fn tasks(dice: &mut Dice) -> u16 {
    dice.of(&[1, 1, 1, 2, 3, 5, 10, 32, 100, 200])
}

fn maybe<T>(dice: &mut Dice, what: impl FnOnce(&mut Dice) -> T) -> Option<T> {
    match dice.one_in(3) {
        true => Some(what(dice)),
        false => None,
    }
}

/// A call with arguments of all kinds.
pub fn call(dice: &mut Dice) -> Call {
    match dice.below(8) {
        0 | 1 => sale(dice),
        2 => ownership(dice),
        3 => membership(dice),
        4 => purchase(dice),
        5 => work(dice),
        6 => stake(dice),
        _ => other(dice),
    }
}

/// Of somebody who sells.
fn sale(dice: &mut Dice) -> Call {
    let share = |dice: &mut Dice| dice.of(&[0, 1, 10, 30, 50, 100, 101]);
    match dice.below(14) {
        0 => Call::PublishApp { artefact: artefact(dice), oci: dice.one_in(4), price: amount(dice) },
        1 => Call::PublishDataset { artefact: artefact(dice), price: amount(dice) },
        2 => {
            let (operator_share, stake_ratio) = (share(dice), share(dice));
            Call::PublishPool { approval: dice.one_in(2), operator_share, stake_ratio, limit: amount(dice) }
        }
        3..=5 => {
            let price = maybe(dice, amount).or(Some(Amount::Tlk(10)));
            Call::SetPoolPrice { pool: pick(dice), category: dice.byte() % 3, price }
        }
        6 => {
            let (operator_share, stake_ratio) = (share(dice), share(dice));
            Call::SetPoolPolicy {
                pool: pick(dice),
                approval: dice.one_in(2),
                operator_share,
                stake_ratio,
                min_bond: amount(dice),
                min_price: amount(dice),
            }
        }
        7 => Call::SetGuaranteeLimit { pool: pick(dice), limit: amount(dice) },
        8 => Call::SetAppPrice { app: pick(dice), price: maybe(dice, amount) },
        9 => Call::SetDatasetPrice { dataset: pick(dice), price: maybe(dice, amount) },
        10 => Call::SetUris { item: item(dice) },
        11 => Call::PublishAppOrder { app: pick(dice), price: amount(dice), volume: tasks(dice) },
        12 => Call::PublishDatasetOrder { dataset: pick(dice), price: amount(dice), volume: tasks(dice) },
        _ => Call::PublishPoolOrder {
            pool: pick(dice),
            category: dice.byte() % 3,
            price: amount(dice),
            volume: tasks(dice),
        },
    }
}

/// About who owns what.
fn ownership(dice: &mut Dice) -> Call {
    match dice.below(7) {
        0 | 1 => Call::Offer { item: item(dice), to: whom(dice) },
        2 | 3 => Call::Accept { item: item(dice), limit: amount(dice) },
        4 => Call::AddProxy { to: whom(dice), kind: dice.byte() },
        5 => Call::RemoveProxies,
        _ => Call::AsProxy { of: whom(dice), calls: vec![simple(dice)] },
    }
}

/// About who belongs to what.
fn membership(dice: &mut Dice) -> Call {
    match dice.below(9) {
        0 => Call::Admit { pool: pick(dice), worker: whom(dice) },
        1 => Call::Dismiss { pool: pick(dice), worker: whom(dice) },
        2..=4 => Call::JoinPool { pool: pick(dice) },
        5 => Call::LeavePool,
        6 => match dice.one_in(2) {
            true => Call::CreateGroup,
            false => Call::DisbandGroup { group: pick(dice) },
        },
        7 => Call::AddMember { group: pick(dice), member: whom(dice) },
        _ => Call::RemoveMember { group: pick(dice), member: whom(dice) },
    }
}

/// Of somebody who buys.
fn purchase(dice: &mut Dice) -> Call {
    match dice.below(8) {
        0..=3 => Call::Request {
            app: pick(dice),
            dataset: maybe(dice, pick),
            pool: pick(dice),
            category: dice.byte() % 3,
            trust: trust(dice),
            tasks: tasks(dice),
            lead: lead(dice),
        },
        4 => Call::CancelDeal { deal: pick(dice) },
        5 => Call::PublishRequestOrder {
            app: pick(dice),
            dataset: maybe(dice, pick),
            category: dice.byte() % 3,
            trust: trust(dice),
            tasks: tasks(dice),
            lead: lead(dice),
            price: amount(dice),
        },
        6 => Call::MatchOrders { pool: pick(dice), ordered: dice.one_in(2), sponsor: dice.one_in(2) },
        _ => Call::CancelOrder,
    }
}

/// Of somebody who works, or judges.
fn work(dice: &mut Dice) -> Call {
    let (deal, index) = (pick(dice), dice.byte() % 4);
    match dice.below(10) {
        0 | 1 => Call::GoOnline { slots: dice.of(&[1, 1, 4, 32, 33, 0]) },
        2 => Call::GoOffline,
        3 => Call::Heartbeat,
        4 => Call::Decline { deal, index },
        5 | 6 => Call::Commit { deal, index, wrong: dice.one_in(2), tasks: 1 + dice.byte() % 4 },
        7 => Call::SetDutyKey { key: maybe(dice, whom) },
        8 => Call::ActFor { worker: maybe(dice, whom) },
        _ => Call::Reveal { deal, index, wrong: dice.one_in(2), tasks: 1 + dice.byte() % 4 },
    }
}

/// Of somebody who has something at stake.
fn stake(dice: &mut Dice) -> Call {
    match dice.below(11) {
        0 => Call::Bond { amount: amount(dice) },
        1 => Call::Unbond { amount: amount(dice) },
        2 => Call::Withdraw,
        3 => Call::SetKeys,
        4 => Call::Register { stake: amount(dice) },
        5 => Call::AddStake { amount: amount(dice) },
        6 => Call::Resign,
        7 => Call::Release,
        8 => Call::ForgetKeys,
        _ => Call::SetJurorKey { key: maybe(dice, whom) },
    }
}

fn other(dice: &mut Dice) -> Call {
    match dice.below(4) {
        0 => Call::Transfer { to: whom(dice), amount: amount(dice) },
        1 => {
            let length = 2 + dice.below(30);
            let mut bytes: Vec<u8> = (0..length).map(|_| dice.byte()).collect();
            bytes[0] = dice.of(&[0, 4, 10, 20, 21, 22, 30, 31, 32, 33, 34, 35, 36, 40, 41, 42]);
            bytes[1] %= 24;
            Call::Raw(bytes)
        }
        2 => Call::BatchAll((0..1 + dice.below(3)).map(|_| simple(dice)).collect()),
        _ => Call::Batch((0..1 + dice.below(3)).map(|_| simple(dice)).collect()),
    }
}

/// A call that is no batch.
fn simple(dice: &mut Dice) -> Call {
    match call(dice) {
        Call::Batch(_) | Call::BatchAll(_) | Call::AsProxy { .. } => Call::Heartbeat,
        call => call,
    }
}

impl Tactic {
    /// Its actions.
    pub fn play(self, dice: &mut Dice) -> Vec<Action> {
        match self {
            Self::ShortDeadline => short_deadline(dice),
            Self::Gifts => gifts(dice),
            Self::Undecidable => undecidable(dice, Amount::Tlk(10), 1, 4),
            Self::FloodedJuries => flooded_juries(dice),
            Self::StalledJuries => stalled_juries(dice),
            Self::JurorKeys => juror_keys(dice),
            Self::DeadlineTrap => deadline_trap(dice),
            Self::Decliners => infiltrate(dice, Posture::Decline),
            Self::Absentees => infiltrate(dice, Posture::Absent),
            Self::Liars => {
                let posture = dice.of(&[Posture::Wrong, Posture::Lie]);
                infiltrate(dice, posture)
            }
            Self::Unrevealing => {
                let posture = dice.of(&[Posture::Silent, Posture::Stall, Posture::Copy, Posture::Late]);
                infiltrate(dice, posture)
            }
            Self::HighTrust => high_trust(dice),
            Self::FullBlocks => full_blocks(dice),
            Self::Censorship => censorship(dice),
            Self::VanishingApp => vanishing_app(dice),
            Self::ChosenAudience => chosen_audience(dice),
            Self::SlowApp => slow_app(dice),
            Self::ChangingTerms => changing_terms(dice),
            Self::UsedUpGuarantees => used_up_guarantees(dice),
            Self::Orders => orders(dice),
            Self::Snipers => snipers(dice),
            Self::Candidates => candidates(dice),
            Self::Backlog => backlog(dice),
        }
    }
}

fn request(app: Pick, pool: Pick, category: u8, trust: u32, tasks: u16, lead: Lead) -> Action {
    send(RICH, Call::Request { app, dataset: None, pool, category, trust, tasks, lead })
}

fn short_deadline(dice: &mut Dice) -> Vec<Action> {
    let pool = Pick::Any(dice.byte() % 2);
    let lead = dice.of(&[Lead::Blocks(0), Lead::Blocks(4), Lead::Tight(-1), Lead::Tight(0), Lead::Tight(8)]);
    vec![request(Pick::Any(0), pool, dice.byte() % 3, dice.of(&[1, 2, 4]), tasks(dice), lead), Pass(220)]
}

/// A pool of the adversary, as the last of its own, with a price.
fn own_pool(dice: &mut Dice, approval: bool, price: Amount) -> Vec<Action> {
    let stake_ratio = dice.of(&[0, 30, 100]);
    let pool = Pick::Last(0);
    vec![
        send(RICH, Call::PublishPool { approval, operator_share: 1, stake_ratio, limit: Amount::Max }),
        Pass(1),
        send(RICH, Call::SetPoolPrice { pool, category: 0, price: Some(price) }),
        Pass(1),
    ]
}

fn gifts(dice: &mut Dice) -> Vec<Action> {
    let mut actions = own_pool(dice, true, Amount::Tlk(1_000));
    actions.push(send(RICH, publish(Artefact::Fine, Amount::Tlk(1))));
    actions.push(send(RICH, Call::CreateGroup));
    actions.push(Pass(1));
    let stranger = Whom::Any(dice.byte());
    let to = dice.of(&[stranger, Whom::Own(1)]);
    let items = [Item::Pool(Pick::Last(0)), Item::App(Pick::Last(0)), Item::Group(Pick::Last(0))];
    actions.extend(items.map(|item| send(RICH, Call::Offer { item, to })));
    actions.push(Pass(1));
    let limit = amount(dice);
    actions.extend(items.map(|item| send(1, Call::Accept { item, limit })));
    actions.push(Pass(1));
    let lead = dice.of(&[Lead::Blocks(10), Lead::Tight(0), Lead::Blocks(600)]);
    actions.push(request(Pick::Any(0), Pick::Last(0), 0, 1, 3, lead));
    actions.push(Pass(dice.of(&[12, 200])));
    actions
}

/// Two workers of the adversary in its own last pool. They have no merit: neither works alone.
fn own_workers(slots: u8, posture: Posture) -> Vec<Action> {
    let workers = [BONDED.end - 2, BONDED.end - 1];
    let mut actions = Vec::new();
    for who in workers {
        actions.push(send(who, Call::LeavePool));
        actions.push(send(RICH, Call::Admit { pool: Pick::Last(0), worker: Whom::Own(who) }));
        actions.push(Behave { who, posture });
    }
    actions.push(Pass(1));
    actions.extend(workers.map(|who| send(who, Call::JoinPool { pool: Pick::Last(0) })));
    actions.push(Pass(1));
    actions.extend(workers.map(|who| send(who, Call::GoOnline { slots })));
    actions.push(Pass(1));
    actions
}

fn publish(artefact: Artefact, price: Amount) -> Call {
    Call::PublishApp { artefact, oci: false, price }
}

fn undecidable(dice: &mut Dice, price: Amount, tasks: u16, slots: u8) -> Vec<Action> {
    let mut actions = vec![send(RICH, publish(Artefact::Nowhere, Amount::Zero))];
    actions.extend(own_pool(dice, true, price));
    actions.extend(own_workers(slots, Posture::Wrong));
    actions.push(request(Pick::Last(0), Pick::Last(0), 0, 4, tasks, Lead::Blocks(900)));
    actions.push(Pass(60));
    actions
}

fn flooded_juries(dice: &mut Dice) -> Vec<Action> {
    let price = dice.of(&[Amount::Zero, Amount::Units(1)]);
    let mut actions = infiltrators(Posture::Wrong);
    // With few slots the disputes come one after another, with many all at once.
    let slots = dice.of(&[6, 12, 32]);
    actions.extend(undecidable(dice, price, 200, slots));
    actions.pop();
    for _ in 0..4 {
        actions.push(Pass(dice.of(&[10, 18, 30])));
        actions.push(request(Pick::Last(0), Pick::Last(0), 0, 4, 200, Lead::Blocks(900)));
    }
    actions.push(Pass(60));
    actions
}

fn stalled_juries(dice: &mut Dice) -> Vec<Action> {
    let mut actions = infiltrators(Posture::Wrong);
    let postures = [Posture::Stall, Posture::Silent, Posture::Late, Posture::Lie];
    let posture = dice.of(&postures);
    actions.extend(SEATED.map(|who| Behave { who, posture }));
    let tasks = dice.of(&[1, 20, 100]);
    actions.push(request(Pick::Any(0), OPEN, dice.byte() % 3, dice.of(&[2, 4]), tasks, Lead::Blocks(900)));
    actions.push(Pass(200));
    actions
}

fn juror_keys(dice: &mut Dice) -> Vec<Action> {
    let mut actions: Vec<_> = SEATED
        .map(|who| {
            let key = dice.of(&[None, Some(Whom::Own(0)), Some(Whom::Own(1)), Some(Whom::Any(22))]);
            send(who, Call::SetJurorKey { key })
        })
        .collect();
    let posture = posture(dice);
    actions.extend([0, 1].map(|who| Behave { who, posture }));
    actions.extend(infiltrate(dice, Posture::Wrong));
    actions
}

/// Workers of the adversary in the open pool.
fn infiltrators(posture: Posture) -> Vec<Action> {
    let workers = BONDED.start + 2..BONDED.end - 2;
    let mut actions = Vec::new();
    actions.extend(workers.clone().map(|who| Behave { who, posture }));
    actions.extend(workers.clone().map(|who| send(who, Call::JoinPool { pool: OPEN })));
    actions.push(Pass(1));
    actions.extend(workers.map(|who| send(who, Call::GoOnline { slots: 4 })));
    actions.push(Pass(1));
    actions
}

/// Workers of the adversary in the open pool, with something to do there.
fn infiltrate(dice: &mut Dice, posture: Posture) -> Vec<Action> {
    let mut actions = infiltrators(posture);
    if dice.one_in(2) {
        actions.push(Behave { who: SEATED.start, posture });
        actions.push(Behave { who: SEATED.start + 1, posture });
    }
    if dice.one_in(2) {
        actions.push(request(
            Pick::Any(0),
            OPEN,
            dice.byte() % 3,
            trust(dice).max(1),
            tasks(dice),
            lead(dice),
        ));
    }
    actions.push(Pass(dice.of(&[20, 60, 200])));
    actions
}

fn deadline_trap(dice: &mut Dice) -> Vec<Action> {
    let mut actions = infiltrators(Posture::Trap);
    let lead = Lead::Tight(dice.of(&[-8, -4, -2, 0, 2, 4, 8, 16]));
    actions.push(request(
        Pick::Any(0),
        Pick::Any(dice.byte() % 2),
        dice.byte() % 3,
        dice.of(&[2, 4]),
        10,
        lead,
    ));
    actions.push(Pass(90));
    actions
}

fn high_trust(dice: &mut Dice) -> Vec<Action> {
    let pool = Pick::Any(dice.byte() % 2);
    let trust = dice.of(&[100, 10_000, 1_000_000]);
    vec![request(Pick::Any(0), pool, 0, trust, tasks(dice), lead(dice)), Pass(30)]
}

fn full_blocks(dice: &mut Dice) -> Vec<Action> {
    vec![
        request(Pick::Any(0), Pick::Any(dice.byte() % 2), dice.byte() % 3, dice.of(&[1, 4]), 5, lead(dice)),
        Pass(dice.of(&[1, 2, 3, 8])),
        Fill(dice.of(&[2, 20, 60, 180])),
        Pass(dice.of(&[20, 60, 200])),
    ]
}

fn censorship(dice: &mut Dice) -> Vec<Action> {
    let ways = [Authorship::Omit, Authorship::OmitDuties, Authorship::First, Authorship::Last];
    let mut actions = vec![Author(dice.of(&ways))];
    actions.push(request(Pick::Any(0), Pick::Any(dice.byte() % 2), 0, dice.of(&[1, 4]), 10, lead(dice)));
    actions.push(Pass(60));
    actions
}

fn vanishing_app(dice: &mut Dice) -> Vec<Action> {
    let mut actions = infiltrators(Posture::Wrong);
    actions.push(send(RICH, publish(Artefact::Fine, Amount::Tlk(1))));
    actions.push(Pass(1));
    actions.push(request(Pick::Last(0), OPEN, dice.byte() % 3, 4, 4, Lead::Blocks(900)));
    actions.push(Pass(dice.of(&[1, 2, 3, 4, 6, 8])));
    let audience = dice.of(&[Audience::Nobody, Audience::Even, Audience::Odd]);
    actions.push(Serve { item: Item::App(Pick::Last(0)), audience });
    actions.push(Pass(60));
    actions
}

fn chosen_audience(dice: &mut Dice) -> Vec<Action> {
    let posture = dice.of(&[Posture::Lie, Posture::Wrong, Posture::Silent, Posture::Honest]);
    let mut actions = infiltrators(posture);
    actions.push(send(RICH, publish(Artefact::Fine, Amount::Tlk(1))));
    actions.push(send(RICH, Call::PublishDataset { artefact: Artefact::Fine, price: Amount::Tlk(1) }));
    actions.push(Pass(1));
    let last = Pick::Last(0);
    let item = dice.of(&[Item::App(last), Item::Dataset(last)]);
    actions.push(Serve { item, audience: audience(dice) });
    let (trust, tasks) = (dice.of(&[1, 2, 4]), tasks(dice));
    actions.push(send(
        RICH,
        Call::Request {
            app: last,
            dataset: Some(last),
            pool: OPEN,
            category: dice.byte() % 3,
            trust,
            tasks,
            lead: Lead::Blocks(900),
        },
    ));
    actions.push(Pass(dice.of(&[20, 90])));
    actions.push(Serve { item, audience: audience(dice) });
    actions.push(Pass(60));
    actions
}

fn slow_app(dice: &mut Dice) -> Vec<Action> {
    let mut actions = vec![send(RICH, publish(Artefact::Slow, Amount::Zero))];
    actions.extend(own_pool(dice, true, Amount::Tlk(1)));
    let posture = dice.of(&[Posture::Lie, Posture::Wrong]);
    actions.extend(own_workers(8, posture));
    let pool = dice.of(&[Pick::Last(0), OPEN]);
    actions.push(request(Pick::Last(0), pool, 0, dice.of(&[1, 2, 4]), 20, Lead::Blocks(900)));
    actions.push(Pass(90));
    actions
}

fn changing_terms(dice: &mut Dice) -> Vec<Action> {
    let mut actions = own_pool(dice, false, Amount::Tlk(10));
    actions.extend(own_workers(4, dice.of(&[Posture::Honest, Posture::Lie, Posture::Absent])));
    actions.push(Pass(40));
    let (pool, min_bond, min_price) = (Pick::Last(0), amount(dice), amount(dice));
    let (approval, operator_share, stake_ratio) = (dice.one_in(2), 100, 100);
    let policy = Call::SetPoolPolicy { pool, approval, operator_share, stake_ratio, min_bond, min_price };
    actions.push(send(RICH, policy));
    actions.push(send(RICH, Call::SetPoolPrice { pool, category: 0, price: Some(amount(dice)) }));
    actions.push(send(RICH, Call::SetGuaranteeLimit { pool, limit: amount(dice) }));
    actions.push(Pass(40));
    actions
}

fn used_up_guarantees(dice: &mut Dice) -> Vec<Action> {
    let pool = Pick::Any(dice.byte() % 2);
    let mut actions: Vec<_> = (0..8)
        .map(|_| request(Pick::Any(0), pool, 2, dice.of(&[1, 4]), dice.of(&[200, 400]), Lead::Blocks(900)))
        .collect();
    actions.push(Pass(dice.of(&[2, 30])));
    actions.extend((0..8).map(|deal| send(RICH, Call::CancelDeal { deal: Pick::Last(deal) })));
    actions.push(Pass(30));
    actions
}

fn orders(dice: &mut Dice) -> Vec<Action> {
    let (tasks, lead, price) = (tasks(dice), lead(dice), dice.of(&[Amount::Tlk(30), Amount::Tlk(1_000)]));
    let (app, dataset) = (Pick::Any(0), maybe(dice, pick));
    let request = Call::PublishRequestOrder { app, dataset, category: 0, trust: 1, tasks, lead, price };
    let (pool, ordered, sponsor) = (Pick::Any(dice.byte() % 2), dice.one_in(2), dice.one_in(2));
    vec![
        send(RICH, request),
        Pass(1),
        send(1, Call::MatchOrders { pool, ordered, sponsor }),
        Pass(20),
        send(1, Call::MatchOrders { pool, ordered, sponsor }),
        send(RICH, Call::CancelOrder),
        Pass(20),
    ]
}

fn snipers(dice: &mut Dice) -> Vec<Action> {
    // Within the limit of a buyer who wants the cheapest tasks of an honest pool.
    let mut actions = own_pool(dice, false, Amount::Tlk(10));
    actions.extend(own_workers(4, posture(dice)));
    let volume = dice.of(&[1, 100]);
    actions.push(send(
        RICH,
        Call::PublishPoolOrder { pool: Pick::Last(0), category: 0, price: Amount::Tlk(10), volume },
    ));
    for _ in 0..20 {
        let ordered = dice.one_in(2);
        actions.push(send(1, Call::MatchOrders { pool: Pick::Last(0), ordered, sponsor: false }));
        actions.push(Pass(dice.of(&[1, 5, 10])));
    }
    actions
}

fn candidates(dice: &mut Dice) -> Vec<Action> {
    let who = dice.byte() % ATTACKERS;
    vec![
        send(who, Call::Bond { amount: Amount::AllBut(100) }),
        send(who, Call::SetKeys),
        Pass(1),
        send(who, Call::Register { stake: Amount::AllBut(0) }),
        Pass(90),
        send(dice.of(&[who, SEATED.start]), Call::Resign),
        Pass(90),
    ]
}

fn backlog(dice: &mut Dice) -> Vec<Action> {
    let pool = Pick::Any(dice.byte() % 2);
    let requests = 1 + dice.below(20);
    let trust = dice.of(&[1, 4, 1_000_000]);
    let lead = lead(dice);
    let mut actions: Vec<_> = (0..requests)
        .map(|_| request(Pick::Any(0), pool, dice.byte() % 3, trust, tasks(dice), lead))
        .collect();
    actions.push(Pass(100));
    actions
}
