//! One order that was sent over a venue's session.

use std::collections::VecDeque;

use wattbook_domain::report::{OrderStanding, VenueReason};
use wattbook_domain::{Price, Side, TimeInForce, Timestamp, Volume};

use super::entry::{EntryAct, OrderEntry, Standing};
use super::own::{OwnOrder, OwnOrderAction, OwnOrderState, OwnTrade};
use crate::fix::orders::{
    Answer, ChangeRejected, ExecType, Execution, NewOrder, OrdStatus, StandingOrder,
};

/// What is asked about an order; the venue sees the next one only when the one before is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    Add,
    Modify {
        id: String,
        price: Price,
        /// Total volume.
        volume: Volume,
    },
    Delete {
        id: String,
    },
}

impl Asked {
    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Self::Add => None,
            Self::Modify { id, .. } | Self::Delete { id } => Some(id),
        }
    }
}

/// How far an order is, as far as the kit was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Asked,
    Accepted,
    Refused,
    Ended,
}

/// An order, as asked and as told.
#[derive(Debug)]
pub(super) struct Placed {
    /// Our name of it at the venue: that of its first request.
    pub(super) name: String,
    /// Its name in the terms of the kit: that of the last change that was granted.
    id: String,
    pub(super) symbol: String,
    pub(super) side: Side,
    life: TimeInForce,
    /// Iceberg: what it shows at a time.
    display: Option<Volume>,
    /// Terms as the kit was told them.
    price: Price,
    volume: Volume,
    /// Limit and open volume as the venue told them last.
    there: (Price, Volume),
    /// What trades told of it.
    filled: Volume,
    /// Sum of price × volume of its trades, in 1e-12.
    paid: i128,
    /// What reports on the order say has traded; trades may come behind them.
    executed: Volume,
    /// The venue's code of it; empty until it is told.
    pub(super) code: String,
    revision: u64,
    stage: Stage,
    /// Whether the venue has it in this connection.
    pub(super) stands: bool,
    /// How the venue holds it, as the kit was told: hibernated ones are suspended.
    held: OrderStanding,
    /// Its end, which waits for the trades before it.
    end: Option<(ExecType, VenueReason)>,
    pub(super) asked: VecDeque<Asked>,
    /// The revision at which the first of `asked` is on its way.
    sent: Option<u64>,
    /// Whether it left, now or over a connection before.
    has_left: bool,
    /// Whether an earlier process sent it, if it left at all.
    is_resumed: bool,
    reports: u64,
}

impl Placed {
    pub(super) fn new(new: &NewOrder) -> Self {
        Self {
            name: new.id.clone(),
            id: new.id.clone(),
            symbol: new.symbol.clone(),
            side: new.side,
            life: new.time_in_force,
            display: new.display_volume,
            price: new.price,
            volume: new.volume,
            filled: Volume::ZERO,
            paid: 0,
            executed: Volume::ZERO,
            there: (new.price, new.volume),
            code: String::new(),
            revision: 0,
            stage: Stage::Asked,
            stands: false,
            held: OrderStanding::Working,
            end: None,
            asked: VecDeque::from([Asked::Add]),
            sent: None,
            has_left: false,
            is_resumed: false,
            reports: 0,
        }
    }

    /// An order of an earlier process: what it asked may have left or not.
    pub(super) fn resumed(order: StandingOrder) -> Self {
        let changes = order.changes.into_iter().map(|(id, terms)| match terms {
            Some((price, volume)) => Asked::Modify { id, price, volume },
            None => Asked::Delete { id },
        });
        let add = (!order.is_accepted).then_some(Asked::Add);
        let stage = if order.is_accepted {
            Stage::Accepted
        } else {
            Stage::Asked
        };
        Self {
            id: order.id,
            filled: order.filled,
            executed: order.filled,
            stage,
            asked: add.into_iter().chain(changes).collect(),
            has_left: true,
            is_resumed: true,
            ..Self::new(&NewOrder {
                id: order.name,
                symbol: String::new(),
                side: order.side,
                time_in_force: order.time_in_force,
                price: order.price,
                volume: order.volume,
                display_volume: order.display_volume,
            })
        }
    }

