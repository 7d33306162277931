//! What the call does.

mod set_rules;
