//! The SDK's parts as this node has them.

use sc_executor::WasmExecutor;
use sc_transaction_pool::TransactionPoolHandle;
use talka_runtime::{opaque::Block, RuntimeApi};

/// Executes the runtime, and gives access to blocks and state.
pub type FullClient = sc_service::TFullClient<Block, RuntimeApi, Executor>;
/// The database.
pub type FullBackend = sc_service::TFullBackend<Block>;
/// The best chain is the longest one above the last final block.
pub type SelectChain = sc_consensus::LongestChain<FullBackend, Block>;
/// Transactions that wait for a block.
pub type TransactionPool = TransactionPoolHandle<Block, FullClient>;

/// Executes WebAssembly.
pub type Executor = WasmExecutor<sp_io::SubstrateHostFunctions>;
