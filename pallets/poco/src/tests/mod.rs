//! What the pallet promises: a file for each call, and one each for what the chain does by itself.

mod absence;
mod agreement;
mod audit;
mod cancel_deal;
mod commit;
mod deadline;
mod decline;
mod dispatch;
mod duty;
mod duty_key;
mod forget;
mod heartbeat;
mod hook;
mod intake;
mod invariants;
mod jury;
mod online;
mod queue;
mod randomness;
mod registration;
mod restricted;
mod results;
mod reveal;
mod room;
mod settlement;
mod view;
