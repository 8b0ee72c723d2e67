//! What the drop copy's reconciler keeps stays within its bound.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use wattbook_domain::{InstrumentId, Price, Side, TradeId, Volume};
use wattbook_session::fix::orders::{CopiedFill, MATCHED_MAX, Reconciler, Teller};

fn fill(number: u64) -> CopiedFill {
    CopiedFill {
        trade: TradeId(number),
        side: Side::Buy,
        price: Price::ZERO,
        volume: Volume::from_millionths(1),
    }
}

#[test]
fn matched_fills_beyond_the_bound_give_way_to_the_newest() {
    let (mut reconciler, now) = (Reconciler::default(), Duration::ZERO);
    let front = InstrumentId(0);
    let count = MATCHED_MAX as u64 + 1_000;
    for number in 0..count {
        for teller in [Teller::Book, Teller::Copy] {
            assert_eq!(reconciler.take(teller, front, fill(number), now), None);
        }
        assert_eq!(reconciler.waiting(), 0);
    }
    assert_eq!(reconciler.matched(), MATCHED_MAX);
    // The newest that is told again is known; both of its sides count once.
    assert_eq!(
        reconciler.take(Teller::Copy, front, fill(count - 1), now),
        None
    );
    assert_eq!(reconciler.waiting(), 0);
    assert_eq!(
        reconciler.copied(front),
        Volume::from_millionths(count as i64)
    );
}
