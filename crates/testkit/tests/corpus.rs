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
