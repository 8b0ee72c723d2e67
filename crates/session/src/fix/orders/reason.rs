//! Why an exchange refused or ended an order: codes and words of FIX 4.4 for our reasons.

use wattbook_domain::report::VenueReason;

/// Our reason, `OrdRejReason` (103) and `Text` (58).
///
/// Code 99 is "other"; the text then tells the reasons apart. Another exchange's texts are not
/// known, so its code decides alone.
const TABLE: [(VenueReason, i64, &str); 14] = [
    (VenueReason::Requested, 99, "Requested"),
    (VenueReason::Expired, 99, "Expired"),
    (VenueReason::Unfilled, 99, "Could not fill at once"),
    (VenueReason::SelfTrade, 99, "Would have traded with itself"),
    (VenueReason::OneCancelsOther, 99, "One cancels other"),
    (VenueReason::NotTrading, 2, "Exchange closed"),
    (VenueReason::GateClosed, 4, "Gate closed"),
    (VenueReason::OutsideCollar, 99, "Outside the collar"),
    (VenueReason::UnknownOrder, 5, "Unknown order"),
    (VenueReason::LinkedUnfilled, 99, "Linked set unfilled"),
    (VenueReason::OffTick, 99, "Price off the tick"),
    (VenueReason::OffLot, 13, "Quantity off the lot"),
    (
        VenueReason::InvalidTerms,
        11,
        "Unsupported order characteristic",
    ),
    (VenueReason::DoneForDay, 99, "Done for the day"),
];

/// `OrdRejReason` (103) and `Text` (58).
pub(super) fn words(reason: VenueReason) -> (i64, &'static str) {
    let found = TABLE.iter().find(|entry| entry.0 == reason);
    found.map_or((99, "Other"), |entry| (entry.1, entry.2))
}

/// The reason behind a code and a text, as far as they tell.
pub(super) fn reason(code: Option<i64>, text: Option<&str>) -> Option<VenueReason> {
    let by_text = TABLE.iter().find(|entry| Some(entry.2) == text);
    let by_code = || {
        let known = code.filter(|code| *code != 99);
        TABLE.iter().find(|entry| Some(entry.1) == known)
    };
    by_text.or_else(by_code).map(|entry| entry.0)
}

/// The words by which a venue tells a reason (58).
#[must_use]
pub fn told_as(why: VenueReason) -> &'static str {
    words(why).1
}

/// The reason behind a venue's words, where they are known.
pub(crate) fn reason_of(told: &str) -> Option<VenueReason> {
    reason(None, Some(told))
}

/// `CxlRejReason` (102).
pub(super) const fn change_code(reason: VenueReason) -> i64 {
    match reason {
        VenueReason::UnknownOrder => 1,
        _ => 99,
    }
}
