"""The pages of the documentation, their code blocks, and the addresses that those blocks call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import lakeway
from lakeway.gateway.access import Access
from lakeway.gateway.config import load
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.server import running
from lakeway.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EMULATOR, GATEWAY = "http://127.0.0.1:4010", "http://127.0.0.1:4000"
PRINTED_KEY, MASTER_KEY = '"sk-..."', "sk-of-the-documentation"


@dataclass(frozen=True)
class Block:
    """One fenced block; `line` is that of its first line of code, counted from 1."""

    page: Path
    language: str
    code: str
    line: int


@dataclass(frozen=True)
class Page:
    path: Path
    text: str = field(repr=False)

    def blocks(self, *languages: str) -> list[Block]:
        return [
            Block(self.path, found[1], found[2], self.text.count("\n", 0, found.start()) + 2)
            for found in FENCE.finditer(self.text)
            if found[1] in languages
        ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`page` is each page in turn."""
    if "page" in metafunc.fixturenames:
        pages = [Page(path, path.read_text()) for path in PAGES]
        metafunc.parametrize("page", pages, ids=[page.path.stem for page in pages])


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture
def _settings_restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a block sets on the package, or registers with it, does not reach the next page."""
    for name in Settings.__struct_fields__:
        monkeypatch.setattr(lakeway, name, getattr(lakeway, name))
    monkeypatch.setattr(lakeway.model_cost, "_registered", {})
    yield
    lakeway.close()


@pytest.fixture
def environ(databricks_emulator: Any) -> dict[str, str]:
    """The variables that the pages' configurations refer to; they lead to the emulator."""
    found = {**databricks_emulator.environ, **databricks_emulator.oauth_environ}
    return found | {"LAKEWAY_MASTER_KEY": MASTER_KEY, "LITELLM_MASTER_KEY": MASTER_KEY}


@pytest.fixture
def gateway_of(environ: dict[str, str]) -> Callable[[str], Gateway]:
    """The gateway that a configuration describes."""

    def build(config: str) -> Gateway:
        loaded = load(config, environ)
        key = loaded.config.general_settings.master_key
        return Gateway.of(loaded, access=Access() if key is None else Access.by_key(key))

    return build


@pytest.fixture
def readdressed(
    page: Page,
    databricks_environment: Any,
    gateway_of: Callable[[str], Gateway],
    _settings_restored: None,
) -> Iterator[Callable[[str], str]]:
    """Puts the addresses of what runs here in the place of those that the page prints, and the key likewise.

    The gateway is that of the page's first configuration, and runs only for a page that calls it.
    """
    real = {EMULATOR: databricks_environment.host, PRINTED_KEY: repr(MASTER_KEY)}

    def readdress(code: str) -> str:
        for printed, there in real.items():
            code = code.replace(printed, there)
        return code

    if not any(GATEWAY in block.code for block in page.blocks("python")):
        yield readdress
        return
    with running(gateway_of(page.blocks("yaml")[0].code)) as address:
        real[GATEWAY] = address
        yield readdress
