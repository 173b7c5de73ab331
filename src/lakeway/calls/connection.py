"""Which workspace a call goes to, and by what right: argument, setting, environment, then the SDK's chain."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lakeway.auth.credentials import NoCredential, OAuthM2M, StaticToken, UnifiedAuth
from lakeway.calls import checked
from lakeway.core.steps import Credential
from lakeway.databricks.surfaces import Base, parse, token_url
from lakeway.errors import BadRequestError
from lakeway.settings import Settings

Arguments = Mapping[str, Any]

ADDRESSES = frozenset({"base_url", "api_base"})
CREDENTIALS = frozenset({"api_key", "client_id", "client_secret", "databricks_profile", "profile"})
HEADERS = frozenset({"extra_headers", "headers"})
# What a caller's own headers may hold that is meant for one server alone.
PRIVATE = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key"})


class Connection(Struct, frozen=True):
    """`base` is None when only databricks-sdk's chain can tell the workspace."""

    base: Base | None
    credential: Credential


def connect(arguments: Arguments, settings: Settings, environ: Mapping[str, str] = os.environ) -> Connection:
    """Settle base and credential. Raises BadRequestError for a base that is none, and for a service principal
    that lacks its other half or its workspace: a weaker credential never takes its place."""
    base = _base(arguments, settings, environ)
    explicit = _explicit(arguments, base)
    if isinstance(explicit, UnifiedAuth):
        # A profile is for its own workspace, unless this very call names another: its token must not go
        # to wherever the environment happens to point.
        base = _base(arguments, Settings(), {})
        return Connection(base, UnifiedAuth(explicit.profile, base.host_url if base else None))
    return Connection(base, explicit or _ambient(settings, environ, base))


def _base(arguments: Arguments, settings: Settings, environ: Mapping[str, str]) -> Base | None:
    address = (
        checked.text(arguments, "base_url")
        or checked.text(arguments, "api_base")
        or settings.api_base
        or environ.get("DATABRICKS_API_BASE")
        or environ.get("DATABRICKS_HOST")
    )
    return parse(address) if address else None


def _explicit(arguments: Arguments, base: Base | None) -> Credential | None:
    """What the caller passed for this very call, which beats what was set for all of them; a token beats a
    service principal, as in LiteLLM."""
    if token := checked.text(arguments, "api_key"):
        return StaticToken(token)
    client_id, secret = checked.text(arguments, "client_id"), checked.text(arguments, "client_secret")
    if client_id or secret:
        return _service_principal(client_id, secret, base)
    if profile := checked.text(arguments, "databricks_profile") or checked.text(arguments, "profile"):
        return UnifiedAuth(profile, base.host_url if base else None)
    if any(_authorizes(checked.mapping(arguments, name)) for name in HEADERS):
        return NoCredential()
    return None


def _ambient(settings: Settings, environ: Mapping[str, str], base: Base | None) -> Credential:
    """What was set for all calls; again a token first."""
    token = (
        settings.api_key
        or settings.databricks_key
        or environ.get("DATABRICKS_API_KEY")
        or environ.get("DATABRICKS_TOKEN")
    )
    if token:
        return StaticToken(token)
    client_id, secret = environ.get("DATABRICKS_CLIENT_ID"), environ.get("DATABRICKS_CLIENT_SECRET")
    if base and client_id and secret:
        return OAuthM2M(token_url(base), client_id, secret)
    return UnifiedAuth(environ.get("DATABRICKS_CONFIG_PROFILE"), base.host_url if base else None)


def _service_principal(client_id: str | None, secret: str | None, base: Base | None) -> OAuthM2M:
    if not (client_id and secret):
        missing = "client_secret" if client_id else "client_id"
        raise _incomplete(f"a service principal has a client_id and a client_secret: pass {missing}", missing)
    if base is None:
        raise _incomplete("a service principal needs to know its workspace: pass api_base too", "api_base")
    return OAuthM2M(token_url(base), client_id, secret)


def _incomplete(reason: str, param: str) -> BadRequestError:
    return BadRequestError(f"{reason}.", llm_provider="databricks", param=param)


def _authorizes(headers: Mapping[str, str]) -> bool:
    return any(name.lower() == "authorization" for name in headers)


def redirected(
    arguments: Arguments,
    overrides: Arguments,
    settings: Settings,
    environ: Mapping[str, str] = os.environ,
) -> dict[str, Any]:
    """A call's keywords under those of one of its fallbacks.

    An address or a credential of the fallback's replaces the call's whole, whichever of their names either
    uses. To another host the call's own credential and private headers are not sent: there the fallback's
    count, or else what was set for all calls.
    """
    kept = dict(arguments)
    own = {name for name, value in overrides.items() if value}
    if own & ADDRESSES:
        kept = _without(kept, ADDRESSES)
        if not _same_host(_base(arguments, settings, environ), _base(overrides, settings, environ)):
            kept = _without(kept, CREDENTIALS)
            kept |= {name: _public(checked.mapping(kept, name)) for name in HEADERS if kept.get(name)}
    if own & CREDENTIALS:
        kept = _without(kept, CREDENTIALS)
    return {**kept, **overrides}


def _same_host(one: Base | None, other: Base | None) -> bool:
    return one is not None and other is not None and one.host_url == other.host_url


def _without(arguments: Arguments, names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in names}


def _public(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in headers.items() if name.lower() not in PRIVATE}
