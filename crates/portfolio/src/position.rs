//! One position at average cost.

use wattbook_domain::{InstrumentId, Money, Owner, Price, Volume, state};

/// What an owner holds in an instrument. Amounts are in the instrument's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// In which instrument.
    pub instrument: InstrumentId,
    /// Whose.
    pub owner: Owner,
    pub(crate) group: u32,
    /// Net, long above zero, in volume units.
    pub volume: Volume,
    /// What the open volume cost; signed as the position.
    pub cost: Money,
    /// Realised P&L so far without fees, settlements included.
    pub realised: Money,
    /// Fees so far; below zero for rebates.
    pub fees: Money,
    /// What its trades cost: paid less received, without fees and settlements.
    pub paid: Money,
}

state!(Position {
    instrument,
    owner,
    group,
    volume,
    cost,
    realised,
    fees,
    paid
});

impl Position {
    pub(crate) fn new(instrument: InstrumentId, owner: Owner, group: u32) -> Self {
        Self {
            instrument,
            owner,
            group,
            volume: Volume::ZERO,
            cost: Money::ZERO,
            realised: Money::ZERO,
            fees: Money::ZERO,
            paid: Money::ZERO,
        }
    }

    /// Books `traded` volume, bought above zero, at `price` over `seconds` of delivery.
    ///
    /// What is closed leaves at the average cost of what was held, rounded half to even to the unit
    /// of [`Money`]; what remains keeps the rest, so nothing is lost to rounding.
    #[inline(always)]
    pub(crate) fn trade(&mut self, traded: Volume, price: Price, seconds: i64) {
        let (held, change) = (self.volume.millionths(), traded.millionths());
        self.volume += traded;
        let value = Money::of_delivery(price, traded, seconds);
        self.paid += value;
        if held == 0 || (held > 0) == (change > 0) {
            self.cost += value;
            return;
        }
        let (held, change) = (held.unsigned_abs(), change.unsigned_abs());
        if change < held {
            let closed = share(self.cost, change, held);
            self.cost -= closed;
            self.realised += -value - closed;
        } else {
            let opened = Money::of_delivery(price, self.volume, seconds);
            self.realised += opened - value - self.cost;
            self.cost = opened;
        }
    }

    /// Takes the open volume out for delivery: its cost becomes realised, its value is settled.
    pub(crate) fn deliver(&mut self) -> Volume {
        self.realised -= self.cost;
        self.cost = Money::ZERO;
        std::mem::take(&mut self.volume)
    }

    /// Cash received less cash paid: what the position has cost to come to where it is.
    #[must_use]
    pub fn cash(&self) -> Money {
        self.realised - self.cost - self.fees
    }

    /// Gain of the open volume at `mark` over its cost.
    #[must_use]
    #[inline(always)]
    pub const fn unrealised(&self, mark: Price, seconds: i64) -> Money {
        let value = Money::of_delivery(mark, self.volume, seconds);
        Money::from_units(value.units() - self.cost.units())
    }

    /// Realised and unrealised P&L less fees, at `mark`.
    #[inline(always)]
    pub(crate) fn equity(&self, mark: Price, seconds: i64) -> Money {
        self.realised - self.fees + self.unrealised(mark, seconds)
    }
}

/// `part / whole` of `amount`, rounded half to even. Split so that no product leaves 128 bits.
fn share(amount: Money, part: u64, whole: u64) -> Money {
    let (part, whole) = (i128::from(part), i128::from(whole));
    let (quotient, rest) = (
        amount.units().div_euclid(whole),
        amount.units().rem_euclid(whole),
    );
    Money::from_units(quotient * part + divide_half_even(rest * part, whole))
}

/// `numerator / denominator` rounded half to even, for a denominator above zero.
pub(crate) fn divide_half_even(numerator: i128, denominator: i128) -> i128 {
    let floor = numerator.div_euclid(denominator);
    let twice = numerator.rem_euclid(denominator) * 2;
    let up = twice > denominator || (twice == denominator && floor % 2 != 0);
    floor + i128::from(up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    fn volume(text: &str) -> Volume {
        text.parse().unwrap()
    }

    proptest! {
        #[test]
        fn realised_unrealised_and_fees_are_cash_and_position_value(
            trades in proptest::collection::vec((-500_i64..500, -9_999_999_i64..9_999_999), 1..60),
            mark in -9_999_999_i64..9_999_999,
            seconds in prop_oneof![Just(900_i64), Just(3_600), 1_i64..40_000_000],
        ) {
            let mut position = Position::new(InstrumentId(0), Owner::default(), 0);
            let mut cash = Money::ZERO;
            let mut held = 0;
            for (lots, ticks) in trades {
                let (traded, at) = (Volume::from_millionths(lots * 100_000), Price::from_millionths(ticks));
                if lots != 0 {
                    position.trade(traded, at, seconds);
                }
                position.fees += Money::from_units(i128::from(lots.abs()));
                cash = cash - Money::of_delivery(at, traded, seconds) - Money::from_units(i128::from(lots.abs()));
                held += lots;
            }
            let mark = Price::from_millionths(mark);
            prop_assert_eq!(position.volume, Volume::from_millionths(held * 100_000));
            let value = Money::of_delivery(mark, position.volume, seconds);
            prop_assert_eq!(position.equity(mark, seconds), cash + value);
            prop_assert_eq!(position.cash(), cash);
            if held == 0 {
                prop_assert_eq!(position.cost, Money::ZERO);
            }
        }
    }

    #[test]
    fn a_position_closed_in_part_realises_at_average_cost() {
        let mut position = Position::new(InstrumentId(0), Owner::default(), 0);
        position.trade(volume("10"), price("50"), 3_600);
        position.trade(volume("30"), price("54"), 3_600);
        assert_eq!(position.cost.to_string(), "2120.00");
        position.trade(volume("-10"), price("60"), 3_600);
        assert_eq!(position.realised.to_string(), "70.00");
        assert_eq!(position.cost.to_string(), "1590.00");
        position.trade(volume("-50"), price("-20"), 3_600);
        assert_eq!(position.realised.to_string(), "-2120.00");
        assert_eq!(position.cost.to_string(), "400.00");
        assert_eq!(position.volume, volume("-20"));
    }

    #[test]
    fn division_rounds_half_to_even() {
        let halves = [-5, -3, -1, 1, 3, 5].map(|numerator| divide_half_even(numerator, 2));
        assert_eq!(halves, [-2, -2, 0, 0, 2, 2]);
    }
}
