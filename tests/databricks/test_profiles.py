"""What is known of each model's parameters: catalogued names, custom ones, and those that tell nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lakeway.core.request import ChatRequest, Leniency
from lakeway.core.steps import Credential
from lakeway.core.translations import chat_to_responses
from lakeway.databricks import chat, surfaces
from lakeway.databricks.catalogue import MODELS, Model
from lakeway.databricks.profiles import EFFORT_SCALE, nearest_effort, profile
from lakeway.databricks.request import CHECKED, OURS
from lakeway.databricks.target import DatabricksTarget
from lakeway.errors import UnsupportedParamsError

CHAT = [model for model in MODELS.values() if model.mode in ("chat", "responses")]
SAMPLING = {"temperature", "top_p"}
LOGPROBS = {"logprobs", "top_logprobs"}
TOOLS = {"tools", "tool_choice"}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}
# A value that asks for something; what is not here takes the text "x".
ASKING: dict[str, Any] = {
    "logit_bias": {"1": 1},
    "logprobs": True,
    "modalities": ["audio"],
    "n": 2,
    "parallel_tool_calls": False,
    "store": True,
    "stream": True,
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "reasoning_effort": "low",
    "response_format": {"type": "json_object"},
    "tool_choice": "required",
    "tools": [TOOL],
}


def sent(model: Model, params: dict[str, Any], **leniency: Any) -> bytes:
    """The body of a call, whichever surface the model answers on."""
    target = DatabricksTarget(
        provider="databricks",
        model=model.name,
        alias=model.name,
        credential=Credential(),
        base=surfaces.parse("https://w.cloud.databricks.com"),
    )
    request = ChatRequest(
        messages=[{"role": "user", "content": "hi"}], params=params, leniency=Leniency(**leniency)
    )
    return chat.exchange(target, request).write_request(()).body


def refused(model: Model) -> set[str]:
    """The names of OpenAI's that the model is not given, in any form."""
    known = profile(model.name)
    names = CHECKED - OURS - known.accepts
    if known.thinking or "reasoning_effort" in known.accepts:
        names -= {"thinking", "reasoning_effort"}  # the one is written as the other
    if known.responses_only:  # the server knows more of Responses than a chat profile says
        sendable = set(chat_to_responses.unsupported({name: ASKING.get(name, "x") for name in names}))
        names &= sendable | SAMPLING | LOGPROBS | {"service_tier", "top_k"}
    return names


@pytest.mark.parametrize("model", CHAT, ids=lambda model: model.name)
def test_what_is_not_accepted_is_refused_by_name(model: Model) -> None:
    """Before anything is sent; dropped where the caller says so."""
    names = refused(model)
    assert names
    for name in names - {"tool_choice"}:
        params = {name: ASKING.get(name, "x")}
        with pytest.raises(UnsupportedParamsError, match=re.escape(f"parameters: ['{name}']")):
            sent(model, params)

        assert f'"{name}"' not in sent(model, params, drop=True).decode()


@pytest.mark.parametrize("model", CHAT, ids=lambda model: model.name)
def test_tiers_are_for_those_on_sale(model: Model) -> None:
    """service_tier goes to the models that have a price for it, and to no other."""
    assert model.priority_tier == ("service_tier" in profile(model.name).accepts)


@pytest.mark.parametrize("tier", ["auto", "default"])
@pytest.mark.parametrize("name", ["databricks-gpt-5", "databricks-gpt-5-nano", "databricks-gpt-6-sol"])
def test_no_tier_is_asked_for(name: str, tier: str) -> None:
    """OpenAI's words for no tier in particular are no request, and Databricks does not know them."""
    assert "service_tier" not in sent(MODELS[name], {"service_tier": tier}).decode()


