//! The types of the orders pallet in the form in which they are sent. subxt cannot generate them, because orders that
//! stand in for generated types are within them. A test below compares them with the pallet's own.

use codec::{Decode, Encode};
use talka_primitives::{
    order::{AppOrder, DatasetOrder, Order, PoolOrder, RequestOrder},
    Balance, OrderId, PoolId,
};

use crate::{order::Signature, AccountId};

/// An order that was signed off chain.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct SignedOrder<Kind> {
    pub order: Kind,
    pub genesis: [u8; 32],
    pub signature: Signature,
}

/// Where an order is.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Source<Kind> {
    Published(OrderId),
    Signed(Box<SignedOrder<Kind>>),
}

/// How the work of a pool is bought.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum PoolSource {
    Listed(PoolId),
    Ordered(Source<PoolOrder<AccountId>>),
}

/// Orders that are to become a deal.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Match {
    pub app: Option<Source<AppOrder<AccountId>>>,
    pub dataset: Option<Source<DatasetOrder<AccountId>>>,
    pub pool: PoolSource,
    pub request: Source<RequestOrder<AccountId>>,
}

/// Which order is meant.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Named {
    Published(OrderId),
    Signed(Box<Order<AccountId>>),
}

/// An order on chain.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Publication {
    pub order: Order<AccountId>,
    pub deposit: Balance,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::{Form, SignatureBytes};
    use codec::DecodeAll as _;
    use talka_pallet_orders as pallet;
    use talka_primitives::{
        order::{Restrictions, Terms},
        AppId, CategoryId, DatasetId, Parameters, Salt, Tags, Trust,
    };

    /// Whether the pallet reads what is sent, and would send the same.
    fn is_read_as<Theirs: Decode + Encode>(ours: &impl Encode) {
        let bytes = ours.encode();
        let theirs = Theirs::decode_all(&mut &bytes[..]).unwrap();
        assert_eq!(theirs.encode(), bytes);
    }

    fn terms() -> Terms<AccountId> {
        Terms {
            signer: AccountId::from([1; 32]),
            price: 3,
            volume: 10,
            tags: Tags(0b11),
            only: Restrictions { app: Some(AppId(1)), ..Default::default() },
            expiry: 100,
            salt: Salt([1; 32]),
        }
    }

    fn signed<Kind>(order: Kind, form: Form, bytes: SignatureBytes) -> Source<Kind> {
        let signature = Signature { form, bytes };
        Source::Signed(Box::new(SignedOrder { order, genesis: [9; 32], signature }))
    }

    #[test]
    fn are_the_pallets_types() {
        let app = AppOrder { app: AppId(1), terms: terms() };
        let dataset = DatasetOrder { dataset: DatasetId(2), terms: terms() };
        let pool = PoolOrder { pool: PoolId(3), category: CategoryId(0), trust: Trust(4), terms: terms() };
        let request = RequestOrder {
            app: AppId(1),
            dataset: Some(DatasetId(2)),
            category: CategoryId(0),
            trust: Trust(4),
            arguments: Default::default(),
            parameters: Parameters::Range { first: 7 },
            beneficiary: None,
            deadline: 90,
            terms: terms(),
        };
        type Match = pallet::Match<talka_runtime::AccountId, talka_runtime::Signature>;
        is_read_as::<Match>(&super::Match {
            app: Some(signed(app.clone(), Form::Raw, SignatureBytes::Sr25519([5; 64]))),
            dataset: Some(signed(dataset, Form::Wrapped, SignatureBytes::Ed25519([6; 64]))),
            pool: PoolSource::Ordered(signed(pool, Form::Raw, SignatureBytes::Ecdsa([7; 65]))),
            request: signed(request, Form::Raw, SignatureBytes::Sr25519([8; 64])),
        });
        is_read_as::<Match>(&super::Match {
            app: None,
            dataset: None,
            pool: PoolSource::Listed(PoolId(3)),
            request: Source::Published(OrderId([4; 32])),
        });
        type Named = pallet::Named<talka_runtime::AccountId>;
        is_read_as::<Named>(&super::Named::Published(OrderId([4; 32])));
        is_read_as::<Named>(&super::Named::Signed(Box::new(app.clone().into())));
        is_read_as::<pallet::Publication<talka_runtime::AccountId>>(&Publication {
            order: app.into(),
            deposit: 9,
        });
    }

    #[test]
    fn signatures_are_of_the_kind_they_say() {
        let bytes = Signature { form: Form::Wrapped, bytes: SignatureBytes::Ed25519([6; 64]) }.encode();
        let theirs = pallet::OrderSignature::<talka_runtime::Signature>::decode_all(&mut &bytes[..]).unwrap();
        let pallet::OrderSignature::Wrapped(signature) = theirs else { panic!("another form") };
        assert!(format!("{signature:?}").starts_with("Ed25519("));
        let bytes = Signature { form: Form::Raw, bytes: SignatureBytes::Sr25519([6; 64]) }.encode();
        let theirs = pallet::OrderSignature::<talka_runtime::Signature>::decode_all(&mut &bytes[..]).unwrap();
        let pallet::OrderSignature::Raw(signature) = theirs else { panic!("another form") };
        assert!(format!("{signature:?}").starts_with("Sr25519("));
    }
}

/// The public keys that a validator works with, as a node made them: two of 32 bytes, which only nodes look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SessionKeys(pub [u8; 64]);
