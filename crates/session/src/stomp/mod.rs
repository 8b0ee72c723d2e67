//! STOMP 1.2 over WebSocket without I/O, bare or in `SockJS` frames.
//!
//! Source: STOMP Protocol Specification, version 1.2; `SockJS` protocol, version 0.3.3.

mod client;
mod frame;
mod sockjs;

pub use client::{Client, Config, Event};
pub use frame::{Frame, FrameReader, Part};
pub use sockjs::{SockJs, sockjs};
