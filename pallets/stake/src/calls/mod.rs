//! What the calls do: one file each. Everything is checked first and written last.

mod bond;
mod set_rules;
mod unbond;
mod withdraw;
