//! Options on futures: how they end.
//!
//! An option is decided by the first settlement price of its underlying whose time at the venue is
//! at or after expiry. In the money (a call above its strike, a put below) it is exercised without
//! being asked: the option leaves the position and the underlying enters it at the strike, volume
//! for volume, for every owner long or short. At the money or out of it, it lapses. What the option
//! cost becomes realised either way, so the equity of a book that marked the option at its inner
//! value stays what it was to the last unit. A decision is final: a corrected price changes no
//! exercise. What is booked later (a late fill, a bilateral deal) ends by the same price.
//!
//! An option on an average ([`ExerciseStyle::Asian`]) is paid in cash when its averaging ends.

use wattbook_domain::event::{OptionExpired, PositionChanged};
use wattbook_domain::instrument::{ContractForm, ExerciseStyle, Instrument, OptionRight};
use wattbook_domain::market::{PriceKind, ReferencePrice};
use wattbook_domain::{InstrumentId, Money, Price, Refusal, Side, Timestamp, Volume, state};

use crate::portfolio::{Portfolio, PositionSlot};

/// An option as far as its end goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListedOption {
    pub(crate) underlying: InstrumentId,
    pub(crate) right: OptionRight,
    pub(crate) style: ExerciseStyle,
    pub(crate) strike: Price,
    pub(crate) expiry: Timestamp,
    /// The settlement price of the underlying that decided it.
    pub(crate) decided: Option<Price>,
}

state!(ListedOption {
    underlying,
    right,
    style,
    strike,
    expiry,
    decided
});

/// How one owner's options ended: the option's position, and the underlying's if it was exercised.
pub type Expiry = (OptionExpired, PositionChanged, Option<PositionChanged>);

impl ListedOption {
    fn of(instrument: &Instrument) -> Option<Self> {
        instrument.option.map(|terms| Self {
            underlying: terms.underlying,
            right: terms.right,
            style: terms.style,
            strike: terms.strike,
            expiry: terms.expiry,
            decided: None,
        })
    }

    const fn sign(&self) -> i64 {
        match self.right {
            OptionRight::Call => 1,
            OptionRight::Put => -1,
        }
    }

    /// Whether exercise pays when the underlying is at `price`.
    fn is_in_the_money(&self, price: Price) -> bool {
        match self.right {
            OptionRight::Call => price > self.strike,
            OptionRight::Put => price < self.strike,
        }
    }

    /// What the option on an average pays, as a sum of price times seconds like that of the average.
    pub(crate) fn payoff(&self, sum: i128, seconds: i64) -> i128 {
        let strike = i128::from(self.strike.millionths()) * i128::from(seconds);
        (i128::from(self.sign()) * (sum - strike)).max(0)
    }
}

impl Portfolio {
    /// Checks that an option fits its underlying and what is known of it.
    ///
    /// # Errors
    /// [`Refusal::Reference`] naming what does not fit.
    pub(crate) fn check_option(&self, option: &Instrument) -> Result<(), Refusal> {
        let Some(listed) = ListedOption::of(option) else {
            return Ok(());
        };
        let number = option.instrument.0;
        let refused = |field, fix| Err(Refusal::Reference { number, field, fix });
        let known = self.options.get(&option.instrument).copied();
        if known.is_some_and(|known| {
            ListedOption {
                decided: None,
                ..known
            } != listed
        }) {
            return refused("option", "define a new instrument for other terms");
        }
        let Some(underlying) = self.contract(listed.underlying) else {
            return refused("underlying", "define the underlying before its options");
        };
        let currency = self.currencies.code(underlying.currency);
        if currency != option.currency || underlying.unit != option.price_unit as u8 {
            return refused("underlying", "give the option its currency and units");
        }
        if listed.style == ExerciseStyle::Asian {
            return Ok(());
        }
        if underlying.form != ContractForm::Future {
            return refused("underlying", "name a future, or give the style asian");
        }
        let delivery = (option.delivery_start, option.delivery_end);
        if (underlying.delivery_start, underlying.delivery_end) != delivery
            || underlying.delivery_seconds != option.delivery_seconds
        {
            return refused("delivery", "give the option the delivery of its underlying");
        }
        if listed.expiry > underlying.gate_closure {
            return refused("expiry", "set it before trading in the underlying ends");
        }
        Ok(())
    }

    /// Notes the terms of a new option.
    pub(crate) fn list_option(&mut self, instrument: &Instrument) {
        if let Some(listed) = ListedOption::of(instrument) {
            self.options.insert(instrument.instrument, listed);
        }
    }

    /// Ends every option that a price of its underlying decides, and what was booked in decided
    /// ones since.
    pub(crate) fn expire_options(
        &mut self,
        published: &ReferencePrice,
        ts_event: Timestamp,
    ) -> Vec<Expiry> {
        let mut due = Vec::new();
        for (instrument, option) in &mut self.options {
            if option.underlying != published.instrument || option.style == ExerciseStyle::Asian {
                continue;
            }
            let decides = published.kind == PriceKind::Settlement && ts_event >= option.expiry;
            if option.decided.is_none() && decides {
                option.decided = Some(published.price);
            }
            if option.decided.is_some() {
                due.push(*instrument);
            }
        }
        let expired = due.into_iter().map(|instrument| self.expire(instrument));
        expired.flatten().collect()
    }

    /// Ends what is open in `instrument`, if it is an option that was decided.
    pub fn expire(&mut self, instrument: InstrumentId) -> Vec<Expiry> {
        let option = self.options.get(&instrument).copied();
        let decided = option.and_then(|option| Some((option, option.decided?)));
        let Some((option, price)) = decided else {
            return Vec::new();
        };
        let slots = self.contracts[instrument.0 as usize].slots.clone();
        let slots = slots.into_iter().map(PositionSlot);
        slots
            .filter_map(|slot| self.expire_position(slot, &option, price))
            .collect()
    }

    fn expire_position(
        &mut self,
        slot: PositionSlot,
        option: &ListedOption,
        settlement_price: Price,
    ) -> Option<Expiry> {
        let position = self.position(slot);
        let (instrument, owner, volume) = (position.instrument, position.owner, position.volume);
        if volume == Volume::ZERO {
            return None;
        }
        self.change(slot, |position| {
            position.deliver();
        });
        let exercised = if option.is_in_the_money(settlement_price) {
            Volume::from_millionths(option.sign() * volume.millionths())
        } else {
            Volume::ZERO
        };
        let entered = self.enter(option, owner, exercised);
        let expired = OptionExpired {
            instrument,
            underlying: option.underlying,
            owner,
            volume,
            strike: option.strike,
            settlement_price,
            exercised,
        };
        Some((expired, self.changed(slot), entered))
    }

    /// Books `volume` of the underlying at the strike.
    fn enter(
        &mut self,
        option: &ListedOption,
        owner: wattbook_domain::Owner,
        volume: Volume,
    ) -> Option<PositionChanged> {
        if volume == Volume::ZERO {
            return None;
        }
        // Options are listed after their underlying, so it is known.
        let slot = self.slot(option.underlying, owner).ok()?;
        let side = if volume > Volume::ZERO {
            Side::Buy
        } else {
            Side::Sell
        };
        Some(self.trade(slot, side, option.strike, volume.abs(), Money::ZERO))
    }
}
