//! Sweeps of parameter sets over `NumPy` columns of quotes.

use numpy::{PyArray2, PyArrayMethods as _, PyReadonlyArray1, PyReadonlyArray2, ToPyArray as _};
use pyo3::prelude::*;
use wattbook_strategy::sweep::{
    FillModel, QuoteColumns, SweepResult, SweepRule, fill_paths, sweep,
};

pyo3::import_exception!(wattbook.errors, InputError);

/// A count among the parameters; what is none becomes zero, which every rule refuses.
fn count(value: f64) -> u32 {
    value as u32
}

fn rule_of(name: &str, set: &[f64]) -> PyResult<SweepRule> {
    Ok(match (name, set) {
        ("ema_cross", [fast, slow]) => SweepRule::EmaCross {
            fast: count(*fast),
            slow: count(*slow),
        },
        ("momentum", [window, entry]) => SweepRule::Momentum {
            window: count(*window),
            entry: *entry,
        },
        ("mean_reversion", [window, entry, exit]) => SweepRule::MeanReversion {
            window: count(*window),
            entry: *entry,
            exit: *exit,
        },
        _ => {
            let text = format!(
                "rule {name:?} with {} parameters: choose ema_cross (fast, slow), momentum (window, \
                 entry) or mean_reversion (window, entry, exit)",
                set.len()
            );
            return Err(InputError::new_err(text));
        }
    })
}

/// A row a result: P&L, gross, trades, turnover, fees, drawdown, exposure.
fn table<'py>(py: Python<'py>, results: &[SweepResult]) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let rows: Vec<Vec<f64>> = results
        .iter()
        .map(|it| {
            let (trades, turnover) = (it.trades as f64, it.turnover);
            vec![
                it.pnl,
                it.gross,
                trades,
                turnover,
                it.fees,
                it.drawdown,
                it.exposure,
            ]
        })
        .collect();
    Ok(PyArray2::from_vec2(py, &rows)?)
}

type Swept<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray2<f64>>);

/// Results by set: P&L, gross, trades, turnover, fees, drawdown, exposure; and P&L by set and part.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "columns and options")]
pub(crate) fn sweep_quotes<'py>(
    py: Python<'py>,
    bid: PyReadonlyArray1<'py, f64>,
    ask: PyReadonlyArray1<'py, f64>,
    rule: &str,
    parameters: PyReadonlyArray2<'py, f64>,
    fee: f64,
    parts: usize,
    threads: usize,
) -> PyResult<Swept<'py>> {
    let (bid, ask) = (bid.as_slice()?, ask.as_slice()?);
    let sets = parameters.as_array();
    let rules: Vec<SweepRule> = sets
        .rows()
        .into_iter()
        .map(|set| rule_of(rule, &set.to_vec()))
        .collect::<PyResult<_>>()?;
    let mut by_part = vec![0.0; rules.len() * parts];
    let quotes = QuoteColumns { bid, ask };
    let results = py
        .detach(|| sweep(quotes, &rules, fee, threads, &mut by_part))
        .map_err(|error| InputError::new_err(error.to_string()))?;
    let results = table(py, &results)?;
    let by_part = by_part.to_pyarray(py).reshape([rules.len(), parts])?;
    Ok((results, by_part))
}

/// Results of one set by seed, with fills drawn.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "columns and options")]
pub(crate) fn sweep_fills<'py>(
    py: Python<'py>,
    bid: PyReadonlyArray1<'py, f64>,
    ask: PyReadonlyArray1<'py, f64>,
    rule: &str,
    parameters: Vec<f64>,
    fee: f64,
    probability: f64,
    worse: f64,
    seeds: Vec<u64>,
    threads: usize,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (bid, ask) = (bid.as_slice()?, ask.as_slice()?);
    let rule = rule_of(rule, &parameters)?;
    let (quotes, model) = (QuoteColumns { bid, ask }, FillModel { probability, worse });
    let results = py
        .detach(|| fill_paths(quotes, rule, fee, model, &seeds, threads))
        .map_err(|error| InputError::new_err(error.to_string()))?;
    table(py, &results)
}
