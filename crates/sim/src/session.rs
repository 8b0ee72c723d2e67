//! The trading day of a simulated book, and how finely its feed tells it.

use wattbook_domain::{InstrumentId, Ticks, Timestamp};

use crate::error::SimError;

/// When a book opens, how its calls run, and how far its prices may jump. The gate of the contract
/// ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// When orders match: the opening call clears at this instant.
    pub opens: Timestamp,
    /// How long orders gather before that, in ns; zero for no opening call.
    pub opening_call_ns: i64,
    /// How long orders gather before the gate, in ns; zero for no closing call.
    pub closing_call_ns: i64,
    /// How far from the last trade before it a command may trade; none for any distance.
    pub collar: Option<Ticks>,
    /// How long a command that would trade beyond the collar halts the book, in ns; zero cancels what
    /// is left of the order instead.
    pub halt_ns: i64,
    /// How long orders gather after a halt, before the auction that resumes trading, in ns.
    pub reopening_call_ns: i64,
}

impl Session {
    /// Continuous trading from `opens` until the gate, at any price.
    #[must_use]
    pub const fn continuous(opens: Timestamp) -> Self {
        Self {
            opens,
            opening_call_ns: 0,
            closing_call_ns: 0,
            collar: None,
            halt_ns: 0,
            reopening_call_ns: 0,
        }
    }

    /// Sets the parameter called `name`: ns, or ticks for the collar, where zero is none.
    ///
    /// # Errors
    /// [`SimError::UnknownParameter`] for a name that is none, [`SimError::Parameter`] for a value below
    /// zero.
    pub fn set(&mut self, name: &str, value: i64) -> Result<(), SimError> {
        let (field, place) = match name {
            "opening_call_ns" => ("opening_call_ns", &mut self.opening_call_ns),
            "closing_call_ns" => ("closing_call_ns", &mut self.closing_call_ns),
            "halt_ns" => ("halt_ns", &mut self.halt_ns),
            "reopening_call_ns" => ("reopening_call_ns", &mut self.reopening_call_ns),
            "collar" => {
                self.collar = (value > 0).then(|| Ticks::new(value));
                return at_least_zero("collar", value);
            }
            _ => {
                let (of, name) = ("a session", name.to_owned());
                return Err(SimError::UnknownParameter { of, name });
            }
        };
        at_least_zero(field, value)?;
        *place = value;
        Ok(())
    }

    /// When the book takes its first order.
    #[must_use]
    pub const fn begins(&self) -> Timestamp {
        self.opens.plus_nanos(-self.opening_call_ns)
    }

    /// When orders begin to gather for the close of a book whose gate closes at `gate`.
    #[must_use]
    pub const fn closing_call_begins(&self, gate: Timestamp) -> Timestamp {
        gate.plus_nanos(-self.closing_call_ns)
    }

    /// Whether the day of `instrument` holds both calls.
    ///
    /// # Errors
    /// [`SimError::ShortSession`] when the closing call would begin before the book has opened.
    pub fn check(&self, instrument: InstrumentId, gate: Timestamp) -> Result<(), SimError> {
        let (opens, closing) = (self.opens, self.closing_call_begins(gate));
        if closing >= opens {
            return Ok(());
        }
        Err(SimError::ShortSession {
            instrument,
            opens,
            closing,
        })
    }
}

fn at_least_zero(field: &'static str, value: i64) -> Result<(), SimError> {
    if value >= 0 {
        return Ok(());
    }
    let fix = "0 or more";
    Err(SimError::Parameter { field, value, fix })
}

/// What a book publishes besides its trades and phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FeedLevel {
    /// Best prices, and a picture of the best ten levels every five minutes.
    #[default]
    L1,
    /// Best prices, and every displayed order with its place in the queue. An order of ours has its own
    /// number there.
    L3,
}

impl std::str::FromStr for FeedLevel {
    type Err = SimError;

    fn from_str(name: &str) -> Result<Self, SimError> {
        match name {
            "l1" => Ok(Self::L1),
            "l3" => Ok(Self::L3),
            _ => Err(SimError::UnknownFeed {
                name: name.to_owned(),
            }),
        }
    }
}
