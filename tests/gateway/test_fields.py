"""What a request may say besides what the model is to do: honoured, left out, or passed on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lakeway.calls.arguments import CONTROL
from lakeway.errors import BadRequestError
from lakeway.gateway.fields import (
    HONOURED,
    LEFT_OUT,
    LISTS,
    MOST_POINTS,
    STEERING,
    split,
    steers,
)


def request(headers: dict[bytes, bytes] | None = None, **rules: Any) -> Any:
    """As much of a request as has a say; `rules` are what the configuration says besides."""
    assembly = {"user_header": None, "enforce_user": False, "names_users": False, "tag_filtering": False}
    gateway = SimpleNamespace(assembly=SimpleNamespace(**{**assembly, **rules}))
    return SimpleNamespace(headers=headers or {}, about=SimpleNamespace(gateway=gateway))


NO_HEADERS = request()


@pytest.mark.parametrize(
    "name",
    [
        *("api_key", "api_base", "base_url", "headers", "extra_headers", "client_id", "client_secret"),
        *("profile", "databricks_profile", "custom_llm_provider", "organization", "ssl_verify", "user_agent"),
        *("mock_response", "litellm_metadata", "input_cost_per_token", "weight", "model_info", "user_config"),
    ],
)
@pytest.mark.parametrize("place", ["top", "extra_body"])
def test_addresses_and_credentials_of_a_request_are_left_out(name: str, place: str):
    """Wherever a client puts them, they neither steer the call nor reach the model."""
    body = {name: "evil", "temperature": 1}
    control, params = split(body if place == "top" else {"temperature": 1, "extra_body": body}, NO_HEADERS)

    assert ({}, {"temperature": 1}) == (control, params)


def test_nothing_of_the_sdks_control_slips_through():
    """A keyword that steers the SDK steers the gateway only if it is listed as harmless."""
    assert CONTROL <= HONOURED | LEFT_OUT
    assert set() == HONOURED & LEFT_OUT


def test_what_is_honoured():
    """Patience, retries, fallbacks, leniency and attribution are the client's to choose."""
    control = {
        "num_retries": 1,
        "max_retries": 1,
        "timeout": 2.5,
        "request_timeout": 1,
        "stream_timeout": 3,
        "fallbacks": ["b"],
        "disable_fallbacks": True,
        "drop_params": True,
        "tags": ["a"],
        "additional_drop_params": ["seed"],
        "allowed_openai_params": ["seed"],
        "usage_context": {"a": 1},
        "request_tags": {"b": 2},
        "cache_control_injection_points": [{"role": "system"}],
    }

    assert (control, {"seed": 5}) == split({**control, "seed": 5}, NO_HEADERS)
    assert HONOURED == control.keys()


def test_a_providers_own_fields_go_on():
    """At the top, or in `extra_body`, where the top wins and what a request is about cannot be replaced."""
    body = {
        "model": "a",
        "guided_json": {},
        "top_k": 1,
        "extra_body": {"top_k": 2, "min_p": 3, "model": "b", "messages": [], "stream": True, "input": "c"},
    }

    assert ({}, {"guided_json": {}, "top_k": 1, "min_p": 3}) == split(body, NO_HEADERS)


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({b"x-litellm-timeout": b"2.5"}, {}, {"timeout": 2.5}),
        ({b"x-litellm-timeout": b"2.5"}, {"timeout": 1}, {"timeout": 1}),
        ({b"x-litellm-num-retries": b"3"}, {}, {"num_retries": 3}),
        ({b"x-litellm-tags": b"a, b,,"}, {}, {"tags": ["a", "b"]}),
    ],
)
def test_litellms_headers(headers, body, expected):
    """They say the same as the body's fields, and the body wins."""
    assert (expected, {}) == split(body, request(headers))


@pytest.mark.parametrize(
    ("headers", "rules", "expected"),
    [
        ({}, {}, False),
        ({b"x-litellm-call-id": b"a", b"authorization": b"b"}, {}, False),
        ({b"x-litellm-timeout": b"2.5"}, {}, True),
        ({b"x-litellm-num-retries": b"3"}, {}, True),
        ({b"x-litellm-tags": b"a"}, {}, True),
        ({}, {"names_users": True}, True),
        ({}, {"tag_filtering": True}, True),
    ],
)
def test_what_has_to_be_read_besides_the_body(headers, rules, expected):
    """A request without any of it may be passed on as it came."""
    assert expected == steers(request(headers, **rules))


