"""Which of OpenAI's parameters a model takes: found out by asking whoever would refuse them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from lakeway.calls.chat import request_of as chat_request
from lakeway.calls.embed import request_of as embedding_request
from lakeway.core.exchange import Exchange
from lakeway.core.model_name import ModelName
from lakeway.core.request import Leniency
from lakeway.core.steps import Credential
from lakeway.databricks import chat, surfaces
from lakeway.databricks.embeddings import EmbeddingExchange
from lakeway.databricks.target import DatabricksTarget
from lakeway.errors import BadRequestError

# Parameters in the order of LiteLLM's list, then what it lacks, each with a value that says more than its
# default does, and what it needs beside it.
FUNCTION = {"name": "f", "parameters": {"type": "object", "properties": {}}}
TOOLS = [{"type": "function", "function": FUNCTION}]
CHAT: Mapping[str, Mapping[str, Any]] = {
    "stream": {"stream": True},
    "stop": {"stop": ["."]},
    "temperature": {"temperature": 0.5},
    "top_p": {"top_p": 0.5},
    "max_tokens": {"max_tokens": 100},
    "max_completion_tokens": {"max_completion_tokens": 100},
    "n": {"n": 2},
    "response_format": {"response_format": {"type": "json_object"}},
    "tools": {"tools": TOOLS},
    "tool_choice": {"tool_choice": "auto", "tools": TOOLS},
    "parallel_tool_calls": {"parallel_tool_calls": False, "tools": TOOLS},
    "reasoning_effort": {"reasoning_effort": "high"},
    "thinking": {"thinking": {"type": "enabled", "budget_tokens": 2048}},
    "service_tier": {"service_tier": "priority"},
    "stream_options": {"stream_options": {"include_usage": True}, "stream": True},
    "top_k": {"top_k": 5},
    "logprobs": {"logprobs": True},
    "top_logprobs": {"top_logprobs": 2, "logprobs": True},
    "user": {"user": "u"},
    "metadata": {"metadata": {"k": "v"}},
    "functions": {"functions": [FUNCTION]},
    "function_call": {"function_call": "auto", "functions": [FUNCTION]},
    "seed": {"seed": 1},
    "presence_penalty": {"presence_penalty": 0.5},
    "frequency_penalty": {"frequency_penalty": 0.5},
    "logit_bias": {"logit_bias": {"1": 1}},
    "verbosity": {"verbosity": "low"},
    "store": {"store": True},
    "modalities": {"modalities": ["text", "audio"]},
    "audio": {"audio": {"voice": "v", "format": "wav"}},
    "prediction": {"prediction": {"type": "content", "content": "p"}},
    "safety_identifier": {"safety_identifier": "s"},
    "prompt_cache_key": {"prompt_cache_key": "k"},
    "prompt_cache_retention": {"prompt_cache_retention": "24h"},
    "context_management": {"context_management": [{"type": "compaction"}]},
    "web_search_options": {"web_search_options": {}},
}
EMBEDDINGS: Mapping[str, Mapping[str, Any]] = {
    "dimensions": {"dimensions": 256},
    "encoding_format": {"encoding_format": "base64"},
    "instruction": {"instruction": "i"},
    "user": {"user": "u"},
}


@lru_cache(maxsize=256)
def supported(name: ModelName, request_type: str) -> tuple[str, ...]:
    """The names that a call may give, of a chat or, for "embeddings", of those. No list beside the rules can
    tell another story than they do."""
    target = DatabricksTarget(
        provider=name.provider,
        model=name.model,
        alias=name.model,
        credential=Credential(),
        base=surfaces.parse("https://databricks.invalid"),
        bridge=name.bridge == "responses",
    )
    if request_type == "embeddings":
        return tuple(given for given, params in EMBEDDINGS.items() if _embeds(target, params))
    return tuple(given for given, params in CHAT.items() if _chats(target, params))


def _chats(target: DatabricksTarget, params: Mapping[str, Any]) -> bool:
    messages = [{"role": "user", "content": "json"}]
    request = chat_request(messages, {}, params, Leniency())
    return _is_written(chat.exchange(target, request))


def _embeds(target: DatabricksTarget, params: Mapping[str, Any]) -> bool:
    return _is_written(EmbeddingExchange(target, embedding_request([""], {}, params, Leniency())))


def _is_written(exchange: Exchange) -> bool:
    try:
        exchange.write_request(())
    except BadRequestError:
        return False
    return True
