//! One file for the call, and for what Proof of Contribution asks and tells.

mod audits;
mod set_rules;
mod try_state;
