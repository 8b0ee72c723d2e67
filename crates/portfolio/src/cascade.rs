//! Long contracts that become shorter ones.

use std::collections::BTreeSet;

use wattbook_curve::{CurveError, Leg};
use wattbook_domain::event::{Cascaded, PositionChanged};
use wattbook_domain::reference::Cascade;
use wattbook_domain::{InstrumentId, Money, Price, Refusal, Side, Volume};

use crate::bounds::{PRICE_MAX, price_fits};
use crate::portfolio::{Portfolio, PositionSlot};

impl Portfolio {
    /// Turns every position in `cascade.from` into equal positions in each contract of
    /// `cascade.into`, both booked at the settlement price: volume and value stay exactly what they
    /// were, and the difference to the new contracts' own prices is that day's P&L.
    ///
    /// # Errors
    /// [`Refusal::UnknownInstrument`]; [`Refusal::CascadeDelivery`] when the parts deliver more or
    /// less than the whole; [`Refusal::Reference`] for a part repeated or outside the contract, in
    /// another currency or unit; [`Refusal::PriceOutsideLimits`].
    pub fn cascade(
        &mut self,
        cascade: &Cascade,
        mut on_move: impl FnMut(Cascaded, PositionChanged),
    ) -> Result<Vec<PositionChanged>, Refusal> {
        let (seconds, legs) = self.legs(cascade)?;
        let price = cascade.settlement_price;
        let slots = self.contracts[cascade.from.0 as usize].slots.clone();
        let mut closed = Vec::new();
        for slot in slots.into_iter().map(PositionSlot) {
            let (owner, volume) = (self.position(slot).owner, self.position(slot).volume);
            let parts = wattbook_curve::cascade(volume, seconds, price, &legs);
            let parts = parts.map_err(|error| unequal(cascade.from, &error))?;
            if volume == Volume::ZERO {
                continue;
            }
            let side = if volume > Volume::ZERO {
                Side::Buy
            } else {
                Side::Sell
            };
            closed.push(self.trade(slot, side.opposite(), price, volume.abs(), Money::ZERO));
            for part in parts {
                let (from, into, price) = (cascade.from, part.contract, part.price);
                let slot = self.slot(into, owner)?;
                let changed = self.trade(slot, side, price, part.volume.abs(), Money::ZERO);
                let volume = part.volume;
                let moved = Cascaded {
                    from,
                    into,
                    owner,
                    volume,
                    price,
                };
                on_move(moved, changed);
            }
        }
        Ok(closed)
    }

    /// Seconds of the contract that ends, and the contracts that replace it.
    fn legs(&self, cascade: &Cascade) -> Result<(i64, Vec<Leg<InstrumentId>>), Refusal> {
        let unknown = |instrument| Refusal::UnknownInstrument { instrument };
        let whole = self.contract(cascade.from).ok_or(unknown(cascade.from))?;
        let price = cascade.settlement_price;
        if !price_fits(price) {
            let (max, min) = (PRICE_MAX, Price::from_millionths(-PRICE_MAX.millionths()));
            return Err(Refusal::PriceOutsideLimits { price, min, max });
        }
        let refused = |field, fix| {
            let number = cascade.from.0;
            Err(Refusal::Reference { number, field, fix })
        };
        if !whole.is_power {
            return refused(
                "from",
                "cascade contracts on power; others deliver as they are",
            );
        }
        let mut legs = Vec::with_capacity(cascade.into.len());
        let mut seen = BTreeSet::new();
        for instrument in cascade.into.iter().copied() {
            let part = self.contract(instrument).ok_or(unknown(instrument))?;
            if !seen.insert(instrument) {
                return refused("into", "name each part once");
            }
            if part.currency != whole.currency || !part.is_power {
                return refused(
                    "into",
                    "name parts in the currency and unit of the contract",
                );
            }
            if part.delivery_start < whole.delivery_start || part.delivery_end > whole.delivery_end
            {
                return refused("into", "name parts within the delivery of the contract");
            }
            legs.push(Leg {
                contract: instrument,
                delivery_seconds: part.delivery_seconds,
                settlement_price: part.mark.unwrap_or(price),
            });
        }
        let seconds = whole.delivery_seconds;
        // Also with no position yet: whoever names the wrong parts learns it at once.
        wattbook_curve::cascade(Volume::ZERO, seconds, price, &legs)
            .map_err(|error| unequal(cascade.from, &error))?;
        Ok((seconds, legs))
    }
}

fn unequal(from: InstrumentId, error: &CurveError) -> Refusal {
    match *error {
        CurveError::LegsUnequal { legs, contract } => Refusal::CascadeDelivery {
            from,
            from_seconds: contract,
            into_seconds: legs,
        },
        _ => Refusal::Reference {
            number: from.0,
            field: "into",
            fix: "name the parts that the exchange's rule gives",
        },
    }
}
