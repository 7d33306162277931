//! What programs read must not change by accident.

use super::*;

use std::collections::BTreeMap;

use talka_client::{
    balances::Funds,
    broker::{Bought, Lack, Part, Quote, Workforce},
    market::DealMade,
    order::{MultiSignature, SignedOrder},
};
use talka_primitives::{
    asset::{Announced, App, Category, Dataset, Pool, PoolPolicy, RuntimeClass, Tags, Topic},
    audit::{Assurance, Kind},
    bound::{Counts, Findings, Sum},
    bridge::{
        Attestation, BridgeState, Contracts, EthereumAddress, Limits, Message, Outcome as Ended, ResultBody,
        ResultMessage, Withdrawal,
    },
    deal::{Deal, Parameters},
    jury::{Ballot, Jury},
    manifest::{Blob, Callback, ExitStatus, Listing, Manifest, OutputFile, WASM_ABI},
    order::{
        AppOrder, Closed, Entry, Order, OrderSignature, Party, PoolOrder, RequestOrder, Restrictions, Terms,
    },
    task::{Contribution, DeclineReason, Failure, Phase, Role, Span, Stage, Task},
    view::{
        DealView, FindingsView, OrderView, Outcome, PoolStanding, Progress, TaskView, ValidatorView,
        WorkerView,
    },
    AppId, BlockNumber, CategoryId, ContentId, DatasetId, DealId, Deposit, Digest, Group, GroupId, Merit,
    OrderId, PoolId, Rate, Salt, Score, Share, TaskId, Trust, Weight,
};

use crate::{
    follow::Followed,
    results::{Delivery, Fetched, Unfetched},
};

fn who(byte: u8) -> AccountId {
    AccountId::from([byte; 32])
}

fn uris() -> talka_primitives::asset::Uris {
    vec!["file:///app.wasm".try_into().unwrap()].try_into().unwrap()
}

fn app() -> App<AccountId> {
    App {
        owner: who(1),
        price: Some(1_500_000_000),
        name: "value at risk".try_into().unwrap(),
        runtime: RuntimeClass::Wasm { abi: 2 },
        content: ContentId([2; 32]),
        uris: uris(),
        topic: Topic::Finance,
        tags: Tags(0b101),
        description: "what may be lost".try_into().unwrap(),
        deposit: 800_000_000,
    }
}

fn dataset() -> Dataset<AccountId> {
    Dataset {
        owner: who(1),
        price: None,
        name: "rates".try_into().unwrap(),
        content: ContentId([2; 32]),
        uris: uris(),
        topic: Topic::BigData,
        tags: Tags(0),
        description: "".try_into().unwrap(),
        deposit: 700_000_000,
    }
}

fn pool() -> Pool<AccountId> {
    let mut prices = BTreeMap::new();
    prices.insert(CategoryId(0), 25_000_000_000);
    Pool {
        owner: who(4),
        description: "fast".try_into().unwrap(),
        policy: PoolPolicy::default(),
        announced: Some(Announced {
            policy: PoolPolicy { operator_share: Share(9), ..PoolPolicy::default() },
            from: 43_300,
        }),
        guarantee_limit: 500_000_000_000,
        tags: Tags(0),
        prices: prices.try_into().unwrap(),
        deposit: 2_500_000_000,
    }
}

fn worker() -> WorkerView<AccountId> {
    WorkerView {
        account: who(1),
        bond: 1_000_000_000_000,
        locked: 7_500_000_000,
        merit: Merit(3_200_000_000),
        score: Score(3),
        ripe_at: 43_205,
        effective_stake: 666_666_666_666,
        pool: Some(PoolId(4)),
        online: true,
        slots: 2,
        assigned: vec![task(1)],
        peer: "peer://here".try_into().unwrap(),
        last_seen: 9,
        paused_until: 0,
        duty_key: Some(who(2)),
    }
}

fn category() -> Category {
    Category {
        name: "XS".try_into().unwrap(),
        run_time: 30,
        fuel: 1_000,
        memory: 256 << 20,
        audit_rate: Rate(500),
        min_value: 20_000_000,
    }
}

