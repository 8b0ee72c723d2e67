//! A battery that cannot promise what it does not hold.

use wattbook_domain::{Side, Volume};

use crate::energy::Energy;
use crate::error::AssetError;

/// One in the 1e-6 scale of efficiencies and shares.
const ONE_PPM: i64 = 1_000_000;

/// What a battery can do. Power is measured at the meter, energy in the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatterySpec {
    /// Largest charge and discharge, in MW.
    pub power: Volume,
    /// Smallest step of an offered power, in MW.
    pub lot: Volume,
    /// What the cells hold when full.
    pub capacity: Energy,
    /// Least energy that stays in the cells.
    pub floor: Energy,
    /// Most energy that the cells are charged to.
    pub ceiling: Energy,
    /// Energy in the cells at the start.
    pub initial: Energy,
    /// Share of the metered energy that reaches the cells when charging, in 1e-6.
    pub charge_efficiency_ppm: u32,
    /// Share of the energy of the cells that reaches the meter when discharging, in 1e-6.
    pub discharge_efficiency_ppm: u32,
    /// Most energy taken out of the cells in a day, in 1e-6 of the capacity: 1,500,000 is 1.5 cycles.
    pub cycles_per_day_ppm: u32,
}

impl BatterySpec {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`AssetError::Battery`] naming the parameter, its value and the fix.
    pub fn check(&self) -> Result<(), AssetError> {
        let fault = |field, value, fix| Err(AssetError::Battery { field, value, fix });
        if self.power <= Volume::ZERO {
            return fault("power", self.power.millionths(), "1e-6 MW above zero");
        }
        if self.lot <= Volume::ZERO || self.lot > self.power {
            return fault(
                "lot",
                self.lot.millionths(),
                "1e-6 MW above zero, at most the power",
            );
        }
        if self.capacity <= Energy::ZERO {
            return fault("capacity", self.capacity.joules(), "joules above zero");
        }
        if self.floor < Energy::ZERO || self.floor >= self.ceiling {
            return fault(
                "floor",
                self.floor.joules(),
                "joules from zero to below the ceiling",
            );
        }
        if self.ceiling > self.capacity {
            return fault(
                "ceiling",
                self.ceiling.joules(),
                "joules up to the capacity",
            );
        }
        if !(self.floor..=self.ceiling).contains(&self.initial) {
            return fault(
                "initial",
                self.initial.joules(),
                "joules from floor to ceiling",
            );
        }
        for (field, ppm) in [
            ("charge_efficiency", self.charge_efficiency_ppm),
            ("discharge_efficiency", self.discharge_efficiency_ppm),
        ] {
            if !(1..=ONE_PPM).contains(&i64::from(ppm)) {
                return fault(field, i64::from(ppm), "a share of 1 to 1000000 in 1e-6");
            }
        }
        Ok(())
    }

    /// Round-trip efficiency in 1e-6, rounded down.
    #[must_use]
    pub const fn round_trip_ppm(&self) -> i64 {
        self.charge_efficiency_ppm as i64 * self.discharge_efficiency_ppm as i64 / ONE_PPM
    }

    /// Most energy out of the cells in one day.
    #[must_use]
    pub fn daily_energy(&self) -> Energy {
        let joules = i128::from(self.capacity.joules()) * i128::from(self.cycles_per_day_ppm);
        Energy::from_joules(
            (joules / i128::from(ONE_PPM))
                .try_into()
                .unwrap_or(i64::MAX),
        )
    }

    /// What reaches the cells of `metered`, rounded up, so that they never overflow.
    fn stored(&self, metered: Energy) -> Energy {
        scale_up(metered, i64::from(self.charge_efficiency_ppm), ONE_PPM)
    }

    /// What leaves the cells for `metered`, rounded up, so that they never run dry.
    fn drawn(&self, metered: Energy) -> Energy {
        scale_up(metered, ONE_PPM, i64::from(self.discharge_efficiency_ppm))
    }

    /// The largest power on the lot that moves at most `room` in the cells within `seconds`.
    fn power_for(&self, side: Side, room: Energy, seconds: i64) -> Volume {
        let (numerator, denominator) = match side {
            Side::Buy => (ONE_PPM, i64::from(self.charge_efficiency_ppm)),
            Side::Sell => (i64::from(self.discharge_efficiency_ppm), ONE_PPM),
        };
        let metered = i128::from(room.joules().max(0)) * i128::from(numerator)
            / i128::from(denominator)
            / i128::from(seconds);
        let lot = self.lot.millionths();
        let power = metered.min(i128::from(self.power.millionths())) as i64;
        Volume::from_millionths(power - power % lot)
    }
}

