//! What strangers hand over: orders, requests, manifests, listings, identifiers. Whatever the bytes, nothing panics and nothing overflows;
//! what can be read has one form, in which it is written again.
//!
//! `PROPTEST_CASES` says how many cases each test tries.

use codec::{Decode, DecodeAll, Encode};
use proptest::{prelude::*, sample::Index};
use talka_primitives::{
    deal::Arguments,
    live::{Asked, Report, Step, MAX_REPORT_BYTES},
    manifest::{Blob, Callback, ExitStatus, Listing, Manifest, OutputFile, Trap, MAX_MANIFEST_BYTES},
    matching::{check_parameters, Request},
    order::{
        order_id, AppOrder, DatasetOrder, Entry, Match, Named, Order, Party, PoolOrder, RequestOrder,
        Restrictions, SignedOrder, Terms,
    },
    text::Text,
    AppId, CategoryId, ContentId, DatasetId, DealId, Digest, GroupId, OrderId, Parameters, PoolId, Salt,
    Tags, TaskId, Trust,
};

type Account = [u8; 32];
type Signature = [u8; 64];

const GENESIS: [u8; 32] = [9; 32];

fn cases(usual: u32) -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => ProptestConfig { cases: usual, ..config },
    }
}

/// Bytes of which small ones are many, so that tags and lengths are often possible.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![3 => 0u8..5, 1 => any::<u8>()];
    proptest::collection::vec(byte, 0..400)
}

/// A change of some bytes: where, and to what; and where they are cut off.
type Damage = (Vec<(Index, u8)>, Option<Index>);

fn damage() -> impl Strategy<Value = Damage> {
    let changes = proptest::collection::vec((any::<Index>(), any::<u8>()), 1..4);
    (changes, proptest::option::weighted(0.2, any::<Index>()))
}

fn damaged(mut bytes: Vec<u8>, (changes, cut): Damage) -> Vec<u8> {
    for (index, value) in changes {
        let at = index.index(bytes.len());
        bytes[at] = value;
    }
    if let Some(cut) = cut {
        bytes.truncate(cut.index(bytes.len()));
    }
    bytes
}

fn text<const N: u32>() -> impl Strategy<Value = Text<N>> {
    "\\PC{0,12}".prop_map(|text: String| text.as_str().try_into().expect("it is short enough"))
}

fn parameters() -> impl Strategy<Value = Parameters> {
    let items = proptest::collection::vec(text::<64>(), 0..10);
    let uris = proptest::collection::vec(text::<256>(), 0..4);
    prop_oneof![
        any::<u64>().prop_map(|first| Parameters::Range { first }),
        items.prop_map(|items| Parameters::List { items: items.try_into().expect("they are few enough") }),
        (any::<[u8; 32]>(), uris, any::<u32>()).prop_map(|(content, uris, first)| Parameters::Lines {
            content: ContentId(content),
            uris: uris.try_into().expect("they are few enough"),
            first,
        }),
    ]
}

fn party() -> impl Strategy<Value = Party<Account>> {
    prop_oneof![
        any::<Account>().prop_map(Party::Account),
        any::<u32>().prop_map(|group| Party::Group(GroupId(group))),
    ]
}

fn restrictions() -> impl Strategy<Value = Restrictions<Account>> {
    use proptest::option::of;
    (of(any::<u32>()), of(any::<u32>()), of(any::<u32>()), of(party()), of(party())).prop_map(
        |(app, dataset, pool, requester, operator)| Restrictions {
            app: app.map(AppId),
            dataset: dataset.map(DatasetId),
            pool: pool.map(PoolId),
            requester,
            operator,
        },
    )
}

fn terms() -> impl Strategy<Value = Terms<Account>> {
    let numbers = (any::<u128>(), any::<u32>(), any::<u64>(), any::<u32>());
    (any::<Account>(), numbers, restrictions(), any::<[u8; 32]>()).prop_map(
        |(signer, (price, volume, tags, expiry), only, salt)| Terms {
            signer,
            price,
            volume,
            tags: Tags(tags),
            only,
            expiry,
            salt: Salt(salt),
        },
    )
}

fn request() -> impl Strategy<Value = RequestOrder<Account>> {
    let arguments = proptest::collection::vec(text::<256>(), 0..4);
    let wanted = (any::<u32>(), proptest::option::of(any::<u32>()), any::<u8>(), any::<u32>());
    let rest = (proptest::option::of(any::<Account>()), any::<u32>());
    (wanted, arguments, parameters(), rest, terms()).prop_map(
        |((app, dataset, category, trust), arguments, parameters, (beneficiary, deadline), terms)| {
            RequestOrder {
                app: AppId(app),
                dataset: dataset.map(DatasetId),
                category: CategoryId(category),
                trust: Trust(trust),
                arguments: arguments.try_into().expect("they are few enough"),
                parameters,
                beneficiary,
                deadline,
                terms,
            }
        },
    )
}

