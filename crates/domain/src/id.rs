//! Identifiers. Small integers, dense where the engine indexes by them.

use std::fmt;
use std::str::FromStr;

use crate::error::DomainError;
use crate::record::{Record, class};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// An instrument: its place in the engine's registry, in order of definition.
    InstrumentId(u32)
}
id! {
    /// A venue: its place in the engine's registry.
    VenueId(u16)
}
id! {
    /// A source of commands: a strategy process, a trader's desk, a gateway.
    ClientId(u16)
}
id! {
    /// A trading book: the folder of positions that a desk reports on.
    TradingBookId(u16)
}
id! {
    /// Whom trades are made with or cleared through.
    CounterpartyId(u16)
}
id! {
    /// A trader.
    TraderId(u16)
}
id! {
    /// A strategy.
    StrategyId(u16)
}
id! {
    /// A trade, as its venue numbers it.
    TradeId(u64)
}
id! {
    /// A signal.
    SignalId(u64)
}

/// An order: the client in the upper 16 bits, the client's own rising number in the lower 48.
///
/// The client numbers its orders, so it knows the id before the engine has seen the order and can
/// cancel it in the same breath; the engine drops a number that it has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct OrderId(pub u64);

impl OrderId {
    pub(crate) const NUMBER_BITS: u32 = 48;

    /// The `number`-th order of `client`; of `number`, the lower 48 bits count.
    #[must_use]
    #[inline]
    pub const fn new(client: ClientId, number: u64) -> Self {
        let number = number & ((1 << Self::NUMBER_BITS) - 1);
        Self((client.0 as u64) << Self::NUMBER_BITS | number)
    }

    /// Who sent it.
    #[must_use]
    #[inline]
    pub const fn client(self) -> ClientId {
        ClientId((self.0 >> Self::NUMBER_BITS) as u16)
    }

    /// The client's number of it.
    #[must_use]
    #[inline]
    pub const fn number(self) -> u64 {
        self.0 & ((1 << Self::NUMBER_BITS) - 1)
    }
}

impl FromStr for OrderId {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        let parts = text.split_once('-').and_then(|(client, number)| {
            let number = number.parse().ok()?;
            let fits = number >> Self::NUMBER_BITS == 0;
            fits.then_some(Self::new(ClientId(client.parse().ok()?), number))
        });
        parts.ok_or_else(|| DomainError::OrderIdText {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.client(), self.number())
    }
}

/// Whose order or position it is.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
pub struct Owner {
    /// The trading book that carries the position.
    #[record(default)]
    pub trading_book: TradingBookId,
    /// The trader who answers for it.
    #[record(default)]
    pub trader: TraderId,
    /// The strategy that asked for it.
    #[record(default)]
    pub strategy: StrategyId,
}