    /// A standing order that was not sent from here, for a person to take back.
    pub(super) fn foreign(told: &OwnOrder, symbol: String) -> Self {
        Self {
            code: told.order.clone(),
            revision: told.revision,
            stage: Stage::Accepted,
            stands: true,
            asked: VecDeque::new(),
            ..Self::new(&NewOrder {
                id: told.client_order.clone(),
                symbol,
                side: told.side,
                time_in_force: TimeInForce::GoodTillCancelled,
                price: told.price,
                volume: told.volume,
                display_volume: told.display_volume,
            })
        }
    }

    /// What is to be sent next, if nothing is on its way.
    pub(super) fn entry(&mut self, login: u64) -> Option<OrderEntry> {
        if self.sent.is_some() || self.is_over() {
            return None;
        }
        let standing = Standing {
            order: self.code.clone(),
            revision: self.revision,
        };
        let (id, price, volume, act) = match self.asked.front()? {
            Asked::Add => {
                let time_in_force = self.life;
                let act = EntryAct::Add { time_in_force };
                (self.name.clone(), self.price, self.volume, act)
            }
            Asked::Modify { id, price, volume } => {
                let open = *volume - self.executed;
                (id.clone(), *price, open, EntryAct::Modify(standing))
            }
            Asked::Delete { id } => {
                let (price, open) = self.there;
                (id.clone(), price, open, EntryAct::Delete(standing))
            }
        };
        (self.sent, self.has_left) = (Some(self.revision), true);
        let (contract, area) = self.symbol.rsplit_once('@').unwrap_or((&self.symbol, ""));
        Some(OrderEntry {
            id,
            login,
            contract: contract.to_owned(),
            area: area.to_owned(),
            client_order: self.name.clone(),
            side: self.side,
            price,
            volume,
            // No more can be shown than is open.
            display_volume: self.display.map(|display| display.min(volume)),
            act,
        })
    }

    /// The connection is another one: what was sent is unsure.
    pub(super) fn suspend(&mut self) {
        self.stands = false;
        self.sent = None;
    }

    /// The session is over: whether it arrived is found out by the next one, which does not send it again.
    pub(super) const fn leave(&mut self) {
        self.is_resumed = true;
    }

    /// Takes what the venue tells of the order; while `is_loading` how the rest stands is not known yet,
    /// so that neither a change counts as granted nor the order as ended.
    pub(super) fn told(&mut self, told: &OwnOrder, is_loading: bool, out: &mut Vec<Answer>) {
        self.code.clone_from(&told.order);
        self.revision = told.revision;
        if told.state == OwnOrderState::Rejected {
            if self.stage == Stage::Asked {
                self.refuse(VenueReason::InvalidTerms, out);
            }
            return;
        }
        if told.state == OwnOrderState::Pending {
            return;
        }
        self.stands = told.state != OwnOrderState::Inactive;
        if self.stage == Stage::Refused && self.stands {
            // The venue took it after its lists were told: it stands, and the kit takes it back.
            self.stage = Stage::Asked;
        }
        self.accept(Some(told.ts_event), out);
        self.there = (told.price, told.volume);
        let at = Some(told.ts_event);
        self.hibernate(told.state == OwnOrderState::Hibernated, at, out);
        match &told.action {
            OwnOrderAction::PartlyExecuted | OwnOrderAction::Executed => {
                self.executed = self.executed.max(self.volume - told.volume);
            }
            OwnOrderAction::UserModified | OwnOrderAction::SystemModified
                if !is_loading && self.stands =>
            {
                self.take_terms(self.sent.is_some(), at, out);
            }
            _ => {}
        }
        if !self.stands && told.action != OwnOrderAction::Executed {
            self.end = Some(match told.action {
                OwnOrderAction::SystemDeleted if self.is_immediate() => {
                    (ExecType::Cancelled, VenueReason::Unfilled)
                }
                OwnOrderAction::SystemDeleted => (ExecType::Expired, VenueReason::Expired),
                _ => (ExecType::Cancelled, VenueReason::Requested),
            });
        }
        if !is_loading {
            self.finish(at, out);
        }
    }

    /// Takes a trade; `execution` is its name.
    pub(super) fn traded(
        &mut self,
        trade: &OwnTrade,
        execution: String,
        is_loading: bool,
        out: &mut Vec<Answer>,
    ) {
        let at = Some(trade.ts_event);
        self.accept(at, out);
        self.filled += trade.volume;
        self.paid += i128::from(trade.price.millionths()) * i128::from(trade.volume.millionths());
        self.executed = self.executed.max(self.filled);
        let answer = Execution {
            execution,
            last: Some((trade.price, trade.volume)),
            is_maker: trade.is_taker == Some(false),
            ..self.execution(ExecType::Trade, at)
        };
        out.push(Answer::Execution(Box::new(answer)));
        if !is_loading {
            self.finish(at, out);
        }
    }

