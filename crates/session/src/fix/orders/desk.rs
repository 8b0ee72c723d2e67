//! The orders of a desk as it and the exchange know them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use wattbook_codec::fix::Message;
use wattbook_domain::event::{AmendRouted, CancelRouted, OrderRouted};
use wattbook_domain::order::Conditions;
use wattbook_domain::report::{
    AmendRejected, CancelRejected, OrderAccepted, OrderAmended, OrderCancelled, OrderFilled,
    OrderRejected, OrderStanding, StandingChanged, VenueReason, VenueReport,
};
use wattbook_domain::{Event, InstrumentId, OrderId, OrderType, Price, TradeId, Volume};

use super::answer::{Answer, ChangeRejected, ExecType, Execution, OrdStatus};
use super::fields::time_in_force_char;
use super::foreign::Foreign;
use super::held::standing_of;
use super::late::Late;
use super::misfit::Gist;
use super::outcome::{Outcome, SetAside, Told};
use super::refusal::{amend_rejected, cancel_rejected, cancelled, not_pending, refusal, rejected};
use super::request::{Cancel, NewOrder, Replace, Request};
use super::silence::Silence;
use super::sweep::Sweep;
use super::working::{Change, Working};

/// The orders of one run, between its engine and one exchange.
///
/// It is a fold over what the engine routed and what it was told ([`OrderDesk::routed`],
/// [`OrderDesk::apply`]), both of which its journal holds: a resumed run has the same desk.
/// `ClOrdID`s follow from it: `TAG-CLIENT-NUMBER` for an order, with `.N` for its N-th change.
#[derive(Debug, Clone)]
pub struct OrderDesk {
    pub(super) tag: String,
    pub(super) symbols: BTreeMap<InstrumentId, String>,
    pub(super) working: BTreeMap<OrderId, Working>,
    /// Fills that were told, whatever became of their orders.
    pub(super) fills: HashMap<(OrderId, TradeId), (Price, Volume)>,
    /// What was told under each `ExecID` (17) of this life.
    pub(super) executions: HashMap<String, Gist>,
    /// Highest number of an order that was routed, by client.
    known: BTreeMap<u16, u64>,
    /// Orders whose terms may have changed: the exchange is to be asked.
    pub(super) unsure: BTreeSet<OrderId>,
    /// A question after all orders that waits for its answer.
    pub(super) sweep: Option<Sweep>,
    /// Ends of orders that the exchange does not know.
    pub(super) lost: Vec<VenueReport>,
    /// Orders that the exchange took after they had ended here.
    pub(super) late: Late,
    pub(super) silence: Silence,
    /// What the exchange tells of and this run does not work.
    pub(super) foreign: Foreign,
}

impl OrderDesk {
    /// A desk without orders. `tag` begins each `ClOrdID` and must not come back within a day;
    /// `symbols` are the exchange's names of what is traded.
    #[must_use]
    pub fn new(
        tag: impl Into<String>,
        symbols: impl IntoIterator<Item = (InstrumentId, String)>,
    ) -> Self {
        Self {
            tag: tag.into(),
            symbols: symbols.into_iter().collect(),
            working: BTreeMap::new(),
            fills: HashMap::new(),
            executions: HashMap::new(),
            known: BTreeMap::new(),
            unsure: BTreeSet::new(),
            sweep: None,
            lost: Vec::new(),
            late: Late::default(),
            silence: Silence::default(),
            foreign: Foreign::default(),
        }
    }

    /// The exchange's names of what is traded.
    pub fn symbols(&self) -> impl ExactSizeIterator<Item = &str> {
        self.symbols.values().map(String::as_str)
    }

    /// The instrument that the exchange calls `symbol`.
    #[must_use]
    pub fn instrument(&self, symbol: &str) -> Option<InstrumentId> {
        let found = self.symbols.iter().find(|(_, known)| *known == symbol);
        found.map(|(instrument, _)| *instrument)
    }

    /// How many orders have not ended.
    #[must_use]
    pub fn open(&self) -> usize {
        self.working.len()
    }

    /// Takes what the engine routed. A refusal is not applied yet.
    pub fn routed(&mut self, event: &Event) -> Outcome {
        match event {
            Event::OrderRouted(routed) => self.new_order(routed),
            Event::AmendRouted(routed) => self.amend(routed),
            Event::CancelRouted(routed) => self.cancel(routed),
            _ => Outcome::Nothing,
        }
    }

