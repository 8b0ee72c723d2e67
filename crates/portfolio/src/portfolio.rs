//! The replayed state: contracts, positions, currencies, deliveries, deals.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use wattbook_domain::event::PositionChanged;
use wattbook_domain::instrument::Instrument;
use wattbook_domain::reference::{SetFees, SetFxRate};
use wattbook_domain::venue::Venue;
use wattbook_domain::{
    Currency, DomainError, InstrumentId, Money, Owner, Price, Refusal, Side, StrategyId, Timestamp,
    TraderId, TradingBookId, VenueId, Volume,
};

use crate::bounds::{DELIVERY_SECONDS_MAX, PRICE_MAX, price_fits};
use crate::contract::{Contract, VenueTerms};
use crate::currencies::{Currencies, CurrencyIndex};
use crate::deal::BookedDeal;
use crate::delivery::Delivery;
use crate::folder::Folder;
use crate::option::ListedOption;
use crate::position::Position;
use crate::spot::SpotAverage;
use crate::touched::Touched;

/// An answer for an instrument that cannot be.
pub(crate) const NO_SLOT: ((InstrumentId, Owner), u32) = (
    (
        InstrumentId(u32::MAX),
        Owner {
            trading_book: TradingBookId(0),
            trader: TraderId(0),
            strategy: StrategyId(0),
        },
    ),
    0,
);

/// A position's place in the table; good for as long as the portfolio lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PositionSlot(pub u32);

/// What a trading book holds in an instrument, whoever traded it: limits are held against it.
/// Where deliveries are scheduled, what they deviate from their awards belongs to it.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) instrument: InstrumentId,
    pub(crate) trading_book: TradingBookId,
    pub(crate) folder: u32,
    pub(crate) volume: Volume,
}

wattbook_domain::state!(Group {
    instrument,
    trading_book,
    folder,
    volume
});

/// Positions of a desk and what they are worth.
#[derive(Debug, Clone)]
pub struct Portfolio {
    pub(crate) currencies: Currencies,
    pub(crate) venues: BTreeMap<VenueId, VenueTerms>,
    pub(crate) locations: BTreeMap<String, u32>,
    /// As defined, by number: a contract that comes again is held against it.
    pub(crate) instruments: Vec<Instrument>,
    pub(crate) contracts: Vec<Contract>,
    pub(crate) positions: Vec<Position>,
    pub(crate) groups: Vec<Group>,
    pub(crate) folders: Vec<Folder>,
    /// Contracts whose mark moved since the folders' equity was computed.
    pub(crate) stale: Vec<InstrumentId>,
    /// Contracts whose mark or positions changed since they were last asked for; kept only once
    /// somebody asks.
    pub(crate) touched: Touched,
    pub(crate) deliveries: BTreeMap<u32, Delivery>,
    pub(crate) deals: BTreeMap<(u64, u32), BookedDeal>,
    pub(crate) averages: BTreeMap<InstrumentId, SpotAverage>,
    pub(crate) options: BTreeMap<InstrumentId, ListedOption>,
    // Looked up, never walked through: their order cannot reach the state.
    pub(crate) slot_of: FxHashMap<(InstrumentId, Owner), u32>,
    /// The last answer of `slot_of`: most orders follow one of the same owner.
    pub(crate) recent: ((InstrumentId, Owner), u32),
    pub(crate) group_of: FxHashMap<(InstrumentId, TradingBookId), u32>,
}

impl Portfolio {
    /// An empty portfolio reported in `desk_currency`.
    #[must_use]
    pub fn new(desk_currency: Currency) -> Self {
        Self {
            currencies: Currencies::new(desk_currency),
            venues: BTreeMap::new(),
            locations: BTreeMap::new(),
            instruments: Vec::new(),
            contracts: Vec::new(),
            positions: Vec::new(),
            groups: Vec::new(),
            folders: Vec::new(),
            stale: Vec::new(),
            touched: Touched::default(),
            deliveries: BTreeMap::new(),
            deals: BTreeMap::new(),
            averages: BTreeMap::new(),
            options: BTreeMap::new(),
            slot_of: FxHashMap::default(),
            recent: NO_SLOT,
            group_of: FxHashMap::default(),
        }
    }

    /// Takes over a venue, or its new market model.
    pub fn define_venue(&mut self, venue: &Venue) {
        self.venues.entry(venue.venue).or_default().market_model = venue.market_model;
    }