pub(crate) fn deal() -> DealView<AccountId> {
    let deal = Deal {
        requester: who(1),
        payer: who(1),
        beneficiary: who(2),
        app: AppId(3),
        app_owner: who(3),
        app_price: 3_000_000_000,
        dataset: None,
        pool: PoolId(4),
        operator: who(4),
        pool_price: 25_000_000_000,
        operator_share: Share(5),
        worker_stake: 1,
        category_id: CategoryId(0),
        category: category(),
        trust: Trust(4),
        assurance: Assurance::Adjudicated,
        tasks: 8,
        arguments: vec!["--paths".try_into().unwrap(), "10".try_into().unwrap()].try_into().unwrap(),
        parameters: Parameters::Range { first: 0 },
        deadline: 100,
        deposit: Deposit { of: who(1), amount: 3_000_000_000 },
    };
    DealView { id: DealId(7), deal, progress: Progress { queued: 1, open: 2, completed: 4, failed: 1 } }
}

/// The same deal, restricted to its pool.
fn restricted(assurance: Assurance) -> Deal<AccountId> {
    Deal { assurance, ..deal().deal }
}

pub(crate) fn task(index: u32) -> TaskId {
    TaskId { deal: DealId(7), index }
}

pub(crate) fn completed(at: BlockNumber) -> Outcome {
    Outcome::Completed { digest: Digest([5; 32]), assurance: Assurance::Adjudicated, at }
}

/// A result on the disk.
pub(crate) fn fetched(index: u32) -> Fetched {
    Fetched {
        task: task(index).to_string(),
        digest: Digest([5; 32]),
        directory: format!("out/{index}").into(),
        status: ExitStatus::Exited(0),
        fuel_used: 12,
        memory_used: 1_114_112,
        files: 1,
        bytes: 3,
        callback: None,
        last_lines: Vec::new(),
    }
}

fn outcomes(at: BlockNumber) -> Vec<OutcomeOut> {
    let completed = completed(at);
    let failed = Outcome::Failed { reason: Failure::Declined(DeclineReason::AppUnavailable), at };
    vec![OutcomeOut::new(task(0), completed), OutcomeOut::new(task(1), failed)]
}

fn terms(price: u128, volume: u32) -> Terms<AccountId> {
    let only = Restrictions {
        pool: Some(PoolId(4)),
        requester: Some(Party::Group(GroupId(2))),
        operator: Some(Party::Account(who(4))),
        ..Restrictions::default()
    };
    Terms { signer: who(3), price, volume, tags: Tags(0b1), only, expiry: 1_000, salt: Salt([9; 32]) }
}

fn pool_order() -> Order<AccountId> {
    let free = Terms { only: Restrictions::default(), tags: Tags(0), ..terms(25_000_000_000, 100) };
    PoolOrder { pool: PoolId(4), category: CategoryId(0), trust: Trust(8), terms: free }.into()
}

fn request_order() -> Order<AccountId> {
    RequestOrder {
        app: AppId(3),
        dataset: Some(DatasetId(0)),
        category: CategoryId(7),
        trust: Trust(4),
        arguments: vec!["--paths".try_into().unwrap()].try_into().unwrap(),
        parameters: Parameters::List { items: vec!["a".try_into().unwrap()].try_into().unwrap() },
        beneficiary: Some(who(2)),
        deadline: 90,
        terms: terms(30_000_000_000, 1),
    }
    .into()
}

fn made(deal: u32, tasks: u32) -> DealMade {
    let block = BlockId { number: 9, hash: [0; 32].into() };
    DealMade { deal: DealId(deal), pool: PoolId(4), payer: who(1), tasks, price: 28_000_000_000, block }
}

