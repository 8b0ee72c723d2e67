//! Whom trades are made with, and through whom they clear.

use std::collections::BTreeMap;

use wattbook_domain::reference::SetClearing;
use wattbook_domain::state::State;
use wattbook_domain::{CounterpartyId, TradingBookId, VenueId, state};

/// Whom a trade is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Party {
    counterparty: CounterpartyId,
    member: Option<CounterpartyId>,
}

state!(Party {
    counterparty,
    member
});

/// By venue and trading book; without a book for all that have none of their own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parties(BTreeMap<(VenueId, Option<TradingBookId>), Party>);

impl Parties {
    /// Takes over whom trades are made with.
    pub(crate) fn set(&mut self, set: &SetClearing) {
        let SetClearing {
            venue,
            trading_book,
            counterparty,
            member,
        } = *set;
        let party = Party {
            counterparty,
            member,
        };
        self.0.insert((venue, trading_book), party);
    }

    /// Whether trades of a book at a venue are with `counterparty` and through `member`; a part left
    /// out does not restrict. A venue without a party is in no scope that names one.
    #[inline]
    pub(crate) fn fit(
        &self,
        (counterparty, member): (Option<CounterpartyId>, Option<CounterpartyId>),
        venue: VenueId,
        trading_book: TradingBookId,
    ) -> bool {
        if counterparty.is_none() && member.is_none() {
            return true;
        }
        let own = self.0.get(&(venue, Some(trading_book)));
        let Some(party) = own.or_else(|| self.0.get(&(venue, None))) else {
            return false;
        };
        counterparty.is_none_or(|only| only == party.counterparty)
            && (member.is_none() || member == party.member)
    }
}

impl State for Parties {
    fn save(&self, out: &mut Vec<u8>) {
        self.0.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        State::load(input).map(Self)
    }
}
