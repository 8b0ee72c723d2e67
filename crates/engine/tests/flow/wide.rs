//! The flow on a desk with everything: limits, a pool, a future and an option on it, deals.

use wattbook_domain::command::{
    ApproveOrder, FreezeInstrument, RecordSignal, Scope, SetTrading, SubmitOffer, SubmitSchedule,
};
use wattbook_domain::deal::Deal;
use wattbook_domain::instrument::{
    ContractForm, DeliveryKind, ExerciseStyle, Instrument, OptionRight, OptionTerms, SwapTerms,
};
use wattbook_domain::limit::{
    LimitMeasure, LimitScope, RaiseLimit, SetScopeLimit, SetSensitivities,
};
use wattbook_domain::market::{MarketEvent, Phase, PriceKind, ReferencePrice, SessionPhase, Trade};
use wattbook_domain::order::{Conditions, Peg, SelfTradePrevention};
use wattbook_domain::reference::{
    Cascade, CloseDay, ReferenceEvent, SetApproval, SetClearing, SetLimits, SetOrderRate,
    SetThreshold,
};
use wattbook_domain::report::{MeterRead, OfferAwarded, VenueReport};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::venue::MarketModel;
use wattbook_domain::{
    ClientId, Command, CounterpartyId, Currency, Input, InstrumentId, Money, Order, OrderId,
    OrderType, Owner, Price, SignalId, TimeInForce, Timestamp, TradeId, TraderId, TradingBookId,
    VenueId, Volume,
};

use super::{Step, side, take};
use crate::common::{CLIENT, Desk, HOUR, START, future, hour, limits, owner, price, volume};

/// After the two hours of the narrow flow: a future over two hours, a call on it, these hours in a
/// pool, a swap on the future, and a contract that becomes the hours of the pool.
const FUTURE: u32 = 2;
const CALL: u32 = 3;
const POOL: [u32; 2] = [4, 5];
const SWAP: u32 = 6;
const PARTED: u32 = 7;
const COUNT: u32 = 8;

/// The kinds of step that [`take`] knows; as many again are known here alone.
const NARROW: u8 = 16;

/// Plays `steps` on a desk with limits, a book, a pool, an option and its underlying, a swap.
pub fn play_wide(steps: &[Step]) -> Desk {
    let mut desk = super::desk();
    desk.venue(2, MarketModel::Pool);
    let whole = future(FUTURE, 1, 2, DeliveryKind::SpotAverage);
    desk.instrument(whole.clone());
    let expiry = Timestamp::from_seconds(START - 2 * HOUR);
    desk.instrument(Instrument {
        instrument: InstrumentId(CALL),
        form: ContractForm::Option,
        delivery_kind: DeliveryKind::Physical,
        gate_closure: expiry,
        option: Some(OptionTerms {
            underlying: whole.instrument,
            right: OptionRight::Call,
            style: ExerciseStyle::European,
            strike: price("50"),
            expiry,
        }),
        ..whole.clone()
    });
    for (nth, number) in (0..).zip(POOL) {
        desk.instrument(Instrument {
            instrument: InstrumentId(number),
            ..hour(nth, 2)
        });
    }
    desk.instrument(Instrument {
        instrument: InstrumentId(SWAP),
        form: ContractForm::Swap,
        swap: Some(SwapTerms {
            index: whole.instrument,
            averaging_start: Timestamp::EPOCH,
            averaging_end: expiry,
        }),
        ..whole.clone()
    });
    desk.instrument(Instrument {
        instrument: InstrumentId(PARTED),
        delivery_kind: DeliveryKind::Cascade,
        ..whole
    });
    desk.reference(ReferenceEvent::SetLimits(limits(1)));
    desk.reference(ReferenceEvent::SetLimits(tight()));
    desk.reference(ReferenceEvent::SetApproval(SetApproval {
        trading_book: TradingBookId(3),
        order_volume: volume("3"),
        order_value: Money::from_millionths(250_000_000),
    }));
    for step in steps {
        match step.0 % (2 * NARROW) {
            0..NARROW => take(&mut desk, *step),
            kind => widen(&mut desk, kind - NARROW, *step),
        }
    }
    desk
}

/// Limits of a book that are often met.
fn tight() -> SetLimits {
    SetLimits {
        order_volume: volume("4.5"),
        order_value: Money::from_millionths(180_000_000),
        position_volume: volume("10"),
        loss: Money::from_millionths(2_000_000),
        price_collar: price("2"),
        ..limits(2)
    }
}

