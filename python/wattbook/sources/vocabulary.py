"""The words that all islands share: what is observed, of which kind, and in which unit.

`DATASETS` names every value of the column ``dataset``. Its ``item`` is a path of parts with a slash
between them; the first part of a dataset by fuel is one of `FUELS` or of `SCOPES`, that of a price
by component one of `COMPONENTS`, and what follows tells apart what is left: process, market run,
method, member. `FUEL_CODES` and `COMPONENT_CODES` put publishers' codes into these words. A code
that no table has stays as it is published, so nothing is lost.

Names of places are the publishers' own codes, which `wattbook.ingest.normalization` brings to one;
only a whole market has its name of `AREAS` here already.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from wattbook import _core

__all__ = [
    "AREAS",
    "COMPONENTS",
    "COMPONENT_CODES",
    "DATASETS",
    "FAMILIES",
    "FUELS",
    "FUEL_CODES",
    "SCOPES",
    "TABLES",
    "UNITS",
    "Quantity",
    "is_dataset",
]


class Quantity(NamedTuple):
    """What a dataset is: its meaning, and whether its items begin with a fuel or a component."""

    meaning: str
    by: str = ""


DATASETS: Mapping[str, Quantity] = {
    # Prices
    "day_ahead_price": Quantity("cleared by the day-ahead auction", "component"),
    "day_ahead_price_block": Quantity("of a named block of the day: average, min, max"),
    "intraday_auction_price": Quantity("cleared by an auction of the same day"),
    "intraday_price": Quantity("of continuous trading on the same day"),
    "real_time_price": Quantity("of dispatch, every few minutes", "component"),
    "recalculated_price": Quantity("a real-time price that was calculated again", "component"),
    "settlement_price": Quantity("that a market settles by where dispatch differs", "component"),
    "imbalance_price": Quantity("that deviations are settled by; Great Britain's system price"),
    "transaction_price": Quantity("of a reported sale"),
    "allowance_auction_price": Quantity("of an auction of emission allowances"),
    "allowance_auction_bid_minimum": Quantity("lowest bid of such an auction"),
    "allowance_auction_bid_maximum": Quantity("highest bid of such an auction"),
    "vendor_field": Quantity("a field of a vendor, whose name is the item"),
    # Volumes of trade
    "cleared_volume": Quantity("energy that an auction cleared"),
    "intraday_volume": Quantity("of continuous trading on the same day"),
    "imbalance_volume": Quantity("how far a system was off its schedule"),
    "area_control_error": Quantity("how far an area is off its exchange"),
    "allowance_auction_volume": Quantity("allowances on offer"),
    "allowance_auction_bid_volume": Quantity("allowances bid for"),
    "auction_bidders": Quantity("parties that bid for capacity"),
    "auction_winners": Quantity("parties that got capacity"),
    # Load and generation
    "load": Quantity("consumption of an area"),
    "load_forecast": Quantity("of it, expected"),
    "load_forecast_margin": Quantity("capacity above the forecast of the yearly peak"),
    "load_cleared": Quantity("demand that the day-ahead market cleared"),
    "generation": Quantity("measured, by fuel or by unit", "fuel"),
    "generation_forecast": Quantity("expected; without a fuel of all together", "fuel"),
    "generation_consumption": Quantity("what plants take from the grid", "fuel"),
    "available_generation": Quantity("what plants could generate", "fuel"),
    "installed_capacity": Quantity("of plants", "fuel"),
    "reservoir_filling": Quantity("energy in reservoirs"),
    "losses": Quantity("on a link"),
    "loss_factor": Quantity("share that is lost on a link"),
    "net_position": Quantity("exports less imports of an area"),
    # Exchange, from location to counterpart
    "physical_flow": Quantity("measured"),
    "scheduled_exchange": Quantity("as scheduled or cleared"),
    "transfer_capacity": Quantity("what a link or border can carry"),
    "flow_limit": Quantity("least (min) and greatest (max) flow from location to counterpart"),
    "offered_capacity": Quantity("given to an auction"),
    "available_capacity": Quantity("left for an auction"),
    "requested_capacity": Quantity("bid for"),
    "allocated_capacity": Quantity("sold by an auction"),
    "allocated_capacity_price": Quantity("of capacity, by an auction"),
    "already_allocated_capacity": Quantity("sold before"),
    "nominated_capacity": Quantity("that its owners use"),
    "resold_capacity": Quantity("given back to an auction"),
    "ramping_restriction": Quantity("how fast a flow may change"),
    "max_exchange": Quantity("greatest bilateral exchange of a flow-based domain"),
    "max_border_flow": Quantity("greatest flow over a border of a flow-based domain"),
    "external_capacity": Quantity("of borders out of a flow-based region"),
    "shadow_auction_capacity": Quantity("of borders, should the coupling fail"),
    "flow_based_margin": Quantity("remaining on a constraint"),
    "ptdf": Quantity("share of a net position that flows over a constraint"),
    "auction_revenue": Quantity("of an auction of capacity"),
    "congestion_income": Quantity("of an implicit auction"),
    "congestion_cost": Quantity("of operators"),
    # ENTSO-E beyond these
    "capacity": Quantity("of a border, of a kind that is not coded"),
    "cross_zonal_capacity": Quantity("for trade between zones"),
    "cross_zonal_balancing_capacity": Quantity("kept for balancing between zones"),
    "cross_border_balancing": Quantity("balancing energy between areas"),
    "dc_link_capacity": Quantity("limits of direct-current links"),
    "third_country_allocation": Quantity("capacity with countries outside"),
    "procured_balancing_capacity": Quantity("bought for balancing"),
    "aggregated_balancing_bids": Quantity("offered for balancing"),
    "accepted_balancing_offers": Quantity("taken for balancing"),
    "activated_balancing": Quantity("balancing energy that was called"),
    "activated_balancing_price": Quantity("of such energy"),
    "contracted_reserve": Quantity("reserve under contract"),
    "contracted_reserve_price": Quantity("of such reserve"),
    "balancing_finance": Quantity("income and cost of balancing"),
    "redispatch": Quantity("changes of plants for the grid's sake"),
    "countertrading": Quantity("trades for the grid's sake"),
    "network_expansion": Quantity("changes of the grid to come"),
    # Gas
    "gas_flow": Quantity("measured at a point"),
    "gas_nomination": Quantity("asked for by shippers"),
    "gas_renomination": Quantity("asked for again"),
    "gas_allocation": Quantity("booked to shippers"),
    "gas_calorific_value": Quantity("gross, of the gas at a point"),
    "gas_wobbe_index": Quantity("of the gas at a point"),
    "gas_capacity": Quantity("at a point: firm or interruptible, technical, booked or available"),
    "gas_interruption": Quantity("of capacity, planned or not"),
    "gas_in_storage": Quantity("energy in storage"),
    "gas_storage_filling": Quantity("share of the working volume"),
    "gas_storage_trend": Quantity("change of that share in a day"),
    "gas_working_volume": Quantity("what storage can hold"),
    "gas_injection": Quantity("into storage"),
    "gas_withdrawal": Quantity("out of storage"),
    "gas_injection_capacity": Quantity("greatest injection"),
    "gas_withdrawal_capacity": Quantity("greatest withdrawal"),
    "lng_inventory": Quantity("liquefied gas at a terminal"),
    "lng_inventory_maximum": Quantity("what a terminal can hold"),
    "lng_send_out": Quantity("gas from a terminal into the grid"),
    "lng_send_out_capacity": Quantity("greatest of it"),
    # Weather, in the words of ecCodes where these have one
    "2_metre_temperature": Quantity("of the air"),
    "2_metre_dewpoint_temperature": Quantity("of the air"),
    "2_metre_relative_humidity": Quantity("of the air"),
    "apparent_temperature": Quantity("as people feel it"),
    "10_metre_wind_speed": Quantity("mean"),
    "10_metre_wind_gust": Quantity("greatest"),
    "10_metre_wind_direction": Quantity("from where, from north over east"),
    "total_cloud_cover": Quantity("share of the sky"),
    "total_precipitation": Quantity("rain and melted snow"),
    "snowfall": Quantity("depth of new snow"),
    "precipitation_probability": Quantity("that some falls"),
    "mean_sea_level_pressure": Quantity("of the air"),
    "uv_index": Quantity("of the sun"),
    "visibility": Quantity("horizontal"),
}
"""Meaning of each dataset by its name."""

FAMILIES: Mapping[str, str] = {
    r"document_[a-z]\d\d": "a document of ENTSO-E whose code no list here has",
}
"""Further names, as patterns. Fields of weather models (`ecmwf`, `noaa`) have the parameter names
of ecCodes, and those of a mapping file (`iot`) its author's."""

