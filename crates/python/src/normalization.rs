//! The normalization kernel: Arrow tables in, Arrow tables out.

use std::sync::{Mutex, PoisonError};

use arrow_array::RecordBatch;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use wattbook_domain::python::refused;
use wattbook_feed::normalize::arrow::{Columns, read_rows, row_schema, rows};
use wattbook_feed::normalize::{
    self, Filled, Fold, Mark, Memory, Normalized, Rates, Rules, Symbology, Told, Units, flag,
};

use crate::table::{Table, batches};

/// Place in the payload, reason and the row as JSON, of each row that was set aside.
type Aside = Vec<(i64, String, String)>;
/// Place in the payload, name of the rule, value before and after, of each corrected value.
type Corrections = Vec<(i64, String, f64, f64)>;
/// Places of the rows that count, flags of all rows, and place and reason of what was set aside.
type Conflated<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<u32>>,
    Vec<(usize, String)>,
);
/// Delivery starts, values, and which of them are made up.
type FilledColumns<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<bool>>,
);
/// Delivery starts, delivery ends, and which stamps clocks showed twice.
type LocalColumns<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<bool>>,
);

struct State {
    normalizer: normalize::Normalizer,
    columns: Columns,
    out: Normalized,
}

/// Normalizes rows of sources; `wattbook.ingest.normalization.Normalizer` is its face.
#[pyclass(frozen, module = "wattbook._core")]
pub(crate) struct Normalizer(Mutex<State>);

#[pymethods]
impl Normalizer {
    /// A normalizer by rules (TOML), locations, codes, products, units and rates (CSV), which
    /// remembers the publications of so many delivery periods of a series.
    #[new]
    fn new(
        rules: &str,
        symbology: (String, String, String),
        units: &str,
        rates: &str,
        periods: usize,
    ) -> PyResult<Self> {
        let (locations, codes, products) = symbology;
        let symbology = Symbology::parse(&locations, &codes, &products).map_err(refused)?;
        let normalizer = normalize::Normalizer::new(
            Rules::parse(rules).map_err(refused)?,
            symbology,
            Units::parse(units).map_err(refused)?,
            Rates::parse(rates).map_err(refused)?,
            Memory {
                periods,
                ..Memory::default()
            },
        );
        Ok(Self(Mutex::new(State {
            normalizer,
            columns: Columns::default(),
            out: Normalized::default(),
        })))
    }

    /// Rows that passed, rows that were set aside, and corrected values of an Arrow table with the
    /// columns of observations, received at `ts_recv` (ns UTC).
    fn apply(
        &self,
        py: Python<'_>,
        table: &Bound<'_, PyAny>,
        source: &str,
        ts_recv: i64,
    ) -> PyResult<(Vec<Table>, Aside, Corrections)> {
        let batches = batches(table)?;
        py.detach(|| {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.apply(&batches, source, ts_recv)
        })
    }

    /// Of normalized rows of several sources, those that count.
    fn conflate<'py>(
        &self,
        py: Python<'py>,
        table: &Bound<'py, PyAny>,
    ) -> PyResult<Conflated<'py>> {
        let batches = batches(table)?;
        let (places, flags, aside) = py.detach(|| {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let mut told = Told::default();
            for batch in &batches {
                read_rows(&mut state.normalizer, batch, &mut told).map_err(refused)?;
            }
            let faults = state.normalizer.check_groups(&mut told);
            let mut aside = Vec::new();
            for fault in &faults {
                aside.push((fault.row, state.normalizer.group_reason(fault)));
                // What is set aside counts for nothing.
                told.value[fault.row] = f64::NAN;
            }
            let places = state.normalizer.conflated(&told);
            let places: Vec<i64> = places.into_iter().map(|place| place as i64).collect();
            Ok::<_, PyErr>((places, told.flags, aside))
        })?;
        Ok((places.into_pyarray(py), flags.into_pyarray(py), aside))
    }

    /// Forgets every row that was seen.
    fn reset(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.normalizer.reset();
    }

    /// Version of the rule file.
    #[getter]
    fn rule_version(&self) -> String {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.normalizer.rules().version.clone()
    }

    /// Names and bits of the flags.
    #[staticmethod]
    fn flags() -> Vec<(&'static str, u32)> {
        flag::ALL.to_vec()
    }
}

