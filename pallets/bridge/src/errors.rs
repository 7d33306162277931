//! Why calls are refused, and what to do about it. Wallets show these texts.

use frame_support::pallet_macros::pallet_section;

/// A part of the pallet, which takes it in by `import_section`.
#[pallet_section]
mod errors {
    #[pallet::error]
    pub enum Error<T> {
        /// No contracts on Ethereum are named yet. Wait until governance has called `set_contracts`.
        NoContracts,
        /// The contracts are named already, and cannot be changed.
        ContractsNamed,
        /// There cannot be such contracts. The number of their chain is not 0, neither address is, and the two are not the same.
        InvalidContracts,
        /// A withdrawal must be able to be more than nothing, and a day's bucket must hold the largest one.
        LimitsContradict,
        /// The account is no candidate, and was none whose stake is still locked. Call `validators.register` first.
        NotValidator,
        /// The account stands for election itself, or attests for another validator. Name one that does neither.
        AttesterInUse,
        /// The account attests for no validator that has a seat. Have a validator name it with `set_attester`; without a seat,
        /// wait for an election.
        NotSeated,
        /// These deposits are credited. Attest to newer ones.
        AlreadyCredited,
        /// The accumulator is not the one of the deposits that are credited. Look at the source of the events on Ethereum: it is
        /// not the named chain, or it lies.
        Contradiction,
        /// The attestation is too far ahead of what is credited (64 deposits). Credit what is accepted first.
        TooFarAhead,
        /// The validator has attested to this already. There is nothing to do.
        Repetition,
        /// The validator has attested to another accumulator for the same number. If that one was wrong, `set_attester` takes
        /// back what was attested.
        Equivocation,
        /// The validator has attested to more deposits. Attest to still more.
        NotNewer,
        /// No deposit is given. Give at least one.
        NoDeposits,
        /// The number of a deposit is not the one after the deposit before it, or the first not the next to be credited. Give
        /// deposits from `credited.deposits` on, in order and without a gap.
        NotNext,
        /// The message of a deposit has more bytes than the vault takes (8192). It is none of the vault's.
        MessageTooLong,
        /// A deposit has a larger amount than any vault can hold. It is none of the vault's.
        TooMuch,
        /// Not enough validators attest to what these deposits lead to. Give deposits up to exactly an accepted number; if they
        /// are that, one of them is not what was deposited on Ethereum.
        NotAccepted,
        /// Nothing is parked for the account.
        NothingParked,
        /// More is credited today than the limit allows. Wait until the bucket holds the amount, or is full.
        BucketEmpty,
        /// The account still cannot take what is parked for it: it would have less than the least balance. Send it some TLK
        /// first.
        CannotReceive,
        /// There is no receiver. Give an address on Ethereum other than 0.
        NoReceiver,
        /// The receiver is the vault or the gateway, which could not spend it. Give another address.
        ReceiverIsContract,
        /// The amount is zero. Give the amount to withdraw.
        ZeroAmount,
        /// The tip is a part of the amount, and cannot be more. Lower it.
        TipAboveAmount,
        /// A single withdrawal cannot be as large (`limits.withdrawal`). Withdraw in parts.
        AboveLimit,
        /// The vault does not hold as much for this chain (`backed`): it pays what was deposited. Withdraw less, or wait for
        /// deposits.
        NotBacked,
        /// The account's free balance is less than the amount and the price of a message (the constant `MessagePrice`). Withdraw
        /// less.
        FundsTooLow,
        /// The price of the message cannot be paid to the audit fund. Please report this.
        NoFund,
        /// The outbox is full: it has 2³² − 1 messages.
        OutboxFull,
    }
}
