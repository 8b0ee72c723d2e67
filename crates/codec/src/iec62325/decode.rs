//! One walk through a document.

use super::document::{Document, Fault, Header, Kind, Reason};
use super::period::{Period, Point, Value, decimal};
use super::resolution::instant;
use super::series::{Detail, Leaf, Series, reasons, text};
use super::{names, rows};
use crate::xml::{Limits, XmlError, XmlEvent, XmlReader};

/// A market document's texts are codes, names and sentences.
const TEXT_BYTES_MAX: usize = 64 << 10;
const ROOT: &str = "_MarketDocument";

/// Reads a document.
///
/// ```
/// use wattbook_codec::iec62325::decode;
///
/// let found = decode(b"<Unknown_MarketDocument/>");
/// assert_eq!(found.rows(), 0);
/// assert!(found.faults[0].reason.contains("Unknown_MarketDocument"));
/// ```
#[must_use]
pub fn decode(bytes: &[u8]) -> Document {
    let mut walk = Walk::default();
    if let Err(stop) = walk.read(bytes) {
        let series = walk.series.as_ref();
        let (offset, reason) = match stop {
            Stop::Xml(error) => (error.offset(), error.to_string()),
            Stop::Here(offset, reason) => (offset, reason),
        };
        // The series under way is not whole.
        let begin = series.map_or(offset, |series| series.offset);
        let place = series.map_or_else(
            || "document".to_owned(),
            |series| format!("series {}", series.number),
        );
        walk.document.faults.push(Fault {
            place,
            offset: begin.min(offset),
            end: bytes.len(),
            reason,
        });
    }
    walk.finish()
}

/// Why a document is not read on.
pub(super) enum Stop {
    Xml(XmlError),
    Here(usize, String),
}

impl From<XmlError> for Stop {
    fn from(error: XmlError) -> Self {
        Self::Xml(error)
    }
}

#[derive(Default)]
struct Walk<'a> {
    document: Document,
    fields: Vec<Leaf<'a>>,
    series: Option<Series<'a>>,
    period: Option<Period<'a>>,
    point: Option<Point>,
    detail: Detail,
    ptdf_unit: Option<String>,
    open: Vec<&'a str>,
    is_leaf: bool,
    text: String,
    series_count: usize,
    point_count: i64,
}

impl<'a> Walk<'a> {
    fn read(&mut self, bytes: &'a [u8]) -> Result<(), Stop> {
        let mut reader = XmlReader::new(
            bytes,
            Limits {
                text_bytes_max: TEXT_BYTES_MAX,
                ..Limits::default()
            },
        )?;
        loop {
            match reader.read()? {
                XmlEvent::Start(element) => {
                    if self.open.is_empty() {
                        self.root(element.name, element.offset)?;
                    }
                    self.open.push(element.name);
                    self.is_leaf = true;
                    self.text.clear();
                    self.begin(element.name, element.offset);
                }
                XmlEvent::Text(text) => {
                    if self.is_leaf {
                        self.text.push_str(&text);
                    }
                }
                XmlEvent::End => self.end(reader.offset())?,
                XmlEvent::Eof => return Ok(()),
            }
        }
    }

    fn root(&mut self, name: &str, offset: usize) -> Result<(), Stop> {
        let mut kinds = Kind::NAMES.iter();
        let kind = kinds.find(|(_, known)| name.strip_suffix(ROOT) == Some(known));
        let Some((kind, _)) = kind else {
            let known: Vec<&str> = Kind::NAMES.iter().map(|(_, name)| *name).collect();
            let name: String = name.chars().take(64).collect();
            let known = known.join(", ");
            return Err(Stop::Here(
                offset,
                format!("<{name}> is none of the documents {known} ({ROOT})"),
            ));
        };
        self.document.kind = Some(*kind);
        Ok(())
    }

