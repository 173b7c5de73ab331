"""Every profile against a workspace: what it accepts is answered there, on both surfaces, streamed or not.

The emulator's validators were written from the documentation and not from the profiles, so a mistake in one
is a 400 here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lakeway.core.http import HttpRequest, StreamedResponse
from lakeway.core.steps import Credential
from lakeway.databricks import chat, surfaces
from lakeway.databricks.catalogue import MODELS, Model
from lakeway.databricks.profiles import Profile, profile
from lakeway.databricks.request import ChatRequest
from lakeway.databricks.target import DatabricksTarget
from lakeway.testing import emulator
from lakeway.testing.workspace import RunningWorkspace
from lakeway.transport.sync import SyncClient

CHAT = [model for model in MODELS.values() if model.mode in ("chat", "responses")]
MESSAGES = [
    {"role": "system", "content": "You answer in json."},
    {"role": "user", "content": "Which city, as json?"},
]
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "find_city", "parameters": SCHEMA, "strict": True}}
THINKING = {"type": "enabled", "budget_tokens": 1024}
# A value for every parameter that some profile accepts, with what it needs beside it.
VALUES: dict[str, dict[str, Any]] = {
    "logprobs": {"logprobs": True},
    "max_tokens": {"max_tokens": 100},
    "n": {"n": 2},
    "output_config": {"output_config": {"effort": "low"}},
    "parallel_tool_calls": {"tools": [TOOL], "parallel_tool_calls": False},
    "prompt_cache_key": {"prompt_cache_key": "key"},
    "reasoning_effort": {"reasoning_effort": "low"},
    "response_format": {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "city", "schema": SCHEMA, "strict": True},
        }
    },
    "safety_identifier": {"safety_identifier": "someone"},
    "service_tier": {"service_tier": "priority"},
    "stop": {"stop": ["END"]},
    "stream": {},
    "stream_options": {"stream_options": {"include_usage": True}},
    "temperature": {"temperature": 0.5},
    "thinking": {"thinking": THINKING},
    "tool_choice": {"tools": [TOOL], "tool_choice": "auto"},
    "tools": {"tools": [TOOL]},
    "top_k": {"top_k": 5},
    "top_logprobs": {"logprobs": True, "top_logprobs": 2},
    "top_p": {"top_p": 0.9},
    "verbosity": {"verbosity": "low"},
}
# What may stand beside thinking; everything else goes together.
BESIDE_THINKING = frozenset({"max_tokens", "output_config", "stop", "thinking", "tools"})
FORMATS = [VALUES["response_format"], {"response_format": {"type": "json_object"}}]
IDENTITY = {"user": "ann", "metadata": {"team": "Zürich", "n": 1, "nested": {"a": [1]}}}


def together(accepted: Profile) -> dict[str, Any]:
    """As many parameters as go into one request."""
    names = accepted.accepts & BESIDE_THINKING if accepted.thinking else accepted.accepts - {"tool_choice"}
    if accepted.tools_need_responses:
        names -= {"n"}  # tools with reasoning go to Responses, which answers once
    return {name: value for key in sorted(names) for name, value in VALUES[key].items()}


def each(accepted: Profile) -> Iterator[dict[str, Any]]:
    """Each accepted parameter alone, with what it needs."""
    yield from (VALUES[name] for name in sorted(accepted.accepts))
    yield from (*FORMATS, IDENTITY, together(accepted))


def tool_choices(accepted: Profile) -> Iterator[dict[str, Any]]:
    if "tools" not in accepted.accepts:
        return
    yield {**FORMATS[0], "tools": [TOOL]}
    if accepted.forced_tool_choice and not accepted.always_thinks:
        yield {"tools": [TOOL], "tool_choice": "required"}
        yield {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "find_city"}}}


def reasoning(accepted: Profile) -> Iterator[dict[str, Any]]:
    """Every way to ask for reasoning, or for none, with and without tools."""
    if not (accepted.thinking or "reasoning_effort" in accepted.accepts):
        return
    efforts = ["minimal", "low", "medium", "high", "xhigh", "max"]
    yield from ({"reasoning_effort": effort} for effort in efforts)
    yield from ({"thinking": {**THINKING, "budget_tokens": budget}} for budget in (1024, 20_000, 500_000))
    yield {"thinking": {"type": "adaptive"}}
    if not (accepted.family == "claude" and accepted.always_thinks):
        yield {"reasoning_effort": "none"}
        yield {"thinking": {"type": "disabled"}}
    if "tools" in accepted.accepts:
        yield {**FORMATS[0], "reasoning_effort": "high", "tools": [TOOL]}


@pytest.fixture(scope="module")
def workspace() -> Iterator[RunningWorkspace]:
    """A workspace on which the retired models still answer."""
    with emulator(retired="answer") as running:
        yield running


@pytest.fixture(scope="module")
def client() -> Iterator[SyncClient]:
    with SyncClient() as opened:
        yield opened


def target(model: Model, surface: str, workspace: RunningWorkspace) -> DatabricksTarget:
    """`model` on a surface; the workspace's host leads a Unity name to the gateway."""
    name = {"classic": model.name, "gateway": model.unity_name}[surface]
    base = surfaces.parse(workspace.host)
    return DatabricksTarget(provider="databricks", model=name, alias=name, credential=Credential(), base=base)


def refusal(
    asked: DatabricksTarget, params: dict[str, Any], *, stream: bool, client: SyncClient, token: str
) -> str | None:
    """What the workspace says against the request; None when it answers."""
    request = ChatRequest(
        messages=MESSAGES, params=params, stream=stream, tags={"tag": "日本"}, client_request_id="request-1"
    )
    exchange = chat.exchange(asked, request)
    written: HttpRequest = exchange.write_request((("Authorization", f"Bearer {token}"),))
    response = client.send(written)
    if isinstance(response, StreamedResponse):
        reader = exchange.stream_reader()
        chunks = reader.feed(response.first + b"".join(response.rest)) + reader.finish()
        assert chunks
        return None if reader.failure is None else reader.failure.message
    if response.status != 200:
        return exchange.read_error(response).message
    assert exchange.read_reply(response)["choices"]
    return None


@pytest.mark.parametrize("surface", ["classic", "gateway"])
@pytest.mark.parametrize("model", CHAT, ids=lambda model: model.name)
def test_what_is_accepted_is_answered(
    workspace: RunningWorkspace, client: SyncClient, model: Model, surface: str
) -> None:
    """No parameter that the profile lets through is refused by the workspace."""
    asked = target(model, surface, workspace)
    accepted = asked.profile
    whole = [*each(accepted), *tool_choices(accepted)]
    streamed = [together(accepted), FORMATS[0], *tool_choices(accepted)]
    if surface == "classic":
        whole += reasoning(accepted)
    calls = [*((params, False) for params in whole), *((params, True) for params in streamed)]
    said = {
        f"{params}, {stream=}": refusal(asked, params, stream=stream, client=client, token=workspace.token)
        for params, stream in calls
    }

    assert {} == {call: refused for call, refused in said.items() if refused}


@pytest.mark.parametrize("model", CHAT, ids=lambda model: model.name)
def test_one_model_has_one_profile(model: Model) -> None:
    """Whichever surface its name is from."""
    assert profile(model.name) == profile(model.unity_name)
