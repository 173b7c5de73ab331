"""The databricks-sdk chain: profiles, environment, Azure and Google logins, notebooks, browsers.

The only file that imports databricks-sdk, and only when it is asked: that takes more than a second.
Everything here blocks; an event loop calls it in a thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

from lakeway.auth.credentials import UnifiedAuth
from lakeway.auth.token import Token
from lakeway.core.http import HeaderPairs
from lakeway.core.steps import Credential
from lakeway.errors import APIConnectionError, AuthenticationError, BadRequestError, LakewayError

# The SDK renews what it hands out 40 s before the end, but does not say when that is.
SERVED_FOR = 30.0
SERVED_FRESH_FOR = 15.0
# For each request that the SDK makes of its own; by default it tries for five minutes.
SDK_PATIENCE = 30


class Config(Protocol):
    """The part of `databricks.sdk.config.Config` that is used here."""

    host: str | None
    workspace_id: str | None

    def authenticate(self) -> dict[str, str]: ...


def open_config(credential: UnifiedAuth) -> Config:
    """Let databricks-sdk find a way in. Raises BadRequestError when it is not installed or finds none."""
    try:
        from databricks.sdk.config import Config as SdkConfig
    except ImportError as missing:
        raise _no_credentials(
            f"databricks-sdk, which would look for a profile or a login, cannot be imported ({missing})",
            'pip install "lakeway[databricks]"',
        ) from missing
    try:
        return _matching_config(SdkConfig, credential)
    except ValueError as refusal:
        raise _not_opened(refusal, credential) from refusal


class UnifiedChain:
    """Configurations of databricks-sdk, opened once each: opening may ask the network, a tool or a person."""

    def __init__(self, open_config: Callable[[UnifiedAuth], Config] = open_config) -> None:
        self._open_config = open_config
        self._configs: dict[UnifiedAuth, Config] = {}
        self._opening = threading.Lock()

    def headers(self, credential: UnifiedAuth) -> HeaderPairs:
        """Headers that authorize a request. The SDK keeps and renews the token behind them.

        Raises AuthenticationError with the SDK's reason, APIConnectionError when it got no answer.
        """
        config = self._config(credential)
        try:
            headers = config.authenticate()
        except (ValueError, OSError, NotImplementedError) as refusal:
            raise _failure(refusal, credential) from refusal
        return _pairs(headers, config)

    def host(self, credential: Credential) -> str:
        """The workspace, as `https://…` without a path, that `credential` is for.

        One that says nothing about it, such as a bare token, is for the workspace of the default profile.
        Raises BadRequestError when none is configured.
        """
        if isinstance(credential, UnifiedAuth):
            return self._host(credential)
        try:
            return self._host(UnifiedAuth())
        except BadRequestError as unknown:
            raise _no_host() from unknown

    def opened_host(self, credential: Credential) -> str | None:
        """The same where it is known already; does not block."""
        config = self._configs.get(credential if isinstance(credential, UnifiedAuth) else UnifiedAuth())
        return config.host if config is not None else None

    def _host(self, credential: UnifiedAuth) -> str:
        host = self._config(credential).host
        if not host:
            raise _no_host(_with_profile(credential))
        return host

    def forget(self, credential: UnifiedAuth) -> None:
        """Start again from the environment and the files: the token that the SDK keeps was refused."""
        self._configs.pop(credential, None)

    def _config(self, credential: UnifiedAuth) -> Config:
        config = self._configs.get(credential)
        if config is not None:
            return config
        with self._opening:
            config = self._configs.get(credential)
            if config is None:
                config = self._open_config(credential)
                self._configs[credential] = config
            return config


SHARED = UnifiedChain()


def served_briefly(headers: HeaderPairs, now: float) -> Token:
    """The SDK's headers as a token: to be asked for again soon, which costs nothing while they are good."""
    return Token(headers, expires_at=now + SERVED_FOR, refresh_at=now + SERVED_FRESH_FOR)


def resolve_host(profile: str | None = None) -> str:
    """The host of the workspace that databricks-sdk would talk to; blocks for a second the first time."""
    return SHARED.host(UnifiedAuth(profile=profile))


def _matching_config(sdk_config: Callable[..., Any], credential: UnifiedAuth) -> Config:
    """The SDK reads no default profile when it is given a host. One for that very host is good all the
    same; one for another is not: its token must not be sent to strangers."""
    given = {"profile": credential.profile, "host": credential.host}
    try:
        return _opened(sdk_config, **given)
    except ValueError:
        if credential.host is None or credential.profile is not None:
            raise
        by_default = _opened(sdk_config)
        if _authority(by_default.host) != _authority(credential.host):
            raise
        return by_default


def _opened(sdk_config: Callable[..., Any], **given: str | None) -> Config:
    config: Config = sdk_config(
        retry_timeout_seconds=SDK_PATIENCE, http_timeout_seconds=SDK_PATIENCE, **given
    )
    return config


def _authority(host: str | None) -> str:
    host = host or ""
    return urlsplit(host if "://" in host else f"https://{host}").netloc.lower()


def _pairs(headers: dict[str, str], config: Config) -> HeaderPairs:
    """One host may serve many workspaces; the SDK then names the workspace on every call (serving.py)."""
    pairs = [(name.lower(), value) for name, value in headers.items()]
    if config.workspace_id:
        pairs.append(("x-databricks-workspace-id", str(config.workspace_id)))
    return tuple(pairs)


def _failure(refusal: Exception, credential: UnifiedAuth) -> LakewayError:
    from requests.exceptions import ConnectionError as NoConnection
    from requests.exceptions import Timeout as NoAnswer

    unreachable = isinstance(refusal, NoConnection | NoAnswer)
    error_class = APIConnectionError if unreachable else AuthenticationError
    return error_class(
        f"databricks-sdk got no token{_with_profile(credential)}: {refusal}", llm_provider="databricks"
    )


def _not_opened(refusal: ValueError, credential: UnifiedAuth) -> BadRequestError:
    """Nothing is configured, or something is and will not do: the remedies differ."""
    if "cannot configure default credentials" in str(refusal):
        return _no_credentials(
            f"databricks-sdk found none{_with_profile(credential)} either ({refusal})",
            "log in with `databricks auth login`",
        )
    return BadRequestError(
        f"databricks-sdk cannot use what is configured{_with_profile(credential)}: {refusal}",
        llm_provider="databricks",
    )


def _no_credentials(found: str, remedy: str) -> BadRequestError:
    # LiteLLM's users match on "the Databricks base URL and API key are not set".
    return BadRequestError(
        f"No credentials: the Databricks base URL and API key are not set, and {found}. "
        f"Set DATABRICKS_HOST and DATABRICKS_TOKEN, pass api_base and api_key, or {remedy}.",
        llm_provider="databricks",
    )


def _no_host(profile: str = "") -> BadRequestError:
    return BadRequestError(
        f"No workspace: the Databricks base URL is not set, and databricks-sdk knows no host{profile}. "
        "Set DATABRICKS_HOST or pass api_base.",
        llm_provider="databricks",
    )


def _with_profile(credential: UnifiedAuth) -> str:
    return f" with profile {credential.profile!r}" if credential.profile else ""
