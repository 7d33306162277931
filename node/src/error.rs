//! Why the node does not start, beside what the SDK says.

use std::{borrow::Cow, io, net::SocketAddr};

use talka_primitives::Hint;

/// Why the node does not start.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// Neither `--chain` nor `--dev` was given.
    #[error("no network is named")]
    NoNetwork,
    /// A specification cannot be read.
    #[error("{0}")]
    Specification(String),
    /// A network that the node knows by name needs the runtime, and this build has none.
    #[error("this node was built without the runtime's WebAssembly, which a new network starts with")]
    NoRuntime,
    /// Nobody could ever make a block.
    #[error("the network has no validators")]
    NoValidators,
    /// A port that the node answers on belongs to another program.
    #[error("cannot listen on {address}: {cause}")]
    PortTaken {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
        /// The option that names another port.
        option: &'static str,
        /// What can be done instead of that.
        otherwise: &'static str,
    },
}

impl Hint for NodeError {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::NoNetwork => {
                "try a network of your own with --dev, or name one with --chain: dev, local, testnet or the file of a \
                 specification"
            }
            Self::Specification(_) => "--chain takes dev, local, testnet or the file of a specification",
            Self::NoRuntime => {
                "build it without SKIP_WASM_BUILD, or name the file of a specification with --chain"
            }
            Self::NoValidators => {
                "export its specification, write their keys into `session.keys` and start the node with that file; \
                 chain-spec/README.md shows how"
            }
            Self::PortTaken { option, otherwise, .. } => {
                return format!(
                    "stop the program that has the port, or choose another with {option} ({otherwise})"
                )
                .into()
            }
        }
        .into()
    }
}

/// The SDK takes its errors as texts.
impl From<NodeError> for String {
    fn from(error: NodeError) -> Self {
        error.with_hint()
    }
}
