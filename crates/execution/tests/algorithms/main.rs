//! Executions under random market events, reports in any order and lost answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adapts;
mod bounds;
mod costs;
mod desk;
mod made;
mod work;
