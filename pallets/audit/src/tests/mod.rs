//! One file for the call, and one for the interface to Proof of Contribution.

mod audits;
mod set_rules;
mod try_state;
