//! Instruments: one contract model from quarter-hour to calendar year.

use crate::currency::Currency;
use crate::delivery::{DeliveryPeriod, Place};
use crate::error::DomainError;
use crate::id::{InstrumentId, VenueId};
use crate::money::Money;
use crate::price::{Price, TickSize};
use crate::record::{Record, class};
use crate::time::Timestamp;
use crate::unit::{Dimension, Unit};
use crate::volume::{LotSize, Volume};

/// What is delivered.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum Commodity {
    /// Electricity.
    #[default]
    Power = 1,
    /// Natural gas.
    Gas = 2,
    /// Crude oil and its products.
    Oil = 3,
    /// Coal.
    Coal = 4,
    /// Emission allowances (EUA).
    Emissions = 5,
    /// Guarantees of origin.
    GuaranteeOfOrigin = 6,
}

/// How it is contracted.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum ContractForm {
    /// A delivery period sold in an auction or dispatched by a pool.
    #[default]
    Auction = 1,
    /// A delivery period traded continuously until its gate.
    Intraday = 2,
    /// A venue's standard run of delivery periods.
    Block = 3,
    /// A run of delivery periods that a participant chose.
    UserDefinedBlock = 4,
    /// The rest of a gas day.
    WithinDay = 5,
    /// Spot delivery of a storable commodity or certificate.
    Spot = 6,
    /// A futures contract.
    Future = 7,
    /// An option on a future.
    Option = 8,
    /// The difference of two instruments.
    Spread = 9,
    /// A fixed price against the average of an index.
    Swap = 10,
}

impl ContractForm {
    /// Whether it needs terms of its own.
    #[must_use]
    pub const fn has_terms(self) -> bool {
        matches!(self, Self::Option | Self::Spread | Self::Swap)
    }
}

/// The length that the market calls the contract by.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum Tenor {
    /// Five minutes, a pool's dispatch interval.
    FiveMinutes = 1,
    /// Quarter of an hour.
    QuarterHour = 2,
    /// Half an hour.
    HalfHour = 3,
    /// An hour.
    #[default]
    Hour = 4,
    /// Several hours of one day.
    Block = 5,
    /// A delivery day, for gas a gas day.
    Day = 6,
    /// Saturday and Sunday.
    Weekend = 7,
    /// Monday to Sunday.
    Week = 8,
    /// A calendar month.
    Month = 9,
    /// A calendar quarter.
    Quarter = 10,
    /// Summer (April to September) or winter (October to March).
    Season = 11,
    /// A calendar year.
    CalendarYear = 12,
}

/// Which hours of the delivery period are delivered.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum Load {
    /// All.
    #[default]
    Base = 1,
    /// The market's peak hours.
    Peak = 2,
    /// All but the market's peak hours.
    OffPeak = 3,
}

/// How an open position ends.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum DeliveryKind {
    /// Energy or goods change hands.
    #[default]
    Physical = 1,
    /// Settles in cash on the average of the spot price over delivery.
    SpotAverage = 2,
    /// Cascades into shorter contracts before delivery.
    Cascade = 3,
    /// Settles in cash against the real-time price.
    Virtual = 4,
}

/// Right of an option.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum OptionRight {
    /// To buy.
    #[default]
    Call = 1,
    /// To sell.
    Put = 2,
}

/// When an option may be exercised.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum ExerciseStyle {
    /// At expiry.
    #[default]
    European = 1,
    /// Until expiry.
    American = 2,
    /// Against the average of the underlying.
    Asian = 3,
}

/// The terms of an option on a future.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct OptionTerms {
    /// The future.
    pub underlying: InstrumentId,
    /// To buy or to sell.
    pub right: OptionRight,
    /// When.
    pub style: ExerciseStyle,
    /// At which price, in the underlying's price unit; may be negative.
    pub strike: Price,
    /// Until when.
    pub expiry: Timestamp,
}

/// What the legs of a spread differ in.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum SpreadKind {
    /// Delivery periods.
    #[default]
    Time = 1,
    /// Places.
    Place = 2,
    /// Fuels, such as power against gas.
    Fuel = 3,
}

/// The terms of a spread: price = long − ratio × short.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct SpreadTerms {
    /// What differs.
    pub kind: SpreadKind,
    /// The leg that a buyer buys.
    pub long: InstrumentId,
    /// The leg that a buyer sells.
    pub short: InstrumentId,
    /// Volume of the short leg for one of the long leg (a heat rate), in 1e-6.
    pub ratio_millionths: i64,
}

