//! What transactions are written by: the metadata that this program was made with, and not what a node says.
//!
//! A node that gives calls other numbers would otherwise let somebody sign another call than was meant: calls of equal shape
//! can be exchanged, and their shape is all that subxt compares. So both write the transaction, and it is signed only if they
//! write the same. What is signed names the version of the encoding (`transaction_version`), and is good for no runtime that
//! has another one: there a node cannot make it mean something else.

use std::sync::LazyLock;

use subxt::{
    client::{
        ClientAtBlock, OfflineClient, OfflineClientAtBlock, OfflineClientAtBlockImpl, OfflineClientAtBlockT,
    },
    config::{substrate::SpecVersionForRange, DefaultExtrinsicParams, SubstrateConfig},
    ext::scale_decode::DecodeAsType as _,
    transactions::{Payload, SignableTransaction},
    utils::MultiSignature,
    ArcMetadata, Metadata,
};

use crate::{
    api::runtime_types::sp_version::RuntimeVersion,
    block::BlockHash,
    client::Config,
    error::{Error, Fatal},
    AccountId,
};

/// A transaction that can be signed.
pub(crate) type Signable<'call, Call> =
    SignableTransaction<'call, Config, OfflineClientAtBlockImpl<Config>, Call>;

static METADATA: LazyLock<ArcMetadata> = LazyLock::new(|| {
    let metadata = Metadata::decode_from(include_bytes!("../metadata.scale"));
    metadata.expect("`build.rs` has read it").arc()
});

/// The version of the encoding of transactions that this program writes.
static TRANSACTION_VERSION: LazyLock<u32> = LazyLock::new(|| {
    let system = METADATA.pallet_by_name("System").expect("every runtime has it");
    let version = system.constant_by_name("Version").expect("every runtime has it");
    RuntimeVersion::decode_as_type(&mut version.value(), version.ty(), METADATA.types())
        .expect("its type was generated from the same metadata")
        .transaction_version
});

/// Write a call as a transaction for the runtime of a node, if that is what the node would write.
///
/// # Errors
///
/// [`Fatal::Incompatible`] where it is not.
pub(crate) fn signable<'call, Call: Payload, Client: OfflineClientAtBlockT<Config>>(
    node: &ClientAtBlock<Config, Client>,
    genesis: BlockHash,
    call: &'call Call,
    params: impl Fn() -> DefaultExtrinsicParams<Config>,
) -> Result<Signable<'call, Call>, Error> {
    let (theirs, ours) = (node.transaction_version(), *TRANSACTION_VERSION);
    if theirs != ours {
        let why =
            format!("it takes transactions of version {theirs}, and this program writes version {ours}");
        return Err(Fatal::Incompatible(why).into());
    }
    let own = own(&METADATA, genesis, node.spec_version())?;
    let signable = own.transactions().create_signable_offline(call, params()).map_err(Error::subxt)?;
    let as_node = node.transactions().create_signable_offline(call, params()).map_err(Error::subxt)?;
    let payloads = (signable.signer_payload(), as_node.signer_payload());
    if payloads.0.map_err(Error::subxt)? != payloads.1.map_err(Error::subxt)? {
        let why = format!("it writes {}.{} in another way", call.pallet_name(), call.call_name());
        return Err(Fatal::Incompatible(why).into());
    }
    Ok(signable)
}

/// A transaction with zeros in the place of its signature: to ask a node about, which could send what is signed.
pub(crate) fn unsigned<Call: Payload>(
    transaction: &mut Signable<'_, Call>,
    account: AccountId,
) -> Result<Vec<u8>, Error> {
    let place = MultiSignature::Sr25519([0; 64]);
    let transaction = transaction.sign_with_account_and_signature(&account, &place);
    Ok(transaction.map_err(Error::subxt)?.into_encoded())
}

