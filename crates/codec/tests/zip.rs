//! Packed bytes come out whole, or not at all.
#![allow(clippy::unwrap_used)]

use libdeflater::{CompressionLvl, Compressor, crc32};
use proptest::prelude::*;
use wattbook_codec::zip::{ZipError, entries_max, inflate};

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut out = vec![0; compressor.deflate_compress_bound(bytes.len())];
    let length = compressor.deflate_compress(bytes, &mut out).unwrap();
    out.truncate(length);
    out
}

/// What `packed` holds, of which `size` and `checksum` are stated.
fn read(packed: &[u8], size: usize, checksum: u32) -> Result<Vec<u8>, ZipError> {
    let mut out = vec![0; size];
    inflate(packed, checksum, &mut out).map(|()| out)
}

proptest! {
    #[test]
    fn what_was_packed_comes_out(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert_eq!(read(&packed(&bytes), bytes.len(), crc32(&bytes)), Ok(bytes));
    }

    #[test]
    fn any_bytes_are_unpacked_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), size in 0_usize..2_000) {
        if let Ok(found) = read(&bytes, size, 7) {
            prop_assert_eq!((found.len(), crc32(&found)), (size, 7));
        }
    }
}

#[test]
fn what_is_stated_falsely_is_refused() {
    let bytes = b"5012.34567,,".repeat(500);
    let (data, checksum) = (packed(&bytes), crc32(&bytes));
    let stated = bytes.len();
    assert_eq!(
        read(&data, stated - 1, checksum),
        Err(ZipError::Long { stated: stated - 1 })
    );
    assert_eq!(
        read(&data, stated + 1, checksum),
        Err(ZipError::Short { stated: stated + 1 })
    );
    assert_eq!(
        read(&data, stated, !checksum),
        Err(ZipError::Checksum {
            stated: !checksum,
            computed: checksum
        })
    );
    for end in 0..data.len() {
        assert!(read(&data[..end], stated, checksum).is_err(), "{end}");
    }
}

#[test]
fn no_entry_of_a_directory_is_missed() {
    assert_eq!(entries_max(b"PK\x01\x02PK\x01PK\x01\x02"), 2);
    assert_eq!(entries_max(b""), 0);
}
