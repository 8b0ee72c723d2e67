//! The exact LASSO path of one target, by least angle regression on a Gram matrix.
//!
//! Efron, Hastie, Johnstone and Tibshirani (2004), Least angle regression, with the LASSO modification. The penalty
//! `alpha` is that of `1 / (2 n) |y − X b|² + alpha |b|₁`.

use crate::gram::dot;

/// Products that describe a regression; columns and target are centred.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Products<'a> {
    /// Columns times columns, row by row.
    pub(crate) gram: &'a [f64],
    /// Columns times target.
    pub(crate) against: &'a [f64],
    /// Target times target.
    pub(crate) target: f64,
    /// Rows behind the products.
    pub(crate) rows: usize,
}

/// Where to stop on the path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    /// At the least `rows * MSE / variance + 2 * active`: Akaike's criterion for a known noise variance.
    Akaike {
        /// Noise variance.
        variance: f64,
    },
    /// At a penalty.
    Alpha(f64),
}

/// A point of the path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    /// Penalty.
    pub(crate) alpha: f64,
    /// Coefficients of the columns.
    pub(crate) coefficients: Vec<f64>,
}

/// Knots after the best one beyond which the criterion is not looked at: a path drops few columns.
const PATIENCE: f64 = 32.0;
/// A column whose part outside of the active ones is this small says nothing new.
const COLLINEAR: f64 = 1e-9;

/// The path as far as it was walked.
struct Walk<'a> {
    products: Products<'a>,
    active: Vec<usize>,
    signs: Vec<f64>,
    /// Lower triangle of the factor of the active Gram matrix, row by row.
    factor: Vec<Vec<f64>>,
    /// Columns that are active or say nothing new.
    taken: Vec<bool>,
    coefficients: Vec<f64>,
    correlations: Vec<f64>,
}

/// A step towards the next knot.
struct Step {
    length: f64,
    change: Event,
}

enum Event {
    Enters(usize),
    Leaves(usize),
    Ends,
}

impl<'a> Walk<'a> {
    fn start(products: Products<'a>) -> Self {
        let count = products.against.len();
        let taken = (0..count)
            .map(|place| products.gram[place * count + place] <= 0.0)
            .collect();
        Self {
            products,
            active: Vec::new(),
            signs: Vec::new(),
            factor: Vec::new(),
            taken,
            coefficients: vec![0.0; count],
            correlations: products.against.to_vec(),
        }
    }

