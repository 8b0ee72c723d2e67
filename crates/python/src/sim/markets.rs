//! What is traded in a simulation: books, dispatch, settlements, recorded prices, forecasts.

use std::collections::{BTreeMap, BTreeSet};

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use wattbook_domain::command::{SignalModel, SubmitOffer};
use wattbook_domain::market::{BookAction, MarketEvent, PriceKind, ReferencePrice};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::{Input, InstrumentId, Price, Timestamp, VenueId};
use wattbook_domain::{Money, Owner, Side, Volume};
use wattbook_sim::{
    Arrival, AuctionSession, Cleared, Clearer, FeedLevel, Latencies, Latency, Meter, Metering,
    Participants, Production, Reading, RecordedRow, Session, TwoPrices,
};
use wattbook_strategy::Forecast;

use super::rows::{column, rows};
use super::{Simulation, to_py};
use crate::intraday::{IntradayPlan, simulation_plan};
use crate::strategy::Fault;

/// A Python function that clears auctions.
#[derive(Debug)]
struct PythonClearer {
    clear: Py<PyAny>,
    fault: Fault,
}

impl Clearer for PythonClearer {
    fn clear(
        &mut self,
        number: usize,
        offers: &[SubmitOffer],
        flows: &[Volume],
    ) -> Result<Cleared, String> {
        let rows: Vec<_> = offers.iter().map(offer_row).collect();
        let called = Python::attach(|py| {
            let clear = self.clear.bind(py);
            if flows.is_empty() {
                let (prices, awards) = clear.call1((number, rows))?.extract()?;
                return PyResult::Ok((prices, awards, Vec::new()));
            }
            let flows: Vec<i64> = flows.iter().map(|flow| flow.millionths()).collect();
            clear.call1((number, rows, flows))?.extract()
        });
        let (prices, awards, left): (Vec<i64>, Vec<i64>, Vec<[i64; 2]>) =
            called.map_err(|error| {
                let text = error.to_string();
                self.fault.set(error);
                text
            })?;
        Ok(Cleared {
            prices: prices.into_iter().map(Price::from_millionths).collect(),
            awards: awards.into_iter().map(Volume::from_millionths).collect(),
            left: left
                .into_iter()
                .map(|border| border.map(Volume::from_millionths))
                .collect(),
        })
    }
}

/// A Python function that reads a meter.
#[derive(Debug)]
struct PythonMeter {
    read: Py<PyAny>,
    fault: Fault,
}

impl Meter for PythonMeter {
    fn read(&mut self, instrument: InstrumentId) -> Result<Reading, String> {
        let called = Python::attach(|py| {
            let found = self.read.bind(py).call1((instrument.0,))?;
            found.extract::<(i64, Option<i128>)>()
        });
        let reading = called.map(|(millionths, reserves)| Reading {
            volume: Volume::from_millionths(millionths),
            reserves: reserves.map(Money::from_units),
        });
        reading.map_err(|error| {
            let text = error.to_string();
            self.fault.set(error);
            text
        })
    }
}

/// An offer as Python clears it: instrument, strategy, client, whether it sells, price and volume in
/// 1e-6, block, parent block, exclusive group.
type OfferRow = (
    u32,
    u16,
    u16,
    bool,
    i64,
    i64,
    Option<u64>,
    Option<u64>,
    Option<u64>,
);

fn offer_row(offer: &SubmitOffer) -> OfferRow {
    (
        offer.instrument.0,
        offer.owner.strategy.0,
        offer.order_id.client().0,
        offer.side == Side::Sell,
        offer.price.millionths(),
        offer.volume.millionths(),
        offer.block,
        offer.parent_block,
        offer.exclusive_group,
    )
}

/// A latency as constant and jitter, in ns.
type PyLatency = (i64, i64);

#[pymethods]
impl Simulation {
    /// Sets how long each kind of message travels, as (constant, jitter) in ns.
    #[pyo3(signature = (venue, *, feed=(0, 0), submit=(0, 0), amend=(0, 0), cancel=(0, 0), report=(0, 0)))]
    fn set_latencies(
        &self,
        venue: VenueId,
        feed: PyLatency,
        submit: PyLatency,
        amend: PyLatency,
        cancel: PyLatency,
        report: PyLatency,
    ) -> PyResult<()> {
        let latency = |(constant_ns, jitter_ns): PyLatency| Latency {
            constant_ns,
            jitter_ns,
        };
        let latencies = Latencies {
            feed: latency(feed),
            submit: latency(submit),
            amend: latency(amend),
            cancel: latency(cancel),
            report: latency(report),
        };
        self.plan(|plan| {
            plan.set_latencies(venue, latencies);
            Ok(())
        })
    }

