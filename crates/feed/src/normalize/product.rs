//! The ways in which exchanges and desks write a product: `DEBM F27`, `TFM FMF0027!`, `DE Base
//! Cal 27`, `CLK20`.

use std::collections::HashMap;

use wattbook_domain::delivery::{DeliveryProduct, Place};

use super::error::NormalizationError;
use super::table::lines;

const COLUMNS: &str = "source,root,place,load,span";
/// The source of a root that every source may use.
const ANY: &str = "*";
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
/// Letters of the months in exchange codes.
const MONTH_LETTERS: &str = "FGHJKMNQUVXZ";
/// Roots and codes longer than this are no product codes.
const LONGEST: usize = 48;

/// What a root of product codes stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Root {
    /// Bidding zone or hub, or a location that has no delivery calendar.
    place: String,
    /// `Base`, `Peak`, `OffPeak`, or empty.
    load: String,
    /// `month`, `quarter`, `season`, `year`, `week`, `weekend`, `day`, or empty for any.
    span: String,
}

/// Roots of product codes, by source.
#[derive(Debug, Clone, Default)]
pub struct Products {
    roots: HashMap<(String, String), Root>,
}

/// A contract of a month on something that has no delivery calendar, such as crude oil.
pub(super) struct DatedCode<'p> {
    /// Root, letter of the month and two digits of the year: `CLK20`.
    pub(super) name: String,
    /// Of the table of locations.
    pub(super) location: &'p str,
}

impl Products {
    /// The roots of `text`, a table with the columns source (`*` for any), root, place, load and
    /// span.
    ///
    /// # Errors
    /// [`NormalizationError::Line`].
    pub fn parse(text: &str) -> Result<Self, NormalizationError> {
        let mut products = Self::default();
        for line in lines("products", COLUMNS, text)? {
            let [source, root] = [0, 1].map(|column| line.field(column).to_owned());
            let [place, load, span] = [2, 3, 4].map(|column| line.field(column).to_owned());
            if !["", "Base", "Peak", "OffPeak"].contains(&load.as_str()) {
                return Err(line.fault(&load, "is no load; use Base, Peak or OffPeak"));
            }
            let spans = [
                "", "day", "weekend", "week", "month", "quarter", "season", "year",
            ];
            if !spans.contains(&span.as_str()) {
                let fix = format!("is no span; use one of {}", spans[1..].join(", "));
                return Err(line.fault(&span, fix));
            }
            let key = (source, root.clone());
            if products
                .roots
                .insert(key, Root { place, load, span })
                .is_some()
            {
                return Err(line.fault(&root, "stands in two lines; keep one"));
            }
        }
        Ok(products)
    }

    fn root(&self, source: &str, root: &str) -> Option<&Root> {
        let of = |owner: &str| self.roots.get(&(owner.to_owned(), root.to_owned()));
        of(source).or_else(|| of(ANY))
    }

    /// The delivery that `code` names, in the canonical form, in a desk's words or as `source`
    /// writes it.
    #[must_use]
    pub fn product(&self, source: &str, code: &str) -> Option<DeliveryProduct> {
        if code.len() > LONGEST || !code.is_ascii() {
            return None;
        }
        if let Ok(product) = code.parse() {
            return Some(product);
        }
        let mut words: Vec<&str> = code.split_whitespace().collect();
        // A root and a maturity without a blank between them: DEBMF27.
        let glued = (2..=5).rev().filter_map(|at| code.split_at_checked(at));
        for (root, maturity) in glued {
            if words.len() == 1
                && let Some(known) = self.root(source, root)
                && let Some(span) = maturity_span(&known.span, maturity)
            {
                return delivery(&known.place, &span, &known.load);
            }
        }
        let root = self.root(source, words.first()?)?.clone();
        words.remove(0);
        let mut load = root.load.as_str();
        words.retain(|word| match load_of(word) {
            Some(found) => {
                load = found;
                false
            }
            None => true,
        });
        let span = maturity_span(&root.span, &words.concat())?;
        delivery(&root.place, &span, load)
    }

