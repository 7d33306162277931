//! The example of a contract that buys tasks: a volatility index, from the app value-at-risk.

use std::{fs, path::Path, time::Duration};

use alloy::sol_types::{SolCall as _, SolConstructor as _};
use anyhow::{ensure, Context as _, Result};
use talka_ethereum::{deploy::deploy, gateway::NONE, Address, Artifacts, At, Transaction, B256, U256};
use talka_primitives::{AppId, Balance, CategoryId, DatasetId, DealId, PoolId, TaskId, Trust};

use self::abi::VolatilityIndex as Calls;
use super::Bridge;
use crate::{apps::Example, programs::contracts, wait};

mod abi {
    // What the macro writes has the documentation of Solidity, and its manners.
    #![allow(missing_docs, clippy::all)]

    alloy::sol! {
        struct Order {
            uint32 app;
            uint32 dataset;
            uint32 pool;
            uint8 category;
            uint32 trust;
            string[] arguments;
            string parameter;
        }

        contract VolatilityIndex {
            constructor(address gateway, Order memory order, uint256 maxPrice);

            function refresh() external returns (bytes32 callId);
            function pending() external view returns (bytes32 callId);
            function latest()
                external
                view
                returns (uint64 lastDay, uint64 valueAtRisk, uint64 expectedShortfall, uint64 receivedAt);
            function volatility() external view returns (uint256 millionths);
        }
    }
}

/// What the contract buys, again and again.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// What is asked.
    pub example: &'a Example,
    /// The app.
    pub app: AppId,
    /// Its data.
    pub dataset: DatasetId,
    /// The pool; any where none is named.
    pub pool: Option<PoolId>,
    /// The size of the task.
    pub category: CategoryId,
    /// How sure the contract wants to be.
    pub trust: Trust,
    /// The task's own parameter.
    pub parameter: u32,
}

/// What a task has found, in millionths of the portfolio's gross amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The last day of the history, in days since 1970.
    pub last_day: u64,
    /// The loss that is not exceeded with a confidence of 99 %.
    pub value_at_risk: u64,
    /// The mean of the losses beyond it.
    pub expected_shortfall: u64,
}

impl Estimate {
    /// What the app finds on this machine, where it leaves its files in `out`: the same question as one task of its own.
    pub fn computed_here(wanted: &Wanted<'_>, out: &Path) -> Result<Self> {
        let alone = Example { tasks: 1, ..wanted.example.clone() };
        alone.run_natively(TaskId { deal: DealId(0), index: wanted.parameter }, out)?;
        Self::of_payload(&fs::read(out.join("callback"))?)
    }

    /// As the app writes it for the contract: three words.
    pub fn of_payload(payload: &[u8]) -> Result<Self> {
        ensure!(payload.len() == 96, "{} bytes are no three words", payload.len());
        let word = |place: usize| -> Result<u64> {
            let (zeros, number) = payload[32 * place..32 * (place + 1)].split_at(24);
            ensure!(zeros.iter().all(|byte| *byte == 0), "word {place} is too large");
            Ok(u64::from_be_bytes(number.try_into()?))
        };
        Ok(Self { last_day: word(0)?, value_at_risk: word(1)?, expected_shortfall: word(2)? })
    }
}

/// The contract at an address.
#[derive(Clone, Copy, Debug)]
pub struct VolatilityIndex(Address);

impl VolatilityIndex {
    /// Put it on the chain. It pays at most `max_price` for a value, and has tokens for one.
    pub async fn deploy(bridge: &Bridge, wanted: &Wanted<'_>, max_price: Balance) -> Result<Self> {
        let order = abi::Order {
            app: wanted.app.0,
            dataset: wanted.dataset.0,
            pool: wanted.pool.map_or(NONE, |pool| pool.0),
            category: wanted.category.0,
            trust: wanted.trust.0,
            arguments: wanted.example.arguments(),
            parameter: wanted.parameter.to_string(),
        };
        let gateway = bridge.gateway.address();
        let arguments =
            Calls::constructorCall { gateway, order, maxPrice: U256::from(max_price) }.abi_encode();
        let artifacts = Artifacts::at(contracts()?);
        let address = deploy(&bridge.owner, &artifacts, "VolatilityIndex", &arguments).await?;
        bridge.owner.send(&bridge.token.mint(address, max_price)).await?;
        Ok(Self(address))
    }

    /// Where it is.
    pub fn address(&self) -> Address {
        self.0
    }

    /// Have it order a value. Gives the identifier of its request.
    pub async fn refresh(&self, bridge: &Bridge) -> Result<B256> {
        let data = Calls::refreshCall {}.abi_encode().into();
        let transaction = Transaction { to: Some(self.0), data, what: "order a value".into() };
        bridge.owner.send(&transaction).await?;
        let call = bridge.ethereum.call(self.0, &Calls::pendingCall {}, At::Latest).await?;
        ensure!(call != B256::ZERO, "nothing was ordered");
        Ok(call)
    }

    /// The newest estimate; nothing before the first.
    pub async fn latest(&self, bridge: &Bridge) -> Result<Option<Estimate>> {
        let latest = bridge.ethereum.call(self.0, &Calls::latestCall {}, At::Latest).await?;
        Ok((latest.receivedAt > 0).then_some(Estimate {
            last_day: latest.lastDay,
            value_at_risk: latest.valueAtRisk,
            expected_shortfall: latest.expectedShortfall,
        }))
    }

    /// Wait for an estimate.
    pub async fn until_received(&self, bridge: &Bridge, patience: Duration) -> Result<Estimate> {
        wait::until("the contract to receive its result", patience, || self.latest(bridge))
            .await
            .with_context(|| bridge.last_words())
    }

    /// The volatility of a year, in millionths.
    pub async fn volatility(&self, bridge: &Bridge) -> Result<u64> {
        let millionths = bridge.ethereum.call(self.0, &Calls::volatilityCall {}, At::Latest).await?;
        Ok(u64::try_from(millionths)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_three_words() {
        let mut payload = [0; 96];
        payload[30..32].copy_from_slice(&20_756u16.to_be_bytes());
        payload[62..64].copy_from_slice(&15_480u16.to_be_bytes());
        payload[94..96].copy_from_slice(&17_930u16.to_be_bytes());
        let estimate = Estimate { last_day: 20_756, value_at_risk: 15_480, expected_shortfall: 17_930 };
        assert_eq!(Estimate::of_payload(&payload).unwrap(), estimate);
        assert!(Estimate::of_payload(&payload[..64]).is_err());
        payload[0] = 1;
        assert!(Estimate::of_payload(&payload).is_err());
    }
}