    /// Takes over what a venue charges.
    ///
    /// # Errors
    /// [`Refusal::Reference`] for an unknown venue or a fee beyond a million.
    pub fn set_fees(&mut self, fees: &SetFees) -> Result<(), Refusal> {
        let refused = |field, fix| Refusal::Reference {
            number: u32::from(fees.venue.0),
            field,
            fix,
        };
        if !price_fits(fees.maker) || !price_fits(fees.taker) {
            return Err(refused("fees", "give fees in currency per price unit"));
        }
        let Some(venue) = self.venues.get_mut(&fees.venue) else {
            return Err(refused("venue", "define the venue before its fees"));
        };
        venue.maker_fee = fees.maker;
        venue.taker_fee = fees.taker;
        for contract in &mut self.contracts {
            if contract.venue == fees.venue {
                contract.maker_fee = fees.maker;
                contract.taker_fee = fees.taker;
            }
        }
        Ok(())
    }

    /// Takes over an instrument: the next in number, or new trading times of a known one.
    ///
    /// # Errors
    /// [`Refusal::Reference`] when its parts contradict each other, its number leaves a gap, its
    /// venue is unknown, or a known contract would change in more than its trading times.
    pub fn define_instrument(&mut self, instrument: &Instrument) -> Result<(), Refusal> {
        let number = instrument.instrument.0;
        let refused = |field, fix| Refusal::Reference { number, field, fix };
        if let Err(fault) = instrument.check() {
            return Err(match fault {
                DomainError::Instrument { field, fix, .. } => refused(field, fix),
                DomainError::TickNotPositive { .. } => refused("tick", "set it above zero"),
                DomainError::LotNotPositive { .. } => refused("lot", "set it above zero"),
                _ => refused(
                    "delivery_end",
                    "set it after delivery_start, in whole seconds",
                ),
            });
        }
        if instrument.delivery_seconds > DELIVERY_SECONDS_MAX {
            return Err(refused("delivery_seconds", "split the contract into years"));
        }
        if instrument.min_price.min(instrument.max_price)
            < Price::from_millionths(-PRICE_MAX.millionths())
            || instrument.max_price > PRICE_MAX
        {
            return Err(refused("max_price", "keep prices within a million"));
        }
        let Some(venue) = self.venues.get(&instrument.venue).copied() else {
            return Err(refused("venue", "define the venue before its instruments"));
        };
        let (index, count) = (number as usize, self.contracts.len());
        if index > count {
            let fix = "number instruments from 0 in order of definition";
            return Err(refused("instrument", fix));
        }
        if let Some(known) = self.instruments.get_mut(index) {
            // Positions, prices and open orders are in the terms that it was defined with.
            if let Some(field) = known.difference(instrument) {
                return Err(refused(field, "define a new instrument instead"));
            }
            known.gate_closure = instrument.gate_closure;
            self.contracts[index].gate_closure = instrument.gate_closure;
            return Ok(());
        }
        self.check_option(instrument)?;
        let currency = self.currencies.index(instrument.currency);
        let next_location = self.locations.len() as u32;
        let location = *self
            .locations
            .entry(instrument.location.clone())
            .or_insert(next_location);
        let new = Contract::new(instrument, &venue, currency, location);
        self.contracts.push(new);
        self.instruments.push(instrument.clone());
        self.watch_spot(instrument);
        self.list_option(instrument);
        Ok(())
    }

    /// Takes over what one of a currency is worth in the desk's.
    ///
    /// # Errors
    /// [`Refusal::Reference`] when it is out of range, [`Refusal::FxRateDirection`] when it ends in
    /// another currency.
    pub fn set_fx_rate(&mut self, change: &SetFxRate) -> Result<(), Refusal> {
        self.currencies.set(change)
    }

    /// The desk's currencies.
    #[must_use]
    #[inline]
    pub fn currencies(&self) -> &Currencies {
        &self.currencies
    }

    /// The contract of `instrument`.
    #[must_use]
    #[inline]
    pub fn contract(&self, instrument: InstrumentId) -> Option<&Contract> {
        self.contracts.get(instrument.0 as usize)
    }

    /// Every contract, by number.
    #[must_use]
    pub fn contracts(&self) -> &[Contract] {
        &self.contracts
    }

    /// Checks that `instrument` is known and its currency can be converted to the desk's.
    ///
    /// # Errors
    /// [`Refusal::UnknownInstrument`] or [`Refusal::NoFxRate`].
    pub fn check_rate(&self, instrument: InstrumentId) -> Result<(), Refusal> {
        let unknown = Refusal::UnknownInstrument { instrument };
        let contract = self.contract(instrument).ok_or(unknown)?;
        match self.currencies.rate(contract.currency) {
            Some(_) => Ok(()),
            None => Err(Refusal::NoFxRate {
                from: self.currencies.code(contract.currency),
                to: self.currencies.desk(),
            }),
        }
    }

    /// The terms of `venue`.
    #[must_use]
    pub fn venue(&self, venue: VenueId) -> Option<&VenueTerms> {
        self.venues.get(&venue)
    }