    /// Gives `instrument` a book that opens at `opens`; its participants trade around the path `ts`,
    /// `price` (int64: ns UTC, 1e-6 currency per price unit). `session` and `participants` replace
    /// defaults by name; `feed` is "l1" or "l3".
    #[pyo3(signature = (instrument, *, opens, ts, price, session=None, participants=None, feed="l1"))]
    #[allow(clippy::too_many_arguments)]
    fn add_book(
        &self,
        py: Python<'_>,
        instrument: InstrumentId,
        opens: Timestamp,
        ts: PyBuffer<i64>,
        price: PyBuffer<i64>,
        session: Option<BTreeMap<String, i64>>,
        participants: Option<BTreeMap<String, i64>>,
        feed: &str,
    ) -> PyResult<()> {
        let mut day = Session::continuous(opens);
        for (name, value) in session.unwrap_or_default() {
            day.set(&name, value).map_err(to_py)?;
        }
        let mut traders = Participants::default();
        for (name, value) in participants.unwrap_or_default() {
            traders.set(&name, value).map_err(to_py)?;
        }
        let feed: FeedLevel = feed.parse().map_err(to_py)?;
        let points = rows(py, [&ts, &price])?
            .map(|[ts, price]| (Timestamp::from_nanos(ts), Price::from_millionths(price)));
        self.plan(|plan| {
            plan.add_book(instrument, day, points, traders, feed)
                .map_err(to_py)
        })
    }

    /// Tells that the closing call of `instrument` begins `lead_ns` before its gate at a venue outside, so
    /// that algorithms added later end before it.
    fn set_closing_call(&self, instrument: InstrumentId, lead_ns: i64) -> PyResult<()> {
        self.plan(|plan| plan.set_closing_call(instrument, lead_ns).map_err(to_py))
    }

    /// Plays a recorded book of `instrument` back; all columns are int64 of one length: ns UTC, what
    /// happened (1 to 4 as of a book change, 5 a trade), the recorded number of the order, 1 for buy and
    /// 2 for sell, price and volume in 1e-6. Returns how many rows lie off its grid and were left out.
    #[pyo3(signature = (instrument, *, ts, action, order_id, side, price, volume))]
    #[allow(clippy::too_many_arguments)]
    fn add_recorded_book(
        &self,
        py: Python<'_>,
        instrument: InstrumentId,
        ts: PyBuffer<i64>,
        action: PyBuffer<i64>,
        order_id: PyBuffer<i64>,
        side: PyBuffer<i64>,
        price: PyBuffer<i64>,
        volume: PyBuffer<i64>,
    ) -> PyResult<u64> {
        let rows = rows(py, [&ts, &action, &order_id, &side, &price, &volume])?;
        let rows = rows.map(|[ts, action, order_id, side, price, volume]| RecordedRow {
            at: Timestamp::from_nanos(ts),
            action: match action {
                1 => Some(BookAction::Add),
                2 => Some(BookAction::Modify),
                3 => Some(BookAction::Delete),
                4 => Some(BookAction::Clear),
                _ => None,
            },
            order_id: order_id.cast_unsigned(),
            side: if side == 1 { Side::Buy } else { Side::Sell },
            price: Price::from_millionths(price),
            volume: Volume::from_millionths(volume),
        });
        self.plan(|plan| plan.add_recorded_book(instrument, rows).map_err(to_py))
    }

    /// Lets `venue` hold a day of intraday trading; `instrument`, `contract` and `zone` are int64 of one
    /// length, the last two by place. The rest as for `IntradaySimulation`.
    #[pyo3(signature = (venue, plan, *, bins, reference_ts, reference, drift, order_events, instrument, contract, zone))]
    #[allow(clippy::too_many_arguments)]
    fn add_intraday(
        &self,
        py: Python<'_>,
        venue: VenueId,
        plan: &IntradayPlan,
        bins: Vec<(i64, BTreeMap<String, i64>)>,
        reference_ts: PyBuffer<i64>,
        reference: PyBuffer<i64>,
        drift: i64,
        order_events: Option<u64>,
        instrument: PyBuffer<i64>,
        contract: PyBuffer<i64>,
        zone: PyBuffer<i64>,
    ) -> PyResult<()> {
        let reference = (column(py, &reference_ts)?, column(py, &reference)?);
        let made = simulation_plan(plan, bins, &reference, drift, order_events, 0)?;
        // A number below zero is no place, nor is the largest.
        let place = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let rows = rows(py, [&instrument, &contract, &zone])?.map(|[number, contract, zone]| {
            (
                super::rows::instrument(number),
                place(contract),
                place(zone),
            )
        });
        self.plan(|plan| plan.add_intraday(venue, made, rows).map_err(to_py))
    }

