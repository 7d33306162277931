//! What a contract means by refusing: each of its errors has a name, its values, and a hint.

use std::borrow::Cow;

use alloy::sol_types::{Panic, Revert as Text, SolError as _, SolInterface as _};
use talka_primitives::Hint;

use crate::abi::Contract::ContractErrors as Errors;

/// Why a contract refuses a call. The call had no effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused by the contract: {text}")]
pub struct Revert {
    /// The error's name, as in `AboveCap`; empty where the contract gives none.
    pub name: &'static str,
    text: String,
    hint: &'static str,
}

/// For each error its name, its values and its hint. A new error without a hint does not compile.
macro_rules! explain {
    ($error:expr, $($name:ident $hint:literal)*) => {
        match $error {
            $(Errors::$name(error) => Revert { name: stringify!($name), text: format!("{error:?}"), hint: $hint },)*
        }
    };
}

impl Revert {
    /// What the bytes say that a contract reverts with.
    pub fn decode(data: &[u8]) -> Self {
        if let Ok(error) = Errors::abi_decode(data) {
            return explain(error);
        }
        if let Ok(error) = Text::abi_decode(data) {
            return Self { name: "", text: error.reason, hint: "see what the contract says" };
        }
        if let Ok(error) = Panic::abi_decode(data) {
            let hint = "the contract has met what cannot be: tell its developers";
            return Self { name: "Panic", text: format!("{error}"), hint };
        }
        Self::silent()
    }

    /// A refusal without a word: of a token that gives no reason, or of something that is no such contract.
    pub fn silent() -> Self {
        let text = "it gives no reason".into();
        Self {
            name: "",
            text,
            hint: "check the address of the contract, and the account's tokens and allowance",
        }
    }

    /// Whether it is this error.
    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// Whether the same call may succeed later, without anybody doing something about it.
    pub(crate) fn passes(&self) -> bool {
        ["RateLimitExceeded", "IsPaused", "NotInOutbox", "NotEnoughGas", "PausedRecently", "TooEarly"]
            .contains(&self.name)
    }
}

impl Hint for Revert {
    fn hint(&self) -> Cow<'_, str> {
        self.hint.into()
    }
}

fn explain(error: Errors) -> Revert {
    explain!(error,
        NotAContract "name an address that has a contract, on the chain that is meant"
        NothingAnnounced "announce the other light client first"
        TooEarly "wait until that time, in seconds since 1970"
        NotInOutbox "make the proof for the newest outbox root that the light client has; import a newer block first"
        InvalidValidatorSet "a set has 1 to 256 validators and a root, and the next set the next number"
        OldBlock "import a newer block: somebody else was faster"
        UnknownValidatorSet "import one block of each session that was missed, in their order"
        WrongValidators "name all addresses of the set that has signed, in its order"
        NotTheNewestLeaf "give the leaf that the signed block itself has added"
        WrongMmrRoot "ask another node for the proof: this one does not lead to what was signed"
        WrongNextSet "ask another node for the leaf: this one is of another session"
        TooFewSigners "give the signatures of more than two thirds of the validators"
        UnknownSigner "set no bit beyond the last validator"
        WrongSignatureLength "give 65 bytes for each signer"
        InvalidSignature "ask another node for the justification: one of its signatures is of another key"
        MalformedCommitment "give a commitment with one entry, the root of the range"
        MalformedLeaf "give a leaf of 113 bytes, of version 0"
        WrongProofLength "make the proof for the signed block, at that block"
        NoReceiver "name a receiver that is not zero"
        ZeroAmount "write an amount above zero"
        BelowMinimum "deposit more: that is the least, in units of the token"
        AboveClaimLimit "deposit it in parts; a withdrawal above the limit waits until the vault's owner raises it"
        AboveCap "deposit less, or wait until the vault's owner raises its cap"
        MessageTooLong "write a shorter message"
        NotTheToken "only the token calls this: use its approveAndCall"
        InvalidData "give the account on the sidechain, 32 bytes"
        TipAboveAmount "offer a tip that is not more than the amount"
        AlreadyClaimed "nothing: the withdrawal was paid before"
        NotCovered "the sidechain has paid out more than was deposited: stop, and tell its operators"
        LimitsContradict "the bucket is not below the most of one claim, and neither that nor the cap below the least deposit"
        RateLimitExceeded "wait: the vault pays more as its bucket fills up, which takes a day"
        InvalidCallback "name a receiver and its gas, at most 2 000 000, or neither"
        WrongStatus "look at the request with resultOf: it does not wait for that"
        PayloadTooLong "a payload has at most 4096 bytes"
        WrongPayload "fetch the payload again: it is not the one whose hash the result names"
        GasBelowPromise "give the callback at least the gas that was promised"
        NoResult "wait for the result; one that was pushed to a contract cannot be asked for"
        TooManyArguments "give at most 16 arguments"
        ArgumentTooLong "an argument has at most 256 bytes, the task's own parameter 64"
        LengthTooLarge "write a shorter text"
        NotEnoughGas "send the transaction with more gas"
        IsPaused "wait until that time, in seconds since 1970: the pause ends by itself"
        PausedRecently "wait until that time, in seconds since 1970"
        OwnableUnauthorizedAccount "do that with the key of the contract's owner"
        OwnableInvalidOwner "name an owner that is not zero"
        ReentrancyGuardReentrantCall "the token or the callback calls back into the contract: that is not allowed"
        SafeCastOverflowedUintDowncast "write a smaller number"
        SafeERC20FailedOperation "check the account's tokens, and its allowance for the vault or the gateway"
        ERC20InsufficientBalance "the account has too few tokens"
        ERC20InsufficientAllowance "approve more: the allowance is too small"
        ERC20InvalidSender "name a sender that is not zero"
        ERC20InvalidReceiver "name a receiver that is not zero"
        ERC20InvalidApprover "name an account that is not zero"
        ERC20InvalidSpender "name a spender that is not zero"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Contract;
    use alloy::primitives::U256;

    #[test]
    fn have_a_name_their_values_and_a_hint() {
        let data = Contract::AboveCap { cap: U256::from(5), locked: U256::from(3) }.abi_encode();
        let revert = Revert::decode(&data);
        assert!(revert.is("AboveCap"));
        assert_eq!(revert.to_string(), "refused by the contract: AboveCap { cap: 5, locked: 3 }");
        assert!(revert.hint().contains("cap"));
        assert!(!revert.passes());
        assert!(Revert::decode(&Contract::RateLimitExceeded {}.abi_encode()).passes());
    }

    #[test]
    fn of_other_contracts_say_what_they_can() {
        let text = Revert::decode(&Text::from("not today").abi_encode());
        assert_eq!(text.to_string(), "refused by the contract: not today");
        assert!(Revert::decode(&Panic::from(0x11u64).abi_encode()).is("Panic"));
        assert_eq!(Revert::decode(&[]), Revert::silent());
        assert_eq!(Revert::decode(&[1, 2, 3, 4, 5]), Revert::silent());
    }
}
