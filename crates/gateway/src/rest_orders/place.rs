//! How far a stream of answers was followed, kept in a file.

use std::io::ErrorKind;
use std::path::PathBuf;

use wattbook_session::fix::StoreError;

/// The file. It may lag behind: what comes again is known again.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    kept: Option<u64>,
}

impl Place {
    /// The file at `path`, and the number that it holds; none where there is no file.
    pub(super) fn open(path: PathBuf) -> Result<(Self, Option<u64>), StoreError> {
        let kept = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text.trim().parse().map_err(|_| {
                StoreError(format!(
                    "{}: {text:?} is no number of an answer; take the file away, and the venue's whole \
                     stream is read again",
                    path.display()
                ))
            })?),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(StoreError(format!("{}: {error}", path.display()))),
        };
        Ok((Self { path, kept }, kept))
    }

    /// Keeps `number`, whole or not at all.
    pub(super) fn keep(&mut self, number: u64) -> Result<(), StoreError> {
        if self.kept == Some(number) {
            return Ok(());
        }
        let draft = self.path.with_extension("draft");
        std::fs::write(&draft, format!("{number}\n"))
            .and_then(|()| std::fs::rename(&draft, &self.path))
            .map_err(|error| StoreError(format!("{}: {error}", self.path.display())))?;
        self.kept = Some(number);
        Ok(())
    }
}
