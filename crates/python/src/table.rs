//! Arrow tables of domain records, handed to Python without a copy.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{Array, RecordBatch, RecordBatchIterator, StructArray};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use wattbook_domain::Sequenced;
use wattbook_domain::arrow::{Tables, inputs};
use wattbook_domain::python::refused;

/// Rows of one record type in columns, for any library that reads Arrow: `polars.DataFrame(table)`,
/// `pyarrow.table(table)`, `duckdb`.
#[pyclass(frozen, module = "wattbook.domain")]
pub(crate) struct Table(pub(crate) RecordBatch);

#[pymethods]
impl Table {
    /// Rows.
    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    /// Names of the columns, in order.
    #[getter]
    fn columns(&self) -> Vec<String> {
        let fields = self.0.schema();
        fields
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect()
    }

    fn __repr__(&self) -> String {
        let (rows, columns) = (self.0.num_rows(), self.columns().join(", "));
        format!("<Table of {rows} rows: {columns}>")
    }

    /// The schema as an Arrow `PyCapsule`.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let schema = FFI_ArrowSchema::try_from(self.0.schema().as_ref()).map_err(refused)?;
        Ok(PyCapsule::new_with_value(py, schema, c"arrow_schema")?.into_any())
    }

    /// Schema and rows as Arrow `PyCapsule`s; a requested schema is not followed, as the interface
    /// allows.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let _ = requested_schema;
        let data = StructArray::from(self.0.clone()).to_data();
        let array = PyCapsule::new_with_value(py, FFI_ArrowArray::new(&data), c"arrow_array")?;
        Ok((self.__arrow_c_schema__(py)?, array.into_any()))
    }

    /// All rows as a stream of one batch, in an Arrow `PyCapsule`.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = requested_schema;
        let schema = Arc::clone(&self.0.schema());
        let batches = RecordBatchIterator::new([Ok(self.0.clone())], schema);
        let stream = FFI_ArrowArrayStream::new(Box::new(batches));
        Ok(PyCapsule::new_with_value(py, stream, c"arrow_array_stream")?.into_any())
    }
}

/// `tables` as a `dict` of [`Table`] by the name of the record; for every module that has some.
pub(crate) fn to_dict(py: Python<'_>, tables: &mut Tables) -> PyResult<ByName> {
    let batches = py.detach(|| tables.finish()).map_err(refused)?;
    Ok(batches
        .into_iter()
        .map(|(name, batch)| (name, Table(batch)))
        .collect())
}

/// Tables by the name of their record.
pub(crate) type ByName = BTreeMap<&'static str, Table>;

/// One table for each kind of record among `inputs`, by its name.
#[pyfunction]
pub(crate) fn input_tables(py: Python<'_>, inputs: Vec<Bound<'_, Sequenced>>) -> PyResult<ByName> {
    let mut tables = Tables::default();
    for input in &inputs {
        tables.push_input(input.get());
    }
    to_dict(py, &mut tables)
}

/// The inputs in `tables`, by the name of their record, in the order of their sequence.
#[pyfunction]
pub(crate) fn inputs_from_tables(
    py: Python<'_>,
    tables: BTreeMap<String, Bound<'_, PyAny>>,
) -> PyResult<Vec<Sequenced>> {
    let mut all = Vec::new();
    for (name, table) in &tables {
        let batches = batches(table)?;
        let read = py.detach(|| {
            let read = batches.iter().map(|batch| inputs(name, batch));
            read.collect::<Result<Vec<_>, _>>()
        });
        all.extend(read.map_err(refused)?.into_iter().flatten());
    }
    all.sort_by_key(|input| input.sequence);
    if let Some(pair) = all
        .windows(2)
        .find(|pair| pair[0].sequence == pair[1].sequence)
    {
        let sequence = pair[0].sequence;
        return Err(refused(format!(
            "sequence {sequence} stands in two rows; number the rows of all tables together"
        )));
    }
    Ok(all)
}

/// The batches of a table of any library with the Arrow `PyCapsule` interface.
fn batches(table: &Bound<'_, PyAny>) -> PyResult<Vec<RecordBatch>> {
    let class = table.get_type();
    let stream = table.call_method0("__arrow_c_stream__").map_err(|_| {
        refused(format!(
            "{class} is no Arrow table; give one of polars, pyarrow or duckdb"
        ))
    })?;
    let stream = stream.cast_into::<PyCapsule>()?;
    let pointer = stream.pointer_checked(Some(c"arrow_array_stream"))?;
    // SAFETY: a capsule of this name holds a pointer to an initialised stream by the Arrow PyCapsule
    // interface, and no one else reads it; what is taken out leaves an empty stream behind, which
    // the capsule may release.
    let reader = unsafe { RecordBatchStreamReader::from_raw(pointer.as_ptr().cast()) };
    let batches = reader.and_then(Iterator::collect);
    batches.map_err(refused)
}
