"""How far consumers are behind, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterable

from wattbook.ingest.transport.bus import Bus

__all__ = ["lag_metrics"]

LAG = "wattbook_consumer_lag_offsets"


def lag_metrics(bus: Bus, groups: Iterable[tuple[str, str]]) -> str:
    r"""Return the lag of groups in the text format of Prometheus.

    Parameters
    ----------
    bus : Bus
        Asked once for each pair.
    groups : iterable of (topic, group)
        Whose lag.

    Returns
    -------
    str
        A gauge by group, topic and partition, in offsets; ends with a line feed.

    References
    ----------
    Prometheus, Exposition formats, text format 0.0.4.

    Examples
    --------
    >>> from wattbook.ingest.transport import Message, RingBus
    >>> bus = RingBus()
    >>> bus.create("quotes", partitions=1)
    >>> bus.publisher("quotes").publish([Message("DE-LU", b"1")])
    >>> print(lag_metrics(bus, [("quotes", "desk")]).splitlines()[-1])
    wattbook_consumer_lag_offsets{group="desk",topic="quotes",partition="0"} 1
    """
    lines = [
        f"# HELP {LAG} Offsets that a group of consumers has still to commit.",
        f"# TYPE {LAG} gauge",
    ]
    for topic, group in groups:
        for partition, offsets in bus.lag(topic, group).items():
            labels = f'group="{_label(group)}",topic="{_label(topic)}",partition="{partition}"'
            lines.append(f"{LAG}{{{labels}}} {offsets}")
    return "\n".join(lines) + "\n"


def _label(text: str) -> str:
    """Return `text` as it stands between the quotes of a label."""
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