    /// Takes what the engine routed while nothing can be sent; the engine is told so.
    pub fn refuse(&mut self, event: &Event) -> Option<VenueReport> {
        let reason = VenueReason::NotTrading;
        let report = match self.routed(event) {
            Outcome::Nothing => return None,
            Outcome::Refuse(report) => report,
            Outcome::Send(_) => match event {
                Event::OrderRouted(routed) => rejected(routed.order_id, reason),
                Event::AmendRouted(routed) => amend_rejected(routed.order_id, reason),
                Event::CancelRouted(routed) => cancel_rejected(routed.order_id, reason),
                _ => return None,
            },
        };
        self.apply(&report);
        Some(report)
    }

    /// Takes an order that the engine routed and took back before it left; the engine is told its end.
    pub fn withdraw(&mut self, event: &Event) -> Option<VenueReport> {
        let Event::OrderRouted(OrderRouted { order_id, .. }) = event else {
            return None;
        };
        // Its number is used, whatever became of it.
        let _not_sent = self.routed(event);
        let report = VenueReport::OrderCancelled(OrderCancelled {
            order_id: *order_id,
            reason: VenueReason::Requested,
        });
        self.apply(&report);
        Some(report)
    }

    /// Takes over what the engine is told.
    pub fn apply(&mut self, report: &VenueReport) {
        match report {
            VenueReport::OrderAccepted(OrderAccepted { order_id }) => {
                if let Some(order) = self.working.get_mut(order_id) {
                    order.accept();
                }
            }
            VenueReport::StandingChanged(StandingChanged { order_id, standing }) => {
                if let Some(order) = self.working.get_mut(order_id) {
                    order.stand(*standing);
                }
            }
            VenueReport::OrderFilled(filled) => self.fill(filled),
            VenueReport::OrderAmended(amended) => self.amended(amended),
            VenueReport::AmendRejected(AmendRejected { order_id, .. }) => {
                if let Some(order) = self.working.get_mut(order_id) {
                    order.answer(false);
                }
            }
            VenueReport::CancelRejected(CancelRejected { order_id, .. }) => {
                if let Some(order) = self.working.get_mut(order_id) {
                    order.answer(true);
                }
            }
            VenueReport::OrderRejected(OrderRejected { order_id, .. })
            | VenueReport::OrderCancelled(OrderCancelled { order_id, .. }) => {
                self.working.remove(order_id);
            }
            _ => {}
        }
    }

    /// What `message` of the exchange tells, which is then applied.
    ///
    /// # Errors
    /// [`SetAside`]; nothing is applied.
    pub fn told(&mut self, message: &Message<'_>) -> Result<Told, SetAside> {
        let repeats = message.get(43).is_some_and(|value| value.bytes() == b"Y");
        match Answer::read(message) {
            Ok(answer) => self.told_answer(&answer, repeats),
            Err(fault) => {
                self.note_unreadable(message);
                Err(fault.into())
            }
        }
    }

    /// What `answer` tells, which is then applied; `repeats` where it may have been told before.
    ///
    /// # Errors
    /// [`SetAside`]; nothing is applied.
    pub fn told_answer(&mut self, answer: &Answer, repeats: bool) -> Result<Told, SetAside> {
        let told = match answer {
            Answer::Execution(execution) => self.reported(execution, repeats),
            Answer::ChangeRejected(rejected) => self.change_refused(rejected, repeats),
        };
        match (&told, answer) {
            (Ok(Told::Report(report, _)), _) => self.apply(report),
            (
                Err(
                    SetAside::ForeignOrder { .. }
                    | SetAside::UnknownHere { .. }
                    | SetAside::OpenThere { .. },
                ),
                Answer::Execution(execution),
            ) => self.note_foreign(execution),
            (Err(SetAside::ExecType { code: 'G' | 'H' }), Answer::Execution(execution)) => {
                self.note_undone(execution);
            }
            _ => {}
        }
        told
    }

    /// Ends of orders that the exchange does not know, as its answer to [`Self::mass_status`] has
    /// shown; they are applied.
    pub fn take_lost(&mut self) -> Vec<VenueReport> {
        std::mem::take(&mut self.lost)
    }

