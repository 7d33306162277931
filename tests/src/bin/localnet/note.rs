//! What has to be known to go on with a network.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    path::Path,
};

use anyhow::{Context as _, Result};
use serde_json::{json, Value};
use talka_primitives::{AppId, DatasetId, PoolId};
use talka_tests::stage::{Offer, Ware};

const NAME: &str = "offer.json";

/// See the module's head.
pub struct Note {
    /// Where the store with the apps and their data is: the chain tells everybody.
    pub provider: SocketAddr,
    /// What is for sale; nothing where nothing has been published yet.
    pub offer: Option<Offer>,
}

impl Note {
    /// The note in a folder, or the first one for it.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        if !path.exists() {
            let provider = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
            return Ok(Self { provider, offer: None });
        }
        let noted = serde_json::from_slice(&fs::read(&path)?)?;
        read(&noted)
            .with_context(|| format!("{} is damaged\nhint: --fresh starts a new chain", path.display()))
    }

    /// Write it, with what is for sale now.
    pub fn save(&self, folder: &Path, offer: &Offer) -> Result<()> {
        let wares: Vec<_> = offer.wares.iter().map(|ware| json!([ware.app.0, ware.dataset.0])).collect();
        let noted = json!({ "provider": self.provider, "pool": offer.pool.0, "wares": wares });
        fs::write(folder.join(NAME), serde_json::to_string(&noted)?)?;
        Ok(())
    }
}

fn read(noted: &Value) -> Result<Note> {
    let provider = noted["provider"].as_str().context("no address of the provider")?.parse()?;
    let pool = PoolId(serde_json::from_value(noted["pool"].clone())?);
    let wares: Vec<(u32, u32)> = serde_json::from_value(noted["wares"].clone())?;
    let wares = wares.into_iter().map(|(app, dataset)| Ware { app: AppId(app), dataset: DatasetId(dataset) });
    Ok(Note { provider, offer: Some(Offer { pool, wares: wares.collect() }) })
}
