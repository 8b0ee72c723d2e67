//! Generates static tables of the FIX dictionaries from the text files in `schema/fix`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod condensed;
mod tables;

use std::path::{Path, PathBuf};
use std::{env, fs};

use condensed::Condensed;

/// Name of the table, what a frame begins with, and the files that it comes from: those later in
/// the list add what the first lack. So the session's fields are as FIXT says.
const DICTIONARIES: [(&str, &str, &str, &[&str]); 3] = [
    ("FIX42", "FIX.4.2", "FIX.4.2", &["FIX42"]),
    ("FIX44", "FIX.4.4", "FIX.4.4", &["FIX44"]),
    (
        "FIX50SP2",
        "FIX.5.0SP2",
        "FIXT.1.1",
        &["FIXT11", "FIX50SP2"],
    ),
];

fn main() {
    println!("cargo:rerun-if-changed=build");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/fix");
    let mut out = String::new();
    let mut dictionaries = Vec::new();
    for (name, version, begin_string, files) in DICTIONARIES {
        let texts: Vec<(String, &str)> = files
            .iter()
            .map(|file| {
                let path = folder.join(format!("{file}.txt"));
                println!("cargo:rerun-if-changed={}", path.display());
                let text = fs::read_to_string(&path)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                (text, *file)
            })
            .collect();
        let whole = Condensed::of(&texts);
        tables::write(&mut out, name, version, begin_string, &whole);
        dictionaries.push(whole);
    }
    tables::write_data_pairs(&mut out, &dictionaries);
    let target = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(target.join("fix_tables.rs"), out).expect("the tables can be written");
}
