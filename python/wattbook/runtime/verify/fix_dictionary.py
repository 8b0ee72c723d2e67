"""Our tables of the FIX standard against dictionaries in QuickFIX's XML form."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path

from wattbook.errors import VerifyError
from wattbook.ingest import fix
from wattbook.runtime.verify.result import Tally

__all__ = ["verify_dictionary"]

# Version of ours by type, major, minor and service pack of the file.
VERSIONS = {
    "FIX 4.2.0": "FIX.4.2",
    "FIX 4.4.0": "FIX.4.4",
    "FIX 5.0.2": "FIX.5.0SP2",
    "FIXT 1.1.0": "FIX.5.0SP2",
}
# Names of data types that mean the same; others differ in case and underscores only.
SAME = {
    "xid": "string",
    "xidref": "string",
    "language": "string",
    "multiplevaluestring": "multiplestring",
    "multiplestringvalue": "multiplestring",
    "multiplecharvalue": "multiplechar",
    "utcdate": "utcdateonly",
    "xmldata": "data",
}

Members = list[tuple[int, bool, ET.Element | None]]


class Source:
    """A dictionary's XML, its components put in their place.

    A component that it leaves empty is taken from the application's dictionary: FIXT 1.1 names the
    group of message types in Logon, and FIX 5.0 SP2 says what is in it.
    """

    def __init__(self, root: ET.Element, application: ET.Element) -> None:
        components = [*application.findall("components/*"), *root.findall("components/*")]
        self.components = {part.attrib["name"]: part for part in components if len(part)}
        self.fields = {field.attrib["name"]: field for field in root.findall("fields/field")}
        fields = [*application.findall("fields/field"), *self.fields.values()]
        self.tags = {field.attrib["name"]: int(field.attrib["number"]) for field in fields}

    def members(self, parent: Iterable[ET.Element], *, is_required: bool = True) -> Members:
        """Return tag, whether required, and a group's element for each member, each tag once."""
        found: dict[int, tuple[int, bool, ET.Element | None]] = {}
        for child in parent:
            name = child.attrib["name"]
            required = is_required and child.get("required") == "Y"
            if child.tag == "component":
                inner = self.components.get(name, ())
                part = self.members(inner, is_required=required)
            else:
                part = [(self.tags[name], required, child if child.tag == "group" else None)]
            for member in part:
                found.setdefault(member[0], member)
        return list(found.values())


def compare_members(
    tally: Tally, place: str, source: Source, parent: ET.Element, known: fix.Dictionary, number: int
) -> None:
    """Compare the members of a message, header or entry, and of the groups in it."""
    stated, ours = source.members(parent), known.containers[number]
    tally.check(f"{place} members", len(stated), len(ours))
    for (tag, is_required, group), member in zip(stated, ours, strict=False):
        tally.check(f"{place} {tag}", f"{tag} {is_required}", f"{member.tag} {member.is_required}")
        tally.check(f"{place} {tag} is a group", group is not None, member.group is not None)
        if group is not None and member.group is not None:
            compare_members(tally, f"{place}.{tag}", source, group, known, member.group)


def verify_dictionary(tally: Tally, path: Path) -> None:
    """Check every field, value, message and member of a dictionary against our tables.

    Raises
    ------
    VerifyError
        If the file is no dictionary, or of a version that we have none of.
    """
    try:
        root = ET.parse(path).getroot()  # noqa: S314 - a file that the user chose; no entities
        kind, *numbers = (root.get(key, "?") for key in ("type", "major", "minor", "servicepack"))
        version = VERSIONS[f"{kind} {'.'.join(numbers)}"]
        beside = path.with_name("FIX50SP2.xml")
        is_session = kind == "FIXT" and beside.is_file()
        source = Source(root, ET.parse(beside).getroot() if is_session else root)  # noqa: S314
        parts = [root.find("header"), root.find("trailer")]
    except (ET.ParseError, KeyError) as fault:
        refusal = f"{path} is no dictionary of FIX 4.2, 4.4, 5.0 SP2 or FIXT 1.1 ({fault!r})"
        raise VerifyError(refusal) from fault
    known = fix.dictionary(version)
    # Fields of the session are as FIXT says, also where the application's file says otherwise.
    of_session = session_tags(known) if kind == "FIX" and numbers[0] == "5" else set()
    for name, field in source.fields.items():
        if int(field.attrib["number"]) not in of_session:
            compare_field(tally, f"{path.name} {name}", field, known)
    for message in root.findall("messages/message"):
        msg_type, name = message.attrib["msgtype"], message.attrib["name"]
        ours = known.messages.get(msg_type)
        tally.check(f"{path.name} {msg_type}", name, ours[0] if ours else None)
        if ours:
            compare_members(tally, f"{path.name} {name}", source, message, known, ours[2])
    for part, number in zip(parts, (known.header, known.trailer), strict=True):
        if part is not None and len(part):
            compare_members(tally, f"{path.name} {part.tag}", source, part, known, number)


def session_tags(known: fix.Dictionary) -> set[int]:
    """Return the tags of header, trailer and session messages, and of groups in them."""
    bodies = [body for _, is_admin, body in known.messages.values() if is_admin]
    left = [known.header, known.trailer, *bodies]
    tags = set()
    while left:
        members = known.containers[left.pop()]
        tags |= {member.tag for member in members}
        left += [member.group for member in members if member.group is not None]
    return tags


def compare_field(tally: Tally, place: str, field: ET.Element, known: fix.Dictionary) -> None:
    """Compare name, data type and values of one field."""
    ours = known.fields.get(int(field.attrib["number"]))
    tally.check(f"{place} name", field.attrib["name"], ours.name if ours else None)
    if ours is None:
        return
    kind = field.attrib["type"].lower()
    tally.check(f"{place} type", SAME.get(kind, kind), ours.kind.lower())
    stated = {value.attrib["enum"]: value.attrib["description"] for value in field}
    if not any(" " in value for value in stated):
        tally.check(
            f"{place} values", repr(sorted(stated.items())), repr(sorted(ours.values.items()))
        )
