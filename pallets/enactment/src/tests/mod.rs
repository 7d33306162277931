//! One file for each call.

mod enact;
mod list;
mod try_state;
mod unlist;
