//! What the calls do, a file each.

mod add_stake;
mod forget_keys;
mod register;
mod release;
mod resign;
mod set_juror_key;
mod set_rules;
