//! The compiled module `wattbook._core`: converts arguments, releases the interpreter and maps
//! errors. It holds no logic, and users import `wattbook`, never this module.
//!
//! The classes of domain types come from their structs. Each other area has one file here, whose
//! names the list below exports: `column` shows how arrays cross, `table` how records do.

// PyO3 hands arguments over by value.
#![allow(clippy::needless_pass_by_value)]

mod assets;
mod auction;
mod battery;
mod book;
mod codec;
mod column;
mod contract;
mod credit;
mod delivery;
mod feed;
mod fix_session;
mod hedge;
mod intraday;
mod intrinsic;
mod live;
mod live_native;
mod model;
mod normalization;
mod parent;
mod pricing;
mod pricing_approximations;
mod pricing_slopes;
mod quotes;
mod replay;
mod risk;
mod sim;
mod storage;
mod strategy;
mod stream;
mod sweep;
mod table;
mod unit;
mod venue;

use pyo3::pymodule;

/// The compiled part of Wattbook; import `wattbook` instead.
#[pymodule(gil_used = false)]
mod _core {
    use pyo3::pyfunction;

    #[pymodule_export]
    use crate::column::millionths;

    #[pymodule_export]
    use crate::contract::{
        block_instrument, fuel_spread, goods_instrument, known_location, known_markets,
        option_on_average, option_on_future, place_spread, price_limits, product_instrument,
        swap_on_average, time_spread, unit_factor, within_day_instrument,
    };

    #[pymodule_export]
    use crate::table::{Table, input_tables, inputs_from_tables};

    #[pymodule_export]
    use crate::delivery::{
        DeliveryProduct, allocation_pauses, delivery_places, gate_closure, intraday_opening,
        nerc_holidays, product_intervals, product_load_periods, zone_intervals,
    };

    #[pymodule_export]
    use crate::normalization::{Normalizer, filled, local_periods};

    #[pymodule_export]
    use crate::assets::Battery;

    #[pymodule_export]
    use crate::unit::ThermalUnit;

    #[pymodule_export]
    use crate::model::{BoostedTrees, OnnxModel, lear_fit, lear_forecast};

    #[pymodule_export]
    use crate::pricing::{
        american_prices, average_values, basket_value, european_values, european_volatilities,
        rainbow_value, revalued_pnl, spread_prices,
    };

    #[pymodule_export]
    use crate::pricing_approximations::{average_approximations, spread_approximations};

    #[pymodule_export]
    use crate::pricing_slopes::{
        american_slopes, average_derivatives, basket_derivatives, rainbow_derivatives,
        spread_derivatives,
    };

    #[pymodule_export]
    use crate::sweep::{sweep_fills, sweep_quotes};

    #[pymodule_export]
    use crate::hedge::CvarHedge;

    #[pymodule_export]
    use crate::credit::credit_exposures;

    #[pymodule_export]
    use crate::risk::{HeldBook, shocked_pnl};

    #[pymodule_export]
    use crate::storage::{LatticeStorage, SpotModel};

    #[pymodule_export]
    use crate::auction::ZonalAuction;

    #[pymodule_export]
    use crate::battery::{BatteryOfferPlan, battery_foresight};

    #[pymodule_export]
    use crate::book::L3Book;

    #[pymodule_export]
    use crate::codec::fix::{
        fix_book_columns, fix_columns, fix_dictionary, fix_encode, fix_rejections,
    };

    #[pymodule_export]
    use crate::codec::dbn::{dbn_gather, dbn_json, dbn_layout, dbn_open, dbn_runs};

    #[pymodule_export]
    use crate::codec::fast::FastDecoder;

    #[pymodule_export]
    use crate::codec::fixed::{FixedLayout, fixed_descriptions};

    #[pymodule_export]
    use crate::codec::iec62325::{iec62325_decode, iec62325_fuels};

    #[pymodule_export]
    use crate::codec::sbe::SbeSchema;

    #[pymodule_export]
    use crate::codec::text::{aemo_report, csv_table, json_rows};

    #[pymodule_export]
    use crate::codec::xml::{xml_elements, xml_rows};

    #[pymodule_export]
    use crate::codec::zip::{zip_entries_max, zip_inflate};

