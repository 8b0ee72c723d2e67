//! What came and what went over a session's connections, as a file that can be searched.

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use wattbook_domain::Timestamp;

/// Fields whose values are secrets: `Password` (554), `NewPassword` (925).
const SECRETS: [&[u8]; 2] = [b"\x01554=", b"\x01925="];

/// Which way bytes went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
}

/// Appends pieces to a file: time in ns, `<` for what came or `>` for what went, their length, the
/// bytes, each line ended. A piece holds whole messages, or what is none.
#[derive(Debug)]
pub(super) struct MessageLog {
    file: BufWriter<File>,
}

impl MessageLog {
    /// Opens the file at `path`, or makes it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Self {
            file: BufWriter::new(file),
        })
    }

    /// Notes bytes that went one way at `now`, without the secrets among them.
    pub(super) fn note(&mut self, way: Way, bytes: &[u8], now: Timestamp) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let mark = match way {
            Way::In => '<',
            Way::Out => '>',
        };
        let bytes = masked(bytes);
        writeln!(self.file, "{} {mark} {}", now.nanos(), bytes.len())?;
        self.file.write_all(&bytes)?;
        self.file.write_all(b"\n")?;
        self.file.flush()
    }
}

/// The bytes with a star in place of every character of a secret.
fn masked(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Cow::Borrowed(bytes);
    for secret in SECRETS {
        let begins = |place: &usize| bytes[..*place].ends_with(secret);
        for place in (0..=bytes.len()).filter(begins) {
            let value = out.to_mut()[place..].iter_mut();
            value
                .take_while(|byte| **byte != 1)
                .for_each(|byte| *byte = b'*');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_log_holds_both_ways_and_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fix.log");
        let mut log = MessageLog::open(&path).unwrap();
        let logon = b"8=FIX.4.4\x0135=A\x01553=me\x01554=open sesame\x01925=x\x0110=000\x01";
        log.note(Way::Out, logon, Timestamp::from_nanos(7)).unwrap();
        log.note(Way::In, b"", Timestamp::from_nanos(8)).unwrap();
        drop(log);
        let mut log = MessageLog::open(&path).unwrap();
        log.note(Way::In, b"8=FIX", Timestamp::from_nanos(9))
            .unwrap();
        let text = std::fs::read_to_string(&path)
            .unwrap()
            .replace('\u{1}', "|");
        let shown = "8=FIX.4.4|35=A|553=me|554=***********|925=*|10=000|";
        let length = logon.len();
        assert_eq!(text, format!("7 > {length}\n{shown}\n9 < 5\n8=FIX\n"));
    }
}
