//! What a DBN file says about itself.

use super::error::DbnError;

/// An interval in which a symbol meant one instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// First day, as `YYYYMMDD`.
    pub start_date: u32,
    /// Day after the last one, as `YYYYMMDD`.
    pub end_date: u32,
    /// The symbol that it resolves to.
    pub symbol: String,
}

/// What a symbol meant over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The symbol as requested.
    pub raw_symbol: String,
    /// What it resolves to, by interval.
    pub intervals: Vec<Interval>,
}

/// What a DBN file says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    /// Version of the format; 0 for DBZ.
    pub version: u8,
    /// Code of the dataset, such as `GLBX.MDP3`.
    pub dataset: String,
    /// Number of the schema; None for a mix.
    pub schema: Option<u16>,
    /// First time of the request, in ns UTC.
    pub start: u64,
    /// End of the request, in ns UTC.
    pub end: Option<u64>,
    /// Most records that the request asked for.
    pub limit: Option<u64>,
    /// Kind of symbol that the request used; None for a mix.
    pub stype_in: Option<u8>,
    /// Kind of symbol that the records use.
    pub stype_out: u8,
    /// Whether each record ends with the gateway's time.
    pub has_ts_out: bool,
    /// Length of a symbol, in bytes.
    pub symbol_length: u16,
    /// Symbols of the request.
    pub symbols: Vec<String>,
    /// Symbols that did not resolve for a day or more.
    pub partial: Vec<String>,
    /// Symbols that did not resolve at all.
    pub not_found: Vec<String>,
    /// What the symbols meant.
    pub mappings: Vec<Mapping>,
}

/// Length of magic, version and length, in bytes.
pub(super) const PRELUDE: usize = 8;
/// Length of what has a fixed place, in bytes.
pub(super) const FIXED: usize = 100;
pub(super) const DATASET: usize = 16;
/// Length of a symbol in version 1, in bytes.
pub(super) const SYMBOL_V1: u16 = 22;
pub(super) const NONE_SCHEMA: u16 = u16::MAX;
pub(super) const NONE_STYPE: u8 = u8::MAX;
/// Length of reserved bytes: version 1, later ones.
pub(super) const RESERVED: [usize; 2] = [47, 53];

/// Reads bytes in order and says where they ended too early.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    base: u64,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], base: u64) -> Self {
        Self { bytes, at: 0, base }
    }

    pub(super) fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], DbnError> {
        let end = self.at.checked_add(length);
        let found = end.and_then(|end| self.bytes.get(self.at..end));
        let found = found.ok_or(DbnError::Truncated {
            offset: self.offset(),
            needed: length,
            available: self.left(),
        })?;
        self.at += length;
        Ok(found)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], DbnError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    pub(super) fn u8(&mut self) -> Result<u8, DbnError> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, DbnError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, DbnError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, DbnError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn refuse(&self, reason: &'static str) -> DbnError {
        DbnError::Metadata {
            offset: self.offset(),
            reason,
        }
    }

    /// Text of `length` bytes, padded with NUL.
    pub(super) fn text(&mut self, length: usize) -> Result<String, DbnError> {
        let refused = self.refuse("a name is not UTF-8");
        let text = std::str::from_utf8(self.take(length)?).map_err(|_| refused)?;
        Ok(text.trim_end_matches('\0').to_owned())
    }

    /// A count of things of at least `size` bytes each, which must fit into what is left.
    fn count(&mut self, size: usize) -> Result<usize, DbnError> {
        let count = self.u32()? as usize;
        if count
            .checked_mul(size)
            .is_none_or(|bytes| bytes > self.left())
        {
            return Err(self.refuse("a count is larger than the rest of the metadata"));
        }
        Ok(count)
    }

    fn symbols(&mut self, length: usize) -> Result<Vec<String>, DbnError> {
        let count = self.count(length)?;
        (0..count).map(|_| self.text(length)).collect()
    }

    fn mapping(&mut self, length: usize) -> Result<Mapping, DbnError> {
        let raw_symbol = self.text(length)?;
        let count = self.count(length + 8)?;
        let intervals = (0..count).map(|_| {
            Ok(Interval {
                start_date: self.date()?,
                end_date: self.date()?,
                symbol: self.text(length)?,
            })
        });
        Ok(Mapping {
            raw_symbol,
            intervals: intervals.collect::<Result<_, _>>()?,
        })
    }

    fn date(&mut self) -> Result<u32, DbnError> {
        let date = self.u32()?;
        let (month, day) = (date / 100 % 100, date % 100);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return Err(self.refuse("a date is not YYYYMMDD"));
        }
        Ok(date)
    }

    /// Symbols and their meanings, into `metadata`.
    pub(super) fn symbology(&mut self, metadata: &mut Metadata) -> Result<(), DbnError> {
        let length = usize::from(metadata.symbol_length);
        if length == 0 {
            return Err(self.refuse("symbols of no length"));
        }
        if self.u32()? != 0 {
            return Err(self.refuse("schema definitions, which versions 1 to 3 do not have"));
        }
        metadata.symbols = self.symbols(length)?;
        metadata.partial = self.symbols(length)?;
        metadata.not_found = self.symbols(length)?;
        let count = self.count(length + 4)?;
        let mappings = (0..count).map(|_| self.mapping(length));
        metadata.mappings = mappings.collect::<Result<_, _>>()?;
        Ok(())
    }
}

/// Whether `bytes` begin with metadata.
pub(super) fn is_metadata(bytes: &[u8]) -> bool {
    bytes.starts_with(b"DBN")
}

/// The metadata that `bytes` begin with, and where the records begin.
pub(super) fn decode(bytes: &[u8]) -> Result<(Metadata, usize), DbnError> {
    let mut prelude = Cursor::new(bytes, 0);
    let [.., version] = prelude.array::<4>()?;
    if !(1..=3).contains(&version) {
        return Err(DbnError::Version { found: version });
    }
    let length = prelude.u32()? as usize;
    if length < FIXED {
        return Err(prelude.refuse("shorter than its fixed part"));
    }
    let body = prelude.take(length)?;
    let mut cursor = Cursor::new(body, PRELUDE as u64);
    let mut metadata = Metadata {
        version,
        dataset: cursor.text(DATASET)?,
        schema: Some(cursor.u16()?).filter(|schema| *schema != NONE_SCHEMA),
        start: cursor.u64()?,
        end: Some(cursor.u64()?).filter(|end| ![0, u64::MAX].contains(end)),
        limit: Some(cursor.u64()?).filter(|limit| *limit != 0),
        ..Metadata::default()
    };
    if version == 1 {
        // The number of records, which nothing ever filled.
        cursor.u64()?;
    }
    metadata.stype_in = Some(cursor.u8()?).filter(|stype| *stype != NONE_STYPE);
    metadata.stype_out = cursor.u8()?;
    metadata.has_ts_out = cursor.u8()? != 0;
    metadata.symbol_length = if version == 1 {
        SYMBOL_V1
    } else {
        cursor.u16()?
    };
    cursor.take(RESERVED[usize::from(version > 1)])?;
    cursor.symbology(&mut metadata)?;
    Ok((metadata, PRELUDE + length))
}
