//! Where events go.

use std::collections::VecDeque;

use wattbook_domain::Event;

/// Takes the events of an engine, in order. `sequence` is that of the input that caused them.
pub trait EventSink {
    /// Takes one event.
    fn on_event(&mut self, sequence: u64, event: &Event);
}

impl<F: FnMut(u64, &Event)> EventSink for F {
    #[inline]
    fn on_event(&mut self, sequence: u64, event: &Event) {
        self(sequence, event);
    }
}

/// Drops events: for replays of which only the state is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoEvents;

impl EventSink for NoEvents {
    #[inline]
    fn on_event(&mut self, _sequence: u64, _event: &Event) {}
}

/// Keeps every event with the sequence of its input.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventLog {
    /// The events in order.
    pub events: Vec<(u64, Event)>,
}

impl EventSink for EventLog {
    fn on_event(&mut self, sequence: u64, event: &Event) {
        self.events.push((sequence, event.clone()));
    }
}

/// Keeps events until their inputs are durable: what leaves the process must not be forgotten.
#[derive(Debug, Clone, Default)]
pub struct HeldEvents {
    held: VecDeque<(u64, Event)>,
}

impl HeldEvents {
    /// Hands every event of an input up to `durable` to `sink`.
    pub fn release(&mut self, durable: u64, sink: &mut impl EventSink) {
        while let Some((sequence, event)) = self.held.pop_front_if(|held| held.0 <= durable) {
            sink.on_event(sequence, &event);
        }
    }

    /// How many events wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether no event waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}

impl EventSink for HeldEvents {
    fn on_event(&mut self, sequence: u64, event: &Event) {
        self.held.push_back((sequence, event.clone()));
    }
}
