//! Many parameter sets of one rule over the same quotes, for research.
//!
//! A set trades one unit at the best opposite price of the quote that it decides on, as
//! [`OrderStyle::TakeBest`](crate::OrderStyle) does without latency. Queues, volumes and limits are not
//! looked at: what passes a sweep is run in the engine before it is believed. Sets are independent, so
//! any number of threads gives the same numbers, and memory is what the results take.

use crate::error::StrategyError;

/// Best prices, ascending in time; both columns of the same length, in currency per price unit.
#[derive(Debug, Clone, Copy)]
pub struct QuoteColumns<'a> {
    /// Highest bids.
    pub bid: &'a [f64],
    /// Lowest asks.
    pub ask: &'a [f64],
}

/// A rule with its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SweepRule {
    /// Long while the fast average of the middle is above the slow one, else short.
    EmaCross {
        /// Quotes of the fast average.
        fast: u32,
        /// Quotes of the slow average; before as many nothing is traded.
        slow: u32,
    },
    /// Follows a move over the window that is larger than `entry`, until the move has turned.
    Momentum {
        /// Quotes that it looks back on.
        window: u32,
        /// The least move, in price.
        entry: f64,
    },
    /// Against a distance from the mean of the window, until it is near again.
    MeanReversion {
        /// Quotes of the mean and the deviation, two or more.
        window: u32,
        /// Deviations from the mean at which it begins.
        entry: f64,
        /// Deviations from the mean at which it ends.
        exit: f64,
    },
}

impl SweepRule {
    fn check(&self) -> Result<(), StrategyError> {
        let wrong = |field, value: f64, fix| StrategyError::Parameter {
            strategy: "sweep",
            field,
            value: value as i64,
            fix,
        };
        match *self {
            Self::EmaCross { fast, slow } if fast == 0 || fast >= slow => Err(wrong(
                "fast",
                f64::from(fast),
                "1 up to below the slow average",
            )),
            Self::Momentum { window: 0, .. } => Err(wrong("window", 0.0, "1 or more")),
            Self::Momentum { entry, .. } if !(entry >= 0.0 && entry.is_finite()) => {
                Err(wrong("entry", entry, "0 or more, in price"))
            }
            Self::MeanReversion { window, .. } if window < 2 => {
                Err(wrong("window", f64::from(window), "2 or more"))
            }
            Self::MeanReversion { entry, exit, .. }
                if !(exit >= 0.0 && entry > exit && entry.is_finite()) =>
            {
                Err(wrong(
                    "exit",
                    exit,
                    "0 up to below the entry, in deviations",
                ))
            }
            _ => Ok(()),
        }
    }
}

/// What came of a set, per unit traded, after fees.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SweepResult {
    /// At the middle of the last quote, in currency.
    pub pnl: f64,
    /// What the position would have earned at the middle, without spread and fees.
    pub gross: f64,
    /// Orders.
    pub trades: u64,
    /// Volume traded; a turn from long to short is two units.
    pub turnover: f64,
    /// Fees paid, in currency.
    pub fees: f64,
    /// Deepest fall of the equity from its highest, in currency, above zero.
    pub drawdown: f64,
    /// Share of the quotes with a position.
    pub exposure: f64,
}

/// Runs every set of `rules` over `quotes` on `threads`. Parts of the P&L are the changes of the equity over
/// `parts` stretches of as many quotes each; set `i` writes to `i * parts ..` of `by_part`.
///
/// # Errors
/// [`StrategyError::Parameter`] for parameters out of their range, columns of different lengths, prices that
/// are no numbers, a fee that is none, fewer quotes than parts, or results of another length.
pub fn sweep(
    quotes: QuoteColumns<'_>,
    rules: &[SweepRule],
    fee: f64,
    threads: usize,
    by_part: &mut [f64],
) -> Result<Vec<SweepResult>, StrategyError> {
    let parts = by_part.len().checked_div(rules.len()).unwrap_or(1);
    check(quotes, rules, fee, parts, by_part.len())?;
    let mut results = vec![SweepResult::default(); rules.len()];
    let share = rules.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        let rules = rules.chunks(share);
        let outs = results
            .chunks_mut(share)
            .zip(by_part.chunks_mut(share * parts));
        for (rules, (results, by_part)) in rules.zip(outs) {
            scope.spawn(move || {
                let outs = results.iter_mut().zip(by_part.chunks_mut(parts));
                for (rule, (result, by_part)) in rules.iter().zip(outs) {
                    *result = one(quotes, *rule, (fee, None), by_part);
                }
            });
        }
    });
    Ok(results)
}

/// How sure the fills of a set are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FillModel {
    /// How likely an order is filled, above 0 and at most 1; one that is not is tried again at the next quote,
    /// if the rule still wants it.
    pub probability: f64,
    /// A fill is worse than the best price by up to this, evenly spread, in price.
    pub worse: f64,
}

