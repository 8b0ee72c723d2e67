//! Currencies by their ISO 4217 code.

use std::fmt;
use std::str::FromStr;

use crate::error::DomainError;

/// A currency: three capital letters of ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");
    /// Pound sterling.
    pub const GBP: Self = Self(*b"GBP");
    /// US dollar.
    pub const USD: Self = Self(*b"USD");
    /// Australian dollar.
    pub const AUD: Self = Self(*b"AUD");

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        // Only ASCII capitals get in, so the fallback is unreachable.
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// The three bytes of the code.
    #[must_use]
    pub const fn bytes(self) -> [u8; 3] {
        self.0
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl FromStr for Currency {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(DomainError::CurrencyCode {
                text: text.to_owned(),
            }),
        }
    }
}
