//! What the calls do.

mod enact;
mod list;
mod unlist;
