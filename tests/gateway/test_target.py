"""A deployment's target for one attempt: its time limits, and how lenient it is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lakeway.auth import StaticToken
from lakeway.calls.pricing import Pricing
from lakeway.core.exchange import Target
from lakeway.core.http import Timeout
from lakeway.core.request import Leniency
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.target import leniency, within
from lakeway.settings import Settings

WHOLE, STREAMED = Timeout(connect=5.0, read=20.0, total=20.0), Timeout(connect=5.0, read=8.0, total=8.0)
ROW = Deployment(
    id="d",
    group="g",
    target=Target(
        provider="databricks", model="m", alias="g", credential=StaticToken("dapi"), timeout=Timeout()
    ),
    limits=(WHOLE, STREAMED),
    control={},
    defaults=(),
    leniency=Leniency(dropped=("seed",), allowed=frozenset({"top_k"}), budgets={"low": 7}),
    pricing=Pricing(dbu_usd=0.07),
    retries=0,
)


def limits(control: dict[str, Any], left: float | None = None, *, stream: bool = False) -> Timeout:
    return within(ROW, control, left, Settings(request_timeout=300.0), stream=stream).timeout


@pytest.mark.parametrize(
    ("control", "stream", "expected"),
    [
        ({}, False, WHOLE),
        ({}, True, STREAMED),
        ({"num_retries": 1}, False, WHOLE),
        ({"timeout": 2}, False, Timeout(connect=2.0, read=2.0, total=2.0)),
        ({"request_timeout": 60}, False, Timeout(connect=10.0, read=60.0, total=60.0)),
        ({"timeout": 2}, True, Timeout(connect=2.0, read=2.0, total=2.0)),
        ({"stream_timeout": 3}, True, Timeout(connect=3.0, read=3.0, total=3.0)),
        ({"stream_timeout": 3, "timeout": 9}, True, Timeout(connect=3.0, read=3.0, total=3.0)),
        ({"stream_timeout": 3, "timeout": 9}, False, Timeout(connect=9.0, read=9.0, total=9.0)),
        ({"stream_timeout": 3}, False, WHOLE),
    ],
)
def test_whose_limits(control: dict[str, Any], stream: bool, expected: Timeout):
    """The client's where it says something of this kind of reply, else the row's."""
    assert expected == limits(control, stream=stream)


@pytest.mark.parametrize(
    ("control", "left", "expected"),
    [
        ({}, 60.0, WHOLE),
        ({}, 20.0, WHOLE),
        ({}, 12.0, Timeout(connect=5.0, read=20.0, total=12.0)),
        ({}, 3.0, Timeout(connect=3.0, read=20.0, total=3.0)),
        ({"timeout": 30}, 29.5, Timeout(connect=10.0, read=30.0, total=29.5)),
        ({"timeout": 30}, 0.5, Timeout(connect=0.5, read=30.0, total=0.5)),
    ],
)
def test_never_beyond_the_deadline(control: dict[str, Any], left: float, expected: Timeout):
    """What is left until then bounds the whole exchange, and the time to connect with it."""
    assert expected == limits(control, left)


def test_a_row_without_any_limit():
    """Waits as long as there is time left."""
    patient = msgspec.structs.replace(ROW, limits=(Timeout(None, None, None), Timeout(None, None, None)))

    assert Timeout(None, None, None) == within(patient, {}, None, Settings(), stream=False).timeout
    assert Timeout(4.0, None, 4.0) == within(patient, {}, 4.0, Settings(), stream=True).timeout


def test_where_nothing_changes_nothing_is_made():
    """The common case costs no new target."""
    own = msgspec.structs.replace(ROW, target=msgspec.structs.replace(ROW.target, timeout=WHOLE))

    assert own.target is within(own, {}, None, Settings(), stream=False)
    assert own.target is within(own, {"tags": []}, 60.0, Settings(), stream=False)


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ({}, ROW.leniency),
        ({"timeout": 5}, ROW.leniency),
        ({"drop_params": True}, msgspec.structs.replace(ROW.leniency, drop=True)),
        ({"drop_params": False}, ROW.leniency),
        ({"additional_drop_params": ["n"]}, msgspec.structs.replace(ROW.leniency, dropped=("seed", "n"))),
        (
            {"allowed_openai_params": ["n"]},
            msgspec.structs.replace(ROW.leniency, allowed=frozenset({"top_k", "n"})),
        ),
    ],
)
def test_leniency(control: dict[str, Any], expected: Leniency):
    """The client's wishes are added to the row's; thinking budgets are the gateway's own."""
    assert expected == leniency(ROW, control)


def test_a_client_may_be_stricter_than_the_row():
    """It would rather hear that a parameter is not supported."""
    lenient = msgspec.structs.replace(ROW, leniency=Leniency(drop=True))

    assert Leniency() == leniency(lenient, {"drop_params": False})
