#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wattbook_testkit::decoder("pricing")(bytes));
