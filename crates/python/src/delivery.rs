//! Delivery products, intervals, holidays and gates.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use wattbook_domain::delivery::{
    self as domain, Date, DeliveryDays, DeliveryPeriod, Interval, MARKET_CALENDARS, Numbering,
    Place, Zone,
};
use wattbook_domain::gate::{
    GATE_RULES, GateKey, OPENING_RULES, PAUSE_RULES, Pause, gate, opening, pauses,
};
use wattbook_domain::instrument::Tenor;
use wattbook_domain::record::Record;
use wattbook_domain::{DomainError, Timestamp};

pyo3::import_exception!(wattbook.errors, InputError);

/// Start and end in ns UTC (int64), number (uint16) and occurrence (uint8), little-endian.
type IntervalColumns<'py> = (
    Bound<'py, PyBytes>,
    Bound<'py, PyBytes>,
    Bound<'py, PyBytes>,
    Bound<'py, PyBytes>,
);

#[expect(
    clippy::needless_pass_by_value,
    reason = "map_err hands errors over by value"
)]
fn refused(error: impl ToString) -> PyErr {
    InputError::new_err(error.to_string())
}

fn read_tenor(name: &str) -> PyResult<Tenor> {
    Tenor::from_text(name).map_err(refused)
}

fn read_day(text: &str) -> PyResult<Date> {
    text.parse().map_err(refused)
}

/// What is delivered where and when, under the name that the market gives it.
#[pyclass(frozen, eq, hash, module = "wattbook._core")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct DeliveryProduct(domain::DeliveryProduct);

#[pymethods]
impl DeliveryProduct {
    /// The product that `text` names, such as `DE-LU 2026-03-29 H04` or `TTF Win-26`.
    #[new]
    fn new(text: &str) -> PyResult<Self> {
        text.parse()
            .map(Self)
            .map_err(|error: DomainError| refused(error))
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("DeliveryProduct('{}')", self.0)
    }

    /// Bidding zone or hub.
    #[getter]
    fn place(&self) -> &'static str {
        self.0.place().name
    }

    /// IANA zone of its market.
    #[getter]
    fn time_zone(&self) -> &'static str {
        self.0.place().calendar.time_zone
    }

    /// The length that the market calls it by.
    #[getter]
    fn tenor(&self) -> String {
        self.0.tenor().to_text()
    }

    /// Which hours are delivered: `base`, `peak` or `off_peak`.
    #[getter]
    fn load(&self) -> String {
        self.0.load().to_text()
    }

    /// First instant of delivery, ns UTC.
    #[getter]
    fn delivery_start(&self) -> i64 {
        self.0.period().start().nanos()
    }

    /// First instant after delivery, ns UTC.
    #[getter]
    fn delivery_end(&self) -> i64 {
        self.0.period().end().nanos()
    }

    /// Seconds with delivery: fewer than the period has for peak and off-peak.
    #[getter]
    fn delivery_seconds(&self) -> i64 {
        self.0.delivery_seconds()
    }

    /// The days, months, quarters or seasons that partition it.
    fn parts(&self, tenor: &str) -> PyResult<Vec<Self>> {
        let parts = self.0.parts(read_tenor(tenor)?).map_err(refused)?;
        Ok(parts.into_iter().map(Self).collect())
    }

    /// The products that replace it at `exchange` before it delivers.
    fn cascade(&self, exchange: &str) -> PyResult<Vec<Self>> {
        let parts = wattbook_curve::cascade_products(exchange, self.0).map_err(refused)?;
        Ok(parts.into_iter().map(Self).collect())
    }
}

/// The intervals of `tenor` in which `product` delivers.
#[pyfunction]
pub(crate) fn product_intervals<'py>(
    py: Python<'py>,
    product: &DeliveryProduct,
    tenor: &str,
) -> PyResult<IntervalColumns<'py>> {
    let (product, tenor) = (product.0, read_tenor(tenor)?);
    let intervals = py.detach(|| product.intervals(tenor)).map_err(refused)?;
    Ok(columns(py, &intervals))
}

/// The stretches in which `product` delivers, as start and end in ns UTC.
#[pyfunction]
pub(crate) fn product_load_periods(product: &DeliveryProduct) -> PyResult<Vec<(i64, i64)>> {
    let periods = product.0.load_periods().map_err(refused)?;
    Ok(periods.into_iter().map(nanos).collect())
}

