//! STOMP 1.2 frames without I/O. Source: STOMP Protocol Specification, version 1.2.

mod frame;

pub use frame::{Frame, FrameReader, Part};
