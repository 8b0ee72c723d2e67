//! Fields to typed columns.

use super::number::float;
use super::record::Span;
use crate::frame::{FrameColumn, FrameValues, Texts};
use crate::instant::written;

/// What a column is read as; an empty field is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// UTF-8.
    Text,
    /// A decimal number.
    Number,
    /// A time with its offset from UTC: ns UTC.
    Instant,
    /// A time without offset: ns of its digits as if they were UTC.
    Wall,
    /// A number or a time without offset if all its fields are one, else text.
    Any,
}

impl CellKind {
    /// What it is, for a person.
    const fn noun(self) -> &'static str {
        match self {
            Self::Text | Self::Any => "text in UTF-8",
            Self::Number => "a number",
            Self::Instant => "a time with its offset",
            Self::Wall => "a time without offset",
        }
    }
}

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest text, in bytes; never 2 GiB or more are read.
    pub bytes_max: usize,
    /// Most fields that are kept, in all tables together. Memory is about thirty times this, in bytes, and
    /// twice the text.
    pub cells_max: usize,
    /// Most faults that are told; of those behind only the number.
    pub faults_max: usize,
}

impl Default for Limits {
    /// 512 MiB, 64 million fields, 10,000 faults.
    fn default() -> Self {
        Self {
            bytes_max: 512 << 20,
            cells_max: 64 << 20,
            faults_max: 10_000,
        }
    }
}

/// A line that cannot be read, or a part of the text from some line on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault {
    /// Its number, from 1.
    pub line: usize,
    /// Its first byte.
    pub start: usize,
    /// One after its last byte.
    pub end: usize,
    /// What is wrong.
    pub reason: String,
}

/// Rows of fields, row by row.
#[derive(Debug, Default)]
pub(super) struct Cells {
    pub(super) width: usize,
    pub(super) spans: Vec<Span>,
    /// Number, first byte and length of each row's line.
    pub(super) lines: Vec<(usize, usize, usize)>,
}

impl Cells {
    /// Columns called `names` of the given kinds. A row with a field that is not of its kind is left out,
    /// and its fault goes to `faults`.
    pub(super) fn columns(
        &mut self,
        text: &[u8],
        names: &[String],
        kinds: &[CellKind],
        faults: &mut Vec<LineFault>,
    ) -> Vec<FrameColumn> {
        let mut bad = vec![None; self.lines.len()];
        let mut columns = self.build_all(text, kinds, &mut bad);
        for (column, built) in columns.iter_mut().enumerate() {
            // A guess that some field does not bear out makes the column text.
            if kinds[column] == CellKind::Any && !built.is_whole {
                *built = self.build(text, column, CellKind::Text, &mut bad);
            }
        }
        if bad.iter().any(Option::is_some) {
            self.leave_out(text, names, kinds, &bad, faults);
            return self.columns(text, names, kinds, faults);
        }
        let pairs = names.iter().zip(columns);
        pairs
            .map(|(name, built)| FrameColumn {
                name: name.clone(),
                values: built.values,
                is_there: built.is_there,
            })
            .collect()
    }

    /// Takes the rows marked in `bad` out.
    fn leave_out(
        &mut self,
        text: &[u8],
        names: &[String],
        kinds: &[CellKind],
        bad: &[Option<usize>],
        faults: &mut Vec<LineFault>,
    ) {
        let mut kept = 0;
        for (row, bad) in bad.iter().enumerate() {
            let (line, start, length) = self.lines[row];
            if let Some(column) = bad {
                let found = self.spans[row * self.width + column].bytes(text);
                let found = String::from_utf8_lossy(found.get(..40).unwrap_or(found)).into_owned();
                let (name, noun) = (&names[*column], kinds[*column].noun());
                faults.push(LineFault {
                    line,
                    start,
                    end: start + length,
                    reason: format!("{name} is {found:?}, not {noun}"),
                });
                continue;
            }
            self.lines[kept] = self.lines[row];
            let from = row * self.width;
            self.spans
                .copy_within(from..from + self.width, kept * self.width);
            kept += 1;
        }
        self.lines.truncate(kept);
        self.spans.truncate(kept * self.width);
    }

