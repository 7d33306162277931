//! What the calls take, and what is stored of a published order.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use talka_primitives::{
    id::OrderId,
    order::{AppOrder, DatasetOrder, Order, PoolOrder, RequestOrder},
    Balance, PoolId,
};

/// A signature of an order's identifier.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum OrderSignature<Signature> {
    /// Of the 32 bytes as they are: what programs sign.
    Raw(Signature),
    /// Of the 32 bytes between `<Bytes>` and `</Bytes>`: what wallets sign.
    Wrapped(Signature),
}

/// An order that was signed off chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct SignedOrder<Kind, Signature> {
    /// The order.
    pub order: Kind,
    /// The hash of the genesis block of the chain for which it was signed.
    pub genesis: [u8; 32],
    /// Made by the order's signer.
    pub signature: OrderSignature<Signature>,
}

/// Where an order is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Source<Kind, Signature> {
    /// Published on chain, under this identifier.
    Published(OrderId),
    /// Here, with its signature.
    Signed(SignedOrder<Kind, Signature>),
}

/// How the work of a pool is bought.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum PoolSource<AccountId, Signature> {
    /// Of this pool, at its published price.
    Listed(PoolId),
    /// On an order's terms.
    Ordered(Source<PoolOrder<AccountId>, Signature>),
}

/// Orders that are to become a deal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Match<AccountId, Signature> {
    /// The app's; none to buy it at its published price.
    pub app: Option<Source<AppOrder<AccountId>, Signature>>,
    /// The dataset's, where the request names one; none to buy it at its published price.
    pub dataset: Option<Source<DatasetOrder<AccountId>, Signature>>,
    /// The pool's.
    pub pool: PoolSource<AccountId, Signature>,
    /// The requester's.
    pub request: Source<RequestOrder<AccountId>, Signature>,
}

/// Which order is meant.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Named<AccountId> {
    /// The one published under this identifier.
    Published(OrderId),
    /// This one, which was signed off chain.
    Signed(Order<AccountId>),
}

/// An order on chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Publication<AccountId> {
    /// The order.
    pub order: Order<AccountId>,
    /// What is held of its signer, in units of TLK.
    pub deposit: Balance,
}
