//! AEMO's form: C lines are comments, an I line heads a table, D lines are its rows, several tables may
//! follow each other, and the last line counts all of them (AEMO, "MMS CSV data format standard").

use super::cells::{CellKind, Limits, LineFault};
use super::record::{Line, Lines, Span};
use super::rows::Rows;
use super::table::{CsvError, check_length, settle};
use crate::frame::FrameColumn;

/// A table of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Report type and subtype: `DISPATCH`, `PRICE`.
    pub name: (String, String),
    /// Version of the table's columns.
    pub version: String,
    /// Number of the I line, from 1.
    pub line: usize,
    /// First byte of the I line.
    pub offset: usize,
    /// Columns behind the four that each line begins with.
    pub columns: Vec<FrameColumn>,
    /// Number of each row's line, from 1.
    pub lines: Vec<i64>,
    /// First byte of each row.
    pub offsets: Vec<i64>,
}

/// The last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trailer {
    /// Its number, from 1.
    pub line: usize,
    /// Its first byte.
    pub start: usize,
    /// One after its last byte.
    pub end: usize,
    /// How many lines it says that there are, itself included.
    pub count: usize,
}

/// A report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Fields of the first line behind its C: system, report, origin, access, date, time and further ones.
    pub comment: Vec<String>,
    /// Its tables, in order; one that is headed again stands in it again.
    pub sections: Vec<Section>,
    /// The last line, if it is there.
    pub trailer: Option<Trailer>,
    /// Lines that there are.
    pub lines: usize,
    /// Lines left out, in order.
    pub faults: Vec<LineFault>,
    /// Faults that are not told for their number.
    pub faults_more: usize,
}

/// Fields that an I or D line begins with: its letter, type, subtype, version.
const PREFIX: usize = 4;

/// A table under way.
struct Open<'t> {
    name: (String, String),
    version: String,
    line: Line,
    rows: Rows<'t>,
}

struct Reader<'t, 'k> {
    text: &'t [u8],
    limits: Limits,
    kinds: &'k dyn Fn(&str) -> CellKind,
    open: Option<Open<'t>>,
    cells: usize,
    report: Report,
}

/// Reads a report; `kinds` says what a column of a name is read as.
///
/// # Errors
/// [`CsvError::TooLong`]; lines that cannot be read are [`Report::faults`].
pub fn report(
    text: &[u8],
    limits: Limits,
    kinds: &dyn Fn(&str) -> CellKind,
) -> Result<Report, CsvError> {
    check_length(text, limits)?;
    let mut reader = Reader {
        text,
        limits,
        kinds,
        open: None,
        cells: 0,
        report: Report {
            comment: Vec::new(),
            sections: Vec::new(),
            trailer: None,
            lines: 0,
            faults: Vec::new(),
            faults_more: 0,
        },
    };
    let mut lines = Lines::new(text);
    let mut row = Vec::new();
    loop {
        row.clear();
        let Some(line) = lines.take(&mut row) else {
            break;
        };
        reader.report.lines += 1;
        let taken = match line.fault {
            Some(reason) => Err(reason.to_owned()),
            None => reader.take(line, &row),
        };
        match taken {
            Ok(true) => {}
            Ok(false) => {
                reader.fault(line, text.len(), "too many fields; the rest is left unread");
                break;
            }
            Err(reason) => reader.fault(line, line.end, &reason),
        }
    }
    reader.close();
    let mut report = reader.report;
    report.faults_more = settle(&mut report.faults, limits);
    Ok(report)
}

impl Reader<'_, '_> {
    fn fault(&mut self, line: Line, end: usize, reason: &str) {
        self.report.faults.push(LineFault {
            line: line.number,
            start: line.start,
            end,
            reason: reason.to_owned(),
        });
    }

    /// Takes a line; false when there is no more room.
    fn take(&mut self, line: Line, row: &[Span]) -> Result<bool, String> {
        if self.report.trailer.is_some() {
            return Err("a line behind END OF REPORT".to_owned());
        }
        let letter = row.first().map(|span| span.bytes(self.text));
        match letter {
            Some(b"D") => self.row(line, row),
            Some(b"I") => self.head(line, row).map(|()| true),
            Some(b"C") => self.comment(line, row).map(|()| true),
            _ => Err("the line begins with none of C, I and D".to_owned()),
        }
    }

    fn comment(&mut self, line: Line, row: &[Span]) -> Result<(), String> {
        let texts = row.iter().skip(1).map(|span| span.text(self.text));
        let texts: Option<Vec<_>> = texts.collect();
        let texts = texts.ok_or("no UTF-8")?;
        if texts.first().is_some_and(|text| text == "END OF REPORT") {
            let count = texts.get(1).and_then(|count| count.parse().ok());
            self.report.trailer = Some(Trailer {
                line: line.number,
                start: line.start,
                end: line.end,
                count: count.ok_or("END OF REPORT without the number of lines")?,
            });
        } else if self.report.comment.is_empty() {
            self.report.comment = texts.into_iter().map(Into::into).collect();
        }
        Ok(())
    }

    fn head(&mut self, line: Line, row: &[Span]) -> Result<(), String> {
        self.close();
        let texts = row.iter().map(|span| span.text(self.text));
        let texts: Option<Vec<_>> = texts.collect();
        let mut texts = texts
            .ok_or("no UTF-8")?
            .into_iter()
            .map(String::from)
            .skip(1);
        let (Some(name), Some(table), Some(version)) = (texts.next(), texts.next(), texts.next())
        else {
            return Err("an I line without type, subtype and version".to_owned());
        };
        let names: Vec<String> = texts.collect();
        let mut sorted: Vec<_> = names.iter().collect();
        sorted.sort();
        if let Some([name, ..]) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("column {name:?} stands twice in the I line"));
        }
        let kinds: Vec<_> = names.iter().map(|name| (self.kinds)(name)).collect();
        let places = (PREFIX..PREFIX + names.len()).collect();
        self.open = Some(Open {
            name: (name, table),
            version,
            line,
            rows: Rows::new(self.text, names, &kinds, places),
        });
        Ok(())
    }

    fn row(&mut self, line: Line, row: &[Span]) -> Result<bool, String> {
        let Some(open) = &mut self.open else {
            return Err("a D line without a sound I line before it".to_owned());
        };
        let (own, fields) = row.split_at(PREFIX.min(row.len()));
        let mut own = own.iter().skip(1).map(|span| span.bytes(self.text));
        let (name, table) = &open.name;
        if ![name, table, &open.version]
            .into_iter()
            .all(|wanted| own.next() == Some(wanted.as_bytes()))
        {
            let version = &open.version;
            return Err(format!(
                "a D line of another table than its I line of {name},{table},{version}"
            ));
        }
        if fields.len() != open.rows.width() {
            let wanted = open.rows.width();
            return Err(format!("{} fields, the I line has {wanted}", fields.len()));
        }
        self.cells += fields.len();
        if self.cells > self.limits.cells_max {
            return Ok(false);
        }
        open.rows.push(line, fields.iter().copied());
        Ok(true)
    }

    /// Makes columns of the table under way.
    fn close(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        let made = open.rows.finish();
        self.report.faults.extend(made.faults);
        self.report.sections.push(Section {
            name: open.name,
            version: open.version,
            line: open.line.number,
            offset: open.line.start,
            columns: made.columns,
            lines: made.lines,
            offsets: made.offsets,
        });
    }
}
