//! Several validators with a chain of their own.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{ensure, Context as _, Result};
use futures::future::try_join_all;
use talka_primitives::BlockNumber;

use crate::{
    folder::Folder,
    node::{Manner, Node, STATES},
    process::Surroundings,
    specification::{id, peer_id, validators_in, Start, Validator, RAW},
    wait,
};

/// What a cluster is to be like.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the network starts with.
    pub start: Start,
    /// Where validators run, in their order. Those that are not named run on this machine, as everything else does.
    pub places: Vec<Place>,
    /// Which ports are used on this machine.
    pub ports: Ports,
}

impl Plan {
    /// `validators` validators on this machine.
    pub fn with_validators(validators: usize) -> Self {
        Self { start: Start::with_validators(validators), places: Vec::new(), ports: Ports::Free }
    }

    /// The place of the validator with this index.
    fn place(&self, index: usize) -> Place {
        self.places.get(index).cloned().unwrap_or_default()
    }
}

/// Where a node runs.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its address.
    pub host: IpAddr,
    /// Its namespace and environment.
    pub surroundings: Surroundings,
    /// What it is told beside what all are told.
    pub arguments: Vec<String>,
    /// Of how many blocks it keeps the state.
    pub states: u32,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            surroundings: Surroundings::default(),
            arguments: Vec::new(),
            states: STATES,
        }
    }
}

/// Which ports the nodes of this machine use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// Any that are free, and no metrics: for tests.
    Free,
    /// The usual ones, counted up from node to node: 9944 for the interface, 30333 for the network, 9615 for metrics.
    /// Where one is taken, any that is free.
    Usual,
}

/// The first of the usual ports.
const INTERFACE: u16 = 9944;
const NETWORK: u16 = 30333;
const METRICS: u16 = 9615;

impl Ports {
    /// A port for the node with this index.
    fn port(self, first: u16, index: usize) -> Result<u16> {
        if self == Self::Usual {
            let usual = u16::try_from(index).ok().and_then(|index| first.checked_add(index));
            if let Some(port) = usual.filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()) {
                return Ok(port);
            }
        }
        free_port()
    }
}

/// A port of this machine that nobody listens at.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Several validators with a chain of their own; each knows the addresses of all others. They end when this and all
/// clones of its nodes are dropped.
#[derive(Debug)]
pub struct Cluster {
    /// The validators.
    pub nodes: Vec<Node>,
    specification: PathBuf,
    addresses: Vec<String>,
    folder: Folder,
}

impl Cluster {
    /// Start validators in a folder: on a new chain, or on the one that is there.
    pub async fn start(folder: Folder, plan: &Plan) -> Result<Self> {
        let cluster = Self::prepare(folder, plan)?;
        try_join_all(cluster.nodes.iter().map(Node::run)).await?;
        Ok(cluster)
    }

    /// Make all that validators need, and start none.
    pub fn prepare(folder: Folder, plan: &Plan) -> Result<Self> {
        let validators = (1..=plan.start.validators).map(Validator::new).collect::<Result<Vec<_>>>()?;
        let specification = folder.path().join(RAW);
        if specification.exists() {
            let there = validators_in(folder.path())?;
            ensure!(
                there == validators.len(),
                "the network in {} has {there} validators\nhint: --fresh starts a new one",
                folder.path().display()
            );
        } else {
            plan.start.write(folder.path(), &validators)?;
        }
        let id = id(&specification)?;
        let (mut listening, mut addresses) = (Vec::new(), Vec::new());
        for (index, validator) in validators.iter().enumerate() {
            let base = folder.path().join(&validator.name);
            validator.insert_keys(&specification, &base)?;
            let place = plan.place(index);
            let port = if place.host.is_loopback() { plan.ports.port(NETWORK, index)? } else { NETWORK };
            let at = format!("/ip4/{}/tcp/{port}", place.host);
            addresses.push(format!("{at}/p2p/{}", peer_id(&specification, &base, &id)?));
            listening.push(at);
        }

        let mut cluster = Self { nodes: Vec::new(), specification, addresses, folder };
        for (index, validator) in validators.into_iter().enumerate() {
            let mut place = plan.place(index);
            let own = ["--validator", "--listen-addr", &listening[index]].map(String::from);
            place.arguments.extend(own);
            let usual = plan.ports == Ports::Usual;
            let port = if usual { plan.ports.port(INTERFACE, index)? } else { 0 };
            let metrics = if usual { Some(plan.ports.port(METRICS, index)?) } else { None };
            cluster.nodes.push(cluster.node(validator.name, place, port, metrics)?);
        }
        Ok(cluster)
    }

