//! Codes of ENTSO-E's code lists in the words that all sources share; a code without one stands for
//! itself. This is the one place that says them.

/// What is observed, by the code of the document type.
const DATASETS: [(&str, &str); 35] = [
    ("A09", "scheduled_exchange"),
    ("A11", "physical_flow"),
    ("A15", "procured_balancing_capacity"),
    ("A24", "aggregated_balancing_bids"),
    ("A25", "allocated_capacity"),
    ("A26", "capacity"),
    ("A30", "cross_zonal_capacity"),
    ("A31", "offered_capacity"),
    ("A38", "cross_zonal_balancing_capacity"),
    ("A44", "day_ahead_price"),
    ("A61", "transfer_capacity"),
    ("A63", "redispatch"),
    ("A65", "load"),
    ("A68", "installed_capacity"),
    ("A69", "generation_forecast"),
    ("A70", "load_forecast_margin"),
    ("A71", "generation_forecast"),
    ("A72", "reservoir_filling"),
    ("A73", "generation"),
    ("A74", "generation"),
    ("A75", "generation"),
    ("A81", "contracted_reserve"),
    ("A82", "accepted_balancing_offers"),
    ("A83", "activated_balancing"),
    ("A84", "activated_balancing"),
    ("A85", "imbalance"),
    ("A86", "imbalance"),
    ("A87", "balancing_finance"),
    ("A88", "cross_border_balancing"),
    ("A89", "contracted_reserve"),
    ("A90", "network_expansion"),
    ("A91", "countertrading"),
    ("A92", "congestion_cost"),
    ("A93", "dc_link_capacity"),
    ("A94", "third_country_allocation"),
];

/// What is observed in documents of capacities, by the code of the business type.
const CAPACITIES: [(&str, &str); 8] = [
    ("A25", "net_position"),
    ("A29", "already_allocated_capacity"),
    ("A43", "requested_capacity"),
    ("B05", "allocated_capacity"),
    ("B07", "auction_revenue"),
    ("B08", "nominated_capacity"),
    ("B09", "net_position"),
    ("B10", "congestion_income"),
];

/// Fuels by the code of the production type (psrType).
const FUELS: [(&str, &str); 23] = [
    ("A03", "mixed"),
    ("B01", "biomass"),
    ("B02", "lignite"),
    ("B03", "coal_gas"),
    ("B04", "gas"),
    ("B05", "hard_coal"),
    ("B06", "oil"),
    ("B07", "oil_shale"),
    ("B08", "peat"),
    ("B09", "geothermal"),
    ("B10", "hydro_pumped"),
    ("B11", "hydro_run_of_river"),
    ("B12", "hydro_reservoir"),
    ("B13", "marine"),
    ("B14", "nuclear"),
    ("B15", "other_renewable"),
    ("B16", "solar"),
    ("B17", "waste"),
    ("B18", "wind_offshore"),
    ("B19", "wind_onshore"),
    ("B20", "other"),
    ("B25", "storage"),
    ("B26", "demand_response"),
];

/// Production types that are no fuel.
const ASSETS: [(&str, &str); 6] = [
    ("A04", "generation"),
    ("A05", "load"),
    ("B21", "ac_link"),
    ("B22", "dc_link"),
    ("B23", "substation"),
    ("B24", "transformer"),
];

const PROCESSES: [(&str, &str); 14] = [
    ("A01", "day_ahead"),
    ("A02", "intraday_incremental"),
    ("A16", "realised"),
    ("A18", "intraday_total"),
    ("A31", "week_ahead"),
    ("A32", "month_ahead"),
    ("A33", "year_ahead"),
    ("A40", "intraday"),
    ("A46", "replacement_reserve"),
    ("A47", "manual_frequency_restoration_reserve"),
    ("A51", "automatic_frequency_restoration_reserve"),
    ("A52", "frequency_containment_reserve"),
    ("A56", "frequency_restoration_reserve"),
    ("A60", "scheduled_activation_reserve"),
];

const CONTRACTS: [(&str, &str); 8] = [
    ("A01", "daily"),
    ("A02", "weekly"),
    ("A03", "monthly"),
    ("A04", "yearly"),
    ("A05", "total"),
    ("A06", "long_term"),
    ("A07", "intraday"),
    ("A13", "hourly"),
];

const DIRECTIONS: [(&str, &str); 4] = [
    ("A01", "up"),
    ("A02", "down"),
    ("A03", "up_and_down"),
    ("A04", "symmetric"),
];

const BUSINESS: [(&str, &str); 12] = [
    ("A19", "imbalance_settlement"),
    ("A95", "frequency_containment_reserve"),
    ("A96", "automatic_frequency_restoration_reserve"),
    ("A97", "manual_frequency_restoration_reserve"),
    ("A98", "replacement_reserve"),
    ("B33", "area_control_error"),
    ("B45", "manual_frequency_restoration_reserve_offers"),
    ("B65", "grid_capacity"),
    ("B75", "need"),
    ("B95", "procured_capacity"),
    ("C22", "shared_reserve_capacity"),
    ("C23", "shared_frequency_restoration_reserve_capacity"),
];

const CATEGORIES: [(&str, &str); 4] = [
    ("A04", "excess"),
    ("A05", "insufficient"),
    ("A06", "average_bid"),
    ("A07", "single"),
];

const UNITS: [(&str, &str); 8] = [
    ("MAW", "MW"),
    ("MWH", "MWh"),
    ("KWH", "kWh"),
    ("GWH", "GWh"),
    ("KWT", "kW"),
    ("MAR", "Mvar"),
    ("P1", "%"),
    ("C62", "1"),
];

fn word(table: &[(&str, &'static str)], code: &str) -> Option<&'static str> {
    let mut rows = table.iter();
    rows.find_map(|(known, word)| (*known == code).then_some(*word))
}

fn word_or_code(table: &[(&str, &'static str)], code: &str) -> String {
    word(table, code).map_or_else(|| code.to_owned(), str::to_owned)
}

/// Fuels in words, by their codes.
#[must_use]
pub const fn fuels() -> &'static [(&'static str, &'static str)] {
    &FUELS
}

pub(super) fn production(code: &str) -> String {
    word(&FUELS, code).map_or_else(|| word_or_code(&ASSETS, code), str::to_owned)
}

pub(super) fn process(code: &str) -> String {
    word_or_code(&PROCESSES, code)
}

pub(super) fn contract(code: &str) -> String {
    word_or_code(&CONTRACTS, code)
}

pub(super) fn direction(code: &str) -> String {
    word_or_code(&DIRECTIONS, code)
}

pub(super) fn business(code: &str) -> String {
    word_or_code(&BUSINESS, code)
}

pub(super) fn category(code: &str) -> String {
    word_or_code(&CATEGORIES, code)
}

pub(super) fn unit(code: &str) -> String {
    word_or_code(&UNITS, code)
}

/// What a document of `document_type` observes in series of `business_type`.
pub(super) fn dataset(
    document_type: &str,
    process: &str,
    business_type: &str,
    contract: &str,
) -> String {
    let name = match document_type {
        "A25" | "A26" | "A94" => word(&CAPACITIES, business_type),
        "A44" if contract == "A07" => Some("intraday_price"),
        "A65" if process != "A16" => Some("load_forecast"),
        "A86" if business_type == "B33" => Some("area_control_error"),
        _ => None,
    };
    let name = name.or_else(|| word(&DATASETS, document_type));
    name.map_or_else(
        || format!("document_{}", document_type.to_lowercase()),
        str::to_owned,
    )
}