    /// The place of `owner`'s position in a known `instrument`, made on first use.
    ///
    /// # Errors
    /// [`Refusal::UnknownInstrument`] when it was not defined.
    #[inline(always)]
    pub fn slot(
        &mut self,
        instrument: InstrumentId,
        owner: Owner,
    ) -> Result<PositionSlot, Refusal> {
        if self.recent.0 == (instrument, owner) {
            return Ok(PositionSlot(self.recent.1));
        }
        let slot = match self.slot_of.get(&(instrument, owner)) {
            Some(slot) => PositionSlot(*slot),
            None => self.open_slot(instrument, owner)?,
        };
        self.recent = ((instrument, owner), slot.0);
        Ok(slot)
    }

    #[cold]
    fn open_slot(
        &mut self,
        instrument: InstrumentId,
        owner: Owner,
    ) -> Result<PositionSlot, Refusal> {
        let Some(contract) = self.contracts.get_mut(instrument.0 as usize) else {
            return Err(Refusal::UnknownInstrument { instrument });
        };
        let slot = self.positions.len() as u32;
        contract.slots.push(slot);
        let trading_book = owner.trading_book;
        let next_group = self.groups.len() as u32;
        let group = *self
            .group_of
            .entry((instrument, trading_book))
            .or_insert(next_group);
        if group == next_group {
            let known = self
                .folders
                .iter()
                .position(|folder| folder.trading_book == trading_book);
            let folder = known.unwrap_or_else(|| {
                self.folders.push(Folder::new(trading_book));
                self.folders.len() - 1
            });
            self.groups.push(Group {
                instrument,
                trading_book,
                folder: folder as u32,
                volume: Volume::ZERO,
            });
        }
        self.positions.push(Position::new(instrument, owner, group));
        self.slot_of.insert((instrument, owner), slot);
        Ok(PositionSlot(slot))
    }

    /// The position in `slot`.
    #[must_use]
    #[inline]
    pub fn position(&self, slot: PositionSlot) -> &Position {
        &self.positions[slot.0 as usize]
    }

    /// Every position ever opened, in order of its first use.
    #[must_use]
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// `owner`'s position in `instrument`, if it ever had one.
    #[must_use]
    pub fn position_of(&self, instrument: InstrumentId, owner: Owner) -> Option<&Position> {
        let slot = self.slot_of.get(&(instrument, owner))?;
        self.positions.get(*slot as usize)
    }

    /// The number of the trading book's holding in the instrument of `slot`, and its net volume:
    /// traded, and scheduled less awarded.
    #[must_use]
    #[inline(always)]
    pub fn group(&self, slot: PositionSlot) -> (u32, Volume) {
        let group = self.positions[slot.0 as usize].group;
        (group, self.groups[group as usize].volume)
    }

    /// How many holdings of a trading book in an instrument there are.
    #[must_use]
    #[inline]
    pub fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// Books a trade of `volume`, above zero, at `price`, with `fee` in the contract's currency.
    #[inline(always)]
    pub fn trade(
        &mut self,
        slot: PositionSlot,
        side: Side,
        price: Price,
        volume: Volume,
        fee: Money,
    ) -> PositionChanged {
        let position = &mut self.positions[slot.0 as usize];
        let contract = &mut self.contracts[position.instrument.0 as usize];
        let traded = Volume::from_millionths(side.sign() * volume.millionths());
        position.trade(traded, price, contract.delivery_seconds);
        position.fees += fee;
        if contract.mark.is_none() {
            contract.mark = Some(price);
            contract.valued = price;
        }
        let group = &mut self.groups[position.group as usize];
        group.volume += traded;
        self.touched.add(contract.instrument);
        let gap = Price::from_millionths(contract.valued.millionths() - price.millionths());
        let change = contract.value(gap, traded) - fee;
        self.folders[group.folder as usize].add(contract.currency.position(), change);
        changed(position)
    }

    /// The fee of a fill of `volume` of the contract in `slot`, in its currency.
    #[must_use]
    #[inline(always)]
    pub fn fee(&self, slot: PositionSlot, volume: Volume, is_maker: bool) -> Money {
        let contract = &self.contracts[self.positions[slot.0 as usize].instrument.0 as usize];
        let rate = if is_maker {
            contract.maker_fee
        } else {
            contract.taker_fee
        };
        contract.value(rate, volume)
    }

    /// Takes over the last known price of `instrument`; prices too large to be booked are left out.
    #[inline]
    pub fn mark(&mut self, instrument: InstrumentId, price: Price) {
        if !price_fits(price) {
            return;
        }
        let Some(contract) = self.contracts.get_mut(instrument.0 as usize) else {
            return;
        };
        contract.mark = Some(price);
        self.touched.add(instrument);
        if !contract.is_stale && !contract.slots.is_empty() && price != contract.valued {
            contract.is_stale = true;
            self.stale.push(instrument);
        }
        if contract.slots.is_empty() {
            contract.valued = price;
        }
    }

