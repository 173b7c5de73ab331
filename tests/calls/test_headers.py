"""A request's headers: the caller's own, and who we say we are."""

from __future__ import annotations

import os
from typing import Any

import pytest

from lakeway.calls.headers import headers, user_agent
from lakeway.errors import BadRequestError
from lakeway.settings import Settings
from lakeway.version import __version__

OURS = f"lakeway/{__version__}"


@pytest.mark.parametrize(
    ("control", "environ", "expected"),
    [
        ({}, {}, OURS),
        ({"user_agent": "acme/1.2"}, {}, f"acme_{OURS}"),
        ({"databricks_user_agent": "acme"}, {}, f"acme_{OURS}"),
        ({"databricks_partner": "acme"}, {}, f"acme_{OURS}"),
        ({"user_agent": "no good!"}, {}, OURS),
        ({}, {"DATABRICKS_USER_AGENT": "env"}, f"env_{OURS}"),
        ({}, {"LITELLM_USER_AGENT": "lit", "DATABRICKS_USER_AGENT": "env"}, f"lit_{OURS}"),
        ({"extra_headers": {"user-agent": "mine/1"}}, {}, "mine/1"),
    ],
)
def test_user_agent(control: dict[str, Any], environ: dict[str, str], expected: str) -> None:
    """A partner's name leads ours; a whole header of the caller's is kept."""
    pairs = headers(control, Settings(), environ)

    assert [expected] == [value for name, value in pairs if name.lower() == "user-agent"]


def test_user_agent_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is set, changed or taken away while the program runs counts from the next call on."""
    monkeypatch.delenv("LITELLM_USER_AGENT", raising=False)
    monkeypatch.delenv("DATABRICKS_USER_AGENT", raising=False)
    found = [user_agent({}, Settings(), os.environ)]
    for name in ("first", "second"):
        monkeypatch.setenv("DATABRICKS_USER_AGENT", name)
        found.append(user_agent({}, Settings(), os.environ))
    monkeypatch.delenv("DATABRICKS_USER_AGENT")
    found.append(user_agent({}, Settings(), os.environ))

    assert [OURS, f"first_{OURS}", f"second_{OURS}", OURS] == found


def test_headers_are_merged() -> None:
    """extra_headers lie over headers; the package's apply when there are neither."""
    control = {"headers": {"a": "1", "b": "1", "d": None}, "extra_headers": {"b": "2", "n": 5}}
    settings = Settings(headers={"c": "3"})

    assert (("a", "1"), ("b", "2"), ("n", "5")) == headers(control, settings, {})[:-1]
    assert (("c", "3"),) == headers({}, settings, {})[:-1]


@pytest.mark.parametrize(
    "given",
    [
        {"x": "a\nb"},
        {"x": "a\r\nHost: evil"},
        {"x": "\0"},
        {"x": "日本"},
        {"x y": "b"},
        {"": "b"},
        {"x:": "b"},
        {"x": b"bytes"},
        {"x": ["a"]},
    ],
)
def test_what_http_cannot_carry(given: Any) -> None:
    """It is refused before anything is sent, without showing the value."""
    with pytest.raises(BadRequestError, match="extra_headers holds") as caught:
        headers({"extra_headers": given}, Settings(), {})

    assert "extra_headers" == caught.value.param
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize("name", ["headers", "extra_headers"])
@pytest.mark.parametrize("given", [[("a", "b")], "a: b", 5, {1: "b"}])
def test_what_are_no_headers(name: str, given: Any) -> None:
    """Headers are a mapping of texts."""
    with pytest.raises(BadRequestError, match=f"^BadRequestError: {name} must "):
        headers({name: given}, Settings(), {})


def test_what_are_no_headers_of_the_package() -> None:
    """The package's are no better."""
    with pytest.raises(BadRequestError, match="headers must be"):
        headers({}, Settings(headers=["a"]), {})