    /// A node that is not running yet. It knows the addresses of all validators but its own.
    fn node(&self, name: String, place: Place, port: u16, metrics: Option<u16>) -> Result<Node> {
        let Place { host, surroundings, mut arguments, states } = place;
        let own = self.nodes.len();
        let name_of_it = name.clone();
        arguments.extend(["--chain".into(), self.specification.display().to_string()]);
        arguments.extend(["--name".into(), name_of_it]);
        // It is told all addresses, and would find those of other networks, too.
        arguments.push("--no-mdns".into());
        let others = self.addresses.iter().enumerate().filter(|(index, _)| *index != own);
        for (_, address) in others {
            arguments.extend(["--bootnodes".into(), address.clone()]);
        }
        match metrics {
            Some(port) => arguments.extend(["--prometheus-port".into(), port.to_string()]),
            None => arguments.push("--no-prometheus".into()),
        }
        if !host.is_loopback() {
            // Open to all of its network, by whatever name it is called there.
            arguments.extend(["--unsafe-rpc-external", "--rpc-cors", "all"].map(String::from));
        }
        Node::new(self.folder.path(), Manner { name, arguments, host, port, surroundings, states })
    }

    /// Start a node that follows the chain, and makes no blocks.
    pub async fn join(&self, name: &str, arguments: &[&str]) -> Result<Node> {
        let arguments = arguments.iter().map(|argument| String::from(*argument)).collect();
        let node = self.node(name.into(), Place { arguments, ..Place::default() }, 0, None)?;
        node.run().await?;
        Ok(node)
    }

    /// Start a second node with the keys of the validator with this index. It must not be done, and is.
    pub async fn twin(&self, index: usize) -> Result<Node> {
        let validator = Validator::new(index + 1)?;
        let arguments = vec!["--validator".into()];
        let name = format!("{}-twin", validator.name);
        let node = self.node(name, Place { arguments, ..Place::default() }, 0, None)?;
        validator.insert_keys(&self.specification, node.base())?;
        self.name_in_network(&node)?;
        node.run().await?;
        Ok(node)
    }

    /// Start a node that could be a validator, and has no session keys yet.
    pub async fn join_as_candidate(&self, name: &str) -> Result<Node> {
        let arguments = vec!["--validator".into()];
        let node = self.node(name.into(), Place { arguments, ..Place::default() }, 0, None)?;
        self.name_in_network(&node)?;
        node.run().await?;
        Ok(node)
    }

    /// Make the key that a node has in the network: validators do not start without.
    fn name_in_network(&self, node: &Node) -> Result<()> {
        peer_id(&self.specification, node.base(), &id(&self.specification)?)?;
        Ok(())
    }

    /// The specification of its network, in raw form.
    pub fn specification(&self) -> &Path {
        &self.specification
    }

    /// Where the validators can be reached by other nodes, in their order.
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// The folder with all files and logs.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Whether there is a chain in a folder already.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(RAW).exists()
    }

    /// Forget the chain in a folder, and all else that is in it.
    pub fn forget(folder: &Path) -> Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        Ok(())
    }

    /// Wait until a node's last final block is at least this one.
    pub async fn until_final(&self, node: usize, block: BlockNumber, patience: Duration) -> Result<()> {
        let node = &self.nodes[node];
        wait::until(&format!("block {block} to be final at {}", node.name()), patience, || async {
            let heads = node.heads().await.ok();
            Ok(heads.filter(|heads| heads.finalized >= block).map(|_| ()))
        })
        .await
        .with_context(|| node.last_words())
    }

    /// Ask all nodes to end, and wait until they have. Gives the names of those that had to be killed.
    pub fn stop(&self, patience: Duration) -> Vec<String> {
        self.nodes.iter().for_each(|node| node.process().ask_to_end());
        let killed = self.nodes.iter().filter(|node| !node.process().await_end(patience));
        killed.map(|node| node.name().to_owned()).collect()
    }
}