/// `energy * numerator / denominator`, rounded up.
fn scale_up(energy: Energy, numerator: i64, denominator: i64) -> Energy {
    let product = i128::from(energy.joules()) * i128::from(numerator);
    let joules = (product + i128::from(denominator) - 1).div_euclid(i128::from(denominator));
    Energy::from_joules(joules.try_into().unwrap_or(i64::MAX))
}

/// A promise to charge or discharge, backed by energy or room that nothing else may use.
///
/// Neither `Clone` nor `Copy`: [`Battery::deliver`] takes it by value, once.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a commitment reserves energy until it is delivered"]
pub struct Commitment(Promise);

/// What a commitment promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Promise {
    side: Side,
    power: Volume,
    seconds: i64,
    day: i64,
    /// What it reserves in the cells.
    energy: Energy,
}

impl Commitment {
    /// Buy to charge, sell to discharge.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.0.side
    }

    /// Promised power at the meter, in MW; above zero.
    #[must_use]
    pub const fn power(&self) -> Volume {
        self.0.power
    }

    /// Uses the commitment up.
    fn redeem(self) -> Promise {
        self.0
    }
}

/// A battery: its state of charge and what is promised of it. Integer and deterministic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Battery {
    spec: BatterySpec,
    energy: Energy,
    reserved_charge: Energy,
    reserved_discharge: Energy,
    day: i64,
    drawn_in_day: Energy,
}

impl Battery {
    /// A battery at its initial energy.
    ///
    /// # Errors
    /// [`AssetError::Battery`] when `spec` does not hold together.
    pub fn new(spec: BatterySpec) -> Result<Self, AssetError> {
        spec.check()?;
        Ok(Self {
            spec,
            energy: spec.initial,
            reserved_charge: Energy::ZERO,
            reserved_discharge: Energy::ZERO,
            day: i64::MIN,
            drawn_in_day: Energy::ZERO,
        })
    }

    /// What it can do.
    #[must_use]
    pub const fn spec(&self) -> &BatterySpec {
        &self.spec
    }

    /// Energy in the cells.
    #[must_use]
    pub const fn energy(&self) -> Energy {
        self.energy
    }

    /// Promises up to `power` on `side` for `seconds` on local trading day `day`: as much as power, cells
    /// and cycles allow whatever happens to every promise still open, or `None` when that is less than
    /// a lot. `day` is any number that rises by one a day and never falls.
    pub fn reserve(
        &mut self,
        side: Side,
        power: Volume,
        seconds: i64,
        day: i64,
    ) -> Option<Commitment> {
        if seconds <= 0 || day < self.day {
            return None;
        }
        let room = match side {
            Side::Buy => self.spec.ceiling - self.energy - self.reserved_charge,
            Side::Sell => {
                let held = self.energy - self.spec.floor - self.reserved_discharge;
                // Promises of the day before that are still open count in full: the safe side.
                let used = if day > self.day {
                    Energy::ZERO
                } else {
                    self.drawn_in_day
                };
                held.min(self.spec.daily_energy() - used - self.reserved_discharge)
            }
        };
        let lot = self.spec.lot.millionths();
        let wanted = Volume::from_millionths(power.millionths() - power.millionths() % lot);
        let power = wanted.min(self.spec.power_for(side, room, seconds));
        if power <= Volume::ZERO {
            return None;
        }
        let metered = Energy::of_power(power, seconds);
        let energy = match side {
            Side::Buy => self.spec.stored(metered),
            Side::Sell => self.spec.drawn(metered),
        };
        // Rounding up may ask for one joule more than there is; a lot less is then safe.
        if energy > room {
            return self.reserve(side, power - self.spec.lot, seconds, day);
        }
        self.turn_day(day);
        match side {
            Side::Buy => self.reserved_charge += energy,
            Side::Sell => self.reserved_discharge += energy,
        }
        Some(Commitment(Promise {
            side,
            power,
            seconds,
            day,
            energy,
        }))
    }