    #[pymodule_export]
    use crate::feed::{FeedRecorder, FeedThread, feed_capture_summary};

    #[pymodule_export]
    use crate::venue::{SimulatedVenue, VenueSession, venue_replay, venue_tables};

    #[pymodule_export]
    use crate::replay::{JournalFollower, refusal_sentence, replay};

    #[pymodule_export]
    use crate::quotes::{check_quotes, replay_quotes, replay_quotes_ema_cross, write_quotes};

    #[pymodule_export]
    use crate::fix_session::FixEchoAcceptor;

    #[pymodule_export]
    use crate::live::{FixExchange, LiveVenue};

    #[pymodule_export]
    use crate::live_native::{NativeExchange, NativeVenue};

    #[pymodule_export]
    use crate::intraday::{IntradayBooks, IntradayPlan, IntradaySimulation};
    #[pymodule_export]
    use crate::intrinsic::battery_rolling_intrinsic;

    #[pymodule_export]
    use crate::sim::Simulation;

    #[pymodule_export]
    use crate::parent::ParentStatus;

    #[pymodule_export]
    use crate::strategy::StrategyContext;

    #[pymodule_export]
    use crate::stream::{StreamFront, StreamHub};

    #[pymodule_export]
    use wattbook_domain::id::Owner;

    #[pymodule_export]
    use wattbook_domain::command::{
        AmendOrder, ApproveOrder, CancelAll, CancelOrder, Direction, FreezeInstrument,
        RecordSignal, Scope, SetTrading, SignalModel, SubmitOffer, SubmitOrder, SubmitSchedule,
    };

    #[pymodule_export]
    use wattbook_domain::deal::Deal;

    #[pymodule_export]
    use wattbook_domain::event::{
        AmendRouted, CancelRouted, Cascaded, DealBooked, Filled, GateClosed, Marked, OptionExpired,
        OrderHeld, OrderRouted, OrderState, OrderStateChanged, PositionChanged, QuarantineReason,
        Refused, ReportQuarantined, Settled,
    };

    #[pymodule_export]
    use wattbook_domain::instrument::{
        Commodity, ContractForm, DeliveryKind, ExerciseStyle, Instrument, Load, OptionRight,
        OptionTerms, SpreadKind, SpreadTerms, SwapTerms, Tenor,
    };

    #[pymodule_export]
    use wattbook_domain::limit::{
        BreachSeverity, LimitBreached, LimitCured, LimitMeasure, LimitScope, RaiseLimit,
        SetScopeLimit, SetSensitivities,
    };

    #[pymodule_export]
    use wattbook_domain::market::{
        BookAction, BookDelta, Phase, PriceKind, Quote, ReferencePrice, SessionPhase, Trade,
    };

    #[pymodule_export]
    use wattbook_domain::order::{
        Conditions, Order, OrderType, Peg, SelfTradePrevention, Side, TimeInForce,
    };

    #[pymodule_export]
    use wattbook_domain::parent::{
        Algorithm, EndParent, ExplainOrder, OpenParent, ParentEndReason,
    };

    #[pymodule_export]
    use wattbook_domain::reference::{
        Cascade, CloseDay, SetApproval, SetClearing, SetFees, SetFxRate, SetLimits, SetOrderRate,
        SetThreshold,
    };

    #[pymodule_export]
    use wattbook_domain::report::{
        AmendRejected, CancelRejected, MeterRead, OfferAwarded, OrderAccepted, OrderAmended,
        OrderCancelled, OrderFilled, OrderRejected, OrderStanding, OrdersNetted, ReservesSettled,
        StandingChanged, VenueReason,
    };

    #[pymodule_export]
    use wattbook_domain::settlement::SettlementRun;

    #[pymodule_export]
    use wattbook_domain::unit::{CalorificValue, Unit};

    #[pymodule_export]
    use wattbook_domain::venue::{Location, LocationKind, MarketModel, Venue};

    #[pymodule_export]
    use wattbook_domain::input::Sequenced;

    #[pymodule_export]
    use wattbook_domain::python::{ClientCommand, PyRefusal, TimeAdvanced};

    #[pymodule_export]
    use wattbook_domain::{Money, Price, Volume};

    /// Version of the compiled module, such as `0.1.0`.
    #[pyfunction]
    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