    /// The contract that `code` names on a place without a calendar: `CLK20`, `CL K2020`.
    pub(super) fn dated_code(&self, source: &str, code: &str) -> Option<DatedCode<'_>> {
        if code.len() > LONGEST || !code.is_ascii() {
            return None;
        }
        let joined: String = code.split_whitespace().collect();
        let heads = (1..=4).rev().filter_map(|at| joined.split_at_checked(at));
        for (root, maturity) in heads {
            let Some(known) = self.root(source, root) else {
                continue;
            };
            if Place::new(&known.place).is_err()
                && let Some((month, year)) = letter_month(maturity)
            {
                let letter = MONTH_LETTERS.as_bytes()[usize::from(month) - 1];
                let name = format!("{root}{}{:02}", char::from(letter), year % 100);
                let location = known.place.as_str();
                return Some(DatedCode { name, location });
            }
        }
        None
    }
}

/// The product of a place, a span and a load in their canonical forms.
fn delivery(place: &str, span: &str, load: &str) -> Option<DeliveryProduct> {
    let text = format!("{place} {span} {load}");
    text.trim_end().parse().ok()
}

/// `Base`, `BL`, `baseload` and so on.
fn load_of(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "base" | "bl" | "baseload" => Some("Base"),
        "peak" | "pk" | "peakload" => Some("Peak"),
        "offpeak" | "off-peak" | "op" => Some("OffPeak"),
        _ => None,
    }
}

/// A month letter and a year of two or four digits, also as `FMF0027!`: `F27`, `F2027`, `F0027`.
fn letter_month(text: &str) -> Option<(u8, i16)> {
    let text = text.strip_suffix('!').unwrap_or(text);
    let text = text
        .strip_prefix("FM")
        .filter(|rest| rest.len() >= 3)
        .unwrap_or(text);
    let (letter, digits) = text.split_at_checked(1)?;
    let month = MONTH_LETTERS.find(&letter.to_ascii_uppercase())?;
    Some((u8::try_from(month).ok()? + 1, year_of(digits)?))
}

/// `27`, `0027` and `2027`.
fn year_of(digits: &str) -> Option<i16> {
    let is_year = matches!(digits.len(), 2 | 4) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let year: i16 = is_year.then(|| digits.parse().ok()).flatten()?;
    let year = if year < 100 { 2_000 + year } else { year };
    (2_000..2_100).contains(&year).then_some(year)
}

/// The canonical form of a maturity such as `F27`, `Jan27`, `2027.01`, `Cal27`, `Q1-27`, `Win26`;
/// for a root of quarters or years, a month stands for the span that begins with it.
fn maturity_span(kind: &str, text: &str) -> Option<String> {
    let plain: String = text
        .chars()
        .filter(|letter| !matches!(letter, '-' | '.' | '/' | '_' | ' ' | '\''))
        .collect();
    if plain.is_empty() {
        return None;
    }
    if let Some((month, year)) = letter_month(&plain).or_else(|| named_month(&plain)) {
        return span_from_month(kind, month, year);
    }
    let upper = plain.to_ascii_uppercase();
    let year = |head: &str| upper.strip_prefix(head).and_then(year_of);
    let short = |year: i16| year % 100;
    for head in ["CAL", "YR", "Y"] {
        if let Some(year) = year(head) {
            return fits(kind, "year").then(|| format!("Cal-{:02}", short(year)));
        }
    }
    for (heads, name) in [(["SUMMER", "SUM"], "Sum"), (["WINTER", "WIN"], "Win")] {
        if let Some(year) = heads.into_iter().find_map(year) {
            return fits(kind, "season").then(|| format!("{name}-{:02}", short(year)));
        }
    }
    quarter(&upper)
        .filter(|_| fits(kind, "quarter"))
        .map(|(quarter, year)| format!("Q{quarter}-{:02}", short(year)))
        .or_else(|| {
            let (number, year) = numbered(&upper, "WKEND")?;
            fits(kind, "weekend").then(|| format!("WkEnd{number:02}-{:02}", short(year)))
        })
        .or_else(|| {
            let (number, year) = numbered(&upper, "WK")?;
            fits(kind, "week").then(|| format!("Wk{number:02}-{:02}", short(year)))
        })
        .or_else(|| {
            let year = year_of(&upper).filter(|_| kind == "year" || upper.len() == 4)?;
            fits(kind, "year").then(|| format!("Cal-{:02}", short(year)))
        })
        .or_else(|| {
            let is_day = upper.len() == 8 && upper.bytes().all(|byte| byte.is_ascii_digit());
            let day = || format!("{}-{}-{}", &upper[..4], &upper[4..6], &upper[6..]);
            (is_day && fits(kind, "day")).then(day)
        })
}

fn fits(kind: &str, span: &str) -> bool {
    kind.is_empty() || kind == span
}