/// What a step is about.
struct Draw {
    instrument: InstrumentId,
    pool: InstrumentId,
    owner: Owner,
    price: Price,
    volume: Volume,
    signed: Volume,
    run: SettlementRun,
    signal: SignalId,
}

impl Draw {
    fn of((_, which, tick, lots): Step) -> Self {
        let runs = [
            SettlementRun::Initial,
            SettlementRun::Final,
            SettlementRun::TrueUp,
        ];
        Self {
            instrument: InstrumentId(u32::from(which) % COUNT),
            pool: InstrumentId(POOL[usize::from(which % 2)]),
            owner: owner(1 + which % 3),
            price: Price::from_millionths((5_000 + i64::from(tick % 300)) * 10_000),
            volume: Volume::from_millionths((i64::from(lots % 50) + 1) * 100_000),
            signed: Volume::from_millionths(i64::from(tick % 300) * 100_000),
            run: runs[usize::from(lots % 3)],
            signal: SignalId(u64::from(lots % 8)),
        }
    }
}

fn widen(desk: &mut Desk, kind: u8, step: Step) {
    let (_, which, _, lots) = step;
    let draw = Draw::of(step);
    match kind {
        0..=2 => {
            let order = conditioned(desk, step);
            desk.submit(Order {
                instrument: draw.instrument,
                owner: draw.owner,
                signal: draw.signal,
                price: draw.price,
                volume: draw.volume,
                side: side(lots),
                ..order
            });
        }
        3..=6 => drop({
            let command = command(desk, kind, step, &draw);
            match command {
                // Nobody approves what he sent.
                Command::ApproveOrder(_) => desk.feed(Input::Command {
                    client: ClientId(9),
                    client_sequence: desk.engine.client_sequence(ClientId(9)) + 1,
                    command,
                }),
                _ => desk.command(command),
            }
        }),
        7..=9 => drop({
            let number = u64::from(which) % (desk.orders + 2);
            desk.report(report(kind, OrderId::new(CLIENT, number), which, &draw))
        }),
        10 | 11 => drop(desk.feed(Input::Market(published(lots, &draw)))),
        12 => drop(desk.feed(Input::Market(told(lots, &draw)))),
        13 => {
            let hours = [1, 4, 12, 24][usize::from(lots % 4)];
            // Half of them, or the whole flow would lie behind the gates.
            let hours = if lots < 128 { hours } else { 0 };
            desk.advance(desk.now / 1_000_000_000 + hours * HOUR);
        }
        14 => drop(desk.feed(Input::Deal(Deal {
            deal: u64::from(which % 4),
            part: 1,
            version: u32::from(lots),
            counterparty: "other".to_owned(),
            instrument: draw.instrument,
            side: side(lots),
            owner: draw.owner,
            price: draw.price,
            volume: if lots % 8 == 1 {
                Volume::ZERO
            } else {
                draw.volume
            },
            agreed: Timestamp::from_nanos(desk.now),
        }))),
        _ => drop(desk.reference(reference(which, lots))),
    }
}

fn command(desk: &mut Desk, kind: u8, (_, which, _, lots): Step, draw: &Draw) -> Command {
    match kind {
        3 => Command::SubmitOffer(SubmitOffer {
            order_id: desk.next_order(),
            instrument: draw.pool,
            side: side(lots),
            owner: draw.owner,
            price: draw.price,
            volume: draw.volume,
            ..SubmitOffer::default()
        }),
        4 => Command::SubmitSchedule(SubmitSchedule {
            instrument: draw.pool,
            owner: draw.owner,
            volume: draw.signed,
        }),
        5 => Command::RecordSignal(RecordSignal {
            signal: draw.signal,
            strategy: draw.owner.strategy,
            instrument: draw.instrument,
            confidence_ppm: 700_000 + u32::from(which) * 5,
            valid_until: Timestamp::from_nanos(desk.now + i64::from(lots) * HOUR * 100_000_000),
            ..RecordSignal::default()
        }),
        _ if which % 16 == 15 => Command::FreezeInstrument(FreezeInstrument {
            instrument: draw.instrument,
            is_frozen: lots % 4 == 0,
        }),
        _ if which % 16 == 14 => Command::ApproveOrder(ApproveOrder {
            order_id: OrderId::new(CLIENT, u64::from(which / 16) % (desk.orders + 2)),
            trader: TraderId(9),
        }),
        _ => Command::SetTrading(SetTrading {
            scope: scope(which),
            // Resumed more often than stopped, so that most of the flow trades.
            allowed: lots % 4 != 0,
        }),
    }
}

