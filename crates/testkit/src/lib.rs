//! Generators and builders for tests.

mod codecs;
mod decoders;
mod feed;
mod fix;
mod markup;
mod record;

pub use decoders::{DECODERS, Decoder, decoder};
pub use record::any_record;
