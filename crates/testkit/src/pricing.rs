//! Options of any numbers: a value is finite, or what cannot be priced is named.

use wattbook_pricing::{
    Column, Model, Options, Quotes, Spreads, Values, implied_volatility, spread_values, value,
};

/// Numbers of an option.
const FIELDS: usize = 9;

/// Prices options whose numbers are any doubles, eight bytes each behind one byte for the model.
///
/// # Panics
/// When a value is no number.
pub(crate) fn options(bytes: &[u8]) {
    let Some((&choice, numbers)) = bytes.split_first() else {
        return;
    };
    let model = match choice % 3 {
        0 => Model::Black,
        1 => Model::Bachelier,
        _ => Model::Shifted(f64::from(choice)),
    };
    for chunk in numbers.chunks_exact(8 * FIELDS) {
        let mut row = [0.0; FIELDS];
        for (number, bytes) in row.iter_mut().zip(chunk.chunks_exact(8)) {
            *number = bytes.try_into().map_or(0.0, f64::from_le_bytes);
        }
        // A sign that is none is refused at once; every other byte string has one.
        if choice & 64 == 0 {
            row[0] = 1.0_f64.copysign(row[0]);
        }
        of_row(model, row);
    }
}

fn of_row(model: Model, row: [f64; FIELDS]) {
    let [
        sign,
        forward,
        strike,
        time,
        volatility,
        rate,
        other,
        other_volatility,
        correlation,
    ] = row.map(Column::One);
    let mut found = [[0.0]; 6];
    let [price, delta, gamma, vega, theta, rho] = &mut found;
    let options = Options {
        sign,
        forward,
        strike,
        time,
        volatility,
        rate,
    };
    let mut values = Values {
        price,
        delta,
        gamma,
        vega,
        theta,
        rho,
    };
    check(
        &row,
        value(model, &options, &mut values).is_ok(),
        &found.map(|[one]| one),
    );
    let quotes = Quotes {
        sign,
        price: other,
        forward,
        strike,
        time,
        rate,
    };
    let mut one = [0.0];
    let is_ok = implied_volatility(model, &quotes, &mut one).is_ok();
    check(&row, is_ok, &one);
    let spreads = Spreads {
        sign,
        forwards: [forward, other],
        strike,
        time,
        volatilities: [volatility, other_volatility],
        correlation,
        rate,
    };
    let is_ok = spread_values(&spreads, &mut one).is_ok();
    check(&row, is_ok, &one);
}

fn check(row: &[f64; FIELDS], is_priced: bool, values: &[f64]) {
    let is_fine = !is_priced || values.iter().all(|value| value.is_finite());
    assert!(is_fine, "{row:?} is worth {values:?}");
}
