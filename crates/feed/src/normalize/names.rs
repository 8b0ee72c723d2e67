//! Texts that repeat, as small numbers.

use std::collections::HashMap;

/// Number of a text that is not there.
pub const NONE: u32 = u32::MAX;

/// Every text seen so far, numbered in the order of first sight.
#[derive(Debug, Clone, Default)]
pub struct Names {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Names {
    /// The number of `text`, given out at first sight.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(NONE - 1);
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }

    /// As [`Self::number`], but once `most` texts are there, a new one is no longer told from others.
    pub fn number_below(&mut self, text: &str, most: usize) -> u32 {
        if self.texts.len() < most || self.numbers.contains_key(text) {
            return self.number(text);
        }
        self.number("(one text too many)")
    }

    /// The text of `number`; empty for [`NONE`].
    #[must_use]
    pub fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", |text| text)
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is none yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}