fn report(kind: u8, order_id: OrderId, which: u16, draw: &Draw) -> VenueReport {
    if kind == 7 {
        return VenueReport::MeterRead(MeterRead {
            instrument: draw.pool,
            owner: draw.owner,
            volume: draw.signed,
            run: draw.run,
        });
    }
    VenueReport::OfferAwarded(OfferAwarded {
        order_id,
        trade: TradeId(u64::from(which)),
        price: draw.price,
        volume: draw.volume,
        run: draw.run,
    })
}

fn published(lots: u8, draw: &Draw) -> MarketEvent {
    let kinds = [
        PriceKind::Settlement,
        PriceKind::RealTime,
        PriceKind::DayAhead,
        PriceKind::Imbalance,
    ];
    let kind = kinds[usize::from(lots % 4)];
    // The one future settles, and with it the option and the swap on it.
    let instrument = if kind == PriceKind::Settlement {
        InstrumentId(FUTURE)
    } else {
        draw.instrument
    };
    MarketEvent::ReferencePrice(ReferencePrice {
        instrument,
        kind,
        run: draw.run,
        price: draw.price,
    })
}

fn scope(which: u16) -> Scope {
    match which % 7 {
        5 => Scope {
            counterparty: Some(CounterpartyId(which / 4 % 3)),
            ..Scope::default()
        },
        6 => Scope {
            member: Some(CounterpartyId(which / 4 % 3)),
            ..Scope::default()
        },
        4 => Scope {
            trader: Some(owner(1 + which / 4 % 3).trader),
            ..Scope::default()
        },
        0 => Scope {
            instrument: Some(InstrumentId(u32::from(which / 4) % COUNT)),
            ..Scope::default()
        },
        1 => Scope {
            venue: Some(VenueId(1 + which / 4 % 2)),
            ..Scope::default()
        },
        2 => Scope {
            trading_book: Some(TradingBookId(1 + which / 4 % 3)),
            ..Scope::default()
        },
        _ => Scope {
            strategy: Some(owner(1 + which / 4 % 3).strategy),
            ..Scope::default()
        },
    }
}

/// A market event that the narrow flow does not know.
fn told(lots: u8, draw: &Draw) -> MarketEvent {
    let instrument = draw.instrument;
    if lots.is_multiple_of(2) {
        return MarketEvent::Trade(Trade {
            instrument,
            trade: TradeId(u64::from(lots)),
            aggressor: side(lots / 2),
            price: draw.price,
            volume: draw.volume,
        });
    }
    let phases = [
        Phase::Continuous,
        Phase::Halted,
        Phase::Continuous,
        Phase::OpeningCall,
    ];
    let phase = phases[usize::from(lots / 2 % 4)];
    MarketEvent::SessionPhase(SessionPhase { instrument, phase })
}

fn reference(which: u16, lots: u8) -> ReferenceEvent {
    match lots % 12 {
        0 => ReferenceEvent::SetLimits(if which.is_multiple_of(2) {
            tight()
        } else {
            limits(2)
        }),
        1 | 8 => ReferenceEvent::SetOrderRate(SetOrderRate {
            client: CLIENT,
            orders_per_second: u32::from(which % 8) * 4,
        }),
        2 => ReferenceEvent::SetThreshold(SetThreshold {
            strategy: owner(3).strategy,
            confidence_ppm: 600_000 + u32::from(which) * 5,
        }),
        3 => ReferenceEvent::CloseDay(CloseDay {
            trading_book: TradingBookId(1 + which % 3),
        }),
        4 => ReferenceEvent::Cascade(Cascade {
            from: InstrumentId(PARTED),
            into: POOL.map(InstrumentId).to_vec(),
            settlement_price: price("50.5"),
        }),
        5 => ReferenceEvent::SetScopeLimit(scope_limit(which)),
        6 => ReferenceEvent::RaiseLimit(RaiseLimit {
            limit: u32::from(which % 5),
            hard_millionths: i64::from(which) * 1_000_000,
            until: Timestamp::from_seconds(START - i64::from(which % 48) * HOUR),
            asked_by: owner(1).trader,
            approved_by: owner(1 + which % 3).trader,
        }),
        7 => ReferenceEvent::SetSensitivities(SetSensitivities {
            instrument: InstrumentId(u32::from(which) % COUNT),
            delta_millionths: 1_000_000 - i64::from(which % 7) * 250_000,
            vega: price("0.3"),
            shocks_millionths: (0..8_i64)
                .map(|nth| (nth * i64::from(which) % 11 - 5) * 100_000)
                .collect(),
        }),
        9 => ReferenceEvent::SetClearing(SetClearing {
            venue: VenueId(1 + which % 3),
            trading_book: which
                .is_multiple_of(2)
                .then_some(TradingBookId(1 + which % 3)),
            counterparty: CounterpartyId(which / 4 % 3),
            member: which
                .is_multiple_of(3)
                .then_some(CounterpartyId(which / 8 % 3)),
        }),
        // A gate that moves: what was due at the old one must not happen.
        _ => ReferenceEvent::DefineInstrument(Box::new(Instrument {
            instrument: InstrumentId(POOL[0]),
            gate_closure: Timestamp::from_seconds(START - i64::from(which % 12) * HOUR),
            currency: Currency::EUR,
            ..hour(0, 2)
        })),
    }
}

