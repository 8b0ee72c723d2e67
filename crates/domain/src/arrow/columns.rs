//! Columns that grow by one record at a time.

use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Decimal128Builder, Int64Builder, ListBuilder, StringBuilder,
    StringDictionaryBuilder, TimestampNanosecondBuilder, UInt16Builder, UInt32Builder,
    UInt64Builder,
};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field as Column, Schema};

use super::schema;
use crate::input::Stamp;
use crate::record::{Field, Kind, Record, Struct, TextWriter, Value, Variant, Visitor};

/// The columns of one record type, filled row by row.
pub struct Columns {
    fields: Vec<Column>,
    leaves: Vec<Leaf>,
    stamped: bool,
    place: usize,
    kind: Option<Kind>,
    choice: Option<(TextWriter, u32)>,
}

enum Leaf {
    Bool(BooleanBuilder),
    U16(UInt16Builder),
    U32(UInt32Builder),
    U64(UInt64Builder),
    I64(Int64Builder),
    Text(StringBuilder),
    Decimal(Decimal128Builder),
    Instant(TimestampNanosecondBuilder),
    Code(StringDictionaryBuilder<Int32Type>),
    Numbers(ListBuilder<UInt32Builder>),
    Signed(ListBuilder<Int64Builder>),
}

/// Runs `$do` on whichever builder `$leaf` holds.
macro_rules! each {
    ($leaf:expr, $builder:ident => $do:expr) => {
        match $leaf {
            Leaf::Bool($builder) => $do,
            Leaf::U16($builder) => $do,
            Leaf::U32($builder) => $do,
            Leaf::U64($builder) => $do,
            Leaf::I64($builder) => $do,
            Leaf::Text($builder) => $do,
            Leaf::Decimal($builder) => $do,
            Leaf::Instant($builder) => $do,
            Leaf::Code($builder) => $do,
            Leaf::Numbers($builder) => $do,
            Leaf::Signed($builder) => $do,
        }
    };
}

impl Leaf {
    fn new(kind: &DataType) -> Self {
        match kind {
            DataType::Boolean => Self::Bool(BooleanBuilder::new()),
            DataType::UInt16 => Self::U16(UInt16Builder::new()),
            DataType::UInt32 => Self::U32(UInt32Builder::new()),
            DataType::UInt64 => Self::U64(UInt64Builder::new()),
            DataType::Int64 => Self::I64(Int64Builder::new()),
            DataType::Timestamp(..) => {
                Self::Instant(TimestampNanosecondBuilder::new().with_data_type(kind.clone()))
            }
            DataType::Dictionary(..) => Self::Code(StringDictionaryBuilder::new()),
            DataType::List(item) if *item.data_type() == DataType::Int64 => {
                Self::Signed(ListBuilder::new(Int64Builder::new()).with_field(Arc::clone(item)))
            }
            DataType::List(item) => {
                Self::Numbers(ListBuilder::new(UInt32Builder::new()).with_field(Arc::clone(item)))
            }
            DataType::Decimal128(..) => {
                Self::Decimal(Decimal128Builder::new().with_data_type(kind.clone()))
            }
            _ => Self::Text(StringBuilder::new()),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        each!(self, builder => Arc::new(builder.finish()))
    }
}

impl Columns {
    /// Columns of the records of `T`, a struct.
    #[must_use]
    pub fn of<T: Record>() -> Self {
        Self::new(schema::schema::<T>(), false)
    }

    /// Columns of `it` behind those of its [`Stamp`].
    #[must_use]
    pub fn stamped(it: &Struct) -> Self {
        let mut fields = schema::stamp();
        schema::add_struct(&mut fields, it);
        Self::new(fields, true)
    }

    fn new(fields: Vec<Column>, stamped: bool) -> Self {
        let leaves = fields.iter().map(|field| Leaf::new(field.data_type()));
        Self {
            leaves: leaves.collect(),
            fields,
            stamped,
            place: 0,
            kind: None,
            choice: None,
        }
    }

    /// Adds a row; `stamp` counts where the columns have one.
    pub fn push(&mut self, stamp: Stamp, record: &impl Record) {
        self.begin(stamp);
        record.visit(self);
    }

    /// Begins a row whose record is shown next.
    pub(super) fn begin(&mut self, stamp: Stamp) {
        self.place = 0;
        self.kind = None;
        if self.stamped {
            self.value(Value::Unsigned(stamp.sequence));
            self.value(Value::Timestamp(stamp.ts_event));
            self.value(Value::Timestamp(stamp.ts_recv));
        }
    }

    /// Rows so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.leaves
            .first()
            .map_or(0, |leaf| each!(leaf, builder => builder.len()))
    }