/// The terms of a swap: fixed against the mean of an index over delivery.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct SwapTerms {
    /// Whose price is averaged.
    pub index: InstrumentId,
    /// First instant of the averaging.
    pub averaging_start: Timestamp,
    /// First instant after the averaging.
    pub averaging_end: Timestamp,
}

/// A contract that can be traded.
#[class(check)]
#[derive(Debug, Clone, PartialEq, Record)]
pub struct Instrument {
    /// Its number in the engine's registry.
    pub instrument: InstrumentId,
    /// Its name at the venue.
    pub symbol: String,
    /// Where it trades.
    pub venue: VenueId,
    /// Bidding zone, hub or node of delivery.
    pub location: String,
    /// What is delivered.
    pub commodity: Commodity,
    /// How it is contracted.
    pub form: ContractForm,
    /// Its length by name.
    pub tenor: Tenor,
    /// Which hours are delivered.
    pub load: Load,
    /// How an open position ends.
    pub delivery_kind: DeliveryKind,
    /// First instant of delivery.
    pub delivery_start: Timestamp,
    /// First instant after delivery.
    pub delivery_end: Timestamp,
    /// Seconds with delivery in the period: fewer than its length for peak and off-peak. For volume
    /// units other than MW, 3,600.
    pub delivery_seconds: i64,
    /// When trading ends.
    pub gate_closure: Timestamp,
    /// Of price and P&L.
    pub currency: Currency,
    /// What the price is per.
    pub price_unit: Unit,
    /// What the volume is in.
    pub volume_unit: Unit,
    /// Smallest price step, in currency per price unit.
    pub tick: Price,
    /// Smallest volume step, in volume units.
    pub lot: Volume,
    /// Lowest price the venue takes; often below zero.
    pub min_price: Price,
    /// Highest price the venue takes.
    pub max_price: Price,
    /// Of an option.
    pub option: Option<OptionTerms>,
    /// Of a spread.
    pub spread: Option<SpreadTerms>,
    /// Of a swap.
    pub swap: Option<SwapTerms>,
}

impl Instrument {
    /// Checks that the parts agree.
    ///
    /// # Errors
    /// [`DomainError`] naming the field, its value and the fix.
    pub fn check(&self) -> Result<(), DomainError> {
        let period = self.delivery_period()?;
        TickSize::new(self.tick)?;
        LotSize::new(self.lot)?;
        let fault = |field, value: &dyn ToString, fix| {
            Err(DomainError::Instrument {
                symbol: self.symbol.clone(),
                field,
                value: value.to_string(),
                fix,
            })
        };
        if self.min_price >= self.max_price {
            return fault("min_price", &self.min_price, "set it below max_price");
        }
        if self.symbol.is_empty() {
            return fault(
                "symbol",
                &self.symbol,
                "give the venue's name of the contract",
            );
        }
        let (price_unit, volume_unit) = (self.price_unit.dimension(), self.volume_unit.dimension());
        let is_power = volume_unit == Dimension::Power;
        if is_power && self.price_unit != Unit::MegawattHour {
            return fault(
                "price_unit",
                &self.price_unit,
                "price power volumes (MW) per MWh",
            );
        }
        if !is_power && (price_unit != volume_unit || self.price_unit != self.volume_unit) {
            return fault(
                "price_unit",
                &self.price_unit,
                "price the contract per its volume unit",
            );
        }
        let seconds = self.delivery_seconds;
        if is_power && !(1..=period.seconds()).contains(&seconds) {
            let fix = "give the seconds with delivery, at most the length of the period";
            return fault("delivery_seconds", &seconds, fix);
        }
        if !is_power && seconds != 3_600 {
            return fault(
                "delivery_seconds",
                &seconds,
                "set 3600 for volumes that are no power",
            );
        }
        self.check_terms()
    }

