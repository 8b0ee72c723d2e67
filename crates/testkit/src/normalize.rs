//! Normalization's texts as functions of any bytes: codes and units of sources, tables of users.

use std::sync::LazyLock;

use wattbook_feed::normalize::{
    Memory, NO_REVISION, NONE, Normalized, Normalizer, Observations, Rates, Rules, Symbology,
    Units, code_fault, nearest,
};

macro_rules! table {
    ($name:literal) => {
        include_str!(concat!(
            "../../../python/wattbook/ingest/normalization/tables/",
            $name
        ))
    };
}

static SYMBOLOGY: LazyLock<Option<Symbology>> = LazyLock::new(|| {
    let (locations, codes) = (table!("locations.csv"), table!("codes.csv"));
    Symbology::parse(locations, codes, table!("products.csv")).ok()
});
static UNITS: LazyLock<Option<Units>> = LazyLock::new(|| Units::parse(table!("units.csv")).ok());

/// Looks up a source, a code, a unit and a wanted unit, one a line. The name that a code has must
/// mean itself.
pub(crate) fn codes(bytes: &[u8]) {
    let (Some(symbology), Some(units)) = (&*SYMBOLOGY, &*UNITS) else {
        return;
    };
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let mut line = || lines.next().unwrap_or_default();
    let (source, code, unit, wanted) = (line(), line(), line(), line());
    for dated in symbology.meanings(source, code).unwrap_or_default() {
        assert!(
            dated.valid_from < dated.valid_to,
            "{code:?} never means {dated:?}"
        );
        if let Some(period) = dated.meaning.period {
            let again = symbology
                .meanings("", &dated.meaning.name)
                .unwrap_or_default();
            let again = again.first().and_then(|it| it.meaning.period);
            assert_eq!(again, Some(period), "{code:?} is {:?}", dated.meaning.name);
        }
    }
    let _ = (code_fault(code), nearest(code, [source, unit].into_iter()));
    if let Ok(conversion) = units.conversion(unit, wanted, 0) {
        assert!(conversion.ratio.numerator > 0, "{unit:?} to {wanted:?}");
    }
}

/// Reads any text as each of the tables; what can be read must work on a row.
pub(crate) fn tables(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let rules = Rules::parse(&text);
    let units = Units::parse(&text);
    let rates = Rates::parse(&text);
    let symbology = Symbology::parse(&text, &text, &text);
    if rules.is_err() && units.is_err() && rates.is_err() && symbology.is_err() {
        return;
    }
    let (Some(shipped_symbology), Some(shipped_units)) = (&*SYMBOLOGY, &*UNITS) else {
        return;
    };
    let memory = Memory {
        periods: 2,
        series: 3,
        texts: 40,
    };
    let mut normalizer = Normalizer::new(
        rules.unwrap_or_default(),
        symbology.unwrap_or_else(|_| shipped_symbology.clone()),
        units.unwrap_or_else(|_| shipped_units.clone()),
        rates.unwrap_or_default(),
        memory,
    );
    let numbers = [
        "day_ahead_price",
        "FR",
        "ct/kWh",
        "EUR/MWh",
        "10Y1001A1001A63L",
        "load",
    ]
    .map(|text| normalizer.number(text));
    let [price, france, cents, euros, split, load] = numbers;
    let start = [i64::MIN, 0, i64::MAX - 1, 1_538_258_400_000_000_000];
    let end = [0, 3_600_000_000_000, i64::MAX, 1_538_262_000_000_000_000];
    let rows = Observations {
        dataset: &[price, load, NONE, price],
        location: &[france, split, france, split],
        counterpart: &[NONE, france, NONE, NONE],
        item: &[NONE; 4],
        delivery_start: &start,
        delivery_end: &end,
        value: &[f64::NAN, -1e300, 5.5, 4_000.01],
        unit: &[cents, NONE, euros, euros],
        ts_event: &start,
        revision: &[NO_REVISION, 0, i32::MAX, 1],
        place: &[0, 1, 2, 3],
    };
    let mut out = Normalized::default();
    let source = normalizer.number("entsoe");
    for _ in 0..2 {
        assert!(normalizer.apply(source, 7, &rows, &mut out).is_ok());
        assert_eq!(out.rows.value.len() + out.faults.len(), 4, "a row was lost");
        for fault in &out.faults {
            assert!(!normalizer.reason(source, &rows, fault).is_empty());
        }
        let mut told = normalizer.told(&out.rows, 7);
        let _ = (
            normalizer.check_groups(&mut told),
            normalizer.conflated(&told),
        );
    }
}
