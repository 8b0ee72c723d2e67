//! Frames in a stream of bytes: from `8=` to the checksum, whole and checked, or skipped with the
//! reason.

use memchr::memmem;

use super::error::Garbled;
use super::index::{Index, Kernel, SOH};
use super::message::Message;
use super::number;

/// Longest frame that is waited for, in bytes, unless told otherwise.
const FRAME_BYTES_MAX: usize = 1 << 20;
/// `10=nnn` and its SOH.
const TRAILER_BYTES: usize = 7;
/// Bytes that the head of a frame is looked for in: its first two fields and `35=`.
const HEAD_BYTES: usize = 32;
const BEGIN: &[u8; 5] = b"8=FIX";
/// The last eight bytes of a frame: SOH, `10=`, three digits, SOH.
const TRAILER_MARK: u64 = u64::from_le_bytes([SOH, b'1', b'0', b'=', 0, 0, 0, SOH]);
/// Everything but the digits.
const TRAILER_MASK: u64 = 0xff00_0000_ffff_ffff;
/// The three digits of each checksum, the first lowest.
const CHECK_TEXT: [u32; 256] = {
    let mut text = [0; 256];
    let mut sum = 0;
    while sum < 256 {
        let digits = [sum / 100, sum / 10 % 10, sum % 10];
        let [first, second, third] = [
            b'0' as u32 + digits[0],
            b'0' as u32 + digits[1],
            b'0' as u32 + digits[2],
        ];
        text[sum as usize] = first | second << 8 | third << 16;
        sum += 1;
    }
    text
};

/// Finds frames and indexes their fields. One serves a stream; its memory is four bytes for each
/// byte of the longest frame seen, bounded by the longest allowed.
#[derive(Debug)]
pub struct Decoder {
    index: Index,
    frame_bytes_max: usize,
    opening: Opening,
}

/// The next thing in a stream.
#[derive(Debug)]
pub enum Frame<'a> {
    /// A sound frame.
    Message(Message<'a>),
    /// Bytes that are no sound frame.
    Skipped(Skipped),
}

/// Bytes that were passed over to the next place where a frame may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skipped {
    /// Where they begin, in bytes from the start of the input.
    pub offset: usize,
    /// How many they are.
    pub bytes: usize,
    /// What is wrong with them.
    pub reason: Garbled,
}

/// Frames of one stretch of bytes, in order. Lends each, so it is no `Iterator`.
#[derive(Debug)]
pub struct Frames<'a> {
    decoder: &'a mut Decoder,
    bytes: &'a [u8],
    offset: usize,
    is_last: bool,
}

/// Length of the part up to the body, and of the whole frame.
struct Head {
    body_start: usize,
    frame_bytes: usize,
}

/// Whether the head of a frame is there.
enum Found {
    Head(Head),
    NeedsMore,
}

/// How the last frame began up to its length, and of how many digits that was.
///
/// Frames of a session begin alike. Where one does, its end hangs on the digits alone: the processor then
/// finds the next frame long before it is through with this one.
#[derive(Debug, Clone, Copy, Default)]
struct Opening {
    /// `8=…` and `9=`, the first byte lowest.
    text: u128,
    /// Its bytes as ones.
    mask: u128,
    length_start: usize,
    digits: usize,
}

impl Opening {
    /// That of `bytes`, whose `head` has been read; none when it is too long to be kept.
    #[cold]
    fn of(bytes: &[u8], head: &Head) -> Self {
        let before = bytes.get(..head.body_start - 1).unwrap_or_default();
        let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        let length_start = before.len() - digits;
        let Some(start) = bytes.first_chunk().filter(|_| length_start <= 16) else {
            return Self::default();
        };
        let mask = u128::MAX >> (128 - 8 * length_start);
        Self {
            text: u128::from_le_bytes(*start) & mask,
            mask,
            length_start,
            digits,
        }
    }

