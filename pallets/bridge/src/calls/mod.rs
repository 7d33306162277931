//! What the calls do: one file each. Everything is checked first and written last.

mod attest;
mod claim_parked;
mod credit;
mod set_attester;
mod set_contracts;
mod set_limits;
mod withdraw;
