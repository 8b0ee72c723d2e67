//! A venue's codes of our orders, kept in a file.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use wattbook_session::fix::StoreError;

/// A file with a code and our name of the order on each line, in the order in which they were told.
#[derive(Debug)]
pub(super) struct Codes {
    path: PathBuf,
    file: Option<File>,
}

impl Codes {
    pub(super) const fn at(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// What is kept. A last line that is torn was about an order of which nothing was told.
    pub(super) fn read(&self) -> Result<Vec<(String, String)>, StoreError> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed(&error)),
        };
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let pairs = whole.lines().filter_map(|line| line.split_once('\t'));
        Ok(pairs
            .map(|(code, name)| (code.to_owned(), name.to_owned()))
            .collect())
    }

    pub(super) fn add(&mut self, codes: &[(String, String)]) -> Result<(), StoreError> {
        // A line that an earlier process left torn is ended.
        let mut lines = if self.file.is_none() { "\n" } else { "" }.to_owned();
        for (code, name) in codes {
            lines.extend([code, "\t", name, "\n"]);
        }
        let opened = match self.file.take() {
            Some(file) => Ok(file),
            None => OpenOptions::new()
                .create(true)
                .append(true)
                .open(&self.path),
        };
        let written = opened.and_then(|mut file| file.write_all(lines.as_bytes()).map(|()| file));
        self.file = Some(written.map_err(|error| self.failed(&error))?);
        Ok(())
    }

    fn failed(&self, error: &std::io::Error) -> StoreError {
        StoreError(format!("{}: {error}", self.path.display()))
    }
}