/// The intervals of `minutes` of the days of `time_zone` from `first` up to, not including,
/// `after`; days start `day_start_minutes` after midnight.
#[pyfunction]
pub(crate) fn zone_intervals<'py>(
    py: Python<'py>,
    time_zone: &str,
    first: &str,
    after: &str,
    minutes: i64,
    day_start_minutes: i32,
    by_position: bool,
) -> PyResult<IntervalColumns<'py>> {
    let (first, after) = (read_day(first)?, read_day(after)?);
    let zone = Zone::new(time_zone).map_err(refused)?;
    let numbering = if by_position {
        Numbering::Position
    } else {
        Numbering::Clock
    };
    let days = DeliveryDays::new(zone, day_start_minutes, numbering);
    let intervals = py
        .detach(|| days.intervals(first, after, minutes))
        .map_err(refused)?;
    Ok(columns(py, &intervals))
}

/// The six NERC holidays of `year`, as ISO dates.
#[pyfunction]
pub(crate) fn nerc_holidays(year: i16) -> Vec<String> {
    domain::nerc_holidays(year)
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Name, calendar, IANA zone and source of the rules of every place.
#[pyfunction]
pub(crate) fn delivery_places() -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    let of_calendar = |calendar: &'static domain::MarketCalendar| {
        let row =
            |place: &&'static str| (*place, calendar.name, calendar.time_zone, calendar.source);
        calendar.places.iter().map(row).collect::<Vec<_>>()
    };
    MARKET_CALENDARS.iter().flat_map(of_calendar).collect()
}

/// When the gate for a delivery closes, in ns UTC, and where the rule is written.
#[pyfunction]
pub(crate) fn gate_closure(
    venue: &str,
    kind: &str,
    from_area: &str,
    to_area: &str,
    delivery_start: i64,
    delivery_end: i64,
) -> PyResult<(i64, &'static str)> {
    let find = || -> Result<(i64, &'static str), DomainError> {
        let key = GateKey {
            venue,
            kind: kind.parse()?,
            from: Place::new(from_area)?,
            to: Place::new(to_area)?,
        };
        let found = gate(GATE_RULES, key, period(delivery_start, delivery_end)?)?;
        Ok((found.closure.nanos(), found.rule.source))
    };
    find().map_err(refused)
}

/// When continuous trading of a delivery between two areas opens, in ns UTC, and where the rule is
/// written.
#[pyfunction]
pub(crate) fn intraday_opening(
    venue: &str,
    from_area: &str,
    to_area: &str,
    delivery_start: i64,
    delivery_end: i64,
) -> PyResult<(i64, &'static str)> {
    let find = || -> Result<(i64, &'static str), DomainError> {
        let places = (Place::new(from_area)?, Place::new(to_area)?);
        let period = period(delivery_start, delivery_end)?;
        let found = opening(OPENING_RULES, venue, places, period)?;
        Ok((found.opens.nanos(), found.rule.source))
    };
    find().map_err(refused)
}

/// Auction, beginning, end (ns UTC) and source of the pauses of a border for a delivery.
#[pyfunction]
pub(crate) fn allocation_pauses(
    venue: &str,
    from_area: &str,
    to_area: &str,
    delivery_start: i64,
    delivery_end: i64,
) -> PyResult<Vec<(&'static str, i64, i64, &'static str)>> {
    let find = || -> Result<Vec<_>, DomainError> {
        let places = (Place::new(from_area)?, Place::new(to_area)?);
        let period = period(delivery_start, delivery_end)?;
        let row = |pause: &Pause<'_>| {
            let (begins, ends) = (pause.begins.nanos(), pause.ends.nanos());
            (pause.rule.auction.name(), begins, ends, pause.rule.source)
        };
        let found = pauses(PAUSE_RULES, venue, places, period)?;
        Ok(found.iter().map(row).collect())
    };
    find().map_err(refused)
}

fn period(start: i64, end: i64) -> Result<DeliveryPeriod, DomainError> {
    DeliveryPeriod::new(Timestamp::from_nanos(start), Timestamp::from_nanos(end))
}

fn nanos(period: DeliveryPeriod) -> (i64, i64) {
    (period.start().nanos(), period.end().nanos())
}

fn columns<'py>(py: Python<'py>, intervals: &[Interval]) -> IntervalColumns<'py> {
    let column = |of: &dyn Fn(&Interval) -> [u8; 8], width: usize| {
        let mut bytes = Vec::with_capacity(intervals.len() * width);
        for interval in intervals {
            bytes.extend_from_slice(&of(interval)[..width]);
        }
        PyBytes::new(py, &bytes)
    };
    (
        column(&|interval| interval.period.start().nanos().to_le_bytes(), 8),
        column(&|interval| interval.period.end().nanos().to_le_bytes(), 8),
        column(&|interval| u64::from(interval.number).to_le_bytes(), 2),
        column(&|interval| (interval.occurrence as u64).to_le_bytes(), 1),
    )
}
