"""FIX dictionaries in QuickFIX's XML form, from the text form of ``schema/fix``."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

__all__ = ["write_dictionary"]

SECTIONS = ("header", "trailer", "messages", "components", "fields")


def add_members(parent: ET.Element, members: Iterator[str], names: dict[str, str]) -> None:
    """Add what a line says of fields, components and groups, to the end of its group."""
    for member in members:
        if member == ")":
            return
        opens = member.endswith("(")
        name = member.rstrip("(").rstrip("!")
        needed = "Y" if "!" in member else "N"
        kind = "component" if name.startswith("@") else "group" if opens else "field"
        known = name[1:] if kind == "component" else names[name]
        child = ET.SubElement(parent, kind, name=known, required=needed)
        if opens:
            add_members(child, members, names)


def add_field(parent: ET.Element, words: list[str]) -> None:
    """Add tag, name, type and values of a field."""
    number, name, kind, *values = words
    field = ET.SubElement(parent, "field", number=number, name=name, type=kind)
    for value in values:
        enum, _, description = value.partition("=")
        ET.SubElement(field, "value", enum=enum, description=description)


def write_dictionary(source: Path, target: Path) -> None:
    """Write the dictionary of the text `source` as XML to `target`."""
    lines: dict[str, list[list[str]]] = {name: [] for name in SECTIONS}
    section = lines["header"]
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.strip("[]") in lines:
            section = lines[line.strip("[]")]
        elif line and not line.startswith("#"):
            section.append(line.split())
    names = {words[0]: words[1] for words in lines["fields"]}
    version = source.stem.removeprefix("FIXT").removeprefix("FIX")
    kind = "FIXT" if source.stem.startswith("FIXT") else "FIX"
    root = ET.Element("fix", type=kind, major=version[0], minor=version[1])
    root.set("servicepack", version[4:] or "0")
    for part in ("header", "trailer"):
        element = ET.SubElement(root, part)
        for words in lines[part]:
            add_members(element, iter(words), names)
    messages = ET.SubElement(root, "messages")
    for msg_type, name, category, *members in lines["messages"]:
        message = ET.SubElement(messages, "message", name=name, msgtype=msg_type, msgcat=category)
        add_members(message, iter(members), names)
    components = ET.SubElement(root, "components")
    for name, *members in lines["components"]:
        add_members(ET.SubElement(components, "component", name=name), iter(members), names)
    fields = ET.SubElement(root, "fields")
    for words in lines["fields"]:
        add_field(fields, words)
    ET.ElementTree(root).write(target, encoding="utf-8", xml_declaration=True)
