//! Feed handlers, normalization and quarantine: from venue bytes to trusted events.

pub mod venue;
