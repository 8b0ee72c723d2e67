"""The words by which news are tagged and weighed: English, lower case, ours."""

from __future__ import annotations

from typing import Final

__all__ = ["COMMODITIES", "NEGATIONS", "PLACES", "PRESSURE", "TOPICS"]

COMMODITIES: Final = {
    "power": ("power", "electricity", "megawatt", "mw", "grid", "baseload"),
    "gas": ("gas", "lng", "ttf", "nbp", "henry hub"),
    "coal": ("coal", "lignite"),
    "oil": ("oil", "brent", "wti", "crude", "diesel"),
    "carbon": ("carbon", "eua", "emission", "emissions", "allowance", "allowances"),
    "nuclear": ("nuclear", "reactor", "reactors"),
    "wind": ("wind", "windy", "offshore wind"),
    "solar": ("solar", "sun", "sunny", "photovoltaic"),
    "hydro": ("hydro", "reservoir", "reservoirs", "snowpack"),
}

PLACES: Final = {
    "DE-LU": ("germany", "german"),
    "FR": ("france", "french"),
    "NL": ("netherlands", "dutch"),
    "BE": ("belgium", "belgian"),
    "GB": ("britain", "british", "uk"),
    "NO": ("norway", "norwegian"),
    "SE": ("sweden", "swedish"),
    "FI": ("finland", "finnish"),
    "PL": ("poland", "polish"),
    "ES": ("spain", "spanish"),
    "IT": ("italy", "italian"),
    "VIC1": ("victoria", "victorian"),
    "ERCOT": ("texas", "ercot"),
    "NYISO": ("new york", "nyiso"),
    "PJM": ("pjm",),
}
"""Zones and markets by what writers call them."""

TOPICS: Final = {
    "outage": ("outage", "outages", "trip", "tripped", "shutdown", "unavailable", "offline"),
    "weather": ("cold", "heat", "heatwave", "storm", "drought", "mild", "frost", "windy", "calm"),
    "supply": ("supply", "cargo", "cargoes", "pipeline", "imports", "exports", "storage"),
    "demand": ("demand", "consumption", "load"),
    "policy": ("tax", "cap", "regulator", "subsidy", "law", "sanctions"),
    "labour": ("strike", "strikes", "walkout"),
}

PRESSURE: Final = {
    "outage": 1.0, "outages": 1.0, "trip": 1.0, "tripped": 1.0, "shutdown": 1.0, "offline": 1.0,
    "unavailable": 1.0, "strike": 1.0, "strikes": 1.0, "walkout": 1.0, "shortage": 1.5,
    "scarcity": 1.5, "cold": 0.7, "frost": 0.7, "heatwave": 0.9, "drought": 0.9, "calm": 0.5,
    "tight": 0.8, "surge": 1.2, "soar": 1.2, "soars": 1.2, "spike": 1.2, "jump": 1.0, "jumps": 1.0,
    "rise": 0.6, "rises": 0.6, "rally": 0.8, "delay": 0.6, "delayed": 0.6, "curtailed": 0.7,
    "sanctions": 0.9, "explosion": 1.3, "leak": 0.8, "blackout": 1.3, "disruption": 1.0,
    "restored": -1.0, "restart": -1.0, "restarts": -1.0, "resumes": -1.0, "returns": -0.8,
    "oversupply": -1.3, "glut": -1.3, "surplus": -1.0, "mild": -0.8, "windy": -0.8, "sunny": -0.6,
    "ample": -0.8, "fall": -0.6, "falls": -0.6, "drop": -0.8, "drops": -0.8, "slump": -1.2,
    "plunge": -1.3, "plunges": -1.3, "ease": -0.6, "eases": -0.6, "negative": -0.7,
    "reopens": -0.9, "record wind": -1.0, "record solar": -1.0, "weak demand": -0.9,
}  # fmt: skip
"""How much a word speaks for higher (+) or lower (−) prices."""

NEGATIONS: Final = frozenset({"no", "not", "without", "avoids", "averts", "ends", "denies"})
