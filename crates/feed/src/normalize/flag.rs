//! What is told of a row beside its value: one bit each.

/// A later publication of a delivery period that was there before.
pub const REVISED: u32 = 1;
/// Published before the one that counts, and arrived after it: for as-known queries only.
pub const SUPERSEDED: u32 = 1 << 1;
/// Its unit was converted.
pub const CONVERTED: u32 = 1 << 2;
/// Its currency was converted.
pub const EXCHANGED: u32 = 1 << 3;
/// An automatic correction changed its value; the log says from what.
pub const CORRECTED: u32 = 1 << 4;
/// The source itself has no value.
pub const MISSING: u32 = 1 << 5;
/// It came later than its rule allows.
pub const STALE: u32 = 1 << 6;
/// The value has not changed for longer than its rule allows.
pub const UNCHANGED: u32 = 1 << 7;
/// Far from what went before, by robust statistics.
pub const JUMP: u32 = 1 << 8;
/// Outside its range.
pub const OUT_OF_RANGE: u32 = 1 << 9;
/// Off the tick.
pub const OFF_TICK: u32 = 1 << 10;
/// The delivery period is not on its market's grid.
pub const OFF_GRID: u32 = 1 << 11;
/// Time went back within its series.
pub const OUT_OF_SEQUENCE: u32 = 1 << 12;
/// Another source says something else.
pub const DISAGREES: u32 = 1 << 13;
/// It does not add up with its parts or its counterpart.
pub const UNBALANCED: u32 = 1 << 14;
/// Converted at a rate that is older than allowed.
pub const STALE_RATE: u32 = 1 << 15;
/// Made up by a stated method because nothing was observed. Never settled or matched on.
pub const FILLED: u32 = 1 << 16;
/// A repetition of a row that was there before.
pub const DUPLICATE: u32 = 1 << 17;
/// Its unit is unknown and stays as published; no rule says what its dataset is kept in.
pub const UNKNOWN_UNIT: u32 = 1 << 18;

/// Every flag with its name.
pub const ALL: [(&str, u32); 19] = [
    ("REVISED", REVISED),
    ("SUPERSEDED", SUPERSEDED),
    ("CONVERTED", CONVERTED),
    ("EXCHANGED", EXCHANGED),
    ("CORRECTED", CORRECTED),
    ("MISSING", MISSING),
    ("STALE", STALE),
    ("UNCHANGED", UNCHANGED),
    ("JUMP", JUMP),
    ("OUT_OF_RANGE", OUT_OF_RANGE),
    ("OFF_TICK", OFF_TICK),
    ("OFF_GRID", OFF_GRID),
    ("OUT_OF_SEQUENCE", OUT_OF_SEQUENCE),
    ("DISAGREES", DISAGREES),
    ("UNBALANCED", UNBALANCED),
    ("STALE_RATE", STALE_RATE),
    ("FILLED", FILLED),
    ("DUPLICATE", DUPLICATE),
    ("UNKNOWN_UNIT", UNKNOWN_UNIT),
];
