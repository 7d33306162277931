//! The figures, a module for each.

pub mod cost;
pub mod executor;
pub mod finality;
pub mod latency;
pub mod offers;
pub mod state;
pub mod store;
pub mod throughput;

use anyhow::{bail, Result};
use clap::Args;
use talka_primitives::Trust;

use crate::{chain::Actor, engine::Engine, load::Clients, node::Network, rpc::Rpc, workers::Crew};

// What all measurements of a network have in common. No documentation: clap would take it for that of the command.
#[derive(Clone, Debug, Args)]
pub struct Load {
    /// Workers that are online
    #[arg(long, default_value_t = 2_000)]
    pub workers: usize,
    /// Tasks that a worker executes at once
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub slots: u8,
    /// Clients; each has one request on its way at a time
    #[arg(long, default_value_t = 1_000)]
    pub clients: usize,
    /// Workers reveal when the block is final that asks for it, as the program `talka-worker` does; and not at once
    #[arg(long)]
    pub once_final: bool,
    /// Connections to the node
    #[arg(long, default_value_t = 4)]
    pub connections: usize,
}

/// A network with everything set up, and its load.
pub struct Rig {
    /// The nodes.
    pub network: Network,
    /// Who acts on their chain.
    pub engine: Engine,
    /// Who owns the app and the pool.
    pub seller: Actor,
}

impl Rig {
    /// Start a network of validators, each of which keeps the states of its last `states` blocks, with workers that are online
    /// and clients that want each task to be executed this number of times.
    pub async fn start(load: &Load, executions: u32, validators: usize, states: u32) -> Result<Self> {
        let crew = Crew::new(load.workers, load.once_final);
        let clients = Clients::new(load.clients, trust(executions)?);
        let mut seller = Actor::new("seller", 0);
        eprintln!("starting {validators} validators");
        let network = Network::start(validators, states, &crew, &clients, &seller).await?;
        let rpc = Rpc::connect(&network.url(), load.connections).await?;
        let mut engine = Engine::new(rpc, crew, clients).await?;
        eprintln!("sending {} workers online", load.workers);
        engine.set_up(&mut seller, load.slots).await?;
        Ok(Self { network, engine, seller })
    }
}

/// The trust at which new workers execute a task this number of times: once where nobody checks, and else some that have to agree
/// and an auditor. The highest one, at which most reputation is needed for fewer to suffice.
pub fn trust(executions: u32) -> Result<Trust> {
    match executions {
        1 => Ok(Trust(1)),
        3 => Ok(Trust(4)),
        4 => Ok(Trust(8)),
        5 => Ok(Trust(16)),
        _ => bail!("no trust has a task executed {executions} times\nhint: 1, 3, 4 or 5 executions"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use talka_primitives::{credibility, Weight};

    #[test]
    fn new_workers_and_an_auditor_are_as_many_as_wanted() {
        assert_eq!(trust(1).unwrap(), Trust(1));
        for executions in [3, 4, 5] {
            let fresh = std::iter::repeat_n(Weight(2), 8);
            let agree = credibility::needed(fresh, trust(executions).unwrap()).unwrap();
            assert_eq!(agree + 1, executions);
        }
        assert!(trust(2).is_err());
    }
}
