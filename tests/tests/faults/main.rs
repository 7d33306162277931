//! Faults: what a network of validators survives. A file for each scenario, in one program.
//!
//! Each scenario runs four validators and some workers as processes of their own, lets tasks go on while something
//! breaks, and ends with a line `FAULT scenario=… recovered_blocks=… lost_tasks=… lost_units=…` of what was measured.

mod killed_one;
mod killed_two;
mod scene;
