//! What the calls do: one file for each. Everything is checked first and written last.

mod cancel_order;
mod match_orders;
mod publish_order;

pub(crate) use match_orders::Payer;
