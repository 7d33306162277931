//! Who follows which deal. One task looks at each deal once a block, however many subscribers it has, and in a thread of its
//! own: a look is a call of the runtime, which must not keep the node's other tasks waiting.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    future::{self, Either},
    FutureExt as _, Stream, StreamExt as _,
};
use serde::{Deserialize, Serialize};
use talka_primitives::{view::Progress, BlockNumber, DealId};
use talka_runtime::Hash;
use tokio::sync::{mpsc, oneshot, watch, OwnedSemaphorePermit, Semaphore};

use super::error::Error;

/// Most subscriptions to deals at a node: each deal of them is looked at once a block.
pub const MAX_SUBSCRIPTIONS: usize = 1_024;
/// Most of them for one connection: nobody takes the room of all others by opening a single one.
pub const MAX_OF_A_CONNECTION: usize = 64;
/// Subscriptions that stand in line for their first look. Others wait until there is room in the line.
const MAX_WAITING: usize = 64;

/// How far a deal is after a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealProgress {
    /// The deal.
    pub deal: DealId,
    /// The block's height.
    pub number: BlockNumber,
    /// The block's hash.
    pub hash: Hash,
    /// How many of the tasks are in which state.
    pub progress: Progress,
    /// Whether every task has ended: nothing follows.
    pub over: bool,
}

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Its hash.
    pub hash: Hash,
    /// Its height.
    pub number: BlockNumber,
}

/// What is to be known of the chain to follow deals.
pub trait Look {
    /// The best block.
    fn best(&self) -> At;
    /// How far a deal is at a block.
    fn progress(&self, at: At, deal: DealId) -> Result<DealProgress, Error>;
}

/// A deal that is followed: its newest state, and whether there is a newer one.
pub struct Followed {
    /// The newest state.
    pub newest: watch::Receiver<DealProgress>,
    _counted: OwnedSemaphorePermit,
    _of_connection: OfConnection,
}

/// How many deals each connection follows, by its number.
#[derive(Clone, Default)]
struct Connections(Arc<Mutex<HashMap<usize, usize>>>);

impl Connections {
    fn lock(&self) -> MutexGuard<'_, HashMap<usize, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Count one more deal of a connection, if there is room.
    fn enter(&self, connection: usize) -> Option<OfConnection> {
        let mut all = self.lock();
        let followed = all.entry(connection).or_default();
        if *followed >= MAX_OF_A_CONNECTION {
            return None;
        }
        *followed += 1;
        Some(OfConnection { connections: self.clone(), connection })
    }
}

/// A deal that a connection follows, until it is dropped.
struct OfConnection {
    connections: Connections,
    connection: usize,
}

impl Drop for OfConnection {
    fn drop(&mut self) {
        let mut all = self.connections.lock();
        if let Some(followed) = all.get_mut(&self.connection) {
            *followed -= 1;
            if *followed == 0 {
                all.remove(&self.connection);
            }
        }
    }
}

struct Wish {
    deal: DealId,
    answer: oneshot::Sender<Result<watch::Receiver<DealProgress>, Error>>,
}

/// Where deals can be followed.
#[derive(Clone)]
pub struct Deals {
    wishes: mpsc::Sender<Wish>,
    room: Arc<Semaphore>,
    connections: Connections,
}

impl Deals {
    /// Follow deals of this chain, on which these are the new best blocks. The task ends with the blocks, or when nobody can
    /// follow deals any more. It blocks.
    pub fn of<Chain: Look>(
        chain: Chain,
        blocks: impl Stream<Item = At> + Unpin,
    ) -> (Self, impl future::Future<Output = ()>) {
        let (wishes, wished) = mpsc::channel(MAX_WAITING);
        let room = Arc::new(Semaphore::new(MAX_SUBSCRIPTIONS));
        (Self { wishes, room, connections: Connections::default() }, serve(chain, blocks, wished))
    }

