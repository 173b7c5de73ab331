"""The databricks-sdk chain: the real SDK on the test's own profiles, and stand-ins for its faults."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from requests.exceptions import ConnectTimeout

from lakeway.auth import StaticToken, UnifiedAuth
from lakeway.auth.token import Token, state
from lakeway.auth.unified import UnifiedChain, open_config, resolve_host, served_briefly
from lakeway.errors import APIConnectionError, AuthenticationError, BadRequestError

# LiteLLM's own tests ask for this text (litellm-databricks, missing credentials).
CONTRACT = "the Databricks base URL and API key are not set"


class Workspace(BaseHTTPRequestHandler):
    """Answers every look-up of the SDK, such as /.well-known/databricks-config, with 404."""

    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def workspace() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Workspace)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def profiles(workspace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No variables but the test's, and a file with two profiles."""
    for name in ("HOST", "TOKEN", "CLIENT_ID", "CLIENT_SECRET", "CONFIG_PROFILE", "AUTH_TYPE"):
        monkeypatch.delenv(f"DATABRICKS_{name}", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))  # no databricks, az or gcloud to be asked for a login
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "profiles"
    path.write_text(
        f"[DEFAULT]\nhost = {workspace}\ntoken = dapi-default\n"
        f"[dev]\nhost = {workspace}\ntoken = dapi-dev\nworkspace_id = 42\n"
    )
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(path))
    return path


def test_a_profile_gives_headers_and_host(workspace: str):
    """The workspace id goes along, as on every call of the SDK: one host may serve many workspaces."""
    chain, dev = UnifiedChain(), UnifiedAuth("dev")

    expected = (("authorization", "Bearer dapi-dev"), ("x-databricks-workspace-id", "42"))
    assert expected == chain.headers(dev)
    assert workspace == chain.host(dev)
    assert workspace == resolve_host("dev")


def test_without_a_name_the_default_profile_counts():
    """As everywhere in Databricks' own tools."""
    assert (("authorization", "Bearer dapi-default"),) == UnifiedChain().headers(UnifiedAuth())


def test_variables_come_before_the_file(workspace: str, monkeypatch):
    """DATABRICKS_HOST and DATABRICKS_TOKEN win over the default profile."""
    monkeypatch.setenv("DATABRICKS_HOST", workspace)
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi-env")

    assert (("authorization", "Bearer dapi-env"),) == UnifiedChain().headers(UnifiedAuth())


def test_a_host_finds_the_default_profile_of_that_host(workspace: str):
    """The SDK alone would read no file once it is given a host."""
    assert (("authorization", "Bearer dapi-default"),) == UnifiedChain().headers(
        UnifiedAuth(host=workspace + "/serving-endpoints")
    )


def test_a_token_is_not_sent_to_another_host(workspace: str):
    """The default profile is for its own workspace only."""
    other = workspace.replace("127.0.0.1", "localhost")

    with pytest.raises(BadRequestError, match=CONTRACT):
        UnifiedChain().headers(UnifiedAuth(host=other))


def test_nothing_configured_says_what_to_set(profiles: Path):
    """LiteLLM's text, the SDK's own reason, and every remedy."""
    profiles.unlink()

    with pytest.raises(BadRequestError, match="cannot configure default credentials") as caught:
        UnifiedChain().headers(UnifiedAuth())

    for part in (CONTRACT, "DATABRICKS_HOST and DATABRICKS_TOKEN", "api_base and api_key", "auth login"):
        assert part in caught.value.message


def test_a_mistake_in_what_is_configured_is_told_as_such():
    """Whoever names a profile that is not there is not told to log in."""
    with pytest.raises(BadRequestError, match=r"with profile 'prod': .* has no prod profile") as caught:
        UnifiedChain().headers(UnifiedAuth("prod"))

    assert CONTRACT not in caught.value.message


