//! From a source's own code to the bidding zone, hub, node or instrument that it means on a day.

use std::collections::HashMap;

use wattbook_domain::delivery::{
    Date, DeliveryDays, DeliveryPeriod, DeliveryProduct, MARKET_CALENDARS, MarketCalendar,
};
use wattbook_domain::market_rule::MarketRule;
use wattbook_domain::{Currency, Timestamp};

use super::code::{CodeFault, code_fault, eic_type, is_isin, nearest};
use super::error::NormalizationError;
use super::product::Products;
use super::table::{ALWAYS, FOR_EVER, lines};

const LOCATION_COLUMNS: &str = "name,kind,calendar,currency,markets";
const CODE_COLUMNS: &str = "source,code,location,valid_from,valid_to";
/// The source of a code that every source may use.
const ANY: &str = "*";

/// What a code can mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Meaning {
    /// Its one name: `DE-LU`, `CAISO:TH_NP15_GEN-APND`, `DE-LU Q1-27 Peak`.
    pub name: String,
    /// `bidding zone`, `control area`, `hub`, `node`, `unit`, `instrument`, `station` and the like.
    pub kind: String,
    /// The calendar that it delivers by, where it delivers.
    pub calendar: Option<&'static MarketCalendar>,
    /// What it is priced in, where that follows from it.
    pub currency: Option<Currency>,
    /// Markets whose rules hold for it.
    pub markets: Vec<&'static MarketRule>,
    /// When it delivers, if its name says so.
    pub period: Option<DeliveryPeriod>,
}

/// A meaning and from when until when it holds, ns UTC, half-open.
#[derive(Debug, Clone, PartialEq)]
pub struct Dated {
    /// First instant.
    pub valid_from: i64,
    /// First instant after.
    pub valid_to: i64,
    /// What the code means.
    pub meaning: Meaning,
}

/// Why a code means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// Its check character is wrong.
    Check(CodeFault),
    /// No table has it; the code that is nearest, if one is near.
    Code(Option<String>),
}

#[derive(Debug, Clone)]
struct CodeRow {
    code: String,
    location: usize,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
}

/// Tables of locations, codes and the roots of product codes.
#[derive(Debug, Clone, Default)]
pub struct Symbology {
    locations: Vec<Meaning>,
    by_name: HashMap<String, usize>,
    /// By source: rows by code.
    exact: HashMap<String, HashMap<String, Vec<CodeRow>>>,
    /// By source: rows whose code ends in `*` or stands for a kind of code (`eic:W`, `isin`).
    open: HashMap<String, Vec<CodeRow>>,
    products: Products,
}

impl Symbology {
    /// Reads the three tables.
    ///
    /// - `locations`: name, kind, calendar (of `MARKET_CALENDARS`, may be empty), currency, markets
    ///   (apart by blanks);
    /// - `codes`: source (`*` for any), code, location, `valid_from`, `valid_to` (delivery days, may
    ///   be empty). A code may end in `*`, and its location then too: what the star stands for is
    ///   kept. `eic:W` stands for every sound EIC of that object type, `isin` for every sound ISIN;
    /// - `products`: see [`Products::parse`].
    ///
    /// # Errors
    /// [`NormalizationError::Line`].
    pub fn parse(locations: &str, codes: &str, products: &str) -> Result<Self, NormalizationError> {
        let mut symbology = Self {
            products: Products::parse(products)?,
            ..Self::default()
        };
        symbology.read_locations(locations)?;
        symbology.read_codes(codes)?;
        Ok(symbology)
    }