    /// What the refusal of our message with `id` tells, by a Reject (35=3) or a Business Message
    /// Reject (35=j); it is then applied.
    ///
    /// # Errors
    /// [`SetAside`] when the message waits for no answer.
    pub fn refused(&mut self, id: &str) -> Result<VenueReport, SetAside> {
        let (order_id, change) = self.parse(id)?;
        let not_pending = || SetAside::NotPending { id: id.to_owned() };
        let order = self.working.get(&order_id).ok_or_else(not_pending)?;
        let reason = VenueReason::InvalidTerms;
        let report = match order.waiting(change) {
            Some(waiting) => refusal(order_id, waiting, reason),
            None if change == 0 && order.is_unanswered() => rejected(order_id, reason),
            None => return Err(not_pending()),
        };
        self.apply(&report);
        Ok(report)
    }

    /// What was routed but never left, by the `ClOrdID`s that did: the process ended between. The
    /// engine is told that it was refused.
    pub fn never_sent(&mut self, sent: &HashSet<String>) -> Vec<VenueReport> {
        let mut reports = Vec::new();
        let reason = VenueReason::NotTrading;
        for (order_id, order) in &self.working {
            let left = |number| sent.contains(&self.id(*order_id, number));
            if order.is_unanswered() && !left(0) {
                reports.push(rejected(*order_id, reason));
                continue;
            }
            let kept = order.pending().filter(|(number, _)| !left(*number));
            reports.extend(kept.map(|(_, change)| refusal(*order_id, change, reason)));
        }
        for report in &reports {
            self.apply(report);
        }
        reports
    }

    fn new_order(&mut self, routed: &OrderRouted) -> Outcome {
        let (order_id, order) = (routed.order_id, &routed.order);
        let last = self.known.entry(order_id.client().0).or_default();
        *last = (*last).max(order_id.number());
        self.working.insert(order_id, Working::new(routed));
        // Whose child an order is matters to us alone; how much of it is shown can be said.
        let conditions = order.conditions.as_deref().cloned().unwrap_or_default();
        let display_volume = conditions.display_volume;
        let is_plain = Conditions {
            display_volume: None,
            ..conditions
        }
        .is_plain();
        let is_spoken = order.order_type == OrderType::Limit
            && time_in_force_char(order.time_in_force).is_some()
            && is_plain;
        let Some(symbol) = self.symbols.get(&order.instrument).filter(|_| is_spoken) else {
            return Outcome::Refuse(rejected(order_id, VenueReason::InvalidTerms));
        };
        Outcome::Send(Request::New(NewOrder {
            id: self.id(order_id, 0),
            symbol: symbol.clone(),
            side: order.side,
            time_in_force: order.time_in_force,
            price: order.price,
            volume: order.volume,
            display_volume,
        }))
    }

    fn amend(&mut self, routed: &AmendRouted) -> Outcome {
        let AmendRouted {
            order_id,
            price,
            volume,
            ..
        } = *routed;
        let Some((number, original)) = self.change(order_id, Change::Amend { price, volume })
        else {
            return Outcome::Nothing;
        };
        if routed.trigger.is_some() {
            return Outcome::Refuse(amend_rejected(order_id, VenueReason::InvalidTerms));
        }
        let order = &self.working[&order_id];
        Outcome::Send(Request::Replace(Replace {
            id: self.id(order_id, number),
            original,
            symbol: self.symbol(order.instrument),
            side: order.side,
            price,
            volume,
            display_volume: order.display_volume,
        }))
    }

    fn cancel(&mut self, routed: &CancelRouted) -> Outcome {
        let order_id = routed.order_id;
        let Some((number, original)) = self.change(order_id, Change::Cancel) else {
            return Outcome::Nothing;
        };
        let order = &self.working[&order_id];
        Outcome::Send(Request::Cancel(Cancel {
            id: self.id(order_id, number),
            original,
            symbol: self.symbol(order.instrument),
            side: order.side,
            volume: order.volume,
        }))
    }

    /// Notes a change that is asked for; returns its number and the `ClOrdID` of what it changes.
    fn change(&mut self, order_id: OrderId, change: Change) -> Option<(u32, String)> {
        let (number, original) = self.working.get_mut(&order_id)?.ask(change);
        Some((number, self.id(order_id, original)))
    }

    fn fill(&mut self, filled: &OrderFilled) {
        let terms = (filled.price, filled.volume);
        self.fills.insert((filled.order_id, filled.trade), terms);
        if let Some(order) = self.working.get_mut(&filled.order_id) {
            order.fill(filled.volume);
        }
        self.end_filled(filled.order_id);
    }

    fn amended(&mut self, amended: &OrderAmended) {
        if let Some(order) = self.working.get_mut(&amended.order_id) {
            order.amend(amended.price, amended.volume);
        }
        self.end_filled(amended.order_id);
    }