    /// The venue refuses request `id`, for `reason`.
    pub(super) fn refused(&mut self, id: &str, reason: VenueReason, out: &mut Vec<Answer>) {
        match self.asked.front() {
            Some(Asked::Add) if id == self.name => self.refuse(reason, out),
            // It was about a revision that is no longer the last: an order is taken back all the same.
            Some(Asked::Delete { id: asked })
                if asked == id && self.stands && self.sent != Some(self.revision) =>
            {
                self.sent = None;
            }
            Some(asked) if asked.id() == Some(id) => {
                let was_replace = matches!(asked, Asked::Modify { .. });
                let answer = ChangeRejected {
                    order: self.code.clone(),
                    id: id.to_owned(),
                    original: self.id.clone(),
                    status: self.status(),
                    was_replace,
                    reason,
                };
                self.answered();
                out.push(Answer::ChangeRejected(answer));
                self.finish(None, out);
            }
            _ => {}
        }
    }

    /// The venue took no request for now: `id` did not arrive.
    pub(super) fn throttled(&mut self, id: &str) {
        let front = self.asked.front();
        if front.is_some_and(|asked| asked.id().unwrap_or(&self.name) == id) {
            (self.sent, self.has_left) = (None, false);
        }
    }

    /// All that stands and all trades were told since the connection was made: what was unsure is
    /// settled, or asked again.
    pub(super) fn settle(&mut self, out: &mut Vec<Answer>) {
        if self.is_over() {
            return;
        }
        if self.stage == Stage::Asked {
            // One that has left may still arrive: were it sent again, it could stand there twice.
            if self.has_left && self.is_immediate() && !self.is_resumed {
                self.refuse(VenueReason::Unfilled, out);
            } else if self.has_left || self.is_resumed {
                self.refuse(VenueReason::NotTrading, out);
            }
            return;
        }
        self.executed = self.filled;
        if self.stands {
            let is_granted = matches!(self.asked.front(), Some(Asked::Modify { price, volume, .. })
                if self.has_left && (*price, *volume) == (self.there.0, self.filled + self.there.1));
            self.take_terms(is_granted, None, out);
            self.has_left = false;
        } else {
            let was_cancelled =
                self.has_left && matches!(self.asked.front(), Some(Asked::Delete { .. }));
            if self.end.is_none() && was_cancelled {
                self.end = Some((ExecType::Cancelled, VenueReason::Requested));
            } else if self.end.is_none() && self.is_immediate() {
                self.end = Some((ExecType::Cancelled, VenueReason::Unfilled));
            } else if self.end.is_none() {
                // Why it is gone is not known: the answer about all orders, which leaves it out, ends it.
                self.asked.clear();
            }
        }
        self.finish(None, out);
    }

    /// Where it stands.
    pub(super) fn standing(&mut self) -> Execution {
        self.execution(ExecType::Status, None)
    }

