//! A table under a header line.

use super::cells::{CellKind, Limits, LineFault};
use super::record::Lines;
use super::rows::Rows;
use crate::frame::FrameColumn;

/// Why a text is no table that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CsvError {
    /// More bytes than allowed.
    #[error("{bytes} bytes, at most {limit} are read; split the request or raise the limit")]
    TooLong {
        /// As found.
        bytes: usize,
        /// The most that is read.
        limit: usize,
    },
    /// No header line that can be read.
    #[error("byte {offset}: no header line: {reason}")]
    Header {
        /// Where it begins.
        offset: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// A column that is not there, or twice.
    #[error("the header has column {name:?} {count} times, not once; it names {found}")]
    Column {
        /// The column that was asked for.
        name: String,
        /// How often it is there.
        count: usize,
        /// What the header names, at most 400 characters of it.
        found: String,
    },
}

/// Columns of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Columns asked for, in the order asked for.
    pub columns: Vec<FrameColumn>,
    /// Number of each row's line, from 1.
    pub lines: Vec<i64>,
    /// First byte of each row.
    pub offsets: Vec<i64>,
    /// Lines left out, in order.
    pub faults: Vec<LineFault>,
    /// Faults that are not told for their number.
    pub faults_more: usize,
}

/// Refuses a text that is too long.
pub(super) fn check_length(text: &[u8], limits: Limits) -> Result<(), CsvError> {
    let limit = limits.bytes_max.min((1 << 31) - 1);
    let bytes = text.len();
    if bytes > limit {
        return Err(CsvError::TooLong { bytes, limit });
    }
    Ok(())
}

/// Puts `faults` in order and cuts them off at the limit; gives how many fell off.
pub(super) fn settle(faults: &mut Vec<LineFault>, limits: Limits) -> usize {
    faults.sort_by_key(|fault| fault.start);
    let more = faults.len().saturating_sub(limits.faults_max);
    faults.truncate(limits.faults_max);
    more
}

/// Reads the columns `asked` for of the table whose first line is its header; spaces around the header's
/// names do not count.
///
/// # Errors
/// [`CsvError`] when there is no such table; lines that cannot be read are [`Table::faults`].
pub fn table(text: &[u8], limits: Limits, asked: &[(String, CellKind)]) -> Result<Table, CsvError> {
    check_length(text, limits)?;
    let mut lines = Lines::new(text);
    let mut spans = Vec::new();
    let header = lines.take(&mut spans);
    let (offset, reason) = header.map_or((text.len(), Some("there is none")), |line| {
        (line.start, line.fault)
    });
    if let Some(reason) = reason {
        return Err(CsvError::Header { offset, reason });
    }
    let names: Option<Vec<_>> = spans.iter().map(|span| span.text(text)).collect();
    let names = names.ok_or(CsvError::Header {
        offset,
        reason: "no UTF-8",
    })?;
    let places = asked.iter().map(|(name, _)| {
        let mut found = (0..names.len()).filter(|place| names[*place].trim() == name);
        match (found.next(), found.count()) {
            (Some(place), 0) => Ok(place),
            (first, more) => Err(CsvError::Column {
                name: name.clone(),
                count: more + usize::from(first.is_some()),
                found: names.join(", ").chars().take(400).collect(),
            }),
        }
    });
    let places = places.collect::<Result<Vec<_>, _>>()?;
    let (asked, kinds): (Vec<_>, Vec<_>) = asked.iter().cloned().unzip();
    let mut rows = Rows::new(text, asked, &kinds, places.clone());
    let mut cells = 0;
    let mut faults = Vec::new();
    let mut row = Vec::with_capacity(names.len());
    loop {
        row.clear();
        let Some(line) = lines.take(&mut row) else {
            break;
        };
        let reason = match line.fault {
            Some(reason) => reason.to_owned(),
            None if row.len() != names.len() => {
                format!("{} fields, the header has {}", row.len(), names.len())
            }
            None if cells + places.len() > limits.cells_max => {
                faults.push(LineFault {
                    line: line.number,
                    start: line.start,
                    end: text.len(),
                    reason: "too many fields; the rest is left unread".to_owned(),
                });
                break;
            }
            None => {
                cells += places.len();
                rows.push(line, places.iter().map(|place| row[*place]));
                continue;
            }
        };
        faults.push(LineFault {
            line: line.number,
            start: line.start,
            end: line.end,
            reason,
        });
    }
    let made = rows.finish();
    faults.extend(made.faults);
    let faults_more = settle(&mut faults, limits);
    Ok(Table {
        columns: made.columns,
        lines: made.lines,
        offsets: made.offsets,
        faults,
        faults_more,
    })
}
