//! What M7 tells of its market, as events: listing, books, trades, capacities, and what is
//! our own.

use std::collections::{BTreeMap, BTreeSet};

use wattbook_domain::market::{MarketEvent, SessionPhase, Trade};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{InstrumentId, Price, Side, Timestamp, TradeId, Volume};

use super::contract::{Scale, Scales, instrument, phase};
use super::message::{
    BookEntries, Contract, HubToHub, PrivateOrder, PrivateTrade, Product, PublicTrade,
};
use super::settings::M7Settings;
use crate::fix::orders::told_as;
use crate::venue::{
    BookSync, Capacity, Change, Listing, Memory, OrderEntry, Outbox, OwnOrder, OwnTold, OwnTrade,
    Revision, Taken, VenueEvent, Written,
};

/// What messages add up to.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) outbox: Outbox,
    listing: Listing,
    /// Product by instrument.
    products: BTreeMap<InstrumentId, String>,
    scales: Scales,
    sync: BookSync,
    own: OwnTold,
    venue: u16,
    decimals: (u32, u32),
}

impl Feed {
    pub(super) fn new(settings: &M7Settings) -> Self {
        let mut scales = Scales::default();
        for name in &settings.products {
            let product = Product {
                name: name.clone(),
                ..Product::default()
            };
            // Only settings beyond 6 decimals are refused, and then the product must tell its own.
            let _refused = scales.set(&product, settings.decimals);
        }
        Self {
            outbox: Outbox::default(),
            listing: Listing::new(settings.first_instrument, settings.contracts_max),
            products: BTreeMap::new(),
            scales,
            sync: BookSync::default(),
            own: OwnTold::new(Memory {
                told_max: settings.own_told_max,
                trades_hours: settings.own_trades_hours,
            }),
            venue: settings.venue,
            decimals: settings.decimals,
        }
    }

    /// Every book needs a snapshot again.
    pub(super) fn suspend(&mut self) {
        self.sync.suspend();
        self.own.suspend();
    }

    /// Any book may lack a change.
    pub(super) fn doubt(&mut self) {
        self.sync.doubt(|_| true, &mut self.outbox);
    }

    /// Those of `products` with a book that needs a snapshot and has changes that wait for it.
    pub(super) fn held(&self, products: &[String]) -> BTreeSet<&String> {
        let followed = self
            .products
            .iter()
            .filter(|(id, product)| products.contains(product) && self.sync.is_held(**id));
        followed.map(|(_, product)| product).collect()
    }

    pub(super) fn take_products(&mut self, products: &[Product], body: &[u8]) {
        for product in products {
            if let Err(reason) = self.scales.set(product, self.decimals) {
                self.outbox.quarantine("m7 product", 0, reason, body);
            }
        }
    }

    pub(super) fn take_contracts(&mut self, sent: Timestamp, contracts: &[Contract], body: &[u8]) {
        for contract in contracts {
            let Some(scale) = self.scales.get(&contract.product) else {
                continue;
            };
            for area in &contract.areas {
                let listed = instrument(contract, area, &scale, self.venue).and_then(|listed| {
                    self.listing
                        .define(&contract.id, &area.area, listed, &mut self.outbox)
                });
                match listed {
                    Ok(instrument) => {
                        self.products.insert(instrument, contract.product.clone());
                        let phase = phase(area.state);
                        let event = MarketEvent::SessionPhase(SessionPhase { instrument, phase });
                        self.outbox.market(sent, 0, event);
                    }
                    Err(reason) => {
                        let reason = format!("contract {}: {reason}", contract.id);
                        self.outbox.quarantine("m7 contract", 0, reason, body);
                    }
                }
            }
        }
    }

    /// The instrument of a contract in an area, its scale and its product.
    fn find(&self, contract: &str, area: &str) -> Option<(InstrumentId, Scale, &String)> {
        let id = self.listing.find(contract, area)?;
        let product = self.products.get(&id)?;
        Some((id, self.scales.get(product)?, product))
    }

    /// Takes a book, `is_whole` or changes of it that `may_open` it; the product whose books are to be
    /// asked for, if it lacks some.
    pub(super) fn take_book(
        &mut self,
        sent: Timestamp,
        book: &BookEntries,
        [is_whole, may_open]: [bool; 2],
        body: &[u8],
    ) -> Option<String> {
        let found = self.find(&book.contract, &book.area);
        let read = match found {
            None => Err(format!(
                "a book of contract {} in {}, which is not listed",
                book.contract, book.area
            )),
            Some((id, scale, product)) => {
                let changes = book.entries.iter().map(|entry| change(entry, &scale));
                let changes: Option<Vec<Change>> = changes.collect();
                changes
                    .map(|changes| (id, product.clone(), changes))
                    .ok_or_else(|| "a price or quantity beyond the range".to_owned())
            }
        };
        let (id, product, changes) = match read {
            Ok(read) => read,
            Err(reason) => {
                self.outbox.quarantine("m7 book", book.offset, reason, body);
                return None;
            }
        };
        let revision = Revision {
            number: book.revision,
            follows: book.revision.saturating_sub(1),
            ts_event: book.ts_event.unwrap_or(sent),
            changes,
        };
        if is_whole {
            self.sync.snapshot(id, &revision, &mut self.outbox);
            return None;
        }
        // A contract that was listed after the snapshot begins with its first revision.
        if book.revision == 1 && may_open && self.sync.is_waiting(id) {
            self.sync.open(id, 0, &mut self.outbox);
        }
        let taken = self.sync.update(id, revision, &mut self.outbox);
        matches!(taken, Taken::Gap | Taken::Held).then_some(product)
    }

