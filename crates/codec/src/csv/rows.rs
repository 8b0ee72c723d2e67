//! Rows of fields to typed columns, some rows at a time, column by column.

use super::cells::{CellKind, LineFault};
use super::column::Column;
use super::record::{Line, Lines, Span};
use crate::frame::FrameColumn;

/// Rows that are read together: their fields and their text stay in the second cache while one column
/// after the other is made, and which of them have a value is one word.
const ROWS_AT_ONCE: usize = 64;

/// Rows under way to columns.
#[derive(Debug)]
pub(super) struct Rows<'t> {
    text: &'t [u8],
    names: Vec<String>,
    /// Which field of a line each column is.
    places: Vec<usize>,
    columns: Vec<Column>,
    /// Fields of the rows that are not in the columns yet, row by row.
    spans: Vec<Span>,
    /// Lines of those rows.
    waiting: Vec<Line>,
    lines: Vec<i64>,
    offsets: Vec<i64>,
    faults: Vec<LineFault>,
}

/// What rows have become.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) columns: Vec<FrameColumn>,
    /// Number of each row's line, from 1.
    pub(super) lines: Vec<i64>,
    /// First byte of each row.
    pub(super) offsets: Vec<i64>,
    /// Rows left out, since a field of theirs is not of its column's kind.
    pub(super) faults: Vec<LineFault>,
}

impl<'t> Rows<'t> {
    /// None yet of columns with the given names and kinds, which stand in a line at `places`.
    pub(super) fn new(
        text: &'t [u8],
        names: Vec<String>,
        kinds: &[CellKind],
        places: Vec<usize>,
    ) -> Self {
        Self {
            text,
            names,
            places,
            columns: kinds.iter().copied().map(Column::new).collect(),
            spans: Vec::new(),
            waiting: Vec::with_capacity(ROWS_AT_ONCE),
            lines: Vec::new(),
            offsets: Vec::new(),
            faults: Vec::new(),
        }
    }

    pub(super) fn width(&self) -> usize {
        self.places.len()
    }

    /// Adds a row of as many fields as there are columns.
    pub(super) fn push(&mut self, line: Line, fields: impl IntoIterator<Item = Span>) {
        self.spans.extend(fields);
        self.waiting.push(line);
        if self.waiting.len() == ROWS_AT_ONCE {
            self.take();
        }
    }

    /// The columns of all rows.
    pub(super) fn finish(mut self) -> Made {
        self.take();
        self.read_again();
        let rows = self.lines.len();
        let columns = self.names.into_iter().zip(self.columns);
        Made {
            columns: columns
                .map(|(name, column)| column.finish(name, rows))
                .collect(),
            lines: self.lines,
            offsets: self.offsets,
            faults: self.faults,
        }
    }

    /// Moves the rows that wait into the columns.
    fn take(&mut self) {
        let rows = self.lines.len();
        loop {
            let mut bad = vec![None; self.waiting.len()];
            let width = self.width().max(1);
            let before: Vec<_> = self.columns.iter().map(Column::state).collect();
            for (place, column) in self.columns.iter_mut().enumerate() {
                let fields = self.spans.chunks_exact(width).map(|row| row[place]);
                column.extend(self.text, fields, |row| {
                    bad[row].get_or_insert(place);
                });
            }
            if bad.iter().all(Option::is_none) {
                break;
            }
            // What a column is guessed to be must not hang on a row that is left out, so the others are
            // read anew.
            for (column, before) in self.columns.iter_mut().zip(before) {
                column.go_back(rows, before);
            }
            self.leave_out(&bad);
        }
        self.spans.clear();
        for line in self.waiting.drain(..) {
            self.lines.push(line.number as i64);
            self.offsets.push(line.start as i64);
        }
    }

    /// Takes the rows that have a column in `bad` out of those that wait.
    fn leave_out(&mut self, bad: &[Option<usize>]) {
        let width = self.width();
        let mut kept = 0;
        for (row, bad) in bad.iter().enumerate() {
            let (line, from) = (self.waiting[row], row * width);
            if let Some(column) = bad {
                let found = self.spans[from + column].bytes(self.text);
                let found = String::from_utf8_lossy(found.get(..40).unwrap_or(found)).into_owned();
                let (name, noun) = (&self.names[*column], self.columns[*column].asked.noun());
                self.faults.push(LineFault {
                    line: line.number,
                    start: line.start,
                    end: line.end,
                    reason: format!("{name} is {found:?}, not {noun}"),
                });
                continue;
            }
            self.waiting[kept] = line;
            self.spans.copy_within(from..from + width, kept * width);
            kept += 1;
        }
        self.waiting.truncate(kept);
        self.spans.truncate(kept * width);
    }

    /// Makes the columns text that were guessed to be something else, from the lines of all rows.
    fn read_again(&mut self) {
        let columns = self.columns.iter_mut().zip(&self.places);
        let mut refused: Vec<_> = columns.filter(|(column, _)| column.is_refused).collect();
        if refused.is_empty() {
            return;
        }
        for (column, _) in &mut refused {
            column.begin_text();
        }
        let mut lines = Lines::new(self.text);
        let mut row = Vec::new();
        for (number, offset) in self.lines.iter().zip(&self.offsets) {
            row.clear();
            lines.seek(*offset as usize, *number as usize);
            lines.take(&mut row);
            for (column, place) in &mut refused {
                column.push_text(self.text, row.get(**place).copied());
            }
        }
    }
}
