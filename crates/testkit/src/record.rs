//! Any value of a domain type.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use wattbook_domain::record::{Draws, Sample};

/// Any value of `T`, sensible or not; shrinks towards zeros, first choices and empty names.
///
/// ```
/// use proptest::prelude::*;
/// use wattbook_domain::market::Quote;
/// use wattbook_testkit::any_record;
///
/// proptest!(|(quote in any_record::<Quote>())| {
///     prop_assert_eq!(quote, quote.clone());
/// });
/// ```
pub fn any_record<T: Sample + std::fmt::Debug>() -> impl Strategy<Value = T> {
    vec(any::<u64>(), 0..96).prop_map(|numbers| T::sample(&mut Draws::new(numbers)))
}