    fn row(&self, place: usize) -> &'a [f64] {
        let count = self.coefficients.len();
        &self.products.gram[place * count..(place + 1) * count]
    }

    /// Column outside with the largest correlation.
    fn foremost(&self) -> Option<usize> {
        (0..self.taken.len())
            .filter(|place| !self.taken[*place])
            .max_by(|a, b| {
                self.correlations[*a]
                    .abs()
                    .total_cmp(&self.correlations[*b].abs())
            })
    }

    /// Lets `place` in, unless it lies in the span of the active columns.
    fn enter(&mut self, place: usize) -> bool {
        self.taken[place] = true;
        let row = self.row(place);
        let mut line: Vec<f64> = Vec::with_capacity(self.active.len() + 1);
        for (number, column) in self.active.iter().enumerate() {
            let known = &self.factor[number];
            let rest = row[*column] - dot(&known[..number], &line);
            line.push(rest / known[number]);
        }
        let left = row[place] - dot(&line, &line);
        if left <= COLLINEAR * row[place] {
            return false;
        }
        line.push(left.sqrt());
        self.factor.push(line);
        self.active.push(place);
        self.signs.push(self.correlations[place].signum());
        true
    }

    /// Takes the active column `number` out and factors the later ones anew.
    fn leave(&mut self, number: usize) {
        let place = self.active[number];
        let later: Vec<usize> = self.active.split_off(number);
        let signs = self.signs.split_off(number);
        self.factor.truncate(number);
        self.coefficients[place] = 0.0;
        for (column, sign) in later.into_iter().zip(signs).skip(1) {
            // A column that was independent stays so with one less.
            if self.enter(column)
                && let Some(last) = self.signs.last_mut()
            {
                *last = sign;
            }
        }
        self.taken[place] = false;
    }

    /// Solves the active Gram matrix for the signs: how coefficients grow while correlations shrink alike.
    fn direction(&self) -> Vec<f64> {
        let size = self.active.len();
        let mut solved: Vec<f64> = Vec::with_capacity(size);
        for (number, line) in self.factor.iter().enumerate() {
            let rest = self.signs[number] - dot(&line[..number], &solved);
            solved.push(rest / line[number]);
        }
        for number in (0..size).rev() {
            let value = solved[number] / self.factor[number][number];
            solved[number] = value;
            for (before, entry) in self.factor[number][..number].iter().enumerate() {
                solved[before] -= entry * value;
            }
        }
        solved
    }

    /// How correlations fall along `direction`.
    fn fall(&self, direction: &[f64]) -> Vec<f64> {
        let mut fall = vec![0.0; self.coefficients.len()];
        for (place, growth) in self.active.iter().zip(direction) {
            for (total, entry) in fall.iter_mut().zip(self.row(*place)) {
                *total += entry * growth;
            }
        }
        fall
    }

    /// The nearest knot from the common correlation `level`; `just_left` may not turn round at once.
    fn step(&self, level: f64, direction: &[f64], fall: &[f64], just_left: Option<usize>) -> Step {
        let mut step = Step {
            length: level,
            change: Event::Ends,
        };
        for (place, slope) in fall.iter().enumerate() {
            if self.taken[place] {
                continue;
            }
            for (gap, closing) in [
                (level - self.correlations[place], 1.0 - slope),
                (level + self.correlations[place], 1.0 + slope),
            ] {
                // What just left stands at the level; it may only come back from the other side.
                if just_left == Some(place) && gap <= 1e-9 * level {
                    continue;
                }
                let length = gap.max(0.0) / closing;
                if closing > 1e-12 && length < step.length {
                    step.length = length;
                    step.change = Event::Enters(place);
                }
            }
        }
        for (number, place) in self.active.iter().enumerate() {
            let length = -self.coefficients[*place] / direction[number];
            if length > 1e-14 && length < step.length {
                step.length = length;
                step.change = Event::Leaves(number);
            }
        }
        step
    }

    fn walk(&mut self, length: f64, direction: &[f64], fall: &[f64]) {
        for (place, growth) in self.active.iter().zip(direction) {
            self.coefficients[*place] += length * growth;
        }
        for (value, slope) in self.correlations.iter_mut().zip(fall) {
            *value -= length * slope;
        }
    }

    /// Squared residuals of the coefficients.
    fn residual(&self) -> f64 {
        let explained: f64 = self
            .active
            .iter()
            .map(|place| {
                let both = self.products.against[*place] + self.correlations[*place];
                self.coefficients[*place] * both
            })
            .sum();
        (self.products.target - explained).max(0.0)
    }

    fn point(&self, level: f64) -> Point {
        Point {
            alpha: level / self.products.rows as f64,
            coefficients: self.coefficients.clone(),
        }
    }
}

/// Walks the path of `products` and returns the point where `until` says.
pub(crate) fn path(products: Products<'_>, until: Stop) -> Point {
    let mut walk = Walk::start(products);
    let Some(first) = walk.foremost() else {
        return walk.point(0.0);
    };
    let start = walk.correlations[first].abs();
    let floor = match until {
        Stop::Alpha(alpha) => alpha * products.rows as f64,
        Stop::Akaike { .. } => start * 1e-9,
    };
    let mut level = start;
    let mut best = (f64::INFINITY, walk.point(start));
    let mut entering = Some(first);
    let mut just_left = None;
    // A path has few more knots than columns; the bound only guards against endless rounding.
    for _ in 0..8 * products.against.len() + 64 {
        if let Stop::Akaike { variance } = until {
            let knot = akaike(&walk, variance);
            if knot < best.0 {
                best = (knot, walk.point(level));
            }
            if 2.0 * walk.active.len() as f64 > best.0 + PATIENCE {
                return best.1;
            }
        }
        if level <= floor {
            break;
        }
        if let Some(place) = entering.take() {
            walk.enter(place);
        }
        if walk.active.is_empty() || walk.active.len() + 1 >= products.rows {
            break;
        }
        let direction = walk.direction();
        let fall = walk.fall(&direction);
        let step = walk.step(level, &direction, &fall, just_left.take());
        if level - step.length <= floor {
            walk.walk(level - floor, &direction, &fall);
            level = floor;
            continue;
        }
        walk.walk(step.length, &direction, &fall);
        level -= step.length;
        match step.change {
            Event::Enters(place) => entering = Some(place),
            Event::Leaves(number) => {
                just_left = Some(walk.active[number]);
                walk.leave(number);
            }
            Event::Ends => {}
        }
    }
    match until {
        Stop::Akaike { .. } => best.1,
        Stop::Alpha(_) => walk.point(level),
    }
}

