//! Books rebuilt from market data, in batches.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use numpy::{PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use wattbook_book::{self as book, Anomalies, Anomaly, DepthLevel};
use wattbook_domain::{Lots, Side, Ticks};

use crate::sim::refused;

const COLUMNS: usize = 5;

/// How often each anomaly occurred, by its sentence, and the first: its row and sentence.
type AnomalyCounts = (BTreeMap<String, u64>, Option<(u64, String)>);

fn counted(anomalies: &Anomalies) -> AnomalyCounts {
    let counts = Anomaly::ALL
        .into_iter()
        .map(|anomaly| (anomaly.to_string(), anomalies.count(anomaly)))
        .filter(|(_, count)| *count > 0)
        .collect();
    let first = anomalies.first();
    (
        counts,
        first.map(|(row, anomaly)| (row, anomaly.to_string())),
    )
}

fn numbers((price, volume): (Ticks, Lots)) -> (i64, i64) {
    (price.count(), volume.count())
}

/// Every order of a feed that tells single orders; prices in ticks, volumes in lots.
#[pyclass(frozen, module = "wattbook.market")]
pub(crate) struct L3Book(Mutex<book::L3Book>);

impl L3Book {
    fn with<T>(&self, act: impl FnOnce(&mut book::L3Book) -> T) -> T {
        // A panic elsewhere has ended that call; the book is whole between messages.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[pymethods]
impl L3Book {
    /// An empty book.
    #[new]
    fn new() -> Self {
        Self(Mutex::new(book::L3Book::new()))
    }

    /// Takes over `rows`: int64 of shape (n, 5), action, order, side, ticks, lots.
    fn apply(&self, py: Python<'_>, rows: PyReadonlyArray2<'_, i64>) -> PyResult<AnomalyCounts> {
        let width = rows.shape()[1];
        if width != COLUMNS {
            return Err(refused(format!(
                "rows have {width} columns; give 5: action, order, side, ticks, lots"
            )));
        }
        // `as_slice` takes Fortran order too, in which a row is not five numbers in turn.
        if !rows.is_c_contiguous() {
            let message = "rows are not in C order; use np.ascontiguousarray(rows, dtype=np.int64)";
            return Err(refused(message));
        }
        let values = rows.as_slice()?;
        let (rows, _) = values.as_chunks::<COLUMNS>();
        let anomalies = py.detach(|| self.with(|book| book.apply_rows(rows)));
        Ok(counted(&anomalies))
    }

    /// Best bid and ask as (ticks, lots); None for a side without orders.
    #[allow(clippy::type_complexity)]
    fn top(&self) -> (Option<(i64, i64)>, Option<(i64, i64)>) {
        let top = self.with(|book| book.top());
        (top.bid.map(numbers), top.ask.map(numbers))
    }

    /// The best `levels` of a side, best first, as (ticks, lots, orders).
    fn depth(&self, side: Side, levels: usize) -> Vec<(i64, i64, u32)> {
        let level = |level: DepthLevel| (level.price.count(), level.volume.count(), level.orders);
        self.with(|book| book.depth(side).take(levels).map(level).collect())
    }

    /// Lots in front of an order in the queue of its price; None for an order not in the book.
    fn volume_ahead(&self, order_id: u64) -> Option<i64> {
        self.with(|book| book.volume_ahead(order_id))
            .map(Lots::count)
    }

    /// What did not fit since the book was made; rows counted over all batches.
    fn anomalies(&self) -> AnomalyCounts {
        self.with(|book| counted(book.anomalies()))
    }

    /// How many orders are in the book.
    fn __len__(&self) -> usize {
        self.with(|book| book.len())
    }
}