    fn column(&self, column: usize) -> impl Iterator<Item = Span> {
        self.spans
            .iter()
            .skip(column)
            .step_by(self.width.max(1))
            .copied()
    }

    /// What the first field that is not empty is.
    fn guess(&self, text: &[u8], column: usize) -> CellKind {
        let mut fields = self.column(column).map(|span| span.bytes(text));
        let first = fields.find(|field| !field.is_empty()).unwrap_or_default();
        match first {
            _ if float(first).is_some() || first.is_empty() => CellKind::Number,
            _ if written(first).is_some_and(|time| time.offset_seconds.is_none()) => CellKind::Wall,
            _ => CellKind::Text,
        }
    }

    /// All columns in one pass over the rows, since columns lie far apart in memory. Rows that do not fit
    /// a kind that was asked for are marked in `bad`.
    fn build_all(&self, text: &[u8], kinds: &[CellKind], bad: &mut [Option<usize>]) -> Vec<Built> {
        let kind_of = |(column, kind): (usize, &CellKind)| match kind {
            CellKind::Any => self.guess(text, column),
            kind => *kind,
        };
        let taken: Vec<_> = kinds.iter().enumerate().map(kind_of).collect();
        let mut columns: Vec<_> = taken
            .iter()
            .map(|kind| Built::new(*kind, self.lines.len()))
            .collect();
        for (spans, bad) in self.spans.chunks_exact(self.width.max(1)).zip(bad) {
            for (column, (span, built)) in spans.iter().zip(&mut columns).enumerate() {
                let is_asked = kinds[column] != CellKind::Any || taken[column] == CellKind::Text;
                if !built.push(*span, text, taken[column]) && is_asked {
                    bad.get_or_insert(column);
                }
            }
        }
        columns
    }

    /// The column at `column`, with the rows that do not fit marked in `bad`.
    fn build(
        &self,
        text: &[u8],
        column: usize,
        kind: CellKind,
        bad: &mut [Option<usize>],
    ) -> Built {
        let mut built = Built::new(kind, self.lines.len());
        for (span, bad) in self.column(column).zip(bad) {
            if !built.push(span, text, kind) {
                bad.get_or_insert(column);
            }
        }
        built
    }
}

fn time(field: &[u8], kind: CellKind) -> Option<i64> {
    let time = written(field)?;
    match (kind, time.offset_seconds) {
        (CellKind::Instant, Some(offset)) => Some(time.wall - offset * 1_000_000_000),
        (CellKind::Wall, None) => Some(time.wall),
        _ => None,
    }
}

struct Built {
    values: FrameValues,
    is_there: Vec<bool>,
    /// Whether every field was of the kind.
    is_whole: bool,
}

impl Built {
    /// Adds a field; false when it is not of the kind.
    #[inline]
    fn push(&mut self, span: Span, text: &[u8], kind: CellKind) -> bool {
        let field = span.bytes(text);
        self.is_there.push(!field.is_empty());
        let fits = match &mut self.values {
            FrameValues::Float(values) => {
                let value = if field.is_empty() {
                    Some(0.0)
                } else {
                    float(field)
                };
                values.push(value.unwrap_or(0.0));
                value.is_some()
            }
            FrameValues::Whole(values) => {
                let value = if field.is_empty() {
                    Some(0)
                } else {
                    time(field, kind)
                };
                values.push(value.unwrap_or(0));
                value.is_some()
            }
            FrameValues::Text(values) => {
                let value = span.text(text);
                values.push(value.as_deref().unwrap_or_default());
                value.is_some()
            }
        };
        self.is_whole &= fits;
        fits
    }

    fn new(kind: CellKind, rows: usize) -> Self {
        Self {
            values: match kind {
                CellKind::Number => FrameValues::Float(Vec::with_capacity(rows)),
                CellKind::Instant | CellKind::Wall => FrameValues::Whole(Vec::with_capacity(rows)),
                CellKind::Text | CellKind::Any => FrameValues::Text(Texts::default()),
            },
            is_there: Vec::with_capacity(rows),
            is_whole: true,
        }
    }
}