    fn read_locations(&mut self, text: &str) -> Result<(), NormalizationError> {
        for line in lines("locations", LOCATION_COLUMNS, text)? {
            let name = line.field(0).to_owned();
            let calendar = match line.field(2) {
                "" => None,
                text => {
                    let found = MARKET_CALENDARS.iter().find(|it| it.name == text);
                    let names = MARKET_CALENDARS.iter().map(|it| it.name);
                    let fix = || format!("is no calendar; use one of {}", join(names));
                    Some(found.ok_or_else(|| line.fault(text, fix()))?)
                }
            };
            let currency = match line.field(3) {
                "" => None,
                text => {
                    let fix = "is no currency; write a code of ISO 4217";
                    Some(text.parse().map_err(|_| line.fault(text, fix))?)
                }
            };
            let markets = line.field(4).split_whitespace().map(|text| {
                MarketRule::named(text).map_err(|error| line.fault(text, error.to_string()))
            });
            let meaning = Meaning {
                name: name.clone(),
                kind: line.field(1).to_owned(),
                calendar,
                currency,
                markets: markets.collect::<Result<_, _>>()?,
                period: None,
            };
            let place = self.locations.len();
            if self.by_name.insert(name.clone(), place).is_some() {
                return Err(line.fault(&name, "stands in two lines; keep one"));
            }
            self.locations.push(meaning);
        }
        Ok(())
    }

    fn read_codes(&mut self, text: &str) -> Result<(), NormalizationError> {
        for line in lines("codes", CODE_COLUMNS, text)? {
            let (source, code) = (line.field(0).to_owned(), line.field(1).to_owned());
            let named = self.by_name.get(line.field(2));
            let location = *named.ok_or_else(|| {
                let near = nearest(line.field(2), self.by_name.keys().map(String::as_str));
                let near = near.map(|it| format!(", such as {it}")).unwrap_or_default();
                let fix = format!("is no location; use a name of that table{near}");
                line.fault(line.field(2), fix)
            })?;
            let row = CodeRow {
                code: code.clone(),
                location,
                valid_from: line.day(3)?,
                valid_to: line.day(4)?,
            };
            if code.ends_with('*') || code.starts_with("eic:") || code == "isin" {
                self.open.entry(source).or_default().push(row);
                continue;
            }
            if let Some(fault) = code_fault(&code) {
                let fix = format!("has a wrong check character: {fault:?}; look the code up again");
                return Err(line.fault(&code, fix));
            }
            let by_code = self.exact.entry(source).or_default();
            let rows = by_code.entry(code.clone()).or_default();
            let overlaps = |other: &CodeRow| {
                let before = |end: Option<Date>, start: Option<Date>| match (end, start) {
                    (Some(end), Some(start)) => end <= start,
                    _ => false,
                };
                !before(other.valid_to, row.valid_from) && !before(row.valid_to, other.valid_from)
            };
            if rows.iter().any(overlaps) {
                return Err(line.fault(&code, "means two things on one day; give each its days"));
            }
            rows.push(row);
        }
        Ok(())
    }

    /// What `code` of `source` means, by time; never empty.
    ///
    /// # Errors
    /// [`Unknown`] where no table and no grammar has it.
    pub fn meanings(&self, source: &str, code: &str) -> Result<Vec<Dated>, Unknown> {
        for owner in [source, ANY] {
            let rows = self.exact.get(owner).and_then(|rows| rows.get(code));
            if let Some(rows) = rows {
                return Ok(rows.iter().map(|row| self.dated(row, code)).collect());
            }
        }
        let own = self.open_row(source, code);
        let named = self.by_name.get(code).map(|place| &self.locations[*place]);
        if let Some(meaning) =
            named.filter(|named| !own.is_some_and(|own| self.is_node(own, named)))
        {
            return Ok(vec![always(meaning.clone())]);
        }
        if let Some(product) = self.products.product(source, code) {
            return Ok(vec![always(self.product(product))]);
        }
        match code_fault(code) {
            // Twelve characters with a digit behind are a node's name as well as an ISIN.
            Some(CodeFault::IsinCheck { .. }) if own.is_some() => {}
            Some(fault) => return Err(Unknown::Check(fault)),
            None => {}
        }
        if let Some(row) = own.or_else(|| self.open_row(ANY, code)) {
            return Ok(vec![self.dated(row, code)]);
        }
        if let Some(name) = self.products.dated_code(source, code) {
            let meaning = self
                .by_name
                .get(name.location)
                .map(|at| self.locations[*at].clone());
            if let Some(meaning) = meaning {
                let name = name.name;
                return Ok(vec![always(Meaning { name, ..meaning })]);
            }
        }
        let own = self.exact.get(source).into_iter().flat_map(HashMap::keys);
        let any = self.exact.get(ANY).into_iter().flat_map(HashMap::keys);
        let mut known: Vec<&str> = own
            .chain(any)
            .chain(self.by_name.keys())
            .map(String::as_str)
            .collect();
        // The same answer whatever the order of the map.
        known.sort_unstable();
        let near = nearest(code, known.into_iter());
        Err(Unknown::Code(near.map(str::to_owned)))
    }

