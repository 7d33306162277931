//! Orders that are signed off chain, and the files that they are handed on in.
//!
//! ```json
//! {"genesis":"0x…","id":"0x…","order":{"App":{…}},"signature":{"kind":"sr25519","form":"raw","bytes":"0x…"}}
//! ```
//!
//! What an order is, and how it is named, is in [`talka_primitives::order`].

use codec::{Decode, Encode};
use serde::{de::Error as _, Deserialize, Deserializer, Serialize, Serializer};
use subxt_signer::sr25519;
use talka_primitives::{
    order::{order_id, wrapped, Order, WrongKind},
    OrderId, Salt,
};

use crate::{
    error::{Error, Transient},
    keys::Keypair,
    AccountId, BlockHash,
};

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
    pub signature: Signature,
}

/// A signature of an order's identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(try_from = "Plain", into = "Plain")]
pub struct Signature {
    /// What exactly was signed.
    pub form: Form,
    /// The signature itself.
    pub bytes: SignatureBytes,
}

/// What exactly was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// The 32 bytes of the identifier: what programs sign.
    Raw,
    /// The same between `<Bytes>` and `</Bytes>`: what wallets sign.
    Wrapped,
}

/// A signature of one of the kinds of keys that accounts have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum SignatureBytes {
    /// Of an Ed25519 key.
    Ed25519([u8; 64]),
    /// Of a key of the usual kind.
    Sr25519([u8; 64]),
    /// Of an ECDSA key.
    Ecdsa([u8; 65]),
}

/// Why an order is not one that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The identifier is not that of the content.
    #[error("the order was changed after it was signed, or is for another chain")]
    Changed,
    /// It was signed for another chain than the one that is used.
    #[error("the order was signed for another chain")]
    WrongChain,
    /// The signature is not the signer's.
    #[error("the signature is not that of the order's signer")]
    BadSignature,
    /// Somebody else would have to sign.
    #[error("the order names {0} as its signer, and this is another account's key")]
    NotSigner(AccountId),
    /// It is of another kind than is needed.
    #[error("the order is not one of {0}")]
    WrongKind(&'static str),
}

impl OrderError {
    /// What to do about it, in one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Changed | Self::BadSignature => "get the order from its signer again",
            Self::WrongChain => "ask its signer for an order for this chain, or name a node of the other one",
            Self::NotSigner(_) => "sign with the key of that account",
            Self::WrongKind(_) => "name an order of the kind that is needed here",
        }
    }
}

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
    let bytes = SignatureBytes::Sr25519(key.sign(&id.0).0);
    Ok(SignedOrder { genesis, id, order, signature: Signature { form: Form::Raw, bytes } })
}

impl SignedOrder {
    /// Check that nothing was changed since it was signed: that the identifier is that of the content and, where the
    /// signature is of the usual kind, that it is the signer's. The chain checks the other kinds.
    pub fn check(&self) -> Result<(), OrderError> {
        if order_id(&self.genesis.0, &self.order) != self.id {
            return Err(OrderError::Changed);
        }
        let SignatureBytes::Sr25519(bytes) = self.signature.bytes else { return Ok(()) };
        let signed = match self.signature.form {
            Form::Raw => self.id.0.to_vec(),
            Form::Wrapped => wrapped(self.id),
        };
        let signer = sr25519::PublicKey(self.order.terms().signer.0);
        match sr25519::verify(&sr25519::Signature(bytes), signed, &signer) {
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
}

/// An order as one of the four kinds. `plural` is what its kind is called, as in `apps`.
pub fn of_kind<Kind>(order: Order<AccountId>, plural: &'static str) -> Result<Kind, OrderError>
where
    Kind: TryFrom<Order<AccountId>, Error = WrongKind>,
{
    Kind::try_from(order).map_err(|WrongKind| OrderError::WrongKind(plural))
}

/// How a signature is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    kind: KeyKind,
    form: Form,
    bytes: Hex,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KeyKind {
    Sr25519,
    Ed25519,
    Ecdsa,
}

impl From<Signature> for Plain {
    fn from(Signature { form, bytes }: Signature) -> Self {
        let (kind, bytes) = match bytes {
            SignatureBytes::Sr25519(bytes) => (KeyKind::Sr25519, bytes.to_vec()),
            SignatureBytes::Ed25519(bytes) => (KeyKind::Ed25519, bytes.to_vec()),
            SignatureBytes::Ecdsa(bytes) => (KeyKind::Ecdsa, bytes.to_vec()),
        };
        Self { kind, form, bytes: Hex(bytes) }
    }
}

impl TryFrom<Plain> for Signature {
    type Error = &'static str;

    fn try_from(Plain { kind, form, bytes: Hex(bytes) }: Plain) -> Result<Self, Self::Error> {
        let bytes = match kind {
            KeyKind::Sr25519 => bytes.try_into().map(SignatureBytes::Sr25519),
            KeyKind::Ed25519 => bytes.try_into().map(SignatureBytes::Ed25519),
            KeyKind::Ecdsa => bytes.try_into().map(SignatureBytes::Ecdsa),
        };
        let bytes = bytes.map_err(|_| "a signature has 64 bytes, one of an ECDSA key 65")?;
        Ok(Self { form, bytes })
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
        order::{AppOrder, PoolOrder, Restrictions, Terms},
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
        // Whoever changes the identifier as well has no signature of it.
        cheaper.id = order_id(&genesis().0, &cheaper.order);
        assert_eq!(cheaper.check(), Err(OrderError::BadSignature));
        let moved = SignedOrder { genesis: [8; 32].into(), ..signed() };
        assert_eq!(moved.check(), Err(OrderError::Changed));
        assert_eq!(signed().check_for([8; 32].into()), Err(OrderError::WrongChain));
    }

    #[test]
    fn may_be_signed_by_a_wallet() {
        let bytes = dev::alice().sign(&wrapped(signed().id)).0;
        let signature = Signature { form: Form::Wrapped, bytes: SignatureBytes::Sr25519(bytes) };
        let by_wallet = SignedOrder { signature, ..signed() };
        assert_eq!(by_wallet.check(), Ok(()));
        let raw = Signature { form: Form::Raw, ..signature };
        assert_eq!(SignedOrder { signature: raw, ..signed() }.check(), Err(OrderError::BadSignature));
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
        for bytes in [SignatureBytes::Ed25519([7; 64]), SignatureBytes::Ecdsa([7; 65])] {
            let signature = Signature { form: Form::Wrapped, bytes };
            let json = serde_json::to_string(&signature).unwrap();
            assert_eq!(serde_json::from_str::<Signature>(&json).unwrap(), signature);
            // Only the chain can check it.
            assert_eq!(SignedOrder { signature, ..signed() }.check(), Ok(()));
        }
        for bad in ["0x00", "00", "0x0", "0xzz", ""] {
            let json = format!(r#"{{"kind":"ed25519","form":"raw","bytes":"{bad}"}}"#);
            assert!(serde_json::from_str::<Signature>(&json).is_err(), "{bad}");
        }
    }

    #[test]
    fn is_of_one_kind() {
        assert_eq!(of_kind::<AppOrder<_>>(order(), "apps").unwrap().app, AppId(7));
        let error = of_kind::<PoolOrder<_>>(order(), "pools").unwrap_err();
        assert_eq!(error.to_string(), "the order is not one of pools");
    }
}