    fn end_filled(&mut self, order_id: OrderId) {
        let order = self.working.get(&order_id);
        if order.is_some_and(|order| order.filled >= order.volume) {
            self.working.remove(&order_id);
        }
    }

    pub(super) fn execution(
        &mut self,
        execution: &Execution,
        repeats: bool,
    ) -> Result<Told, SetAside> {
        let (order_id, change) = self.parse(&execution.id)?;
        match execution.exec_type {
            ExecType::Pending if execution.status == OrdStatus::AcceptedForBidding => {}
            ExecType::Pending | ExecType::Calculated => return Ok(Told::Nothing),
            ExecType::Status => return self.status(order_id, execution, repeats),
            ExecType::Other(code) => {
                let code = char::from(code);
                return Err(SetAside::ExecType { code });
            }
            _ => {}
        }
        if self.is_told(order_id, execution)? {
            return Ok(Told::Repeated);
        }
        let told = |report| Ok(Told::Report(report, execution.at));
        if let (ExecType::Trade, Some((price, volume))) = (execution.exec_type, execution.last) {
            let trade = execution.trade();
            if let Some(before) = self.fills.get(&(order_id, trade)) {
                if *before == (price, volume) {
                    return Ok(Told::Repeated);
                }
                return Err(self.told_twice(order_id, execution));
            }
            self.check_fill(order_id, execution, price)?;
            self.check_filled(order_id, execution, volume, repeats);
            // A fill always goes to the engine, which books it or says in the journal why not.
            let has_room =
                |order: &Working| order.has_amend() || volume <= order.volume - order.filled;
            if !self.working.get(&order_id).is_some_and(has_room) {
                self.note_unbooked(execution);
            }
            let was_held = |order: &Working| order.standing != OrderStanding::Working;
            if self.working.get(&order_id).is_some_and(was_held) {
                // Whether it still is, the exchange tells when it is asked.
                self.unsure.insert(order_id);
            }
            return told(VenueReport::OrderFilled(OrderFilled {
                order_id,
                trade,
                price,
                volume,
                is_maker: execution.is_maker,
            }));
        }
        let Some(order) = self.working.get(&order_id) else {
            return self.taken_late(order_id, execution, repeats);
        };
        match execution.exec_type {
            ExecType::New | ExecType::Pending
                if execution.status == OrdStatus::AcceptedForBidding =>
            {
                Ok(self.stands(order_id, execution, repeats))
            }
            ExecType::New if order.is_accepted => Ok(self.stands(order_id, execution, repeats)),
            ExecType::Suspended | ExecType::Stopped => {
                Ok(self.stands(order_id, execution, repeats))
            }
            ExecType::DoneForDay if execution.open > Volume::ZERO => {
                Ok(self.stands(order_id, execution, repeats))
            }
            ExecType::New => told(VenueReport::OrderAccepted(OrderAccepted { order_id })),
            // A refusal of an order that is in the book is one of its number used twice.
            ExecType::Rejected if !order.is_unanswered() => not_pending(&execution.id, repeats),
            ExecType::Rejected => {
                let reason = execution.reason.unwrap_or(VenueReason::InvalidTerms);
                told(rejected(order_id, reason))
            }
            ExecType::Replaced => match order.waiting(change) {
                Some(Change::Amend { price, volume }) => {
                    told(VenueReport::OrderAmended(OrderAmended {
                        order_id,
                        price: execution.price.unwrap_or(price),
                        volume: execution.volume.unwrap_or(volume),
                    }))
                }
                _ => not_pending(&execution.id, repeats),
            },
            // New terms would pass for the answer to an amendment that waits, and old ones that are
            // told again would hide newer ones: where the order stands is asked instead.
            ExecType::Restated if repeats || order.has_amend() => {
                self.unsure.insert(order_id);
                Ok(Told::Nothing)
            }
            ExecType::Restated => {
                let price = execution.price.unwrap_or(order.price);
                let volume = execution.volume.unwrap_or(order.volume);
                let standing = standing_of(execution).unwrap_or(order.standing);
                if standing != order.standing {
                    if (price, volume) == (order.price, order.volume) {
                        return Ok(self.stands(order_id, execution, repeats));
                    }
                    self.unsure.insert(order_id);
                }
                told(VenueReport::OrderAmended(OrderAmended {
                    order_id,
                    price,
                    volume,
                }))
            }
            _ => told(cancelled(order_id, execution)),
        }
    }

