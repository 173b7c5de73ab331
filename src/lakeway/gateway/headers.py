"""The headers that tell what became of a call, under LiteLLM's names, as ready lines; what is not known is
left out."""

from __future__ import annotations

import random
import re
from functools import lru_cache
from typing import Final

from lakeway.core.http import Headers
from lakeway.errors import LakewayError
from lakeway.gateway.call import Call
from lakeway.version import __version__

CALL_ID: Final = b"x-litellm-call-id"
# Of the workspace's own session with us; a client has no use for it.
_KEPT_BACK = frozenset({"set-cookie", "www-authenticate"})
_A_CALL_ID = re.compile(rb"[\x21-\x7e]{1,128}")
_VERSION = f"x-lakeway-version: {__version__}\r\n".encode()


def call_id(given: bytes | None) -> str:
    """The client's own, if it can stand in a header, or a new one."""
    if given is not None and _A_CALL_ID.fullmatch(given):
        return given.decode()
    # A UUID of version 4. It has to be different, not secret, so no system call is spent on it.
    bits = random.getrandbits(128) & ~(0xF << 76 | 0x3 << 62) | (0x4 << 76 | 0x2 << 62)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def of_call(call_id: str) -> bytes:
    """Under LiteLLM's name, and under that which OpenAI's clients show as the id of the request."""
    told = call_id.encode()
    return b"x-litellm-call-id: %b\r\nx-request-id: %b\r\n%b" % (told, told, _VERSION)


def of_answer(call: Call, upstream: Headers) -> bytes:
    """Which deployment answered, after how much effort, and what the server behind it said. The call is
    over, or its stream is about to begin."""
    deployment = call.deployment
    assert deployment is not None  # noqa: S101 - it has answered
    until = call.ended if call.first is None else call.first
    caller = call.caller
    return b"%b%b%bx-litellm-overhead-duration-ms: %.3f\r\n%b" % (
        call.head,
        _of_deployment(deployment.id, deployment.group, deployment.api_base),
        _effort(call.retries, call.fallbacks),
        max(0.0, until - call.began - call.upstream - call.waited) * 1000,
        _upstream(upstream, limits=caller.rpm is None and caller.tpm is None),
    )


def of_charge(call: Call, spend: float) -> bytes:
    """What a whole answer took, and what its key has spent so far: USD under LiteLLM's names, DBU under
    ours."""
    told = b"x-litellm-response-duration-ms: %.3f\r\nx-litellm-key-spend: %.10g\r\n" % (
        (call.ended - call.began) * 1000,
        spend,
    )
    if call.cost is None:
        return told
    return b"%bx-litellm-response-cost: %b\r\nx-lakeway-response-cost-dbu: %b\r\n" % (
        told,
        repr(call.cost.usd).encode(),
        repr(call.cost.dbu).encode(),
    )


def of_error(error: LakewayError, call: Call | None = None) -> bytes:
    told = b""
    if call is not None and call.deployment is not None:
        deployment = call.deployment
        told = _of_deployment(deployment.id, deployment.group, deployment.api_base)
        told += _effort(call.retries, call.fallbacks)
    if error.llm_provider is None:  # they are our own
        return told + b"".join(_line(name, value) for name, value in error.headers.items())
    return told + _upstream(Headers(error.headers.items()))


@lru_cache(maxsize=1024)
def _of_deployment(identity: str, group: str, api_base: str) -> bytes:
    values = {"model-id": identity, "model-group": group, "model-api-base": api_base}
    return b"".join(_line(f"x-litellm-{name}", value) for name, value in values.items())


@lru_cache(maxsize=128)
def _effort(retries: int, fallbacks: int) -> bytes:
    return b"x-litellm-attempted-retries: %d\r\nx-litellm-attempted-fallbacks: %d\r\n" % (retries, fallbacks)


def _upstream(headers: Headers, *, limits: bool = True) -> bytes:
    """The server's headers under LiteLLM's names; its rate limits under their own as well, if these `limits`
    are all that the client has to know: a key may have its own, under the same names."""
    lines = headers.lines
    if lines and not _is_to_be_looked_at(lines.lower()):
        return b"llm_provider-" + lines[:-2].replace(b"\r\n", b"\r\nllm_provider-") + b"\r\n"
    told = []
    for name, value in headers.items():
        if name in _KEPT_BACK:
            continue
        told.append(f"llm_provider-{name}: {value}\r\n")
        if limits and name.startswith("x-ratelimit-"):
            told.append(f"{name}: {value}\r\n")
    return "".join(told).encode("latin-1", "replace")


def _is_to_be_looked_at(lines: bytes) -> bool:
    return b"x-ratelimit-" in lines or b"set-cookie" in lines or b"www-authenticate" in lines


def _line(name: str, value: str) -> bytes:
    return b"%b: %b\r\n" % (name.encode(), _latin(value))


def _latin(text: str) -> bytes:
    """HTTP carries one line of Latin-1; a name in a configuration may hold more."""
    return re.sub(rb"[\x00-\x1f\x7f]", b"?", text.encode("latin-1", "replace"))
