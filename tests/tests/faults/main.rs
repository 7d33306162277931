//! Faults: what a network of validators survives. A file for each scenario, in one program.
//!
//! Each scenario runs four validators and some workers as processes of their own, lets tasks go on while something
//! breaks, and ends with a line `FAULT scenario=… recovered_blocks=… lost_tasks=… lost_units=…` of what was measured. Those of the
//! bridge carry transfers instead of tasks: `lost_transfers`.

mod blackout;
mod bridge;
mod clock_skew;
mod disk_full;
mod killed_one;
mod killed_two;
mod light_client;
mod partition;
mod scene;
mod warp_sync;