TABLES: Mapping[str, str] = {
    "acceptance": "bids and offers that an operator accepted",
    "acknowledgement": "why there is no data",
    "auction": "auctions of capacity or of allowances",
    "company": "instruments of companies that news is about",
    "document": "what can be fetched, and when it was published",
    "duplicate": "intervals with several rows, of a mapped series",
    "event": "what will happen or has happened",
    "field": "fields of weather models",
    "gap": "intervals without a row, of a mapped series",
    "grid_condition": "what an operator says of its grid",
    "hop": "who handled an item of news",
    "index": "which bytes of a file hold which field",
    "news": "stories and filings",
    "offer": "orders and offers",
    "offer_header": "what offers have in common",
    "order_action": "what was done with orders, one after the other",
    "outage": "messages of unavailability",
    "reason": "what documents give as one",
    "status": "what is said of observations beside their values",
    "trade": "single trades",
    "transaction": "reported sales",
    "unit": "master data of plants",
}
"""Tables beside the observations that islands may fill. `clearing` has its own, one for each file,
and so has `aemo` for tables of the data model that are neither observed nor offers."""

FUELS: Mapping[str, str] = {
    "biomass": "wood, biogas, landfill gas",
    "coal": "hard coal or lignite",
    "coal_gas": "from coal, coke ovens, blast furnaces",
    "demand_response": "load that steps back for a price",
    "gas": "natural gas",
    "geothermal": "heat of the earth",
    "hard_coal": "",
    "hydro": "water, of any kind but pumped",
    "hydro_pumped": "pumped storage",
    "hydro_reservoir": "",
    "hydro_run_of_river": "",
    "imports": "over all links of an area together",
    "interconnector": "over one link; which one follows",
    "lignite": "brown coal",
    "marine": "tides and waves",
    "mixed": "plants that burn several fuels",
    "nuclear": "",
    "oil": "",
    "oil_shale": "",
    "other": "",
    "other_fossil": "",
    "other_renewable": "",
    "peat": "",
    "solar": "",
    "storage": "batteries and other stores that are not pumped",
    "waste": "refuse",
    "wind": "on land or at sea",
    "wind_offshore": "",
    "wind_onshore": "",
    "wind_solar": "wind and solar together",
}
"""Production types by their one name."""

