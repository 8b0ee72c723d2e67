//! Rows as typed columns, laid out as Arrow wants them.

/// The texts of a column, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// Where each begins, and where the last ends.
    pub offsets: Vec<i64>,
    /// All of them.
    pub text: String,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            offsets: vec![0],
            text: String::new(),
        }
    }
}

impl Texts {
    /// Adds one.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.offsets.push(self.text.len() as i64);
    }

    /// The one at `row`.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        let (start, end) = (self.offsets.get(row)?, self.offsets.get(row + 1)?);
        self.text.get(*start as usize..*end as usize)
    }
}

/// The values of a column; where there is none stand zero, false or no text.
#[derive(Debug, Clone, PartialEq)]
pub enum FrameValues {
    /// Floating numbers.
    Float(Vec<f64>),
    /// Whole numbers, among them ns UTC.
    Whole(Vec<i64>),
    /// Texts.
    Text(Texts),
}

impl FrameValues {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Float(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Text(values) => values.offsets.len() - 1,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameColumn {
    /// Its name.
    pub name: String,
    /// A value for each row.
    pub values: FrameValues,
    /// Whether the row has a value.
    pub is_there: Vec<bool>,
}