    /// Lets a pool dispatch each `instrument` at its recorded `price`, known at `published`.
    #[pyo3(signature = (*, instrument, published, price))]
    fn add_dispatch(
        &self,
        py: Python<'_>,
        instrument: PyBuffer<i64>,
        published: PyBuffer<i64>,
        price: PyBuffer<i64>,
    ) -> PyResult<()> {
        let rows = rows(py, [&instrument, &published, &price])?;
        self.plan(|plan| {
            for [number, at, price] in rows {
                let (at, price) = (Timestamp::from_nanos(at), Price::from_millionths(price));
                plan.add_dispatch(super::rows::instrument(number), at, price)
                    .map_err(to_py)?;
            }
            Ok(())
        })
    }

    /// Lets a two-settlement market award and settle each `instrument` at its two recorded prices.
    #[pyo3(signature = (*, instrument, gate, day_ahead_published, day_ahead, real_time_published, real_time))]
    #[allow(clippy::too_many_arguments)]
    fn add_two_settlement(
        &self,
        py: Python<'_>,
        instrument: PyBuffer<i64>,
        gate: PyBuffer<i64>,
        day_ahead_published: PyBuffer<i64>,
        day_ahead: PyBuffer<i64>,
        real_time_published: PyBuffer<i64>,
        real_time: PyBuffer<i64>,
    ) -> PyResult<()> {
        let columns = [
            &instrument,
            &gate,
            &day_ahead_published,
            &day_ahead,
            &real_time_published,
            &real_time,
        ];
        let rows = rows(py, columns)?;
        self.plan(|plan| {
            for [number, gate, first, day_ahead, second, real_time] in rows {
                let prices = TwoPrices {
                    gate: Timestamp::from_nanos(gate),
                    day_ahead_published: Timestamp::from_nanos(first),
                    day_ahead: Price::from_millionths(day_ahead),
                    real_time_published: Timestamp::from_nanos(second),
                    real_time: Price::from_millionths(real_time),
                };
                plan.add_two_settlement(super::rows::instrument(number), &prices)
                    .map_err(to_py)?;
            }
            Ok(())
        })
    }

    /// Lets a futures exchange fill at each settlement `price`, known at `published`, `cost` worse.
    #[pyo3(signature = (venue, *, cost, instrument, published, price))]
    fn add_settlements(
        &self,
        py: Python<'_>,
        venue: VenueId,
        cost: Price,
        instrument: PyBuffer<i64>,
        published: PyBuffer<i64>,
        price: PyBuffer<i64>,
    ) -> PyResult<()> {
        let rows = rows(py, [&instrument, &published, &price])?;
        self.plan(|plan| {
            plan.set_settlement_cost(venue, cost);
            for [number, at, price] in rows {
                let (at, price) = (Timestamp::from_nanos(at), Price::from_millionths(price));
                plan.add_settlement(super::rows::instrument(number), at, price)
                    .map_err(to_py)?;
            }
            Ok(())
        })
    }

    /// Lets `venue` hold `auctions` of (kind, gate, published, instruments), times in ns UTC. Each is
    /// cleared when it is published: `clear(number, offers)` gets our offers as rows (instrument, strategy,
    /// client, whether it sells, price, volume, block, parent block, exclusive group) and returns the price of
    /// each instrument and the award of each offer, in 1e-6. With `shares`, a venue with a day of intraday
    /// trading, it also gets the flows of its trades by market time unit and border, and returns a third
    /// list: what is left of each border there and back.
    #[pyo3(signature = (venue, *, auctions, clear, shares=None))]
    fn add_auctions(
        &self,
        venue: VenueId,
        auctions: Vec<(PriceKind, Timestamp, Timestamp, Vec<InstrumentId>)>,
        clear: Py<PyAny>,
        shares: Option<VenueId>,
    ) -> PyResult<()> {
        let auctions = auctions.into_iter();
        let auctions = auctions.map(|(kind, gate, published, instruments)| AuctionSession {
            kind,
            gate,
            published,
            instruments,
        });
        let fault = self.fault.clone();
        let clearer = Box::new(PythonClearer { clear, fault });
        self.plan(|plan| {
            plan.add_auctions(venue, auctions.collect(), clearer)
                .and_then(|()| shares.map_or(Ok(()), |other| plan.share_borders(venue, other)))
                .map_err(to_py)
        })
    }

