#![deny(missing_docs)]
#![doc = include_str!("../README.md")]

pub mod action;
mod attacker;
pub mod cast;
pub mod chain;
pub mod dice;
pub mod finding;
pub mod honest;
pub mod ledger;
pub mod run;
pub mod state;
pub mod tactics;
pub mod world;
