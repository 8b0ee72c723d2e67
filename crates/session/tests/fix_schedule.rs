//! A session keeps its hours, and its numbers begin anew with them.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use wattbook_codec::fix::{Decoder, Message};
use wattbook_domain::Timestamp;
use wattbook_session::fix::{
    Application, Closed, Declined, MemoryStore, MessageStore, Outbox, Role, Schedule,
    ScheduleError, Session, SessionConfig, SessionId, Version,
};

fn at(text: &str) -> Timestamp {
    let instant: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_nanos(instant.as_nanosecond() as i64)
}

fn hours(schedule: &Schedule, now: &str) -> Option<(Timestamp, Timestamp)> {
    schedule
        .period(at(now))
        .map(|period| (period.start, period.end))
}

#[test]
fn hours_are_those_of_the_clock_on_the_wall() {
    let day = Schedule::daily("Europe/Berlin", "08:00", "17:30").unwrap();
    let summer = Some((at("2026-07-01T06:00:00Z"), at("2026-07-01T15:30:00Z")));
    assert_eq!(hours(&day, "2026-07-01T06:00:00Z"), summer);
    assert_eq!(hours(&day, "2026-07-01T15:29:59Z"), summer);
    assert_eq!(hours(&day, "2026-07-01T15:30:00Z"), None);
    let winter = Some((at("2026-12-01T07:00:00Z"), at("2026-12-01T16:30:00Z")));
    assert_eq!(hours(&day, "2026-12-01T07:00:00Z"), winter);
    let next = day.next_start(at("2026-10-24T15:30:00Z"));
    assert_eq!(next, Some(at("2026-10-25T07:00:00Z")));

    // Over midnight, and through a night of 25 hours.
    let night = Schedule::daily("Europe/Berlin", "23:00", "22:00").unwrap();
    let long = Some((at("2026-10-24T21:00:00Z"), at("2026-10-25T21:00:00Z")));
    assert_eq!(hours(&night, "2026-10-25T20:59:59Z"), long);
    assert_eq!(hours(&night, "2026-10-25T21:30:00Z"), None);
    let whole = Schedule::daily("UTC", "00:00", "00:00").unwrap();
    let today = Some((at("2026-11-26T00:00:00Z"), at("2026-11-27T00:00:00Z")));
    assert_eq!(hours(&whole, "2026-11-26T23:59:59Z"), today);
}

#[test]
fn a_week_runs_from_day_to_day() {
    let week = ("sunday", "17:00");
    let cme = Schedule::weekly("America/Chicago", week, ("friday", "16:00")).unwrap();
    let open = Some((at("2026-11-22T23:00:00Z"), at("2026-11-27T22:00:00Z")));
    assert_eq!(hours(&cme, "2026-11-26T12:00:00Z"), open);
    assert_eq!(hours(&cme, "2026-11-28T12:00:00Z"), None);
    let next = cme.next_start(at("2026-11-28T12:00:00Z"));
    assert_eq!(next, Some(at("2026-11-29T23:00:00Z")));
    let always = Schedule::weekly("UTC", ("monday", "00:00"), ("monday", "00:00")).unwrap();
    let seven = Some((at("2026-11-23T00:00:00Z"), at("2026-11-30T00:00:00Z")));
    assert_eq!(hours(&always, "2026-11-29T23:59:59Z"), seven);
}

#[test]
fn what_is_no_hour_is_refused_with_its_word() {
    let refused = |schedule: Result<Schedule, ScheduleError>| schedule.unwrap_err().to_string();
    let zone = refused(Schedule::daily("Europe/Berlim", "08:00", "17:00"));
    assert!(
        zone.starts_with("\"Europe/Berlim\" is no time zone"),
        "{zone}"
    );
    let time = refused(Schedule::daily("UTC", "8 am", "17:00"));
    assert!(time.starts_with("\"8 am\" is no time of day"), "{time}");
    let day = refused(Schedule::weekly(
        "UTC",
        ("Mon", "08:00"),
        ("friday", "17:00"),
    ));
    assert!(day.starts_with("\"Mon\" is no day"), "{day}");
}