#[test]
fn forms_of_orders_and_groups_are_what_they_were() {
    let names = BTreeMap::from([(CategoryId(0), "XS".to_owned())]);
    let id = OrderId([6; 32]);
    let app = AppOrder { app: AppId(3), terms: terms(3_000_000_000, 10) };
    let entry = Entry { used: 10, ..Entry::default() };
    let used_up = OrderOut::new(id, app.into(), &names).with_state(entry, Err(Closed::Consumed));
    let entry = Entry { cancelled: true, ..Entry::default() };
    let request = OrderOut::new(id, request_order(), &names).with_state(entry, Err(Closed::Cancelled));
    let listed = OrderOut::published(id, OrderView { order: pool_order(), left: 60 }, &names);
    let signed = SignedOrder {
        genesis: [9; 32].into(),
        id,
        order: pool_order(),
        signature: OrderSignature::Raw(MultiSignature::Sr25519([7; 64])),
    };
    let group = Group { owner: who(1), name: "our own".try_into().unwrap(), members: 2 };
    let bought = [Bought { made: made(7, 2), first: 0 }, Bought { made: made(8, 1), first: 2 }];
    let followed = |progress, outcomes: &[(TaskId, Outcome)]| Followed {
        block: BlockId { number: 20, hash: [0; 32].into() },
        progress,
        outcomes: outcomes.iter().copied().collect(),
        winners: BTreeMap::new(),
    };
    let completed = completed(9);
    let failed = Outcome::Failed { reason: Failure::NoConsensus, at: 9 };
    let all = followed(
        Progress { completed: 2, ..Progress::default() },
        &[(task(0), completed), (task(1), completed)],
    );
    let none = followed(
        Progress { failed: 1, ..Progress::default() },
        &[(TaskId { deal: DealId(8), index: 0 }, failed)],
    );
    let backing = Some(Backing::of(&deal().deal));
    let reports = vec![DealReport::new(&bought[0], backing, &all), DealReport::new(&bought[1], None, &none)];
    let unsuccessful = Fetched {
        status: ExitStatus::Exited(3),
        last_lines: vec!["thread 'main' panicked at src/main.rs:7:".into(), "a number".into()],
        ..fetched(1)
    };
    let delivery = Delivery {
        results: vec![fetched(0), unsuccessful],
        unfetched: vec![Unfetched {
            task: "7.2".into(),
            error: "no worker is known that serves the result of 7.2".into(),
            hint: "try again later".into(),
        }],
    };

    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!("output-order-app", both(&used_up));
        insta::assert_snapshot!("output-order-request", both(&request));
        insta::assert_snapshot!("output-orders", both(&List(vec![listed])));
        insta::assert_snapshot!("output-order-signed", both(&SignedOut(signed)));
        let published = PublishedOut { id, deposit: talka_client::Tlk(700_000_000) };
        insta::assert_snapshot!("output-order-published", both(&published));
        insta::assert_snapshot!("output-order-matched", both(&MatchedOut::new(made(7, 2), backing)));
        let restricted = Some(Backing::of(&restricted(Assurance::Internal)));
        insta::assert_snapshot!("output-order-matched-restricted", both(&MatchedOut::new(made(7, 2), restricted)));
        insta::assert_snapshot!("output-groups", both(&List(vec![GroupOut::new(GroupId(2), group.clone())])));
        let shown = GroupOut::new(GroupId(2), group).with_accounts(vec![who(1), who(2)]);
        insta::assert_snapshot!("output-group", both(&shown));
        insta::assert_snapshot!("output-bought", both(&BoughtOut::new(&bought, &[backing, None])));
        let report = Report::new(reports, std::time::Duration::from_secs(2), Some(delivery));
        insta::assert_snapshot!("output-report", both(&report));
        let report = Report::new(Vec::new(), std::time::Duration::from_secs(2), None);
        insta::assert_snapshot!("output-report-without-results", both(&report));
    });
}

/// Three workers without merit for tasks that take two of them and an auditor.
fn workforce(online: u32) -> Workforce {
    let standing =
        PoolStanding { online, free_slots: 2 * online, median_blocks: Some(6), ..PoolStanding::default() };
    Workforce {
        standing,
        able: online,
        fresh: Some(2),
        fewest: (online >= 2).then_some(2),
        most: (online >= 2).then_some(2),
        stake: 200_000_000_000,
        audited: true,
        elsewhere: None,
    }
}

