"""Which workspace a call goes to, and by what right: argument, setting, environment, then the SDK's chain."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lakeway.auth.credentials import NoCredential, OAuthM2M, StaticToken, UnifiedAuth
from lakeway.core.steps import Credential
from lakeway.databricks.surfaces import Base, parse, token_url
from lakeway.settings import Settings


class Connection(Struct, frozen=True):
    """`base` is None when only databricks-sdk's chain can tell the workspace."""

    base: Base | None
    credential: Credential


def connect(
    arguments: Mapping[str, Any], settings: Settings, environ: Mapping[str, str] = os.environ
) -> Connection:
    """Settle base and credential. Raises BadRequestError for a base that is none."""
    address = (
        arguments.get("base_url")
        or arguments.get("api_base")
        or settings.api_base
        or environ.get("DATABRICKS_API_BASE")
        or environ.get("DATABRICKS_HOST")
    )
    base = parse(address) if address else None
    return Connection(base, _credential(arguments, settings, environ, base))


def _credential(
    arguments: Mapping[str, Any], settings: Settings, environ: Mapping[str, str], base: Base | None
) -> Credential:
    """What the caller passed for this very call beats what was set for all of them; within each, a token
    beats a service principal, as in LiteLLM."""
    profile = arguments.get("databricks_profile") or arguments.get("profile")
    if token := arguments.get("api_key"):
        return StaticToken(token)
    if base and (pair := _pair(arguments.get("client_id"), arguments.get("client_secret"))):
        return OAuthM2M(token_url(base), *pair)
    if profile:
        return UnifiedAuth(profile, base.host_url if base else None)
    if _authorizes(arguments.get("extra_headers")) or _authorizes(arguments.get("headers")):
        return NoCredential()
    token = (
        settings.api_key
        or settings.databricks_key
        or environ.get("DATABRICKS_API_KEY")
        or environ.get("DATABRICKS_TOKEN")
    )
    if token:
        return StaticToken(token)
    pair = _pair(environ.get("DATABRICKS_CLIENT_ID"), environ.get("DATABRICKS_CLIENT_SECRET"))
    if base and pair:
        return OAuthM2M(token_url(base), *pair)
    return UnifiedAuth(environ.get("DATABRICKS_CONFIG_PROFILE"), base.host_url if base else None)


def _pair(client_id: str | None, client_secret: str | None) -> tuple[str, str] | None:
    return (client_id, client_secret) if client_id and client_secret else None


def _authorizes(headers: Mapping[str, str] | None) -> bool:
    return bool(headers) and any(name.lower() == "authorization" for name in headers or ())