fn order() -> impl Strategy<Value = Order<Account>> {
    let offer = (any::<u32>(), any::<u8>(), any::<u32>(), terms());
    prop_oneof![
        (any::<u32>(), terms()).prop_map(|(app, terms)| Order::App(AppOrder { app: AppId(app), terms })),
        (any::<u32>(), terms()).prop_map(|(dataset, terms)| {
            Order::Dataset(DatasetOrder { dataset: DatasetId(dataset), terms })
        }),
        offer.prop_map(|(pool, category, trust, terms)| {
            let (pool, category, trust) = (PoolId(pool), CategoryId(category), Trust(trust));
            Order::Pool(PoolOrder { pool, category, trust, terms })
        }),
        request().prop_map(Order::Request),
    ]
}

fn blob() -> impl Strategy<Value = Blob> {
    (any::<u64>(), any::<[u8; 32]>()).prop_map(|(size, content)| Blob { size, content: ContentId(content) })
}

fn listing() -> impl Strategy<Value = Listing> {
    let file = (".{0,20}", blob()).prop_map(|(path, blob)| OutputFile { path, blob });
    let files = proptest::collection::vec(file, 0..6);
    let empty = proptest::collection::vec(".{0,20}", 0..3);
    (files, empty).prop_map(|(files, empty_directories)| Listing { files, empty_directories })
}

fn manifest() -> impl Strategy<Value = Manifest> {
    let status = prop_oneof![
        any::<i32>().prop_map(ExitStatus::Exited),
        Just(ExitStatus::OutOfFuel),
        Just(ExitStatus::Trapped(Trap::CallDepth)),
    ];
    let callback = (any::<u64>(), any::<[u8; 32]>()).prop_map(|(size, keccak)| Callback { size, keccak });
    let callback = proptest::option::of(callback);
    let used = (any::<u64>(), any::<u64>());
    (any::<u32>(), status, used, any::<[u8; 32]>(), blob(), callback, blob(), blob()).prop_map(
        |(abi, status, (fuel_used, memory_used), fingerprint, listing, callback, stdout, stderr)| Manifest {
            abi,
            status,
            fuel_used,
            memory_used,
            fingerprint,
            listing,
            callback,
            stdout,
            stderr,
        },
    )
}

fn report() -> impl Strategy<Value = Report> {
    let step = prop_oneof![Just(Step::Waiting), Just(Step::Executing), Just(Step::Ended)];
    let messages = proptest::collection::vec(any::<u8>(), 0..100);
    (step, any::<u64>(), any::<u64>(), messages, any::<u64>()).prop_map(
        |(step, fuel_used, fuel_limit, messages, next)| Report {
            step,
            fuel_used,
            fuel_limit,
            messages,
            next,
        },
    )
}

/// What can be read is written again as it was.
fn has_one_form<T: Decode + Encode>(bytes: &[u8]) -> Result<Option<T>, TestCaseError> {
    let mut rest = bytes;
    let Ok(value) = T::decode(&mut rest) else { return Ok(None) };
    let read = &bytes[..bytes.len() - rest.len()];
    prop_assert_eq!(value.encode(), read.to_vec());
    Ok(Some(value))
}

/// All that is asked of a request before anything is known of the market.
fn is_checked(request: RequestOrder<Account>, now: u32, most: u32) {
    let _ = request.check(now, most);
    let _ = check_parameters(&request.parameters, request.terms.volume);
    let entry = Entry { used: now, ..Entry::default() };
    let _ = entry.left(&request.terms, now, most);
    let _ = request.parameters.of(now, Some("one line\nand another"));
    let _ = request.parameters.part(now, most);
}