    /// Whether the venue has it, as far as it told.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Accepted) && self.stands
    }

    /// Whether nothing has shown yet that the venue took it.
    pub(super) const fn is_unanswered(&self) -> bool {
        matches!(self.stage, Stage::Asked)
    }

    /// Whether what is asked next has been sent.
    pub(super) const fn is_on_its_way(&self) -> bool {
        self.sent.is_some()
    }

    /// Whether something is asked and not answered.
    pub(super) fn is_asking(&self) -> bool {
        !self.is_over() && !self.asked.is_empty()
    }

    /// Whether nothing of it has left.
    pub(super) fn is_unsent(&self) -> bool {
        self.stage == Stage::Asked && !self.has_left
    }

    /// Whether nothing of it is open any more.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Refused | Stage::Ended)
    }

    const fn is_immediate(&self) -> bool {
        matches!(
            self.life,
            TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill
        )
    }

    fn answered(&mut self) -> Option<Asked> {
        (self.sent, self.has_left) = (None, false);
        self.asked.pop_front()
    }

    fn accept(&mut self, at: Option<Timestamp>, out: &mut Vec<Answer>) {
        if self.stage != Stage::Asked {
            return;
        }
        self.stage = Stage::Accepted;
        if self.asked.front() == Some(&Asked::Add) {
            self.answered();
        }
        out.push(self.report(ExecType::New, None, at));
    }

    /// Tells the kit that the order is held, or takes part again.
    fn hibernate(&mut self, is_held: bool, at: Option<Timestamp>, out: &mut Vec<Answer>) {
        let (held, exec_type) = if is_held {
            (OrderStanding::Suspended, ExecType::Suspended)
        } else {
            (OrderStanding::Working, ExecType::New)
        };
        if held == self.held || !self.stands {
            return;
        }
        self.held = held;
        out.push(self.report(exec_type, None, at));
    }

    pub(super) fn refuse(&mut self, reason: VenueReason, out: &mut Vec<Answer>) {
        self.stage = Stage::Refused;
        self.asked.clear();
        self.sent = None;
        out.push(self.report(ExecType::Rejected, Some(reason), None));
    }

    /// Takes over the terms that the venue tells: those of the amendment that waits where `is_granted`,
    /// else what it or another user of ours made of the order.
    fn take_terms(&mut self, is_granted: bool, at: Option<Timestamp>, out: &mut Vec<Answer>) {
        let terms = (self.there.0, self.executed + self.there.1);
        let asked = self.asked.front().filter(|_| is_granted).cloned();
        if let Some(Asked::Modify { id, .. }) = asked {
            (self.price, self.volume) = terms;
            self.answered();
            let original = std::mem::replace(&mut self.id, id);
            let mut execution = self.execution(ExecType::Replaced, at);
            execution.original = Some(original);
            out.push(Answer::Execution(Box::new(execution)));
        } else if (self.price, self.volume) != terms {
            (self.price, self.volume) = terms;
            out.push(self.report(ExecType::Restated, None, at));
        }
    }

    /// Ends it where it has ended and all its trades were told.
    fn finish(&mut self, at: Option<Timestamp>, out: &mut Vec<Answer>) {
        if self.is_over() {
            return;
        }
        let grows = matches!(self.asked.front(), Some(Asked::Modify { .. })) && self.stands;
        if self.filled >= self.volume && !grows {
            self.stage = Stage::Ended;
            self.asked.clear();
        } else if let Some((kind, reason)) = self.end
            && self.filled >= self.executed
        {
            self.stage = Stage::Ended;
            let mut execution = self.execution(kind, at);
            if let Some(Asked::Delete { id }) = self.asked.pop_front() {
                self.id.clone_from(&id);
                execution.original = Some(std::mem::replace(&mut execution.id, id));
            }
            execution.reason = Some(reason);
            self.asked.clear();
            out.push(Answer::Execution(Box::new(execution)));
        }
    }

    fn status(&self) -> OrdStatus {
        match self.end {
            Some((ExecType::Expired, _)) if self.is_over() => OrdStatus::Expired,
            Some(_) if self.is_over() => OrdStatus::Cancelled,
            _ if self.stage == Stage::Refused => OrdStatus::Rejected,
            _ if self.filled >= self.volume => OrdStatus::Filled,
            _ if self.held == OrderStanding::Suspended => OrdStatus::Suspended,
            _ if self.filled > Volume::ZERO => OrdStatus::PartiallyFilled,
            _ => OrdStatus::New,
        }
    }

    fn report(
        &mut self,
        exec_type: ExecType,
        reason: Option<VenueReason>,
        at: Option<Timestamp>,
    ) -> Answer {
        let mut execution = self.execution(exec_type, at);
        execution.reason = reason;
        Answer::Execution(Box::new(execution))
    }

    fn execution(&mut self, exec_type: ExecType, at: Option<Timestamp>) -> Execution {
        self.reports += 1;
        let open = if self.is_over() {
            Volume::ZERO
        } else {
            self.volume - self.filled
        };
        let mean = self
            .paid
            .checked_div_euclid(i128::from(self.filled.millionths()));
        Execution {
            order: self.code.clone(),
            execution: format!("{}/{}", self.name, self.reports),
            id: self.id.clone(),
            original: None,
            exec_type,
            status: self.status(),
            symbol: self.symbol.clone(),
            side: self.side,
            price: Some(self.price),
            volume: Some(self.volume),
            last: None,
            filled: self.filled,
            open,
            mean_price: Price::from_millionths(
                mean.and_then(|mean| i64::try_from(mean).ok()).unwrap_or(0),
            ),
            is_maker: false,
            reason: None,
            at,
            mass: None,
        }
    }
}
