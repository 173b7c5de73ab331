"""`/_emulator/*`: what tests ask and tell the emulator itself. No workspace has these; no token is needed.

GET requests, usage; POST reset, expire-tokens, faults (body: the plan as text).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lakeway.emulator.envelopes import coded
from lakeway.emulator.exchange import Outcome, Request, as_json
from lakeway.emulator.workspace import Workspace

ADMIN = "/_emulator/"


def administer(workspace: Workspace, request: Request) -> Outcome:
    """Answer an admin request; raises `ApiError` for a fault that cannot be read."""
    action = _ACTIONS.get((request.method, request.path.removeprefix(ADMIN)))
    if action is None:
        known = ", ".join(f"{method} {ADMIN}{name}" for method, name in _ACTIONS)
        return as_json({"error": f"No such action; there are: {known}"}, status=404)
    return as_json(action(workspace, request))


def _requests(workspace: Workspace, _request: Request) -> Any:
    return {"requests": workspace.recorder.entries()}


def _usage(workspace: Workspace, _request: Request) -> Any:
    return {"rows": workspace.usage.rows()}


def _reset(workspace: Workspace, _request: Request) -> Any:
    workspace.reset()
    return {}


def _expire(workspace: Workspace, _request: Request) -> Any:
    return {"expired": workspace.tokens.expire()}


def _plan_faults(workspace: Workspace, request: Request) -> Any:
    try:
        workspace.faults.plan(request.content.decode(errors="replace"))
    except ValueError as error:
        raise coded(400, "EMULATOR_FAULT", str(error)) from None
    return {}


_ACTIONS: Mapping[tuple[str, str], Callable[[Workspace, Request], Any]] = {
    ("GET", "requests"): _requests,
    ("GET", "usage"): _usage,
    ("POST", "reset"): _reset,
    ("POST", "expire-tokens"): _expire,
    ("POST", "faults"): _plan_faults,
}
