//! Bytes received and not yet understood.

/// Bytes received and not yet taken, and where in the stream the first of them stood.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    start: usize,
    offset: u64,
}

impl Inbox {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.start == self.bytes.len() {
            self.bytes.clear();
            self.start = 0;
        } else if self.start > 65_536 && self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// What waits.
    pub(crate) fn waiting(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Where in the stream the first waiting byte stood.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Drops the first `count` waiting bytes; all, if there are fewer.
    pub(crate) fn take(&mut self, count: usize) {
        let count = count.min(self.bytes.len() - self.start);
        self.start += count;
        self.offset += count as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_goes_in_comes_out_in_order(
            pushes in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..40), 0_usize..60), 0..40),
        ) {
            let mut inbox = Inbox::default();
            let (mut sent, mut taken) = (Vec::new(), Vec::new());
            for (bytes, take) in pushes {
                inbox.push(&bytes);
                sent.extend_from_slice(&bytes);
                let take = take.min(inbox.waiting().len());
                taken.extend_from_slice(&inbox.waiting()[..take]);
                inbox.take(take);
                prop_assert_eq!(inbox.offset(), taken.len() as u64);
            }
            taken.extend_from_slice(inbox.waiting());
            prop_assert_eq!(sent, taken);
        }
    }
}
