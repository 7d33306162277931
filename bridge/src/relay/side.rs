//! The contracts on Ethereum, as a relayer sees them.

use talka_ethereum::{
    gateway::Answer, Ethereum, Gateway, Sender, SidechainClient, Status, Transaction, Vault, B256,
};
use talka_primitives::{
    bridge::{Contracts, Hash, Message, ResultMessage, DEPTH},
    BlockNumber,
};

use crate::{beefy::Known, error::BridgeError};

pub(super) struct Side {
    pub contracts: Contracts,
    pub client: SidechainClient,
    pub vault: Vault,
    pub gateway: Gateway,
    first_block: BlockNumber,
}

impl Side {
    /// The contracts that the sidechain is bound to, with the light client that they believe now.
    pub(super) async fn of(ethereum: &Ethereum, contracts: Contracts) -> Result<Self, BridgeError> {
        ethereum.is_chain(contracts.chain_id)?;
        let vault = Vault::at(ethereum, contracts.vault.0.into());
        let gateway = Gateway::at(ethereum, contracts.gateway.0.into());
        let [of_vault, of_gateway] = [vault.client().await?, gateway.client().await?];
        if of_vault != of_gateway {
            return Err(BridgeError::TwoClients { vault: of_vault, gateway: of_gateway });
        }
        let client = SidechainClient::at(ethereum, of_vault);
        let first_block = client.first_block().await?;
        Ok(Self { contracts, client, vault, gateway, first_block })
    }

    /// Whether vault and gateway still believe this light client.
    pub(super) async fn is_current(&self) -> Result<bool, BridgeError> {
        let address = self.client.address();
        Ok(self.vault.client().await? == address && self.gateway.client().await? == address)
    }

    /// What the light client knows.
    pub(super) async fn known(&self) -> Result<Known, BridgeError> {
        let [current, next] = self.client.sets().await?;
        Ok(Known {
            first_block: self.first_block,
            latest_block: self.client.latest_block().await?,
            current,
            next,
        })
    }

    /// Whether a message has had its effect.
    pub(super) async fn is_done(&self, message: &Message) -> Result<bool, BridgeError> {
        match message {
            Message::Withdrawal(withdrawal) => Ok(self.vault.is_claimed(withdrawal.index).await?),
            Message::Result(result) => {
                let (status, _) = self.gateway.result_of(B256::from(result.body.call)).await?;
                Ok(!matches!(status, Status::Pending))
            }
        }
    }

    /// The transaction that gives a message its effect.
    pub(super) fn transaction(&self, message: &Message, proof: [Hash; DEPTH], payload: &[u8]) -> Transaction {
        let proof = proof.map(B256::from);
        match message {
            Message::Withdrawal(withdrawal) => self.vault.claim(withdrawal, proof),
            Message::Result(result) => self.gateway.deliver(&answer(result), proof, payload),
        }
    }

    /// What the sender has and pays.
    pub(super) fn sender(
        ethereum: &Ethereum,
        options: &crate::options::Payer,
    ) -> Result<Sender, BridgeError> {
        let key = talka_ethereum::load_key(&options.ethereum_key)?;
        Ok(Sender::new(ethereum, key, options.max_fee.0))
    }
}

/// A result as the contract takes it.
fn answer(result: &ResultMessage) -> Answer {
    let body = &result.body;
    Answer {
        index: result.index,
        callId: B256::from(body.call),
        outcome: body.outcome as u8,
        assurance: body.assurance as u8,
        errorBound: body.error_bound,
        digest: B256::from(body.digest.0),
        payloadHash: B256::from(body.payload_hash),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use talka_primitives::{
        audit::Assurance,
        bridge::{Outcome, ResultBody},
        Digest,
    };

    #[test]
    fn a_result_has_the_numbers_of_the_contract() {
        let body = ResultBody {
            call: [1; 32],
            outcome: Outcome::Failed,
            assurance: Assurance::Adjudicated,
            error_bound: 7,
            digest: Digest([2; 32]),
            payload_hash: [3; 32],
        };
        let answer = answer(&ResultMessage { index: 9, body });
        assert_eq!((answer.index, answer.outcome, answer.assurance, answer.errorBound), (9, 1, 4, 7));
        assert_eq!(answer.digest, B256::from([2; 32]));
    }
}
