//! One node: questions in JSON-RPC, and its errors in words.

use std::{sync::Once, time::Duration};

use alloy::{
    rpc::{
        client::RpcClient,
        json_rpc::{ErrorPayload, RpcError, RpcRecv},
    },
    transports::{TransportError, TransportErrorKind},
};
use reqwest::Url;
use serde_json::Value;
use tracing::warn;

use crate::{error::EthereumError, revert::Revert};

/// How long a node may take for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// What nodes answer with where a contract reverts.
const EXECUTION_REVERTED: i64 = 3;
/// How many characters are shown of what a node says in an error.
const WORDS: usize = 200;

#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where it is, without what is secret in the address: many have a key in the path.
    pub(crate) place: String,
    rpc: RpcClient,
}

impl Node {
    pub(crate) fn at(address: &str) -> Result<Self, EthereumError> {
        static WARNED: Once = Once::new();
        let malformed = || EthereumError::Url(without_secrets(address));
        let url: Url = address.parse().map_err(|_| malformed())?;
        let host = url.host_str().ok_or_else(malformed)?.to_owned();
        if !["http", "https"].contains(&url.scheme()) {
            return Err(malformed());
        }
        let on_this_machine = ["localhost", "127.0.0.1", "[::1]"].contains(&host.as_str());
        if url.scheme() == "http" && !on_this_machine {
            WARNED.call_once(|| {
                warn!("http:// to another machine is not encrypted, and anybody on the way can change what the node says");
            });
        }
        // The library leaves the choice of cryptography to the process. The first choice stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("talka-ethereum/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(PATIENCE)
            .build()
            .map_err(|cause| EthereumError::Unreachable {
                url: place(&url),
                cause: cause.without_url().to_string(),
            })?;
        Ok(Self { place: place(&url), rpc: RpcClient::new_http_with_client(client, url) })
    }

    pub(crate) async fn ask<T: RpcRecv>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<T, EthereumError> {
        self.rpc.request::<Value, T>(method, params).await.map_err(|error| self.explain(&error))
    }

    fn explain(&self, error: &TransportError) -> EthereumError {
        let url = self.place.clone();
        match error {
            RpcError::ErrorResp(payload) => match refusal(payload) {
                Some(revert) => revert.into(),
                None => EthereumError::Node { url, cause: payload.message.chars().take(WORDS).collect() },
            },
            RpcError::Transport(TransportErrorKind::Custom(cause)) => {
                EthereumError::Unreachable { url, cause: innermost(cause.as_ref()) }
            }
            RpcError::Transport(other) => {
                EthereumError::Unreachable { url, cause: other.to_string().chars().take(WORDS).collect() }
            }
            RpcError::DeserError { err, .. } => {
                EthereumError::Node { url, cause: format!("its answer is none: {err}") }
            }
            other => EthereumError::Node { url, cause: other.to_string().chars().take(WORDS).collect() },
        }
    }
}

/// Why a contract has refused, if that is what the node says.
fn refusal(payload: &ErrorPayload) -> Option<Revert> {
    match payload.as_revert_data() {
        Some(data) => Some(Revert::decode(&data)),
        None => {
            (payload.code == EXECUTION_REVERTED || payload.message.contains("revert")).then(Revert::silent)
        }
    }
}

/// What is at the bottom of an error: the outer ones repeat the address.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    match error.downcast_ref::<reqwest::Error>() {
        Some(error) if error.is_timeout() => "it takes too long".into(),
        Some(_) => "no answer that can be read".into(),
        None => error.to_string(),
    }
}

/// Scheme, host and port.
fn place(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// The like of a text that is no address: up to where a path would begin, without what is before an `@`.
fn without_secrets(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    match scheme {
        "" => host.into(),
        _ => format!("{scheme}://{host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::sol_types::SolError as _;
    use talka_primitives::Hint as _;

    #[test]
    fn an_address_is_shown_without_what_is_secret_in_it() {
        let node = Node::at("https://me:secret@rpc.example:8443/v3/secret?key=secret").unwrap();
        assert_eq!(node.place, "https://rpc.example:8443");
        assert_eq!(Node::at("http://127.0.0.1:8545").unwrap().place, "http://127.0.0.1:8545");
        for text in ["", "ws://host:1/secret", "secret@host", "https://", "ftp://me:secret@host/secret"] {
            let error = Node::at(text).unwrap_err();
            assert!(matches!(error, EthereumError::Url(_)), "{error}");
            assert!(!error.to_string().contains("secret") && !error.hint().is_empty(), "{error}");
        }
    }

    #[test]
    fn a_refusal_is_told_from_a_node_that_cannot_answer() {
        let payload = |text: String| serde_json::from_str::<ErrorPayload>(&text).unwrap();
        let data = alloy::hex::encode_prefixed(crate::abi::Contract::ZeroAmount {}.abi_encode());
        let reverted = payload(format!(r#"{{"code":3,"message":"execution reverted","data":"{data}"}}"#));
        assert!(refusal(&reverted).unwrap().is("ZeroAmount"));
        let silent = payload(r#"{"code":-32000,"message":"execution reverted"}"#.into());
        assert_eq!(refusal(&silent), Some(Revert::silent()));
        let busy = payload(r#"{"code":-32005,"message":"daily request count exceeded"}"#.into());
        assert_eq!(refusal(&busy), None);
    }

    #[tokio::test]
    async fn one_that_is_not_there_is_told_without_its_secrets() {
        let node = Node::at("http://127.0.0.1:1/secret").unwrap();
        let error = node.ask::<String>("eth_chainId", serde_json::json!([])).await.unwrap_err();
        assert!(
            matches!(&error, EthereumError::Unreachable { url, .. } if url == "http://127.0.0.1:1"),
            "{error}"
        );
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