    /// The head of `bytes` where it begins so; `None` leaves it to [`head`].
    #[inline]
    fn head(&self, bytes: &[u8], frame_bytes_max: usize) -> Option<Head> {
        let bytes: &[u8; HEAD_BYTES] = bytes.first_chunk()?;
        let start: &[u8; 16] = bytes.first_chunk()?;
        let is_same = (u128::from_le_bytes(*start) ^ self.text) & self.mask == 0;
        if !is_same || self.digits == 0 {
            return None;
        }
        let digits = word(bytes, self.length_start);
        let body_bytes = number::digits(digits << (64 - 8 * self.digits), self.digits)? as usize;
        let body_start = self.length_start + self.digits + 1;
        let frame_bytes = body_start + body_bytes + TRAILER_BYTES;
        let is_whole = bytes[body_start - 1] == SOH && bytes[body_start..body_start + 3] == *b"35=";
        (is_whole && frame_bytes <= frame_bytes_max).then_some(Head {
            body_start,
            frame_bytes,
        })
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(Kernel::fastest())
    }
}

impl Decoder {
    /// A decoder that uses `kernel`.
    ///
    /// # Panics
    /// When this machine cannot run `kernel`.
    #[must_use]
    pub fn new(kernel: Kernel) -> Self {
        Self {
            index: Index::new(kernel),
            frame_bytes_max: FRAME_BYTES_MAX,
            opening: Opening::default(),
        }
    }

    /// Refuses frames longer than `bytes`, which also bounds memory and how long a false length can
    /// hold a stream up.
    #[must_use]
    pub const fn with_frame_bytes_max(mut self, bytes: usize) -> Self {
        self.frame_bytes_max = bytes;
        self
    }

    /// The frames of `bytes`, of which more may follow: an unfinished frame at the end stays
    /// unread, see [`Frames::offset`].
    #[inline]
    pub fn frames<'a>(&'a mut self, bytes: &'a [u8]) -> Frames<'a> {
        Frames {
            decoder: self,
            bytes,
            offset: 0,
            is_last: false,
        }
    }

    /// The frames of `bytes`, after which nothing follows: an unfinished frame at the end is
    /// skipped as truncated.
    pub fn last_frames<'a>(&'a mut self, bytes: &'a [u8]) -> Frames<'a> {
        Frames {
            is_last: true,
            ..self.frames(bytes)
        }
    }

    /// Checks the frame at the start of `bytes`, indexes it and returns its length.
    #[inline]
    fn check(&mut self, bytes: &[u8]) -> Result<Option<Head>, Garbled> {
        let head = match self.opening.head(bytes, self.frame_bytes_max) {
            Some(head) => head,
            None => match head(bytes, self.frame_bytes_max)? {
                Found::Head(head) => {
                    self.opening = Opening::of(bytes, &head);
                    head
                }
                Found::NeedsMore => return Ok(None),
            },
        };
        let Some(frame) = bytes.get(..head.frame_bytes) else {
            return Ok(None);
        };
        let trailer = word(frame, frame.len() - 8);
        if trailer & TRAILER_MASK != TRAILER_MARK {
            return Err(Garbled::BodyLength);
        }
        let sum = self.index.scan(frame);
        let computed = (sum - trailer_sum(trailer)) as u8;
        if (trailer >> 32) as u32 & 0x00ff_ffff != CHECK_TEXT[usize::from(computed)] {
            return Err(wrong_sum(trailer, computed));
        }
        Ok(Some(head))
    }
}

impl Frames<'_> {
    /// How many bytes are done with; the rest belongs before the bytes that come next.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The next frame, or `None` when no whole one is left.
    #[allow(clippy::should_implement_trait)]
    #[inline]
    pub fn next(&mut self) -> Option<Frame<'_>> {
        let rest = &self.bytes[self.offset..];
        if rest.is_empty() {
            return None;
        }
        match self.decoder.check(rest) {
            Ok(Some(head)) => {
                self.offset += head.frame_bytes;
                let frame = &rest[..head.frame_bytes];
                let entries = self.decoder.index.entries();
                Some(Frame::Message(Message::new(frame, entries)))
            }
            Ok(None) if self.is_last => Some(self.skip(rest, Garbled::Truncated)),
            Ok(None) => None,
            Err(reason) => Some(self.skip(rest, reason)),
        }
    }

    /// Passes over what is wrong, up to the next place where a frame may begin.
    #[cold]
    fn skip<'b>(&mut self, rest: &[u8], reason: Garbled) -> Frame<'b> {
        // One byte further at least; a frame whose length is right is passed over as a whole, so
        // that nothing in its values is taken for a message.
        let mut from = 1;
        if let (Garbled::CheckSum { .. }, Ok(Found::Head(head))) =
            (reason, head(rest, self.decoder.frame_bytes_max))
        {
            from = head.frame_bytes;
        }
        let next = memmem::find(&rest[from..], BEGIN).map(|at| from + at);
        // The beginning of a frame may stand at the end of what has come so far.
        let bytes = next.unwrap_or_else(|| {
            let kept = (1..BEGIN.len().min(rest.len() - from + 1))
                .rev()
                .find(|length| rest.ends_with(&BEGIN[..*length]));
            match kept {
                Some(length) if !self.is_last => rest.len() - length,
                _ => rest.len(),
            }
        });
        let skipped = Skipped {
            offset: self.offset,
            bytes,
            reason,
        };
        self.offset += bytes;
        Frame::Skipped(skipped)
    }
}

