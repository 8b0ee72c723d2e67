//! Tables as text: comma-separated values with a header, comments and no quoting.

use wattbook_domain::delivery::Date;

use super::error::NormalizationError;

/// Earlier than every instant, where a row names no first day.
pub(super) const ALWAYS: i64 = i64::MIN;
/// Later than every instant, where a row names no last day.
pub(super) const FOR_EVER: i64 = i64::MAX;
/// Nanoseconds in a second.
pub(super) const SECOND: i64 = 1_000_000_000;

/// One line of a table.
pub(super) struct Line<'t> {
    table: &'static str,
    number: usize,
    fields: Vec<&'t str>,
}

impl<'t> Line<'t> {
    /// The field in a column; empty past the end.
    pub(super) fn field(&self, column: usize) -> &'t str {
        self.fields.get(column).copied().unwrap_or_default()
    }

    /// That `found` does not fit.
    pub(super) fn fault(&self, found: &str, fix: impl Into<String>) -> NormalizationError {
        NormalizationError::Line {
            table: self.table,
            line: self.number,
            found: found.to_owned(),
            fix: fix.into(),
        }
    }

    /// The ISO day in a column, or none when it is empty.
    pub(super) fn day(&self, column: usize) -> Result<Option<Date>, NormalizationError> {
        let text = self.field(column);
        if text.is_empty() {
            return Ok(None);
        }
        let day = text.parse();
        day.map(Some)
            .map_err(|_| self.fault(text, "is no day; write it like 2018-10-01"))
    }
}

/// The lines of `text` below its header, whose names must be `columns`.
///
/// A line that begins with `#` is a comment, and empty lines count for nothing.
pub(super) fn lines<'t>(
    table: &'static str,
    columns: &str,
    text: &'t str,
) -> Result<Vec<Line<'t>>, NormalizationError> {
    let rows = text.lines().enumerate().filter_map(|(index, line)| {
        let line = line.trim();
        let fields = line.split(',').map(str::trim).collect();
        let number = index + 1;
        let is_row = !line.is_empty() && !line.starts_with('#');
        is_row.then_some(Line {
            table,
            number,
            fields,
        })
    });
    let mut rows = rows.collect::<Vec<_>>();
    let width = columns.split(',').count();
    match rows.first() {
        Some(header) if header.fields.join(",") == columns => {}
        Some(header) => {
            let found = header.fields.join(",");
            return Err(header.fault(&found, format!("is not the header; write {columns}")));
        }
        None => return Ok(rows),
    }
    rows.remove(0);
    match rows.iter().find(|row| row.fields.len() != width) {
        Some(row) => {
            let found = row.fields.join(",");
            Err(row.fault(&found, format!("has not {width} fields; write {columns}")))
        }
        None => Ok(rows),
    }
}
