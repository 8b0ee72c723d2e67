//! Replay, snapshots and the journal give the same state; other inputs give another.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod flow;

use common::*;
use flow::{any_flow, play, play_wide};
use proptest::prelude::*;
use wattbook_domain::event::QuarantineReason;
use wattbook_domain::report::VenueReport;
use wattbook_domain::{
    Currency, Event, Input, Money, OrderId, Price, Sequenced, Side, Stamp, Timestamp,
};
use wattbook_engine::{
    Engine, EngineConfig, EngineError, EventLog, HeldEvents, JournaledEngine, NoEvents, recover,
};
use wattbook_journal::{BackgroundJournal, Journal, JournalConfig, MemoryStorage};
use wattbook_testkit::any_record;

fn config() -> EngineConfig {
    EngineConfig::new(Currency::EUR)
}

fn apply_all(engine: &mut Engine, inputs: &[Sequenced]) -> EventLog {
    let mut log = EventLog::default();
    for input in inputs {
        engine.apply(input.stamp(), &input.input, &mut log).unwrap();
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_same_inputs_give_the_same_events_and_state(steps in any_flow(200)) {
        let first = play_wide(&steps);
        let mut again = Engine::new(config());
        let log = apply_all(&mut again, &first.inputs);
        prop_assert_eq!(&log, &first.log);
        prop_assert_eq!(again.state_hash(), first.engine.state_hash());
    }

    #[test]
    fn a_snapshot_and_the_rest_is_the_whole(steps in any_flow(150), cut in any::<prop::sample::Index>()) {
        let whole = play_wide(&steps);
        let (before, after) = whole.inputs.split_at(cut.index(whole.inputs.len()));
        let mut engine = Engine::new(config());
        let mut log = apply_all(&mut engine, before);
        let snapshot = engine.snapshot();
        let mut restored = Engine::restore(&snapshot).unwrap();
        prop_assert_eq!(restored.snapshot(), snapshot);
        log.events.extend(apply_all(&mut restored, after).events);
        prop_assert_eq!(&log, &whole.log);
        prop_assert_eq!(restored.state_hash(), whole.engine.state_hash());
    }

    #[test]
    fn no_input_panics(inputs in prop::collection::vec(any_record::<Sequenced>(), 0..60), steps in any_flow(30)) {
        let mut desk = play_wide(&steps);
        for mut input in inputs {
            input.sequence = desk.engine.sequence() + 1;
            input.ts_recv = input.ts_recv.max(desk.engine.now());
            desk.engine
                .apply(input.stamp(), &input.input, &mut desk.log)
                .unwrap();
        }
        let snapshot = desk.engine.snapshot();
        prop_assert_eq!(Engine::restore(&snapshot).unwrap().snapshot(), snapshot);
    }

    #[test]
    fn no_bytes_panic_a_restore(steps in any_flow(20), at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let mut bytes = play_wide(&steps).engine.snapshot();
        let index = at.index(bytes.len());
        bytes[index] ^= flip;
        // A flipped bit may be a sound state too; what matters is that using it is safe.
        if let Ok(mut engine) = Engine::restore(&bytes) {
            let next = Sequenced {
                sequence: engine.sequence().wrapping_add(1),
                ts_event: Timestamp::MAX,
                ts_recv: Timestamp::MAX,
                input: Input::TimeAdvanced,
            };
            let _ = engine.apply(next.stamp(), &next.input, &mut NoEvents);
        }
        prop_assert!(Engine::restore(&bytes[..index]).is_err());
    }

    #[test]
    fn one_changed_price_changes_the_hash(steps in any_flow(100)) {
        let whole = play(&steps);
        let is_fill = |input: &Sequenced| matches!(input.input, Input::Report(VenueReport::OrderFilled(_)));
        let booked = whole.log.events.iter().filter_map(|(sequence, event)| {
            matches!(event, Event::Filled(_)).then_some(*sequence)
        });
        for sequence in booked.take(3) {
            let mut inputs = whole.inputs.clone();
            let changed = &mut inputs[sequence as usize - 1];
            prop_assert!(is_fill(changed));
            if let Input::Report(VenueReport::OrderFilled(fill)) = &mut changed.input {
                fill.price = Price::from_millionths(fill.price.millionths() + 10_000);
            }
            let mut engine = Engine::new(config());
            apply_all(&mut engine, &inputs);
            prop_assert_ne!(engine.state_hash(), whole.engine.state_hash());
        }
    }

    #[test]
    fn p_and_l_is_cash_and_position_value(steps in any_flow(200)) {
        let desk = play(&steps);
        let mut cash: std::collections::BTreeMap<_, Money> = std::collections::BTreeMap::new();
        let portfolio = desk.engine.portfolio();
        for (_, event) in &desk.log.events {
            if let Event::Filled(fill) = event {
                let contract = portfolio.contract(fill.instrument).unwrap();
                let paid = contract.value(fill.price, fill.volume);
                let paid = Money::from_units(paid.units() * i128::from(fill.side.sign()));
                let entry = cash.entry((fill.instrument, fill.owner)).or_default();
                *entry = *entry - paid - fill.fee;
            }
        }
        for position in portfolio.positions() {
            let contract = portfolio.contract(position.instrument).unwrap();
            let cash = cash.get(&(position.instrument, position.owner)).copied().unwrap_or_default();
            let value = contract.mark().map_or(Money::ZERO, |mark| contract.value(mark, position.volume));
            let earned = position.realised + portfolio.unrealised(position) - position.fees;
            prop_assert_eq!(earned, cash + value);
        }
    }
}

/// The name of an enum's variant.
fn name(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    let end = text.find(|at: char| !at.is_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}

/// What the properties above hold of the flow counts for what the flow reaches.
#[test]
fn the_wide_flow_reaches_every_event_and_limit() {
    let mut reached = std::collections::BTreeSet::new();
    for seed in 0..64 {
        let steps = flow::sample(seed * 10_000, 100);
        for (_, event) in &play_wide(&steps).log.events {
            reached.insert(name(event));
            if let Event::Refused(refused) = event {
                reached.insert(name(&refused.refusal));
            }
        }
    }
    let events = [
        "OrderRouted",
        "CancelRouted",
        "AmendRouted",
        "OfferRouted",
        "ScheduleRouted",
        "OrderStateChanged",
        "Filled",
        "PositionChanged",
        "SignalRecorded",
        "Settled",
        "Cascaded",
        "Marked",
        "PhaseChanged",
        "GateClosed",
        "ReportQuarantined",
        "DealBooked",
        "OptionExpired",
        "LimitBreached",
    ];
    let refusals = [
        "OrderVolume",
        "OrderValue",
        "PositionVolume",
        "PriceOutsideCollar",
        "Loss",
        "OrderRate",
        "TradingStopped",
        "NotTrading",
        "GateClosed",
        "UnknownSignal",
        "Confidence",
        "RepeatedSignal",
        "ScheduleBalance",
        "Terms",
        "UnknownOrder",
        "DealVersion",
        "ScopeLimit",
    ];
    let missed: Vec<_> = events
        .iter()
        .chain(&refusals)
        .filter(|name| !reached.contains(**name))
        .collect();
    assert!(missed.is_empty(), "{missed:?} of {reached:?}");
}

#[test]
fn a_gap_or_a_falling_clock_stops_the_engine_and_changes_nothing() {
    let mut desk = Desk::trading();
    let hash = desk.engine.state_hash();
    let stamp = |sequence, nanos| Stamp {
        sequence,
        ts_event: Timestamp::EPOCH,
        ts_recv: Timestamp::from_nanos(nanos),
    };
    let input = Input::TimeAdvanced;
    let now = desk.now;
    for sequence in [0, 2, 4, u64::MAX] {
        let gap = desk
            .engine
            .apply(stamp(sequence, now), &input, &mut NoEvents);
        assert!(
            matches!(gap, Err(EngineError::SequenceGap { last: 2, found }) if found == sequence)
        );
    }
    let fell = desk.engine.apply(stamp(3, now - 1), &input, &mut NoEvents);
    assert!(matches!(
        fell,
        Err(EngineError::TimeFell { sequence: 3, .. })
    ));
    assert_eq!(desk.engine.state_hash(), hash);
    desk.engine
        .apply(stamp(3, now), &input, &mut NoEvents)
        .unwrap();
}

#[test]
fn a_repeated_command_is_dropped() {
    let mut desk = Desk::trading();
    desk.passed(limit(Side::Buy, "50", "1"));
    desk.commands -= 1;
    desk.orders += 1;
    let (_, events) = desk.submit(limit(Side::Buy, "50", "1"));
    assert_eq!(events, []);
    assert_eq!(desk.engine.orders().len(), 1);
    assert_eq!(desk.engine.client_sequence(CLIENT), 1);
}

#[test]
fn a_fill_after_the_end_is_told_from_one_of_an_order_that_never_was() {
    let mut desk = Desk::trading();
    let reason = |events: &[Event]| match events {
        [Event::ReportQuarantined(set_aside)] => set_aside.reason,
        other => panic!("{other:?}"),
    };
    for trade in 1..=2 {
        let newest = desk.passed(limit(Side::Buy, "50", "1"));
        desk.fill(newest, trade, "50", "1");
        let late = desk.fill(newest, 10 + trade, "50", "1");
        assert_eq!(reason(&late), QuarantineReason::AfterEnd);
    }
    let first = OrderId::new(CLIENT, 1);
    assert_eq!(
        reason(&desk.fill(first, 20, "50", "1")),
        QuarantineReason::AfterEnd
    );
    for number in [0, 3] {
        let never = OrderId::new(CLIENT, number);
        let unknown = desk.fill(never, 21, "50", "1");
        assert_eq!(reason(&unknown), QuarantineReason::UnknownOrder);
    }
}

#[test]
fn the_journal_gives_the_engine_back() {
    let steps = flow::sample(0, 3_000);
    let whole = play(&steps);
    let (journal, _) = Journal::open(MemoryStorage::default(), JournalConfig::default()).unwrap();
    let mut desk = JournaledEngine::new(Engine::new(config()), journal);
    let (mut held, mut log) = (HeldEvents::default(), EventLog::default());
    for input in &whole.inputs {
        let sequence = desk
            .submit(input.ts_event, input.ts_recv, &input.input, &mut held)
            .unwrap();
        assert_eq!(sequence, input.sequence);
        held.release(desk.durable(), &mut log);
        assert!(
            log.events
                .iter()
                .all(|(sequence, _)| *sequence <= desk.durable())
        );
    }
    assert!(!held.is_empty());
    let last = desk.commit().unwrap();
    held.release(last, &mut log);
    assert_eq!(last, whole.inputs.len() as u64);
    assert_eq!(log, whole.log);
    let (engine, mut journal) = desk.into_parts();
    let recovered = recover(journal.storage(), config()).unwrap();
    assert_eq!(recovered.replayed, last);
    assert_eq!(recovered.engine.state_hash(), engine.state_hash());

    let cut = last / 2;
    let mut half = Engine::new(config());
    apply_all(&mut half, &whole.inputs[..cut as usize]);
    journal.save_snapshot(cut, &half.snapshot()).unwrap();
    let recovered = recover(journal.storage(), config()).unwrap();
    assert_eq!(
        (recovered.snapshot_sequence, recovered.replayed),
        (cut, last - cut)
    );
    assert_eq!(recovered.engine.state_hash(), engine.state_hash());
}

#[test]
fn a_journal_on_its_own_thread_acknowledges_what_is_durable() {
    let whole = play(&flow::sample(0, 3_000));
    let (journal, _) =
        BackgroundJournal::open(MemoryStorage::default(), JournalConfig::default()).unwrap();
    let mut desk = JournaledEngine::new(Engine::new(config()), journal);
    for input in &whole.inputs {
        desk.submit(input.ts_event, input.ts_recv, &input.input, &mut NoEvents)
            .unwrap();
    }
    let last = desk.commit().unwrap();
    assert_eq!(last, whole.inputs.len() as u64);
    let (engine, journal) = desk.into_parts();
    let now = engine.now();
    let storage = journal.close(now).unwrap();
    let recovered = recover(&storage, config()).unwrap();
    assert_eq!(recovered.engine.state_hash(), engine.state_hash());
    assert_eq!(recovered.engine.state_hash(), whole.engine.state_hash());
}