    fn begin(&mut self, name: &'a str, offset: usize) {
        match (self.open.len(), name) {
            (2, "TimeSeries") => {
                self.series_count += 1;
                self.series = Some(Series {
                    number: self.series_count,
                    offset,
                    fields: Vec::with_capacity(16),
                    periods: Vec::new(),
                });
            }
            (3, "Period" | "Available_Period") => {
                if let Some(series) = &self.series {
                    self.period = Some(Period {
                        number: series.periods.len() + 1,
                        offset,
                        end: offset,
                        fields: Vec::with_capacity(3),
                        points: Vec::with_capacity(96),
                        values: Vec::with_capacity(96),
                    });
                }
            }
            (4, "Point") => {
                if let Some(period) = &self.period {
                    self.point = Some(Point {
                        place: self.point_count,
                        position: None,
                        offset,
                        end: offset,
                        values: period.values.len()..period.values.len(),
                        reason: None,
                    });
                    self.point_count += 1;
                    self.detail = Detail::default();
                    self.ptdf_unit = None;
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, offset: usize) -> Result<(), Stop> {
        let depth = self.open.len();
        let Some(name) = self.open.pop() else {
            return Ok(());
        };
        let parent = self.open.last().copied().unwrap_or("");
        let is_leaf = std::mem::replace(&mut self.is_leaf, false);
        match depth {
            4 if self.point.is_some() && name == "Point" => self.end_point(offset),
            3 if self.period.is_some() && matches!(name, "Period" | "Available_Period") => {
                if let (Some(mut period), Some(series)) = (self.period.take(), &mut self.series) {
                    period.end = offset;
                    series.periods.push(period);
                }
            }
            2 if name == "TimeSeries" => {
                if let Some(series) = self.series.take() {
                    self.document
                        .reasons
                        .extend(reasons(&series.fields, series.mrid()));
                    self.document.header = header(&self.fields);
                    rows::add(&mut self.document, &series)?;
                }
            }
            1 => self.document.header = header(&self.fields),
            _ if is_leaf && self.point.is_some() => self.point_leaf(parent, name),
            _ if is_leaf => self.leaf(parent, name),
            _ => {}
        }
        Ok(())
    }

    fn leaf(&mut self, parent: &'a str, name: &'a str) {
        let fields = match (&mut self.period, &mut self.series) {
            (Some(period), _) => &mut period.fields,
            (None, Some(series)) => &mut series.fields,
            (None, None) => &mut self.fields,
        };
        fields.push(Leaf {
            parent,
            name,
            text: self.text.trim().to_owned(),
        });
    }

    fn point_leaf(&mut self, parent: &'a str, name: &'a str) {
        let (Some(point), Some(period)) = (&mut self.point, &mut self.period) else {
            return;
        };
        let text = self.text.trim();
        match name {
            "position" if parent == "Point" => {
                point.position = text.parse().ok();
                if point.position.is_none() {
                    let text: String = text.chars().take(40).collect();
                    point.reason = Some(format!("position {text:?} is no whole number"));
                }
            }
            "mRID" => match parent {
                "PTDF_Domain" => self.detail.counterpart = Some(text.to_owned()),
                _ => self.detail.location = Some(text.to_owned()),
            },
            "quantity_Measurement_Unit.name" | "quantity_Measure_Unit.name" => {
                self.detail.unit = Some(text.to_owned());
            }
            "pTDF_Measurement_Unit.name" => self.ptdf_unit = Some(text.to_owned()),
            _ if is_measure(name) => {
                let value = match decimal(text) {
                    Ok(value) => value,
                    Err(reason) => {
                        point.reason.get_or_insert(format!("{name}: {reason}"));
                        return;
                    }
                };
                let detail = self.detail_of(name);
                let Some(period) = &mut self.period else {
                    return;
                };
                period.values.push(Value {
                    measure: name,
                    number: value,
                    detail,
                });
            }
            _ if name.ends_with(".category") || name.ends_with("direction") => {
                let word = if name.ends_with("direction") {
                    names::direction(text)
                } else {
                    names::category(text)
                };
                // It follows the value that it tells of.
                if let Some(value) = period.values.last_mut() {
                    value.detail.get_or_insert_default().category = Some(word);
                }
            }
            _ => {}
        }
    }

    /// What the point says of a value called `name`, if anything.
    fn detail_of(&self, name: &str) -> Option<Box<Detail>> {
        let detail = &self.detail;
        if detail.location.is_none() && detail.counterpart.is_none() && detail.unit.is_none() {
            return None;
        }
        let is_ptdf = name.starts_with("pTDF");
        Some(Box::new(Detail {
            location: detail.location.clone(),
            counterpart: detail.counterpart.clone().filter(|_| is_ptdf),
            category: None,
            unit: if is_ptdf {
                self.ptdf_unit.clone()
            } else {
                detail.unit.clone()
            },
        }))
    }

    fn end_point(&mut self, offset: usize) {
        let (Some(mut point), Some(period)) = (self.point.take(), &mut self.period) else {
            return;
        };
        point.end = offset;
        point.values.end = period.values.len();
        let values = &period.values[point.values.clone()];
        if values.is_empty() {
            point.reason.get_or_insert("the point has no value".into());
        }
        let is_double = |place: usize| {
            let value = &values[place];
            value.detail.is_none()
                && values[..place]
                    .iter()
                    .any(|known| known.measure == value.measure && known.detail.is_none())
        };
        if let Some(place) = (1..values.len().min(16)).find(|place| is_double(*place)) {
            let reason = format!("the point has two values {}", values[place].measure);
            point.reason.get_or_insert(reason);
        }
        period.points.push(point);
    }

    fn finish(mut self) -> Document {
        let mut reasons = reasons(&self.fields, None);
        reasons.append(&mut self.document.reasons);
        if reasons.is_empty() && self.document.kind == Some(Kind::Acknowledgement) {
            // It is an answer also where it does not say why.
            reasons.push(Reason::default());
        }
        self.document.reasons = reasons;
        self.document.header = header(&self.fields);
        self.document
    }
}

fn is_measure(name: &str) -> bool {
    matches!(
        name,
        "quantity" | "price.amount" | "secondaryQuantity" | "amount"
    ) || name.ends_with(".quantity")
        || name.ends_with(".amount")
}

fn header(fields: &[Leaf<'_>]) -> Header {
    let own = |name: &str| text(fields, "", name).map(str::to_owned);
    let at = |name: &str| text(fields, "", name).and_then(|text| instant(text).ok());
    Header {
        mrid: own("mRID"),
        revision: own("revisionNumber").and_then(|text| text.parse().ok()),
        document_type: own("type"),
        process: own("process.processType"),
        status: text(fields, "docStatus", "value").map(str::to_owned),
        created: at("createdDateTime"),
        received: (
            own("received_MarketDocument.mRID"),
            at("received_MarketDocument.createdDateTime"),
        ),
        area: own("area_Domain.mRID").or_else(|| own("controlArea_Domain.mRID")),
    }
}
