//! Rows to events: listing, books, trades, capacities.

use std::collections::{BTreeMap, BTreeSet};

use wattbook_domain::currency::Currency;
use wattbook_domain::instrument::{Commodity, ContractForm, DeliveryKind, Instrument, Load};
use wattbook_domain::market::{MarketEvent, Phase, SessionPhase, Trade};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{InstrumentId, Price, Side, Timestamp, TradeId, Unit, VenueId, Volume};

use super::member::order_number;
use super::private::{PrivateOrder, PrivateTrade};
use super::rows::{self, LocalView, Row};
use super::settings::NordPoolSettings;
use crate::fix::orders::told_as;
use crate::venue::{
    BookSync, Capacity, Change, Listing, Memory, OrderEntry, Outbox, OwnOrder, OwnTold, OwnTrade,
    Revision, VenueEvent, Written, tenor,
};

/// Books of contracts that are not listed yet, at most.
const EARLY_MAX: usize = 10_000;

/// Areas whose EIC is kept, at most.
const AREAS_MAX: usize = 10_000;

/// What rows add up to.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) outbox: Outbox,
    listing: Listing,
    sync: BookSync,
    own: OwnTold,
    venue: u16,
    areas: BTreeSet<i64>,
    /// EIC by area.
    codes: BTreeMap<i64, String>,
    /// Listed contracts by area.
    listed: BTreeMap<i64, BTreeSet<InstrumentId>>,
    /// Areas whose snapshot came.
    opened: BTreeSet<i64>,
    /// Rows of contracts that are not listed yet.
    early: Vec<(Timestamp, bool, LocalView)>,
}

impl Feed {
    pub(super) fn new(settings: &NordPoolSettings) -> Self {
        Self {
            outbox: Outbox::default(),
            listing: Listing::new(settings.first_instrument, settings.contracts_max),
            sync: BookSync::default(),
            own: OwnTold::new(Memory {
                told_max: settings.own_told_max,
                trades_hours: settings.own_trades_hours,
            }),
            venue: settings.venue,
            areas: settings.areas.iter().copied().collect(),
            codes: BTreeMap::new(),
            listed: BTreeMap::new(),
            opened: BTreeSet::new(),
            early: Vec::new(),
        }
    }

    /// Every book needs a snapshot again.
    pub(super) fn suspend(&mut self) {
        self.sync.suspend();
        self.own.suspend();
        self.opened.clear();
        self.early.clear();
    }

    /// The books of `area` may lack a change.
    pub(super) fn doubt(&mut self, area: i64) {
        self.opened.remove(&area);
        self.early.retain(|(_, _, view)| view.area != area);
        if let Some(listed) = self.listed.get(&area) {
            self.sync.doubt(|id| listed.contains(&id), &mut self.outbox);
        }
    }

    /// After the snapshot of `area`: contracts without a row have empty books.
    pub(super) fn open_rest(&mut self, area: i64) {
        self.opened.insert(area);
        for id in self.listed.get(&area).into_iter().flatten() {
            if self.sync.is_waiting(*id) {
                self.sync.open(*id, 0, &mut self.outbox);
            }
        }
    }

    /// Takes the rows of a message, whose bytes are `body`, on a topic of `area`.
    pub(super) fn take(
        &mut self,
        sent: Timestamp,
        (area, is_snapshot): (i64, bool),
        rows: Vec<Row>,
        body: &[u8],
    ) {
        for row in rows {
            match row {
                Row::Area(area, code) => {
                    if self.codes.len() < AREAS_MAX || self.codes.contains_key(&area) {
                        self.codes.insert(area, code);
                    } else {
                        let reason = format!("area {area} beyond the {AREAS_MAX} that are kept");
                        self.outbox.quarantine("deliveryAreas", 0, reason, body);
                    }
                }
                Row::Contract(contract) => self.take_contract(sent, &contract, body),
                Row::LocalView(view) if view.area == area && !view.is_all_or_none => {
                    self.take_view(sent, is_snapshot, &view, body);
                }
                Row::LocalView(_) | Row::Answered(_) => {}
                Row::Trade(trade) => self.take_trade(&trade),
                Row::Capacity(capacity) => self.take_capacity(&capacity, body),
                Row::OwnOrder(order) => self.take_own_order(sent, order, body),
                Row::OwnTrade(trade) => self.take_own_trade(trade, body),
                Row::Refusal(refusal) => self.outbox.push(VenueEvent::Notice(notice(&refusal))),
            }
        }
    }

    fn code(&self, area: i64) -> String {
        let code = self.codes.get(&area).cloned();
        code.unwrap_or_else(|| area.to_string())
    }