/// One value for every delivery start from the first to the last in steps of `step` ns.
#[pyfunction]
pub(crate) fn filled<'py>(
    py: Python<'py>,
    start: PyReadonlyArray1<'py, i64>,
    value: PyReadonlyArray1<'py, f64>,
    step: i64,
    method: &str,
    longest: usize,
) -> PyResult<FilledColumns<'py>> {
    let method = method
        .parse()
        .map_err(|error: normalize::NormalizationError| refused(error))?;
    let (start, value) = (start.as_slice()?, value.as_slice()?);
    let filled = py
        .detach(|| normalize::filled(start, value, step, method, longest))
        .map_err(refused)?;
    let starts: Vec<i64> = filled.iter().map(|it| it.0).collect();
    let values: Vec<f64> = filled.iter().map(|it| it.1.model_value()).collect();
    let made_up = filled.iter().map(|it| matches!(it.1, Filled::MadeUp(_)));
    let made_up: Vec<bool> = made_up.collect();
    Ok((
        starts.into_pyarray(py),
        values.into_pyarray(py),
        made_up.into_pyarray(py),
    ))
}

/// Delivery periods in UTC of stamps on a local clock, ns since 1970-01-01T00:00 on that clock.
#[pyfunction]
pub(crate) fn local_periods<'py>(
    py: Python<'py>,
    stamps: PyReadonlyArray1<'py, i64>,
    time_zone: &str,
    at_end: bool,
    length: i64,
    fold: &str,
) -> PyResult<LocalColumns<'py>> {
    let fold = match fold {
        "first" => Fold::First,
        "second" => Fold::Second,
        "in_order" => Fold::InOrder,
        _ => {
            let fix = "use one of first, second, in_order";
            return Err(refused(format!("fold {fold:?} is unknown; {fix}")));
        }
    };
    let mark = if at_end { Mark::End } else { Mark::Start };
    let stamps = stamps.as_slice()?;
    let periods = py
        .detach(|| normalize::local_periods(stamps, time_zone, mark, length, fold))
        .map_err(refused)?;
    Ok((
        periods.delivery_start.into_pyarray(py),
        periods.delivery_end.into_pyarray(py),
        periods.is_ambiguous.into_pyarray(py),
    ))
}

/// Puts what was kept through the rules about several rows: flags rows, and gives place and reason of
/// those that are to be set aside.
fn groups(
    normalizer: &normalize::Normalizer,
    out: &mut Normalized,
    ts_recv: i64,
) -> Vec<(usize, String)> {
    if !normalizer.has_group_rules(false) {
        return Vec::new();
    }
    let mut told = normalizer.told(&out.rows, ts_recv);
    let faults = normalizer.check_groups(&mut told);
    out.rows.flags = told.flags;
    let reasons = faults
        .iter()
        .map(|fault| (fault.row, normalizer.group_reason(fault)));
    reasons.collect()
}

impl State {
    fn apply(
        &mut self,
        batches: &[RecordBatch],
        source: &str,
        ts_recv: i64,
    ) -> PyResult<(Vec<Table>, Aside, Corrections)> {
        let source = self.normalizer.number(source);
        let (mut tables, mut aside, mut corrections) = (Vec::new(), Vec::new(), Vec::new());
        for batch in batches {
            self.columns
                .read(&mut self.normalizer, batch)
                .map_err(refused)?;
            let input = self.columns.observations();
            self.normalizer
                .apply(source, ts_recv, &input, &mut self.out)
                .map_err(refused)?;
            let faults = groups(&self.normalizer, &mut self.out, ts_recv);
            for (fault, reason) in &faults {
                let row = self.out.rows.row[*fault] as usize;
                aside.push((
                    input.place[row],
                    reason.clone(),
                    self.normalizer.row_text(&input, row),
                ));
            }
            let places: Vec<usize> = faults.iter().map(|fault| fault.0).collect();
            self.out.rows.remove(&places);
            tables.push(Table(
                rows(&self.normalizer, &self.out, ts_recv).map_err(refused)?,
            ));
            aside.extend(self.out.faults.iter().map(|fault| {
                let row = fault.row as usize;
                let reason = self.normalizer.reason(source, &input, fault);
                (
                    input.place[row],
                    reason,
                    self.normalizer.row_text(&input, row),
                )
            }));
            corrections.extend(self.out.corrections.iter().map(|it| {
                let rules = &self.normalizer.rules().rules;
                let rule = rules.get(usize::from(it.rule));
                let name = rule.map_or_else(String::new, |rule| rule.name.clone());
                (input.place[it.row as usize], name, it.before, it.after)
            }));
        }
        if tables.is_empty() {
            tables.push(Table(RecordBatch::new_empty(row_schema().into())));
        }
        Ok((tables, aside, corrections))
    }
}
