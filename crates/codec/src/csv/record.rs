//! One line after the other, as the places of its fields.

use std::borrow::Cow;

use super::marks::Marks;

/// Longest field in quotes, in bytes: bounds how far an unclosed quote is followed.
const QUOTED_BYTES_MAX: usize = 64 * 1024;

/// Most fields of a line: bounds what a line of nothing but commas costs.
const FIELDS_MAX: usize = 1 << 16;

/// Place of a field, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    /// One after its last byte; the highest bit says that quotes inside it are doubled.
    end: u32,
}

const DOUBLED: u32 = 1 << 31;

impl Span {
    /// From `start` up to `end`, both below 2 GiB.
    pub(super) const fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    pub(super) const fn start(self) -> usize {
        self.start as usize
    }

    /// One after its last byte.
    pub(super) const fn end(self) -> usize {
        (self.end & !DOUBLED) as usize
    }

    pub(super) const fn is_empty(self) -> bool {
        self.start() == self.end()
    }

    pub(super) fn bytes(self, text: &[u8]) -> &[u8] {
        text.get(self.start()..self.end()).unwrap_or_default()
    }

    /// Its text; none when it is no UTF-8.
    pub(super) fn text(self, text: &[u8]) -> Option<Cow<'_, str>> {
        let found = std::str::from_utf8(self.bytes(text)).ok()?;
        Some(if self.end & DOUBLED == 0 {
            Cow::Borrowed(found)
        } else {
            Cow::Owned(found.replace("\"\"", "\""))
        })
    }
}

/// A line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number, from 1; a field in quotes may hold further lines.
    pub(super) number: usize,
    pub(super) start: usize,
    /// One after its last byte, the line end left out.
    pub(super) end: usize,
    /// What is wrong with it.
    pub(super) fault: Option<&'static str>,
}

/// Goes over the lines of a text of less than 2 GiB.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a [u8],
    marks: Marks<'a>,
    at: usize,
    number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        let mut lines = Self {
            text,
            marks: Marks::new(text),
            at: 0,
            number: 1,
        };
        if text.starts_with(b"\xef\xbb\xbf") {
            lines.at = 3;
            lines.marks.seek(3);
        }
        lines
    }

    /// Goes on with line `number`, which begins at `at`.
    pub(super) fn seek(&mut self, at: usize, number: usize) {
        (self.at, self.number) = (at, number);
        self.marks.seek(at);
    }

    /// Takes the next line and appends its fields to `spans`; nothing is appended of a faulty one. Lines
    /// without a byte are passed over.
    pub(super) fn take(&mut self, spans: &mut Vec<Span>) -> Option<Line> {
        while let Some(b'\n' | b'\r') = self.text.get(self.at) {
            self.number += usize::from(self.text[self.at] == b'\n');
            self.at += 1;
            self.marks.seek(self.at);
        }
        if self.at >= self.text.len() {
            return None;
        }
        let (start, number, first) = (self.at, self.number, spans.len());
        let fault = self.fields(spans).err();
        if fault.is_some() {
            spans.truncate(first);
            self.resume(start);
        }
        let end = self.at.min(self.text.len());
        let line = self.text.get(start..end).unwrap_or_default();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Some(Line {
            number,
            start,
            end: start + line.len(),
            fault,
        })
    }

    /// Goes on behind the line feed after `start`.
    fn resume(&mut self, start: usize) {
        let rest = self.text.get(start..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |length| length + 1);
        self.at = start + length;
        self.number += 1;
        self.marks.seek(self.at);
    }

    fn fields(&mut self, spans: &mut Vec<Span>) -> Result<(), &'static str> {
        let text = self.text;
        let mut start = self.at;
        let mut lines = 1;
        let first = spans.len();
        loop {
            let commas = self.marks.take_commas(FIELDS_MAX - (spans.len() - first));
            spans.extend(commas.iter().map(|place| {
                let span = Span::new(start, *place as usize);
                start = *place as usize + 1;
                span
            }));
            if spans.len() - first >= FIELDS_MAX {
                return Err("more than 65,536 fields");
            }
            let mark = self.marks.take();
            let place = mark.unwrap_or(text.len());
            match text.get(place) {
                Some(b'"') if place == start => {
                    let (span, end) = self.quoted(start, &mut lines)?;
                    spans.push(span);
                    start = end + 1;
                    if text.get(end) != Some(&b',') {
                        break;
                    }
                }
                // A quote inside a field that does not begin with one is a character like any other.
                Some(b'"') => {}
                Some(b',') => {
                    spans.push(Span::new(start, place));
                    start = place + 1;
                }
                _ => {
                    let is_return = place > start && text.get(place - 1) == Some(&b'\r');
                    spans.push(Span::new(start, place - usize::from(is_return)));
                    start = place + 1;
                    break;
                }
            }
        }
        self.at = start;
        self.number += lines;
        Ok(())
    }

    /// Place of the field whose opening quote stands at `start`, and of the mark that ends it.
    fn quoted(&mut self, start: usize, lines: &mut usize) -> Result<(Span, usize), &'static str> {
        let text = self.text;
        let mut doubled = 0;
        let close = loop {
            let place = self.marks.take().ok_or("a quote is not closed")?;
            if place - start > QUOTED_BYTES_MAX {
                return Err("a quote is not closed within 64 KiB");
            }
            match text.get(place) {
                Some(b'\n') => *lines += 1,
                Some(b'"') if text.get(place + 1) == Some(&b'"') => {
                    self.marks.take();
                    doubled = DOUBLED;
                }
                Some(b'"') => break place,
                _ => {}
            }
        };
        let mut end = close + 1;
        if text.get(end..end + 2) == Some(b"\r\n") {
            end += 1;
        }
        match text.get(end) {
            None => {}
            Some(b',' | b'\n') => {
                self.marks.take();
            }
            Some(_) => return Err("something stands between a closing quote and the comma"),
        }
        let mut span = Span::new(start + 1, close);
        span.end |= doubled;
        Ok((span, end))
    }
}
