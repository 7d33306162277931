//! Orders that are signed off chain, and the files that they are handed on in.
//!
//! ```json
//! {"genesis":"0x…","id":"0x…","order":{"App":{…}},"signature":{"kind":"sr25519","form":"raw","bytes":"0x…"}}
//! ```
//!
//! What an order is, and how it is named, is in [`talka_primitives::order`].

use serde::{de::Error as _, Deserialize, Deserializer, Serialize, Serializer};
use subxt_signer::sr25519;
use talka_primitives::{
    order::{self, order_id, Named, Order, OrderSignature, WrongKind},
    OrderId, Salt,
};

use crate::{
    error::{Error, Transient},
    keys::Keypair,
    AccountId, BlockHash,
};

pub use crate::error::OrderError;
pub use subxt::utils::MultiSignature;

/// An order and its signer's signature: what an order file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedOrder {
    /// The hash of the genesis block of the chain that it is for.
    pub genesis: BlockHash,
    /// What it is known by on that chain.
    #[serde(serialize_with = "with_prefix")]
    pub id: OrderId,
    /// The order.
    pub order: Order<AccountId>,
    /// The signer's signature of the identifier.
    #[serde(with = "written")]
    pub signature: Signature,
}

/// A signature of an order's identifier, of one of the kinds of keys that accounts have.
pub type Signature = OrderSignature<MultiSignature>;

/// Where an order is.
pub type Source<Kind> = order::Source<Kind, MultiSignature>;

/// A salt that nobody has used: it makes orders different that are otherwise equal.
pub fn random_salt() -> Result<Salt, Error> {
    let mut salt = Salt::default();
    match getrandom::fill(&mut salt.0) {
        Ok(()) => Ok(salt),
        Err(cause) => Err(Transient::NoRandomness(cause.to_string()).into()),
    }
}

/// Sign an order for the chain with this genesis block. Only its signer can.
pub fn sign(order: Order<AccountId>, genesis: BlockHash, key: &Keypair) -> Result<SignedOrder, OrderError> {
    let signer = order.terms().signer;
    if signer != AccountId::from(key.public_key().0) {
        return Err(OrderError::NotSigner(signer));
    }
    let id = order_id(&genesis.0, &order);
    let signature = OrderSignature::Raw(MultiSignature::Sr25519(key.sign(&id.0).0));
    Ok(SignedOrder { genesis, id, order, signature })
}

impl SignedOrder {
    /// Check that nothing was changed since it was signed: that the identifier is that of the content and, where the
    /// signature is of the usual kind, that it is the signer's. The chain checks the other kinds.
    pub fn check(&self) -> Result<(), OrderError> {
        if order_id(&self.genesis.0, &self.order) != self.id {
            return Err(OrderError::Changed);
        }
        let (signature, signed) = self.signature.over(self.id);
        let MultiSignature::Sr25519(signature) = signature else { return Ok(()) };
        let signer = sr25519::PublicKey(self.order.terms().signer.0);
        match sr25519::verify(&sr25519::Signature(*signature), signed, &signer) {
            true => Ok(()),
            false => Err(OrderError::BadSignature),
        }
    }

    /// Check that it is for this chain, and that nothing was changed since it was signed.
    pub fn check_for(&self, genesis: BlockHash) -> Result<(), OrderError> {
        self.check()?;
        if self.genesis != genesis {
            return Err(OrderError::WrongChain);
        }
        Ok(())
    }