    fn take_contract(&mut self, sent: Timestamp, contract: &rows::Contract, body: &[u8]) {
        for (area, state, end) in &contract.areas {
            if !self.areas.contains(area) {
                continue;
            }
            let gate = end.unwrap_or(contract.delivery_start);
            let listed = instrument(contract, &self.code(*area), gate, self.venue);
            let area_name = area.to_string();
            match self
                .listing
                .define(&contract.id, &area_name, listed, &mut self.outbox)
            {
                Ok(instrument) => {
                    let is_new = self.listed.entry(*area).or_default().insert(instrument);
                    let phase = if contract.is_deleted {
                        Phase::Closed
                    } else {
                        phase(state)
                    };
                    let event = MarketEvent::SessionPhase(SessionPhase { instrument, phase });
                    self.outbox.market(sent, 0, event);
                    if is_new && self.opened.contains(area) {
                        self.take_early(&contract.id, *area);
                        if self.sync.is_waiting(instrument) {
                            self.sync.open(instrument, 0, &mut self.outbox);
                        }
                    }
                }
                Err(reason) => {
                    let reason = format!("contract {}: {reason}", contract.id);
                    self.outbox.quarantine("contracts", 0, reason, body);
                }
            }
        }
    }

    /// Books that came before their contract.
    fn take_early(&mut self, contract: &str, area: i64) {
        let is_it = |(_, _, view): &(Timestamp, bool, LocalView)| {
            view.contract == contract && view.area == area
        };
        let (due, later) = std::mem::take(&mut self.early).into_iter().partition(is_it);
        self.early = later;
        let due: Vec<(Timestamp, bool, LocalView)> = due;
        for (sent, is_snapshot, view) in due {
            // It is listed now and was readable then, so that nothing of it can be set aside.
            self.take_view(sent, is_snapshot, &view, &[]);
        }
    }

    fn take_view(&mut self, sent: Timestamp, is_snapshot: bool, view: &LocalView, body: &[u8]) {
        let changes: Option<Vec<Change>> = view.orders.iter().map(change).collect();
        let Some(changes) = changes else {
            let reason = format!(
                "contract {}: a price or quantity beyond the range",
                view.contract
            );
            return self.outbox.quarantine("localview", 0, reason, body);
        };
        let Some(id) = self.listing.find(&view.contract, &view.area.to_string()) else {
            if self.early.len() < EARLY_MAX {
                return self.early.push((sent, is_snapshot, view.clone()));
            }
            let reason = format!("a book of contract {}, which is not listed", view.contract);
            return self.outbox.quarantine("localview", 0, reason, body);
        };
        let revision = Revision {
            number: view.revision,
            // Messages are counted by their topic, and conflated rows skip revisions.
            follows: 0,
            ts_event: view.ts_event.unwrap_or(sent),
            changes,
        };
        if is_snapshot {
            self.sync.snapshot(id, &revision, &mut self.outbox);
        } else {
            self.sync.update(id, revision, &mut self.outbox);
        }
    }

    fn take_trade(&mut self, trade: &rows::Trade) {
        if !trade.is_valid {
            return self.outbox.push(VenueEvent::TradeCancelled(trade.id));
        }
        let taker = trade.legs.iter().find(|(_, _, _, is_taker, ..)| *is_taker);
        let found = trade.legs.iter().find_map(|leg| {
            let id = self.listing.find(&leg.0, &leg.1.to_string())?;
            Some((id, price(leg.4)?, volume(leg.5)?))
        });
        // Trades between areas that are not followed are left out.
        let Some((instrument, price, volume)) = found else {
            return;
        };
        let is_buy = taker.is_none_or(|(_, _, is_buy, ..)| *is_buy);
        let traded = Trade {
            instrument,
            trade: TradeId(trade.id),
            aggressor: if is_buy { Side::Buy } else { Side::Sell },
            price,
            volume,
        };
        self.outbox
            .market(trade.ts_event, 0, MarketEvent::Trade(traded));
    }

    fn take_own_order(&mut self, sent: Timestamp, order: PrivateOrder, body: &[u8]) {
        let found = self.amounts(&order.contract, order.area, order.price, order.volume);
        let (instrument, price, volume) = match found {
            Ok(found) => found,
            Err(reason) => {
                let reason = format!("order {}: {reason}", order.id);
                let place = "orderExecutionReport";
                return self.outbox.quarantine(place, order.offset, reason, body);
            }
        };
        let told = OwnOrder {
            instrument,
            venue_order: order_number(&order.id),
            order: order.id,
            first_order: order.first_id,
            client_order: order.client_order,
            side: order.side,
            price,
            volume,
            display_volume: order.display.and_then(self::volume),
            state: order.state,
            action: order.action,
            revision: order.revision,
            ts_event: order.ts_event.unwrap_or(sent),
            ts_recv: self.outbox.now(),
        };
        self.outbox.own_order(&mut self.own, told);
    }

