//! The deterministic single-writer event loop.
//!
//! [`Engine::apply`] takes inputs in sequence and emits events: no clock, randomness or I/O inside,
//! so a journal of inputs replayed gives the same events, the same state and the same
//! [hash](Engine::state_hash). [`JournaledEngine`] is the edge: it stamps, journals, applies, and
//! knows what may be acknowledged.
#![allow(
    clippy::inline_always,
    reason = "the plain path is one function, so that no struct is copied between its steps"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod commands;
mod depth;
mod engine;
mod error;
mod holds;
mod inputs;
mod journaled;
mod market;
mod netting;
mod references;
mod replay;
mod reports;
mod schedule;
mod sink;
mod snapshot;

pub use engine::{Engine, EngineConfig};
pub use error::EngineError;
pub use journaled::{BLOCK_INPUTS, InputLog, JournaledEngine};
pub use market::TopOfBook;
pub use replay::{Recovered, recover, replay};
pub use sink::{EventLog, EventSink, HeldEvents, NoEvents};
