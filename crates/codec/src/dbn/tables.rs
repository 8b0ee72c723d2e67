//! Records by their bytes: names, offsets and kinds of fields, in the order of the JSON that the
//! format's owner prints. All numbers are little endian.

use super::layout::Kind::{
    Char, Consolidated, Header, I32, I64, Levels, Price, Text, Time, U8, U16, U32, U64,
};
use super::layout::{Layout, field};

/// One order entered, changed, filled or taken back, or a trade.
pub(super) const MBO: Layout = Layout {
    name: "mbo",
    size: 56,
    fields: &[
        field("ts_recv", 40, Time),
        field("hd", 0, Header),
        field("action", 38, Char),
        field("side", 39, Char),
        field("price", 24, Price),
        field("size", 32, U32),
        field("channel_id", 37, U8),
        field("order_id", 16, U64),
        field("flags", 36, U8),
        field("ts_in_delta", 48, I32),
        field("sequence", 52, U32),
    ],
};

/// A trade.
pub(super) const TRADE: Layout = Layout {
    name: "trades",
    size: 48,
    fields: &[
        field("ts_recv", 32, Time),
        field("hd", 0, Header),
        field("action", 28, Char),
        field("side", 29, Char),
        field("depth", 31, U8),
        field("price", 16, Price),
        field("size", 24, U32),
        field("flags", 30, U8),
        field("ts_in_delta", 40, I32),
        field("sequence", 44, U32),
    ],
};

/// Top of the book after an event.
pub(super) const MBP_1: Layout = Layout {
    name: "mbp-1",
    size: 80,
    fields: &[
        field("ts_recv", 32, Time),
        field("hd", 0, Header),
        field("action", 28, Char),
        field("side", 29, Char),
        field("depth", 31, U8),
        field("price", 16, Price),
        field("size", 24, U32),
        field("flags", 30, U8),
        field("ts_in_delta", 40, I32),
        field("sequence", 44, U32),
        field("levels", 48, Levels(1)),
    ],
};

/// Ten levels of the book after an event.
pub(super) const MBP_10: Layout = Layout {
    name: "mbp-10",
    size: 368,
    fields: &[
        field("ts_recv", 32, Time),
        field("hd", 0, Header),
        field("action", 28, Char),
        field("side", 29, Char),
        field("depth", 31, U8),
        field("price", 16, Price),
        field("size", 24, U32),
        field("flags", 30, U8),
        field("ts_in_delta", 40, I32),
        field("sequence", 44, U32),
        field("levels", 48, Levels(10)),
    ],
};

/// Top of the book, sampled.
pub(super) const BBO: Layout = Layout {
    name: "bbo",
    size: 80,
    fields: &[
        field("ts_recv", 32, Time),
        field("hd", 0, Header),
        field("side", 29, Char),
        field("price", 16, Price),
        field("size", 24, U32),
        field("flags", 30, U8),
        field("sequence", 44, U32),
        field("levels", 48, Levels(1)),
    ],
};

/// Top of the consolidated book after an event.
pub(super) const CMBP_1: Layout = Layout {
    name: "cmbp-1",
    size: 80,
    fields: &[
        field("ts_recv", 32, Time),
        field("hd", 0, Header),
        field("action", 28, Char),
        field("side", 29, Char),
        field("price", 16, Price),
        field("size", 24, U32),
        field("flags", 30, U8),
        field("ts_in_delta", 40, I32),
        field("levels", 48, Consolidated(1)),
    ],
};

/// Top of the consolidated book, sampled.
pub(super) const CBBO: Layout = Layout {
    name: "cbbo",
    size: 80,
    fields: &[
        field("ts_recv", 32, Time),
        field("hd", 0, Header),
        field("side", 29, Char),
        field("price", 16, Price),
        field("size", 24, U32),
        field("flags", 30, U8),
        field("levels", 48, Consolidated(1)),
    ],
};

/// A bar.
pub(super) const OHLCV: Layout = Layout {
    name: "ohlcv",
    size: 56,
    fields: &[
        field("hd", 0, Header),
        field("open", 16, Price),
        field("high", 24, Price),
        field("low", 32, Price),
        field("close", 40, Price),
        field("volume", 48, U64),
    ],
};