#[test]
fn forms_of_quotes_are_what_they_were() {
    let at = BlockId { number: 9, hash: [0; 32].into() };
    let second = std::time::Duration::from_secs(2);
    let part = |online| {
        let deal = deal().deal;
        Part { first: 0, deposit: deal.deposit.amount, deal, workforce: workforce(online) }
    };
    let passed_over = BTreeMap::from([(PoolId(1), Lack::Online)]);
    let served = Quote { parts: vec![part(3)], passed_over };
    let refused = Quote { parts: vec![part(1)], passed_over: BTreeMap::new() };
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!("output-quote", both(&QuoteOut::new(&served, at, second, None)));
        insta::assert_snapshot!("output-quote-refused", both(&QuoteOut::new(&refused, at, second, Some(1))));
        let internal = Part { deal: restricted(Assurance::Internal), ..part(3) };
        let unaudited = Part {
            first: 8,
            deal: restricted(Assurance::Unaudited),
            workforce: Workforce { audited: false, ..workforce(2) },
            ..part(2)
        };
        let quote = Quote { parts: vec![internal, unaudited], passed_over: BTreeMap::new() };
        insta::assert_snapshot!("output-quote-restricted", both(&QuoteOut::new(&quote, at, second, None)));
    });
}

#[test]
fn a_lower_assurance_of_a_restricted_deal_is_told_wherever_it_is_bought() {
    for (assurance, word) in [(Assurance::Unaudited, "unaudited"), (Assurance::Internal, "internal")] {
        let why = restricted_to(assurance).unwrap();
        let at = BlockId { number: 9, hash: [0; 32].into() };
        let deal = restricted(assurance);
        let backing = Some(Backing::of(&deal));
        let view = DealView { deal: deal.clone(), ..self::deal() };
        let quote = Quote {
            parts: vec![Part { first: 0, deposit: deal.deposit.amount, deal, workforce: workforce(3) }],
            passed_over: BTreeMap::new(),
        };
        let bought = [Bought { made: made(7, 2), first: 0 }];
        let told = [
            both(&QuoteOut::new(&quote, at, std::time::Duration::from_secs(2), None)),
            both(&MatchedOut::new(made(7, 2), backing)),
            both(&BoughtOut::new(&bought, &[backing])),
            both(&DealOut::new(view)),
        ];
        for told in told {
            assert!(told.contains(word) && told.matches(why).count() == 2, "{told}");
        }
    }
}

/// The same task, and a jury at work.
fn disputed(task: Task<AccountId>) -> Task<AccountId> {
    let mut jury = Jury::after(None, vec![who(5), who(6), who(7)], 3, 90);
    jury.revealing = true;
    jury.seats[1].ballot = Ballot::Committed { result: Default::default(), seal: Default::default() };
    jury.seats[2].ballot = Ballot::Revealed { digest: Digest([5; 32]) };
    Task { phase: Phase::Disputed, jury: Some(jury), ..task }
}

fn findings() -> Vec<FindingsView> {
    let sum = |count| Sum { count, value: 100_000_000 * u128::from(count) };
    let found = |category, assurance, accepted, audited, undecided| FindingsView {
        kind: Kind { category: CategoryId(category), assurance },
        findings: Findings {
            priced: Counts {
                accepted: sum(accepted),
                audited: sum(audited),
                wrong: sum(0),
                undecided: sum(undecided),
            },
            cheap: Counts { accepted: Sum { count: 3, value: 1_000_000 }, ..Counts::default() },
        },
    };
    vec![
        found(0, Assurance::Unverified, 12, 0, 0),
        found(0, Assurance::Replicated, 40, 0, 0),
        found(0, Assurance::Adjudicated, 200_000, 10_000, 0),
        found(1, Assurance::Adjudicated, 200_000, 10_000, 1),
        found(2, Assurance::Adjudicated, 7, 0, 0),
    ]
}

/// Both forms of one output.
fn both(output: &impl Output) -> String {
    let json = serde_json::to_string_pretty(output).unwrap();
    format!("{}\n\n{json}", output.text().trim_end())
}

