"""Condense FIX dictionaries in QuickFIX's XML form to the text form of ``schema/fix``.

Usage: ``python tools/fix_dictionary.py FOLDER_OF_XML schema/fix``. The text form keeps tags, names,
types, enumerated values, messages, components and groups, and nothing else;
``schema/fix/README.md`` explains it.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

HEAD = """\
# FIX dictionary {name}, condensed by tools/fix_dictionary.py; NOTICE beside this file applies.
# This product includes software developed by quickfixengine.org (http://www.quickfixengine.org/).
"""


def required(element: ET.Element) -> str:
    """Return the mark of a member that must be there."""
    return "!" if element.get("required") == "Y" else ""


def members(parent: ET.Element, tags: dict[str, str]) -> Iterator[str]:
    """Yield one token for each member of a header, message, component or group, in order."""
    for child in parent:
        name = child.attrib["name"]
        if child.tag == "field":
            yield tags[name] + required(child)
        elif child.tag == "component":
            yield f"@{name}{required(child)}"
        else:
            yield f"{tags[name]}{required(child)}("
            yield from members(child, tags)
            yield ")"


def field_line(field: ET.Element) -> str:
    """Return tag, name, type and the enumerated values of one field."""
    values = [(value.attrib["enum"], value.attrib["description"]) for value in field]
    # One list names a rule among its values, "ISO Country Code", so it bounds nothing.
    if any(" " in value for value, _ in values):
        values = []
    words = [field.attrib["number"], field.attrib["name"], field.attrib["type"]]
    return " ".join(words + [f"{value}={name}" for value, name in values])


def condensed(name: str, root: ET.Element) -> Iterator[str]:
    """Yield the lines of one dictionary."""
    fields = root.findall("fields/field")
    tags = {field.attrib["name"]: field.attrib["number"] for field in fields}
    yield HEAD.format(name=name)
    for part in ("header", "trailer"):
        found = root.find(part)
        if found is None:
            sys.exit(f"{name} has no {part}; give a dictionary in QuickFIX's XML form")
        yield f"[{part}]"
        yield " ".join(members(found, tags))
    yield "[messages]"
    for message in root.findall("messages/message"):
        words = [message.attrib[key] for key in ("msgtype", "name", "msgcat")]
        yield " ".join([*words, *members(message, tags)])
    yield "[components]"
    for component in root.findall("components/component"):
        yield " ".join([component.attrib["name"], *members(component, tags)])
    yield "[fields]"
    yield from (
        field_line(field) for field in sorted(fields, key=lambda f: int(f.attrib["number"]))
    )


def main(xml: str, out: str) -> None:
    """Write one text file for each dictionary."""
    for file in sorted(Path(xml).glob("FIX*.xml")):
        root = ET.parse(file).getroot()  # noqa: S314 - a file that a contributor chose
        lines = "\n".join(condensed(file.stem, root))
        (Path(out) / f"{file.stem}.txt").write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
