"""Whether the gateway is alive and ready, as LiteLLM's probes expect it, and whether its models answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from lakeway.errors import NotFoundError, PermissionDeniedError
from lakeway.gateway import answers, query
from lakeway.gateway.call import Call
from lakeway.gateway.checkup import Verdict, examine
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.gateway import Gateway
from lakeway.transport.server import Reply, Request
from lakeway.version import __version__

SHUTTING_DOWN = {"status": "shutting_down"}


async def alive(gateway: Gateway, call: Call, _request: Request, reply: Reply) -> None:
    if gateway.state.draining:
        answers.whole(reply, SHUTTING_DOWN, call.head, 503)
    else:
        answers.whole(reply, "I'm alive!", call.head)


async def ready(gateway: Gateway, call: Call, _request: Request, reply: Reply) -> None:
    """Ready as soon as it answers, until it shuts down: everything is settled before the first request."""
    if gateway.state.draining:
        answers.whole(reply, SHUTTING_DOWN, call.head, 503)
    else:
        answers.whole(reply, _readiness(), call.head)


async def details(gateway: Gateway, call: Call, _request: Request, reply: Reply) -> None:
    """What LiteLLM's readiness told before it was made public, as far as it means anything here."""
    admission, status = gateway.state.admission, 503 if gateway.state.draining else 200
    told = {
        **(_readiness() if status == 200 else SHUTTING_DOWN),
        "cache": None,
        "compat": gateway.compat,
        "success_callbacks": sorted(gateway.assembly.callbacks),
        "log_level": logging.getLevelName(logging.getLogger("lakeway").getEffectiveLevel()),
        "deployments": len(gateway.groups.deployments),
        "running": admission.running,
        "waiting": admission.waiting,
    }
    answers.whole(reply, told, call.head, status)


async def models(gateway: Gateway, call: Call, request: Request, reply: Reply) -> None:
    """Ask every model, those of `model`, or the one of `model_id`: 503 when none that was named is well.

    Raises PermissionDeniedError for anybody but the owner, since it costs money, and NotFoundError for a
    name of nothing.
    """
    if not (call.caller.admin or gateway.access.open):
        raise PermissionDeniedError("Only the master key may ask every model: it costs money.")
    known = gateway.state.verdicts
    name, identity = query.text(request.query, "model"), query.text(request.query, "model_id")
    asked = [each for each in gateway.groups.deployments if _is_meant(each, name, identity)]
    if not asked and (named := identity or name):
        param = "model_id" if identity else "model"
        raise NotFoundError(f"There is no deployment of {named!r} here.", param=param)
    if known is None:
        verdicts = await examine(gateway, call.caller, asked)
    else:  # the latest background check, as LiteLLM has it
        meant = {each.id for each in asked}
        verdicts = [each for each in known if each.deployment.id in meant]
    well = any(each.error is None for each in verdicts)
    answers.whole(reply, report(verdicts), call.head, 200 if well or not (name or identity) else 503)


def _is_meant(deployment: Deployment, name: str | None, identity: str | None) -> bool:
    """LiteLLM takes either of a row's names as `model`."""
    by_name = name in (None, deployment.group, deployment.target.alias)
    return by_name and identity in (None, deployment.id)


def report(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    healthy = [each.told() for each in verdicts if each.error is None]
    unhealthy = [each.told() for each in verdicts if each.error is not None]
    return {
        "healthy_endpoints": healthy,
        "unhealthy_endpoints": unhealthy,
        "healthy_count": len(healthy),
        "unhealthy_count": len(unhealthy),
    }


def _readiness() -> dict[str, str]:
    return {"status": "healthy", "db": "Not connected", "lakeway_version": __version__}