#[test]
fn forms_are_what_they_were() {
    let (dataset, pool, worker) = (dataset(), pool(), worker());
    let names = BTreeMap::from([(CategoryId(0), "XS".to_owned())]);
    let contribution =
        |worker, role, stage| Contribution { worker: who(worker), role, locked: 7_500_000_000, stage };
    let stages = vec![
        contribution(1, Role::Alone { rate: Rate(2_000) }, Stage::Assigned { weight: Weight(2), until: 9 }),
        contribution(2, Role::Auditor, Stage::Revealed { weight: Weight(2) }),
    ];
    let mut open = Task::new(Trust(4), Assurance::Adjudicated, 25_000_000_000, Span::new(10, 100, 10));
    open.phase = Phase::Revealing { result: Default::default(), until: 9, digest: Some(Digest([5; 32])) };
    open.contributions = stages.try_into().unwrap();
    let blob = Blob { size: 3, content: ContentId([2; 32]) };
    let files = ["a/b", "callback"].map(|path| OutputFile { path: path.into(), blob });
    let listing = Listing { files: files.into(), empty_directories: Vec::new() };
    let manifest = Manifest {
        abi: WASM_ABI,
        status: ExitStatus::Exited(0),
        fuel_used: 12,
        memory_used: 65_536,
        fingerprint: [8; 32],
        listing: listing.blob(),
        callback: Some(Callback { size: 3, keccak: [9; 32] }),
        stdout: blob,
        stderr: blob,
    };

    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!("output-app", both(&AppOut::new(AppId(3), app())));
        insta::assert_snapshot!("output-apps", both(&List(vec![AppOut::new(AppId(3), app())])));
        insta::assert_snapshot!("output-dataset", both(&DatasetOut::new(DatasetId(0), dataset)));
        insta::assert_snapshot!("output-pools", both(&List(vec![PoolOut::new(PoolId(4), pool.clone(), &names)])));
        let standing = PoolStanding {
            online: 3,
            free_slots: 5,
            waiting: 2,
            completed: 40,
            failed: 1,
            median_blocks: Some(6),
            guaranteed: 7_500_000_000,
        };
        let pool = PoolOut::new(PoolId(4), pool, &names).with_standing(standing).offered_to(Some(who(5)));
        insta::assert_snapshot!("output-pool", both(&pool));
        insta::assert_snapshot!("output-categories", both(&List(vec![CategoryOut::new(CategoryId(0), category())])));
        insta::assert_snapshot!("output-deal", both(&DealOut::new(deal()).with_outcomes(outcomes(9))));
        insta::assert_snapshot!("output-deals", both(&List(vec![DealOut::new(deal())])));
        insta::assert_snapshot!("output-task", both(&TaskOut::new(task(0), TaskView::Open(open.clone()))));
        let disputed = TaskOut::new(task(0), TaskView::Open(disputed(open)));
        insta::assert_snapshot!("output-task-disputed", both(&disputed));
        let failed = Outcome::Failed { reason: Failure::NoVerdict, at: 9 };
        insta::assert_snapshot!("output-task-failed", both(&TaskOut::new(task(0), TaskView::Ended(failed))));
        let stats = StatsOut::new(findings(), &names);
        insta::assert_snapshot!("output-stats", both(&stats));
        insta::assert_snapshot!("output-stats-none", both(&StatsOut::new(Vec::new(), &names)));
        insta::assert_snapshot!("output-worker", both(&WorkerOut::new(worker.clone()).agreed(false)));
        let validator = ValidatorView {
            who: who(1),
            stake: 10_000_000_000_000,
            score: Score(300),
            effective_stake: 9_900_000_000_000,
            missed: 1,
            candidate: true,
            seated: true,
            announced: false,
            authored: 12,
            juror_key: None,
        };
        insta::assert_snapshot!("output-validator", both(&ValidatorOut::new(validator.clone())));
        insta::assert_snapshot!("output-validators", both(&List(vec![ValidatorOut::new(validator)])));
        insta::assert_snapshot!("output-workers", both(&List(vec![WorkerOut::new(worker)])));
        let at = BlockId { number: 9, hash: [0; 32].into() };
        let funds = Funds { free: 1, held: 1_000_000_000 };
        insta::assert_snapshot!("output-account", both(&AccountOut::new(who(1), funds, 0, at)));
        insta::assert_snapshot!("output-created", both(&Created { kind: "app", id: AppId(3) }));
        let manifest = ManifestOut::new(task(0), manifest.digest(), &manifest, &listing);
        insta::assert_snapshot!("output-manifest", serde_json::to_string_pretty(&manifest).unwrap());
    });
}

