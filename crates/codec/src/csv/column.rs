//! A column under way.

use super::cells::CellKind;
use super::number::{float, floats};
use super::record::Span;
use crate::frame::{FrameColumn, FrameValues, Presence, Texts};
use crate::instant::written;

/// A column under way.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) asked: CellKind,
    /// What it is read as; `Any` until a field tells.
    kind: CellKind,
    /// Whether a later field did not bear the guess out: all fields must be read again, as text.
    pub(super) is_refused: bool,
    /// Of no use as long as the kind is not known, or once it is refused.
    values: FrameValues,
    is_there: Presence,
}

/// What a column can go back to.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    kind: CellKind,
    is_refused: bool,
}

impl Column {
    pub(super) fn new(asked: CellKind) -> Self {
        Self {
            asked,
            kind: asked,
            is_refused: false,
            values: none(asked, 0),
            is_there: Presence::default(),
        }
    }

    pub(super) const fn state(&self) -> State {
        State {
            kind: self.kind,
            is_refused: self.is_refused,
        }
    }

    /// Makes it again what it was at `rows` rows.
    pub(super) fn go_back(&mut self, rows: usize, state: State) {
        self.is_there.truncate(rows);
        (self.kind, self.is_refused) = (state.kind, state.is_refused);
        match &mut self.values {
            FrameValues::Float(values) => values.truncate(rows),
            FrameValues::Whole(values) => values.truncate(rows),
            FrameValues::Text(texts) => {
                texts.offsets.truncate(rows + 1);
                let end = texts.offsets.last().copied().unwrap_or_default();
                texts.text.truncate(end as usize);
            }
        }
    }

    /// Adds at most 64 fields; calls `refuse` with the place of each that cannot stand in the column.
    pub(super) fn extend(
        &mut self,
        text: &[u8],
        fields: impl ExactSizeIterator<Item = Span> + Clone,
        refuse: impl FnMut(usize),
    ) {
        let rows = self.is_there.len();
        let is_there = fields.clone().enumerate().fold(0, |word, (row, field)| {
            word | u64::from(!field.is_empty()) << row
        });
        self.is_there.push_word(is_there, fields.len());
        if self.kind == CellKind::Any {
            let Some(first) = fields.clone().find(|field| !field.is_empty()) else {
                return;
            };
            self.kind = guess(first.bytes(text));
            self.values = none(self.kind, rows);
        }
        if self.is_refused {
            no_text(text, fields, refuse);
            return;
        }
        let fits = match self.kind {
            CellKind::Number => self.extend_numbers(text, fields.clone()),
            CellKind::Instant | CellKind::Wall => self.extend_times(text, fields.clone()),
            CellKind::Text | CellKind::Any => self.extend_texts(text, fields.clone()),
        };
        if !fits {
            self.unfit(text, fields, refuse);
        }
    }

    /// Adds numbers; false when a field is none.
    fn extend_numbers(&mut self, text: &[u8], fields: impl ExactSizeIterator<Item = Span>) -> bool {
        let FrameValues::Float(values) = &mut self.values else {
            return false;
        };
        make_room(values, fields.len());
        floats(text, fields, values)
    }

    /// As [`Self::extend_numbers`], times.
    fn extend_times(&mut self, text: &[u8], fields: impl Iterator<Item = Span>) -> bool {
        let FrameValues::Whole(values) = &mut self.values else {
            return false;
        };
        // Rows of one interval follow each other.
        let mut last: (&[u8], Option<i64>) = (&[], None);
        let mut fits = true;
        values.extend(fields.map(|field| {
            if field.is_empty() {
                return 0;
            }
            let bytes = field.bytes(text);
            if bytes != last.0 {
                last = (bytes, time(bytes, self.kind));
            }
            fits &= last.1.is_some();
            last.1.unwrap_or_default()
        }));
        fits
    }

    /// As [`Self::extend_numbers`], texts.
    fn extend_texts(&mut self, text: &[u8], fields: impl Iterator<Item = Span>) -> bool {
        let FrameValues::Text(texts) = &mut self.values else {
            return false;
        };
        let mut fits = true;
        for field in fields {
            let value = field.text(text);
            fits &= value.is_some();
            texts.push(value.as_deref().unwrap_or_default());
        }
        fits
    }

    /// Refuses the fields that are not of the kind; a guess of which it is the fault is taken back.
    #[cold]
    fn unfit(
        &mut self,
        text: &[u8],
        fields: impl Iterator<Item = Span>,
        mut refuse: impl FnMut(usize),
    ) {
        if self.asked == CellKind::Any {
            self.is_refused = self.kind != CellKind::Text;
            no_text(text, fields, refuse);
            return;
        }
        for (row, field) in fields.enumerate() {
            let bytes = field.bytes(text);
            let fits = match self.kind {
                CellKind::Number => float(bytes).is_some(),
                CellKind::Instant | CellKind::Wall => time(bytes, self.kind).is_some(),
                CellKind::Text | CellKind::Any => field.text(text).is_some(),
            };
            if !fits && !field.is_empty() {
                refuse(row);
            }
        }
    }

    /// Begins the column anew as text.
    pub(super) fn begin_text(&mut self) {
        self.values = none(CellKind::Text, 0);
    }

    /// Adds a text, which is known to be UTF-8, behind [`Self::begin_text`].
    pub(super) fn push_text(&mut self, text: &[u8], field: Option<Span>) {
        if let FrameValues::Text(texts) = &mut self.values {
            let found = field.and_then(|field| field.text(text));
            texts.push(found.as_deref().unwrap_or_default());
        }
    }

    /// The column of `rows` rows, called `name`; one without a value is of numbers.
    pub(super) fn finish(mut self, name: String, rows: usize) -> FrameColumn {
        if self.kind == CellKind::Any {
            self.values = none(CellKind::Number, rows);
        }
        FrameColumn {
            name,
            values: self.values,
            is_there: self.is_there,
        }
    }
}

/// Makes room for `more` values. Columns grow side by side, so that at twice the room each would be moved,
/// and memory be touched, as often again; room that is not used is not touched.
fn make_room<T>(values: &mut Vec<T>, more: usize) {
    if values.capacity() - values.len() < more {
        values.reserve_exact(more.max(8 * values.len()));
    }
}

/// `rows` rows without a value.
fn none(kind: CellKind, rows: usize) -> FrameValues {
    match kind {
        CellKind::Number | CellKind::Any => FrameValues::Float(vec![0.0; rows]),
        CellKind::Instant | CellKind::Wall => FrameValues::Whole(vec![0; rows]),
        CellKind::Text => FrameValues::Text(Texts {
            offsets: vec![0; rows + 1],
            text: String::new(),
        }),
    }
}

/// Calls `refuse` with the place of each field that is no UTF-8.
fn no_text(text: &[u8], fields: impl Iterator<Item = Span>, mut refuse: impl FnMut(usize)) {
    for (row, field) in fields.enumerate() {
        if std::str::from_utf8(field.bytes(text)).is_err() {
            refuse(row);
        }
    }
}

/// What the first field of a column that is not empty is.
fn guess(field: &[u8]) -> CellKind {
    match field {
        _ if float(field).is_some() => CellKind::Number,
        _ if time(field, CellKind::Wall).is_some() => CellKind::Wall,
        _ => CellKind::Text,
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