proptest! {
    #[test]
    fn an_instant_lies_in_a_period_or_before_the_next(
        zone in prop::sample::select(&["UTC", "Europe/Berlin", "America/Chicago", "Australia/Lord_Howe"][..]),
        (start, end) in (0..86_400_i64, 0..86_400_i64),
        is_weekly in any::<bool>(),
        (first, last) in (0..7_usize, 0..7_usize),
        seconds in 1_700_000_000_i64..1_900_000_000,
    ) {
        const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        const WEEK: i64 = 7 * 86_400 * 1_000_000_000;
        let clock = |of: i64| format!("{:02}:{:02}:{:02}", of / 3600, of / 60 % 60, of % 60);
        let (start, end) = (clock(start), clock(end));
        let schedule = if is_weekly {
            Schedule::weekly(zone, (DAYS[first], &start), (DAYS[last], &end))
        } else {
            Schedule::daily(zone, &start, &end)
        };
        let (schedule, now) = (schedule.unwrap(), Timestamp::from_nanos(seconds * 1_000_000_000));
        let next = schedule.next_start(now).unwrap();
        prop_assert!(next > now && next.nanos() - now.nanos() <= 8 * WEEK / 7 + WEEK / 7);
        prop_assert_eq!(schedule.period(next).map(|period| period.start), Some(next));
        if let Some(period) = schedule.period(now) {
            prop_assert!(period.start <= now && now < period.end);
            prop_assert_eq!(schedule.period(period.start), Some(period));
        } else {
            // Nothing opens before the next start.
            let before = Timestamp::from_nanos(next.nanos() - 1);
            prop_assert!(schedule.period(before).is_none());
        }
    }
}

/// Counts the resets that it is told of.
#[derive(Default)]
struct Resets(u32);

impl Application<MemoryStore> for Resets {
    fn on_message(
        &mut self,
        _message: &Message<'_>,
        _outbox: &mut Outbox<MemoryStore>,
    ) -> Result<(), Declined> {
        Ok(())
    }

    fn on_reset(&mut self) {
        self.0 += 1;
    }
}

fn session(role: Role) -> Session<MemoryStore> {
    let (sender, target) = match role {
        Role::Initiator => ("DESK", "VENUE"),
        Role::Acceptor => ("VENUE", "DESK"),
    };
    let id = SessionId {
        version: Version::Fix44,
        sender: sender.into(),
        target: target.into(),
    };
    let mut config = SessionConfig::new(id, role);
    config.heartbeat_seconds = 86_400;
    config.schedule = Some(Schedule::daily("Europe/Berlin", "08:00", "17:30").unwrap());
    Session::new(config, MemoryStore::default())
}

/// Carries what either side has to say to the other.
fn carry(
    desk: &mut Session<MemoryStore>,
    venue: &mut Session<MemoryStore>,
    told: &mut Resets,
    now: Timestamp,
) {
    loop {
        let there = desk.to_send().unwrap().to_vec();
        let back = venue.to_send().unwrap().to_vec();
        if there.is_empty() && back.is_empty() {
            return;
        }
        desk.sent(there.len());
        venue.sent(back.len());
        venue
            .receive(&mut Decoder::default(), &there, now, &mut Resets(0))
            .unwrap();
        desk.receive(&mut Decoder::default(), &back, now, told)
            .unwrap();
    }
}

#[test]
fn a_session_logs_out_when_its_hours_end_and_begins_at_one_with_the_next() {
    let (mut desk, mut venue) = (session(Role::Initiator), session(Role::Acceptor));
    let mut told = Resets::default();
    let early = at("2026-11-26T06:59:59Z");
    desk.connect(early).unwrap();
    assert_eq!(desk.closed(), Some(&Closed::OutOfHours));
    assert!(desk.to_send().unwrap().is_empty());
    let opens = at("2026-11-26T07:00:00Z");
    assert_eq!(desk.opens(early), Some(opens));
    assert_eq!(desk.opens(opens), None);

    // Two connections of one day count on; the application is told of no reset.
    for logons in 1..=2 {
        desk.connect(opens).unwrap();
        venue.connect(opens).unwrap();
        carry(&mut desk, &mut venue, &mut told, opens);
        assert!(desk.is_logged_on() && venue.is_logged_on());
        assert_eq!((desk.store().next_out(), told.0), (logons + 1, 0));
        desk.disconnected();
        venue.disconnected();
    }

    desk.connect(opens).unwrap();
    venue.connect(opens).unwrap();
    carry(&mut desk, &mut venue, &mut told, opens);
    let end = at("2026-11-26T16:30:00Z");
    assert_eq!(desk.next_tick(), Some(end));
    desk.tick(end).unwrap();
    let said = String::from_utf8(desk.to_send().unwrap().to_vec()).unwrap();
    assert!(
        said.contains("58=the hours of this session are over"),
        "{said}"
    );
    carry(&mut desk, &mut venue, &mut told, end);
    assert!(matches!(desk.closed(), Some(Closed::LoggedOut { .. })));

    let tomorrow = at("2026-11-27T09:00:00Z");
    desk.connect(tomorrow).unwrap();
    venue.connect(tomorrow).unwrap();
    carry(&mut desk, &mut venue, &mut told, tomorrow);
    assert!(desk.is_logged_on());
    assert_eq!(
        (desk.store().next_out(), desk.store().next_in(), told.0),
        (2, 2, 1)
    );
}