    /// Whether a code that `own` fits is a node of that operator, though `named` is called the same:
    /// SPP has a node called MISO.
    fn is_node(&self, own: &CodeRow, named: &Meaning) -> bool {
        let row = &self.locations[own.location];
        let operator = row.name.strip_suffix(":*");
        row.kind == "node" && operator.is_some_and(|operator| !named.name.starts_with(operator))
    }

    /// The row of `owner` whose open code `code` fits.
    fn open_row(&self, owner: &str, code: &str) -> Option<&CodeRow> {
        let mut rows = self.open.get(owner).into_iter().flatten();
        rows.find(|row| row.fits(code))
    }

    /// Delivery days of the location or product called `name`, where it has a calendar.
    pub(super) fn days_of(&self, name: &str) -> Option<DeliveryDays> {
        let known = self
            .by_name
            .get(name)
            .map(|place| self.locations[*place].clone());
        let meaning = known.or_else(|| Some(self.product(self.products.product("", name)?)))?;
        meaning.calendar?.days().ok()
    }

    fn dated(&self, row: &CodeRow, code: &str) -> Dated {
        let mut meaning = self.locations[row.location].clone();
        if let Some(head) = meaning.name.strip_suffix('*') {
            let star = row
                .code
                .strip_suffix('*')
                .map_or(code, |fixed| &code[fixed.len()..]);
            meaning.name = format!("{head}{star}");
        }
        let days = meaning.calendar.and_then(|calendar| calendar.days().ok());
        Dated {
            valid_from: row
                .valid_from
                .map_or(ALWAYS, |day| instant(days.as_ref(), day)),
            valid_to: row
                .valid_to
                .map_or(FOR_EVER, |day| instant(days.as_ref(), day)),
            meaning,
        }
    }

    fn product(&self, product: DeliveryProduct) -> Meaning {
        let place = product.place();
        let known = self.by_name.get(place.name).map(|at| &self.locations[*at]);
        Meaning {
            name: product.to_string(),
            kind: "instrument".to_owned(),
            calendar: Some(place.calendar),
            currency: known.and_then(|known| known.currency),
            markets: Vec::new(),
            period: Some(product.period()),
        }
    }
}

impl CodeRow {
    /// Whether `code` is one of those that this row stands for.
    fn fits(&self, code: &str) -> bool {
        if let Some(kind) = self.code.strip_prefix("eic:") {
            return eic_type(code).is_some_and(|found| kind == "*" || kind.starts_with(found));
        }
        if self.code == "isin" {
            return is_isin(code);
        }
        let head = self.code.strip_suffix('*');
        head.is_some_and(|head| code.len() > head.len() && code.starts_with(head))
    }
}

/// `meaning` without end.
const fn always(meaning: Meaning) -> Dated {
    Dated {
        valid_from: ALWAYS,
        valid_to: FOR_EVER,
        meaning,
    }
}

/// Start of a delivery day, in UTC where the place has no calendar.
pub(super) fn instant(days: Option<&DeliveryDays>, day: Date) -> i64 {
    let start = days.and_then(|days| days.start(day).ok());
    let midnight = || {
        let seconds = day.duration_since(Date::constant(1970, 1, 1)).as_secs();
        Timestamp::from_seconds(seconds)
    };
    start.unwrap_or_else(midnight).nanos()
}

fn join<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
