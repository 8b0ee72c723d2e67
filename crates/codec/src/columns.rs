//! Chosen fields of many messages as columns: one row for each message, or for each entry of a group or
//! sequence, with the fields around it repeated.

/// A value on its way into a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// A whole number; one of 64 bits without a sign keeps its bits.
    Whole(i64),
    /// A decimal or floating number.
    Float(f64),
    /// Text or bytes.
    Text(&'a [u8]),
}

/// The values of a column, absent ones as zero or nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Nothing but absent values yet.
    Empty,
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Decimal or floating numbers.
    Float(Vec<f64>),
    /// Text or bytes.
    Text(Vec<Vec<u8>>),
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name of the field.
    pub name: String,
    /// One value for each row.
    pub values: Values,
    /// Whether the row has a value.
    pub is_there: Vec<bool>,
    now: Now,
}

#[derive(Debug, Clone, PartialEq)]
enum Now {
    Absent,
    Whole(i64),
    Float(f64),
    Text(Vec<u8>),
}

impl Column {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            values: Values::Empty,
            is_there: Vec::new(),
            now: Now::Absent,
        }
    }

    fn push(&mut self) {
        let rows = self.is_there.len();
        self.is_there.push(self.now != Now::Absent);
        if let Values::Empty = self.values {
            self.values = match self.now {
                Now::Absent => return,
                Now::Whole(_) => Values::Whole(vec![0; rows]),
                Now::Float(_) => Values::Float(vec![0.0; rows]),
                Now::Text(_) => Values::Text(vec![Vec::new(); rows]),
            };
        }
        match (&mut self.values, &self.now) {
            (Values::Whole(values), Now::Whole(value)) => values.push(*value),
            (Values::Whole(values), _) => values.push(0),
            (Values::Float(values), Now::Float(value)) => values.push(*value),
            (Values::Float(values), Now::Whole(value)) => values.push(*value as f64),
            (Values::Float(values), _) => values.push(0.0),
            (Values::Text(values), Now::Text(value)) => values.push(value.clone()),
            (Values::Text(values), _) => values.push(Vec::new()),
            (Values::Empty, _) => {}
        }
    }
}

/// Columns that grow row by row.
#[derive(Debug, Clone)]
pub struct Columns {
    list: Vec<Column>,
    rows_of: Option<String>,
    /// Columns that were set inside the entry under way.
    inside: Vec<usize>,
    is_inside: bool,
}

impl Columns {
    /// Columns of the fields called `names`. A row is an entry of the group or sequence called `rows_of`,
    /// or else a message.
    #[must_use]
    pub fn new(names: &[String], rows_of: Option<String>) -> Self {
        Self {
            list: names.iter().map(|name| Column::new(name)).collect(),
            rows_of,
            inside: Vec::new(),
            is_inside: false,
        }
    }

    /// Whether the entries of the group called `name` are the rows.
    pub(crate) fn is_rows(&self, name: &str) -> bool {
        self.rows_of.as_deref() == Some(name)
    }

    /// Whether each message is a row.
    pub(crate) fn is_by_message(&self) -> bool {
        self.rows_of.is_none()
    }

    /// Place of the column called `name`.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|column| column.name == name)
    }

    /// Sets the value of the row to come.
    pub(crate) fn set(&mut self, place: usize, cell: Option<Cell<'_>>) {
        let Some(column) = self.list.get_mut(place) else {
            return;
        };
        if self.is_inside {
            self.inside.push(place);
        }
        column.now = match cell {
            None => Now::Absent,
            Some(Cell::Whole(value)) => Now::Whole(value),
            Some(Cell::Float(value)) => Now::Float(value),
            Some(Cell::Text(text)) => Now::Text(text.to_vec()),
        };
    }

    /// Forgets the values of the row to come.
    pub(crate) fn clear(&mut self) {
        self.inside.clear();
        self.is_inside = false;
        for column in &mut self.list {
            column.now = Now::Absent;
        }
    }

    /// An entry that is a row begins.
    pub(crate) fn entry_start(&mut self) {
        self.is_inside = true;
    }

    /// Adds the entry's row, and forgets what was set inside it: the next entry may not set it again.
    pub(crate) fn entry_end(&mut self) {
        self.push();
        self.is_inside = false;
        for place in self.inside.drain(..) {
            if let Some(column) = self.list.get_mut(place) {
                column.now = Now::Absent;
            }
        }
    }

    /// Adds the row.
    pub(crate) fn push(&mut self) {
        for column in &mut self.list {
            column.push();
        }
    }

    /// The finished columns.
    #[must_use]
    pub fn finish(self) -> Vec<Column> {
        self.list
    }
}
