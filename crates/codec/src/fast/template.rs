//! Templates as the decoder runs them: lists of operations.

use std::ops::Range;

/// A field, group or sequence of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its identifier, as written; in templates for FIX the tag.
    pub id: Option<String>,
}

/// Number of a [`Field`] among all of a [`Templates`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub(super) u32);

impl FieldId {
    /// Its place in [`Templates::fields`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What is done with the previous value (FAST 1.1, clause 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    None,
    Constant,
    Default,
    Copy,
    Increment,
    Delta,
    Tail,
}

/// An integer, or the length of a sequence, or a part of a decimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Integer {
    pub(super) operator: Operator,
    pub(super) is_optional: bool,
    pub(super) is_signed: bool,
    pub(super) bits: u8,
    pub(super) slot: u32,
    /// Bits of the initial value.
    pub(super) initial: Option<u64>,
}

/// Ten to the `exponent`, `mantissa` times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decimal {
    /// From -63 to 63.
    pub exponent: i32,
    /// Digits.
    pub mantissa: i64,
}

/// A decimal with one operator for both parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WholeDecimal {
    pub(super) operator: Operator,
    pub(super) is_optional: bool,
    pub(super) slot: u32,
    pub(super) initial: Option<Decimal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextKind {
    Ascii,
    Unicode,
    Bytes,
}

/// A string or byte vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) kind: TextKind,
    pub(super) operator: Operator,
    pub(super) is_optional: bool,
    pub(super) slot: u32,
    pub(super) initial: Option<Box<[u8]>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Integer(Integer),
    Decimal(WholeDecimal),
    /// Exponent and mantissa, each with an operator of its own.
    Parts(Box<(Integer, Integer)>),
    Text(Text),
    Group {
        is_optional: bool,
        has_map: bool,
        body: Range<u32>,
    },
    Sequence {
        length: Box<Integer>,
        has_map: bool,
        body: Range<u32>,
    },
    /// Begin of the fields of a template that stands in place of its reference.
    Enter(u32),
    /// End of them.
    Leave,
    /// A template that the message names.
    Dynamic,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) field: FieldId,
    pub(super) action: Action,
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub(super) name: String,
    pub(super) id: Option<u32>,
    pub(super) is_reset: bool,
    pub(super) body: Range<u32>,
}

impl Template {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its identifier in messages; None for one that is only referred to.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.id
    }

    /// Whether all previous values are forgotten before each of its messages.
    #[must_use]
    pub fn is_reset(&self) -> bool {
        self.is_reset
    }
}

/// Number of a [`Template`] among all of a [`Templates`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateId(pub(super) u32);

impl TemplateId {
    /// Its place in [`Templates::templates`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Everything that a template file says, ready to run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Templates {
    pub(super) list: Vec<Template>,
    pub(super) fields: Vec<Field>,
    pub(super) operations: Vec<Operation>,
    pub(super) slots: u32,
    /// Template by identifier, sorted.
    pub(super) by_id: Vec<(u32, TemplateId)>,
}

impl Templates {
    /// Every template, in the file's order.
    #[must_use]
    pub fn templates(&self) -> &[Template] {
        &self.list
    }

    /// Every field of every template.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Numbers of the fields that are called `name`, in any template.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = FieldId> + 'a {
        let numbered = self.fields.iter().zip(0..);
        numbered
            .filter(move |(field, _)| field.name == name)
            .map(|(_, at)| FieldId(at))
    }

    #[inline]
    pub(super) fn find(&self, id: u32) -> Option<TemplateId> {
        let at = self.by_id.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.by_id[at].1)
    }

    /// The template called `name`.
    #[must_use]
    pub fn template(&self, name: &str) -> Option<TemplateId> {
        let at = self
            .list
            .iter()
            .position(|template| template.name == name)?;
        Some(TemplateId(at as u32))
    }

    #[inline]
    pub(super) fn body(&self, body: &Range<u32>) -> &[Operation] {
        &self.operations[body.start as usize..body.end as usize]
    }
}
