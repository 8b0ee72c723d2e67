//! Books shown level by level: as often as plain ones in the last hour, each hour before.

use wattbook_domain::market::{BookAction, BookDelta, MarketEvent};
use wattbook_domain::{Side, Timestamp};

use super::{IntradayVenue, depth_of};
use crate::book_venue::day::{DEPTH_INTERVAL_NS, DEPTH_LEVELS};

/// Before its last hour a contract is shown so seldom.
const HOUR_NS: i64 = 3_600_000_000_000;

impl IntradayVenue {
    /// Plans the next picture of a contract of ours after `now`, while it trades.
    pub(super) fn plan_picture(&mut self, now: Timestamp, index: usize) {
        let listed = &self.listed[index];
        let contracts = &self.simulation.market().plan().contracts;
        let gate = contracts[usize::from(listed.span.first)].zones[listed.zone].gate;
        let until_last_hour = gate.nanos_since(now) - HOUR_NS;
        let wait = if until_last_hour > 0 {
            until_last_hour.min(HOUR_NS)
        } else {
            DEPTH_INTERVAL_NS
        };
        let at = now.plus_nanos(wait);
        if at < gate {
            self.pictures.insert((at, index));
        }
    }

    /// Publishes the local views that are due: a clear, then one addition a price.
    pub(super) fn show_books(&mut self, now: Timestamp) {
        while let Some((at, index)) = self.pictures.pop_first() {
            if at > now {
                self.pictures.insert((at, index));
                return;
            }
            self.show_book(at, index);
            self.plan_picture(at, index);
        }
    }

    fn show_book(&mut self, now: Timestamp, index: usize) {
        let listed = &self.listed[index];
        let instrument = listed.instrument;
        let market = self.simulation.market_mut();
        let depth = depth_of(market, listed, &self.grids, DEPTH_LEVELS);
        let clear = BookDelta {
            instrument,
            action: BookAction::Clear,
            ..BookDelta::default()
        };
        self.outbox.publish(now, MarketEvent::BookDelta(clear));
        for (side, levels) in [(Side::Buy, depth.bids), (Side::Sell, depth.asks)] {
            for (price, volume) in levels {
                let delta = BookDelta {
                    instrument,
                    action: BookAction::Add,
                    side,
                    venue_order: 0,
                    price,
                    volume,
                };
                self.outbox.publish(now, MarketEvent::BookDelta(delta));
            }
        }
    }
}
