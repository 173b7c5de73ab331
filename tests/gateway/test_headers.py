"""The header lines that tell what became of a call."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from lakeway.auth import StaticToken
from lakeway.calls.pricing import Pricing
from lakeway.core.cost import Cost
from lakeway.core.exchange import Target
from lakeway.core.http import Headers, ReceivedHeaders, Timeout
from lakeway.core.request import Leniency
from lakeway.errors import BadRequestError, LakewayError, RateLimitError
from lakeway.gateway import headers
from lakeway.gateway.call import Call
from lakeway.gateway.caller import ANYBODY, Caller
from lakeway.gateway.deployments import Deployment
from lakeway.version import __version__

ROW = Deployment(
    id="d-1",
    group="größe\r\nx-evil: 1 \N{SNOWMAN}",
    target=Target(provider="databricks", model="m", alias="g", credential=StaticToken("dapi")),
    limits=(Timeout(), Timeout()),
    control={},
    defaults=(),
    leniency=Leniency(),
    pricing=Pricing(dbu_usd=0.07),
    retries=0,
    api_base="https://w.example/serving-endpoints",
)
OF_THE_ROW = {
    "x-litellm-model-id": "d-1",
    "x-litellm-model-group": "größe??x-evil: 1 ?",
    "x-litellm-model-api-base": "https://w.example/serving-endpoints",
    "x-litellm-attempted-retries": "2",
    "x-litellm-attempted-fallbacks": "1",
}


def call(**about: Any) -> Call:
    given = {"caller": ANYBODY, "deployment": ROW, "retries": 2, "fallbacks": 1, **about}
    return Call(id="c", head=b"x-own: 1\r\n", endpoint="/chat", began=10.0, **given)


def read(lines: bytes) -> dict[str, str]:
    """Header lines as a client reads them; each name may be there once."""
    assert not lines or lines.endswith(b"\r\n")
    pairs = [line.split(": ", 1) for line in lines.decode("latin-1").split("\r\n")[:-1]]
    assert len(pairs) == len({name.lower() for name, _ in pairs})
    return {name.lower(): value for name, value in pairs}


@pytest.mark.parametrize("given", [b"abc-123", b"x" * 128, b"!~"])
def test_a_calls_id_is_the_clients(given: bytes):
    """So that it finds the call again."""
    assert given.decode() == headers.call_id(given)


@pytest.mark.parametrize("given", [None, b"", b"a b", b"x" * 129, b"caf\xe9", b"a\r\nx: y", b"\x00"])
def test_or_one_of_our_own(given: bytes | None):
    """Where the client has none, or one that could do harm in a header or a log."""
    made = headers.call_id(given)

    assert 4 == UUID(made).version
    assert made != headers.call_id(given)


def test_every_answer():
    """Has the id of its call, under LiteLLM's name and OpenAI's, and tells who answers."""
    assert {
        "x-litellm-call-id": "c-1",
        "x-request-id": "c-1",
        "x-lakeway-version": __version__,
    } == read(headers.of_call("c-1"))


UPSTREAM = [
    ("x-request-id", "r-1"),
    ("set-cookie", "session=secret"),
    ("Www-Authenticate", "Bearer"),
    ("X-RateLimit-Remaining-Requests", "7"),
    ("server", "caf\xe9"),
]
RECEIVED = ReceivedHeaders(
    b"\r\n".join([b"HTTP/1.1 200 OK", *(f"{name}: {value}".encode("latin-1") for name, value in UPSTREAM)])
)


@pytest.mark.parametrize("upstream", [Headers(UPSTREAM), RECEIVED])
def test_of_an_answer(upstream: Headers):
    """Whose it is, after how much effort, and what the server behind it said, but for its session with us."""
    told = read(headers.of_answer(call(ended=12.5, upstream=2.25), upstream))

    assert {
        "x-own": "1",
        **OF_THE_ROW,
        "x-litellm-overhead-duration-ms": "250.000",
        "llm_provider-x-request-id": "r-1",
        "llm_provider-x-ratelimit-remaining-requests": "7",
        "x-ratelimit-remaining-requests": "7",
        "llm_provider-server": "caf\xe9",
    } == told


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200 OK\r\nServer: a",
        b"HTTP/1.1 200 OK\r\nServer: a\r\nX-Request-Id: b:c, d",
        b"HTTP/1.1 200 OK\r\nVary: Set-Cookie\r\nx-empty:",
    ],
)
def test_headers_as_they_came(head: bytes):
    """Their lines are passed on without being taken apart, which changes nothing."""
    received = ReceivedHeaders(head)
    told = read(headers.of_answer(call(), received))

    assert dict(received.items()) == {
        name.removeprefix("llm_provider-"): value.strip() for name, value in told.items() if "llm_" in name
    }


@pytest.mark.parametrize(("limits", "told"), [({"rpm": 9}, 0), ({"tpm": 9}, 0), ({"max_parallel": 9}, 1)])
def test_a_keys_own_limits_have_the_names_for_themselves(limits: dict[str, int], told: int):
    """Those of the workspace are for all of its users, and are told under their prefix alone."""
    limited = Caller(key="a" * 64, **limits)  # type: ignore[arg-type]
    lines = headers.of_answer(call(caller=limited), Headers(UPSTREAM))

    assert told == lines.count(b"\r\nx-ratelimit-")
    assert 1 == lines.count(b"llm_provider-x-ratelimit-")


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({"ended": 12.0, "upstream": 1.5}, "500.000"),
        ({"ended": 12.0, "upstream": 3.0}, "0.000"),
        ({"ended": 0.0, "first": 11.0, "upstream": 0.9996}, "0.400"),
    ],
)
def test_the_overhead(about: dict[str, float], expected: str):
    """What the gateway took for itself, of a stream until its first chunk."""
    told = read(headers.of_answer(call(**about), Headers()))

    assert expected == told["x-litellm-overhead-duration-ms"]


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (None, {}),
        (
            Cost(dbu=0.5, usd=0.035, input_usd=0, output_usd=0, cache_read_usd=0, cache_write_usd=0),
            {"x-litellm-response-cost": "0.035", "x-lakeway-response-cost-dbu": "0.5"},
        ),
    ],
)
def test_of_a_charge(cost: Cost | None, expected: dict[str, str]):
    """What is not known is left out, and is not 0."""
    told = read(headers.of_charge(call(ended=11.5, cost=cost), 0.1 + 0.2))

    assert {"x-litellm-response-duration-ms": "1500.000", "x-litellm-key-spend": "0.3", **expected} == told


@pytest.mark.parametrize(
    ("error", "about", "expected"),
    [
        (BadRequestError("x"), {"deployment": None}, {}),
        (BadRequestError("x"), {}, OF_THE_ROW),
        (
            RateLimitError("x", headers={"rate_limit_type": "requests"}),
            {"deployment": None},
            {"rate_limit_type": "requests"},
        ),
        (
            RateLimitError("x", headers={"retry-after": "3", "set-cookie": "a"}, llm_provider="databricks"),
            {},
            {**OF_THE_ROW, "llm_provider-retry-after": "3"},
        ),
        (
            RateLimitError("x", headers={"x-ratelimit-limit-tokens": "3"}, llm_provider="databricks"),
            {},
            {**OF_THE_ROW, "llm_provider-x-ratelimit-limit-tokens": "3", "x-ratelimit-limit-tokens": "3"},
        ),
    ],
)
def test_of_an_error(error: LakewayError, about: dict[str, Any], expected: dict[str, str]):
    """Ours as they are, those of a server under the prefix; and who was asked, if anybody was."""
    assert expected == read(headers.of_error(error, call(**about)))


def test_an_error_before_any_call():
    """There is nothing to tell."""
    assert b"" == headers.of_error(BadRequestError("x"))
