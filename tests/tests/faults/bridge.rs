//! The bridge, while what carries it breaks: nothing that was sent is lost, nothing is paid twice, no lie is believed.
//!
//! Two networks for six scenarios, each with its line: what one scenario leaves is what the next one begins with.

use std::{fs, slice, time::Duration};

use anyhow::{bail, ensure, Context as _, Result};
use futures::future::try_join_all;
use talka_client::{amount::UNIT, AccountId};
use talka_primitives::{
    bridge::{deposits::follow, Deposit, EthereumAddress},
    Balance, BlockNumber,
};
use talka_tests::{
    anvil::HOLDER,
    beefy::Follower,
    bridge::{self, address, Bridge, Daemon, PATIENCE, SESSION, VALIDATORS},
    folder::Folder,
    wait, Cluster, Network,
};
use tokio::time::sleep;

/// Who crosses.
const TRAVELLER: &str = "Requester1";
/// What crosses first, to have something to send back.
const STOCK: Balance = 500 * UNIT;
/// How often processes are killed.
const ROUNDS: u64 = 4;
/// Blocks without Ethereum.
const AWAY: BlockNumber = 20;
/// Sessions without a relayer.
const MISSED: u64 = 3;
/// The validator that is faulty: `Dave`.
const UNLUCKY: usize = 3;

/// A network, a chain like Ethereum, and something that was brought here.
struct Crossing {
    cluster: Cluster,
    network: Network,
    bridge: Bridge,
    traveller: AccountId,
    home: EthereumAddress,
}

impl Crossing {
    async fn begin() -> Result<Self> {
        let (cluster, network) = bridge::network(Folder::temporary()?).await?;
        let bridge = Bridge::build(&cluster, &network).await?;
        let traveller = network.account(TRAVELLER)?.id();
        let crossing = Self { home: address(HOLDER)?, cluster, network, bridge, traveller };
        let nonce = crossing.bridge.deposit(traveller, STOCK).await?;
        crossing.bridge.until_credited(&crossing.network, nonce, PATIENCE).await?;
        Ok(crossing)
    }

    async fn best(&self) -> Result<BlockNumber> {
        Ok(self.network.client.best().await?.block().number)
    }

    /// Wait until there are `blocks` more blocks.
    async fn pass(&self, blocks: BlockNumber) -> Result<()> {
        let goal = self.best().await? + blocks;
        wait::until(&format!("block {goal}"), PATIENCE, || async {
            Ok((self.best().await? >= goal).then_some(()))
        })
        .await
    }

    async fn withdraw(&self, amount: Balance) -> Result<u32> {
        let account = self.network.account(TRAVELLER)?;
        Ok(account.bridge().withdraw(self.home, amount, 0).await?.0)
    }

    /// What the traveller has on both chains, and in the vault for nobody else.
    async fn wealth(&self) -> Result<[Balance; 2]> {
        let here = self.network.client.best().await?.funds(self.traveller).await?.free;
        Ok([here, self.bridge.token.balance(self.bridge.holder.address()).await?])
    }

    /// Wait until all has crossed, and say what was measured: nothing is lost, and nothing is there twice.
    async fn told(&self, scenario: &str, began: BlockNumber, sent: Sent) -> Result<()> {
        let settled = self.bridge.until_settled(&self.network, PATIENCE).await;
        let recovered = self.best().await?.saturating_sub(began);
        let lost_transfers = self.bridge.under_way(&self.network).await?;
        let [here, there] = self.wealth().await?;
        let expected = sent.before[1] + sent.back - sent.came;
        let lost_units = there.abs_diff(expected);
        println!(
            "FAULT scenario={scenario} recovered_blocks={recovered} lost_transfers={lost_transfers} lost_units={lost_units}"
        );
        settled?;
        ensure!(lost_units == 0, "the traveller has {there} units there, and should have {expected}");
        // Here fees are paid, and the price of each message.
        let most = sent.before[0] + sent.came - sent.back;
        ensure!(here <= most, "more is here than came: {here} units, and not {most}");
        ensure!(
            most - here < UNIT * Balance::from(sent.messages + 1),
            "of {most} units, {here} are left here"
        );
        let sums = self.bridge.adds_up(&self.network).await?;
        ensure!(sums.parked == 0, "something is parked: {sums:?}");
        Ok(())
    }

