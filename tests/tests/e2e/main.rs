//! End to end: a file for each scenario, in one program, because each program links node client, worker and sandbox.

mod absent_worker;
mod apps;
mod bag;
mod beefy;
mod bridge;
mod command_line;
mod duty_key;
mod examples;
mod guide;
mod keeper;
mod killed_node;
mod killed_worker;
mod kills;
mod languages;
mod liar;
mod localnet;
mod newcomer;
mod one_key;
mod orders;
mod refunds;
mod saboteur;
mod seats;
mod tutorial;
mod two_requesters;
mod upgrade;
