"""What the pages list is what the code has: tables, parameters, settings, errors, paths."""

from __future__ import annotations

import inspect
import re
import runpy
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

import lakeway
from lakeway import errors
from lakeway.calls import retries
from lakeway.calls.keywords import WITHOUT_EFFECT
from lakeway.cli.root import lakeway as command
from lakeway.core import routing
from lakeway.emulator import faults, settings
from lakeway.gateway import call_log, config
from lakeway.gateway import fields as gateway_fields
from lakeway.gateway import headers as gateway_headers
from lakeway.gateway.access import KEY_HEADERS
from lakeway.gateway.admission import MIB, Admission
from lakeway.gateway.config.fields import Section
from lakeway.gateway.config.sections import LARGEST_BODY_MB
from lakeway.settings import Settings
from lakeway.testing.workspace import RunningWorkspace
from lakeway.transport.server import Limits
from lakeway.types.params import ChatParams, EmbeddingParams

CODE = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def words_of(root: Path) -> Any:
    """The words that stand in code style on a page of the docs."""

    def words(name: str) -> set[str]:
        text = FENCED.sub("", (root / "docs" / name).read_text())
        return {word for code in CODE.findall(text) for word in re.findall(r"[\w-]+", code)}

    return words


def page_of(name: str) -> str:
    return (DOCS / name).read_text()


def fields(*kinds: Any) -> set[str]:
    return {name for kind in kinds for name in kind.__struct_fields__}


def test_the_written_tables_are_up_to_date(root: Path) -> None:
    """They are what `python docs/tables.py` writes."""
    tables = runpy.run_path(str(root / "docs" / "tables.py"))

    assert [] == [path.name for path, text in tables["pages"]() if text != path.read_text()]


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


def sections(kind: type[Section] = Section) -> Iterable[type[Section]]:
    for each in kind.__subclasses__():
        yield each
        yield from sections(each)


def test_the_gateways_configuration_is_explained(words_of: Any) -> None:
    """Every key that has an effect, of every section and of every kind of row."""
    keys = {name for section in sections() for name in section.model_fields}

    assert {config.KeyRow, config.CredentialRow, config.Alias, config.Config} <= set(sections())
    assert set() == keys - words_of("gateway.md")


def test_names_in_a_configuration_are_explained(words_of: Any) -> None:
    """Strategies, the versions to be compatible with, and the kinds of errors in a retry policy."""
    versions = typing.get_args(config.GeneralSettings.model_fields["compat"].annotation)
    names = {*routing.STRATEGIES, *retries.KINDS, retries.OTHERS}

    assert set() == names - words_of("gateway.md")
    assert all(version in page_of("gateway.md") for version in versions)


def test_what_a_request_may_say_is_explained(words_of: Any) -> None:
    """The fields of a body, and the headers."""
    headers = {name.decode() for name in (*gateway_fields.STEERING, *KEY_HEADERS)}

    assert set() == (gateway_fields.HONOURED | headers) - {name.lower() for name in words_of("gateway.md")}


def test_the_headers_of_an_answer_are_explained(words_of: Any) -> None:
    """Every name that the module of headers writes."""
    written = re.findall(r"(x-(?:litellm|lakeway)-[\w-]*\w): ", inspect.getsource(gateway_headers))

    assert len(written) > 5
    assert set() == set(written) - words_of("gateway.md")


@pytest.mark.parametrize("name", ["serve", "doctor", "keys"])
def test_the_options_of_a_command_are_explained(name: str) -> None:
    """Every option, and every variable that stands for one."""
    written = set(re.findall(r"[\w-]+", page_of("gateway.md")))
    found = command.get_command(click.Context(command), name)
    commands = found.commands.values() if isinstance(found, click.Group) else [found]
    options = [each for every in commands for each in every.params if isinstance(each, click.Option)]
    names = {each for option in options for each in (*option.opts, *option.secondary_opts)}

    assert set() == names - written
    assert set() == {each for option in options for each in variables(option)} - written


def variables(option: click.Option) -> list[str]:
    return [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())


def test_the_call_log_is_explained(words_of: Any) -> None:
    """Every field of a line, and of the error in it."""
    lines = msgspec.structs.fields(call_log.Line), msgspec.structs.fields(call_log.Failure)
    named = {field.encode_name for fields_ in lines for field in fields_}

    assert set() == named - words_of("operations.md")


def test_the_bounds_of_requests_are_those_of_the_server() -> None:
    """The figures in the table, in words."""
    limits = Limits()
    text = page_of("operations.md")
    bounds = (
        f"{limits.max_head // 1024} KiB, {limits.max_headers} headers, {limits.head_seconds:.0f} s",
        f"{limits.body_seconds:.0f} s without a byte; after {limits.body_seconds:.0f} s less than "
        f"{limits.body_rate:,.0f} bytes a second",
        f"| a connection between two requests | {limits.idle_seconds:.0f} s |",
        f"| a client that takes nothing of its answer | {limits.write_seconds:.0f} s |",
        f"| connections | {limits.max_connections:,} |",
        f"| bodies on their way in, together | {Admission()._bytes // MIB} MiB |",
        f"`max_request_size_mb` ({LARGEST_BODY_MB:.0f})",
    )

    assert [] == [bound for bound in bounds if bound not in text]


def test_the_map_leads_somewhere(root: Path) -> None:
    """Every path on the map of the source exists, and every part of the package is on it."""
    page = (root / "docs" / "architecture.md").read_text()
    mapped = set(re.findall(r"`((?:src|tests|bench|docs)/[\w/.-]*)`", page))
    source = root / "src" / "lakeway"
    parts = {f"src/lakeway/{path.name}/" for path in source.iterdir() if (path / "__init__.py").exists()}
    parts |= {f"src/lakeway/{path.name}" for path in source.glob("*.py")}

    assert [] == [path for path in mapped if not (root / path).exists()]
    assert set() == parts - mapped