/// `Jan27`, `JAN2027`, `202701`.
fn named_month(text: &str) -> Option<(u8, i16)> {
    if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let month: u8 = text[4..].parse().ok()?;
        let year = year_of(&text[..4])?;
        return (1..=12).contains(&month).then_some((month, year));
    }
    let (name, digits) = text.split_at_checked(3)?;
    let month = MONTHS
        .iter()
        .position(|month| month.eq_ignore_ascii_case(name))?;
    Some((u8::try_from(month).ok()? + 1, year_of(digits)?))
}

/// `Q127`, `1Q27`, `Q12027`, `2027Q1`.
fn quarter(upper: &str) -> Option<(u8, i16)> {
    let (head, tail) = upper.split_once('Q')?;
    let digit = |text: &str| text.parse::<u8>().ok().filter(|it| (1..=4).contains(it));
    if head.is_empty() {
        let (number, year) = tail.split_at_checked(1)?;
        return Some((digit(number)?, year_of(year)?));
    }
    if head.len() == 1 {
        return Some((digit(head)?, year_of(tail)?));
    }
    Some((digit(tail)?, year_of(head)?))
}

/// `WK1326`.
fn numbered(upper: &str, head: &str) -> Option<(u8, i16)> {
    let (number, year) = upper.strip_prefix(head)?.split_at_checked(2)?;
    Some((number.parse().ok()?, year_of(year)?))
}

fn span_from_month(kind: &str, month: u8, year: i16) -> Option<String> {
    let short = year % 100;
    match kind {
        "" | "month" => Some(format!("{}-{short:02}", MONTHS[usize::from(month) - 1])),
        "quarter" if month % 3 == 1 => Some(format!("Q{}-{short:02}", month / 3 + 1)),
        "season" if month == 4 => Some(format!("Sum-{short:02}")),
        "season" if month == 10 => Some(format!("Win-{short:02}")),
        "year" if month == 1 => Some(format!("Cal-{short:02}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOTS: &str = "source,root,place,load,span
eex,DEBM,DE-LU,Base,month
eex,DEBQ,DE-LU,Base,quarter
eex,DEPY,DE-LU,Peak,year
ice,TFM,TTF,,
*,DE,DE-LU,,
*,UK,GB,,
*,TTF,TTF,,
*,CL,WTI,,month
";

    #[test]
    fn venues_and_desks_name_the_same_deliveries() {
        let products = Products::parse(ROOTS).unwrap();
        let name = |source, code| products.product(source, code).map(|it| it.to_string());
        let is = |source, code, expected: &str| {
            assert_eq!(name(source, code).as_deref(), Some(expected), "{code}");
        };
        is("eex", "DEBM F27", "DE-LU Jan-27 Base");
        is("eex", "DEBMF27", "DE-LU Jan-27 Base");
        is("eex", "DEBM 2027.01", "DE-LU Jan-27 Base");
        is("eex", "DEBQ 202704", "DE-LU Q2-27 Base");
        is("eex", "DEPY 2027.01", "DE-LU Cal-27 Peak");
        is("ice", "TFM FMF0027!", "TTF Jan-27");
        is("desk", "DE Base Cal 27", "DE-LU Cal-27 Base");
        is("desk", "DE Cal-27 Peak", "DE-LU Cal-27 Peak");
        is("desk", "DE Q1-27 peakload", "DE-LU Q1-27 Peak");
        is("desk", "UK Win-26 Base", "GB Win-26 Base");
        is("desk", "TTF Sum26", "TTF Sum-26");
        is("desk", "DE-LU 2026-03-29 H04", "DE-LU 2026-03-29 H04");
        for nothing in [
            "DEBQ F27 Q",
            "DEBQ 202702",
            "TTF",
            "TTF Q5-27",
            "XX Cal-27",
            "",
            "é",
        ] {
            assert_eq!(name("eex", nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_month_of_oil_keeps_its_code() {
        let products = Products::parse(ROOTS).unwrap();
        let code = |code| {
            products
                .dated_code("nymex", code)
                .map(|it| (it.name, it.location))
        };
        assert_eq!(code("CLK20"), Some(("CLK20".to_owned(), "WTI")));
        assert_eq!(code("CL K2020"), Some(("CLK20".to_owned(), "WTI")));
        assert!(code("CL01").is_none());
        assert!(code("TTFK20").is_none());
    }
}
