//! Units of volume and energy with exact conversion factors.

use std::fmt;
use std::str::FromStr;

use crate::error::DomainError;
use crate::record::{Record, class};

/// A unit of volume or of the quantity that a price is per.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum Unit {
    /// Megawatt: power; energy follows from the delivery period.
    #[default]
    Megawatt = 1,
    /// Megawatt-hour.
    MegawattHour = 2,
    /// Million British thermal units (International Table).
    MillionBtu = 3,
    /// Therm: 100,000 British thermal units (International Table).
    Therm = 4,
    /// Gigajoule.
    Gigajoule = 5,
    /// Barrel of 42 US gallons.
    Barrel = 6,
    /// US gallon of 231 cubic inches.
    Gallon = 7,
    /// Cubic metre.
    CubicMetre = 8,
    /// Metric tonne.
    Tonne = 9,
    /// Tonne of carbon dioxide equivalent.
    TonneCo2 = 10,
    /// One certificate, such as a guarantee of origin for one megawatt-hour.
    Certificate = 11,
}

/// What a unit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Energy in a time.
    Power,
    /// Energy.
    Energy,
    /// Space.
    Space,
    /// Mass.
    Mass,
    /// Carbon dioxide equivalent.
    Carbon,
    /// Pieces.
    Count,
}

/// A positive fraction in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    /// Above the line.
    pub numerator: i128,
    /// Below the line; above zero.
    pub denominator: i128,
}

impl Ratio {
    /// The fraction in lowest terms. Both are above zero.
    #[must_use]
    pub const fn new(numerator: i128, denominator: i128) -> Self {
        let (mut a, mut b) = (numerator, denominator);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Self {
            numerator: numerator / a,
            denominator: denominator / a,
        }
    }

    /// This fraction divided by `other`.
    #[must_use]
    pub const fn over(self, other: Self) -> Self {
        Self::new(
            self.numerator * other.denominator,
            self.denominator * other.numerator,
        )
    }

    /// As a float.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

const UNITS: [(Unit, &str); 11] = [
    (Unit::Megawatt, "MW"),
    (Unit::MegawattHour, "MWh"),
    (Unit::MillionBtu, "MMBtu"),
    (Unit::Therm, "therm"),
    (Unit::Gigajoule, "GJ"),
    (Unit::Barrel, "bbl"),
    (Unit::Gallon, "gal"),
    (Unit::CubicMetre, "m3"),
    (Unit::Tonne, "t"),
    (Unit::TonneCo2, "tCO2"),
    (Unit::Certificate, "certificate"),
];

impl Unit {
    /// Every unit.
    pub fn all() -> impl Iterator<Item = Self> {
        UNITS.iter().map(|(unit, _)| *unit)
    }

    /// The symbol: `MWh`, `bbl`.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        UNITS[self as usize - 1].1
    }

    /// What it measures.
    #[must_use]
    pub const fn dimension(self) -> Dimension {
        match self {
            Self::Megawatt => Dimension::Power,
            Self::MegawattHour | Self::MillionBtu | Self::Therm | Self::Gigajoule => {
                Dimension::Energy
            }
            Self::Barrel | Self::Gallon | Self::CubicMetre => Dimension::Space,
            Self::Tonne => Dimension::Mass,
            Self::TonneCo2 => Dimension::Carbon,
            Self::Certificate => Dimension::Count,
        }
    }

    /// How many joules, 1e-6 cubic millimetres or pieces one of it is, exactly.
    ///
    /// Sources: International Table Btu = 1,055.055,852,62 J (ISO 31-4); inch = 25.4 mm and US gallon
    /// = 231 cubic inches (NIST SP 811, appendix B.8).
    const fn base(self) -> Ratio {
        match self {
            Self::Megawatt | Self::Tonne | Self::TonneCo2 | Self::Certificate => Ratio::new(1, 1),
            Self::MegawattHour => Ratio::new(3_600_000_000, 1),
            Self::MillionBtu => Ratio::new(105_505_585_262, 100),
            Self::Therm => Ratio::new(105_505_585_262, 1_000),
            Self::Gigajoule => Ratio::new(1_000_000_000, 1),
            // (25.4 mm)³ = 16,387.064 mm³.
            Self::Gallon => Ratio::new(231 * 16_387_064_000, 1),
            Self::Barrel => Ratio::new(42 * 231 * 16_387_064_000, 1),
            Self::CubicMetre => Ratio::new(1_000_000_000_000_000, 1),
        }
    }

    /// How many `to` one of this unit is, exactly.
    ///
    /// # Errors
    /// [`DomainError::Unconvertible`] when they measure different things; [`CalorificValue`] joins
    /// volume or mass to energy, and a delivery period joins power to energy.
    pub fn factor_to(self, to: Self) -> Result<Ratio, DomainError> {
        if self.dimension() == to.dimension() {
            return Ok(self.base().over(to.base()));
        }
        let fix = match (self.dimension(), to.dimension()) {
            (Dimension::Power, Dimension::Energy) | (Dimension::Energy, Dimension::Power) => {
                "multiply by the hours of the delivery period"
            }
            (Dimension::Space | Dimension::Mass, Dimension::Energy)
            | (Dimension::Energy, Dimension::Space | Dimension::Mass) => "give a calorific value",
            _ => "they measure different things",
        };
        Err(DomainError::Unconvertible {
            from: self.symbol(),
            to: to.symbol(),
            fix,
        })
    }
}

/// How much energy a unit of fuel holds, such as 11.16 kWh in a cubic metre of gas.
#[class(check)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Record)]
pub struct CalorificValue {
    /// The unit of fuel, of space or mass.
    pub fuel: Unit,
    /// Energy in one unit of fuel, in 1e-9 `MWh`; above zero.
    pub nano_megawatt_hours: i64,
}

