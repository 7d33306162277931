//! The ports that the node answers on. One that is taken is an error: the SDK would take any other for JSON-RPC, and do
//! without metrics, and say nothing.

use std::net::{SocketAddr, TcpListener};

use sc_cli::Error;
use sc_service::{config::RpcEndpoint, Configuration};

use crate::{cli::Cli, error::NodeError};

/// Make sure that the ports which `cli` names are free, and that no others are taken in their place.
///
/// # Errors
///
/// The text names the port, its option and what to do.
pub fn claim(cli: &Cli, config: &mut Configuration) -> Result<(), Error> {
    // A list of endpoints says of each what is to be done.
    if cli.run.rpc_params.experimental_rpc_endpoint.is_empty() {
        claim_rpc(config.rpc.addr.as_deref_mut().unwrap_or_default())?;
    }
    if let Some(metrics) = &config.prometheus_config {
        let taken = require(metrics.port, "--prometheus-port", "or --no-prometheus");
        match taken {
            Err(error) if cli.run.prometheus_params.prometheus_port.is_some() => return Err(error),
            Err(error) => tracing::warn!("there are no metrics: {error}"),
            Ok(()) => {}
        }
    }
    Ok(())
}

fn claim_rpc(endpoints: &mut [RpcEndpoint]) -> Result<(), Error> {
    for endpoint in endpoints {
        endpoint.retry_random_port &= endpoint.listen_addr.port() == 0;
        // The node can do without IPv6.
        if !endpoint.is_optional {
            require(endpoint.listen_addr, "--rpc-port", "0 for any free one")?;
        }
    }
    Ok(())
}

fn require(address: SocketAddr, option: &'static str, otherwise: &'static str) -> Result<(), Error> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(cause) => Err(Error::Input(NodeError::PortTaken { address, cause, option, otherwise }.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;
    use sc_cli::CliConfiguration as _;

    fn endpoints(port: u16) -> Vec<RpcEndpoint> {
        let cli = Cli::parse_from(["talka-node", "--rpc-port", &port.to_string()]);
        let endpoints = cli.run.rpc_addr(9944).unwrap().unwrap();
        endpoints.into_iter().map(Into::into).collect()
    }

    #[test]
    fn a_port_that_is_taken_is_an_error_and_no_reason_to_take_another() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = other.local_addr().unwrap().port();
        let said = claim_rpc(&mut endpoints(port)).unwrap_err().to_string();
        for part in [&*format!("127.0.0.1:{port}"), "hint: ", "--rpc-port"] {
            assert!(said.contains(part), "{said}");
        }
        drop(other);
        let mut free = endpoints(port);
        claim_rpc(&mut free).unwrap();
        assert!(free.iter().all(|endpoint| !endpoint.retry_random_port));
    }

    #[test]
    fn any_port_is_asked_for_with_zero() {
        claim_rpc(&mut endpoints(0)).unwrap();
    }
}
