"""Which host that speaks OpenAI's dialect a call goes to, and by what right: argument, then environment.

The package's own settings are a workspace's: neither its address nor its key goes to another host.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from lakeway.auth.credentials import NoCredential, StaticToken
from lakeway.calls import arguments as args
from lakeway.calls import checked
from lakeway.calls.headers import headers
from lakeway.core import model_name
from lakeway.core.http import HeaderPairs
from lakeway.core.steps import Credential
from lakeway.errors import AuthenticationError, BadRequestError
from lakeway.providers.openai_compatible import OPENAI, PROVIDER, OpenAITarget, base_of
from lakeway.settings import Settings


class Host(Struct, frozen=True):
    """What stands in for an argument that is not given: variables, then `base`."""

    addresses: tuple[str, ...]
    key: str
    base: str | None = None


_OPENAI = Host(("OPENAI_BASE_URL", "OPENAI_API_BASE"), "OPENAI_API_KEY", OPENAI)
# By LiteLLM's prefixes, with the variables that it reads (LiteLLM 1.109.1).
HOSTS: Mapping[str, Host] = {
    "custom_openai": _OPENAI,
    "hosted_vllm": Host(("HOSTED_VLLM_API_BASE",), "HOSTED_VLLM_API_KEY"),
    "openai": _OPENAI,
    "openai_like": Host(("OPENAI_LIKE_API_BASE",), "OPENAI_LIKE_API_KEY"),
}
AUTHORIZING = frozenset({"api-key", "authorization", "x-api-key"})


def prefix_of(model: str, custom_llm_provider: str | None = None) -> str | None:
    """The one of `HOSTS` that a model is to be found at; None for any other provider's."""
    prefix, slash, _ = model.partition("/")
    named = custom_llm_provider or (prefix if slash else "")
    return named if named in HOSTS else None


def target_of(
    model: str,
    prefix: str,
    control: Mapping[str, Any],
    settings: Settings,
    environ: Mapping[str, str],
    *,
    stream: bool = False,
) -> OpenAITarget:
    """Where `model` is served, `prefix` being one of `HOSTS`.

    Raises BadRequestError for a base that is none or is missing, AuthenticationError where OpenAI's own API
    would be called without a key.
    """
    host = HOSTS[prefix]
    base = _base(host, control, environ, model)
    # Headers that were set for all calls were set for a workspace.
    own_headers = headers(control, msgspec.structs.replace(settings, headers=None), environ)
    return OpenAITarget(
        model=named(model, prefix),
        alias=model,
        credential=_credential(host, base, control, own_headers, environ, model),
        headers=own_headers,
        timeout=args.timeout(control, settings, stream=stream),
        base=base,
    )


def named(model: str, prefix: str) -> str:
    """The name on the wire, which may hold slashes of its own. Raises BadRequestError where none is left."""
    name = model_name.parse(model, prefix).model
    if not name:
        raise BadRequestError(f"There is no model's name after {model!r}.", model, PROVIDER, param="model")
    return name


def _base(host: Host, control: Mapping[str, Any], environ: Mapping[str, str], model: str) -> str:
    given = checked.text(control, "base_url") or checked.text(control, "api_base")
    address = given or next(filter(None, map(environ.get, host.addresses)), host.base)
    if address is None:
        variable = host.addresses[0]
        raise BadRequestError(
            f"api_base is missing: where {model!r} is served is not known, and {variable} is not set.",
            model,
            PROVIDER,
            param="api_base",
        )
    return base_of(address)


def _credential(
    host: Host,
    base: str,
    control: Mapping[str, Any],
    own_headers: HeaderPairs,
    environ: Mapping[str, str],
    model: str,
) -> Credential:
    """A key; none where the caller's headers authorize, or the host, such as a vLLM nearby, may ask none."""
    if key := checked.text(control, "api_key"):
        return StaticToken(key)
    if any(name.lower() in AUTHORIZING for name, _ in own_headers):
        return NoCredential()
    if key := environ.get(host.key):
        return StaticToken(key)
    if base == OPENAI:
        raise AuthenticationError(
            f"There is no key for {OPENAI}: api_key and {host.key} are not set.", PROVIDER, model
        )
    return NoCredential()
