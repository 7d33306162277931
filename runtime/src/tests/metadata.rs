use super::*;
use scale_info::TypeDef;

/// The pallets of this project.
const OURS: [&str; 10] = [
    "Stake",
    "Marketplace",
    "Poco",
    "Groups",
    "Orders",
    "Validators",
    "Audit",
    "Enactment",
    "Bridge",
    "Gateway",
];

/// What a chain says about itself. Some of its constants are in its state.
fn metadata() -> frame_support::__private::metadata_ir::MetadataIR {
    development().execute_with(Runtime::metadata_ir)
}

#[test]
fn names_only_extensions_that_wallets_know() {
    let names: Vec<_> = metadata()
        .extrinsic
        .extensions_v0()
        .into_iter()
        .flatten()
        .map(|extension| extension.identifier)
        .collect();
    assert_eq!(
        names,
        [
            "CheckNonZeroSender",
            "CheckSpecVersion",
            "CheckTxVersion",
            "CheckGenesis",
            "CheckMortality",
            "CheckNonce",
            "CheckWeight",
            "ChargeTransactionPayment",
            "CheckMetadataHash",
            "WeightReclaim",
        ]
    );
}

#[test]
fn is_there_in_each_version_that_clients_read() {
    development().execute_with(|| {
        for version in [14, 15, 16] {
            assert!(Runtime::metadata_versions().contains(&version));
            assert!(Runtime::metadata_at_version(version).is_some_and(|metadata| metadata.len() > 50_000));
        }
    });
}

#[test]
fn tells_clients_what_they_can_ask() {
    let apis = metadata().apis;
    let ours = ["MarketApi", "PocoApi", "GroupsApi", "OrdersApi", "ValidatorsApi", "BridgeApi", "GatewayApi"];
    let others = [
        "Core",
        "AccountNonceApi",
        "TransactionPaymentApi",
        "GenesisBuilder",
        "BeefyApi",
        "BeefyMmrApi",
        "MmrApi",
    ];
    for name in ours.into_iter().chain(others) {
        let api = apis.iter().find(|api| api.name == name).unwrap_or_else(|| panic!("{name} is missing"));
        assert!(!api.methods.is_empty());
    }
}

#[test]
fn keeps_the_numbers_of_the_pallets() {
    let numbers: Vec<_> = metadata().pallets.iter().map(|pallet| (pallet.name, pallet.index)).collect();
    assert_eq!(
        numbers,
        [
            ("System", 0),
            ("Timestamp", 1),
            ("Babe", 2),
            ("Grandpa", 3),
            ("Session", 4),
            ("Authorship", 5),
            ("Historical", 6),
            ("Offences", 7),
            ("Balances", 10),
            ("TransactionPayment", 11),
            ("Beefy", 13),
            ("Mmr", 14),
            ("BeefyMmrLeaf", 15),
            ("Utility", 20),
            ("Proxy", 21),
            ("Multisig", 22),
            ("Stake", 30),
            ("Marketplace", 31),
            ("Poco", 32),
            ("Groups", 33),
            ("Orders", 34),
            ("Validators", 35),
            ("Audit", 36),
            ("Council", 40),
            ("Enactment", 41),
            ("TxPause", 42),
            ("Bridge", 50),
            ("Gateway", 51),
        ]
    );
}

#[test]
fn explains_every_error_and_event_of_ours() {
    let pallets = metadata().pallets;
    for pallet in pallets.into_iter().filter(|pallet| OURS.contains(&pallet.name)) {
        let types = [pallet.error.map(|error| error.ty), pallet.event.map(|event| event.ty)];
        for ty in types.into_iter().flatten().map(|ty| ty.type_info()) {
            let TypeDef::Variant(variants) = ty.type_def else { panic!("{:?} is no enum", ty.path) };
            for variant in variants.variants {
                assert!(!variant.docs.is_empty(), "{}::{} is not explained", pallet.name, variant.name);
            }
        }
    }
}