/// Runs one set once for each seed, with fills drawn from `model`: what it would have earned with other luck.
///
/// # Errors
/// As [`sweep`], and for a model out of its range.
pub fn fill_paths(
    quotes: QuoteColumns<'_>,
    rule: SweepRule,
    fee: f64,
    model: FillModel,
    seeds: &[u64],
    threads: usize,
) -> Result<Vec<SweepResult>, StrategyError> {
    let FillModel { probability, worse } = model;
    if !(probability > 0.0 && probability <= 1.0 && worse >= 0.0 && worse.is_finite()) {
        return Err(StrategyError::Parameter {
            strategy: "fill model",
            field: "probability in per cent",
            value: (probability * 100.0) as i64,
            fix: "a probability above 0 up to 1, and a slippage of 0 or more",
        });
    }
    check(quotes, &[rule], fee, 1, 1)?;
    let mut results = vec![SweepResult::default(); seeds.len()];
    let share = seeds.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        for (seeds, results) in seeds.chunks(share).zip(results.chunks_mut(share)) {
            scope.spawn(move || {
                for (seed, result) in seeds.iter().zip(results) {
                    let luck = Some(Luck {
                        model,
                        state: *seed,
                    });
                    *result = one(quotes, rule, (fee, luck), &mut [0.0]);
                }
            });
        }
    });
    Ok(results)
}

/// Draws fills.
#[derive(Debug, Clone, Copy)]
struct Luck {
    model: FillModel,
    state: u64,
}

impl Luck {
    /// A number from 0 up to 1 (`SplitMix64`, Steele, Lea and Flood 2014).
    fn draw(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// By how much the fill is worse; nothing when there is none.
    fn fill(&mut self) -> Option<f64> {
        let is_filled = self.draw() < self.model.probability;
        is_filled.then(|| self.model.worse * self.draw())
    }
}

fn check(
    quotes: QuoteColumns<'_>,
    rules: &[SweepRule],
    fee: f64,
    parts: usize,
    places: usize,
) -> Result<(), StrategyError> {
    let wrong = |field, value: i64, fix| {
        let strategy = "sweep";
        Err(StrategyError::Parameter {
            strategy,
            field,
            value,
            fix,
        })
    };
    let count = quotes.bid.len();
    if quotes.ask.len() != count {
        let fix = "as many asks as bids";
        return wrong("number of asks", quotes.ask.len() as i64, fix);
    }
    if parts == 0 || count < parts || parts * rules.len() != places {
        let fix = "1 up to the number of quotes, the same for each set";
        return wrong("number of parts", parts as i64, fix);
    }
    if !fee.is_finite() {
        return wrong("fee", 0, "a number, in currency for each unit");
    }
    let columns = quotes.bid.iter().zip(quotes.ask);
    let is_bad = |(bid, ask): (&f64, &f64)| !(bid.is_finite() && ask.is_finite() && bid <= ask);
    if let Some(row) = columns.map(is_bad).position(|it| it) {
        let fix = "only quotes with a bid that is not above its ask; the value is the row";
        return wrong("quote", row as i64, fix);
    }
    rules.iter().try_for_each(SweepRule::check)
}

/// The account of one set: a position of -1, 0 or 1 at best prices.
struct Account {
    fee: f64,
    luck: Option<Luck>,
    position: f64,
    cash: f64,
    highest: f64,
    result: SweepResult,
    held: u64,
}

impl Account {
    #[inline]
    fn go_to(&mut self, target: f64, bid: f64, ask: f64) {
        let change = target - self.position;
        if change == 0.0 {
            return;
        }
        let Some(worse) = self.luck.as_mut().map_or(Some(0.0), Luck::fill) else {
            return;
        };
        let price = if change > 0.0 {
            ask + worse
        } else {
            bid - worse
        };
        let fees = change.abs() * self.fee;
        self.cash -= change * price + fees;
        self.result.trades += 1;
        self.result.turnover += change.abs();
        self.result.fees += fees;
        self.position = target;
    }