/// State of trading.
pub(super) const STATUS: Layout = Layout {
    name: "status",
    size: 40,
    fields: &[
        field("ts_recv", 16, Time),
        field("hd", 0, Header),
        field("action", 24, U16),
        field("reason", 26, U16),
        field("trading_event", 28, U16),
        field("is_trading", 30, Char),
        field("is_quoting", 31, Char),
        field("is_short_sell_restricted", 32, Char),
    ],
};

/// An auction as it would clear.
pub(super) const IMBALANCE: Layout = Layout {
    name: "imbalance",
    size: 112,
    fields: &[
        field("ts_recv", 16, Time),
        field("hd", 0, Header),
        field("ref_price", 24, Price),
        field("auction_time", 32, Time),
        field("cont_book_clr_price", 40, Price),
        field("auct_interest_clr_price", 48, Price),
        field("ssr_filling_price", 56, Price),
        field("ind_match_price", 64, Price),
        field("upper_collar", 72, Price),
        field("lower_collar", 80, Price),
        field("paired_qty", 88, U32),
        field("total_imbalance_qty", 92, U32),
        field("market_imbalance_qty", 96, U32),
        field("unpaired_qty", 100, U32),
        field("auction_type", 104, Char),
        field("side", 105, Char),
        field("auction_status", 106, U8),
        field("freeze_status", 107, U8),
        field("num_extensions", 108, U8),
        field("unpaired_side", 109, Char),
        field("significant_imbalance", 110, Char),
    ],
};

/// A statistic of the venue, version 3.
pub(super) const STATISTICS: Layout = Layout {
    name: "statistics",
    size: 80,
    fields: &[
        field("ts_recv", 16, Time),
        field("hd", 0, Header),
        field("ts_ref", 24, Time),
        field("price", 32, Price),
        field("quantity", 40, I64),
        field("sequence", 48, U32),
        field("ts_in_delta", 52, I32),
        field("stat_type", 56, U16),
        field("channel_id", 58, U16),
        field("update_action", 60, U8),
        field("stat_flags", 61, U8),
    ],
};

/// A statistic of the venue, versions 1 and 2.
pub(super) const STATISTICS_V1: Layout = Layout {
    name: "statistics",
    size: 64,
    fields: &[
        field("ts_recv", 16, Time),
        field("hd", 0, Header),
        field("ts_ref", 24, Time),
        field("price", 32, Price),
        field("quantity", 40, I32),
        field("sequence", 44, U32),
        field("ts_in_delta", 48, I32),
        field("stat_type", 52, U16),
        field("channel_id", 54, U16),
        field("update_action", 56, U8),
        field("stat_flags", 57, U8),
    ],
};

/// An error of the gateway, versions 2 and 3.
pub(super) const ERROR: Layout = Layout {
    name: "error",
    size: 320,
    fields: &[
        field("hd", 0, Header),
        field("err", 16, Text(302)),
        field("code", 318, U8),
        field("is_last", 319, U8),
    ],
};

/// An error of the gateway, version 1.
pub(super) const ERROR_V1: Layout = Layout {
    name: "error",
    size: 80,
    fields: &[field("hd", 0, Header), field("err", 16, Text(64))],
};

/// A symbol of an instrument, versions 2 and 3.
pub(super) const SYMBOL_MAPPING: Layout = Layout {
    name: "symbol-mapping",
    size: 176,
    fields: &[
        field("hd", 0, Header),
        field("stype_in", 16, U8),
        field("stype_in_symbol", 17, Text(71)),
        field("stype_out", 88, U8),
        field("stype_out_symbol", 89, Text(71)),
        field("start_ts", 160, Time),
        field("end_ts", 168, Time),
    ],
};

/// A symbol of an instrument, version 1.
pub(super) const SYMBOL_MAPPING_V1: Layout = Layout {
    name: "symbol-mapping",
    size: 80,
    fields: &[
        field("hd", 0, Header),
        field("stype_in_symbol", 16, Text(22)),
        field("stype_out_symbol", 38, Text(22)),
        field("start_ts", 64, Time),
        field("end_ts", 72, Time),
    ],
};

/// A message of the gateway, versions 2 and 3.
pub(super) const SYSTEM: Layout = Layout {
    name: "system",
    size: 320,
    fields: &[
        field("hd", 0, Header),
        field("msg", 16, Text(303)),
        field("code", 319, U8),
    ],
};

/// A message of the gateway, version 1.
pub(super) const SYSTEM_V1: Layout = Layout {
    name: "system",
    size: 80,
    fields: &[field("hd", 0, Header), field("msg", 16, Text(64))],
};
