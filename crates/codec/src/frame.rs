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

/// Which rows have a value: a bit each, the first the lowest of its word, as Arrow wants them on a machine
/// that keeps the low byte first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presence {
    /// Bits behind the last row are zero.
    words: Vec<u64>,
    rows: usize,
}

impl Presence {
    /// How many rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Adds a row.
    pub fn push(&mut self, is_there: bool) {
        self.push_word(u64::from(is_there), 1);
    }

    /// Adds up to 64 `rows`, the first of which is the lowest bit of `word`; bits behind them are zero.
    pub fn push_word(&mut self, word: u64, rows: usize) {
        let used = self.rows % 64;
        match self.words.last_mut() {
            Some(last) if used > 0 => {
                *last |= word << used;
                if used + rows > 64 {
                    self.words.push(word >> (64 - used));
                }
            }
            _ if rows > 0 => self.words.push(word),
            _ => {}
        }
        self.rows += rows;
    }

    /// Takes away the rows behind the first `rows`.
    pub fn truncate(&mut self, rows: usize) {
        if rows >= self.rows {
            return;
        }
        self.words.truncate(rows.div_ceil(64));
        if let (Some(last), 1..) = (self.words.last_mut(), rows % 64) {
            *last &= (1 << (rows % 64)) - 1;
        }
        self.rows = rows;
    }

    /// Row for row.
    pub fn iter(&self) -> impl Iterator<Item = bool> {
        let words = &self.words;
        (0..self.rows).map(move |row| words[row / 64] >> (row % 64) & 1 == 1)
    }

    /// All words.
    #[must_use]
    pub fn into_words(self) -> Vec<u64> {
        self.words
    }
}

impl FromIterator<bool> for Presence {
    fn from_iter<I: IntoIterator<Item = bool>>(rows: I) -> Self {
        let mut made = Self::default();
        rows.into_iter().for_each(|is_there| made.push(is_there));
        made
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameColumn {
    /// Its name.
    pub name: String,
    /// A value for each row.
    pub values: FrameValues,
    /// Which rows have a value.
    pub is_there: Presence,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn presence_is_what_was_pushed(
            pieces in proptest::collection::vec(proptest::collection::vec(any::<bool>(), 0..=64), 0..8),
            kept in 0_usize..600,
            after in proptest::collection::vec(any::<bool>(), 0..=64),
        ) {
            let mut found = Presence::default();
            let mut wanted = Vec::new();
            let push = |found: &mut Presence, rows: &[bool]| {
                let bits = rows.iter().rev().fold(0, |word, is_there| word << 1 | u64::from(*is_there));
                found.push_word(bits, rows.len());
            };
            for rows in &pieces {
                push(&mut found, rows);
                wanted.extend_from_slice(rows);
            }
            found.truncate(kept);
            wanted.truncate(kept);
            push(&mut found, &after);
            wanted.extend(after);
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), wanted.clone());
            prop_assert_eq!(found.len(), wanted.len());
            prop_assert_eq!(found, wanted.into_iter().collect::<Presence>());
        }
    }
}