proptest! {
    #![proptest_config(cases(3_000))]

    #[test]
    fn bytes_of_strangers_are_read_or_refused(bytes in bytes(), now: u32, most: u32) {
        if let Some(Order::Request(request)) = has_one_form::<Order<Account>>(&bytes)? {
            is_checked(request, now, most);
        }
        has_one_form::<SignedOrder<Order<Account>, Signature>>(&bytes)?;
        has_one_form::<Match<Account, Signature>>(&bytes)?;
        has_one_form::<Named<Account>>(&bytes)?;
        if let Some(request) = has_one_form::<Request<Account>>(&bytes)? {
            is_checked(request.propose([1; 32]).request.order, now, most);
        }
        has_one_form::<Arguments>(&bytes)?;
        has_one_form::<Parameters>(&bytes)?;
        let listing = has_one_form::<Listing>(&bytes)?;
        if let Some(manifest) = has_one_form::<Manifest>(&bytes)? {
            prop_assert!(manifest.encode().len() as u64 <= MAX_MANIFEST_BYTES);
            let _ = manifest.check_with(&listing.unwrap_or_default());
        }
        has_one_form::<Asked<Account>>(&bytes)?;
        has_one_form::<Report>(&bytes)?;
    }

    #[test]
    fn a_damaged_order_is_another_one_or_none(order in order(), damage in damage(), now: u32, most: u32) {
        let bytes = order.encode();
        let damaged = damaged(bytes.clone(), damage);
        let Ok(other) = Order::<Account>::decode_all(&mut damaged.as_slice()) else { return Ok(()) };
        prop_assert_eq!(order_id(&GENESIS, &other) == order_id(&GENESIS, &order), damaged == bytes);
        if let Order::Request(request) = other {
            is_checked(request, now, most);
        }
    }

    #[test]
    fn an_order_s_file_says_what_the_order_says(order in order(), damage in damage()) {
        let text = serde_json::to_string(&order).expect("orders can be written");
        let read: Option<Order<Account>> = serde_json::from_str(&text).ok();
        prop_assert_eq!(read.as_ref(), Some(&order));
        let damaged = damaged(text.into_bytes(), damage);
        if let Ok(other) = serde_json::from_slice::<Order<Account>>(&damaged) {
            let again = serde_json::to_string(&other).expect("orders can be written");
            prop_assert_eq!(serde_json::from_str::<Order<Account>>(&again).ok(), Some(other));
        }
    }

    #[test]
    fn a_damaged_manifest_has_another_digest_or_is_none(manifest in manifest(), damage in damage()) {
        let bytes = manifest.encode();
        let damaged = damaged(bytes.clone(), damage);
        let Ok(other) = Manifest::decode_all(&mut damaged.as_slice()) else { return Ok(()) };
        prop_assert_eq!(other.digest() == manifest.digest(), damaged == bytes);
    }

    #[test]
    fn a_damaged_listing_is_another_one_or_none(
        listing in listing(),
        manifest in manifest(),
        damage in damage(),
    ) {
        let bytes = listing.encode();
        let damaged = damaged(bytes.clone(), damage);
        let Ok(other) = Listing::decode_all(&mut damaged.as_slice()) else { return Ok(()) };
        prop_assert_eq!(other.blob() == listing.blob(), damaged == bytes);
        let named = Manifest { listing: listing.blob(), ..manifest };
        let renamed = Manifest { listing: other.blob(), ..named.clone() };
        prop_assert_eq!(renamed.digest() == named.digest(), damaged == bytes);
        prop_assert!(damaged == bytes || named.check_with(&other).is_err());
    }

    #[test]
    fn a_manifest_s_json_says_what_the_manifest_says(manifest in manifest(), listing in listing()) {
        let text = serde_json::to_string(&(&manifest, &listing)).expect("results can be written");
        prop_assert_eq!(serde_json::from_str::<(Manifest, Listing)>(&text).ok(), Some((manifest, listing)));
    }

    #[test]
    fn a_damaged_report_is_another_one_or_none(report in report(), damage in damage()) {
        let bytes = report.framed();
        let damaged = damaged(bytes.clone(), damage);
        let Some((header, rest)) = damaged.split_first_chunk() else { return Ok(()) };
        let Some(length) = Report::length(*header) else { return Ok(()) };
        prop_assert!(length <= MAX_REPORT_BYTES);
        let Some(read) = rest.get(..length).and_then(Report::read) else { return Ok(()) };
        prop_assert_eq!(read.framed() == bytes, damaged.starts_with(&bytes));
    }

    #[test]
    fn names_are_read_or_refused(text in prop_oneof!["\\PC{0,80}", "(0x)?[0-9a-fA-F]{0,66}", "[0-9]{0,12}\\.?[0-9]{0,12}"]) {
        if let Ok(task) = text.parse::<TaskId>() {
            prop_assert_eq!(task.to_string().parse(), Ok(task));
        }
        if let Ok(digest) = text.parse::<Digest>() {
            prop_assert_eq!(digest.to_string().parse(), Ok(digest));
        }
        if let Ok(order) = text.parse::<OrderId>() {
            prop_assert_eq!(order.to_string().parse(), Ok(order));
        }
        let _ = text.parse::<DealId>();
    }
}
