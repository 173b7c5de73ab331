"""What can be told to the emulator before it starts, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from lakeway.emulator.models import Task

TOKEN = "dapi-emulator"  # noqa: S105 - opens nothing but the emulator
CLIENT_ID = "emulator-client"
CLIENT_SECRET = "emulator-secret"  # noqa: S105 - likewise
BODY_LIMIT = 33_554_432


class Endpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A serving endpoint of the user's own: its name, and the family whose manners it has.

    A name with two dots is a Unity model service and answers on the gateway only. `ready=False` is an
    endpoint that is scaled to zero.
    """

    name: str
    family: str = "llama"
    task: Task = "chat"
    max_input: int = 128_000
    ready: bool = True


class RateLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of every endpoint: input and output tokens a minute, queries an hour, requests a minute.

    `published=True` takes the Enterprise figures of each model where none is given. `text` picks the words
    of the 429: "real", "older", or "documented" (the body the docs print). `rpm` is a limit set by a user
    and answers with the words for such limits. `as_bad_request` answers 400 instead, as one client saw.
    """

    itpm: int | None = None
    otpm: int | None = None
    qph: int | None = None
    rpm: int | None = None
    published: bool = False
    retry_after: bool = False
    text: Literal["real", "older", "documented"] = "real"
    as_bad_request: bool = False


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the workspace behaves. Delays are seconds; `faults` have the grammar of `emulator.faults`.

    `retired`: "refuse" answers 400 as the service does, "answer" lets retired models reply.
    `strict_reasoning` demands the reasoning item back in tool turns while thinking is on.
    `cache_usage`: whether Claude's prompt_tokens include the cached ones; sources differ, so both exist.
    """

    tokens: tuple[str, ...] = (TOKEN,)
    any_token: bool = False
    clients: Mapping[str, str] = msgspec.field(default_factory=lambda: {CLIENT_ID: CLIENT_SECRET})
    token_lifetime: float = 3600
    endpoints: tuple[Endpoint, ...] = ()
    not_ready: tuple[str, ...] = ()
    retired: Literal["refuse", "answer"] = "refuse"
    strict_reasoning: bool = True
    cache_usage: Literal["inclusive", "exclusive"] = "inclusive"
    first_byte_delay: float = 0.0
    token_delay: float = 0.0
    limits: RateLimits | None = None
    faults: tuple[str, ...] = ()
    body_limit: int = BODY_LIMIT
    recorded: int = 1000
    signing_secret: bytes = b"lakeway-emulator"
    workspace_id: str = "1234567890123456"


def read_settings(given: Mapping[str, Any]) -> Settings:
    """Settings from plain values, nested ones as dicts if you like; raises ValueError with the path."""
    return msgspec.convert(given, Settings)
