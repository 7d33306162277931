//! What the calls do: one file each. Everything is checked first and written last.

mod report;
mod set_pools;
mod sweep;
