//! Canonical bytes of replayed state: equal states give equal bytes, whatever led to them.
//!
//! Little-endian, without padding or names. Snapshots and state hashes are made of these bytes;
//! messages have their own form.

use std::collections::{BTreeMap, VecDeque};

use crate::currency::Currency;
use crate::id::{
    ClientId, CounterpartyId, InstrumentId, OrderId, Owner, SignalId, StrategyId, TradeId,
    TraderId, TradingBookId, VenueId,
};
use crate::money::{FxRate, Money};
use crate::price::{Price, Ticks};
use crate::time::Timestamp;
use crate::volume::{Lots, Volume};

/// A part of the replayed state.
pub trait State: Sized {
    /// Appends its canonical bytes to `out`.
    fn save(&self, out: &mut Vec<u8>);

    /// Takes it off the front of `input`, or `None` when these are not its bytes.
    fn load(input: &mut &[u8]) -> Option<Self>;
}

macro_rules! integer_state {
    ($($int:ty),+) => {$(
        impl State for $int {
            fn save(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn load(input: &mut &[u8]) -> Option<Self> {
                let (bytes, rest) = input.split_first_chunk()?;
                *input = rest;
                Some(Self::from_le_bytes(*bytes))
            }
        }
    )+};
}

integer_state!(u8, u16, u32, u64, i64, i128);

macro_rules! id_state {
    ($($id:ident),+) => {$(
        impl State for $id {
            fn save(&self, out: &mut Vec<u8>) {
                self.0.save(out);
            }

            fn load(input: &mut &[u8]) -> Option<Self> {
                State::load(input).map($id)
            }
        }
    )+};
}

id_state!(
    ClientId,
    CounterpartyId,
    InstrumentId,
    OrderId,
    SignalId,
    StrategyId,
    TradeId,
    TraderId,
    TradingBookId,
    VenueId
);

macro_rules! number_state {
    ($($number:ident: $get:ident, $make:expr;)+) => {$(
        impl State for $number {
            fn save(&self, out: &mut Vec<u8>) {
                self.$get().save(out);
            }

            fn load(input: &mut &[u8]) -> Option<Self> {
                State::load(input).and_then($make)
            }
        }
    )+};
}

number_state! {
    Price: millionths, |value| Some(Price::from_millionths(value));
    Volume: millionths, |value| Some(Volume::from_millionths(value));
    Money: units, |value| Some(Money::from_units(value));
    Timestamp: nanos, |value| Some(Timestamp::from_nanos(value));
    FxRate: billionths, FxRate::from_billionths;
    Ticks: count, |value| Some(Ticks::new(value));
    Lots: count, |value| Some(Lots::new(value));
}

impl State for bool {
    fn save(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        match u8::load(input)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl State for Currency {
    fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.bytes());
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        let (bytes, rest) = input.split_first_chunk::<3>()?;
        *input = rest;
        std::str::from_utf8(bytes).ok()?.parse().ok()
    }
}

macro_rules! record_state {
    ($($record:ty),+) => {$(
        impl State for $record {
            fn save(&self, out: &mut Vec<u8>) {
                crate::record::Record::encode(self, out);
            }

            fn load(input: &mut &[u8]) -> Option<Self> {
                crate::record::Record::decode(input).ok()
            }
        }
    )+};
}

record_state!(
    crate::instrument::Instrument,
    crate::order::Order,
    crate::limit::SetScopeLimit,
    crate::limit::RaiseLimit,
    crate::limit::SetSensitivities
);

impl State for String {
    fn save(&self, out: &mut Vec<u8>) {
        (self.len() as u64).save(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        let length = usize::try_from(u64::load(input)?).ok()?;
        let (text, rest) = input.split_at_checked(length)?;
        *input = rest;
        std::str::from_utf8(text).ok().map(str::to_owned)
    }
}

impl<T: State> State for Option<T> {
    fn save(&self, out: &mut Vec<u8>) {
        self.is_some().save(out);
        if let Some(value) = self {
            value.save(out);
        }
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        if bool::load(input)? {
            T::load(input).map(Some)
        } else {
            Some(None)
        }
    }
}

fn save_all<'a, T: State + 'a>(items: impl ExactSizeIterator<Item = &'a T>, out: &mut Vec<u8>) {
    (items.len() as u64).save(out);
    items.for_each(|item| item.save(out));
}

/// Loads as many items as a count says; a false count ends with the bytes, before memory does.
fn load_all<T: State, C: FromIterator<T>>(input: &mut &[u8]) -> Option<C> {
    let count = u64::load(input)?;
    (0..count).map(|_| T::load(input)).collect()
}

impl<T: State> State for Vec<T> {
    fn save(&self, out: &mut Vec<u8>) {
        save_all(self.iter(), out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        load_all(input)
    }
}

impl<T: State> State for VecDeque<T> {
    fn save(&self, out: &mut Vec<u8>) {
        save_all(self.iter(), out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        load_all(input)
    }
}

impl<K: State + Ord, V: State> State for BTreeMap<K, V> {
    fn save(&self, out: &mut Vec<u8>) {
        (self.len() as u64).save(out);
        for (key, value) in self {
            key.save(out);
            value.save(out);
        }
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        load_all(input)
    }
}

impl<A: State, B: State> State for (A, B) {
    fn save(&self, out: &mut Vec<u8>) {
        self.0.save(out);
        self.1.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        Some((A::load(input)?, B::load(input)?))
    }
}

/// Implements [`State`] for a struct, field by field in the order given.
///
/// ```
/// use wattbook_domain::state::State;
///
/// #[derive(Debug, PartialEq)]
/// struct Level { price: i64, orders: u32 }
/// wattbook_domain::state!(Level { price, orders });
///
/// let mut bytes = Vec::new();
/// Level { price: -5, orders: 2 }.save(&mut bytes);
/// assert_eq!(Level::load(&mut bytes.as_slice()), Some(Level { price: -5, orders: 2 }));
/// ```
#[macro_export]
macro_rules! state {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::state::State for $name {
            fn save(&self, out: &mut Vec<u8>) {
                $(self.$field.save(out);)+
            }

            fn load(input: &mut &[u8]) -> Option<Self> {
                $(let $field = $crate::state::State::load(input)?;)+
                Some(Self { $($field),+ })
            }
        }
    };
}

/// Implements [`State`] for a fieldless `repr(u8)` enum from the list of its variants.
#[macro_export]
macro_rules! state_enum {
    ($($name:ty { $($variant:ident),+ $(,)? })+) => {$(
        impl $crate::state::State for $name {
            fn save(&self, out: &mut Vec<u8>) {
                out.push(*self as u8);
            }

            fn load(input: &mut &[u8]) -> Option<Self> {
                let tag = u8::load(input)?;
                [$(Self::$variant),+].into_iter().find(|value| *value as u8 == tag)
            }
        }
    )+};
}

state!(Owner {
    trading_book,
    trader,
    strategy
});

state_enum! {
    crate::settlement::SettlementRun { Initial, Final, TrueUp }
    crate::market::PriceKind { DayAhead, RealTime, Imbalance, Settlement, Mark }
    crate::market::Phase { Closed, OpeningCall, Continuous, ClosingCall, Halted }
    crate::order::Side { Buy, Sell }
    crate::order::OrderType {
        Limit, Market, MarketToLimit, Stop, StopLimit, TrailingStop, Pegged,
    }
    crate::order::Peg { Primary, Market, Midpoint }
    crate::order::SelfTradePrevention {
        Allow, CancelNewest, CancelOldest, CancelBoth, Decrement,
    }
    crate::command::Direction { Rise, Fall, Flat }
    crate::venue::MarketModel { ContinuousBook, Auction, Pool, TwoSettlement, Bilateral }
    crate::instrument::Commodity { Power, Gas, Oil, Coal, Emissions, GuaranteeOfOrigin }
    crate::instrument::ContractForm {
        Auction, Intraday, Block, UserDefinedBlock, WithinDay, Spot, Future, Option, Spread, Swap,
    }
    crate::instrument::DeliveryKind { Physical, SpotAverage, Cascade, Virtual }
    crate::instrument::Load { Base, Peak, OffPeak }
    crate::instrument::OptionRight { Call, Put }
    crate::instrument::ExerciseStyle { European, American, Asian }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_bytes_panic_a_load(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Vec::<(u64, Option<String>)>::load(&mut bytes.as_slice());
            let _ = BTreeMap::<u8, Currency>::load(&mut bytes.as_slice());
            let _ = crate::order::Side::load(&mut bytes.as_slice());
        }

        #[test]
        fn what_is_saved_loads(map in proptest::collection::btree_map(any::<u32>(), any::<i128>(), 0..9)) {
            let map: BTreeMap<u32, Money> =
                map.into_iter().map(|(key, units)| (key, Money::from_units(units))).collect();
            let mut bytes = Vec::new();
            map.save(&mut bytes);
            prop_assert_eq!(BTreeMap::load(&mut bytes.as_slice()), Some(map));
        }
    }
}
