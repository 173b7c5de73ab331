"""What the pages list is what the code has: tables, parameters, settings, errors, paths."""

from __future__ import annotations

import re
import runpy
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import lakeway
from lakeway import errors
from lakeway.calls.keywords import WITHOUT_EFFECT
from lakeway.emulator import faults, settings
from lakeway.gateway import config, endpoints
from lakeway.settings import Settings
from lakeway.testing.workspace import RunningWorkspace
from lakeway.types.params import ChatParams, EmbeddingParams

CODE = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def words_of(root: Path) -> Any:
    """The words that stand in code style on a page of the docs."""

    def words(name: str) -> set[str]:
        text = FENCED.sub("", (root / "docs" / name).read_text())
        return {word for code in CODE.findall(text) for word in re.findall(r"[\w-]+", code)}

    return words


def fields(*kinds: Any) -> set[str]:
    return {name for kind in kinds for name in kind.__struct_fields__}


def test_the_table_of_models_is_up_to_date(root: Path) -> None:
    """It is what `python docs/tables.py` writes."""
    tables = runpy.run_path(str(root / "docs" / "tables.py"))
    page = (root / "docs" / "models.md").read_text()

    assert page == tables["written"](page, "families", tables["families"]())


def public() -> Iterable[str]:
    parameters = {*typing.get_type_hints(ChatParams), *typing.get_type_hints(EmbeddingParams)}
    return {*lakeway.__all__, *parameters, *Settings.__struct_fields__}


def test_the_reference_is_complete(words_of: Any) -> None:
    """Every public name, every parameter and every setting."""
    assert set() == set(public()) - words_of("reference.md")


def test_what_has_no_effect_is_listed(words_of: Any) -> None:
    """Every keyword that is accepted and does nothing is said to do nothing."""
    assert set() == WITHOUT_EFFECT - words_of("reference.md")


def test_every_error_is_explained(words_of: Any) -> None:
    """Every class of the tree."""
    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    named = {name for name in classes if not name.startswith("_")}

    assert set() == named - words_of("errors.md")


def test_the_emulators_settings_are_explained(words_of: Any) -> None:
    """Every field, every kind of fault with its options, and the handle that tests hold."""
    given = fields(settings.Settings, settings.Endpoint, settings.RateLimits)
    handle = {name for name in dir(RunningWorkspace) if not name.startswith("_")}
    kinds = {*faults.KINDS, *faults.Fault.__struct_fields__} - {"kind", "value"}

    assert set() == (given | handle | kinds) - words_of("emulator.md")


def test_the_gateways_configuration_is_explained(words_of: Any) -> None:
    """Every key that has an effect, and every path."""
    sections = (
        config.Config,
        config.ModelRow,
        config.ModelInfo,
        config.LiteLLMParams,
        config.LiteLLMSettings,
        config.GeneralSettings,
        config.RouterSettings,
    )
    keys = {name for section in sections for name in section.model_fields}
    paths = {word for path in endpoints.TABLE for word in re.findall(r"[\w-]+", path)}

    assert set() == (keys | paths) - words_of("gateway.md")


def test_the_map_leads_somewhere(root: Path) -> None:
    """Every path on the map of the source exists, and every part of the package is on it."""
    page = (root / "docs" / "architecture.md").read_text()
    mapped = set(re.findall(r"`((?:src|tests|bench|docs)/[\w/.-]*)`", page))
    source = root / "src" / "lakeway"
    parts = {f"src/lakeway/{path.name}/" for path in source.iterdir() if (path / "__init__.py").exists()}
    parts |= {f"src/lakeway/{path.name}" for path in source.glob("*.py")}

    assert [] == [path for path in mapped if not (root / path).exists()]
    assert set() == parts - mapped
