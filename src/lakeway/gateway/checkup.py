"""Whether deployments answer: each is asked for one word, or one vector. It costs a little money every time.

A row with a wildcard names no model. Its `health_check_model` is asked, or, for want of one, its host for the
list of models, which tells as much of address and credential.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import Struct

from lakeway.calls.chat import request_of as chat_request
from lakeway.calls.embed import request_of as embedding_request
from lakeway.core import flow
from lakeway.core.exchange import Exchange
from lakeway.core.http import Timeout as Limits
from lakeway.core.steps import Flow
from lakeway.databricks import catalogue
from lakeway.errors import LakewayError, Timeout
from lakeway.gateway.caller import Caller
from lakeway.gateway.charge import attribute
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.discovery import discover
from lakeway.gateway.gateway import Gateway

SECONDS: Final = 60.0  # LiteLLM's health_check_timeout
AT_ONCE: Final = 8
WORD: Final = "Hi"


class Verdict(Struct, frozen=True, eq=False):
    """`error` is why the deployment is not well."""

    deployment: Deployment
    error: LakewayError | None

    def told(self) -> dict[str, Any]:
        """LiteLLM's row: the parameters without their secrets."""
        deployment = self.deployment
        told = {"api_base": deployment.api_base, **deployment.public, "model_id": deployment.id}
        return told if self.error is None else {**told, "error": str(self.error)}


async def examine(gateway: Gateway, caller: Caller, deployments: Iterable[Deployment]) -> list[Verdict]:
    """Ask all of them, a few at a time; verdicts come in the same order. Nothing is raised."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(deployment: Deployment) -> Verdict:
        async with turn:
            return Verdict(deployment, await _ailment(gateway, caller, deployment))

    return list(await asyncio.gather(*map(one, deployments)))


async def _ailment(gateway: Gateway, caller: Caller, deployment: Deployment) -> LakewayError | None:
    seconds = _seconds(deployment)
    try:
        async with asyncio.timeout(seconds):
            await gateway.state.run(question(deployment, caller, seconds), _unobserved)
    except LakewayError as error:
        return error
    except TimeoutError:
        return Timeout(f"There was no answer within {seconds:g} s.", deployment.target.alias)
    return None


def question(deployment: Deployment, caller: Caller, seconds: float) -> Flow[object]:
    """What the deployment is asked. The row's own defaults stay out of it: they may want a longer answer."""
    named = deployment.model_info.get("health_check_model")
    if isinstance(named, str) and named:
        deployment = deployment.serving(named)
    elif "*" in deployment.target.model:
        return (yield from discover(deployment.target))
    return (yield from flow.attempt(_exchange(deployment, caller, seconds)))


def _exchange(deployment: Deployment, caller: Caller, seconds: float) -> Exchange:
    target = msgspec.structs.replace(deployment.target, timeout=Limits(total=seconds))
    params: dict[str, Any] = {}
    attribute(params, caller, deployment)
    control, leniency = deployment.control, deployment.leniency
    if _mode(deployment) == "embedding":
        return deployment.provider.embeddings(target, embedding_request([WORD], control, params, leniency))
    params["max_tokens"] = int(_number(deployment, "health_check_max_tokens") or 1)
    messages = [{"role": "user", "content": WORD}]
    return deployment.provider.chat(target, chat_request(messages, control, params, leniency))


def _mode(deployment: Deployment) -> object:
    """The row's word counts, then the catalogue's, then what the name suggests."""
    if stated := deployment.model_info.get("mode"):
        return stated
    name = deployment.target.model
    known = catalogue.find(name)
    if known is not None:
        return known.mode
    return "embedding" if catalogue.infer_family(name) == "embed" else "chat"


def _seconds(deployment: Deployment) -> float:
    return _number(deployment, "health_check_timeout") or SECONDS


def _number(deployment: Deployment, name: str) -> float | None:
    """What the row says, if that can be meant."""
    given = deployment.model_info.get(name)
    usable = isinstance(given, int | float) and not isinstance(given, bool) and given > 0
    return given if usable else None


def _unobserved(_step: object, _result: object, _seconds: float) -> None: ...
