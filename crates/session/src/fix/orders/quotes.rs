//! Best prices: `MarketDataRequest` (35=V) and `MarketDataSnapshotFullRefresh` (35=W).

use wattbook_codec::fix::{Dictionary, Lookup, Message, MessageWriter};
use wattbook_domain::{Price, Volume};

use super::fields::{SYMBOL, Unreadable, text};

/// The best prices of one instrument; a side without orders has volume zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuoteUpdate {
    /// `Symbol` (55).
    pub symbol: String,
    /// Highest bid, in currency per price unit and volume units.
    pub bid: (Price, Volume),
    /// Lowest offer.
    pub ask: (Price, Volume),
}

impl QuoteUpdate {
    /// Writes the body of a full refresh.
    pub fn write(&self, body: &mut MessageWriter<'_>) {
        body.text(SYMBOL.0, &self.symbol).int(268, 2);
        for (side, (price, volume)) in [(b'0', self.bid), (b'1', self.ask)] {
            body.char(269, side).price(270, price).volume(271, volume);
        }
    }

    /// The best prices that `message` tells.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn read(message: &Message<'_>) -> Result<Self, Unreadable> {
        let mut this = Self {
            symbol: text(&Lookup::of(message), SYMBOL)?,
            ..Self::default()
        };
        let entries = message.group(Dictionary::fix44(), 268);
        for entry in entries.into_iter().flatten() {
            let field = |tag, name| entry.get(tag).ok_or(Unreadable::Missing { tag, name });
            let wrong = |tag, name| Unreadable::Value {
                tag,
                name,
                found: String::new(),
                wanted: "no number of at most 6 decimals",
            };
            let price = field(270, "MDEntryPx")?.price();
            let volume = field(271, "MDEntrySize")?.volume();
            let level = (
                price.map_err(|_| wrong(270, "MDEntryPx"))?,
                volume.map_err(|_| wrong(271, "MDEntrySize"))?,
            );
            match field(269, "MDEntryType")?.bytes() {
                b"0" => this.bid = level,
                b"1" => this.ask = level,
                _ => {}
            }
        }
        Ok(this)
    }
}

/// Writes the body of a request for the best prices of `symbols`, from now on.
pub fn write_subscription<'a>(
    id: &str,
    symbols: impl ExactSizeIterator<Item = &'a str>,
    body: &mut MessageWriter<'_>,
) {
    body.text(262, id).char(263, b'1').int(264, 1).int(265, 0);
    body.int(267, 2).char(269, b'0').char(269, b'1');
    body.int(146, symbols.len() as i64);
    for symbol in symbols {
        body.text(SYMBOL.0, symbol);
    }
}

/// The symbols that a request names.
#[must_use]
pub fn read_subscription(message: &Message<'_>) -> Vec<String> {
    let entries = message.group(Dictionary::fix44(), 146);
    let symbol = |entry: wattbook_codec::fix::Entry<'_>| {
        let text = entry.get(SYMBOL.0)?.text().ok()?;
        Some(text.to_owned())
    };
    entries.into_iter().flatten().filter_map(symbol).collect()
}
