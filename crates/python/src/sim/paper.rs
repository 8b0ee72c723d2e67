//! What a simulation that goes with a clock receives while it runs.

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use wattbook_domain::event::OrderState;
use wattbook_domain::market::{MarketEvent, PriceKind, ReferencePrice};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::{Command, Event, Input, InstrumentId, OrderId, Price, Timestamp, VenueId};
use wattbook_sim::{Arrival, Outside};
use wattbook_strategy::Forecast;

use super::collector::lock;
use super::rows::{self, column};
use super::{Simulation, to_py};

/// A price that was received: instrument, kind, ns UTC it is of, ns UTC it came, 1e-6 currency.
pub(super) type PriceRow = (InstrumentId, PriceKind, Timestamp, Timestamp, i64);

/// A price of record from outside as an input.
pub(super) fn price_arrival((instrument, kind, ts_event, ts_recv, price): PriceRow) -> Arrival {
    let run = SettlementRun::Initial;
    Arrival {
        ts_event,
        ts_recv,
        input: Input::Market(MarketEvent::ReferencePrice(ReferencePrice {
            instrument,
            kind,
            run,
            price: Price::from_millionths(price),
        })),
    }
}

/// The prices that a journal holds, in order of arrival.
pub(super) fn price_rows(outside: &Outside) -> Vec<PriceRow> {
    let row = |arrival: &Arrival| match &arrival.input {
        Input::Market(MarketEvent::ReferencePrice(price)) => Some((
            price.instrument,
            price.kind,
            arrival.ts_event,
            arrival.ts_recv,
            price.price.millionths(),
        )),
        _ => None,
    };
    outside.received.iter().filter_map(row).collect()
}

/// A forecast from its columns: prices and confidence in 1e-6.
pub(super) fn forecast(
    instrument: InstrumentId,
    valid_until: Timestamp,
    price: i64,
    confidence_ppm: u32,
) -> Forecast {
    Forecast {
        instrument,
        price: Price::from_millionths(price),
        confidence_ppm: confidence_ppm.min(1_000_000),
        valid_until,
    }
}

#[pymethods]
impl Simulation {
    /// Lets a pool dispatch each `instrument` when its price is received; see `receive_price`.
    #[pyo3(signature = (*, instrument))]
    fn await_dispatch(&self, py: Python<'_>, instrument: PyBuffer<i64>) -> PyResult<()> {
        let numbers = column(py, &instrument)?;
        self.plan(|plan| {
            for number in numbers {
                plan.await_dispatch(rows::instrument(number))
                    .map_err(to_py)?;
            }
            Ok(())
        })
    }

    /// Lets a two-settlement market clear and settle each `instrument` when its prices are received.
    #[pyo3(signature = (*, instrument))]
    fn await_two_settlement(&self, py: Python<'_>, instrument: PyBuffer<i64>) -> PyResult<()> {
        let numbers = column(py, &instrument)?;
        self.plan(|plan| {
            for number in numbers {
                plan.await_two_settlement(rows::instrument(number))
                    .map_err(to_py)?;
            }
            Ok(())
        })
    }

    /// The prices that a resumed run had received, in order of arrival, as `receive_price` takes them.
    fn remembered_prices(&self) -> Vec<PriceRow> {
        lock(&self.remembered).clone()
    }

    /// Receives a price of record (1e-6 currency) of `kind` for `instrument` at `ts_recv`; `ts_event` is
    /// the start of the period that it is of. Returns the time it is stamped with: `ts_recv`, or just
    /// after everything that has happened when that is later.
    #[pyo3(signature = (instrument, kind, *, ts_event, ts_recv, price))]
    fn receive_price(
        &self,
        instrument: InstrumentId,
        kind: PriceKind,
        ts_event: Timestamp,
        ts_recv: Timestamp,
        price: i64,
    ) -> PyResult<i64> {
        let row = (instrument, kind, ts_event, ts_recv, price);
        self.running(|backtest| Ok(backtest.receive(price_arrival(row)).nanos()))
    }

    /// Tells the strategies a forecast made at `ts` from what had been received by then.
    #[pyo3(signature = (instrument, *, ts, valid_until, price, confidence_ppm))]
    fn receive_forecast(
        &self,
        instrument: InstrumentId,
        ts: Timestamp,
        valid_until: Timestamp,
        price: i64,
        confidence_ppm: u32,
    ) -> PyResult<()> {
        let made = forecast(instrument, valid_until, price, confidence_ppm);
        self.running(|backtest| {
            backtest.receive_forecast(ts, made);
            Ok(())
        })
    }

    /// Begins a new session at `now` once a resumed run has met its journal: open orders at the `venues`
    /// of continuous books are taken back.
    fn begin_session(&self, now: Timestamp, venues: Vec<VenueId>) -> PyResult<()> {
        self.running(|backtest| backtest.begin_session(now, &venues).map_err(to_py))
    }

    /// Stops order entry at the `venues`, or allows it again, at `now`; cancels pass all the same.
    fn set_trading(&self, now: Timestamp, venues: Vec<VenueId>, allowed: bool) -> PyResult<()> {
        self.running(|backtest| backtest.set_trading(now, &venues, allowed).map_err(to_py))
    }

    /// The number of the next order that a person enters.
    fn next_by_hand(&self) -> PyResult<OrderId> {
        self.running(|backtest| Ok(backtest.next_by_hand()))
    }

    /// Applies what persons ask for at `now` and journals all of it at once; what the engine says to each,
    /// as (what, order as `CLIENT-NUMBER`, words).
    fn ask(
        &self,
        py: Python<'_>,
        now: Timestamp,
        commands: Vec<Command>,
    ) -> PyResult<Vec<Vec<Said>>> {
        // Others may go on while the journal reaches the disk.
        let answers =
            py.detach(|| self.running(|backtest| backtest.ask(now, commands).map_err(to_py)))?;
        let said = answers
            .iter()
            .map(|events| events.iter().filter_map(sentence).collect());
        Ok(said.collect())
    }
}

/// What was done, of which order, in which words.
type Said = (&'static str, String, String);

/// What an event says to whoever asked.
fn sentence(event: &Event) -> Option<Said> {
    let told = match event {
        Event::OrderRouted(routed) => ("routed", routed.order_id.to_string(), String::new()),
        Event::OrderHeld(held) => ("held", held.order_id.to_string(), String::new()),
        Event::OrderApproved(approved) => {
            ("approved", approved.order_id.to_string(), String::new())
        }
        Event::CancelRouted(routed) => {
            ("cancel routed", routed.order_id.to_string(), String::new())
        }
        Event::OrderStateChanged(changed) if changed.state == OrderState::Cancelled => {
            ("cancelled", changed.order_id.to_string(), String::new())
        }
        Event::InstrumentFrozen(change) => {
            let what = if change.is_frozen {
                "frozen"
            } else {
                "released"
            };
            (what, String::new(), String::new())
        }
        Event::Refused(refused) => (
            "refused",
            refused.order_id.to_string(),
            refused.refusal.to_string(),
        ),
        _ => return None,
    };
    Some(told)
}