    pub(super) fn take_trade(&mut self, trade: &PublicTrade, body: &[u8]) {
        if !trade.is_valid {
            return self.outbox.push(VenueEvent::TradeCancelled(trade.id));
        }
        let buyer = self.find(&trade.contract, &trade.buy_area);
        let found = buyer.or_else(|| self.find(&trade.contract, &trade.sell_area));
        let found = found.and_then(|(id, scale, _)| {
            Some((id, scale.price(trade.price)?, scale.volume(trade.volume)?))
        });
        let Some((instrument, price, volume)) = found else {
            let reason = format!(
                "trade {} of contract {}, which is not listed",
                trade.id, trade.contract
            );
            return self.outbox.quarantine("m7 trade", 0, reason, body);
        };
        let traded = Trade {
            instrument,
            trade: TradeId(trade.id),
            // M7 does not tell who took; buy stands for unknown.
            aggressor: Side::Buy,
            price,
            volume,
        };
        self.outbox
            .market(trade.ts_event, 0, MarketEvent::Trade(traded));
    }

    pub(super) fn take_own_order(&mut self, sent: Timestamp, order: PrivateOrder, body: &[u8]) {
        let found = self.amounts(&order.contract, &order.area, order.price, order.volume);
        let shown = self
            .find(&order.contract, &order.area)
            .zip(order.display)
            .and_then(|((_, scale, _), display)| scale.volume(display));
        let (instrument, price, volume) = match found {
            Ok(found) => found,
            Err(reason) => {
                let reason = format!("order {}: {reason}", order.id);
                return self
                    .outbox
                    .quarantine("m7 own order", order.offset, reason, body);
            }
        };
        let told = OwnOrder {
            instrument,
            order: order.id.to_string(),
            venue_order: order.id,
            first_order: order.first_id.to_string(),
            client_order: order.client_order,
            side: order.side,
            price,
            volume,
            display_volume: shown,
            state: order.state,
            action: order.action,
            revision: order.revision,
            ts_event: order.ts_event.unwrap_or(sent),
            ts_recv: self.outbox.now(),
        };
        self.outbox.own_order(&mut self.own, told);
    }

    pub(super) fn take_own_trade(&mut self, trade: PrivateTrade, body: &[u8]) {
        let found = self.amounts(&trade.contract, &trade.area, trade.price, trade.volume);
        let (instrument, price, volume) = match found {
            Ok(found) => found,
            Err(reason) => {
                let reason = format!("trade {}: {reason}", trade.id);
                return self
                    .outbox
                    .quarantine("m7 own trade", trade.offset, reason, body);
            }
        };
        let told = OwnTrade {
            instrument,
            trade: TradeId(trade.id),
            order: trade.order.to_string(),
            venue_order: trade.order,
            client_order: trade.client_order,
            side: trade.side,
            price,
            volume,
            is_taker: trade.is_taker,
            is_valid: trade.is_valid,
            revision: trade.revision,
            ts_event: trade.ts_event,
            ts_recv: self.outbox.now(),
        };
        self.outbox.own_trade(&mut self.own, told);
    }

    /// Price and quantity of `entry` as its product writes them, or the words of its refusal.
    pub(super) fn written(&self, entry: &OrderEntry) -> Result<Written, &'static str> {
        let found = self.find(&entry.contract, &entry.area);
        let (_, scale, _) = found.ok_or_else(|| told_as(VenueReason::NotTrading))?;
        let price = scale.written_price(entry.price);
        let quantity = |volume| {
            let written = scale.written_volume(volume);
            written.ok_or_else(|| told_as(VenueReason::OffLot))
        };
        Ok(Written {
            price: price.ok_or_else(|| told_as(VenueReason::OffTick))?,
            volume: quantity(entry.volume)?,
            display: entry.display_volume.map(quantity).transpose()?,
        })
    }

    /// The instrument of a contract in an area, and price and quantity in it.
    fn amounts(
        &self,
        contract: &str,
        area: &str,
        price: i64,
        volume: i64,
    ) -> Result<(InstrumentId, Price, Volume), String> {
        let Some((id, scale, _)) = self.find(contract, area) else {
            return Err(format!("contract {contract} in {area} is not listed"));
        };
        let amounts = scale.price(price).zip(scale.volume(volume));
        let (price, volume) = amounts.ok_or("a price or quantity beyond the range")?;
        Ok((id, price, volume))
    }

    pub(super) fn take_capacity(&mut self, capacity: HubToHub, body: &[u8]) {
        // Capacities are in the unit of quantities, the same for all products.
        let scale = Scale::new(&Product::default(), self.decimals).ok();
        let volume = |whole: i64| scale.as_ref().and_then(|scale| scale.volume(whole));
        let volumes = volume(capacity.forward).zip(volume(capacity.backward));
        let Some((forward, backward)) = volumes else {
            let reason = format!(
                "capacities {} and {} from {} to {}, beyond the range",
                capacity.forward, capacity.backward, capacity.from, capacity.to
            );
            return self.outbox.quarantine("m7 capacity", 0, reason, body);
        };
        self.outbox.push(VenueEvent::Capacity(Capacity {
            from: capacity.from,
            to: capacity.to,
            delivery_start: capacity.delivery_start,
            delivery_end: capacity.delivery_end,
            forward,
            backward,
        }));
    }
}

fn change(
    &(order, is_buy, price, volume): &(u64, bool, i64, i64),
    scale: &Scale,
) -> Option<Change> {
    Some(Change {
        order,
        side: if is_buy { Side::Buy } else { Side::Sell },
        price: scale.price(price)?,
        volume: scale.volume(volume)?,
    })
}
