"""Which workspace and which credential a call gets, as a table of where each could come from."""

from __future__ import annotations

from typing import Any

import pytest

from lakeway.auth.credentials import NoCredential, OAuthM2M, StaticToken, UnifiedAuth
from lakeway.calls.connection import connect, redirected
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
        pytest.param(
            {"client_id": "id", "client_secret": "secret", "api_key": "arg"},
            {},
            ENV,
            StaticToken("arg"),
            id="a token passed beside it",
        ),
        pytest.param(
            {},
            {},
            {**ENV, "DATABRICKS_CLIENT_ID": "id"},
            StaticToken("env-key"),
            id="half a pair in the environment is none",
        ),
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
    ],
)
def test_connect(arguments: dict[str, Any], settings: Any, environ: dict[str, str], credential: Any) -> None:
    """Argument beats setting beats environment; the workspace is found in any of its forms."""
    connection = connect(arguments, Settings(**settings), environ)

    assert credential == connection.credential
    assert connection.base is not None
    assert HOST == connection.base.workspace_url


@pytest.mark.parametrize("name", ["databricks_profile", "profile"])
@pytest.mark.parametrize("environ", [ENV, {}, {"DATABRICKS_HOST": HOST}])
def test_a_profile_is_for_its_own_workspace(name: str, environ: dict[str, str]) -> None:
    """Its token must not go to wherever the environment points; only the call itself can say otherwise."""
    alone = connect({name: "dev"}, Settings(api_base=HOST), environ)
    named = connect({name: "dev", "api_base": BASE}, Settings(), environ)

    assert (None, UnifiedAuth("dev", None)) == (alone.base, alone.credential)
    assert UnifiedAuth("dev", HOST) == named.credential


def test_no_base_anywhere() -> None:
    """Only the SDK's chain can tell then."""
    connection = connect({}, Settings(), {"DATABRICKS_CONFIG_PROFILE": "dev"})

    assert (None, UnifiedAuth("dev", None)) == (connection.base, connection.credential)


@pytest.mark.parametrize(
    ("arguments", "param"),
    [
        ({"client_id": "id", "api_base": BASE}, "client_secret"),
        ({"client_secret": "secret", "api_base": BASE}, "client_id"),
        ({"client_id": "id", "client_secret": "", "api_base": BASE}, "client_secret"),
        ({"client_id": "id", "client_secret": "secret"}, "api_base"),
        ({"client_id": "id", "client_secret": "secret", "databricks_profile": "dev"}, "api_base"),
    ],
)
@pytest.mark.parametrize(
    "environ", [{"DATABRICKS_TOKEN": "personal"}, {"DATABRICKS_CONFIG_PROFILE": "personal"}, PAIR]
)
def test_a_service_principal_is_never_replaced(
    arguments: dict[str, Any], param: str, environ: dict[str, str]
) -> None:
    """Who asks for one is told what is missing; somebody's personal token is not used instead."""
    with pytest.raises(BadRequestError, match="service principal") as caught:
        connect(arguments, Settings(api_key="personal"), environ)

    assert param == caught.value.param


@pytest.mark.parametrize(
    "name",
    ["api_key", "api_base", "base_url", "client_id", "client_secret", "databricks_profile", "profile"],
)
def test_what_is_no_text(name: str) -> None:
    """A mistake is named, and not shown."""
    with pytest.raises(BadRequestError, match=f"{name} must be a string") as caught:
        connect({"api_base": BASE, name: 12345}, Settings(), {})

    assert "12345" not in str(caught.value)


OTHER = "https://adb-2.azuredatabricks.net"
CALL: dict[str, Any] = {
    "base_url": HOST,
    "api_key": "mine",
    "max_tokens": 5,
    "extra_headers": {"Authorization": "Bearer mine", "Cookie": "mine", "x-team": "search"},
}


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        pytest.param({}, CALL, id="nothing of its own"),
        pytest.param({"max_tokens": 9}, {**CALL, "max_tokens": 9}, id="a parameter"),
        pytest.param(
            {"api_base": OTHER},
            {"api_base": OTHER, "max_tokens": 5, "extra_headers": {"x-team": "search"}},
            id="another host gets no credential of the call's",
        ),
        pytest.param(
            {"api_base": OTHER, "api_key": "theirs"},
            {"api_base": OTHER, "api_key": "theirs", "max_tokens": 5, "extra_headers": {"x-team": "search"}},
            id="but its own",
        ),
        pytest.param(
            {"api_base": f"{HOST}/ai-gateway"},
            {name: value for name, value in CALL.items() if name != "base_url"}
            | {"api_base": f"{HOST}/ai-gateway"},
            id="another path of the same host does",
        ),
        pytest.param(
            {"client_id": "id", "client_secret": "secret"},
            {name: value for name, value in CALL.items() if name != "api_key"}
            | {"client_id": "id", "client_secret": "secret"},
            id="a credential replaces the other kind",
        ),
        pytest.param({"api_base": None}, {**CALL, "api_base": None}, id="None is not given"),
    ],
)
def test_redirected(overrides: dict[str, Any], expected: dict[str, Any]) -> None:
    """What a fallback is called with."""
    before = {**CALL, "extra_headers": dict(CALL["extra_headers"])}

    assert expected == redirected(CALL, overrides, Settings(), {})
    assert before == CALL


@pytest.mark.parametrize(
    ("environ", "credential"),
    [
        ({}, UnifiedAuth(None, OTHER)),
        ({"DATABRICKS_TOKEN": "everybody's"}, StaticToken("everybody's")),
        (PAIR, OAuthM2M(f"{OTHER}/oidc/v1/token", "id", "secret")),
    ],
)
def test_another_host_is_connected_anew(environ: dict[str, str], credential: Any) -> None:
    """Settings and environment count there as for any call."""
    given = redirected(CALL, {"api_base": OTHER}, Settings(), environ)

    assert credential == connect(given, Settings(), environ).credential


def test_broken_base() -> None:
    """An address that is none is refused when the call is made."""
    with pytest.raises(BadRequestError, match="api_base"):
        connect({"api_base": "ftp://x"}, Settings(), {})
