//! Sessions against simulated venues over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod follower;
mod m7;
mod nordpool;
mod rabbit;
mod recorded;
mod rest;
mod tls;
mod tls_front;
mod wire;
