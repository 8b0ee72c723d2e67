//! What M7 tells of its market, as events: listing, books, trades, capacities.

use std::collections::{BTreeMap, BTreeSet};

use wattbook_domain::market::{MarketEvent, SessionPhase, Trade};
use wattbook_domain::{InstrumentId, Side, Timestamp, TradeId};

use super::contract::{Scale, Scales, instrument, phase};
use super::message::{BookEntries, Contract, HubToHub, Product, PublicTrade};
use super::settings::M7Settings;
use crate::venue::{BookSync, Capacity, Change, Listing, Outbox, Revision, Taken, VenueEvent};

/// What messages add up to.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) outbox: Outbox,
    listing: Listing,
    /// Product by instrument.
    products: BTreeMap<InstrumentId, String>,
    scales: Scales,
    sync: BookSync,
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
            listing: Listing::from(settings.first_instrument),
            products: BTreeMap::new(),
            scales,
            sync: BookSync::default(),
            venue: settings.venue,
            decimals: settings.decimals,
        }
    }

    /// Every book needs a snapshot again.
    pub(super) fn suspend(&mut self) {
        self.sync.suspend();
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