REMIT_FUELS = {
    "Biomass": "biomass",
    "Fossil Brown coal/Lignite": "lignite",
    "Fossil Coal-derived gas": "coal_gas",
    "Fossil Gas": "gas",
    "Fossil Hard coal": "hard_coal",
    "Fossil Oil": "oil",
    "Fossil Oil shale": "oil_shale",
    "Fossil Peat": "peat",
    "Geothermal": "geothermal",
    "Hydro Pumped Storage": "hydro_pumped",
    "Hydro Run-of-river and poundage": "hydro_run_of_river",
    "Hydro Water Reservoir": "hydro_reservoir",
    "Marine": "marine",
    "Nuclear": "nuclear",
    "Other": "other",
    "Other renewable": "other_renewable",
    "Solar": "solar",
    "Waste": "waste",
    "Wind Offshore": "wind_offshore",
    "Wind Onshore": "wind_onshore",
}
FUEL_CODES: Mapping[str, Mapping[str, str]] = {
    "caiso": {"Solar": "solar", "Wind": "wind"},
    "eia": {
        "BAT": "storage/battery", "COAL": "coal", "COL": "coal", "GEO": "geothermal", "NG": "gas",
        "NUC": "nuclear", "OES": "storage/other", "OIL": "oil", "OTH": "other",
        "PS": "hydro_pumped", "SNB": "solar/with battery", "SUN": "solar", "UES": "storage/unknown",
        "UNK": "other/unknown", "WAT": "hydro", "WIN": "wind", "WNB": "wind/with battery",
        "WND": "wind",
    },
    "elexon": {
        "BIOMASS": "biomass", "CCGT": "gas/combined cycle", "COAL": "coal", "NPSHYD": "hydro",
        "NUCLEAR": "nuclear", "OCGT": "gas/open cycle", "OIL": "oil", "OTHER": "other",
        "PS": "hydro_pumped", "WIND": "wind",
        **{
            code: f"interconnector/{code}"
            for code in (
                "INTELE", "INTEW", "INTFR", "INTGRNL", "INTIFA2", "INTIRL", "INTNED", "INTNEM",
                "INTNSL", "INTVKL",
            )
        },
    },
    "entsoe": dict(_core.iec62325_fuels()),
    "ieso": {"Solar": "solar", "Wind": "wind"},
    "isone": {
        "Coal": "coal", "Hydro": "hydro", "Landfill Gas": "biomass/landfill gas",
        "Natural Gas": "gas", "Nuclear": "nuclear", "Oil": "oil", "Other": "other",
        "Price Responsive Demand": "demand_response", "Refuse": "waste", "Solar": "solar",
        "Wind": "wind", "Wood": "biomass/wood",
    },
    "neso": {
        "GAS": "gas", "COAL": "coal", "NUCLEAR": "nuclear", "WIND": "wind",
        "WIND_EMB": "wind/embedded", "HYDRO": "hydro", "IMPORTS": "imports", "BIOMASS": "biomass",
        "OTHER": "other", "SOLAR": "solar", "STORAGE": "storage",
    },
    "nyiso": {
        "Dual Fuel": "mixed", "Hydro": "hydro", "Natural Gas": "gas", "Nuclear": "nuclear",
        "Other Fossil Fuels": "other_fossil", "Other Renewables": "other_renewable",
        "Wind": "wind",
    },
    "pjm": {
        "Coal": "coal", "Gas": "gas", "Hydro": "hydro", "Multiple Fuels": "mixed",
        "Nuclear": "nuclear", "Oil": "oil", "Other": "other",
        "Other Renewables": "other_renewable", "Solar": "solar", "Storage": "storage",
        "Wind": "wind",
    },
    "remit": REMIT_FUELS,
}  # fmt: skip
"""Fuel, with what tells it apart behind a slash, by the code of each publisher that has codes."""

