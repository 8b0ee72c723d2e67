//! Generators and builders for tests.

mod codecs;
mod decoders;
mod feed;
mod fix;
mod markup;
mod normalize;
mod pricing;
mod record;
mod sessions;

pub use decoders::{DECODERS, Decoder, decoder};
pub use record::any_record;
