"""Alerts: rules over what a desk sees, and their delivery."""

from wattbook.runtime.alerts.book import Alert, AlertBook, Silence
from wattbook.runtime.alerts.desk import Alerts
from wattbook.runtime.alerts.load import load_rules
from wattbook.runtime.alerts.rules import (
    Alerting,
    Finding,
    Mail,
    Report,
    Rule,
    Situation,
    Webhook,
    findings,
)
from wattbook.runtime.alerts.windows import Window

__all__ = [
    "Alert",
    "AlertBook",
    "Alerting",
    "Alerts",
    "Finding",
    "Mail",
    "Report",
    "Rule",
    "Silence",
    "Situation",
    "Webhook",
    "Window",
    "findings",
    "load_rules",
]
