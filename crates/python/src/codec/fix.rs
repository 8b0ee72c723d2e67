//! FIX messages as columns.

use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use wattbook_codec::fix::{BookColumns, Columns, Decoder, Dictionary, Encoder, Rules, rejections};
use wattbook_domain::python::refused;

type Ints<'py> = Bound<'py, PyArray1<i64>>;
type Small<'py> = Bound<'py, PyArray1<u8>>;

/// Start and end of each message, place of its first field; tag, start and end, depth of groups and
/// whether an entry begins of each field; what was skipped (offset, bytes, reason); fields without a
/// tag (message, reason).
type FixColumns<'py> = (
    Ints<'py>,
    Ints<'py>,
    Ints<'py>,
    Bound<'py, PyArray1<u32>>,
    Ints<'py>,
    Ints<'py>,
    Small<'py>,
    Bound<'py, PyArray1<bool>>,
    Vec<(usize, usize, String)>,
    Vec<(usize, String)>,
);

/// Message, action, kind, start and end of the symbol, price and volume of each entry; messages that
/// cannot be read (message, reason).
type FixBookColumns<'py> = (
    Ints<'py>,
    Small<'py>,
    Small<'py>,
    Ints<'py>,
    Ints<'py>,
    Ints<'py>,
    Ints<'py>,
    Vec<(usize, String)>,
);

/// Tag, name, type and values with their names of a field.
type FixField = (u16, &'static str, String, Vec<(&'static str, &'static str)>);

/// Fields; message types (type, name, whether of the session, container of the body); containers of
/// members (tag, whether required, container of its entries); containers of header and trailer.
type FixDictionary = (
    Vec<FixField>,
    Vec<(&'static str, &'static str, bool, usize)>,
    Vec<Vec<(u16, bool, Option<usize>)>>,
    usize,
    usize,
);

/// What the standard says in one version.
#[pyfunction]
pub(crate) fn fix_dictionary(version: &str) -> PyResult<FixDictionary> {
    let dictionary = known(version)?;
    let fields = dictionary.fields().iter();
    let messages = dictionary.messages().iter();
    let containers = dictionary.containers().iter();
    let (header, trailer) = dictionary.ends();
    Ok((
        fields
            .map(|field| {
                (
                    field.tag,
                    field.name,
                    format!("{:?}", field.kind),
                    field.values.to_vec(),
                )
            })
            .collect(),
        messages
            .map(|message| {
                (
                    message.msg_type,
                    message.name,
                    message.is_admin,
                    message.body(),
                )
            })
            .collect(),
        containers
            .map(|container| {
                let members = container.members.iter();
                members
                    .map(|member| (member.tag, member.is_required, member.group()))
                    .collect()
            })
            .collect(),
        header,
        trailer,
    ))
}

/// Every message and field in `data`.
#[pyfunction]
pub(crate) fn fix_columns<'py>(py: Python<'py>, data: &[u8]) -> FixColumns<'py> {
    let columns = py.detach(|| Columns::read(&mut Decoder::default(), data));
    let skipped = columns.skipped.into_iter();
    let faults = columns.faults.into_iter();
    (
        columns.message_start.into_pyarray(py),
        columns.message_end.into_pyarray(py),
        columns.field_start.into_pyarray(py),
        columns.tag.into_pyarray(py),
        columns.value_start.into_pyarray(py),
        columns.value_end.into_pyarray(py),
        columns.depth.into_pyarray(py),
        columns.begins_entry.into_pyarray(py),
        skipped
            .map(|part| (part.offset, part.bytes, part.reason.to_string()))
            .collect(),
        faults
            .map(|(message, fault)| (message, fault.to_string()))
            .collect(),
    )
}

/// Every entry of the snapshots and refreshes in `data`; i64's least value where there is none.
#[pyfunction]
pub(crate) fn fix_book_columns<'py>(py: Python<'py>, data: &[u8]) -> FixBookColumns<'py> {
    let columns = py.detach(|| BookColumns::read(&mut Decoder::default(), data));
    let faults = columns.faults.into_iter();
    (
        columns.message.into_pyarray(py),
        columns.action.into_pyarray(py),
        columns.kind.into_pyarray(py),
        columns.symbol_start.into_pyarray(py),
        columns.symbol_end.into_pyarray(py),
        columns.price.into_pyarray(py),
        columns.volume.into_pyarray(py),
        faults
            .map(|(message, fault)| (message, fault.to_string()))
            .collect(),
    )
}

/// Messages in `data` that a dictionary refuses: number, tag, `SessionRejectReason`, its sentence.
#[pyfunction]
#[pyo3(signature = (data, *, version, allows_user_defined, allows_any_group_order))]
pub(crate) fn fix_rejections(
    py: Python<'_>,
    data: &[u8],
    version: Option<&str>,
    allows_user_defined: bool,
    allows_any_group_order: bool,
) -> PyResult<Vec<(usize, u32, u8, String)>> {
    let dictionary = version.map(known).transpose()?;
    let rules = Rules {
        allows_user_defined,
        allows_any_group_order,
    };
    let found = py.detach(|| rejections(&mut Decoder::default(), data, dictionary, rules));
    let rows = found.into_iter().map(|(message, rejected)| {
        let reason = rejected.reason;
        (message, rejected.tag, reason as u8, reason.to_string())
    });
    Ok(rows.collect())
}

/// The frame of a message of `fields`, in their order.
#[pyfunction]
pub(crate) fn fix_encode<'py>(
    py: Python<'py>,
    begin_string: &str,
    msg_type: &str,
    fields: Vec<(i64, Bound<'py, PyBytes>)>,
) -> PyResult<Bound<'py, PyBytes>> {
    let mut encoder = Encoder::new();
    let fields = fields.iter().map(|(tag, value)| (*tag, value.as_bytes()));
    let frame = encoder.encode(begin_string, msg_type, fields);
    Ok(PyBytes::new(py, frame.map_err(refused)?))
}

fn known(version: &str) -> PyResult<&'static Dictionary> {
    let all = Dictionary::all();
    let found = all
        .into_iter()
        .find(|dictionary| dictionary.version() == version);
    found.ok_or_else(|| {
        let versions = all.map(Dictionary::version).join(", ");
        refused(format!(
            "no dictionary for {version:?}; use one of {versions}"
        ))
    })
}
