//! Duties of workers as transactions: free of fee, ahead of all others, and one of each.
//!
//! [`Duties`] stands around those checks of a transaction that depend on its class, its fee or its number. It finds out whether
//! the call is a duty ([`talka_pallet_poco::Pallet::due`]), and the checks see the transaction as what it is:
//!
//! | | a duty | any other transaction |
//! |---|---|---|
//! | class | operational: what the others cannot fill is for duties | normal, whatever the call says of itself |
//! | fee | none; a tip is paid | as ever |
//! | priority | above all others; with a tip, above other duties | below all duties, whatever the tip |
//! | in the pool | one of each kind, sender and task, for [`LIFE`] blocks | as ever |
//!
//! A worker's duty is one whether the worker sends it or its duty key. The number, the tags and a tip are the sender's.
//!
//! A duty that is none now is refused: the worker loses no fee by a block that came first, and the code of the refusal is the
//! number of the error in the metadata of `Poco`. Inside another call (a batch, a proxy) it is an ordinary call, with its fee.
//!
//! From outside the checks look as if they stood alone: same names, same bytes.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_metadata_hash_extension::CheckMetadataHash;
use frame_support::{
    dispatch::{DispatchClass, DispatchInfo, Pays, PostDispatchInfo},
    weights::Weight,
};
use frame_system::{ensure_signed, CheckNonce, CheckWeight, WeightReclaim};
use pallet_transaction_payment::ChargeTransactionPayment;
use scale_info::{Type, TypeInfo};
use sp_runtime::{
    traits::{Implication, TransactionExtension, TransactionExtensionMetadata, ValidateResult},
    transaction_validity::{
        InvalidTransaction, TransactionLongevity, TransactionPriority, TransactionSource, TransactionTag,
        TransactionValidity, TransactionValidityError, ValidTransaction,
    },
    DispatchError, DispatchResult, ModuleError,
};

use crate::{weights, Balance, Nonce, Poco, Runtime, RuntimeCall, RuntimeOrigin, System};

/// The priority of a duty without a tip. That of others is cut off below it.
pub const PRIORITY: TransactionPriority = 1 << 63;

/// Blocks after which the pool drops a duty. It goes first, so one that is still there has something wrong with it.
pub const LIFE: TransactionLongevity = 16;

/// How far ahead of its account's number that of a duty may be: as many as a worker has on their way at once. More would only
/// hold places in the pool.
pub const AHEAD: Nonce = 16;

/// The checks that duties are seen by in their own way.
pub type Checks = (
    CheckNonce<Runtime>,
    CheckWeight<Runtime>,
    ChargeTransactionPayment<Runtime>,
    CheckMetadataHash<Runtime>,
    WeightReclaim<Runtime>,
);

type ChecksVal = <Checks as TransactionExtension<RuntimeCall>>::Val;
type ChecksPre = <Checks as TransactionExtension<RuntimeCall>>::Pre;

/// See the [module](self).
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, Debug, Eq, PartialEq)]
pub struct Duties(Checks);

impl From<Checks> for Duties {
    fn from(checks: Checks) -> Self {
        Self(checks)
    }
}

/// For the metadata there are only the checks themselves.
impl TypeInfo for Duties {
    type Identity = Checks;

    fn type_info() -> Type {
        Checks::type_info()
    }
}

/// What the checks hand on, and whether the transaction is a duty.
pub struct Seen<Inner> {
    inner: Inner,
    is_duty: bool,
}

/// The transaction as the checks are to see it.
fn seen(info: &DispatchInfo, is_duty: bool) -> DispatchInfo {
    match is_duty {
        true => DispatchInfo { class: DispatchClass::Operational, pays_fee: Pays::No, ..*info },
        // What the chain itself has to do is in transactions without a signature, which do not come here.
        false => DispatchInfo { class: DispatchClass::Normal, ..*info },
    }
}

/// The number of a refusal among the errors of `Poco`.
fn refusal(error: DispatchError) -> TransactionValidityError {
    match error {
        DispatchError::Module(ModuleError { error: [number, ..], .. }) => InvalidTransaction::Custom(number),
        _ => InvalidTransaction::Call,
    }
    .into()
}

impl Duties {
    fn nonce(&self) -> Nonce {
        self.0 .0 .0
    }

    fn tip(&self) -> Balance {
        self.0 .2.tip()
    }

