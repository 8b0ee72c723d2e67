//! What can be wrong with an auction.

/// An auction that cannot be cleared; says what was found and what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AuctionError {
    /// An order whose price or volume is no finite number, or whose volume is negative.
    #[error(
        "order {order}: prices {price_start} to {price_end} and volume {volume} must be finite, the volume not negative"
    )]
    OrderNotFinite {
        /// Number of the order in the list.
        order: usize,
        /// As found.
        price_start: f64,
        /// As found.
        price_end: f64,
        /// As found.
        volume: f64,
    },
    /// An order whose price range runs the wrong way.
    #[error(
        "order {order}: a supply order is taken from its lower price to its higher one, a demand order from its higher to its lower; found {price_start} to {price_end}"
    )]
    PriceRangeReversed {
        /// Number of the order in the list.
        order: usize,
        /// As found.
        price_start: f64,
        /// As found.
        price_end: f64,
    },
    /// A link between zones that do not exist, or from a zone to itself.
    #[error("link {link} from zone {from} to zone {to}: it must join two of {zones} zones")]
    LinkZones {
        /// Number of the link.
        link: usize,
        /// As found.
        from: usize,
        /// As found.
        to: usize,
        /// How many zones there are.
        zones: usize,
    },
    /// A link's limits that leave no flow.
    #[error("link {link}: its flow must lie between {min} and {max}, which leaves nothing")]
    LinkLimits {
        /// Number of the link.
        link: usize,
        /// As found.
        min: f64,
        /// As found.
        max: f64,
    },
    /// An injection or a price limit that is no finite number.
    #[error("{what} {number} is {value}; give a finite number")]
    NotFinite {
        /// Which list.
        what: &'static str,
        /// Number of the entry.
        number: usize,
        /// As found.
        value: f64,
    },
    /// Lists that do not fit the network.
    #[error("{what}: {found} given, the network has {expected}")]
    Length {
        /// Which list.
        what: &'static str,
        /// As found.
        found: usize,
        /// What fits.
        expected: usize,
    },
    /// Zones whose forced volume fits neither their orders nor their links.
    #[error(
        "zones {zones:?} have {surplus} too much (below zero: too little) at any price: no order of theirs takes it and their links carry no more; offer curtailable volume or widen a link"
    )]
    Unbalanced {
        /// The zones together.
        zones: Vec<usize>,
        /// What is left over, in the unit of the volumes.
        surplus: f64,
    },
    /// The walk did not end, which only rounding could cause.
    #[error(
        "no optimum after {moves} moves; scale prices and volumes to within 1e9 of their smallest step"
    )]
    TooManyMoves {
        /// How many were made.
        moves: usize,
    },
}