/// Akaike's criterion where the walk stands, less what all points share.
fn akaike(walk: &Walk<'_>, variance: f64) -> f64 {
    let active = walk
        .active
        .iter()
        .filter(|place| walk.coefficients[**place] != 0.0)
        .count();
    walk.residual() / variance + 2.0 * active as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gram::Columns;
    use proptest::prelude::*;

    /// Largest breach of the conditions that alone make coefficients optimal at `alpha`.
    fn breach(columns: &Columns, target: &[f64], point: &Point) -> f64 {
        let rows = target.len() as f64;
        let mut rest = target.to_vec();
        for (place, coefficient) in point.coefficients.iter().enumerate() {
            for (value, entry) in rest.iter_mut().zip(columns.column(place)) {
                *value -= coefficient * entry;
            }
        }
        point
            .coefficients
            .iter()
            .enumerate()
            .map(|(place, coefficient)| {
                let slope = dot(columns.column(place), &rest) / rows;
                if *coefficient == 0.0 {
                    slope.abs() - point.alpha
                } else {
                    (slope - point.alpha * coefficient.signum()).abs()
                }
            })
            .fold(0.0, f64::max)
    }

    proptest! {
        #[test]
        fn any_point_of_the_path_is_optimal(
            values in proptest::collection::vec(-3.0..3.0_f64, 20 * 9),
            noise in proptest::collection::vec(-1.0..1.0_f64, 20),
            share in 0.01..0.9_f64,
        ) {
            let columns = Columns::centred(20, values);
            let mean = noise.iter().sum::<f64>() / 20.0;
            let target: Vec<f64> = (0..20)
                .map(|row| {
                    2.0 * columns.column(0)[row] - columns.column(4)[row] + noise[row] - mean
                })
                .collect();
            let gram = columns.gram();
            let against = columns.against(&target);
            let products = Products { gram: &gram, against: &against, target: dot(&target, &target), rows: 20 };
            let most = against.iter().fold(0.0, |most: f64, value| most.max(value.abs())) / 20.0;
            let point = path(products, Stop::Alpha(share * most));
            prop_assert!((point.alpha - share * most).abs() < 1e-12);
            prop_assert!(breach(&columns, &target, &point) < 1e-9);
            let chosen = path(products, Stop::Akaike { variance: 0.5 });
            prop_assert!(breach(&columns, &target, &chosen) < 1e-9);
        }
    }

    #[test]
    fn columns_that_repeat_or_stand_still_are_left_out() {
        let column: Vec<f64> = (0..12).map(|row| f64::from(row % 5)).collect();
        let values = [column.clone(), column.clone(), vec![4.0; 12]].concat();
        let columns = Columns::centred(12, values);
        let target = columns.column(0).to_vec();
        let (gram, against) = (columns.gram(), columns.against(&target));
        let products = Products {
            gram: &gram,
            against: &against,
            target: dot(&target, &target),
            rows: 12,
        };
        let point = path(products, Stop::Alpha(0.0));
        assert!((point.coefficients[0] + point.coefficients[1] - 1.0).abs() < 1e-12);
        assert!(point.coefficients[2].abs() < 1e-15);
    }
}
