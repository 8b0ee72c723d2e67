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

    /// Keeps codes on disk: the answers that told them become inputs of the journal, and whoever has those
    /// must have the codes too.
    pub(super) fn add(&mut self, codes: &[(String, String)]) -> Result<(), StoreError> {
        // A line that an earlier process left torn is ended.
        let mut lines = if self.file.is_none() { "\n" } else { "" }.to_owned();
        for (code, name) in codes {
            lines.extend([code, "\t", name, "\n"]);
        }
        let written = self
            .open()
            .and_then(|file| {
                let mut writer = &file;
                writer.write_all(lines.as_bytes())?;
                file.sync_data()?;
                Ok(file)
            })
            .map_err(|error| self.failed(&error));
        self.file = Some(written?);
        Ok(())
    }

    /// The file, to be written behind its end. A new one has its name on disk before anything is in it.
    fn open(&mut self) -> std::io::Result<File> {
        if let Some(file) = self.file.take() {
            return Ok(file);
        }
        let is_new = !self.path.exists();
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)?;
        if let (true, Some(folder)) = (is_new, self.path.parent()) {
            File::open(folder)?.sync_all()?;
        }
        Ok(file)
    }

    fn failed(&self, error: &std::io::Error) -> StoreError {
        StoreError(format!("{}: {error}", self.path.display()))
    }
}
