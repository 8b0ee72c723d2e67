//! The points of a period, and the rows that they make by their curve type.

use super::resolution::{Resolution, Steps, instant};
use super::series::{Detail, Leaf, text};

#[derive(Debug)]
pub(super) struct Period<'a> {
    /// From 1, within the series.
    pub(super) number: usize,
    pub(super) offset: usize,
    pub(super) end: usize,
    pub(super) fields: Vec<Leaf<'a>>,
    pub(super) points: Vec<Point>,
    pub(super) values: Vec<Value<'a>>,
}

#[derive(Debug)]
pub(super) struct Point {
    /// From 0, within the document.
    pub(super) place: i64,
    /// From 1, as given.
    pub(super) position: Option<i64>,
    pub(super) offset: usize,
    pub(super) end: usize,
    /// Its values among those of the period.
    pub(super) values: std::ops::Range<usize>,
    /// What is wrong with it.
    pub(super) reason: Option<String>,
}

#[derive(Debug)]
pub(super) struct Value<'a> {
    /// Name of its element.
    pub(super) measure: &'a str,
    pub(super) number: Option<f64>,
    pub(super) detail: Option<Box<Detail>>,
}

/// A point that holds from the step `from` up to the step `to`; an instant where they are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// Place in [`Period::points`].
    pub(super) point: usize,
    pub(super) from: i64,
    pub(super) to: i64,
}

/// What a period makes.
#[derive(Debug)]
pub(super) struct Blocks {
    pub(super) steps: Steps,
    pub(super) list: Vec<Block>,
    /// Points that are set aside, with the reason.
    pub(super) refused: Vec<(usize, String)>,
    /// What is wrong with the period.
    pub(super) reason: Option<String>,
}

/// A number without exponent; none for an empty text.
pub(super) fn decimal(text: &str) -> Result<Option<f64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_decimal = digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value = is_decimal.then(|| text.parse::<f64>().ok()).flatten();
    if let Some(value) = value.filter(|value| value.is_finite()) {
        return Ok(Some(value));
    }
    let clipped: String = text.chars().take(40).collect();
    Err(format!("{clipped:?} is no decimal number"))
}

impl Period<'_> {
    fn steps(&self) -> Result<Steps, String> {
        let get = |parent, name| {
            text(&self.fields, parent, name).ok_or_else(|| format!("the period has no {name}"))
        };
        let start = instant(get("timeInterval", "start")?)?;
        let end = instant(get("timeInterval", "end")?)?;
        Resolution::new(get("", "resolution")?)?.steps(start, end)
    }

    /// What the points mean on a curve of `curve_type`.
    ///
    /// # Errors
    /// Why none of the period can be used.
    pub(super) fn blocks(&self, curve_type: &str) -> Result<Blocks, String> {
        let steps = self.steps()?;
        let count = steps.count();
        let curve = Curve::new(curve_type, count)?;
        let mut blocks = Blocks {
            steps,
            list: Vec::with_capacity(self.points.len()),
            refused: Vec::new(),
            reason: None,
        };
        // The point whose value is repeated until the next one.
        let mut before: Option<Block> = None;
        let mut first = None;
        let mut previous = 0;
        for (place, point) in self.points.iter().enumerate() {
            let position = match curve.position(point, previous) {
                Ok(position) => position,
                Err(reason) => {
                    blocks.refused.push((place, reason));
                    // Where the value changed is not known: the one before holds its own step only.
                    blocks.list.extend(before.take());
                    continue;
                }
            };
            if let Some(block) = before.take() {
                blocks.list.push(curve.until(block, position));
            }
            first.get_or_insert(position);
            previous = position;
            if let Some(reason) = &point.reason {
                blocks.refused.push((place, reason.clone()));
                continue;
            }
            before = Some(Block {
                point: place,
                from: position,
                to: if curve.is_line {
                    position
                } else {
                    position + 1
                },
            });
        }
        if let Some(block) = before {
            blocks.list.push(curve.until(block, count + 1));
        }
        blocks.reason = curve.missing(&blocks.list, first);
        Ok(blocks)
    }
}

/// What a curve type allows in a period of `count` steps.
struct Curve {
    count: i64,
    /// Whether points are instants.
    is_line: bool,
    /// Whether two points may stand at one position.
    may_jump: bool,
    /// Whether a value holds until the next.
    is_repeated: bool,
}

impl Curve {
    fn new(curve_type: &str, count: i64) -> Result<Self, String> {
        if !matches!(curve_type, "A01" | "A02" | "A03" | "A04" | "A05") {
            let clipped: String = curve_type.chars().take(40).collect();
            return Err(format!("curve type {clipped:?} is none of A01 to A05"));
        }
        Ok(Self {
            count,
            is_line: !matches!(curve_type, "A01" | "A03"),
            may_jump: curve_type == "A04",
            is_repeated: curve_type == "A03",
        })
    }

    /// The position of `point`, if it may stand behind `previous`.
    fn position(&self, point: &Point, previous: i64) -> Result<i64, String> {
        let last = self.count + i64::from(self.is_line);
        let Some(position) = point.position else {
            let reason = point.reason.clone();
            return Err(reason.unwrap_or_else(|| "the point has no position".to_owned()));
        };
        if position < 1 || position > last {
            return Err(format!("position {position} lies outside 1 to {last}"));
        }
        if position < previous || (position == previous && !self.may_jump) {
            return Err(format!("position {position} stands behind {previous}"));
        }
        Ok(position)
    }

    /// `block`, if the next point or the end stands at `position`.
    fn until(&self, block: Block, position: i64) -> Block {
        let to = if self.is_repeated { position } else { block.to };
        Block { to, ..block }
    }

    /// What the period lacks.
    fn missing(&self, list: &[Block], first: Option<i64>) -> Option<String> {
        let (found, count) = (list.len() as i64, self.count);
        if first.is_none() {
            return Some("the period has no points".to_owned());
        }
        if self.is_repeated && first != Some(1) {
            let reason = "curve A03 does not begin at position 1; what is missing is not filled";
            return Some(reason.to_owned());
        }
        (!self.is_line && !self.is_repeated && found < count).then(|| {
            format!("curve A01 has {found} of {count} points; those missing are not filled")
        })
    }
}
