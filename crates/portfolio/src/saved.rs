//! The portfolio as canonical bytes.

use rustc_hash::FxHashMap;
use wattbook_domain::InstrumentId;
use wattbook_domain::state::State;

use crate::portfolio::{NO_SLOT, Portfolio};

impl State for Portfolio {
    fn save(&self, out: &mut Vec<u8>) {
        self.currencies.save(out);
        self.venues.save(out);
        self.locations.save(out);
        self.instruments.save(out);
        self.contracts.save(out);
        self.positions.save(out);
        self.groups.save(out);
        self.folders.save(out);
        self.stale.save(out);
        self.touched.save(out);
        self.deliveries.save(out);
        self.deals.save(out);
        self.averages.save(out);
        self.options.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        let mut portfolio = Self {
            currencies: State::load(input)?,
            venues: State::load(input)?,
            locations: State::load(input)?,
            instruments: State::load(input)?,
            contracts: State::load(input)?,
            positions: State::load(input)?,
            groups: State::load(input)?,
            folders: State::load(input)?,
            stale: State::load(input)?,
            touched: State::load(input)?,
            deliveries: State::load(input)?,
            deals: State::load(input)?,
            averages: State::load(input)?,
            options: State::load(input)?,
            slot_of: FxHashMap::default(),
            recent: NO_SLOT,
            group_of: FxHashMap::default(),
        };
        for (slot, position) in portfolio.positions.iter().enumerate() {
            let key = (position.instrument, position.owner);
            portfolio.slot_of.insert(key, slot as u32);
        }
        for (index, group) in portfolio.groups.iter().enumerate() {
            let key = (group.instrument, group.trading_book);
            portfolio.group_of.insert(key, index as u32);
        }
        portfolio.is_whole().then_some(portfolio)
    }
}

impl Portfolio {
    /// Whether every reference within the state points somewhere.
    fn is_whole(&self) -> bool {
        let contract = |instrument: InstrumentId| (instrument.0 as usize) < self.contracts.len();
        let slot = |slot: &u32| (*slot as usize) < self.positions.len();
        let currencies = self.currencies.count();
        self.positions.iter().all(|position| {
            contract(position.instrument) && (position.group as usize) < self.groups.len()
        }) && self
            .groups
            .iter()
            .all(|group| (group.folder as usize) < self.folders.len())
            && self.contracts.iter().enumerate().all(|(index, known)| {
                known.instrument.0 as usize == index
                    && known.currency.position() < currencies
                    && known.slots.iter().all(slot)
            })
            && self.instruments.len() == self.contracts.len()
            && self
                .folders
                .iter()
                .all(|folder| folder.equity.len() <= currencies)
            && self.stale.iter().all(|instrument| contract(*instrument))
            && self.touched.fits(self.contracts.len())
            && self.deliveries.keys().all(slot)
            && self.averages.keys().all(|instrument| contract(*instrument))
            && self
                .options
                .iter()
                .all(|(instrument, option)| contract(*instrument) && contract(option.underlying))
            && self.deals.values().all(|deal| slot(&deal.slot.0))
    }
}