fn bridge() -> (BridgeState, Contracts) {
    let contracts =
        Contracts { chain_id: 1, vault: EthereumAddress([0x11; 20]), gateway: EthereumAddress([0x22; 20]) };
    let attestation = |deposits| Attestation { deposits, accumulator: [3; 32] };
    let state = BridgeState {
        contracts: Some(contracts),
        credited: attestation(12),
        accepted: attestation(14),
        limits: Limits { bucket: 100_000_000_000_000, withdrawal: 10_000_000_000_000 },
        available: 99_500_000_000_000,
        backed: 480_000_000_000,
        parked: 1_500_000_000,
        message_price: 100_000_000,
        messages: 1,
        outbox_root: [4; 32],
    };
    (state, contracts)
}

fn vault() -> VaultOut {
    VaultOut {
        deposits: 15,
        final_deposits: 14,
        locked: Tlk(500_000_000_000),
        minimum_deposit: Tlk(1_000_000_000),
        cap: Tlk(1_000_000_000_000_000),
        claim_limit: Tlk(10_000_000_000_000),
        claimable_now: Tlk(99_000_000_000_000),
        paused_until: None,
        imported_block: 870,
    }
}

#[test]
fn forms_of_the_bridge_are_what_they_were() {
    let ((state, contracts), to) = (bridge(), EthereumAddress([0x33; 20]));
    let at = BlockId { number: 900, hash: [0; 32].into() };
    let withdrawal =
        Message::Withdrawal(Withdrawal { index: 7, to, amount: 5_000_000_000, tip: 100_000_000 });
    let body = ResultBody {
        call: [6; 32],
        outcome: Ended::Completed,
        assurance: Assurance::Adjudicated,
        error_bound: 900,
        digest: Digest([5; 32]),
        payload_hash: [7; 32],
    };
    let result = Message::Result(ResultMessage { index: 8, body });
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "../snapshots" }, {
        let out = BridgeOut::new(&state, contracts, at, Some(vault()));
        insta::assert_snapshot!("output-bridge", both(&out));
        insta::assert_snapshot!("output-bridge-withdrawal", both(&MessageOut::new(withdrawal, MessageState::Provable)));
        let waiting = MessageState::Waiting { imported: 870 };
        insta::assert_snapshot!("output-bridge-result", both(&MessageOut::new(result, waiting)));
        let deposit = DepositOut { nonce: 14, state: DepositState::Attested, votes: 2, seats: 4, waits_for_others: false };
        insta::assert_snapshot!("output-bridge-deposit", both(&deposit));
    });
}

#[test]
fn a_bridge_whose_ethereum_nobody_has_asked_says_nothing_of_it_and_a_pause_is_told() {
    let (state, contracts) = bridge();
    let at = BlockId { number: 900, hash: [0; 32].into() };
    let alone = both(&BridgeOut::new(&state, contracts, at, None));
    assert!(!alone.contains("locked") && !alone.contains("ethereum\":"), "{alone}");
    let paused = VaultOut { paused_until: Some(1_800_000_000), ..vault() };
    let paused = BridgeOut::new(&state, contracts, at, Some(paused)).text();
    assert!(paused.contains("until 1800000000 (seconds since 1970)"), "{paused}");
}

#[test]
fn what_is_parked_for_an_account_is_told_with_what_to_do() {
    let at = BlockId { number: 9, hash: [0; 32].into() };
    let text = AccountOut::new(who(1), Funds::default(), 2_000_000_000, at).text();
    assert!(text.contains("2 TLK from Ethereum: `talka bridge claim-parked` credits them"), "{text}");
}

/// A row of a table.
struct Sale(u32, &'static str, u32);

impl Row for Sale {
    const TITLES: &'static [&'static str] = &["ID>", "NAME", "PRICE>"];

    fn cells(&self) -> Vec<String> {
        vec![self.0.to_string(), self.1.into(), self.2.to_string()]
    }
}