    /// The equity at the middle, once the position is what it is to be.
    #[inline]
    fn mark(&mut self, mid: f64) -> f64 {
        let equity = self.cash + self.position * mid;
        self.highest = self.highest.max(equity);
        self.result.drawdown = self.result.drawdown.max(self.highest - equity);
        self.held += u64::from(self.position != 0.0);
        equity
    }
}

/// A fee for each unit, and how sure fills are; they are sure without luck.
type Terms = (f64, Option<Luck>);

fn one(
    quotes: QuoteColumns<'_>,
    rule: SweepRule,
    terms: Terms,
    by_part: &mut [f64],
) -> SweepResult {
    match rule {
        SweepRule::EmaCross { fast, slow } => {
            let mut cross = EmaPair::new(fast, slow);
            run(quotes, terms, by_part, |_, mid, _| cross.target(mid))
        }
        SweepRule::Momentum { window, entry } => {
            let window = window as usize;
            run(quotes, terms, by_part, |at, mid, position| {
                if at < window {
                    return 0.0;
                }
                let move_ = mid - middle(quotes, at - window);
                if move_.abs() > entry {
                    move_.signum()
                } else if move_ * position < 0.0 {
                    0.0
                } else {
                    position
                }
            })
        }
        SweepRule::MeanReversion {
            window,
            entry,
            exit,
        } => {
            let mut band = Band::new(window as usize, middle(quotes, 0));
            run(quotes, terms, by_part, |at, mid, position| {
                let old = at.checked_sub(window as usize);
                let Some(score) = band.score(mid, old.map(|old| middle(quotes, old))) else {
                    return 0.0;
                };
                if score.abs() >= entry {
                    -score.signum()
                } else if score.abs() <= exit || score * position > 0.0 {
                    0.0
                } else {
                    position
                }
            })
        }
    }
}

#[inline]
fn middle(quotes: QuoteColumns<'_>, at: usize) -> f64 {
    (quotes.bid[at] + quotes.ask[at]) * 0.5
}

#[inline]
fn run(
    quotes: QuoteColumns<'_>,
    (fee, luck): Terms,
    by_part: &mut [f64],
    mut target: impl FnMut(usize, f64, f64) -> f64,
) -> SweepResult {
    let mut account = Account {
        fee,
        luck,
        position: 0.0,
        cash: 0.0,
        highest: 0.0,
        result: SweepResult::default(),
        held: 0,
    };
    let (count, parts) = (quotes.bid.len(), by_part.len());
    let (mut before, mut last) = (0.0, f64::NAN);
    for (part, place) in by_part.iter_mut().enumerate() {
        let (from, until) = (part * count / parts, (part + 1) * count / parts);
        let mut equity = before;
        for at in from..until {
            let (bid, ask) = (quotes.bid[at], quotes.ask[at]);
            let mid = (bid + ask) * 0.5;
            if account.position != 0.0 {
                account.result.gross += account.position * (mid - last);
            }
            last = mid;
            let wanted = target(at, mid, account.position);
            account.go_to(wanted, bid, ask);
            equity = account.mark(mid);
        }
        *place = equity - before;
        before = equity;
    }
    SweepResult {
        pnl: before,
        exposure: account.held as f64 / count as f64,
        ..account.result
    }
}

/// Two exponential averages, as [`EmaCross`](crate::EmaCross) keeps them.
struct EmaPair {
    weights: (f64, f64),
    fast: f64,
    slow: f64,
    seen: u64,
    warm_up: u64,
}

impl EmaPair {
    fn new(fast: u32, slow: u32) -> Self {
        let weight = |quotes: u32| 2.0 / (f64::from(quotes) + 1.0);
        Self {
            weights: (weight(fast), weight(slow)),
            fast: 0.0,
            slow: 0.0,
            seen: 0,
            warm_up: u64::from(slow),
        }
    }

    #[inline]
    fn target(&mut self, mid: f64) -> f64 {
        self.seen += 1;
        if self.seen == 1 {
            (self.fast, self.slow) = (mid, mid);
        }
        self.fast += self.weights.0 * (mid - self.fast);
        self.slow += self.weights.1 * (mid - self.slow);
        if self.seen <= self.warm_up {
            0.0
        } else if self.fast > self.slow {
            1.0
        } else {
            -1.0
        }
    }
}

/// Mean and deviation of a window, from sums of distances to the first price: small numbers stay exact.
struct Band {
    window: usize,
    origin: f64,
    seen: usize,
    sum: f64,
    squares: f64,
}

impl Band {
    const fn new(window: usize, origin: f64) -> Self {
        Self {
            window,
            origin,
            seen: 0,
            sum: 0.0,
            squares: 0.0,
        }
    }

    /// How many deviations `mid` is from the mean of the window that ends with it; `old` leaves it.
    #[inline]
    fn score(&mut self, mid: f64, old: Option<f64>) -> Option<f64> {
        let value = mid - self.origin;
        self.sum += value;
        self.squares += value * value;
        self.seen += 1;
        if let Some(old) = old {
            let value = old - self.origin;
            self.sum -= value;
            self.squares -= value * value;
        } else if self.seen < self.window {
            return None;
        }
        let count = self.window as f64;
        let mean = self.sum / count;
        let variance = (self.squares / count - mean * mean).max(0.0);
        // What rounding leaves of a price that stands still is no deviation.
        (variance > 1e-12).then(|| (value - mean) / variance.sqrt())
    }
}
