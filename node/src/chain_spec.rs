//! The networks that the node knows by name.

use sc_service::{ChainType, Properties};
use serde::{Deserialize, Serialize};
use talka_runtime::{
    constants::currency::{DECIMALS, SYMBOL},
    genesis::{development, local, testnet},
    opaque::Block,
    WASM_BINARY,
};

use crate::error::NodeError;

/// What a specification carries for the node beside the genesis.
#[derive(Clone, Default, Serialize, Deserialize, sc_chain_spec::ChainSpecExtension)]
#[serde(rename_all = "camelCase")]
pub struct Extensions {
    /// Blocks that the chain is known to contain.
    pub fork_blocks: sc_client_api::ForkBlocks<Block>,
    /// Blocks that the chain is known not to contain.
    pub bad_blocks: sc_client_api::BadBlocks<Block>,
    /// A checkpoint from which light clients start.
    pub light_sync_state: sc_sync_state_rpc::LightSyncStateExtension,
}

/// The specification of a network.
pub type ChainSpec = sc_service::GenericChainSpec<Extensions>;

/// One of the networks that the node knows, or one that a file describes.
pub fn load(name: &str) -> Result<ChainSpec, NodeError> {
    match name {
        "" => Err(NodeError::NoNetwork),
        "dev" => known("Talka Development", "talka_dev", ChainType::Development, development::NAME),
        "local" => known("Talka Local", "talka_local", ChainType::Local, local::NAME),
        "testnet" => known("Talka Testnet", "talka_testnet", ChainType::Live, testnet::NAME),
        file => ChainSpec::from_json_file(file.into()).map_err(NodeError::Specification),
    }
}

fn known(name: &str, id: &str, chain_type: ChainType, preset: &str) -> Result<ChainSpec, NodeError> {
    let code = WASM_BINARY.ok_or(NodeError::NoRuntime)?;
    let properties = Properties::from_iter([
        ("tokenSymbol".into(), SYMBOL.into()),
        ("tokenDecimals".into(), DECIMALS.into()),
        ("ss58Format".into(), 42.into()),
    ]);
    Ok(ChainSpec::builder(code, Extensions::default())
        .with_name(name)
        .with_id(id)
        .with_chain_type(chain_type)
        .with_protocol_id("talka")
        .with_properties(properties)
        .with_genesis_config_preset_name(preset)
        .build())
}