    /// Where it is, to match it on the chain with this genesis block: checked, as one of the four kinds. `plural` is what
    /// its kind is called, as in `apps`.
    pub fn source<Kind>(self, genesis: BlockHash, plural: &'static str) -> Result<Source<Kind>, OrderError>
    where
        Kind: TryFrom<Order<AccountId>, Error = WrongKind>,
    {
        self.check_for(genesis)?;
        let Self { genesis, order, signature, .. } = self;
        let order = of_kind(order, plural)?;
        Ok(Source::Signed(order::SignedOrder { order, genesis: genesis.0, signature }))
    }

    /// Which order it is, to cancel it on the chain with this genesis block: checked.
    pub fn named(self, genesis: BlockHash) -> Result<Named<AccountId>, OrderError> {
        self.check_for(genesis)?;
        Ok(Named::Signed(self.order))
    }
}

/// An order as one of the four kinds. `plural` is what its kind is called, as in `apps`.
pub fn of_kind<Kind>(order: Order<AccountId>, plural: &'static str) -> Result<Kind, OrderError>
where
    Kind: TryFrom<Order<AccountId>, Error = WrongKind>,
{
    Kind::try_from(order).map_err(|WrongKind| OrderError::WrongKind(plural))
}

/// How a signature is written in a file.
mod written {
    use super::*;

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Written {
        kind: KeyKind,
        form: Form,
        bytes: Hex,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum KeyKind {
        Sr25519,
        Ed25519,
        Ecdsa,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Form {
        Raw,
        Wrapped,
    }

    pub(super) fn serialize<S: Serializer>(signature: &Signature, serializer: S) -> Result<S::Ok, S::Error> {
        let (form, signature) = match signature {
            OrderSignature::Raw(signature) => (Form::Raw, signature),
            OrderSignature::Wrapped(signature) => (Form::Wrapped, signature),
        };
        let (kind, bytes) = match signature {
            MultiSignature::Sr25519(bytes) => (KeyKind::Sr25519, bytes.to_vec()),
            MultiSignature::Ed25519(bytes) => (KeyKind::Ed25519, bytes.to_vec()),
            MultiSignature::Ecdsa(bytes) => (KeyKind::Ecdsa, bytes.to_vec()),
        };
        Written { kind, form, bytes: Hex(bytes) }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Signature, D::Error> {
        let Written { kind, form, bytes: Hex(bytes) } = Written::deserialize(deserializer)?;
        let signature = match kind {
            KeyKind::Sr25519 => bytes.try_into().map(MultiSignature::Sr25519),
            KeyKind::Ed25519 => bytes.try_into().map(MultiSignature::Ed25519),
            KeyKind::Ecdsa => bytes.try_into().map(MultiSignature::Ecdsa),
        };
        let length = |_| D::Error::custom("a signature has 64 bytes, one of an ECDSA key 65");
        let signature = signature.map_err(length)?;
        Ok(match form {
            Form::Raw => OrderSignature::Raw(signature),
            Form::Wrapped => OrderSignature::Wrapped(signature),
        })
    }
}

/// Bytes, written as `0x` and two digits for each.
struct Hex(Vec<u8>);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.collect_str(&format_args!("0x{digits}"))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let form = || D::Error::custom("bytes are written as 0x and two hexadecimal digits for each");
        let digits = text.strip_prefix("0x").ok_or_else(form)?.as_bytes();
        let digit = |byte: &u8| char::from(*byte).to_digit(16).ok_or_else(form);
        let byte = |pair: &[u8]| match pair {
            [high, low] => Ok((digit(high)? << 4 | digit(low)?) as u8),
            _ => Err(form()),
        };
        digits.chunks(2).map(byte).collect::<Result<_, _>>().map(Self)
    }
}

/// As block hashes are written, too.
fn with_prefix<S: Serializer>(id: &OrderId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("0x{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use subxt_signer::sr25519::dev;
    use talka_primitives::{
        order::{wrapped, AppOrder, PoolOrder, Restrictions, Terms},
        AppId, Tags,
    };

    fn genesis() -> BlockHash {
        [9; 32].into()
    }

    fn order() -> Order<AccountId> {
        let terms = Terms {
            signer: AccountId::from(dev::alice().public_key().0),
            price: 3,
            volume: 10,
            tags: Tags(0),
            only: Restrictions::default(),
            expiry: 100,
            salt: Salt([1; 32]),
        };
        AppOrder { app: AppId(7), terms }.into()
    }

    fn signed() -> SignedOrder {
        sign(order(), genesis(), &dev::alice()).unwrap()
    }

    #[test]
    fn is_signed_by_its_signer_only() {
        assert_eq!(signed().check_for(genesis()), Ok(()));
        let other = sign(order(), genesis(), &dev::bob());
        assert_eq!(other, Err(OrderError::NotSigner(order().terms().signer)));
    }

    #[test]
    fn shows_when_it_was_changed() {
        let mut cheaper = signed();
        let Order::App(app) = &mut cheaper.order else { unreachable!() };
        app.terms.price = 2;
        assert_eq!(cheaper.check(), Err(OrderError::Changed));
        // Where the identifier is changed as well, there is no signature of it.
        cheaper.id = order_id(&genesis().0, &cheaper.order);
        assert_eq!(cheaper.check(), Err(OrderError::BadSignature));
        let moved = SignedOrder { genesis: [8; 32].into(), ..signed() };
        assert_eq!(moved.check(), Err(OrderError::Changed));
        assert_eq!(signed().check_for([8; 32].into()), Err(OrderError::WrongChain));
    }

    #[test]
    fn may_be_signed_by_a_wallet() {
        let bytes = dev::alice().sign(&wrapped(signed().id)).0;
        let signature = MultiSignature::Sr25519(bytes);
        let by_wallet = SignedOrder { signature: OrderSignature::Wrapped(signature.clone()), ..signed() };
        assert_eq!(by_wallet.check(), Ok(()));
        let raw = SignedOrder { signature: OrderSignature::Raw(signature), ..signed() };
        assert_eq!(raw.check(), Err(OrderError::BadSignature));
    }

    #[test]
    fn is_written_to_a_file_and_read_from_it() {
        // A signature of this kind is another one each time.
        let signed = signed();
        let json = serde_json::to_value(&signed).unwrap();
        assert_eq!(json["genesis"], format!("0x{}", "09".repeat(32)));
        assert_eq!(json["id"], format!("0x{}", signed.id));
        assert_eq!(json["order"]["App"]["app"], 7);
        assert_eq!(json["signature"]["kind"], "sr25519");
        assert_eq!(json["signature"]["form"], "raw");
        assert_eq!(json["signature"]["bytes"].as_str().unwrap().len(), 130);
        assert_eq!(serde_json::from_value::<SignedOrder>(json).unwrap(), signed);
    }

    #[test]
    fn all_kinds_of_signatures_are_written_and_read() {
        for signature in [MultiSignature::Ed25519([7; 64]), MultiSignature::Ecdsa([7; 65])] {
            let signed = SignedOrder { signature: OrderSignature::Wrapped(signature), ..signed() };
            let json = serde_json::to_value(&signed).unwrap();
            assert_eq!(json["signature"]["form"], "wrapped");
            assert_eq!(serde_json::from_value::<SignedOrder>(json).unwrap(), signed);
            // Only the chain can check it.
            assert_eq!(signed.check(), Ok(()));
        }
        let mut json = serde_json::to_value(signed()).unwrap();
        for bad in ["0x00", "00", "0x0", "0xzz", ""] {
            json["signature"]["bytes"] = bad.into();
            let error = serde_json::from_value::<SignedOrder>(json.clone()).unwrap_err().to_string();
            assert!(error.contains("bytes"), "{bad}: {error}");
        }
    }

    #[test]
    fn is_of_one_kind() {
        assert_eq!(of_kind::<AppOrder<_>>(order(), "apps").unwrap().app, AppId(7));
        let error = of_kind::<PoolOrder<_>>(order(), "pools").unwrap_err();
        assert_eq!(error.to_string(), "the order is not one of pools");
    }

    #[test]
    fn is_matched_and_cancelled_only_as_what_it_is_and_where_it_is_for() {
        let there = BlockHash::from([8; 32]);
        let app = signed().source::<AppOrder<_>>(genesis(), "apps").unwrap();
        let Source::Signed(app) = app else { panic!("it is signed") };
        assert_eq!((Order::from(app.order), app.genesis), (order(), genesis().0));
        assert_eq!(signed().source::<AppOrder<_>>(there, "apps"), Err(OrderError::WrongChain));
        assert_eq!(signed().source::<PoolOrder<_>>(genesis(), "pools"), Err(OrderError::WrongKind("pools")));
        assert_eq!(signed().named(genesis()), Ok(Named::Signed(order())));
        assert_eq!(signed().named(there), Err(OrderError::WrongChain));
    }
}