/// A limit of some scope that is often met.
fn scope_limit(which: u16) -> SetScopeLimit {
    let measures = [
        LimitMeasure::Volume,
        LimitMeasure::Notional,
        LimitMeasure::ValueAtRisk,
        LimitMeasure::Delta,
        LimitMeasure::Vega,
        LimitMeasure::StopLoss,
        LimitMeasure::Drawdown,
        LimitMeasure::Concentration,
        LimitMeasure::OrderRate,
        LimitMeasure::SpotTrading,
    ];
    let own = owner(1 + which % 3);
    let scope = LimitScope {
        trading_book: which.is_multiple_of(3).then_some(own.trading_book),
        trader: which.is_multiple_of(5).then_some(own.trader),
        counterparty: which
            .is_multiple_of(7)
            .then_some(CounterpartyId(which / 4 % 3)),
        member: which
            .is_multiple_of(11)
            .then_some(CounterpartyId(which / 4 % 3)),
        ..LimitScope::default()
    };
    let measure = measures[usize::from(which / 5 % 10)];
    let step = match measure {
        LimitMeasure::Volume | LimitMeasure::OrderRate => 500_000,
        LimitMeasure::Concentration => 16_000,
        _ => 40_000_000,
    };
    SetScopeLimit {
        limit: u32::from(which % 5),
        scope,
        measure,
        soft_millionths: i64::from(which % 64) * step / 4,
        hard_millionths: i64::from(which % 64) * step,
        confidence_ppm: 750_000,
        floor_millionths: 0,
        payment_seconds: i64::from(which % 3) * HOUR,
    }
}

/// An order's type and conditions; one in eight contradicts itself.
fn conditioned(desk: &Desk, (_, which, tick, lots): Step) -> Order {
    let near = Price::from_millionths((5_000 + i64::from(tick % 200)) * 10_000);
    let mut it = Box::<Conditions>::default();
    let (mut order_type, mut time_in_force) = (OrderType::Limit, TimeInForce::Day);
    match lots % 8 {
        0 => (order_type, it.trigger) = (OrderType::Stop, Some(near)),
        1 => (order_type, it.trigger) = (OrderType::StopLimit, Some(near)),
        2 => (order_type, it.offset) = (OrderType::TrailingStop, Some(price("0.5"))),
        3 => (order_type, it.peg) = (OrderType::Pegged, Some(Peg::Primary)),
        4 => it.display_volume = Some(volume("0.1")),
        5 => {
            time_in_force = TimeInForce::GoodTillDate;
            let hours = i64::from(which % 24) - 1;
            it.expires =
                Some(Timestamp::from_nanos(desk.now).plus_nanos(hours * HOUR * 1_000_000_000));
        }
        6 => {
            time_in_force = TimeInForce::FillOrKill;
            it.linked = Some(u64::from(which % 4));
            it.linked_orders = Some(2);
            it.self_trade = SelfTradePrevention::CancelNewest;
        }
        _ => (it.one_cancels_other, it.trigger) = (Some(u64::from(which % 4)), Some(near)),
    }
    Order {
        order_type,
        time_in_force,
        conditions: Some(it),
        ..Order::default()
    }
}