    /// Runs `awarded` MW of `commitment` and frees the rest of it; zero frees all. Returns the power at
    /// the meter, delivered above zero.
    ///
    /// # Errors
    /// [`AssetError::AboveCommitment`] when more is awarded than promised, which frees the commitment
    /// and moves nothing; [`AssetError::NotReserved`] when it is not of this battery.
    pub fn deliver(
        &mut self,
        commitment: Commitment,
        awarded: Volume,
    ) -> Result<Volume, AssetError> {
        let Promise {
            side,
            power,
            seconds,
            day,
            energy,
        } = commitment.redeem();
        let reserved = match side {
            Side::Buy => &mut self.reserved_charge,
            Side::Sell => &mut self.reserved_discharge,
        };
        if *reserved < energy {
            return Err(AssetError::NotReserved { energy });
        }
        *reserved -= energy;
        if awarded > power || awarded < Volume::ZERO {
            return Err(AssetError::AboveCommitment {
                awarded,
                committed: power,
            });
        }
        let metered = Energy::of_power(awarded, seconds);
        match side {
            Side::Buy => {
                self.energy += self.spec.stored(metered);
                Ok(-awarded)
            }
            Side::Sell => {
                let drawn = self.spec.drawn(metered);
                self.energy -= drawn;
                if day == self.day {
                    self.drawn_in_day += drawn;
                }
                Ok(awarded)
            }
        }
    }

