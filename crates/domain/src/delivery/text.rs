//! The text forms of delivery: `DE-LU 2026-10-25 H03B`, `GB 2026-03-29 EFA1`, `TTF Win-26`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use crate::delivery::days::Occurrence;
use crate::delivery::market::Place;
use crate::delivery::product::DeliveryProduct;
use crate::delivery::span::{Season, Span};
use crate::error::DomainError;
use crate::instrument::{Load, Tenor};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// What a numbered part of a day is written with, and the digits of its number.
const INTERVALS: [(Tenor, &str, usize); 4] = [
    (Tenor::HalfHour, "HH", 2),
    (Tenor::QuarterHour, "QH", 2),
    (Tenor::FiveMinutes, "DI", 3),
    (Tenor::Hour, "H", 2),
];

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let two_digits = |year: i16| year.rem_euclid(100);
        match *self {
            Self::Interval {
                day,
                tenor,
                number,
                occurrence,
            } => {
                let written = INTERVALS.iter().find(|(of, _, _)| *of == tenor);
                let (_, prefix, digits) = written.unwrap_or(&INTERVALS[3]);
                write!(f, "{day} {prefix}{number:0digits$}{occurrence}")
            }
            Self::Block { day, first, last } => write!(f, "{day} H{first:02}-H{last:02}"),
            Self::EfaBlock { day, number } => write!(f, "{day} EFA{number}"),
            Self::Day(day) => write!(f, "{day}"),
            Self::Weekend { year, week } => write!(f, "WkEnd{week:02}-{:02}", two_digits(year)),
            Self::Week { year, week } => write!(f, "Wk{week:02}-{:02}", two_digits(year)),
            Self::Month { year, month } => {
                let index = usize::try_from(month - 1).unwrap_or(usize::MAX);
                let month = MONTHS.get(index).copied().unwrap_or("???");
                write!(f, "{month}-{:02}", two_digits(year))
            }
            Self::Quarter { year, quarter } => write!(f, "Q{quarter}-{:02}", two_digits(year)),
            Self::Season { year, season } => {
                let season = match season {
                    Season::Summer => "Sum",
                    Season::Winter => "Win",
                };
                write!(f, "{season}-{:02}", two_digits(year))
            }
            Self::CalendarYear { year } => write!(f, "Cal-{:02}", two_digits(year)),
        }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base => "Base",
            Self::Peak => "Peak",
            Self::OffPeak => "OffPeak",
        })
    }
}

impl fmt::Display for DeliveryProduct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place().name, self.span())?;
        let trades_peak = !self.place().calendar.peaks.is_empty() && self.span().days_are_whole();
        if trades_peak || self.load() != Load::Base {
            write!(f, " {}", self.load())?;
        }
        Ok(())
    }
}

impl FromStr for DeliveryProduct {
    type Err = DomainError;

    /// Reads a place, a span and, after a day or more, a load; without one, base.
    fn from_str(text: &str) -> Result<Self, DomainError> {
        let mut words: Vec<&str> = text.split(' ').collect();
        let load = match words.last() {
            Some(&"Base") => Some(Load::Base),
            Some(&"Peak") => Some(Load::Peak),
            Some(&"OffPeak") => Some(Load::OffPeak),
            _ => None,
        };
        if load.is_some() {
            words.pop();
        }
        let load = load.unwrap_or_default();
        match words[..] {
            [place, span] => Self::new(Place::new(place)?, long_span(text, span)?, load),
            [place, day, part] => {
                let place = Place::new(place)?;
                let day = day.parse().map_err(|_| unreadable(text))?;
                Self::new(place, part_of_day(text, day, part)?, load)
            }
            _ => Err(unreadable(text)),
        }
    }
}

fn unreadable(text: &str) -> DomainError {
    DomainError::DeliveryText {
        text: text.to_owned(),
    }
}

fn number<T: FromStr>(text: &str, digits: &str) -> Result<T, DomainError> {
    let is_number = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let number = is_number.then(|| digits.parse().ok()).flatten();
    number.ok_or_else(|| unreadable(text))
}

/// `H03`, `H03B`, `HH05`, `QH09`, `DI001`, `H09-H20`, `EFA3`.
fn part_of_day(text: &str, day: Date, part: &str) -> Result<Span, DomainError> {
    if let Some((first, last)) = part.split_once('-') {
        let hour = |hour: &str| match hour.strip_prefix('H') {
            Some(digits) => number(text, digits),
            None => Err(unreadable(text)),
        };
        let (first, last) = (hour(first)?, hour(last)?);
        return Ok(Span::Block { day, first, last });
    }
    if let Some(digits) = part.strip_prefix("EFA") {
        let number = number(text, digits)?;
        return Ok(Span::EfaBlock { day, number });
    }
    for (tenor, prefix, _) in INTERVALS {
        if let Some(rest) = part.strip_prefix(prefix) {
            let (digits, occurrence) = match rest.as_bytes().last() {
                Some(b'A') => (&rest[..rest.len() - 1], Occurrence::First),
                Some(b'B') => (&rest[..rest.len() - 1], Occurrence::Second),
                _ => (rest, Occurrence::Only),
            };
            return Ok(Span::Interval {
                day,
                tenor,
                number: number(text, digits)?,
                occurrence,
            });
        }
    }
    Err(unreadable(text))
}

/// A day, or `WkEnd13-26`, `Wk13-26`, `Mar-26`, `Q1-27`, `Sum-26`, `Win-26`, `Cal-27`.
fn long_span(text: &str, span: &str) -> Result<Span, DomainError> {
    if span.len() == 10
        && let Ok(day) = span.parse()
    {
        return Ok(Span::Day(day));
    }
    let (name, year) = span.split_once('-').ok_or_else(|| unreadable(text))?;
    if year.len() != 2 {
        return Err(unreadable(text));
    }
    let year = 2000 + number::<i16>(text, year)?;
    if let Some(month) = MONTHS.iter().position(|month| *month == name) {
        let month = month as i8 + 1;
        return Ok(Span::Month { year, month });
    }
    let season = |season| Ok(Span::Season { year, season });
    match name {
        "Sum" => season(Season::Summer),
        "Win" => season(Season::Winter),
        "Cal" => Ok(Span::CalendarYear { year }),
        _ if name.starts_with("WkEnd") => {
            let week = number(text, &name[5..])?;
            Ok(Span::Weekend { year, week })
        }
        _ if name.starts_with("Wk") => {
            let week = number(text, &name[2..])?;
            Ok(Span::Week { year, week })
        }
        _ if name.starts_with('Q') => {
            let quarter = number(text, &name[1..])?;
            Ok(Span::Quarter { year, quarter })
        }
        _ => Err(unreadable(text)),
    }
}
