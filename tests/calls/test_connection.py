"""Which workspace and which credential a call gets, as a table of where each could come from."""

from __future__ import annotations

from typing import Any

import pytest

from lakeway.auth.credentials import NoCredential, OAuthM2M, StaticToken, UnifiedAuth
from lakeway.calls.connection import connect
from lakeway.errors import BadRequestError
from lakeway.settings import Settings

BASE = "https://adb-1.azuredatabricks.net/serving-endpoints"
HOST = "https://adb-1.azuredatabricks.net"
ENV = {"DATABRICKS_API_BASE": BASE, "DATABRICKS_API_KEY": "env-key"}
M2M = OAuthM2M(f"{HOST}/oidc/v1/token", "id", "secret")
PAIR = {"DATABRICKS_CLIENT_ID": "id", "DATABRICKS_CLIENT_SECRET": "secret"}


@pytest.mark.parametrize(
    ("arguments", "settings", "environ", "credential"),
    [
        pytest.param({}, {}, ENV, StaticToken("env-key"), id="the page's two variables"),
        pytest.param(
            {},
            {},
            {"DATABRICKS_HOST": HOST, "DATABRICKS_TOKEN": "t"},
            StaticToken("t"),
            id="Databricks' own two",
        ),
        pytest.param(
            {},
            {},
            {**ENV, "DATABRICKS_HOST": "https://other", "DATABRICKS_TOKEN": "t"},
            StaticToken("env-key"),
            id="the page's first",
        ),
        pytest.param({"api_key": "arg"}, {}, ENV, StaticToken("arg"), id="an argument first"),
        pytest.param({}, {"api_key": "set"}, ENV, StaticToken("set"), id="a setting before the environment"),
        pytest.param({}, {"databricks_key": "set"}, ENV, StaticToken("set"), id="under its other name"),
        pytest.param(
            {"api_base": BASE, "api_key": "a"}, {}, {}, StaticToken("a"), id="no environment at all"
        ),
        pytest.param(
            {"base_url": HOST, "api_base": "https://x"}, {}, ENV, StaticToken("env-key"), id="base_url first"
        ),
        pytest.param({}, {}, {"DATABRICKS_API_BASE": BASE, **PAIR}, M2M, id="a service principal"),
        pytest.param({}, {}, {**ENV, **PAIR}, StaticToken("env-key"), id="a token before it"),
        pytest.param(
            {"client_id": "id", "client_secret": "secret"},
            {},
            ENV,
            M2M,
            id="but not before one passed to the call",
        ),
        pytest.param({"client_id": "id"}, {}, ENV, StaticToken("env-key"), id="half a pair is none"),
        pytest.param({"api_key": ""}, {}, ENV, StaticToken("env-key"), id="an empty key is none"),
        pytest.param(
            {"extra_headers": {"authorization": "Bearer user"}},
            {},
            ENV,
            NoCredential(),
            id="the caller's own header",
        ),
        pytest.param(
            {}, {}, {"DATABRICKS_HOST": HOST}, UnifiedAuth(None, HOST), id="the SDK's chain at last"
        ),
        pytest.param(
            {"databricks_profile": "dev"}, {}, ENV, UnifiedAuth("dev", HOST), id="a profile by name"
        ),
    ],
)
def test_connect(arguments: dict[str, Any], settings: Any, environ: dict[str, str], credential: Any) -> None:
    """Argument beats setting beats environment; the workspace is found in any of its forms."""
    connection = connect(arguments, Settings(**settings), environ)

    assert credential == connection.credential
    assert connection.base is not None
    assert HOST == connection.base.workspace_url


def test_no_base_anywhere() -> None:
    """Only the SDK's chain can tell then."""
    connection = connect({}, Settings(), {"DATABRICKS_CONFIG_PROFILE": "dev"})

    assert (None, UnifiedAuth("dev", None)) == (connection.base, connection.credential)


def test_broken_base() -> None:
    """An address that is none is refused when the call is made."""
    with pytest.raises(BadRequestError, match="api_base"):
        connect({"api_base": "ftp://x"}, Settings(), {})
