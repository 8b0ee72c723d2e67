//! A finished series to rows.

use super::ROWS_MAX;
use super::decode::Stop;
use super::document::{Document, Fault, Kind, Outage};
use super::period::{Blocks, Period};
use super::series::Series;

/// Faults that are told of one document; one with more is left.
const FAULTS_MAX: usize = 10_000;

/// Adds the rows and faults of `series` to `document`.
pub(super) fn add(document: &mut Document, series: &Series<'_>) -> Result<(), Stop> {
    let curve_type = series.get("curveType").unwrap_or("A01");
    for period in &series.periods {
        let place = format!("series {}, period {}", series.number, period.number);
        let whole = |reason| Fault {
            place: place.clone(),
            offset: period.offset,
            end: period.end,
            reason,
        };
        let blocks = match period.blocks(curve_type) {
            Ok(blocks) => blocks,
            Err(reason) => {
                fault(document, whole(reason))?;
                continue;
            }
        };
        if document.rows().saturating_add(rows(period, &blocks)) > ROWS_MAX {
            let reason = format!("more than {ROWS_MAX} rows in one document");
            fault(document, whole(reason))?;
            continue;
        }
        for (point, reason) in &blocks.refused {
            let found = &period.points[*point];
            let refused = Fault {
                place: format!("{place}, point {}", point + 1),
                offset: found.offset,
                end: found.end,
                reason: reason.clone(),
            };
            fault(document, refused)?;
        }
        if document.kind == Some(Kind::Unavailability) {
            push_outages(document, series, period, &blocks);
        } else {
            push_points(document, series, period, &blocks)?;
        }
        if let Some(reason) = blocks.reason {
            fault(document, whole(reason))?;
        }
    }
    Ok(())
}

fn fault(document: &mut Document, fault: Fault) -> Result<(), Stop> {
    if document.faults.len() >= FAULTS_MAX {
        let reason = format!("more than {FAULTS_MAX} faults; the rest is left");
        return Err(Stop::Here(fault.offset, reason));
    }
    document.faults.push(fault);
    Ok(())
}

/// How many rows `blocks` make.
fn rows(period: &Period<'_>, blocks: &Blocks) -> usize {
    let each = blocks.list.iter().map(|block| {
        let steps = (block.to - block.from).max(1) as usize;
        steps.saturating_mul(period.points[block.point].values.len())
    });
    each.fold(0, usize::saturating_add)
}

fn push_points(
    document: &mut Document,
    series: &Series<'_>,
    period: &Period<'_>,
    blocks: &Blocks,
) -> Result<(), Stop> {
    // A point has few kinds of values, and the next one has the same.
    let mut keys: Vec<(&str, u32)> = Vec::new();
    for block in &blocks.list {
        let point = &period.points[block.point];
        for value in &period.values[point.values.clone()] {
            let detail = value.detail.as_deref();
            let mut known = keys.iter();
            let known = known.find(|(measure, _)| detail.is_none() && *measure == value.measure);
            let key = if let Some((_, key)) = known {
                *key
            } else {
                let key = series.key(&document.header, value.measure, detail);
                let Some(key) = document.place(key) else {
                    let reason = "too many different series in one document".to_owned();
                    return Err(Stop::Here(point.offset, reason));
                };
                if detail.is_none() {
                    keys.push((value.measure, key));
                    keys.truncate(16);
                }
                key
            };
            let points = &mut document.points;
            let instant = i64::from(block.from != block.to);
            for step in block.from..block.to.max(block.from + 1) {
                points.key.push(key);
                points.start.push(blocks.steps.begin(step));
                points.end.push(blocks.steps.begin(step + instant));
                points.value.push(value.number);
                points.place.push(point.place);
                points.offset.push(point.offset as i64);
            }
        }
    }
    Ok(())
}

fn push_outages(
    document: &mut Document,
    series: &Series<'_>,
    period: &Period<'_>,
    blocks: &Blocks,
) {
    let outage = series.outage();
    for block in &blocks.list {
        let point = &period.points[block.point];
        for value in &period.values[point.values.clone()] {
            document.outages.push(Outage {
                place: point.place,
                span: (blocks.steps.begin(block.from), blocks.steps.begin(block.to)),
                available: value.number,
                ..outage.clone()
            });
        }
    }
}
