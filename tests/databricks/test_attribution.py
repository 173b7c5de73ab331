"""Whom a call is for, in each surface's form."""

from __future__ import annotations

from typing import Any

import pytest

from lakeway.core.http import HeaderPairs
from lakeway.core.steps import Credential
from lakeway.databricks import attribution, surfaces
from lakeway.databricks.target import DatabricksTarget

NAME = "Databricks-Ai-Gateway-Request-Tags"


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, ()),
        ({"b": "2", "a": "1"}, ((NAME, '{"a":"1","b":"2"}'),)),
        ({"team": "Zürich 日本"}, ((NAME, r'{"team":"Z\u00fcrich \u65e5\u672c"}'),)),
        ({"x": "a\nb"}, ((NAME, r'{"x":"a\nb"}'),)),
    ],
)
def test_header(tags: dict[str, str], expected: HeaderPairs) -> None:
    """JSON in ASCII, which is all that a header may hold, whatever the tags say."""
    assert expected == attribution.header(tags)


def sent(headers: HeaderPairs, tags: dict[str, str]) -> list[str]:
    """The tags headers of a request by a target that has `headers` of the caller's."""
    target = DatabricksTarget(
        provider="databricks",
        model="system.ai.m",
        alias="m",
        credential=Credential(),
        headers=headers,
        base=surfaces.parse("https://w.cloud.databricks.com"),
    )
    request = target.post("chat", {}, (), extra=attribution.header(tags))
    return [value for name, value in request.headers if name.lower() == NAME.lower()]


@pytest.mark.parametrize(
    ("headers", "tags", "expected"),
    [
        ((), {"a": "1"}, ['{"a":"1"}']),
        (((NAME, '{"b":"2"}'),), {}, ['{"b":"2"}']),
        (((NAME, '{"b":"2"}'),), {"a": "1"}, ['{"a":"1","b":"2"}']),
        (((NAME.lower(), '{"a":"2"}'),), {"a": "1"}, ['{"a":"2"}']),
        (((NAME, "not json"),), {"a": "1"}, ["not json"]),
        (((NAME, "[1]"),), {"a": "1"}, ["[1]"]),
    ],
)
def test_a_callers_own_header(headers: HeaderPairs, tags: dict[str, str], expected: list[str]) -> None:
    """One header goes: the caller's, with our tags where it has none of that name."""
    assert expected == sent(headers, tags)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"a": "b", "n": 1, "f": 1.5, "t": True}, {"a": "b", "n": "1", "f": "1.5", "t": "true"}),
        ({"nested": {"a": 1}, "list": ["x"], "none": None}, {}),
    ],
)
def test_plain(metadata: dict[str, Any], expected: dict[str, str]) -> None:
    """A text map holds texts; what is nested stays behind."""
    assert expected == attribution.plain(metadata)


def test_metadata_of_responses_is_small() -> None:
    """What is too long or too many is left out, since it would cost the whole call."""
    tags = {"k" * 65: "v", "long": "v" * 513, **{f"k{i}": "v" * 512 for i in range(20)}}

    assert [f"k{i}" for i in range(16)] == list(attribution.metadata(tags))