    /// Follow one deal, for the connection with this number.
    pub async fn follow(&self, deal: DealId, connection: usize) -> Result<Followed, Error> {
        let of_connection = self.connections.enter(connection).ok_or(Error::TooManySubscriptions)?;
        let counted = self.room.clone().try_acquire_owned().map_err(|_| Error::TooManySubscriptions)?;
        let (answer, answered) = oneshot::channel();
        self.wishes.send(Wish { deal, answer }).await.map_err(|_| Error::Stopping)?;
        let newest = answered.await.map_err(|_| Error::Stopping)??;
        Ok(Followed { newest, _counted: counted, _of_connection: of_connection })
    }
}

async fn serve<Chain: Look>(
    chain: Chain,
    mut blocks: impl Stream<Item = At> + Unpin,
    mut wishes: mpsc::Receiver<Wish>,
) {
    let mut followed = HashMap::<DealId, watch::Sender<DealProgress>>::new();
    loop {
        let next = match future::select(blocks.next(), pin!(wishes.recv())).await {
            Either::Left((block, _)) => Either::Left(block),
            Either::Right((wish, _)) => Either::Right(wish),
        };
        match next {
            Either::Left(Some(mut block)) => {
                // Where looking takes longer than a block, the newest one counts.
                while let Some(Some(newer)) = blocks.next().now_or_never() {
                    block = newer;
                }
                followed.retain(|deal, subscribers| look_again(&chain, block, *deal, subscribers));
            }
            Either::Right(Some(Wish { deal, answer })) => {
                // It fails where the subscriber has left.
                let _ = answer.send(first_look(&chain, deal, &mut followed));
            }
            _ => return,
        }
    }
}

fn first_look(
    chain: &impl Look,
    deal: DealId,
    followed: &mut HashMap<DealId, watch::Sender<DealProgress>>,
) -> Result<watch::Receiver<DealProgress>, Error> {
    if let Some(subscribers) = followed.get(&deal) {
        return Ok(subscribers.subscribe());
    }
    let (subscribers, first) = watch::channel(chain.progress(chain.best(), deal)?);
    if !first.borrow().over {
        followed.insert(deal, subscribers);
    }
    Ok(first)
}

