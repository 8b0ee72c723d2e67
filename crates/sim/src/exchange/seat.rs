//! A member's FIX session at an exchange.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wattbook_codec::fix::Message;
use wattbook_domain::Timestamp;
use wattbook_session::fix::orders::{Request, Unreadable, read_subscription};
use wattbook_session::fix::{
    Application, BusinessReason, Declined, MessageStore, Outbox, SessionError,
};

use super::Exchange;

/// How often the books are looked at for what is due, in ns.
const INTERVAL_NS: i64 = 5_000_000;

/// Whom a seat is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Duty {
    Member(usize),
    /// Reads copies of every member's reports, and asks nothing.
    Copies(usize),
}

/// Takes the messages of one member: orders (35=D, G, F), questions (H, AF), subscriptions (V).
pub struct Seat {
    exchange: Arc<Mutex<Exchange>>,
    duty: Duty,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Seat {
    /// The seat of member number `member`; `clock` tells the exchange's time.
    #[must_use]
    pub fn new(
        exchange: Arc<Mutex<Exchange>>,
        member: usize,
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Self {
        let duty = Duty::Member(member);
        Self {
            exchange,
            duty,
            clock,
        }
    }

    /// The seat of the reader of copies with this number (`Exchange::add_copies`).
    #[must_use]
    pub fn copies(
        exchange: Arc<Mutex<Exchange>>,
        number: usize,
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Self {
        let duty = Duty::Copies(number);
        Self {
            exchange,
            duty,
            clock,
        }
    }

    fn exchange(&self) -> MutexGuard<'_, Exchange> {
        // A seat that panicked has told so; the books are whole between two messages.
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what waits for the member.
    fn flush<S: MessageStore>(&self, outbox: &mut Outbox<S>) -> Result<(), SessionError> {
        let mut exchange = self.exchange();
        let number = match self.duty {
            Duty::Member(member) => member,
            Duty::Copies(number) => {
                while let Some((member, answer)) = exchange.copies[number].pop_front() {
                    // OnBehalfOfCompID (115): whose report it is.
                    let name = exchange.members[member].name.clone();
                    let header = [(115, name.as_bytes())];
                    outbox.send(answer.msg_type(), &header, |body| answer.write(body))?;
                }
                return Ok(());
            }
        };
        let member = &mut exchange.members[number];
        while let Some(answer) = member.answers.pop_front() {
            outbox.send(answer.msg_type(), &[], |body| answer.write(body))?;
        }
        for quote in std::mem::take(&mut member.quotes).into_values() {
            outbox.send_once("W", |body| quote.write(body))?;
        }
        Ok(())
    }
}

impl<S: MessageStore> Application<S> for Seat {
    fn on_message(
        &mut self,
        message: &Message<'_>,
        outbox: &mut Outbox<S>,
    ) -> Result<(), Declined> {
        let Duty::Member(member) = self.duty else {
            return Err(Declined::Business(BusinessReason::UnsupportedMessageType));
        };
        match message.msg_type() {
            b"V" => {
                let symbols = read_subscription(message);
                self.exchange().subscribe(member, symbols);
            }
            b"D" | b"F" | b"G" | b"H" | b"AF" => {
                let request = Request::read(message).map_err(|fault| {
                    Declined::Business(match fault {
                        Unreadable::Missing { .. } => {
                            BusinessReason::ConditionallyRequiredFieldMissing
                        }
                        _ => BusinessReason::Other,
                    })
                })?;
                let now = (self.clock)();
                self.exchange().take(member, &request, now);
            }
            _ => return Err(Declined::Business(BusinessReason::UnsupportedMessageType)),
        }
        Ok(self.flush(outbox)?)
    }

    fn on_time(&mut self, outbox: &mut Outbox<S>) -> Result<(), SessionError> {
        let now = (self.clock)();
        self.exchange().advance(now);
        self.flush(outbox)
    }

    fn interval_ns(&self) -> Option<i64> {
        Some(INTERVAL_NS)
    }

    fn on_disconnect(&mut self) {
        if let Duty::Member(member) = self.duty {
            self.exchange().unsubscribe(member);
        }
    }
}
