"""Every page of the documentation can be reached, and shows the files that it means to show."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = sorted((ROOT / "docs").glob("*.md"))


def test_every_page_stands_once_in_the_navigation() -> None:
    nav = (ROOT / "mkdocs.yml").read_text().split("\nnav:\n")[1].split("\nplugins:")[0]
    listed = re.findall(r": ([\w-]+\.md)$", nav, re.MULTILINE)
    assert sorted(listed) == [path.name for path in PAGES]


SNIPPET = re.compile(r'^--8<--(?: "(.+)"|\n(.+)\n--8<--)$', re.MULTILINE)


def test_snippets_name_files_that_are_there() -> None:
    names = []
    for page in PAGES:
        text = page.read_text()
        names += [one or other for one, other in SNIPPET.findall(text)]
        # A mark that a formatter took for Python would be printed as it stands.
        assert "--8" not in SNIPPET.sub("", text), page.name
    assert names
    assert [name for name in names if not (ROOT / name).is_file()] == []