def test_a_missing_package_says_what_to_install(monkeypatch):
    """Without databricks-sdk the error names the extra that brings it."""
    monkeypatch.setitem(sys.modules, "databricks.sdk.config", None)

    with pytest.raises(BadRequestError) as caught:
        open_config(UnifiedAuth())

    for part in (CONTRACT, "DATABRICKS_HOST and DATABRICKS_TOKEN", 'pip install "lakeway[databricks]"'):
        assert part in caught.value.message
    assert isinstance(caught.value.__cause__, ImportError)


class Config:
    """A configuration without a host, whose `authenticate` does what the test says."""

    host = None
    workspace_id = None

    def __init__(self, outcome: Exception | dict[str, str]) -> None:
        self._outcome = outcome

    def authenticate(self) -> dict[str, str]:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


@pytest.mark.parametrize(
    ("refusal", "error_class"),
    [
        (ValueError("invalid_client: Client authentication failed"), AuthenticationError),
        (OSError("cannot get access token"), AuthenticationError),
        (NotImplementedError("Not supported yet"), AuthenticationError),
        (ConnectTimeout("no answer"), APIConnectionError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_a_refusal_keeps_the_reason_of_the_sdk(refusal: Exception, error_class: type[Exception]):
    """What the SDK could not do is told in its words; only a lost connection is worth a retry."""
    chain = UnifiedChain(lambda credential: Config(refusal))

    with pytest.raises(error_class) as caught:
        chain.headers(UnifiedAuth("dev"))

    assert f"with profile 'dev': {refusal}" in caught.value.message
    assert caught.value.__cause__ is refusal


def test_a_configuration_without_a_host_is_named():
    """An account's profile may have none."""
    with pytest.raises(BadRequestError, match=r"no host with profile 'dev'\. Set DATABRICKS_HOST"):
        UnifiedChain(lambda credential: Config({})).host(UnifiedAuth("dev"))


def test_a_bare_token_goes_to_the_default_workspace(workspace: str):
    """As in LiteLLM: a key without a base takes the host that the SDK finds."""
    chain = UnifiedChain()

    assert chain.opened_host(StaticToken("dapi-1")) is None
    assert workspace == chain.host(StaticToken("dapi-1"))
    assert workspace == chain.opened_host(StaticToken("dapi-1"))


def test_a_token_without_a_workspace_is_told_so(profiles: Path):
    """The key is set: the message must not ask for one."""
    profiles.unlink()

    with pytest.raises(BadRequestError, match="the Databricks base URL is not set") as caught:
        UnifiedChain().host(StaticToken("dapi-1"))

    assert "API key" not in caught.value.message


def test_a_configuration_is_opened_once():
    """Opening may ask a person to log in: once is enough, until it is forgotten."""
    opened: list[UnifiedAuth] = []

    def open_it(credential: UnifiedAuth) -> Config:
        opened.append(credential)
        return Config({"Authorization": "Bearer t"})

    chain, dev, prod = UnifiedChain(open_it), UnifiedAuth("dev"), UnifiedAuth("prod")
    for credential in (dev, dev, prod, dev):
        chain.headers(credential)
    chain.forget(dev)
    chain.headers(dev)

    assert [dev, prod, dev] == opened


@pytest.mark.parametrize(("elapsed", "expected"), [(14, "fresh"), (15, "stale"), (30, "expired")])
def test_the_headers_of_the_sdk_serve_briefly(elapsed: float, expected: str):
    """Within 30 s it is asked again, since it hands out tokens with as little as 40 s left."""
    token = served_briefly((("authorization", "Bearer t"),), 1000)

    assert isinstance(token, Token)
    assert expected == state(token, 1000 + elapsed)


def test_nothing_loads_the_sdk_but_a_call():
    """The module imports without databricks-sdk, which takes more than a second."""
    code = "import sys, lakeway.auth.sync; sys.exit(any(m.startswith('databricks') for m in sys.modules))"

    assert subprocess.run([sys.executable, "-c", code], timeout=10, check=False).returncode == 0
