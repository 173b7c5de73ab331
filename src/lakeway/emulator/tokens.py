"""Who may come in: personal access tokens and tokens issued by the workspace's own OIDC.

A missing credential is a 401, a wrong or an expired one a 403, both with the status as error code.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from urllib.parse import parse_qs

import msgspec

from lakeway.emulator.envelopes import numbered, oidc
from lakeway.emulator.exchange import Request, Whole, as_json
from lakeway.emulator.settings import Settings

_MOST_TOKENS = 10_000


class Tokens:
    """The tokens this workspace accepts, and those it issued with the second they lapse."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._issued: dict[str, tuple[str, float]] = {}
        self._serial = 0

    def requester(self, authorization: str | None) -> str:
        """Who presents `authorization`; raises `ApiError` when nobody we know."""
        scheme, _, value = (authorization or "").partition(" ")
        if scheme.lower() == "basic":
            user, _, value = _decoded(value).partition(":")
            scheme = "bearer" if user == "token" else scheme
        if scheme.lower() != "bearer" or not value.strip():
            raise numbered(401, "Credential was not sent or was of an unsupported type for this API.")
        return self._known(value.strip())

    def _known(self, token: str) -> str:
        client, lapses = self._issued.get(token, ("", 0.0))
        if client and lapses > self._clock():
            return client
        if any(hmac.compare_digest(token.encode(), own.encode()) for own in self._settings.tokens):
            return "token"
        if self._settings.any_token and token.startswith("dapi"):
            return "token"
        raise numbered(403, "Invalid access token.")

    def issue(self, request: Request) -> Whole:
        """`POST /oidc/v1/token`: client credentials for an access token."""
        form = {
            name: values[0] for name, values in parse_qs(request.content.decode(errors="replace")).items()
        }
        client, secret = self._client(request.headers.get("authorization"), form)
        known = self._settings.clients.get(client)
        if known is None or not hmac.compare_digest(known.encode(), secret.encode()):
            raise oidc(401, "invalid_client", "Client authentication failed")
        if form.get("grant_type") != "client_credentials":
            raise oidc(400, "unsupported_grant_type", f"Unsupported grant type: {form.get('grant_type', '')}")
        scope = form.get("scope", "all-apis")
        lifetime = self._settings.token_lifetime
        token = self._mint(client, scope, lifetime)
        expires = int(lifetime) if float(lifetime).is_integer() else lifetime
        return as_json({"access_token": token, "scope": scope, "token_type": "Bearer", "expires_in": expires})

    def expire(self) -> int:
        """Lapse every issued token now; how many there were."""
        count = len(self._issued)
        self._issued = {token: (client, 0.0) for token, (client, _) in self._issued.items()}
        return count

    def _client(self, authorization: str | None, form: dict[str, str]) -> tuple[str, str]:
        scheme, _, value = (authorization or "").partition(" ")
        if scheme.lower() == "basic":
            client, _, secret = _decoded(value).partition(":")
            return client, secret
        return form.get("client_id", ""), form.get("client_secret", "")

    def _mint(self, client: str, scope: str, lifetime: float) -> str:
        """A token in the form of a JWT; nothing in it is checked but its being ours."""
        self._serial += 1
        now = self._clock()
        claims = {
            "sub": client,
            "scope": scope,
            "iat": int(now),
            "exp": int(now + lifetime),
            "jti": self._serial,
        }
        token = ".".join(_encoded(part) for part in ({"alg": "RS256", "typ": "at+jwt"}, claims, "emulated"))
        self._issued[token] = (client, now + lifetime)
        if len(self._issued) > _MOST_TOKENS:
            del self._issued[next(iter(self._issued))]
        return token


def host_metadata(host: str, workspace_id: str) -> Whole:
    """`GET /.well-known/databricks-config`: where databricks-sdk begins (sdk 0.156, oauth.py)."""
    return as_json(
        {
            "oidc_endpoint": f"{host}/oidc",
            "account_id": "00000000-0000-4000-8000-00000000acc0",
            "workspace_id": workspace_id,
            "cloud": "AWS",
        }
    )


def discovery(host: str) -> Whole:
    """`GET /oidc/.well-known/oauth-authorization-server`."""
    return as_json(
        {
            "issuer": f"{host}/oidc",
            "authorization_endpoint": f"{host}/oidc/v1/authorize",
            "token_endpoint": f"{host}/oidc/v1/token",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "scopes_supported": ["all-apis", "ai-gateway", "unity-catalog"],
        }
    )


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value).decode()
    except ValueError:
        return ""


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()
