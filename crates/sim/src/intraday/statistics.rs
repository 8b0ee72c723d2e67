//! What a day of intraday trading came to, contract by contract.

use wattbook_book::{BookEvent, CoupledEvent};
use wattbook_domain::{Ticks, Timestamp};

use super::market::IntradaySink;
use super::plan::IntradayPlan;

const MINUTE_NS: i64 = 60_000_000_000;
/// The index takes trades from this long before delivery
const INDEX_FROM_NS: i64 = 180 * MINUTE_NS;
/// up to this long before it. As EPEX SPOT describes its ID3; entered without the text at hand.
const INDEX_TO_NS: i64 = 30 * MINUTE_NS;

/// Trades of one contract in all zones; prices in ticks, volumes in lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ContractStatistics {
    /// Orders that came.
    pub orders: u64,
    /// Orders that ended without being filled in whole.
    pub cancelled: u64,
    /// Trades.
    pub trades: u64,
    /// Trades across a border.
    pub cross_trades: u64,
    /// Volume traded.
    pub lots: i64,
    /// Of which across a border.
    pub cross_lots: i64,
    /// Sum of price times volume.
    pub ticks_lots: i128,
    /// Price of the first trade.
    pub open: Option<Ticks>,
    /// Price of the last.
    pub close: Option<Ticks>,
    /// Lowest price.
    pub low: Option<Ticks>,
    /// Highest price.
    pub high: Option<Ticks>,
    /// Volume of the index: trades from 180 up to 30 minutes before delivery.
    pub index_lots: i64,
    /// Sum of price times volume of the index.
    pub index_ticks_lots: i128,
}

/// Statistics of all contracts, kept as events come.
#[derive(Debug, Clone)]
pub(super) struct Statistics {
    pub(super) by_contract: Vec<ContractStatistics>,
    /// By contract: when trades count for the index, half-open.
    index: Vec<(Timestamp, Timestamp)>,
}

impl Statistics {
    pub(super) fn new(plan: &IntradayPlan) -> Self {
        let window = |start: Timestamp| {
            (
                start.plus_nanos(-INDEX_FROM_NS),
                start.plus_nanos(-INDEX_TO_NS),
            )
        };
        let starts = plan.contracts.iter().map(|each| each.delivery.start());
        Self {
            by_contract: vec![ContractStatistics::default(); plan.contracts.len()],
            index: starts.map(window).collect(),
        }
    }
}

impl IntradaySink for Statistics {
    #[inline]
    fn on_event(&mut self, at: Timestamp, event: &CoupledEvent) {
        match event {
            CoupledEvent::Order { span, event, .. } => {
                let first = usize::from(span.first);
                match event {
                    BookEvent::Accepted { .. } => self.by_contract[first].orders += 1,
                    BookEvent::Cancelled { .. } => self.by_contract[first].cancelled += 1,
                    _ => {}
                }
            }
            CoupledEvent::Filled {
                span,
                fill,
                maker_zone,
                taker_zone,
            } => {
                let first = usize::from(span.first);
                let (price, lots) = (fill.price, fill.volume.count());
                let value = i128::from(price.count()) * i128::from(lots);
                for contract in first..first + usize::from(span.count) {
                    let (from, to) = self.index[contract];
                    let all = &mut self.by_contract[contract];
                    all.trades += 1;
                    all.lots += lots;
                    all.ticks_lots += value;
                    if maker_zone != taker_zone {
                        all.cross_trades += 1;
                        all.cross_lots += lots;
                    }
                    all.open = all.open.or(Some(price));
                    all.close = Some(price);
                    all.low = Some(all.low.map_or(price, |low| low.min(price)));
                    all.high = Some(all.high.map_or(price, |high| high.max(price)));
                    if from <= at && at < to {
                        all.index_lots += lots;
                        all.index_ticks_lots += value;
                    }
                }
            }
            _ => {}
        }
    }
}
