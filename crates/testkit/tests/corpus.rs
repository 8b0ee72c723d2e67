//! What fuzzing found once is decoded again in every test run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use wattbook_testkit::DECODERS;

fn fuzz_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

#[test]
fn every_decoder_bears_its_corpus() {
    for (name, decode) in DECODERS {
        let folder = fuzz_folder().join("corpus").join(name);
        let files: Vec<PathBuf> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(!files.is_empty(), "{} holds no input", folder.display());
        for file in files {
            decode(&fs::read(&file).unwrap());
        }
    }
}

/// Numbers that look random, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % bound
    }
}

#[test]
fn every_decoder_bears_its_corpus_damaged() {
    let mut numbers = Numbers(7);
    for (name, decode) in DECODERS {
        let folder = fuzz_folder().join("corpus").join(name);
        let files = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        for bytes in files.map(|file| fs::read(file).unwrap()) {
            for _ in 0..2_000 {
                let mut damaged = bytes.clone();
                damaged.truncate(numbers.below(bytes.len() + 1) + bytes.len() / 2);
                for _ in 0..numbers.below(6) {
                    if !damaged.is_empty() {
                        let at = numbers.below(damaged.len());
                        damaged[at] =
                            [0, 0x7f, 0x80, 0xff, numbers.below(256) as u8][numbers.below(5)];
                    }
                }
                decode(&damaged);
            }
        }
    }
}

#[test]
fn every_decoder_has_a_fuzz_target() {
    let targets: BTreeSet<String> = fs::read_dir(fuzz_folder().join("fuzz_targets"))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let decoders: BTreeSet<String> = DECODERS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(targets, decoders);
}
