//! A link to an exchange in the same process.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wattbook_domain::Timestamp;
use wattbook_session::adapter::{Heard, OrderLink};
use wattbook_session::fix::orders::Request;

use crate::conformance::Way;
use crate::exchange::Exchange;

/// Requests go to the exchange by a call, and its answers come back by one. It can be cut like a line: what
/// is sent waits then, as a link owes it.
pub struct InProcess {
    exchange: Arc<Mutex<Exchange>>,
    member: usize,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    waiting: VecDeque<Request>,
    heard: VecDeque<Heard>,
    is_up: bool,
    /// What goes out, and what comes in, is held.
    stalled: [bool; 2],
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("InProcess")
            .field("member", &self.member)
            .field("is_up", &self.is_up)
            .finish_non_exhaustive()
    }
}

impl InProcess {
    /// The line of member number `member`; `clock` tells the exchange's time.
    #[must_use]
    pub fn new(
        exchange: Arc<Mutex<Exchange>>,
        member: usize,
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Self {
        Self {
            exchange,
            member,
            clock,
            waiting: VecDeque::new(),
            heard: VecDeque::new(),
            is_up: false,
            stalled: [false; 2],
        }
    }

    /// Holds what goes this way until the line is mended.
    pub fn stall(&mut self, way: Way) {
        self.stalled[usize::from(way == Way::In)] = true;
    }

    /// Cuts the line, or mends it.
    pub fn set_up(&mut self, is_up: bool) {
        if self.is_up == is_up {
            return;
        }
        self.is_up = is_up;
        self.stalled = [false; 2];
        self.heard.push_back(if is_up {
            Heard::Up
        } else {
            Heard::Down("cut".to_owned())
        });
    }

    fn exchange(&self) -> MutexGuard<'_, Exchange> {
        // Whoever panicked has told so; the books are whole between two requests.
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OrderLink for InProcess {
    fn connect(&mut self) {
        self.set_up(true);
    }

    fn send(&mut self, request: &Request, _now: Timestamp) {
        self.waiting.push_back(request.clone());
    }

    fn heard(&mut self) -> Option<Heard> {
        if self.is_up {
            let now = (self.clock)();
            let waiting = if self.stalled[0] {
                VecDeque::new()
            } else {
                std::mem::take(&mut self.waiting)
            };
            let takes = !self.stalled[1];
            let answers = {
                let mut exchange = self.exchange();
                for request in &waiting {
                    exchange.request(self.member, request, now);
                }
                exchange.advance(now);
                if takes {
                    exchange.take_answers(self.member)
                } else {
                    Vec::new()
                }
            };
            self.heard
                .extend(answers.into_iter().map(|answer| Heard::Answer {
                    answer: Box::new(answer),
                    repeats: false,
                }));
        }
        self.heard.pop_front()
    }

    fn stop(&mut self) {
        self.set_up(false);
    }
}
