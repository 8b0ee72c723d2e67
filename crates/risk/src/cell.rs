//! What an instrument is to a limit: held, open, and what both are worth.

use std::collections::BTreeMap;

use wattbook_domain::limit::SetSensitivities;
use wattbook_domain::state::State;
use wattbook_domain::{InstrumentId, Money, Price, Refusal, Timestamp, Volume, state};
use wattbook_portfolio::{Contract, Currencies};

use crate::limits::OpenVolume;

/// The delta of what is no option, in 1e-6.
const ONE: i64 = 1_000_000;

/// What a unit of an instrument gains, and the same in the desk's money.
#[derive(Debug, Clone)]
pub(crate) struct Sensitivities {
    set: SetSensitivities,
    /// By scenario, in units of [`Money`] of the desk's currency for 1e-6 of volume.
    pub(crate) shocks: Vec<i64>,
}

state!(Sensitivities { set, shocks });

/// Of each instrument that has any. Whole numbers, so that sums are the same in any order.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllSensitivities(BTreeMap<InstrumentId, Sensitivities>);

impl State for AllSensitivities {
    fn save(&self, out: &mut Vec<u8>) {
        self.0.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        let all = Self(State::load(input)?);
        let fits = |one: &Sensitivities| one.shocks.len() == one.set.shocks_millionths.len();
        let mut counts = all.0.values().map(|one| one.shocks.len());
        let scenarios = all.scenarios();
        (all.0.values().all(fits) && counts.all(|count| count == 0 || count == scenarios))
            .then_some(all)
    }
}

impl AllSensitivities {
    pub(crate) fn of(&self, instrument: InstrumentId) -> Option<&Sensitivities> {
        self.0.get(&instrument)
    }

    /// By scenario; empty where an instrument has none.
    pub(crate) fn shocks(&self, instrument: InstrumentId) -> &[i64] {
        self.of(instrument).map_or(&[], |known| &known.shocks)
    }

    pub(crate) fn scenarios(&self) -> usize {
        let counts = self.0.values().map(|known| known.shocks.len());
        counts.max().unwrap_or(0)
    }

    /// Takes over the sensitivities of a contract.
    pub(crate) fn set(
        &mut self,
        set: &SetSensitivities,
        contract: &Contract,
        currencies: &Currencies,
    ) -> Result<(), Refusal> {
        let number = set.instrument.0;
        let refused = |field, fix| Refusal::Reference { number, field, fix };
        let others = self.0.iter().filter(|(other, _)| **other != set.instrument);
        let scenarios = others.map(|(_, known)| known.shocks.len()).max();
        let scenarios = scenarios.unwrap_or(0);
        let count = set.shocks_millionths.len();
        if count != 0 && scenarios != 0 && count != scenarios {
            return Err(refused(
                "shocks",
                "give as many scenarios as for the others",
            ));
        }
        let shocks = desk_shocks(set, contract, currencies)
            .ok_or_else(|| refused("shocks", "record the currency's rate, and smaller moves"))?;
        let set = set.clone();
        self.0.insert(set.instrument, Sensitivities { set, shocks });
        Ok(())
    }

    /// Values every shock anew: a currency's rate changed. One that no longer fits stays.
    pub(crate) fn revalue(&mut self, contracts: &[Contract], currencies: &Currencies) {
        for (instrument, known) in &mut self.0 {
            let contract = contracts.get(instrument.0 as usize);
            let new = contract.and_then(|known_as| desk_shocks(&known.set, known_as, currencies));
            known.shocks = new.unwrap_or_else(|| std::mem::take(&mut known.shocks));
        }
    }
}

/// Gains of 1e-6 of volume in the desk's money; `None` without a rate or beyond 64 bits.
fn desk_shocks(
    set: &SetSensitivities,
    contract: &Contract,
    currencies: &Currencies,
) -> Option<Vec<i64>> {
    currencies.rate(contract.currency)?;
    let gain = |shock: &i64| {
        let value = contract.value(Price::from_millionths(*shock), Volume::from_millionths(1));
        let desk = currencies.to_desk(value, contract.currency).ok()?;
        i64::try_from(desk.units()).ok()
    };
    set.shocks_millionths.iter().map(gain).collect()
}

