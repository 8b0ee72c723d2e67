//! What a record consists of, for Arrow, Python and the text form.

use crate::currency::Currency;
use crate::id::OrderId;
use crate::money::Money;
use crate::price::Price;
use crate::time::Timestamp;
use crate::volume::Volume;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// True or false.
    Bool,
    /// A whole number from 0 of so many bits.
    Unsigned(u8),
    /// A signed whole number of so many bits.
    Signed(u8),
    /// A name.
    Text,
    /// [`Price`]: 1e-6 currency per price unit.
    Price,
    /// [`Volume`]: 1e-6 volume units.
    Volume,
    /// [`Money`]: 1 / 3.6e15 currency.
    Money,
    /// [`Timestamp`]: ns UTC.
    Timestamp,
    /// [`Currency`]: three letters.
    Currency,
    /// [`OrderId`]: client and number.
    OrderId,
    /// One of a list of names.
    Code(&'static Codes),
    /// Named fields.
    Struct(&'static Struct),
    /// One of several records.
    Union(&'static Union),
    /// A value or nothing.
    Optional(&'static Kind),
    /// Any number of values.
    List(&'static Kind),
}

/// The names of an enumeration.
#[derive(Debug, PartialEq, Eq)]
pub struct Codes {
    /// Its name.
    pub name: &'static str,
    /// Each name with its number in the binary form.
    pub codes: &'static [(&'static str, u8)],
}

/// A record of named fields.
#[derive(Debug, PartialEq, Eq)]
pub struct Struct {
    /// Its name.
    pub name: &'static str,
    /// What it is, a sentence.
    pub doc: &'static str,
    /// Its fields in order.
    pub fields: &'static [Field],
}

/// A field of a record.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds, with its unit.
    pub doc: &'static str,
    /// What it is.
    pub kind: Kind,
}

impl Field {
    /// Whether it may hold nothing.
    #[must_use]
    pub const fn is_nullable(&self) -> bool {
        matches!(self.kind, Kind::Optional(_))
    }
}

/// One of several records.
#[derive(Debug, PartialEq, Eq)]
pub struct Union {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub variants: &'static [Variant],
}

/// One choice of a [`Union`].
#[derive(Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name.
    pub name: &'static str,
    /// Its number in the binary form.
    pub tag: u8,
    /// What it holds, if anything.
    pub kind: Option<Kind>,
}

/// A value without parts.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// [`Kind::Bool`].
    Bool(bool),
    /// [`Kind::Unsigned`].
    Unsigned(u64),
    /// [`Kind::Signed`].
    Signed(i64),
    /// [`Kind::Text`].
    Text(&'a str),
    /// [`Kind::Price`].
    Price(Price),
    /// [`Kind::Volume`].
    Volume(Volume),
    /// [`Kind::Money`].
    Money(Money),
    /// [`Kind::Timestamp`].
    Timestamp(Timestamp),
    /// [`Kind::Currency`].
    Currency(Currency),
    /// [`Kind::OrderId`].
    OrderId(OrderId),
    /// [`Kind::Code`], by its name.
    Code(&'static str),
    /// Nothing, in an optional field.
    Nothing,
}

/// Is shown a record part by part.
pub trait Visitor {
    /// A value without parts.
    fn value(&mut self, value: Value<'_>);
    /// A struct begins: each of its fields follows, then [`Visitor::end_struct`].
    fn begin_struct(&mut self);
    /// The next value is that of `field`.
    fn field(&mut self, field: &'static Field);
    /// The struct ends.
    fn end_struct(&mut self);
    /// The next value is that of `variant`; none follows when it holds nothing.
    fn variant(&mut self, variant: &'static Variant);
    /// A list begins: each of its values follows, then [`Visitor::end_list`].
    fn begin_list(&mut self);
    /// The list ends.
    fn end_list(&mut self);
}