    /// Lets an asset of `owner` produce `available` MW (int64, 1e-6) in each `instrument`, unless a
    /// schedule of zero switches it off.
    #[pyo3(signature = (owner, *, instrument, available))]
    fn add_production(
        &self,
        py: Python<'_>,
        owner: Owner,
        instrument: PyBuffer<i64>,
        available: PyBuffer<i64>,
    ) -> PyResult<()> {
        let rows = rows(py, [&instrument, &available])?;
        self.plan(|plan| {
            for [number, available] in rows {
                let production = Production {
                    instrument: super::rows::instrument(number),
                    owner,
                    available: Volume::from_millionths(available),
                };
                plan.add_production(production).map_err(to_py)?;
            }
            Ok(())
        })
    }

    /// Settles `instrument`s of the auctions of `venue` by `read(instrument)`: mean MW in 1e-6, and what
    /// is paid for reserves in 1 / 3.6e15 of the currency or `None`, asked when the imbalance price of each
    /// comes.
    #[pyo3(signature = (owner, venue, *, instrument, read))]
    fn add_meter(
        &self,
        owner: Owner,
        venue: VenueId,
        instrument: Vec<InstrumentId>,
        read: Py<PyAny>,
    ) -> PyResult<()> {
        let fault = self.fault.clone();
        let metering = Metering {
            owner,
            instruments: instrument.into_iter().collect::<BTreeSet<_>>(),
            meter: Box::new(PythonMeter { read, fault }),
        };
        self.plan(|plan| plan.add_metering(venue, metering).map_err(to_py))
    }

    /// Adds recorded prices of record, journaled as market data.
    #[pyo3(signature = (kind, *, instrument, ts_event, ts_recv, price))]
    fn add_prices(
        &self,
        py: Python<'_>,
        kind: PriceKind,
        instrument: PyBuffer<i64>,
        ts_event: PyBuffer<i64>,
        ts_recv: PyBuffer<i64>,
        price: PyBuffer<i64>,
    ) -> PyResult<()> {
        let rows = rows(py, [&instrument, &ts_event, &ts_recv, &price])?;
        let inputs = rows.map(|[number, ts_event, ts_recv, price]| Arrival {
            ts_event: Timestamp::from_nanos(ts_event),
            ts_recv: Timestamp::from_nanos(ts_recv),
            input: Input::Market(MarketEvent::ReferencePrice(ReferencePrice {
                instrument: super::rows::instrument(number),
                kind,
                run: SettlementRun::Initial,
                price: Price::from_millionths(price),
            })),
        });
        self.plan(|plan| {
            plan.add_recorded(inputs);
            Ok(())
        })
    }

    /// Adds forecasts, told to the strategies at `ts`: price in 1e-6 currency, confidence in 1e-6. `model`
    /// points into `models`, which signals made of them name and with whose half-life (ns) they decay.
    #[pyo3(signature = (*, instrument, ts, valid_until, price, confidence_ppm, model, models))]
    #[allow(clippy::too_many_arguments)]
    fn add_forecasts(
        &self,
        py: Python<'_>,
        instrument: PyBuffer<i64>,
        ts: PyBuffer<i64>,
        valid_until: PyBuffer<i64>,
        price: PyBuffer<i64>,
        confidence_ppm: PyBuffer<i64>,
        model: PyBuffer<i64>,
        models: Vec<(SignalModel, u64)>,
    ) -> PyResult<()> {
        let rows = rows(
            py,
            [
                &instrument,
                &ts,
                &valid_until,
                &price,
                &confidence_ppm,
                &model,
            ],
        )?;
        let forecasts = rows.map(|[number, ts, valid_until, price, confidence, model]| {
            let place = usize::try_from(model).ok();
            let (model, half_life_ns) = place
                .and_then(|place| models.get(place))
                .copied()
                .unwrap_or_default();
            let forecast = Forecast {
                instrument: super::rows::instrument(number),
                price: Price::from_millionths(price),
                confidence_ppm: confidence.clamp(0, 1_000_000) as u32,
                valid_until: Timestamp::from_nanos(valid_until),
                model,
                half_life_ns,
            };
            (Timestamp::from_nanos(ts), forecast)
        });
        self.plan(|plan| {
            plan.add_forecasts(forecasts);
            Ok(())
        })
    }

    /// Lets time be told at each of `ts` (int64 ns UTC).
    fn add_alarms(&self, py: Python<'_>, ts: PyBuffer<i64>) -> PyResult<()> {
        let instants = column(py, &ts)?;
        self.plan(|plan| {
            plan.add_alarms(instants.into_iter().map(Timestamp::from_nanos));
            Ok(())
        })
    }
}