@pytest.mark.parametrize(
    ("name", "accepted", "not_accepted"),
    [
        ("databricks-claude-sonnet-4-5", SAMPLING | TOOLS | {"top_k", "thinking"}, {"n", "output_config"}),
        ("databricks-claude-opus-4-5", {"thinking", "output_config", "temperature"}, {"n"}),
        ("databricks-claude-opus-4-8", {"thinking", "output_config"}, SAMPLING | {"top_k"}),
        ("databricks-gpt-5-2", TOOLS | {"reasoning_effort", "n"}, SAMPLING | {"stop", "top_k"}),
        (
            "databricks-gpt-5-5",
            {"parallel_tool_calls", "verbosity"},
            SAMPLING | {"n", "stop", "stream_options"},
        ),
        ("databricks-gpt-oss-120b", SAMPLING | LOGPROBS | {"top_k", "stop"}, {"service_tier"}),
        ("databricks-gemini-2-5-pro", SAMPLING | {"thinking", "stop"}, {"top_k", "reasoning_effort"}),
        ("databricks-gemini-2-5-flash-lite", SAMPLING | TOOLS, {"thinking", "reasoning_effort", "top_k"}),
        ("databricks-gemini-3-1-pro", TOOLS | {"reasoning_effort", "stop"}, {"top_k", "stream_options"}),
        ("databricks-gemini-3-pro-image", SAMPLING, TOOLS | {"reasoning_effort"}),
        ("databricks-gemini-3-8-flash", {"reasoning_effort"}, SAMPLING),
        ("databricks-grok-4-7", SAMPLING | {"stop", "reasoning_effort"}, LOGPROBS | {"top_k"}),
        ("databricks-glm-5-3", LOGPROBS | {"top_k", "reasoning_effort", "service_tier"}, {"thinking"}),
        ("databricks-qwen3-next-80b-a3b-instruct", LOGPROBS | TOOLS, {"reasoning_effort"}),
        ("databricks-meta-llama-3-3-70b-instruct", LOGPROBS | TOOLS, {"reasoning_effort"}),
        ("databricks-meta-llama-3-1-8b-instruct", LOGPROBS, TOOLS),
        ("databricks-gemma-3-12b", LOGPROBS, TOOLS),
        ("databricks-gemini-4-carbon", TOOLS | {"reasoning_effort"}, {"thinking"}),
        ("my-gpt-endpoint", SAMPLING | TOOLS | {"reasoning_effort", "stop", "service_tier"}, {"top_k"}),
        ("main.ai.gpt-5-4", SAMPLING | {"reasoning_effort"}, set()),
        ("my-claude-endpoint", SAMPLING | {"thinking", "top_k"}, {"output_config", "service_tier"}),
        ("my-gemini", SAMPLING | TOOLS | {"reasoning_effort"}, {"top_k"}),
        ("my-llama", SAMPLING | TOOLS | LOGPROBS | {"reasoning_effort"}, set()),
        ("my-endpoint", SAMPLING | TOOLS | LOGPROBS | {"reasoning_effort", "thinking"}, set()),
    ],
)
def test_accepts(name: str, accepted: set[str], not_accepted: set[str]) -> None:
    """Databricks docs (FM API reference, query-reason-models), family by family."""
    accepts = profile(name).accepts

    assert accepted <= accepts
    assert not accepts & not_accepted


LOW_TO_HIGH = ("low", "medium", "high")


@pytest.mark.parametrize(
    ("name", "efforts"),
    [
        ("databricks-gpt-5", ("minimal", *LOW_TO_HIGH)),
        ("databricks-gpt-5-nano", ("minimal", *LOW_TO_HIGH)),
        ("databricks-gpt-5-1", ("none", *LOW_TO_HIGH)),
        ("databricks-gpt-5-3-codex", ("none", *LOW_TO_HIGH)),
        ("databricks-gpt-5-4-pro", ("none", *LOW_TO_HIGH, "xhigh", "max")),
        ("databricks-gpt-6-1-terra", ("none", *LOW_TO_HIGH, "xhigh", "max")),
        ("databricks-gpt-oss-20b", LOW_TO_HIGH),
        ("databricks-gemini-4-argon", LOW_TO_HIGH),
        ("databricks-deepseek-v4-1-flash-1017", ("none", "low", "high", "xhigh", "max")),
        ("databricks-deepseek-v4-flash-0731", ("low", "high", "max")),
        ("databricks-glm-5-2", ("high", "max")),
        ("databricks-glm-5-3-flash", ("low", "high", "max")),
        ("databricks-grok-4-6", (*LOW_TO_HIGH, "xhigh")),
        ("databricks-inkling", (*LOW_TO_HIGH, "xhigh", "max")),
        ("databricks-qwen35-122b-a10b", None),
        ("databricks-claude-sonnet-4-5", None),
        ("system.ai.gpt-5-4", ("none", *LOW_TO_HIGH, "xhigh", "max")),
        ("main.ai.gpt-5.4-mini", ("none", *LOW_TO_HIGH, "xhigh", "max")),
        ("my-gpt-5-mini-endpoint", ("minimal", *LOW_TO_HIGH)),
        ("gpt-5.models.my-gpt-4o", None),
        ("my-gpt-41", None),
    ],
)
def test_efforts(name: str, efforts: tuple[str, ...] | None) -> None:
    """The levels that a model knows, also by a longer name than its own; None where none is known."""
    assert efforts == profile(name).efforts


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("databricks-gpt-5-2", False),
        ("databricks-gpt-5-4", True),
        ("databricks-gpt-6-astra", True),
        ("databricks-gpt-oss-120b", False),
        ("main.ai.gpt-5-4", True),
        ("my-gpt-5-6-endpoint", True),
        ("gpt-6.team.my-gpt-4o", False),
        ("my-gpt-50", False),
    ],
)
def test_tools_need_responses(name: str, needed: bool) -> None:
    """GPT-5.4 and later, by whatever name."""
    assert needed == profile(name).tools_need_responses


@pytest.mark.parametrize(
    ("effort", "accepted", "expected"),
    [
        ("low", None, "low"),
        ("medium", ("low", "medium"), "medium"),
        ("medium", ("low", "high", "max"), "high"),
        ("max", LOW_TO_HIGH, "high"),
        ("none", ("none", "low"), "none"),
        ("none", ("high", "max"), "high"),
        ("minimal", ("none", "low"), "low"),
    ],
)
def test_nearest_effort(effort: str, accepted: tuple[str, ...] | None, expected: str) -> None:
    """Rounded up, as the servers do; to the highest where there is none above."""
    assert expected == nearest_effort(effort, accepted)


@pytest.mark.parametrize("model", CHAT, ids=lambda model: model.name)
def test_every_effort_has_a_level(model: Model) -> None:
    """So that no model is ever sent one that it does not know."""
    efforts = profile(model.name).efforts
    if efforts is not None:
        assert {nearest_effort(effort, efforts) for effort in EFFORT_SCALE} <= set(efforts)