SCOPES = frozenset({"dispatchable", "trading", "intervention", "day_ahead", "intraday"})
"""What an item of a dataset by fuel may begin with where it is of no fuel."""

COMPONENTS: Mapping[str, str] = {
    "total": "the price itself; an item that is null means the same",
    "energy": "the part that all places share; of the NEM the price of energy",
    "congestion": "the part that constraints make",
    "greenhouse gas": "the part that emissions make, of imports into California",
    "losses": "the part that losses make",
}
"""Parts of a locational price. Of services of the NEM the item is AEMO's name: ``RAISE6SEC``."""

COMPONENT_CODES: Mapping[str, str] = {
    "LMP": "total",
    "LBMP": "total",
    "MEC": "energy",
    "MCE": "energy",
    "MCC": "congestion",
    "MLC": "losses",
    "MCL": "losses",
    "MGHG": "greenhouse gas",
}
"""Component by the operators' codes."""

UNITS = frozenset(
    {
        "%", "1", "1000 m3 LNG", "AUD/MWh", "EUR/MWh", "EUR/tCO2", "GBP/MWh", "GWh", "GWh/d", "MW",
        "MWh", "TWh", "USD/MWh", "cm", "deg", "degC", "hPa", "km", "km/h", "mm", "tCO2",
    }
)  # fmt: skip
"""Units that readers write themselves. Where a payload tells its unit, that is kept."""

AREAS = frozenset({"ERCOT", "GB", "ISO-NE", "MISO", "NYISO", "PJM", "PUN"})
"""Names of whole markets."""


def is_dataset(name: str) -> bool:
    """Return whether `name` is of `DATASETS` or of `FAMILIES`."""
    return name in DATASETS or any(re.fullmatch(pattern, name) for pattern in FAMILIES)
