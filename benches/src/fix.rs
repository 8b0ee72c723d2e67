//! FIX messages back to back, through the decoder to each depth, and the floor below all of them.

use std::hint::black_box;

use wattbook_codec::fix::{Decoder, Dictionary, Frame, Message, Rules};

use crate::Arguments;
use crate::harness::{Report, Work, measure};

/// How far ahead the floor asks for memory, as the decoder does.
#[cfg(target_arch = "x86_64")]
const AHEAD_BYTES: usize = 4096;

/// Framed, indexed, length and checksum checked.
pub(crate) fn wattbook(arguments: &Arguments) -> Report {
    decoded(arguments, |message| message.places() as u64)
}

/// Every entry of 35=X and 35=W as a book event, prices and volumes exact; other messages framed.
pub(crate) fn typed(arguments: &Arguments) -> Report {
    decoded(arguments, |message| {
        let entries = message.book_entries().expect("sound entries");
        let entries = entries.into_iter().flatten();
        entries.fold(0, |sum, entry| {
            let entry = entry.expect("a sound entry");
            let price = entry.price.map_or(0, wattbook_domain::Price::millionths);
            let volume = entry.volume.map_or(0, wattbook_domain::Volume::millionths);
            sum ^ price as u64 ^ volume as u64
        })
    })
}

/// Every message against the dictionary of FIX 4.4.
pub(crate) fn validated(arguments: &Arguments) -> Report {
    decoded(arguments, |message| {
        let valid = Dictionary::fix44().validate(message, Rules::default());
        valid.expect("a valid message");
        1
    })
}

/// Decodes every message and gives it to `use_message`, whose sum keeps the work from being left out.
fn decoded(arguments: &Arguments, use_message: impl Fn(&Message<'_>) -> u64) -> Report {
    let bytes = std::fs::read(&arguments.input).expect("the input can be read");
    let mut decoder = Decoder::default();
    let (seconds, work) = measure(
        arguments.repeats,
        || (),
        |()| {
            let (mut messages, mut sum) = (0, 0_u64);
            let mut frames = decoder.frames(black_box(&bytes));
            while let Some(frame) = frames.next() {
                let Frame::Message(message) = frame else {
                    panic!("the input holds sound frames only");
                };
                messages += 1;
                sum = sum.wrapping_add(use_message(&message));
            }
            black_box(sum);
            vec![("messages", messages)]
        },
    );
    report(seconds, work)
}

fn report(seconds: Vec<crate::harness::Seconds>, work: Work) -> Report {
    Report {
        unit: "messages/s",
        count: work[0].1,
        seconds,
        work,
        latency_ns: None,
        extra: Vec::new(),
    }
}

/// The least that any reader must do: the places of SOH and `=` and the sum of all bytes, of
/// frames that were told apart before the clock started.
pub(crate) fn floor(arguments: &Arguments) -> Report {
    let mut bytes = std::fs::read(&arguments.input).expect("the input can be read");
    let ends: Vec<usize> = bytes
        .windows(4)
        .enumerate()
        .filter(|(_, window)| window == b"\x0110=")
        .map(|(at, _)| at + 8)
        .collect();
    // The kernel reads whole blocks, past the end of the last frame too.
    bytes.resize(bytes.len() + 32, 0);
    let mut places = vec![0_u16; 1 << 16];
    let (seconds, work) = measure(
        arguments.repeats,
        || (),
        |()| {
            let (mut start, mut sum) = (0, 0_u64);
            for end in black_box(&ends) {
                let (count, bytes) = index(&bytes, start, *end, &mut places);
                sum = sum.wrapping_add(count + bytes);
                start = *end;
            }
            black_box(sum);
            vec![("messages", ends.len() as u64)]
        },
    );
    report(seconds, work)
}

#[cfg(target_arch = "x86_64")]
fn index(bytes: &[u8], start: usize, end: usize, places: &mut [u16]) -> (u64, u64) {
    assert!(is_x86_feature_detected!("avx2"), "the floor needs AVX2");
    assert!(end + 32 <= bytes.len() && end - start + 64 <= places.len());
    let (frame, places) = (&bytes[start..], places.as_mut_ptr());
    if is_x86_feature_detected!("avx512vbmi2") && is_x86_feature_detected!("avx512bw") {
        // SAFETY: the machine has the instructions, and places reach beyond the frame.
        return unsafe { index_avx512(frame.as_ptr(), end - start, places) };
    }
    // SAFETY: the machine has the instructions, and bytes and places reach beyond the frame.
    unsafe { index_avx2(frame.as_ptr(), end - start, places) }
}

/// As [`index_avx2`], 64 bytes at a time; the places of a block are packed by one instruction.
///
/// # Safety
/// The machine has AVX-512 BW and VBMI2; 64 places beyond the frame's bytes can be written.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
unsafe fn index_avx512(bytes: *const u8, length: usize, places: *mut u16) -> (u64, u64) {
    #[allow(clippy::wildcard_imports)]
    use std::arch::x86_64::*;
    const NUMBERS: [u8; 64] = {
        let mut numbers = [0; 64];
        let mut at = 0;
        while at < 64 {
            numbers[at] = at as u8;
            at += 1;
        }
        numbers
    };
    // SAFETY: 64 bytes are as long as the register.
    let numbers = unsafe { _mm512_loadu_si512(NUMBERS.as_ptr().cast()) };
    let (soh, equals) = (_mm512_set1_epi8(1), _mm512_set1_epi8(b'=' as i8));
    let zero = _mm512_setzero_si512();
    let mut sums = zero;
    let (mut count, mut at) = (0, 0);
    while at < length {
        let left = length - at;
        let kept = if left < 64 { (1_u64 << left) - 1 } else { !0 };
        // SAFETY: bytes beyond the frame are not read; what is asked for ahead need not be there.
        let block = unsafe {
            _mm_prefetch::<_MM_HINT_T0>(bytes.wrapping_add(at + AHEAD_BYTES).cast());
            _mm512_maskz_loadu_epi8(kept, bytes.add(at).cast())
        };
        sums = _mm512_add_epi64(sums, _mm512_sad_epu8(block, zero));
        let found = _mm512_cmpeq_epi8_mask(block, soh) | _mm512_cmpeq_epi8_mask(block, equals);
        let packed = _mm512_maskz_compress_epi8(found, numbers);
        let first = _mm512_set1_epi16(at as i16);
        let low = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(packed));
        let in_block = found.count_ones() as usize;
        // SAFETY: the caller lets 64 places beyond the frame's bytes be written.
        unsafe {
            let low = _mm512_add_epi16(low, first);
            _mm512_storeu_si512(places.add(count).cast(), low);
            if in_block > 32 {
                let high = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(packed));
                let high = _mm512_add_epi16(high, first);
                _mm512_storeu_si512(places.add(count + 32).cast(), high);
            }
        }
        count += in_block;
        at += 64;
    }
    (count as u64, _mm512_reduce_add_epi64(sums) as u64)
}