#[test]
fn aligns_the_columns_of_a_table() {
    let sales = [Sale(1, "a", 10), Sale(22, "日本 b\n", 5)];
    assert_eq!(table(&sales, None), "ID  NAME      PRICE\n 1  a            10\n22  日本 b\\n      5\n");
}

#[test]
fn fits_tables_to_the_terminal_and_loses_nothing() {
    let names = [
        "short",
        "a name of several words that is too long",
        "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
    ];
    let sales: Vec<_> = names.into_iter().map(|name| Sale(1, name, 1_000_000)).collect();
    for columns in 20..150 {
        let text = table(&sales, Some(columns));
        assert!(text.lines().all(|line| line.chars().count() <= columns.into()), "{columns}:\n{text}");
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
        assert_eq!(letters(&text), letters(&table(&sales, None)), "{columns}:\n{text}");
    }
    assert_eq!(table(&sales, Some(150)), table(&sales, None));
}

#[test]
fn one_is_not_several() {
    assert_eq!(["task", "file"].map(|thing| counted(1u32, thing)), ["1 task", "1 file"]);
    assert_eq!([0u32, 2, 24].map(|number| counted(number, "task")), ["0 tasks", "2 tasks", "24 tasks"]);
}

/// What is printed for people, with this text wherever strangers write one.
fn printed(text: &str) -> Vec<String> {
    let names = BTreeMap::from([(CategoryId(0), text.to_owned()), (CategoryId(7), text.to_owned())]);
    let uris: talka_primitives::asset::Uris = vec![text.try_into().unwrap()].try_into().unwrap();
    let app = App { name: text.try_into().unwrap(), description: text.try_into().unwrap(), uris, ..app() };
    let dataset = Dataset {
        name: text.try_into().unwrap(),
        description: text.try_into().unwrap(),
        uris: app.uris.clone(),
        ..dataset()
    };
    let pool = Pool { description: text.try_into().unwrap(), ..pool() };
    let category = Category { name: text.try_into().unwrap(), ..category() };
    let group = Group { owner: who(1), name: text.try_into().unwrap(), members: 2 };
    let worker = WorkerView { peer: text.try_into().unwrap(), ..worker() };
    let DealView { id, deal, progress } = deal();
    let arguments: talka_primitives::deal::Arguments = vec![text.try_into().unwrap()].try_into().unwrap();
    let deal = DealView { id, deal: Deal { category: category.clone(), arguments, ..deal }, progress };
    let order = OrderOut::new(OrderId([6; 32]), request_order(), &names);
    let delivery = Delivery {
        results: vec![Fetched { directory: text.into(), ..fetched(0) }],
        unfetched: vec![Unfetched { task: "7.1".into(), error: text.into(), hint: text.into() }],
    };
    let report = Report::new(Vec::new(), std::time::Duration::from_secs(2), Some(delivery));
    vec![
        AppOut::new(AppId(3), app.clone()).text(),
        List(vec![AppOut::new(AppId(3), app)]).text(),
        DatasetOut::new(DatasetId(0), dataset.clone()).text(),
        List(vec![DatasetOut::new(DatasetId(0), dataset)]).text(),
        PoolOut::new(PoolId(4), pool.clone(), &names).text(),
        List(vec![PoolOut::new(PoolId(4), pool, &names)]).text(),
        List(vec![CategoryOut::new(CategoryId(0), category)]).text(),
        List(vec![GroupOut::new(GroupId(2), group)]).text(),
        WorkerOut::new(worker).text(),
        DealOut::new(deal).with_outcomes(outcomes(9)).text(),
        order.text(),
        StatsOut::new(findings(), &names).text(),
        report.text(),
    ]
}

#[test]
fn no_text_of_a_stranger_writes_lines_of_its_own_or_is_obeyed_by_the_terminal() {
    let lines = |texts: Vec<String>| texts.iter().map(|text| text.lines().count()).collect::<Vec<_>>();
    let hostile = printed("a\n\u{1b}[2J\u{202e}");
    for text in &hostile {
        let shown = text.contains(r"a\n\u{1b}[2J\u{202e}");
        assert!(shown && text.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{text:?}");
    }
    assert_eq!(lines(hostile), lines(printed("a")));
}