/// What an instrument within a limit of spot trading has to pay, in the limit's money.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Payable {
    /// Were every open order filled at its limit.
    pub(crate) bids: Money,
    /// Bought less sold; 0 where more was sold, which pays for no other delivery.
    pub(crate) unpaid: Money,
    pub(crate) delivery_end: Timestamp,
}

state!(Payable {
    bids,
    unpaid,
    delivery_end
});

/// An instrument within a limit's scope. Amounts are in the desk's money.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cell {
    /// Net, of all owners in scope.
    pub(crate) held: Volume,
    /// Open orders of theirs.
    pub(crate) open: OpenVolume,
    /// The farthest from zero that the position can come.
    pub(crate) farthest: Volume,
    /// What that is worth.
    pub(crate) notional: Money,
    /// Least and most for a price up by one.
    pub(crate) delta: (Money, Money),
    /// Least and most for a volatility up by a point.
    pub(crate) vega: (Money, Money),
    /// Realised and unrealised less fees.
    pub(crate) equity: Money,
    /// Of a limit of spot trading only.
    pub(crate) payable: Payable,
}

impl State for Cell {
    fn save(&self, out: &mut Vec<u8>) {
        self.held.save(out);
        self.open.save(out);
        self.farthest.save(out);
        self.notional.save(out);
        for (least, most) in [self.delta, self.vega] {
            least.save(out);
            most.save(out);
        }
        self.equity.save(out);
        self.payable.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            held: State::load(input)?,
            open: State::load(input)?,
            farthest: State::load(input)?,
            notional: State::load(input)?,
            delta: (State::load(input)?, State::load(input)?),
            vega: (State::load(input)?, State::load(input)?),
            equity: State::load(input)?,
            payable: State::load(input)?,
        })
    }
}

impl Cell {
    /// A holding with its open orders. Without a mark it is worth `asked`, the largest price that an
    /// order in it has named.
    pub(crate) fn new(
        (held, open, equity): (Volume, OpenVolume, Money),
        asked: Price,
        contract: &Contract,
        currencies: &Currencies,
        sensitivities: Option<&Sensitivities>,
    ) -> Self {
        // Nothing trades in a currency without a rate.
        let desk = |price: Price, volume: Volume| {
            let value = contract.value(price, volume);
            let desk = currencies.to_desk(value, contract.currency);
            desk.unwrap_or(Money::ZERO)
        };
        let (high, low) = (held + open.buy, held - open.sell);
        let farthest = high.abs().max(low.abs());
        let mark = contract.mark().unwrap_or(asked);
        let size = Price::from_millionths(mark.millionths().abs());
        let (delta, vega) = match sensitivities {
            Some(known) => (known.set.delta_millionths, known.set.vega),
            None => (ONE, Price::ZERO),
        };
        let range = |slope: Price| {
            let (one, other) = (desk(slope, low), desk(slope, high));
            (one.min(other), one.max(other))
        };
        Self {
            held,
            open,
            farthest,
            notional: desk(size, farthest),
            delta: range(Price::from_millionths(delta)),
            vega: range(vega),
            equity,
            payable: Payable::default(),
        }
    }
}

/// Sums over the cells of a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// In 1e-6 of a volume unit.
    pub(crate) volume: i128,
    pub(crate) notional: Money,
    pub(crate) delta_least: Money,
    pub(crate) delta_most: Money,
    pub(crate) vega_least: Money,
    pub(crate) vega_most: Money,
    pub(crate) equity: Money,
    pub(crate) bids: Money,
}

state!(Totals {
    volume,
    notional,
    delta_least,
    delta_most,
    vega_least,
    vega_most,
    equity,
    bids
});

impl Totals {
    /// The sums with `new` in place of `old`.
    pub(crate) fn replaced(&self, old: &Cell, new: &Cell) -> Self {
        let volume = |cell: &Cell| i128::from(cell.farthest.millionths());
        Self {
            volume: self.volume - volume(old) + volume(new),
            notional: self.notional - old.notional + new.notional,
            delta_least: self.delta_least - old.delta.0 + new.delta.0,
            delta_most: self.delta_most - old.delta.1 + new.delta.1,
            vega_least: self.vega_least - old.vega.0 + new.vega.0,
            vega_most: self.vega_most - old.vega.1 + new.vega.1,
            equity: self.equity - old.equity + new.equity,
            bids: self.bids - old.payable.bids + new.payable.bids,
        }
    }
}