#[cfg(not(target_arch = "x86_64"))]
fn index(_: &[u8], _: usize, _: usize, _: &mut [u16]) -> (u64, u64) {
    panic!("the floor is written for x86-64");
}

/// Writes the places of SOH and `=` among `length` bytes; returns how many, and the sum of bytes.
///
/// # Safety
/// The machine has AVX2; 32 bytes beyond the frame can be read, and as many places written.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt,bmi1,bmi2")]
unsafe fn index_avx2(bytes: *const u8, length: usize, places: *mut u16) -> (u64, u64) {
    #[allow(clippy::wildcard_imports)]
    use std::arch::x86_64::*;
    let (soh, equals) = (_mm256_set1_epi8(1), _mm256_set1_epi8(b'=' as i8));
    let zero = _mm256_setzero_si256();
    let mut sums = zero;
    let mut count = 0;
    let mut at = 0;
    while at < length {
        // SAFETY: the caller lets 32 bytes beyond the frame be read; what is asked for ahead need not be there.
        let mut block = unsafe {
            _mm_prefetch::<_MM_HINT_T0>(bytes.wrapping_add(at + AHEAD_BYTES).cast());
            _mm256_loadu_si256(bytes.add(at).cast())
        };
        if length - at < 32 {
            let number = _mm256_setr_epi8(
                0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
                23, 24, 25, 26, 27, 28, 29, 30, 31,
            );
            let left = _mm256_set1_epi8((length - at) as i8);
            block = _mm256_and_si256(block, _mm256_cmpgt_epi8(left, number));
        }
        sums = _mm256_add_epi64(sums, _mm256_sad_epu8(block, zero));
        let found = _mm256_or_si256(
            _mm256_cmpeq_epi8(block, soh),
            _mm256_cmpeq_epi8(block, equals),
        );
        let mut bits = _mm256_movemask_epi8(found) as u32;
        while bits != 0 {
            // SAFETY: no more places than bytes.
            unsafe {
                places
                    .add(count)
                    .write((at as u32 + bits.trailing_zeros()) as u16);
            };
            count += 1;
            bits &= bits - 1;
        }
        at += 32;
    }
    let mut lanes = [0_u64; 4];
    // SAFETY: four lanes of 64 bits are as long as the register.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sums) };
    (count as u64, lanes.iter().sum())
}
