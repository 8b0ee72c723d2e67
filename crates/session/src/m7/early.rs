//! What came before the contracts are listed.

use super::broker::Parcel;

/// Parcels that wait, at most, and bytes of their bodies.
const PARCELS_MAX: usize = 65_536;
const BYTES_MAX: usize = 128 << 20;

/// Parcels that wait for the contracts, in bounded number and size.
#[derive(Debug, Default)]
pub(super) struct Early {
    parcels: Vec<Parcel>,
    bytes: usize,
}

impl Early {
    /// Whether there is room for `parcel`.
    pub(super) fn has_room_for(&self, parcel: &Parcel) -> bool {
        self.parcels.len() < PARCELS_MAX && parcel.body.len() <= BYTES_MAX - self.bytes
    }

    /// Keeps a parcel [for which there is room](Self::has_room_for).
    pub(super) fn push(&mut self, parcel: Parcel) {
        self.bytes += parcel.body.len();
        self.parcels.push(parcel);
    }

    pub(super) fn into_parcels(self) -> Vec<Parcel> {
        self.parcels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_parcels_are_bounded_in_bytes() {
        let mut early = Early::default();
        let parcel = |bytes: usize| Parcel {
            body: vec![0; bytes],
            ..Parcel::default()
        };
        early.push(parcel(BYTES_MAX - 10));
        assert!(early.has_room_for(&parcel(10)));
        assert!(!early.has_room_for(&parcel(11)));
    }
}