    /// Changes a position outside of trading and keeps its trading book's equity true.
    pub(crate) fn change(&mut self, slot: PositionSlot, with: impl FnOnce(&mut Position)) {
        let position = &mut self.positions[slot.0 as usize];
        let contract = &self.contracts[position.instrument.0 as usize];
        self.touched.add(contract.instrument);
        let (mark, seconds) = (contract.valued, contract.delivery_seconds);
        let (equity, volume) = (position.equity(mark, seconds), position.volume);
        with(position);
        let group = &mut self.groups[position.group as usize];
        group.volume += position.volume - volume;
        let change = position.equity(mark, seconds) - equity;
        self.folders[group.folder as usize].add(contract.currency.position(), change);
    }

    /// Brings every trading book's equity to the last marks.
    #[inline(never)]
    fn revalue(&mut self) {
        for instrument in self.stale.drain(..) {
            let contract = &mut self.contracts[instrument.0 as usize];
            contract.is_stale = false;
            let Some(mark) = contract.mark else { continue };
            let gap = Price::from_millionths(mark.millionths() - contract.valued.millionths());
            contract.valued = mark;
            for slot in &contract.slots {
                let position = &self.positions[*slot as usize];
                let folder = self.groups[position.group as usize].folder;
                let change = contract.value(gap, position.volume);
                self.folders[folder as usize].add(contract.currency.position(), change);
            }
        }
    }

    /// The loss of the trading book behind `slot` since its last close, positive, in the desk's
    /// currency; below zero for a gain. The close is kept in the desk's currency, so what a currency
    /// fell since counts as loss on the equity in it. Amounts in a currency without a rate cannot occur, because
    /// nothing trades in it.
    #[must_use]
    #[inline(always)]
    pub fn loss(&mut self, slot: PositionSlot) -> Money {
        if !self.stale.is_empty() {
            self.revalue();
        }
        let group = &self.groups[self.positions[slot.0 as usize].group as usize];
        let folder = &self.folders[group.folder as usize];
        // The desk's own currency comes first and is mostly the only one.
        match folder.equity[..] {
            [now] => folder.at_close - now,
            _ => folder.at_close - self.equity(folder),
        }
    }

    /// Equity of a trading book in the desk's currency at today's rates.
    #[cold]
    fn equity(&self, folder: &Folder) -> Money {
        let mut equity = Money::ZERO;
        for (index, amount) in folder.equity.iter().enumerate() {
            let converted = self.currencies.to_desk(*amount, CurrencyIndex::at(index));
            equity += converted.unwrap_or(Money::ZERO);
        }
        equity
    }

    /// Lets the loss of `trading_book` count from zero again.
    pub fn close_day(&mut self, trading_book: TradingBookId) {
        self.revalue();
        let is_meant = |folder: &Folder| folder.trading_book == trading_book;
        if let Some(index) = self.folders.iter().position(is_meant) {
            self.folders[index].at_close = self.equity(&self.folders[index]);
        }
    }

    /// What the position in `slot` has become.
    #[must_use]
    #[inline(always)]
    pub fn changed(&self, slot: PositionSlot) -> PositionChanged {
        changed(self.position(slot))
    }

    /// Notes from now on which contracts change; every one with a position counts as changed.
    pub fn watch(&mut self) {
        let held = self
            .contracts
            .iter()
            .filter(|known| !known.slots.is_empty());
        self.touched.watch(held.map(|known| known.instrument));
    }

    /// A contract whose mark or positions changed since it was last taken; none once all are.
    #[inline]
    pub fn take_touched(&mut self) -> Option<InstrumentId> {
        self.touched.take()
    }

    /// Every position in `instrument`, with its place.
    pub fn positions_in(
        &self,
        instrument: InstrumentId,
    ) -> impl Iterator<Item = (PositionSlot, &Position)> {
        let contract = self.contracts.get(instrument.0 as usize);
        let slots = contract.map_or(&[][..], |contract| &contract.slots[..]);
        let place = |slot: &u32| (PositionSlot(*slot), &self.positions[*slot as usize]);
        slots.iter().map(place)
    }

    /// The next instant at which a contract settles by the clock alone.
    #[must_use]
    pub fn gate_closure(&self, instrument: InstrumentId) -> Option<Timestamp> {
        self.contract(instrument)
            .map(|contract| contract.gate_closure)
    }
}

#[inline]
fn changed(position: &Position) -> PositionChanged {
    PositionChanged {
        instrument: position.instrument,
        owner: position.owner,
        volume: position.volume,
        cost: position.cost,
        realised: position.realised,
        fees: position.fees,
    }
}
