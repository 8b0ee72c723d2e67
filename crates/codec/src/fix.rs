//! FIX tag=value: frames, fields, dictionaries.
//!
//! [`Decoder::frames`] finds messages in bytes, checks length and checksum and indexes the fields
//! in one pass; nothing is copied and nothing allocated a message. A [`Message`] lends its fields,
//! whose [`Value`]s are read when asked for.

mod application;
mod batch;
mod book;
mod columns;
mod dictionary;
mod encode;
mod error;
mod fields;
mod format;
mod frame;
mod group;
mod index;
mod lookup;
mod message;
mod number;
mod validate;
mod value;

pub use application::Defaults;
pub use batch::{BookColumns, NONE, rejections};
pub use book::{BookEntries, BookEntry, EntryAction, EntryKind};
pub use columns::Columns;
pub use dictionary::{Container, Dictionary, FieldDef, FieldKind, Member, MessageDef};
pub use encode::{Encoder, MessageWriter, Precision};
pub use error::{BookError, EncodeError, FieldError, Garbled, ValueError};
pub use frame::{Decoder, Frame, Frames, Skipped};
pub use group::{Entry, Group};
pub use index::Kernel;
pub use lookup::Lookup;
pub use message::{Field, Fields, Message};
pub use validate::{RejectReason, Rejected, Rules};
pub use value::Value;