    async fn end(self) -> Result<()> {
        let sums = self.bridge.adds_up(&self.network).await?;
        self.bridge.stop()?;
        self.network.finish_with(sums.backed, []).await
    }
}

/// What one scenario has sent.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    /// What the traveller had before, here and there.
    before: [Balance; 2],
    came: Balance,
    back: Balance,
    messages: u32,
}

impl Sent {
    async fn begin(crossing: &Crossing) -> Result<Self> {
        Ok(Self { before: crossing.wealth().await?, ..Self::default() })
    }

    async fn deposit(&mut self, crossing: &Crossing, amount: Balance) -> Result<()> {
        crossing.bridge.deposit(crossing.traveller, amount).await?;
        self.came += amount;
        Ok(())
    }

    async fn withdraw(&mut self, crossing: &Crossing, amount: Balance) -> Result<u32> {
        let index = crossing.withdraw(amount).await?;
        self.back += amount;
        self.messages += 1;
        Ok(index)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn loses_nothing_while_processes_and_ethereum_come_and_go() -> Result<()> {
    let crossing = Crossing::begin().await?;
    kills(&crossing).await?;
    ethereum_away(&crossing).await?;
    relayer_away(&crossing).await?;
    crossing.end().await
}

/// Attesters and relayer are killed in the middle of whatever they do, again and again, while transfers go both ways.
async fn kills(crossing: &Crossing) -> Result<()> {
    let mut sent = Sent::begin(crossing).await?;
    for round in 0..ROUNDS {
        sent.deposit(crossing, 10 * UNIT).await?;
        sent.withdraw(crossing, 3 * UNIT).await?;
        // Each a part of a second later than the one before, and in each round at another time.
        let killed = crossing.bridge.daemons().zip(0..).map(|(daemon, place)| async move {
            sleep(Duration::from_millis(300 * round + 170 * place)).await;
            daemon.kill();
            sleep(Duration::from_millis(400)).await;
            daemon.start()
        });
        try_join_all(killed).await?;
    }
    crossing.told("bridge_kills", crossing.best().await?, sent).await
}

/// Ethereum's node is away for a while, with a deposit that is not final and withdrawals that wait, and comes back.
async fn ethereum_away(crossing: &Crossing) -> Result<()> {
    let bridge = &crossing.bridge;
    let mut sent = Sent::begin(crossing).await?;
    sent.deposit(crossing, 20 * UNIT).await?;
    sent.withdraw(crossing, 4 * UNIT).await?;
    bridge.anvil.stop()?;
    crossing.pass(AWAY / 2).await?;
    sent.withdraw(crossing, 5 * UNIT).await?;
    crossing.pass(AWAY / 2).await?;
    let fallen: Vec<_> =
        bridge.daemons().filter(|daemon| !daemon.is_running()).map(Daemon::last_words).collect();
    ensure!(fallen.is_empty(), "processes ended without Ethereum: {fallen:?}");
    bridge.anvil.restart().await?;
    crossing.told("bridge_ethereum_away", crossing.best().await?, sent).await
}

/// No relayer for some sessions: each of them has to be imported afterwards, in order.
async fn relayer_away(crossing: &Crossing) -> Result<()> {
    let bridge = &crossing.bridge;
    let mut sent = Sent::begin(crossing).await?;
    bridge.relayer.kill();
    // What it had sent before may get into a block still.
    crossing.pass(6).await?;
    let [before, _] = bridge.client.sets().await?;
    let first = sent.withdraw(crossing, 6 * UNIT).await?;
    crossing.pass(SESSION * (MISSED as BlockNumber + 1)).await?;
    let last = sent.withdraw(crossing, 7 * UNIT).await?;
    let [still, _] = bridge.client.sets().await?;
    ensure!(still.id == before.id, "somebody else has imported: set {} after {}", still.id, before.id);
    let began = crossing.best().await?;
    bridge.relayer.start()?;
    for index in [first, last] {
        bridge.until_claimed(index, PATIENCE).await?;
    }
    let [after, _] = bridge.client.sets().await?;
    ensure!(after.id >= before.id + MISSED, "only {} sessions were missed", after.id - before.id);
    crossing.told("bridge_sessions_missed", began, sent).await
}

#[tokio::test(flavor = "multi_thread")]
async fn believes_no_liar_and_needs_no_single_key() -> Result<()> {
    let crossing = Crossing::begin().await?;
    liar(&crossing).await?;
    silent_attester(&crossing).await?;
    silent_key(&crossing).await?;
    crossing.end().await
}

/// One attester of four attests to a deposit that nobody has made, for itself, before the others attest to the true one.
async fn liar(crossing: &Crossing) -> Result<()> {
    let (network, bridge) = (&crossing.network, &crossing.bridge);
    let mut sent = Sent::begin(crossing).await?;
    bridge.attesters[UNLUCKY].kill();
    let liar = network.account("Attester4")?;
    let owned = network.client.best().await?.funds(liar.id()).await?.free;
    let credited = network.client.best().await?.bridge_state().await?.credited;
    let forged = Deposit {
        nonce: credited.deposits,
        sender: crossing.home,
        to: liar.id().0,
        amount: 1_000 * UNIT,
        message: Vec::new(),
    };
    let lie = follow(credited, slice::from_ref(&forged)).ok().context("the lie is well formed")?;
    liar.bridge().attest(lie).await?;
    let refused = liar.bridge().credit(vec![forged]).await.err().context("the lie was credited")?;
    ensure!(refused.refusal().is_some_and(|refusal| refusal.is("Bridge", "NotAccepted")), "{refused}");

    let began = crossing.best().await?;
    sent.deposit(crossing, 30 * UNIT).await?;
    bridge.until_credited(network, lie.deposits - 1, PATIENCE).await?;
    let state = network.client.best().await?.bridge_state().await?;
    ensure!(state.credited.accumulator != lie.accumulator, "the lie was believed");
    let has = network.client.best().await?.funds(liar.id()).await?.free;
    ensure!(has <= owned, "the liar had {owned} units, and has {has}");
    crossing.told("bridge_liar", began, sent).await
}

/// The same attester says nothing any more: the others are enough.
async fn silent_attester(crossing: &Crossing) -> Result<()> {
    let mut sent = Sent::begin(crossing).await?;
    ensure!(!crossing.bridge.attesters[UNLUCKY].is_running(), "it was to be silent");
    let began = crossing.best().await?;
    sent.deposit(crossing, 8 * UNIT).await?;
    crossing.told("bridge_silent_attester", began, sent).await?;
    crossing.bridge.attesters[UNLUCKY].start()
}

/// One validator of four makes blocks, and has lost its key for Ethereum: the three others are enough, and all of them needed.
async fn silent_key(crossing: &Crossing) -> Result<()> {
    let client = &crossing.network.client;
    let mut sent = Sent::begin(crossing).await?;
    let key = forget_key(crossing)?;
    let began = crossing.best().await?;
    let mut follower = Follower::of(&crossing.cluster.nodes[0].url()).await?;
    let later = began + SESSION;
    let signed =
        follower.until("a block that is signed later", PATIENCE, |signed| signed.block > later).await?;
    let block = client.block_at(signed.block).await?.context("a signed block is there")?;
    let keys = client.signers_at(block.hash).await?.keys;
    let digits = |key: &[u8]| key.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let place =
        keys.iter().position(|one| digits(&one[..]) == key).context("the validator still has its seat")?;
    ensure!(
        signed.signatures == VALIDATORS - 1 && !signed.places.contains(&place),
        "the validator at {place} has signed: {signed:?}"
    );

    let index = sent.withdraw(crossing, 9 * UNIT).await?;
    crossing.bridge.until_claimed(index, PATIENCE).await?;
    let imported = crossing.bridge.client.latest_block().await?;
    ensure!(imported >= signed.block, "block {imported} was imported, and {signed:?} is without that key");
    crossing.told("bridge_silent_key", began, sent).await
}

/// Take the key with which a validator signs for Ethereum off its disk, where its node reads it each time. Gives the public one,
/// in hexadecimal digits.
fn forget_key(crossing: &Crossing) -> Result<String> {
    /// `beef` in hexadecimal digits, with which names of such files begin.
    const KIND: &str = "62656566";
    let chains = crossing.cluster.nodes[UNLUCKY].base().join("chains");
    for chain in fs::read_dir(&chains)? {
        for key in fs::read_dir(chain?.path().join("keystore"))? {
            let key = key?;
            if let Some(public) = key.file_name().to_string_lossy().strip_prefix(KIND) {
                fs::remove_file(key.path())?;
                return Ok(public.to_owned());
            }
        }
    }
    bail!("no key is in {}", chains.display())
}
