//! The normalization kernel: Arrow tables in, Arrow tables out.

use std::sync::{Mutex, PoisonError};

use arrow_array::RecordBatch;
use pyo3::prelude::*;
use wattbook_domain::python::refused;
use wattbook_feed::normalize::arrow::{Columns, row_schema, rows};
use wattbook_feed::normalize::{self, Memory, Normalized, Rates, Rules, Symbology, Units, flag};

use crate::table::{Table, batches};

/// Place in the payload, reason and the row as JSON, of each row that was set aside.
type Aside = Vec<(i64, String, String)>;
/// Place in the payload, name of the rule, value before and after, of each corrected value.
type Corrections = Vec<(i64, String, f64, f64)>;

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
    /// remembers the publications of so many delivery periods.
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
            Memory { periods },
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