/// A chain as this metadata describes it, whatever the block.
fn own(
    metadata: &ArcMetadata,
    genesis: BlockHash,
    spec_version: u32,
) -> Result<OfflineClientAtBlock<Config>, Error> {
    let version = SpecVersionForRange {
        block_range: 0..u64::MAX,
        spec_version,
        transaction_version: *TRANSACTION_VERSION,
    };
    let config = SubstrateConfig::builder()
        .set_genesis_hash(genesis)
        .set_spec_version_for_block_ranges([version])
        .set_metadata_for_spec_versions([(spec_version, metadata.clone())])
        .build();
    OfflineClient::new_with_config(config).at_block(0u64).map_err(Error::subxt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api;
    use codec::{Decode as _, Encode as _};
    use scale_info::{form::PortableForm, TypeDef, Variant};
    use subxt::{
        config::DefaultExtrinsicParamsBuilder,
        ext::frame_metadata::{RuntimeMetadata, RuntimeMetadataPrefixed},
        utils::MultiAddress,
    };

    const SPEC_VERSION: u32 = 1;

    fn genesis() -> BlockHash {
        [7; 32].into()
    }

    /// What a node says that has changed the variants of a type.
    fn changed(
        type_of: impl Fn(&Metadata) -> u32,
        change: impl FnOnce(&mut Vec<Variant<PortableForm>>),
    ) -> ArcMetadata {
        let mut metadata = Metadata::decode_from(include_bytes!("../metadata.scale")).unwrap();
        let id = type_of(&metadata) as usize;
        let TypeDef::Variant(variants) = &mut metadata.types_mut().types[id].ty.type_def else {
            panic!("it has variants")
        };
        change(&mut variants.variants);
        metadata.arc()
    }

    fn calls(pallet: &'static str) -> impl Fn(&Metadata) -> u32 {
        move |metadata| metadata.pallet_by_name(pallet).unwrap().call_ty_id().unwrap()
    }

    fn exchange(variants: &mut [Variant<PortableForm>], [one, other]: [&str; 2]) {
        let place = |name: &str| variants.iter().position(|variant| variant.name == name).unwrap();
        let (one, other) = (place(one), place(other));
        let index = variants[one].index;
        variants[one].index = variants[other].index;
        variants[other].index = index;
    }

    fn sign<Call: Payload>(node: &ArcMetadata, call: &Call) -> Result<Vec<u8>, Error> {
        let params = || DefaultExtrinsicParamsBuilder::new().nonce(3).build();
        let node = own(node, genesis(), SPEC_VERSION)?;
        signable(&node, genesis(), call, params)?.signer_payload().map_err(Error::subxt)
    }

    fn is_refused<T: std::fmt::Debug>(result: Result<T, Error>) {
        assert!(matches!(result, Err(Error::Fatal(Fatal::Incompatible(_)))), "{result:?}");
    }

    #[test]
    fn a_call_is_written_by_the_numbers_that_this_program_knows() {
        let heartbeat = sign(&METADATA, &api::tx().poco().heartbeat()).unwrap();
        let poco = METADATA.pallet_by_name("Poco").unwrap();
        let index = poco.call_variant_by_name("heartbeat").unwrap().index;
        assert_eq!(heartbeat[..2], [poco.call_index(), index]);
    }

    #[test]
    fn a_node_that_has_exchanged_two_calls_of_equal_shape_gets_no_signature() {
        let node = changed(calls("Poco"), |calls| exchange(calls, ["heartbeat", "go_offline"]));
        // Nothing that subxt compares tells them apart.
        for call in ["heartbeat", "go_offline"] {
            let hash = |metadata: &Metadata| metadata.pallet_by_name("Poco").unwrap().call_hash(call);
            assert_eq!(hash(&METADATA), hash(&node));
        }
        is_refused(sign(&node, &api::tx().poco().heartbeat()));
        is_refused(sign(&node, &api::tx().poco().go_offline()));
        // What is not concerned goes on.
        assert!(sign(&node, &api::tx().stake().bond(1)).is_ok());
    }

    #[test]
    fn a_node_that_has_exchanged_two_pallets_gets_no_signature() {
        let mut said =
            RuntimeMetadataPrefixed::decode(&mut &include_bytes!("../metadata.scale")[..]).unwrap();
        let RuntimeMetadata::V16(metadata) = &mut said.1 else { panic!("it is of another version") };
        let place = |name: &str| metadata.pallets.iter().position(|pallet| pallet.name == name).unwrap();
        let (stake, audit) = (place("Stake"), place("Audit"));
        let index = metadata.pallets[stake].index;
        metadata.pallets[stake].index = metadata.pallets[audit].index;
        metadata.pallets[audit].index = index;
        let node = Metadata::decode_from(&said.encode()).unwrap().arc();
        is_refused(sign(&node, &api::tx().stake().bond(1)));
    }

    #[test]
    fn a_node_that_reads_an_argument_otherwise_gets_no_signature() {
        let address = |metadata: &Metadata| {
            let is_address = |path: &[String]| path.last().is_some_and(|name| name == "MultiAddress");
            metadata.types().types.iter().find(|ty| is_address(&ty.ty.path.segments)).unwrap().id
        };
        let node = changed(address, |forms| exchange(forms, ["Id", "Raw"]));
        let to = MultiAddress::from(AccountId::from([1; 32]));
        let call = api::tx().balances().transfer_keep_alive(to, 5);
        assert!(sign(&METADATA, &call).is_ok());
        is_refused(sign(&node, &call));
    }

    #[test]
    fn a_question_for_a_fee_has_no_signature() {
        let key = subxt_signer::sr25519::dev::alice();
        let call = api::tx().stake().bond(1);
        let node = own(&METADATA, genesis(), SPEC_VERSION).unwrap();
        let params = || DefaultExtrinsicParamsBuilder::new().nonce(3).build();
        let mut transaction = signable(&node, genesis(), &call, params).unwrap();
        let unsigned = unsigned(&mut transaction, key.public_key().0.into()).unwrap();
        let signed = transaction.sign(&key).unwrap().into_encoded();
        assert_eq!(unsigned.len(), signed.len());
        let differ: Vec<_> = (0..signed.len()).filter(|at| signed[*at] != unsigned[*at]).collect();
        assert!(differ.len() > 32 && differ.iter().all(|at| unsigned[*at] == 0));
    }

    #[test]
    fn a_runtime_with_another_encoding_of_transactions_gets_no_signature() {
        let next = SpecVersionForRange {
            block_range: 0..u64::MAX,
            spec_version: SPEC_VERSION + 1,
            transaction_version: *TRANSACTION_VERSION + 1,
        };
        let config = SubstrateConfig::builder()
            .set_genesis_hash(genesis())
            .set_spec_version_for_block_ranges([next])
            .set_metadata_for_spec_versions([(SPEC_VERSION + 1, METADATA.clone())])
            .build();
        let node = OfflineClient::new_with_config(config).at_block(0u64).unwrap();
        let call = api::tx().poco().heartbeat();
        let params = || DefaultExtrinsicParamsBuilder::new().nonce(3).build();
        is_refused(signable(&node, genesis(), &call, params).map(|_| ()));
    }
}
