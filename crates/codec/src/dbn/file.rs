//! Files in any wrapping.

use std::borrow::Cow;
use std::io::Read;

use super::error::DbnError;
use super::legacy;
use super::metadata::{self, Metadata};
use super::record::Records;

/// Data as found: plain and in place, or decompressed.
#[derive(Debug, Clone)]
pub struct File<'a> {
    metadata: Option<Metadata>,
    data: Cow<'a, [u8]>,
    records_at: usize,
}

impl<'a> File<'a> {
    /// What the file says about itself; None for a fragment.
    #[must_use]
    pub fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }

    /// Whether each record ends with the gateway's time.
    #[must_use]
    pub fn has_ts_out(&self) -> bool {
        self.metadata
            .as_ref()
            .is_some_and(|metadata| metadata.has_ts_out)
    }

    /// Where the records begin in [`data`](Self::data).
    #[must_use]
    pub fn records_at(&self) -> usize {
        self.records_at
    }

    /// All of the data, decompressed.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// All of the data, decompressed; a copy only if it was not compressed.
    #[must_use]
    pub fn into_data(self) -> Cow<'a, [u8]> {
        self.data
    }

    /// The records.
    #[must_use]
    pub fn records(&self) -> Records<'_> {
        let records = &self.data[self.records_at..];
        Records::at(records, self.records_at as u64, self.has_ts_out())
    }
}

/// Tells what `bytes` are and decompresses them, up to `limit` bytes.
///
/// # Errors
/// [`DbnError`] for what is none of DBN, its records without metadata, each plain or in zstd, or DBZ;
/// for metadata that does not hold together, and for data beyond the limit. Records are not checked.
pub fn open(bytes: &[u8], limit: usize) -> Result<File<'_>, DbnError> {
    if legacy::is_legacy(bytes) {
        let (metadata, at) = legacy::decode(bytes, limit)?;
        return Ok(File {
            metadata: Some(metadata),
            data: Cow::Owned(decompress(&bytes[at..], limit)?),
            records_at: 0,
        });
    }
    let data = if is_zstd(bytes) {
        Cow::Owned(decompress(bytes, limit)?)
    } else {
        Cow::Borrowed(bytes)
    };
    if metadata::is_metadata(&data) {
        let (metadata, records_at) = metadata::decode(&data)?;
        return Ok(File {
            metadata: Some(metadata),
            data,
            records_at,
        });
    }
    // A fragment begins with a record, so with a length and a type that exist.
    if !data.is_empty() && !matches!(Records::new(&data, false).next(), Some(Ok(_))) {
        let mut found = [0; 4];
        let shown = data.len().min(4);
        found[..shown].copy_from_slice(&data[..shown]);
        return Err(DbnError::NotDbn { found });
    }
    Ok(File {
        metadata: None,
        data,
        records_at: 0,
    })
}

fn is_zstd(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || legacy::is_skippable(bytes)
}

/// The contents of all frames of `bytes`, up to `limit` bytes.
pub(super) fn decompress(bytes: &[u8], limit: usize) -> Result<Vec<u8>, DbnError> {
    let refused = |left: usize, error: &std::io::Error| DbnError::Compression {
        offset: (bytes.len() - left) as u64,
        reason: error.to_string(),
    };
    let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes)
        .map_err(|error| refused(bytes.len(), &error))?;
    let mut out = Vec::new();
    // One byte more than allowed tells too much from just enough.
    let most = (limit as u64).saturating_add(1);
    let read = decoder.by_ref().take(most).read_to_end(&mut out);
    let left = decoder.get_ref().len();
    read.map_err(|error| refused(left, &error))?;
    if out.len() > limit {
        return Err(DbnError::TooLarge { limit });
    }
    Ok(out)
}
