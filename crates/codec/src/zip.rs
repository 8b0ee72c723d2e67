//! Members of a zip archive: DEFLATE data (RFC 1951) whose size and checksum are stated beside them.
//!
//! Why a library of its own: the system's zlib takes 2.5 times as long for the digits that markets publish.

use libdeflater::{DecompressionError, Decompressor, crc32};

/// Why data are not what is stated of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZipError {
    /// The data follow no DEFLATE, or end too early.
    #[error("no whole DEFLATE data in {packed} bytes; fetch the archive again")]
    Damaged {
        /// Length of the data, in bytes.
        packed: usize,
    },
    /// More comes out than is stated.
    #[error("more than the stated {stated} bytes come out")]
    Long {
        /// As stated.
        stated: usize,
    },
    /// Less comes out than is stated.
    #[error("less than the stated {stated} bytes come out")]
    Short {
        /// As stated.
        stated: usize,
    },
    /// What comes out has another checksum.
    #[error("CRC-32 is {computed:08x}, not the stated {stated:08x}; fetch the archive again")]
    Checksum {
        /// As stated.
        stated: u32,
        /// Of the bytes that came out.
        computed: u32,
    },
}

/// How many headers of a directory's entries `archive` may have: places of their signature (APPNOTE 6.3.10,
/// 4.3.12).
#[must_use]
pub fn entries_max(archive: &[u8]) -> usize {
    memchr::memmem::find_iter(archive, b"PK\x01\x02").count()
}

/// Unpacks `packed` into `out`, which is as long as stated and holds anything, and checks the CRC-32
/// `checksum` of what came out. Bytes behind the end of the data are not looked at.
///
/// # Errors
/// [`ZipError`].
pub fn inflate(packed: &[u8], checksum: u32, out: &mut [u8]) -> Result<(), ZipError> {
    let stated = out.len();
    match Decompressor::new().deflate_decompress(packed, out) {
        Ok(found) if found < stated => return Err(ZipError::Short { stated }),
        Ok(_) => {}
        Err(DecompressionError::InsufficientSpace) => return Err(ZipError::Long { stated }),
        Err(DecompressionError::BadData) => {
            let packed = packed.len();
            return Err(ZipError::Damaged { packed });
        }
    }
    let computed = crc32(out);
    if computed != checksum {
        return Err(ZipError::Checksum {
            stated: checksum,
            computed,
        });
    }
    Ok(())
}
