//! Requests under way, by the correlation id that their answers bear.

use std::collections::BTreeMap;

use wattbook_domain::Timestamp;
use wattbook_domain::time::NANOS_PER_SECOND;

use super::request;
use super::settings::M7Settings;

/// Own trades are asked for up to so long ahead: clocks differ.
const HOUR_SECONDS: i64 = 3_600;

/// What is asked for and not answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    Login,
    Market,
    Products,
    Contracts,
    Capacities,
    OwnOrders,
    /// Our trades of the last day, or as long as the settings say.
    OwnTrades,
    /// The books of these products.
    Books(Vec<String>),
    /// A request about an order, by our name of it.
    Entry(String),
}

impl Asked {
    fn body(&self, now: Timestamp, settings: &M7Settings) -> Vec<u8> {
        let market = &settings.market;
        match self {
            Self::Login => request::login(market, &settings.secrets.user),
            Self::Market => request::market_state(market),
            Self::Products => request::product_info(market, &settings.products),
            Self::Contracts => request::contract_info(market, &settings.products),
            Self::Capacities => request::hub_to_hub(market),
            Self::OwnOrders => request::own_orders(market),
            Self::OwnTrades => {
                let second = now.nanos().div_euclid(NANOS_PER_SECOND);
                let back = i64::from(settings.own_trades_hours) * HOUR_SECONDS;
                let period = [second - back, second + HOUR_SECONDS];
                request::own_trades(market, &settings.accounts, period)
            }
            Self::Books(products) => request::order_books(market, products),
            // Its terms stand in the entry.
            Self::Entry(_) => Vec::new(),
        }
    }
}

/// Requests without an answer, and since when.
#[derive(Debug, Default)]
pub(super) struct Requests {
    asked: BTreeMap<String, (Asked, Timestamp)>,
    /// Tells the requests of a connection from those of others, which may have answers on their way.
    connection: String,
    next: u64,
}

impl Requests {
    /// Begins with a connection.
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.asked.clear();
        self.connection = format!("wb-{:x}", now.nanos());
    }

    /// Whether a message with this correlation id concerns this connection: it answers something that
    /// was asked, or answers nothing.
    pub(super) fn may_answer(&self, correlation_id: &str) -> bool {
        correlation_id.is_empty()
            || self.asked.contains_key(correlation_id)
            || correlation_id == self.last_id()
    }

    /// The correlation id of a last request, whose answer is not waited for.
    pub(super) fn last_id(&self) -> String {
        format!("{}-last", self.connection)
    }

    /// Another request: its correlation id and its XML.
    pub(super) fn ask(
        &mut self,
        now: Timestamp,
        asked: Asked,
        settings: &M7Settings,
    ) -> (String, Vec<u8>) {
        let body = asked.body(now, settings);
        (self.note(now, asked), body)
    }

    /// Notes what is asked; the correlation id of its answer.
    pub(super) fn note(&mut self, now: Timestamp, asked: Asked) -> String {
        self.next += 1;
        let correlation_id = format!("{}-{}", self.connection, self.next);
        self.asked.insert(correlation_id.clone(), (asked, now));
        correlation_id
    }

    /// What an answer with this correlation id answers.
    pub(super) fn answered(&mut self, correlation_id: &str) -> Option<Asked> {
        self.asked.remove(correlation_id).map(|(asked, _)| asked)
    }

    /// The products whose books an answer would tell; it counts as answered then.
    pub(super) fn answered_books(&mut self, correlation_id: &str) -> Option<Vec<String>> {
        let Some((Asked::Books(products), _)) = self.asked.get(correlation_id) else {
            return None;
        };
        let products = products.clone();
        self.asked.remove(correlation_id);
        Some(products)
    }

    /// Whether the books of `product` are asked for.
    pub(super) fn has_books_of(&self, product: &String) -> bool {
        let mut all = self.asked.values();
        all.any(|(asked, _)| matches!(asked, Asked::Books(products) if products.contains(product)))
    }

    /// Since when the longest wait lasts.
    pub(super) fn since(&self) -> Option<Timestamp> {
        self.asked.values().map(|(_, since)| *since).min()
    }

    /// Their answers were not read until `now`: the wait begins anew.
    pub(super) fn excuse(&mut self, now: Timestamp) {
        for (_, since) in self.asked.values_mut() {
            *since = now;
        }
    }

    pub(super) fn clear(&mut self) {
        self.asked.clear();
    }
}
