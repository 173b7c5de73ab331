"""Attempts to have the gateway call another host, or call its own by another right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hostile.case import CHAT, COMPLETIONS, EMBEDDINGS, HELLO, Case, head, post

EMBED = {"model": "bge", "input": "Hello"}
COMPLETE = {"model": "llama", "prompt": "Hello"}


def cases(port: int) -> Iterator[Case]:
    """To the host at `port` of this machine, which nobody is to call."""
    here = f"http://127.0.0.1:{port}"
    for name, fields in _temptations(here).items():
        for target, body in (
            (CHAT, HELLO),
            (CHAT, {**HELLO, "stream": True}),
            (CHAT, {**HELLO, "tools": []}),
            (COMPLETIONS, COMPLETE),
            (EMBEDDINGS, EMBED),
        ):
            for way in ("at the top", "in extra_body"):
                given = {**body, **fields} if way == "at the top" else {**body, "extra_body": fields}
                yield Case(
                    f"{name} {way} to {target} {sorted(body)}", (post(target, given),), (200, 400, 404), ""
                )
    for model in (
        f"openai/gpt-5@{here}",
        f"{here}/v1",
        f"openai/{here}/x",
        f"databricks/{here}/x",
        f"databricks/@127.0.0.1:{port}/x",
        f"databricks//127.0.0.1:{port}/x",
        f"databricks/x@127.0.0.1:{port}",
    ):
        yield Case(f"model {model}", (post(CHAT, {**HELLO, "model": model}),), (400, 404), "model|endpoint")
    for header in (
        "host",
        "x-forwarded-host",
        "x-original-url",
        "x-rewrite-url",
        "x-databricks-host",
        "x-api-base",
        "x-litellm-api-base",
        "destination",
        "location",
    ):
        data = post(CHAT, HELLO, {header: here if header != "host" else f"127.0.0.1:{port}"})
        yield Case(f"header {header}", (data,), (200,))
    data = post(f"{here}{CHAT}", HELLO)
    yield Case("a target elsewhere", (data,), (200,))
    yield Case("a picture elsewhere", (post(CHAT, _showing({"url": f"{here}/a.png"})),), (200, 400), "")
    yield Case("a file elsewhere", (post(CHAT, _showing(f"{here}/a.png")),), (200, 400), "")
    yield Case("through us", (head("CONNECT", f"127.0.0.1:{port}", {"host": "x"}),), (400,), "proxy")


def _temptations(here: str) -> dict[str, dict[str, Any]]:
    row = {
        "model_name": "llama",
        "litellm_params": {"model": "openai/x", "api_base": here, "api_key": "sk-x"},
    }
    return {
        "api_base": {"api_base": here},
        "base_url": {"base_url": here},
        "api_base and key": {"api_base": here, "api_key": "sk-theirs-000000000000"},
        "api_base of a provider": {"api_base": here, "custom_llm_provider": "openai"},
        "custom_llm_provider": {"custom_llm_provider": "openai"},
        "user_config": {"user_config": {"model_list": [row]}},
        "model_list": {"model_list": [row]},
        "litellm_params": {"litellm_params": row["litellm_params"]},
        "fallbacks": {"fallbacks": [{"llama": ["x"], "api_base": here}]},
        "fallback as a row": {"fallbacks": [row]},
        "fallback names": {"fallbacks": [f"openai/{here}"]},
        "extra_headers": {"extra_headers": {"Host": here, "Authorization": "Bearer theirs", "X-Evil": "1"}},
        "headers": {"headers": {"Host": here, "Authorization": "Bearer theirs", "X-Evil": "1"}},
        "extra_query": {"extra_query": {"a": here}},
        "proxy": {"proxy": here, "http_proxy": here, "proxies": {"http": here, "https": here}},
        "databricks_host": {"databricks_host": here, "host": here, "workspace_url": here, "profile": "x"},
        "client credentials": {
            "client_id": "a",
            "client_secret": "b",
            "token_url": here,
            "databricks_profile": "x",
        },
        "callbacks": {
            "success_callback": [here],
            "callbacks": [here],
            "webhook_url": here,
            "logger_fn": here,
        },
        "webhook": {"metadata": {"webhook": here, "api_base": here, "headers": {"x-evil": "1"}}},
        "mock": {"mock_response": "hello", "mock_timeout": True},
        "ssl": {"ssl_verify": False, "ca_bundle": here},
        "settings": {"litellm_settings": {"api_base": here}, "router_settings": {"x": here}},
        "guardrails": {"guardrails": [{"url": here}], "hooks": here},
        "organization": {"organization": here, "azure_ad_token": "x", "aws_bedrock_runtime_endpoint": here},
    }


def _showing(image: Any) -> dict[str, Any]:
    return {**HELLO, "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": image}]}]}