    /// Takes the answer to a question: it ends an order that the exchange no longer has, tells of terms
    /// that differ from ours, and never makes up a fill.
    fn status(
        &mut self,
        order_id: OrderId,
        execution: &Execution,
        repeats: bool,
    ) -> Result<Told, SetAside> {
        let Some(order) = self.working.get(&order_id) else {
            let open = execution.open;
            if open > Volume::ZERO && !repeats && execution.mass.is_some() {
                return Err(SetAside::OpenThere { order_id, open });
            }
            return Ok(Told::Repeated);
        };
        if execution.filled != order.filled && execution.status != OrdStatus::Rejected {
            // An answer that is told again may be older than fills that came since.
            if repeats && execution.filled < order.filled {
                return Ok(Told::Repeated);
            }
            let (instrument, ours) = (order.instrument, order.filled);
            let theirs = execution.filled;
            self.doubt(
                instrument,
                format!("the exchange has filled {theirs} of order {order_id}, this run {ours}"),
            );
            return Err(SetAside::FillsDiffer {
                order_id,
                theirs,
                ours,
            });
        }
        let told = |report| Ok(Told::Report(report, execution.at));
        match execution.status {
            OrdStatus::New | OrdStatus::PartiallyFilled if !order.is_accepted => {
                told(VenueReport::OrderAccepted(OrderAccepted { order_id }))
            }
            OrdStatus::Rejected if order.is_unanswered() => {
                let reason = execution.reason.unwrap_or(VenueReason::UnknownOrder);
                told(rejected(order_id, reason))
            }
            OrdStatus::Rejected | OrdStatus::Cancelled | OrdStatus::Expired => {
                told(cancelled(order_id, execution))
            }
            OrdStatus::DoneForDay | OrdStatus::Calculated if execution.open <= Volume::ZERO => {
                told(cancelled(order_id, execution))
            }
            _ => {
                let Some(standing) = standing_of(execution) else {
                    return Ok(Told::Nothing);
                };
                let price = execution.price.unwrap_or(order.price);
                let volume = execution.volume.unwrap_or(order.volume);
                if (price, volume) == (order.price, order.volume) {
                    if standing == order.standing {
                        return Ok(Told::Nothing);
                    }
                    return Ok(self.stands(order_id, execution, repeats));
                }
                // What is under way, or told again, may be newer than this answer.
                if repeats || order.has_amend() {
                    self.unsure.insert(order_id);
                    return Ok(Told::Nothing);
                }
                if standing != order.standing {
                    self.unsure.insert(order_id);
                }
                told(VenueReport::OrderAmended(OrderAmended {
                    order_id,
                    price,
                    volume,
                }))
            }
        }
    }

    fn change_refused(&self, refused: &ChangeRejected, repeats: bool) -> Result<Told, SetAside> {
        let (order_id, change) = self.parse(&refused.id)?;
        // A fill or the gate was quicker than the change; the engine has been told of that.
        let Some(order) = self.working.get(&order_id) else {
            return Ok(Told::Nothing);
        };
        let Some(waiting) = order.waiting(change) else {
            return not_pending(&refused.id, repeats);
        };
        Ok(Told::Report(
            refusal(order_id, waiting, refused.reason),
            None,
        ))
    }

    pub(super) fn id(&self, order_id: OrderId, change: u32) -> String {
        match change {
            0 => format!("{}-{order_id}", self.tag),
            _ => format!("{}-{order_id}.{change}", self.tag),
        }
    }

    /// Takes the exchange's name of `instrument`, or its new one.
    pub fn name(&mut self, instrument: InstrumentId, symbol: String) {
        self.symbols.insert(instrument, symbol);
    }

    /// What the exchange calls `instrument`; nothing for one that is not traded there.
    #[must_use]
    pub fn symbol(&self, instrument: InstrumentId) -> String {
        self.symbols.get(&instrument).cloned().unwrap_or_default()
    }

    /// The order and the number of the change that a `ClOrdID` of this run stands for.
    pub(super) fn parse(&self, id: &str) -> Result<(OrderId, u32), SetAside> {
        let found = id
            .strip_prefix(&self.tag)
            .and_then(|rest| rest.strip_prefix('-'))
            .and_then(|rest| {
                let (order, change) = rest.split_once('.').unwrap_or((rest, "0"));
                let order_id: OrderId = order.parse().ok()?;
                let last = self.known.get(&order_id.client().0)?;
                (order_id.number() <= *last).then_some((order_id, change.parse().ok()?))
            });
        found.ok_or_else(|| SetAside::ForeignOrder { id: id.to_owned() })
    }
}
