"""Every link inside the repository leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    without_code = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    names = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(without_code))
    return {name.strip().replace(" ", "-") for name in names}


def broken(path: Path, text: str) -> list[str]:
    targets = [
        target for target in LINK.findall(text) if not target.startswith(("http:", "https:", "mailto:"))
    ]
    return [target for target in targets if not leads_somewhere(path, target)]


def leads_somewhere(path: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    page = path.parent / name if name else path
    return page.exists() and (not anchor or anchor in anchors(page.read_text()))


def test_links_lead_somewhere(page: Any) -> None:
    """The file is there, and so is the heading."""
    assert [] == broken(page.path, page.text)


@pytest.mark.parametrize("name", ["CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md"])
def test_links_of_other_pages_lead_somewhere(root: Path, name: str) -> None:
    """Also on the pages that have no code to run."""
    path = root / name

    assert [] == broken(path, path.read_text())


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    """So the test above can fail."""
    page = tmp_path / "page.md"
    page.write_text("# What is `here`, and there\n")

    assert not leads_somewhere(page, "nowhere.md")
    assert not leads_somewhere(page, "#elsewhere")
    assert leads_somewhere(page, "page.md#what-is-here-and-there")


def test_every_page_is_linked(root: Path) -> None:
    """The README leads to each page of docs."""
    linked = set(LINK.findall((root / "README.md").read_text()))

    assert {f"docs/{page.name}" for page in (root / "docs").glob("*.md")} <= linked