impl CalorificValue {
    /// Checks that it is one of a fuel, and above zero: its inverse is asked for as well.
    ///
    /// # Errors
    /// [`DomainError::CalorificValue`] naming the fuel, the value and the fix.
    pub const fn check(&self) -> Result<(), DomainError> {
        let fix = if !matches!(self.fuel.dimension(), Dimension::Space | Dimension::Mass) {
            "give the fuel in a unit of space or mass"
        } else if self.nano_megawatt_hours <= 0 {
            "give the energy in one unit of fuel, above zero"
        } else {
            return Ok(());
        };
        Err(DomainError::CalorificValue {
            fuel: self.fuel.symbol(),
            nano_megawatt_hours: self.nano_megawatt_hours,
            fix,
        })
    }

    /// How many `to` one `from` holds, where one is fuel and the other energy.
    ///
    /// # Errors
    /// [`DomainError::CalorificValue`] when it is none, [`DomainError::Unconvertible`] when neither
    /// is fuel or the other no energy.
    pub fn factor(self, from: Unit, to: Unit) -> Result<Ratio, DomainError> {
        self.check()?;
        let energy = Ratio::new(i128::from(self.nano_megawatt_hours), 1_000_000_000);
        let one = Ratio::new(1, 1);
        if from.dimension() == self.fuel.dimension() {
            let fuel = from.factor_to(self.fuel)?;
            let unit = Unit::MegawattHour.factor_to(to)?;
            return Ok(fuel.over(one.over(energy)).over(one.over(unit)));
        }
        if to.dimension() != self.fuel.dimension() {
            let fix = "one of them must be the fuel of the calorific value";
            return Err(DomainError::Unconvertible {
                from: from.symbol(),
                to: to.symbol(),
                fix,
            });
        }
        Ok(one.over(self.factor(to, from)?))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.symbol())
    }
}

impl FromStr for Unit {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        let found = UNITS.iter().find(|(_, symbol)| *symbol == text);
        found
            .map(|(unit, _)| *unit)
            .ok_or_else(|| DomainError::UnknownName {
                kind: "unit",
                text: text.to_owned(),
                allowed: UNITS.map(|(_, symbol)| symbol).join(", "),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_factors_hold_exactly() {
        let factor = |from: Unit, to: Unit| from.factor_to(to).unwrap();
        assert_eq!(factor(Unit::Barrel, Unit::Gallon), Ratio::new(42, 1));
        assert_eq!(factor(Unit::MillionBtu, Unit::Therm), Ratio::new(10, 1));
        assert_eq!(
            factor(Unit::MegawattHour, Unit::Gigajoule),
            Ratio::new(36, 10)
        );
        // 3.6e9 J over 1,055.055,852,62e6 J.
        assert_eq!(
            factor(Unit::MegawattHour, Unit::MillionBtu),
            Ratio::new(360_000_000_000, 105_505_585_262)
        );
        // 0.158,987,294,928 m³, a published figure that is exact.
        assert_eq!(
            factor(Unit::Barrel, Unit::CubicMetre),
            Ratio::new(158_987_294_928, 1_000_000_000_000)
        );
    }

    #[test]
    fn there_and_back_is_one() {
        for from in Unit::all() {
            for to in Unit::all().filter(|to| to.dimension() == from.dimension()) {
                let back = to.factor_to(from).unwrap();
                assert_eq!(
                    from.factor_to(to)
                        .unwrap()
                        .over(Ratio::new(1, 1).over(back)),
                    Ratio::new(1, 1)
                );
            }
            assert_eq!(from.symbol().parse::<Unit>().unwrap(), from);
        }
    }

    #[test]
    fn gas_becomes_energy_by_its_calorific_value() {
        let groningen = CalorificValue {
            fuel: Unit::CubicMetre,
            nano_megawatt_hours: 9_769_444,
        };
        let factor = |from, to| groningen.factor(from, to).unwrap();
        assert_eq!(
            factor(Unit::CubicMetre, Unit::MegawattHour),
            Ratio::new(9_769_444, 1_000_000_000)
        );
        assert_eq!(
            factor(Unit::MegawattHour, Unit::CubicMetre),
            Ratio::new(1_000_000_000, 9_769_444)
        );
        // 35.169,998,4 MJ in a cubic metre.
        assert_eq!(
            factor(Unit::CubicMetre, Unit::Gigajoule),
            Ratio::new(351_699_984, 10_000_000_000)
        );
        assert!(Unit::CubicMetre.factor_to(Unit::MegawattHour).is_err());
        assert!(groningen.factor(Unit::Megawatt, Unit::Certificate).is_err());
    }

    #[test]
    fn a_calorific_value_is_of_a_fuel_and_above_zero() {
        let of = |fuel, nano_megawatt_hours| CalorificValue {
            fuel,
            nano_megawatt_hours,
        };
        for value in [0, -9_769_444, i64::MIN] {
            let refused = of(Unit::CubicMetre, value).factor(Unit::MegawattHour, Unit::CubicMetre);
            let text = refused.unwrap_err().to_string();
            assert!(
                text.contains(&value.to_string()) && text.contains("above zero"),
                "{text}"
            );
        }
        let power = of(Unit::Megawatt, 1);
        assert_eq!(
            power.check().unwrap_err().to_string(),
            "calorific value of 1e-9 MWh in one MW cannot be; give the fuel in a unit of space or \
             mass"
        );
        assert_eq!(of(Unit::Tonne, 1).check(), Ok(()));
    }
}