    /// Checks the terms of an option, spread or swap.
    fn check_terms(&self) -> Result<(), DomainError> {
        let fault = |field, value: &dyn ToString, fix| {
            Err(DomainError::Instrument {
                symbol: self.symbol.clone(),
                field,
                value: value.to_string(),
                fix,
            })
        };
        let terms = (self.option, self.spread, self.swap);
        match (self.form, terms) {
            (ContractForm::Option, (Some(option), None, None)) => {
                if option.underlying == self.instrument {
                    let fix = "name the future that the option is on";
                    return fault("underlying", &option.underlying, fix);
                }
                if option.expiry < self.gate_closure {
                    let fix = "set it at or after the end of trading";
                    return fault("expiry", &option.expiry, fix);
                }
            }
            (ContractForm::Spread, (None, Some(spread), None)) => {
                if spread.long == spread.short {
                    return fault("short", &spread.short, "name two different legs");
                }
                if spread.ratio_millionths <= 0 {
                    let fix = "give the short volume for one of the long leg, above zero, in 1e-6";
                    return fault("ratio_millionths", &spread.ratio_millionths, fix);
                }
            }
            (ContractForm::Swap, (None, None, Some(swap))) => {
                if swap.index == self.instrument {
                    return fault("index", &swap.index, "name what is averaged");
                }
                if swap.averaging_start >= swap.averaging_end {
                    let fix = "set it after averaging_start";
                    return fault("averaging_end", &swap.averaging_end, fix);
                }
            }
            (form, (None, None, None)) if !form.has_terms() => {}
            (form, _) => {
                let fix = "give the terms of this form only";
                return fault("form", &format!("{form:?}"), fix);
            }
        }
        Ok(())
    }

    /// What it averages, with the first instant of the averaging and the first after it: of a swap,
    /// or of an option on an average.
    #[must_use]
    pub fn averaging(&self) -> Option<(InstrumentId, (Timestamp, Timestamp))> {
        if let Some(swap) = self.swap {
            return Some((swap.index, (swap.averaging_start, swap.averaging_end)));
        }
        let asian = self
            .option
            .filter(|option| option.style == ExerciseStyle::Asian);
        asian.map(|option| (option.underlying, (self.delivery_start, self.delivery_end)))
    }

    /// The stretches in which it delivers, in order and apart: for peak and off-peak by the calendar
    /// of its location.
    ///
    /// # Errors
    /// [`DomainError::UnknownName`] for a location without a calendar, [`DomainError::NoPeakRule`]
    /// where no peak is traded.
    pub fn load_periods(&self) -> Result<Vec<DeliveryPeriod>, DomainError> {
        let period = self.delivery_period()?;
        match self.load {
            Load::Base => Ok(vec![period]),
            load => Place::new(&self.location)?.load_periods(load, period),
        }
    }

    /// The first field in which `other` is another contract: all but when trading ends.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        let fields = [
            ("symbol", self.symbol == other.symbol),
            ("venue", self.venue == other.venue),
            ("location", self.location == other.location),
            ("commodity", self.commodity == other.commodity),
            ("form", self.form == other.form),
            ("tenor", self.tenor == other.tenor),
            ("load", self.load == other.load),
            ("delivery_kind", self.delivery_kind == other.delivery_kind),
            (
                "delivery_start",
                self.delivery_start == other.delivery_start,
            ),
            ("delivery_end", self.delivery_end == other.delivery_end),
            (
                "delivery_seconds",
                self.delivery_seconds == other.delivery_seconds,
            ),
            ("currency", self.currency == other.currency),
            ("price_unit", self.price_unit == other.price_unit),
            ("volume_unit", self.volume_unit == other.volume_unit),
            ("tick", self.tick == other.tick),
            ("lot", self.lot == other.lot),
            ("min_price", self.min_price == other.min_price),
            ("max_price", self.max_price == other.max_price),
            ("option", self.option == other.option),
            ("spread", self.spread == other.spread),
            ("swap", self.swap == other.swap),
        ];
        let differs = fields.into_iter().find(|(_, is_same)| !is_same);
        differs.map(|(field, _)| field)
    }

    /// The delivery period.
    ///
    /// # Errors
    /// When it is empty or not of whole seconds.
    pub fn delivery_period(&self) -> Result<DeliveryPeriod, DomainError> {
        DeliveryPeriod::new(self.delivery_start, self.delivery_end)
    }

    /// The value of `volume` of this contract at `price`, in its currency.
    #[must_use]
    #[inline]
    pub const fn value(&self, price: Price, volume: Volume) -> Money {
        Money::of_delivery(price, volume, self.delivery_seconds)
    }
}