    fn turn_day(&mut self, day: i64) {
        if day > self.day {
            self.day = day;
            self.drawn_in_day = Energy::ZERO;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mw(text: &str) -> Volume {
        text.parse().unwrap()
    }

    fn mwh(whole: i64) -> Energy {
        Energy::from_millionth_megawatt_hours(whole * 1_000_000)
    }

    fn spec() -> BatterySpec {
        BatterySpec {
            power: mw("50"),
            lot: mw("0.1"),
            capacity: mwh(100),
            floor: mwh(10),
            ceiling: mwh(95),
            initial: mwh(50),
            charge_efficiency_ppm: 920_000,
            discharge_efficiency_ppm: 930_000,
            cycles_per_day_ppm: 1_000_000,
        }
    }

    #[derive(Debug, Clone)]
    enum Act {
        Reserve(Side, i64, i64),
        Deliver(usize, i64),
        NextDay,
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
        let act = prop_oneof![
            5 => (side, 0_i64..70_000_000, 1_i64..7_200).prop_map(|(side, power, seconds)| {
                Act::Reserve(side, power, seconds)
            }),
            5 => (0_usize..8, 0_i64..=100).prop_map(|(index, share)| Act::Deliver(index, share)),
            1 => Just(Act::NextDay),
        ];
        prop::collection::vec(act, 1..200)
    }

    proptest! {
        #[test]
        fn no_sequence_of_promises_and_awards_breaks_a_limit(acts in acts()) {
            let spec = spec();
            let mut battery = Battery::new(spec).unwrap();
            let (mut open, mut day, mut drawn) = (Vec::new(), 0, Energy::ZERO);
            for act in acts {
                match act {
                    Act::Reserve(side, power, seconds) => {
                        let wanted = Volume::from_millionths(power);
                        if let Some(commitment) = battery.reserve(side, wanted, seconds, day) {
                            prop_assert!(commitment.power() <= wanted);
                            prop_assert!(commitment.power() <= spec.power);
                            prop_assert_eq!(commitment.power().millionths() % 100_000, 0);
                            open.push((commitment, day));
                        }
                    }
                    Act::Deliver(index, share) if index < open.len() => {
                        let (commitment, promised_on) = open.swap_remove(index);
                        let power = commitment.power().millionths() / 100 * share;
                        let before = battery.energy();
                        let side = commitment.side();
                        battery.deliver(commitment, Volume::from_millionths(power)).unwrap();
                        if side == Side::Sell && promised_on == day {
                            drawn += before - battery.energy();
                        }
                    }
                    Act::Deliver(..) => {}
                    Act::NextDay => {
                        day += 1;
                        drawn = Energy::ZERO;
                    }
                }
                prop_assert!((spec.floor..=spec.ceiling).contains(&battery.energy()));
                prop_assert!(drawn <= spec.daily_energy());
            }
        }
    }

    #[test]
    fn a_full_hour_of_charging_loses_what_the_efficiency_says() {
        let mut battery = Battery::new(spec()).unwrap();
        let commitment = battery.reserve(Side::Buy, mw("20"), 3_600, 0).unwrap();
        assert_eq!(battery.deliver(commitment, mw("20")), Ok(-mw("20")));
        assert_eq!(
            battery.energy(),
            mwh(50) + Energy::of_power(mw("18.4"), 3_600)
        );
    }

    #[test]
    fn two_promises_cannot_use_the_same_energy() {
        let mut battery = Battery::new(spec()).unwrap();
        // 40 MWh over the floor at 93 % are 37.2 MWh at the meter.
        let first = battery.reserve(Side::Sell, mw("50"), 3_600, 0).unwrap();
        assert_eq!(first.power(), mw("37.2"));
        assert_eq!(battery.reserve(Side::Sell, mw("50"), 3_600, 0), None);
        assert_eq!(battery.deliver(first, Volume::ZERO), Ok(Volume::ZERO));
        assert!(battery.reserve(Side::Sell, mw("50"), 3_600, 0).is_some());
    }

    #[test]
    fn an_award_above_the_promise_is_refused() {
        let mut battery = Battery::new(spec()).unwrap();
        let commitment = battery.reserve(Side::Sell, mw("10"), 300, 0).unwrap();
        assert!(matches!(
            battery.deliver(commitment, mw("10.1")),
            Err(AssetError::AboveCommitment { .. })
        ));
        assert_eq!(battery.energy(), mwh(50));
    }

    #[test]
    fn cycles_end_the_day_and_return_the_next() {
        let mut battery = Battery::new(BatterySpec {
            cycles_per_day_ppm: 200_000,
            ..spec()
        })
        .unwrap();
        let commitment = battery.reserve(Side::Sell, mw("50"), 3_600, 0).unwrap();
        assert_eq!(commitment.power(), mw("18.6"));
        battery.deliver(commitment, mw("18.6")).unwrap();
        assert_eq!(battery.reserve(Side::Sell, mw("50"), 3_600, 0), None);
        assert!(battery.reserve(Side::Sell, mw("50"), 3_600, 1).is_some());
    }

    #[test]
    fn a_spec_that_does_not_hold_together_is_refused() {
        let wrong = BatterySpec {
            floor: mwh(96),
            ..spec()
        };
        assert!(matches!(
            Battery::new(wrong),
            Err(AssetError::Battery { field: "floor", .. })
        ));
        let wrong = BatterySpec {
            discharge_efficiency_ppm: 0,
            ..spec()
        };
        assert!(Battery::new(wrong).is_err());
    }
}
