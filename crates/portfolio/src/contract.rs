//! What the portfolio needs to know of an instrument and its venue.

use wattbook_domain::instrument::{Commodity, ContractForm, DeliveryKind, Instrument, Load, Tenor};
use wattbook_domain::market::PriceKind;
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::venue::MarketModel;
use wattbook_domain::{InstrumentId, Money, Price, Timestamp, VenueId, Volume, state};

use crate::currencies::CurrencyIndex;

/// How a venue makes prices and what it charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VenueTerms {
    /// How it makes prices.
    pub market_model: MarketModel,
    /// For resting volume, in currency per price unit.
    pub maker_fee: Price,
    /// For taking volume, in currency per price unit.
    pub taker_fee: Price,
}

state!(VenueTerms {
    market_model,
    maker_fee,
    taker_fee
});

/// A price that settles deliveries, and the run that published it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) kind: PriceKind,
    pub(crate) run: SettlementRun,
    pub(crate) price: Price,
}

state!(Published { kind, run, price });

/// An instrument as the portfolio values it.
#[derive(Debug, Clone)]
pub struct Contract {
    /// Its number.
    pub instrument: InstrumentId,
    /// Where it trades.
    pub venue: VenueId,
    /// How its venue makes prices.
    pub market_model: MarketModel,
    /// What is delivered.
    pub commodity: Commodity,
    /// How it is contracted.
    pub form: ContractForm,
    pub(crate) tenor: u8,
    /// Which hours are delivered.
    pub load: Load,
    /// How an open position ends.
    pub delivery_kind: DeliveryKind,
    /// First instant of delivery.
    pub delivery_start: Timestamp,
    /// First instant after delivery.
    pub delivery_end: Timestamp,
    /// Seconds with delivery; 3,600 where the volume is no power.
    pub delivery_seconds: i64,
    /// Whether the volume is power, in MW.
    pub is_power: bool,
    /// When trading ends.
    pub gate_closure: Timestamp,
    /// Of price and P&L.
    pub currency: CurrencyIndex,
    pub(crate) maker_fee: Price,
    pub(crate) taker_fee: Price,
    pub(crate) location: u32,
    /// What it averages, from when until when: of a swap or an option on an average.
    pub(crate) averages: Option<(InstrumentId, (Timestamp, Timestamp))>,
    pub(crate) unit: u8,
    /// The last known price: of record, middle of the market, trade, or our own first fill.
    pub(crate) mark: Option<Price>,
    /// The mark that the folders' equity was last computed with.
    pub(crate) valued: Price,
    pub(crate) is_stale: bool,
    pub(crate) settlement: Option<Published>,
    /// Places in the position table, in order of their first use.
    pub(crate) slots: Vec<u32>,
}

state!(Contract {
    instrument,
    venue,
    market_model,
    commodity,
    form,
    tenor,
    load,
    delivery_kind,
    delivery_start,
    delivery_end,
    delivery_seconds,
    is_power,
    gate_closure,
    currency,
    maker_fee,
    taker_fee,
    location,
    averages,
    unit,
    mark,
    valued,
    is_stale,
    settlement,
    slots
});

impl Contract {
    pub(crate) fn new(
        of: &Instrument,
        venue: &VenueTerms,
        currency: CurrencyIndex,
        location: u32,
    ) -> Self {
        Self {
            instrument: of.instrument,
            venue: of.venue,
            market_model: venue.market_model,
            commodity: of.commodity,
            form: of.form,
            tenor: of.tenor as u8,
            load: of.load,
            delivery_kind: of.delivery_kind,
            delivery_start: of.delivery_start,
            delivery_end: of.delivery_end,
            delivery_seconds: of.delivery_seconds,
            is_power: of.volume_unit == wattbook_domain::Unit::Megawatt,
            gate_closure: of.gate_closure,
            currency,
            maker_fee: venue.maker_fee,
            taker_fee: venue.taker_fee,
            location,
            averages: of.averaging(),
            unit: of.price_unit as u8,
            mark: None,
            valued: Price::ZERO,
            is_stale: false,
            settlement: None,
            slots: Vec::new(),
        }
    }

    /// The last known price, in currency per price unit.
    #[must_use]
    #[inline]
    pub const fn mark(&self) -> Option<Price> {
        self.mark
    }

    /// The value of `volume` at `price`, in the contract's currency.
    #[must_use]
    #[inline]
    pub const fn value(&self, price: Price, volume: Volume) -> Money {
        Money::of_delivery(price, volume, self.delivery_seconds)
    }

    /// Whether what is bought is paid when it was delivered: spot, and no forward or financial contract.
    #[must_use]
    pub const fn is_spot_delivery(&self) -> bool {
        let is_spot = matches!(
            self.form,
            ContractForm::Auction
                | ContractForm::Intraday
                | ContractForm::Block
                | ContractForm::UserDefinedBlock
                | ContractForm::WithinDay
                | ContractForm::Spot
        );
        is_spot && matches!(self.delivery_kind, DeliveryKind::Physical)
    }

    /// Whether its price of `kind` settles what is delivered or left open; `is_averaged` when spot
    /// prices are gathered for it.
    pub(crate) fn settles_on(
        &self,
        kind: PriceKind,
        run: SettlementRun,
        is_averaged: bool,
    ) -> bool {
        if self.delivery_kind == DeliveryKind::Virtual {
            return kind == PriceKind::RealTime;
        }
        let is_final = kind == PriceKind::Settlement && run >= SettlementRun::Final;
        match (self.market_model, self.delivery_kind) {
            (_, DeliveryKind::Cascade) => false,
            // Where the hours of the load are not known here, the exchange averages.
            (_, DeliveryKind::SpotAverage) => is_final && !is_averaged,
            _ if matches!(self.form, ContractForm::Option | ContractForm::Spread) => false,
            (MarketModel::Pool | MarketModel::TwoSettlement, _) => kind == PriceKind::RealTime,
            _ if self.form == ContractForm::Future => is_final,
            _ => matches!(kind, PriceKind::RealTime | PriceKind::Imbalance),
        }
    }

    /// Whether a price of `kind` of it is a spot price that financial contracts average: of the
    /// day-ahead auction, or of a pool.
    pub(crate) fn is_spot(&self, kind: PriceKind) -> bool {
        let of_market = if self.market_model == MarketModel::Pool {
            PriceKind::RealTime
        } else {
            PriceKind::DayAhead
        };
        kind == of_market && self.form == ContractForm::Auction && self.tenor <= Tenor::Hour as u8
    }
}