def test_each_of_these_headers_says_something():
    """And is looked for before a request is passed on as it came."""
    assert all(split({}, request({name: b"1"}))[0] for name in STEERING)


@pytest.mark.parametrize(
    ("headers", "body", "rules", "expected"),
    [
        ({b"x-user": b"ann"}, {}, {"user_header": "X-User"}, "ann"),
        ({b"x-user": b" ann "}, {}, {"user_header": "x-user", "enforce_user": True}, "ann"),
        ({b"x-user": b"ann"}, {"user": "bob"}, {"user_header": "x-user"}, "bob"),
        ({b"x-user": b""}, {}, {"user_header": "x-user"}, None),
        ({b"x-user": b"ann"}, {}, {}, None),
        ({}, {"user": "bob"}, {"enforce_user": True}, "bob"),
    ],
)
def test_who_the_user_is(headers, body, rules, expected):
    """The body's own, or what the header has that the configuration names for it."""
    _, params = split(body, request(headers, **rules))

    assert expected == params.get("user")


@pytest.mark.parametrize("body", [{}, {"user": ""}])
def test_a_user_who_has_to_be_named(body):
    """`enforce_user_param`."""
    with pytest.raises(BadRequestError, match="has to be passed in") as caught:
        split(body, request(enforce_user=True))

    assert "user" == caught.value.param


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"num_retries": -1}, "num_retries"),
        ({"num_retries": 11}, "num_retries"),
        ({"num_retries": True}, "num_retries"),
        ({"max_retries": "2"}, "max_retries"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": "soon"}, "timeout"),
        ({"timeout": True}, "timeout"),
        ({"stream_timeout": 1e9}, "stream_timeout"),
        ({"fallbacks": "b"}, "fallbacks"),
        ({"fallbacks": [{"model": "b", "api_base": "https://evil.example"}]}, "fallbacks"),
        ({"tags": [1]}, "tags"),
        ({"usage_context": "a"}, "usage_context"),
        ({"extra_body": []}, "extra_body"),
        ({"cache_control_injection_points": ["a"]}, "cache_control_injection_points"),
        ({"cache_control_injection_points": [{"role": ["user"]}]}, "cache_control_injection_points"),
    ],
)
def test_controls_that_are_none(body, param):
    """The client learns which field is wrong."""
    with pytest.raises(BadRequestError, match=f"^BadRequestError: {param} must be") as caught:
        split(body, NO_HEADERS)

    assert param == caught.value.param


@pytest.mark.parametrize(
    ("name", "most", "item"),
    [
        *((name, most, "a") for name, most in LISTS.items()),
        ("cache_control_injection_points", MOST_POINTS, {"role": "user"}),
    ],
)
def test_lists_that_are_too_long(name, most, item):
    """A long list costs everybody time, so it is refused, and the client learns how long it may be."""
    taken, _ = split({name: [item] * most}, NO_HEADERS)

    assert most == len(taken[name])
    with pytest.raises(
        BadRequestError, match=rf"^BadRequestError: {name} must be .* at most {most} "
    ) as caught:
        split({name: [item] * (most + 1)}, NO_HEADERS)
    assert name == caught.value.param


@pytest.mark.parametrize(
    ("headers", "param"),
    [
        ({b"x-litellm-tags": b"a," * 65}, "tags"),
        ({b"x-litellm-timeout": b"soon"}, "x-litellm-timeout"),
        ({b"x-litellm-num-retries": b"nan"}, "x-litellm-num-retries"),
        ({b"x-litellm-num-retries": b"inf"}, "x-litellm-num-retries"),
        ({b"x-litellm-num-retries": b"99"}, "num_retries"),
    ],
)
def test_headers_that_are_none(headers, param):
    """So it does of headers."""
    with pytest.raises(BadRequestError) as caught:
        split({}, request(headers))

    assert param == caught.value.param
