//! Compressed bodies, bounded.

use std::io::Read;

use flate2::read::GzDecoder;

/// The bytes that `compressed` holds (gzip, RFC 1952), of which `bytes_max` are allowed.
pub(crate) fn gunzip(compressed: &[u8], bytes_max: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut limited = GzDecoder::new(compressed).take(bytes_max as u64 + 1);
    match limited.read_to_end(&mut bytes) {
        Ok(_) if bytes.len() <= bytes_max => Ok(bytes),
        Ok(_) => Err(format!("gzip of more than the {bytes_max} bytes allowed")),
        Err(error) => Err(format!(
            "no sound gzip after {} bytes: {error}",
            bytes.len()
        )),
    }
}
