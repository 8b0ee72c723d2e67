//! The stream of a venue that takes orders by REST: numbered answers, and best prices between them.

use wattbook_domain::{Price, Volume};

use super::answer::Answer;
use super::json::{JsonFault, Object, answer_of, number, parse, price, volume, word};
use super::quotes::QuoteUpdate;

/// A message of the stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Streamed {
    /// The first one of a connection.
    Begun {
        /// Number of the last answer that there was by then; 0 where there was none.
        last: u64,
    },
    /// The best prices of one contract; only the last of them is worth anything.
    Quote(QuoteUpdate),
    /// An answer, and its number from 1.
    Answer(u64, Box<Answer>),
}

impl Streamed {
    /// The message.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = Object::new();
        match self {
            Self::Begun { last } => out.text("type", "begun").raw("last", last),
            Self::Quote(quote) => {
                out.text("type", "quote").text("symbol", &quote.symbol);
                out.raw("bid", quote.bid.0).raw("bid_volume", quote.bid.1);
                out.raw("ask", quote.ask.0).raw("ask_volume", quote.ask.1)
            }
            Self::Answer(sequence, answer) => return answer.to_json(*sequence),
        };
        out.end()
    }

    /// What a message says.
    ///
    /// # Errors
    /// [`JsonFault`]: the field at fault.
    pub fn from_json(bytes: &[u8]) -> Result<Self, JsonFault> {
        let document = parse(bytes)?;
        let root = document.root();
        let level = |price_name, volume_name| -> Result<(Price, Volume), JsonFault> {
            Ok((price(root, price_name)?, volume(root, volume_name)?))
        };
        Ok(match word(root, "type")?.as_str() {
            "begun" => Self::Begun {
                last: number(root, "last")?,
            },
            "quote" => Self::Quote(QuoteUpdate {
                symbol: word(root, "symbol")?,
                bid: level("bid", "bid_volume")?,
                ask: level("ask", "ask_volume")?,
            }),
            _ => {
                let (sequence, answer) = answer_of(root)?;
                Self::Answer(sequence, Box::new(answer))
            }
        })
    }

    /// The number of an answer whose rest need not be readable.
    #[must_use]
    pub fn sequence(bytes: &[u8]) -> Option<u64> {
        number(parse(bytes).ok()?.root(), "sequence").ok()
    }
}