/// Tell the subscribers what has changed. Gives whether there is something left to tell, and somebody to be told.
fn look_again(chain: &impl Look, block: At, deal: DealId, subscribers: &watch::Sender<DealProgress>) -> bool {
    if subscribers.is_closed() {
        return false;
    }
    match chain.progress(block, deal) {
        Ok(seen) => {
            subscribers.send_if_modified(|told| {
                let changed = told.progress != seen.progress;
                *told = seen;
                changed
            });
            !seen.over
        }
        // On another branch the deal may not have been made yet.
        Err(Error::UnknownDeal(_)) => true,
        Err(error) => {
            tracing::warn!("subscriptions to deal {deal} end: {error}");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::{
        channel::mpsc::{unbounded, UnboundedSender},
        executor::block_on,
    };

    use super::*;

    /// A chain on which deals are as far as a test says; it counts the looks.
    #[derive(Clone, Default)]
    struct Chain(Arc<Mutex<(u32, Progress)>>);

    impl Chain {
        fn looks(&self) -> u32 {
            self.0.lock().unwrap().0
        }

        fn set(&self, progress: Progress) {
            self.0.lock().unwrap().1 = progress;
        }
    }

    impl Look for Chain {
        fn best(&self) -> At {
            at(1)
        }

        fn progress(&self, At { hash, number }: At, deal: DealId) -> Result<DealProgress, Error> {
            let mut state = self.0.lock().unwrap();
            state.0 += 1;
            let progress = state.1;
            if deal.0 > 9_999 {
                return Err(Error::UnknownDeal(deal));
            }
            Ok(DealProgress { deal, number, hash, progress, over: progress.is_over() })
        }
    }

    fn at(number: BlockNumber) -> At {
        At { hash: Hash::repeat_byte(number as u8), number }
    }

    const DEAL: DealId = DealId(7);
    /// The number of a connection.
    const ONE: usize = 1;

    /// Run a test beside the task that looks at deals.
    fn run<Done: future::Future<Output = ()>>(test: impl FnOnce(Chain, Deals, UnboundedSender<At>) -> Done) {
        let chain = Chain::default();
        chain.set(Progress { queued: 2, ..Progress::default() });
        let (blocks, stream) = unbounded();
        let (deals, served) = Deals::of(chain.clone(), stream);
        let test = test(chain, deals, blocks.clone());
        let (served, test) = (pin!(served), pin!(test));
        let has_ended = matches!(block_on(future::select(served, test)), Either::Right(_));
        assert!(has_ended, "the test has not ended");
    }

    #[test]
    fn looks_at_a_deal_once_a_block_however_many_follow_it() {
        run(|chain, deals, blocks| async move {
            let mut all = Vec::new();
            for connection in 0..100 {
                all.push(deals.follow(DEAL, connection).await.unwrap());
            }
            assert_eq!(chain.looks(), 1);
            chain.set(Progress { queued: 1, completed: 1, ..Progress::default() });
            blocks.unbounded_send(at(2)).unwrap();
            for one in &mut all {
                one.newest.changed().await.unwrap();
                assert_eq!(one.newest.borrow().number, 2);
            }
            assert_eq!(chain.looks(), 2);
        });
    }

    #[test]
    fn tells_the_end_and_looks_no_more() {
        run(|chain, deals, blocks| async move {
            let mut one = deals.follow(DEAL, ONE).await.unwrap();
            chain.set(Progress { completed: 2, ..Progress::default() });
            blocks.unbounded_send(at(2)).unwrap();
            one.newest.changed().await.unwrap();
            assert!(one.newest.borrow_and_update().over);
            blocks.unbounded_send(at(3)).unwrap();
            assert!(one.newest.changed().await.is_err());
            assert_eq!(chain.looks(), 2);
        });
    }

    #[test]
    fn forgets_a_deal_that_nobody_follows_any_more() {
        run(|chain, deals, blocks| async move {
            drop(deals.follow(DEAL, ONE).await.unwrap());
            blocks.unbounded_send(at(2)).unwrap();
            // It is served after the block.
            deals.follow(DealId(8), ONE).await.unwrap();
            assert_eq!(chain.looks(), 2);
        });
    }

    #[test]
    fn says_that_there_is_no_such_deal() {
        run(|_, deals, _blocks| async move {
            let refused = deals.follow(DealId(10_000), ONE).await.err();
            assert!(matches!(refused, Some(Error::UnknownDeal(_))));
        });
    }

    #[test]
    fn has_room_for_a_limited_number_and_again_when_one_has_left() {
        run(|_, deals, _blocks| async move {
            let mut all = Vec::new();
            for deal in 0..MAX_SUBSCRIPTIONS {
                all.push(deals.follow(DealId(deal as u32), deal).await.unwrap());
            }
            let refused = deals.follow(DEAL, MAX_SUBSCRIPTIONS).await.err();
            assert!(matches!(refused, Some(Error::TooManySubscriptions)));
            all.pop();
            assert!(deals.follow(DEAL, MAX_SUBSCRIPTIONS).await.is_ok());
        });
    }

    #[test]
    fn leaves_room_for_others_however_many_one_connection_wants() {
        run(|_, deals, _blocks| async move {
            let mut all = Vec::new();
            for deal in 0..MAX_OF_A_CONNECTION {
                all.push(deals.follow(DealId(deal as u32), ONE).await.unwrap());
            }
            let refused = deals.follow(DEAL, ONE).await.err();
            assert!(matches!(refused, Some(Error::TooManySubscriptions)));
            assert!(deals.follow(DEAL, ONE + 1).await.is_ok());
            all.pop();
            assert!(deals.follow(DEAL, ONE).await.is_ok());
            drop(all);
            assert!(deals.connections.lock().is_empty());
        });
    }
}