/// Eight bytes from `at` on, the first lowest.
#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

/// Place of the first SOH among eight bytes; 8 when there is none.
#[inline]
const fn first_soh(word: u64) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let differs = word ^ ONES;
    // The lowest such bit is exact; borrows only spoil those above it.
    let zeros = differs.wrapping_sub(ONES) & !differs & (ONES << 7);
    (zeros.trailing_zeros() / 8) as usize
}

/// Reads `8=…`, `9=…` and the name of the third field, which must be `35=`.
#[inline]
fn head(bytes: &[u8], frame_bytes_max: usize) -> Result<Found, Garbled> {
    if bytes.len() >= HEAD_BYTES {
        return parse_head(bytes, frame_bytes_max).map(Found::Head);
    }
    short_head(bytes, frame_bytes_max)
}

/// The head of a frame from bytes too few to read without care.
#[cold]
fn short_head(bytes: &[u8], frame_bytes_max: usize) -> Result<Found, Garbled> {
    let begin = BEGIN.len().min(bytes.len());
    if bytes[..begin] != BEGIN[..begin] {
        return Err(Garbled::NoBegin);
    }
    let mut padded = [0; HEAD_BYTES];
    padded[..bytes.len()].copy_from_slice(bytes);
    match parse_head(&padded, frame_bytes_max) {
        Ok(head) if head.body_start + 3 <= bytes.len() => Ok(Found::Head(head)),
        // A whole head has three SOHs at least; without them the fault may be that bytes are missing.
        Err(reason) if memchr::memchr_iter(SOH, bytes).count() > 2 => Err(reason),
        _ => Ok(Found::NeedsMore),
    }
}

#[inline]
fn parse_head(bytes: &[u8], frame_bytes_max: usize) -> Result<Head, Garbled> {
    if bytes[..BEGIN.len()] != *BEGIN {
        return Err(Garbled::NoBegin);
    }
    let version = first_soh(word(bytes, BEGIN.len()));
    if version == 8 {
        return Err(Garbled::BeginString);
    }
    let length_start = BEGIN.len() + version + 3;
    if bytes[length_start - 2..length_start] != *b"9=" {
        return Err(Garbled::NoBodyLength);
    }
    let digits = word(bytes, length_start);
    let count = first_soh(digits);
    if count == 0 || count == 8 {
        return Err(Garbled::NoBodyLength);
    }
    let body_bytes =
        number::digits(digits << (64 - 8 * count), count).ok_or(Garbled::NoBodyLength)? as usize;
    let body_start = length_start + count + 1;
    if bytes[body_start..body_start + 3] != *b"35=" {
        return Err(Garbled::NoMsgType);
    }
    let frame_bytes = body_start + body_bytes + TRAILER_BYTES;
    if frame_bytes > frame_bytes_max {
        return Err(Garbled::TooLong { frame_bytes });
    }
    Ok(Head {
        body_start,
        frame_bytes,
    })
}

/// The sum of the bytes of `10=nnn` and its SOH, which the checksum leaves out; `trailer` is the
/// last eight bytes of the frame.
#[inline]
fn trailer_sum(trailer: u64) -> u32 {
    const OTHERS: u32 = b'1' as u32 + b'0' as u32 + b'=' as u32 + SOH as u32;
    let digits = [4, 5, 6].map(|byte| (trailer >> (8 * byte)) as u32 & 0xff);
    digits.iter().sum::<u32>() + OTHERS
}

/// What is wrong with a trailer whose digits are not those of `computed`.
#[cold]
fn wrong_sum(trailer: u64, computed: u8) -> Garbled {
    match number::digits(trailer << 8, 3) {
        Some(stated) => Garbled::CheckSum {
            stated: stated as u16,
            computed,
        },
        None => Garbled::BodyLength,
    }
}
