"""What holds a token does not show it, however it is printed."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from rich.pretty import pretty_repr

from lakeway.auth.cache import RenewAhead, Served
from lakeway.core.exchange import Target
from lakeway.core.http import Headers, HttpRequest, HttpResponse
from lakeway.core.steps import Credential, GetToken, Send
from lakeway.databricks.surfaces import parse
from lakeway.databricks.target import DatabricksTarget
from lakeway.settings import Settings

TOKEN = "dapi-a-secret-token"
HEADERS = (("authorization", f"Bearer {TOKEN}"),)
REQUEST = HttpRequest(method="POST", url="https://w/x", headers=HEADERS)
GOES_TO: dict[str, Any] = {
    "provider": "databricks",
    "model": "m",
    "alias": "m",
    "credential": Credential(),
    "headers": HEADERS,
}
HOLDERS = [
    REQUEST,
    Send(REQUEST),
    HttpResponse(200, Headers(), f'{{"access_token":"{TOKEN}"}}'.encode()),
    GetToken(Credential(), HEADERS),
    Served(HEADERS),
    RenewAhead(HEADERS, 1),
    Target(**GOES_TO),
    DatabricksTarget(**GOES_TO, base=parse("https://adb-1.azuredatabricks.net")),
    Settings(api_key=TOKEN, databricks_key=TOKEN, headers=dict(HEADERS)),
]


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_no_token_is_shown(holder: Any) -> None:
    """Neither Python's repr nor rich's holds it, alone or inside something else."""
    assert TOKEN not in f"{holder} {holder!r} {[holder]!r}"
    assert TOKEN not in pretty_repr({"local": holder})
    assert type(holder).__name__ in repr(holder)


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_copies_keep_it(holder: Any) -> None:
    """It is hidden, not lost."""
    assert holder == copy.copy(holder) == pickle.loads(pickle.dumps(holder))


def test_what_is_no_secret_is_shown() -> None:
    """A repr still tells where a request goes, and that there was nothing to hide."""
    assert "method='POST', url='https://w/x', headers='***', body=b''" in repr(REQUEST)
    assert "GetToken(credential=Credential(), rejected=None)" == repr(GetToken(Credential()))
