//! Order entry over FIX: what is written is read again, and the desk knows what the exchange knows,
//! whatever comes twice, late or from elsewhere.
#![allow(clippy::unwrap_used, clippy::panic)]

mod desk;
mod doubt;
mod made;
mod wire;
