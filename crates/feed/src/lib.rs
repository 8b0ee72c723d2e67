//! Feed handlers, normalization and quarantine: from venue bytes to trusted events.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod normalize;