    /// The tags of the duties that a call fulfils; nothing where it is another call. First what costs least to refuse.
    fn due(
        &self,
        origin: &RuntimeOrigin,
        call: &RuntimeCall,
    ) -> Result<Option<Vec<TransactionTag>>, TransactionValidityError> {
        let RuntimeCall::Poco(call) = call else { return Ok(None) };
        let (Some(_), Ok(who)) = (Poco::weight_of_check(call), ensure_signed(origin.clone())) else {
            return Ok(None);
        };
        CheckNonce::<Runtime>::validate_nonce_for_account(&who, self.nonce())?;
        if self.nonce() > System::account_nonce(&who).saturating_add(AHEAD) {
            return Err(InvalidTransaction::Future.into());
        }
        let Some(due) = Poco::due(&who, call) else { return Ok(None) };
        let duties = due.map_err(|error| refusal(error.into()))?;
        Ok(Some(duties.into_iter().map(|duty| (b"talka/duty", &who, duty).encode()).collect()))
    }
}

impl TransactionExtension<RuntimeCall> for Duties {
    const IDENTIFIER: &'static str = "Use `metadata()`!";
    type Implicit = <Checks as TransactionExtension<RuntimeCall>>::Implicit;
    type Val = Seen<ChecksVal>;
    type Pre = Seen<ChecksPre>;

    fn implicit(&self) -> Result<Self::Implicit, TransactionValidityError> {
        <Checks as TransactionExtension<RuntimeCall>>::implicit(&self.0)
    }

    fn metadata() -> Vec<TransactionExtensionMetadata> {
        <Checks as TransactionExtension<RuntimeCall>>::metadata()
    }

    fn weight(&self, call: &RuntimeCall) -> Weight {
        let check = match call {
            RuntimeCall::Poco(call) => Poco::weight_of_check(call),
            _ => None,
        };
        // With the account, for its number.
        let check = check.map(|check| check.saturating_add(weights::DbWeight::get().reads(1)));
        self.0.weight(call).saturating_add(check.unwrap_or_default())
    }

    fn validate(
        &self,
        origin: RuntimeOrigin,
        call: &RuntimeCall,
        info: &DispatchInfo,
        len: usize,
        self_implicit: Self::Implicit,
        inherited_implication: &impl Implication,
        source: TransactionSource,
    ) -> ValidateResult<Self::Val, RuntimeCall> {
        let due = self.due(&origin, call)?;
        let is_duty = due.is_some();
        let (valid, inner, origin) = self.0.validate(
            origin,
            call,
            &seen(info, is_duty),
            len,
            self_implicit,
            inherited_implication,
            source,
        )?;
        let valid = match due {
            Some(tags) => {
                let tip = if self.tip() > 0 { valid.priority.min(PRIORITY - 1) } else { 0 };
                // The number's tag stays the first: the node finds an account's next number by it.
                let provides = valid.provides.into_iter().chain(tags).collect();
                let longevity = valid.longevity.min(LIFE);
                ValidTransaction { priority: PRIORITY + tip, provides, longevity, ..valid }
            }
            None => ValidTransaction { priority: valid.priority.min(PRIORITY - 1), ..valid },
        };
        Ok((valid, Seen { inner, is_duty }, origin))
    }

    fn prepare(
        self,
        val: Self::Val,
        origin: &RuntimeOrigin,
        call: &RuntimeCall,
        info: &DispatchInfo,
        len: usize,
    ) -> Result<Self::Pre, TransactionValidityError> {
        let Seen { inner, is_duty } = val;
        let inner = self.0.prepare(inner, origin, call, &seen(info, is_duty), len)?;
        Ok(Seen { inner, is_duty })
    }

    fn post_dispatch(
        pre: Self::Pre,
        info: &DispatchInfo,
        post_info: &mut PostDispatchInfo,
        len: usize,
        result: &DispatchResult,
    ) -> Result<(), TransactionValidityError> {
        if pre.is_duty {
            // So that the event says it too.
            post_info.pays_fee = Pays::No;
        }
        <Checks as TransactionExtension<RuntimeCall>>::post_dispatch(
            pre.inner,
            &seen(info, pre.is_duty),
            post_info,
            len,
            result,
        )
    }

    fn bare_validate(call: &RuntimeCall, info: &DispatchInfo, len: usize) -> TransactionValidity {
        <Checks as TransactionExtension<RuntimeCall>>::bare_validate(call, info, len)
    }

    fn bare_validate_and_prepare(
        call: &RuntimeCall,
        info: &DispatchInfo,
        len: usize,
    ) -> Result<(), TransactionValidityError> {
        <Checks as TransactionExtension<RuntimeCall>>::bare_validate_and_prepare(call, info, len)
    }

    fn bare_post_dispatch(
        info: &DispatchInfo,
        post_info: &mut PostDispatchInfo,
        len: usize,
        result: &DispatchResult,
    ) -> Result<(), TransactionValidityError> {
        <Checks as TransactionExtension<RuntimeCall>>::bare_post_dispatch(info, post_info, len, result)
    }
}
