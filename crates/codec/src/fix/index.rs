//! Where the fields of a frame begin and end, found in one pass with the sum of its bytes.
//!
//! An index holds, in order, the place of every SOH and of the first `=` of each field. Three
//! kernels make it: plain, AVX2 and AVX-512; they agree on every input, and the widest that the
//! machine has is chosen when an [`Index`] is made.

#[cfg(target_arch = "x86_64")]
mod wide;

/// Ends a field.
pub(crate) const SOH: u8 = 1;

/// Entries that a kernel may write beyond the last that it reports.
const SLACK: usize = 64;

/// What one pass over a frame found: entries written, and the sum of all bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Scan {
    pub(crate) entries: usize,
    pub(crate) sum: u32,
}

/// Which instructions look for field ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kernel {
    /// One byte at a time, on any machine.
    Plain,
    /// 32 bytes at a time.
    Avx2,
    /// 64 bytes at a time.
    Avx512,
}

impl Kernel {
    /// Every kernel that this machine can run, the fastest last.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let all = [Self::Plain, Self::Avx2, Self::Avx512];
        all.into_iter()
            .filter(|kernel| kernel.runs_here())
            .collect()
    }

    /// The fastest kernel that this machine can run.
    #[must_use]
    pub fn fastest() -> Self {
        let mut kernels = [Self::Avx512, Self::Avx2].into_iter();
        kernels
            .find(|kernel| kernel.runs_here())
            .unwrap_or(Self::Plain)
    }

    #[cfg(target_arch = "x86_64")]
    fn runs_here(self) -> bool {
        match self {
            Self::Plain => true,
            Self::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("bmi1")
                    && is_x86_feature_detected!("popcnt")
            }
            Self::Avx512 => crate::places::runs_here() && is_x86_feature_detected!("avx512vnni"),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn runs_here(self) -> bool {
        self == Self::Plain
    }
}

/// Places of field ends in one frame; reused from frame to frame, so that none allocates.
#[derive(Debug)]
pub(crate) struct Index {
    kernel: Kernel,
    entries: Vec<u32>,
    len: usize,
}

impl Index {
    /// An empty index.
    ///
    /// # Panics
    /// When this machine cannot run `kernel`: its instructions would be undefined.
    pub(crate) fn new(kernel: Kernel) -> Self {
        assert!(kernel.runs_here(), "this machine cannot run {kernel:?}");
        Self {
            kernel,
            entries: Vec::new(),
            len: 0,
        }
    }

    /// The places of the frame scanned last.
    #[inline]
    pub(crate) fn entries(&self) -> &[u32] {
        &self.entries[..self.len]
    }

    /// Indexes `frame` and returns the sum of its bytes.
    ///
    /// Memory grows to the longest frame that was seen, four bytes for each of its bytes.
    #[inline]
    pub(crate) fn scan(&mut self, frame: &[u8]) -> u32 {
        if self.entries.len() < frame.len() + SLACK {
            self.entries
                .resize((frame.len() + SLACK).next_power_of_two(), 0);
        }
        let scan = match self.kernel {
            Kernel::Plain => plain(frame, &mut self.entries),
            // SAFETY: `new` saw that the machine has the instructions; the line above made room.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => unsafe { wide::avx2(frame, &mut self.entries) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => unsafe { wide::avx512(frame, &mut self.entries) },
            #[cfg(not(target_arch = "x86_64"))]
            _ => plain(frame, &mut self.entries),
        };
        self.len = scan.entries;
        scan.sum
    }
}

/// The kernel for any machine, and the meaning that the others must have.
fn plain(frame: &[u8], out: &mut [u32]) -> Scan {
    let mut scan = Scan::default();
    let mut in_tag = true;
    for (place, &byte) in frame.iter().enumerate() {
        scan.sum = scan.sum.wrapping_add(u32::from(byte));
        if byte == SOH || (byte == b'=' && in_tag) {
            out[scan.entries] = place as u32;
            scan.entries += 1;
            in_tag = byte == SOH;
        }
    }
    scan
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scanned(kernel: Kernel, frame: &[u8]) -> (Vec<u32>, u32) {
        let mut index = Index::new(kernel);
        let sum = index.scan(frame);
        (index.entries().to_vec(), sum)
    }

    /// Bytes in which field ends are as frequent as in a message, or far more so.
    fn frames() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            2 => Just(SOH),
            2 => Just(b'='),
            4 => b'0'..=b'9',
            1 => any::<u8>(),
        ];
        proptest::collection::vec(byte, 0..400)
    }

    proptest! {
        #[test]
        fn every_kernel_finds_the_same(frame in frames()) {
            let expected = scanned(Kernel::Plain, &frame);
            for kernel in Kernel::available() {
                prop_assert_eq!(&scanned(kernel, &frame), &expected);
            }
        }
    }

    #[test]
    fn only_the_first_equals_sign_of_a_field_counts() {
        for kernel in Kernel::available() {
            let (entries, sum) = scanned(kernel, b"58=a=b\x0110=1\x01");
            assert_eq!(entries, [2, 6, 9, 11]);
            let expected: u32 = b"58=a=b\x0110=1\x01".iter().map(|b| u32::from(*b)).sum();
            assert_eq!(sum, expected);
        }
    }
}
