//! What a document holds.

use rustc_hash::FxHashMap;

/// Bytes of all keys of one document.
const KEY_BYTES_MAX: usize = 64 << 20;

/// What a document is, by its root element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Prices, exchanges and capacities.
    Publication,
    /// Generation and load.
    GenerationLoad,
    /// Balancing energy, reserves and imbalances.
    Balancing,
    /// Master data of units; it has no points.
    Configuration,
    /// Flow-based constraints.
    CriticalNetworkElement,
    /// Expansion, redispatch, countertrading and congestion costs.
    TransmissionNetwork,
    /// Outages.
    Unavailability,
    /// No data but the reason for it.
    Acknowledgement,
}

impl Kind {
    /// Every kind with the name of its root element before `_MarketDocument`.
    pub(super) const NAMES: [(Self, &'static str); 8] = [
        (Self::Publication, "Publication"),
        (Self::GenerationLoad, "GL"),
        (Self::Balancing, "Balancing"),
        (Self::Configuration, "Configuration"),
        (Self::CriticalNetworkElement, "CriticalNetworkElement"),
        (Self::TransmissionNetwork, "TransmissionNetwork"),
        (Self::Unavailability, "Unavailability"),
        (Self::Acknowledgement, "Acknowledgement"),
    ];

    /// Name of its root element before `_MarketDocument`.
    #[must_use]
    pub fn name(self) -> &'static str {
        let mut names = Self::NAMES.iter();
        names
            .find_map(|(kind, name)| (*kind == self).then_some(*name))
            .unwrap_or("")
    }
}

/// What stands in front of the series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Identifier of the document.
    pub mrid: Option<String>,
    /// Its version.
    pub revision: Option<i32>,
    /// Code of the document type: `A44`.
    pub document_type: Option<String>,
    /// Code of the process: `A16`.
    pub process: Option<String>,
    /// Code of its status: `A09` is cancelled.
    pub status: Option<String>,
    /// When it was created, ns UTC.
    pub created: Option<i64>,
    /// What an acknowledgement answers, and when that was created, ns UTC.
    pub received: (Option<String>, Option<i64>),
    /// Area of the whole document.
    pub(super) area: Option<String>,
}

/// What the points of a series have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Key {
    /// What was observed: `day_ahead_price`.
    pub dataset: String,
    /// EIC of the area, unit or constraint; of a border, that which exports.
    pub location: Option<String>,
    /// EIC of the importing end of a border.
    pub counterpart: Option<String>,
    /// Production type, process and what else tells the series apart, with slashes between.
    pub item: Option<String>,
    /// Of the value: `EUR/MWh`, `MW`.
    pub unit: Option<String>,
}

/// Rows of points, column by column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Points {
    /// Place in [`Document::keys`].
    pub key: Vec<u32>,
    /// Begin of delivery, ns UTC.
    pub start: Vec<i64>,
    /// End of delivery, ns UTC; that of an instant is its begin.
    pub end: Vec<i64>,
    /// The value; none where the document has an empty one.
    pub value: Vec<Option<f64>>,
    /// Number of the point in the document, from 0; repeated values have that of their point.
    pub place: Vec<i64>,
    /// First byte of the point.
    pub offset: Vec<i64>,
}

/// A span of an outage with one available power.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outage {
    /// Number of the point in the document, from 0.
    pub place: i64,
    /// Identifier of the series in the document.
    pub series: Option<String>,
    /// Code: `A53` is planned, `A54` is forced.
    pub business_type: Option<String>,
    /// EIC of the bidding zone, or of the exporting end of a border.
    pub location: Option<String>,
    /// EIC of the importing end of a border.
    pub counterpart: Option<String>,
    /// EIC of the plant or asset.
    pub resource: Option<String>,
    /// Its name.
    pub resource_name: Option<String>,
    /// EIC of the unit of the plant.
    pub unit_resource: Option<String>,
    /// Production or asset type.
    pub psr_type: Option<String>,
    /// Installed, in `unit`.
    pub nominal: Option<f64>,
    /// Of both values.
    pub unit: Option<String>,
    /// The whole outage, ns UTC.
    pub event: (Option<i64>, Option<i64>),
    /// The span, ns UTC.
    pub span: (i64, i64),
    /// Available during the span, in `unit`; none where the document has an empty one.
    pub available: Option<f64>,
}

/// A reason that a document or a series gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reason {
    /// Identifier of the series; none for that of the document.
    pub series: Option<String>,
    /// Code.
    pub code: Option<String>,
    /// In words.
    pub text: Option<String>,
}

/// A part of a document that cannot be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where, for a person: `series 1, period 1, point 3`.
    pub place: String,
    /// Its first byte.
    pub offset: usize,
    /// The byte behind it.
    pub end: usize,
    /// What was found and what was expected.
    pub reason: String,
}

/// A document as rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// What it is; none if that cannot be told.
    pub kind: Option<Kind>,
    /// What stands in front of the series.
    pub header: Header,
    /// What rows have in common.
    pub keys: Vec<Key>,
    /// Rows of observations.
    pub points: Points,
    /// Rows of outages.
    pub outages: Vec<Outage>,
    /// Reasons given.
    pub reasons: Vec<Reason>,
    /// What was set aside.
    pub faults: Vec<Fault>,
    pub(super) known: FxHashMap<Key, u32>,
    pub(super) key_bytes: usize,
}

impl Document {
    /// Rows of all kinds.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.points.key.len() + self.outages.len()
    }

    /// The place of `key`, which is kept once; none where keys have become too long together.
    pub(super) fn place(&mut self, key: Key) -> Option<u32> {
        if let Some(place) = self.known.get(&key) {
            return Some(*place);
        }
        let texts = [&key.location, &key.counterpart, &key.item, &key.unit];
        let bytes = texts.into_iter().flatten().map(String::len);
        self.key_bytes += key.dataset.len() + bytes.sum::<usize>();
        if self.key_bytes > KEY_BYTES_MAX {
            return None;
        }
        let place = self.keys.len() as u32;
        self.keys.push(key.clone());
        self.known.insert(key, place);
        Some(place)
    }
}
