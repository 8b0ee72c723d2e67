//! Rows as columns: what goes in, what comes out, and what is set aside.

use super::error::NormalizationError;

/// A time that the source did not tell.
pub const NO_TIME: i64 = i64::MIN;
/// A revision that the source did not tell.
pub const NO_REVISION: i32 = i32::MIN;

/// Observations of one source, as columns of one length. Texts are numbers that
/// [`super::Normalizer::number`] gave out, [`super::NONE`] for none.
#[derive(Debug, Clone, Copy)]
pub struct Observations<'a> {
    /// What was observed.
    pub dataset: &'a [u32],
    /// The source's code of where.
    pub location: &'a [u32],
    /// The source's code of the other end.
    pub counterpart: &'a [u32],
    /// What shares the location.
    pub item: &'a [u32],
    /// ns UTC; [`NO_TIME`] for none.
    pub delivery_start: &'a [i64],
    /// ns UTC; [`NO_TIME`] for none.
    pub delivery_end: &'a [i64],
    /// In `unit`; NaN for none.
    pub value: &'a [f64],
    /// As published.
    pub unit: &'a [u32],
    /// ns UTC; [`NO_TIME`] for none.
    pub ts_event: &'a [i64],
    /// [`NO_REVISION`] for none.
    pub revision: &'a [i32],
    /// In the payload.
    pub place: &'a [i64],
}

impl Observations<'_> {
    /// Rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.dataset.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.dataset.is_empty()
    }

    /// That all columns have one length.
    ///
    /// # Errors
    /// [`NormalizationError::Columns`].
    pub fn check(&self) -> Result<(), NormalizationError> {
        let expected = self.len();
        let lengths = [
            ("location", self.location.len()),
            ("counterpart", self.counterpart.len()),
            ("item", self.item.len()),
            ("delivery_start", self.delivery_start.len()),
            ("delivery_end", self.delivery_end.len()),
            ("value", self.value.len()),
            ("unit", self.unit.len()),
            ("ts_event", self.ts_event.len()),
            ("revision", self.revision.len()),
            ("place", self.place.len()),
        ];
        match lengths.into_iter().find(|(_, found)| *found != expected) {
            Some((column, found)) => Err(NormalizationError::Columns {
                column,
                found,
                expected,
            }),
            None => Ok(()),
        }
    }
}

/// Normalized rows, in the order of the input.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// Of the input.
    pub row: Vec<u32>,
    /// Number of the series; [`super::Normalizer::series`] says what it is.
    pub series: Vec<u32>,
    /// ns UTC.
    pub delivery_start: Vec<i64>,
    /// ns UTC.
    pub delivery_end: Vec<i64>,
    /// In the unit of the dataset; NaN for none.
    pub value: Vec<f64>,
    /// Number of the unit's text.
    pub unit: Vec<u32>,
    /// ns UTC; [`NO_TIME`] for none.
    pub ts_event: Vec<i64>,
    /// [`NO_REVISION`] for none.
    pub revision: Vec<i32>,
    /// Bits of [`super::flag`].
    pub flags: Vec<u32>,
    /// In the payload.
    pub place: Vec<i64>,
}

impl Rows {
    /// Takes out the rows at `places`, which rise.
    pub fn remove(&mut self, places: &[usize]) {
        if places.is_empty() {
            return;
        }
        macro_rules! remove {
            ($($column:expr),*) => { $(
                let (mut at, mut rest) = (0, places.iter().copied().peekable());
                $column.retain(|_| {
                    let goes = rest.next_if_eq(&at).is_some();
                    at += 1;
                    !goes
                });
            )* };
        }
        remove!(
            self.row,
            self.series,
            self.delivery_start,
            self.delivery_end,
            self.value,
            self.unit,
            self.ts_event,
            self.revision,
            self.flags,
            self.place
        );
    }
}

/// Why a row was set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It has no dataset or no location.
    Nameless,
    /// The location's code is unknown.
    Location,
    /// The counterpart's code is unknown.
    Counterpart,
    /// The location's code meant something only before or after.
    Expired,
    /// The unit is unknown.
    Unit,
    /// The unit measures something else.
    Dimension,
    /// No rate was known when it was published.
    Rate,
    /// The value is infinite.
    Infinite,
    /// The value is too large for 1e-6 in 64 bits.
    TooLarge,
    /// It has no delivery start.
    NoTime,
    /// Its delivery ends before it starts, or lasts longer than a century.
    Backwards,
    /// The delivery period is not that of the product.
    OtherPeriod,
    /// It is of one series more than may be remembered.
    TooManySeries,
    /// A rule of the rule file.
    Rule(u16),
}

/// A row that was set aside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fault {
    /// Of the input.
    pub row: u32,
    /// Why.
    pub reason: Reason,
    /// What was found.
    pub found: f64,
    /// Lowest value that would have passed, or what the value was compared with.
    pub low: f64,
    /// Highest value that would have passed.
    pub high: f64,
}

/// A value that a rule changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correction {
    /// Of the input.
    pub row: u32,
    /// Place in the rule file.
    pub rule: u16,
    /// As converted.
    pub before: f64,
    /// As kept; NaN for none.
    pub after: f64,
}

/// What came of a batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Normalized {
    /// Rows that passed.
    pub rows: Rows,
    /// Rows that were set aside, in the order of the input.
    pub faults: Vec<Fault>,
    /// Values that were changed, in the order of the input.
    pub corrections: Vec<Correction>,
}

impl Normalized {
    /// Makes room for `rows` rows and forgets what was there.
    pub fn reset(&mut self, rows: usize) {
        macro_rules! reset {
            ($($column:expr),*) => { $($column.clear(); $column.reserve(rows);)* };
        }
        let out = &mut self.rows;
        reset!(
            out.row,
            out.series,
            out.delivery_start,
            out.delivery_end,
            out.value,
            out.unit,
            out.ts_event,
            out.revision,
            out.flags,
            out.place,
            self.faults,
            self.corrections
        );
    }
}