    /// Whether there are no rows yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows so far as one batch; the columns are empty again.
    ///
    /// # Errors
    /// When an amount of money has more than 38 digits.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let arrays = self.leaves.iter_mut().map(Leaf::finish).collect();
        let schema = Arc::new(Schema::new(self.fields.clone()));
        let batch = RecordBatch::try_new(schema, arrays)?;
        for array in batch.columns() {
            if let DataType::Decimal128(digits, _) = array.data_type() {
                let decimals = arrow_array::cast::as_primitive_array::<
                    arrow_array::types::Decimal128Type,
                >(array);
                decimals.validate_decimal_precision(*digits)?;
            }
        }
        Ok(batch)
    }

    fn leaf(&mut self) -> Option<&mut Leaf> {
        self.place += 1;
        self.leaves.get_mut(self.place - 1)
    }

    fn null(&mut self, kind: Kind) {
        for _ in 0..width(kind) {
            match self.leaf() {
                Some(Leaf::Code(builder)) => builder.append_null(),
                Some(Leaf::Numbers(builder)) => builder.append_null(),
                Some(Leaf::Signed(builder)) => builder.append_null(),
                Some(Leaf::Bool(builder)) => builder.append_null(),
                Some(Leaf::U16(builder)) => builder.append_null(),
                Some(Leaf::U32(builder)) => builder.append_null(),
                Some(Leaf::U64(builder)) => builder.append_null(),
                Some(Leaf::I64(builder)) => builder.append_null(),
                Some(Leaf::Text(builder)) => builder.append_null(),
                Some(Leaf::Decimal(builder)) => builder.append_null(),
                Some(Leaf::Instant(builder)) => builder.append_null(),
                None => {}
            }
        }
    }

    fn decimal(&mut self, value: i128) {
        if let Some(Leaf::Decimal(builder)) = self.leaf() {
            builder.append_value(value);
        }
    }

    /// Writes the kind and the text of a choice that has been shown whole.
    fn end_choice(&mut self, writer: TextWriter) {
        let text = writer.finish();
        if let Some(Leaf::Code(builder)) = self.leaf() {
            builder.append_value(text.split(' ').next().unwrap_or_default());
        }
        if let Some(Leaf::Text(builder)) = self.leaf() {
            builder.append_value(text);
        }
    }
}

/// How many columns a value takes.
fn width(kind: Kind) -> usize {
    match kind {
        Kind::Optional(inner) => width(*inner),
        Kind::Struct(it) => it.fields.iter().map(|field| width(field.kind)).sum(),
        Kind::Money | Kind::Union(_) => 2,
        _ => 1,
    }
}

impl Visitor for Columns {
    fn value(&mut self, value: Value<'_>) {
        if let Some((writer, _)) = &mut self.choice {
            writer.value(value);
            return;
        }
        let kind = self.kind.take();
        match value {
            Value::Nothing => self.null(kind.unwrap_or(Kind::Bool)),
            Value::Price(value) => self.decimal(i128::from(value.millionths())),
            Value::Volume(value) => self.decimal(i128::from(value.millionths())),
            Value::Money(value) => {
                self.decimal(value.rounded(6));
                self.decimal(value.units());
            }
            value => match (self.leaf(), value) {
                (Some(Leaf::Bool(builder)), Value::Bool(value)) => builder.append_value(value),
                (Some(Leaf::U16(builder)), Value::Unsigned(value)) => {
                    builder.append_value(value as u16);
                }
                (Some(Leaf::U32(builder)), Value::Unsigned(value)) => {
                    builder.append_value(value as u32);
                }
                (Some(Leaf::U64(builder)), Value::Unsigned(value)) => builder.append_value(value),
                (Some(Leaf::U64(builder)), Value::OrderId(value)) => builder.append_value(value.0),
                (Some(Leaf::I64(builder)), Value::Signed(value)) => builder.append_value(value),
                (Some(Leaf::Text(builder)), Value::Text(value)) => builder.append_value(value),
                (Some(Leaf::Code(builder)), Value::Code(value)) => builder.append_value(value),
                (Some(Leaf::Code(builder)), Value::Currency(value)) => {
                    builder.append_value(value.code());
                }
                (Some(Leaf::Instant(builder)), Value::Timestamp(value)) => {
                    builder.append_value(value.nanos());
                }
                (Some(Leaf::Numbers(builder)), Value::Unsigned(value)) => {
                    builder.values().append_value(value as u32);
                    self.place -= 1;
                }
                (Some(Leaf::Signed(builder)), Value::Signed(value)) => {
                    builder.values().append_value(value);
                    self.place -= 1;
                }
                // The columns come from the same fields as the values.
                (_, value) => debug_assert!(false, "{value:?} does not fit its column"),
            },
        }
    }

    fn begin_struct(&mut self) {
        if let Some((writer, depth)) = &mut self.choice {
            writer.begin_struct();
            *depth += 1;
        }
    }

    fn field(&mut self, field: &'static Field) {
        match &mut self.choice {
            Some((writer, _)) => writer.field(field),
            None => self.kind = Some(field.kind),
        }
    }

    fn end_struct(&mut self) {
        if let Some((mut writer, depth)) = self.choice.take() {
            writer.end_struct();
            if depth == 1 {
                self.end_choice(writer);
            } else {
                self.choice = Some((writer, depth - 1));
            }
        }
    }

    fn variant(&mut self, variant: &'static Variant) {
        if let Some((writer, _)) = &mut self.choice {
            writer.variant(variant);
            return;
        }
        let mut writer = TextWriter::default();
        writer.variant(variant);
        if variant.kind.is_none() {
            self.end_choice(writer);
        } else {
            self.choice = Some((writer, 0));
        }
    }

    fn begin_list(&mut self) {
        if let Some((writer, _)) = &mut self.choice {
            writer.begin_list();
        }
    }

    fn end_list(&mut self) {
        if let Some((writer, _)) = &mut self.choice {
            writer.end_list();
            return;
        }
        match self.leaf() {
            Some(Leaf::Numbers(builder)) => builder.append(true),
            Some(Leaf::Signed(builder)) => builder.append(true),
            _ => {}
        }
    }
}