    fn take_own_trade(&mut self, trade: PrivateTrade, body: &[u8]) {
        let found = self.amounts(&trade.contract, trade.area, trade.price, trade.volume);
        let (instrument, price, volume) = match found {
            Ok(found) => found,
            Err(reason) => {
                let reason = format!("trade {}: {reason}", trade.id);
                let place = "privateTrade";
                return self.outbox.quarantine(place, trade.offset, reason, body);
            }
        };
        let told = OwnTrade {
            instrument,
            trade: TradeId(order_number(&trade.id)),
            venue_order: order_number(&trade.order),
            order: trade.order,
            client_order: String::new(),
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

    /// Price in 0.01 EUR/MWh and quantity in kW of `entry`, or the words of its refusal.
    pub(super) fn written(&self, entry: &OrderEntry) -> Result<Written, &'static str> {
        let whole = |millionths: i64, unit: i64, why: VenueReason| {
            let fits = millionths % unit == 0;
            fits.then_some(millionths / unit)
                .ok_or_else(|| told_as(why))
        };
        let listed = self.listing.find(&entry.contract, &entry.area);
        listed.ok_or_else(|| told_as(VenueReason::NotTrading))?;
        let quantity = |volume: Volume| whole(volume.millionths(), 1_000, VenueReason::OffLot);
        Ok(Written {
            price: whole(entry.price.millionths(), 10_000, VenueReason::OffTick)?,
            volume: quantity(entry.volume)?,
            display: entry.display_volume.map(quantity).transpose()?,
        })
    }

    /// The instrument of a contract in an area, and price and quantity in it.
    fn amounts(
        &self,
        contract: &str,
        area: i64,
        cents: i64,
        kilowatts: i64,
    ) -> Result<(InstrumentId, Price, Volume), String> {
        let Some(id) = self.listing.find(contract, &area.to_string()) else {
            return Err(format!("contract {contract} in area {area} is not listed"));
        };
        let amounts = price(cents).zip(volume(kilowatts));
        let (price, volume) = amounts.ok_or("a price or quantity beyond the range")?;
        Ok((id, price, volume))
    }

    fn take_capacity(&mut self, capacity: &rows::Capacity, body: &[u8]) {
        let Some((forward, backward)) = volume(capacity.forward).zip(volume(capacity.backward))
        else {
            let reason = "a capacity beyond the range".to_owned();
            return self.outbox.quarantine("capacities", 0, reason, body);
        };
        self.outbox.push(VenueEvent::Capacity(Capacity {
            from: self.code(capacity.areas.0),
            to: self.code(capacity.areas.1),
            delivery_start: capacity.delivery_start,
            delivery_end: capacity.delivery_end,
            forward,
            backward,
        }));
    }
}

/// A refusal that answers nothing of this session.
fn notice(refusal: &rows::Refusal) -> String {
    let rows::Refusal {
        request,
        client_order,
        code,
        words,
    } = refusal;
    let of = if client_order.is_empty() {
        format!("request {request}")
    } else {
        format!("order {client_order}")
    };
    format!("{of}: {code} {words}").trim().to_owned()
}

/// 0.01 EUR/MWh.
fn price(cents: i64) -> Option<Price> {
    cents.checked_mul(10_000).map(Price::from_millionths)
}

/// kW.
fn volume(kilowatts: i64) -> Option<Volume> {
    kilowatts.checked_mul(1_000).map(Volume::from_millionths)
}

fn change(&(order, is_buy, cents, kilowatts): &(u64, bool, i64, i64)) -> Option<Change> {
    Some(Change {
        order,
        side: if is_buy { Side::Buy } else { Side::Sell },
        price: price(cents)?,
        volume: volume(kilowatts)?,
    })
}

fn phase(state: &str) -> Phase {
    match state {
        "ACTI" => Phase::Continuous,
        "HIBE" | "HIBERNATED" => Phase::Halted,
        _ => Phase::Closed,
    }
}

fn instrument(contract: &rows::Contract, area: &str, gate: Timestamp, venue: u16) -> Instrument {
    let seconds = contract.delivery_end.nanos_since(contract.delivery_start) / 1_000_000_000;
    Instrument {
        instrument: InstrumentId::default(),
        symbol: contract.name.clone(),
        venue: VenueId(venue),
        location: area.to_owned(),
        commodity: Commodity::Power,
        form: if contract.is_predefined {
            ContractForm::Intraday
        } else {
            ContractForm::UserDefinedBlock
        },
        tenor: tenor(seconds),
        load: Load::Base,
        delivery_kind: DeliveryKind::Physical,
        delivery_start: contract.delivery_start,
        delivery_end: contract.delivery_end,
        delivery_seconds: seconds,
        gate_closure: gate,
        currency: Currency::EUR,
        price_unit: Unit::MegawattHour,
        volume_unit: Unit::Megawatt,
        tick: Price::from_millionths(10_000),
        lot: Volume::from_millionths(100_000),
        min_price: Price::from_millionths(-9_999_000_000),
        max_price: Price::from_millionths(9_999_000_000),
        option: None,
        spread: None,
        swap: None,
    }
}
