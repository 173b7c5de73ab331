"""The gateway's bytes: paths, malformed requests, headers, events, and who may come in."""

from __future__ import annotations

import json
from typing import Any

import pytest

CHAT = "/v1/chat/completions"
HELLO: Any = {"model": "llama", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.mark.parametrize(
    "path",
    [
        "/v1/chat/completions",
        "/chat/completions",
        "/openai/deployments/llama/chat/completions?api-version=2024-10-21",
        "/engines/llama/chat/completions",
    ],
)
def test_chat_at_each_of_its_paths(ask, address, path):
    """With and without /v1, in Azure's form and in the old one."""
    reply = ask(address, path, HELLO)

    assert (200, "llama") == (reply.status, reply.json["model"])


def test_the_model_of_the_path_counts(ask, address, workspace):
    """Azure's clients put a deployment's name there, and anything into the body."""
    ask(address, "/openai/deployments/llama/chat/completions", {**HELLO, "model": "gpt-4o"})

    assert "databricks-meta-llama-3-3-70b-instruct" == workspace.requests[-1]["body"]["model"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/health/liveliness", "I'm alive!"),
        ("/health/liveness", "I'm alive!"),
    ],
)
def test_liveliness(ask, address, path, expected):
    """As LiteLLM's probes expect it, and without a key."""
    assert expected == ask(address, path, key=None).json


def test_readiness(ask, address):
    """A probe reads `status`; there is no store to connect to."""
    reply = ask(address, "/health/readiness", key=None)

    assert (200, "healthy", "Not connected") == (reply.status, reply.json["status"], reply.json["db"])


def test_the_front_page(ask, address):
    """Whoever opens the address in a browser learns what it is."""
    reply = ask(address, "/", key=None)

    assert (200, "lakeway") == (reply.status, reply.json["name"])


def test_a_probe_may_ask_for_the_head_alone(ask, address):
    """HEAD is GET without a body."""
    reply = ask(address, "/health/liveliness", method="HEAD", key=None)

    assert (200, b"") == (reply.status, reply.body)


@pytest.mark.parametrize(
    ("path", "method", "status", "allow", "part"),
    [
        ("/v1/nothing", "GET", 404, None, "There is nothing at /v1/nothing"),
        ("/v1/chat/completions", "GET", 405, "POST", "takes POST, not GET"),
        ("/v1/models", "POST", 405, "GET, HEAD", "takes GET, not POST"),
        ("/v1/models", "DELETE", 405, "GET, HEAD", "takes GET, not DELETE"),
    ],
)
def test_what_is_not_there(ask, address, path, method, status, allow, part):
    """In OpenAI's form, with the methods that there are."""
    reply = ask(address, path, method=method)

    assert (status, allow) == (reply.status, reply.headers.get("allow"))
    assert part in reply.json["error"]["message"]


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [
        ("/v1/models", None, 401),
        ("/v1/models", "sk-wrong", 401),
        ("/v1/nothing", None, 404),
        (CHAT, None, 401),
    ],
)
def test_the_door(ask, address, path, key, status):
    """A request without the key learns nothing about models."""
    reply = ask(address, path, key=key, method="POST" if path == CHAT else "GET")

    assert status == reply.status
    assert {"message", "type", "param", "code"} == reply.json["error"].keys()
    assert str(status) == reply.json["error"]["code"]


def test_without_a_key_of_its_own_it_is_open_to_this_machine(ask, serve):
    """And to no page of somebody else's."""
    address = serve("model_list: [{model_name: llama, litellm_params: {model: databricks/a}}]", key=None)

    assert 200 == ask(address, "/v1/models", key=None).status
    assert 403 == ask(address, "/v1/models", key=None, headers={"origin": "https://evil.example"}).status


MALFORMED = [
    (b"{", 400, "request_body", "Invalid JSON payload: Input data was truncated"),
    (b"", 400, "request_body", "Invalid JSON payload: Input data was truncated"),
    (b"\xff\xfe", 400, "request_body", "Invalid JSON payload"),
    (b"[1]", 400, "request_body", "Invalid JSON payload: expected an object"),
    (b"[" * 100_000, 400, "request_body", "Invalid JSON payload: nested too deeply"),
    ({}, 400, "model", "/chat/completions: Missing required parameter: 'model'."),
    ({"model": "llama"}, 400, "messages", "/chat/completions: Missing required parameter: 'messages'."),
    ({"messages": []}, 400, "model", "/chat/completions: Missing required parameter: 'model'."),
    (
        {"model": None, "messages": []},
        400,
        "model",
        "/chat/completions: Missing required parameter: 'model'.",
    ),
    ({"model": 5, "messages": []}, 400, "model", "model: Expected `str`, got `int`"),
    ({"model": "no/such", "messages": []}, 400, "model", "Invalid model name passed in model=no/such"),
    ({**HELLO, "messages": "Hello"}, 400, "messages", "messages: Expected `array`, got `str`"),
    ({**HELLO, "messages": ["Hello"]}, 400, "messages[0]", "messages[0]: Expected `object`, got `str`"),
    ({**HELLO, "messages": [{"content": 5}]}, 400, "messages[0].content", "got `int`"),
    ({**HELLO, "messages": [{"content": {"text": "x"}}]}, 400, "messages[0].content", "got `object`"),
    ({**HELLO, "messages": [{"content": [5]}]}, 400, "messages[0].content[0]", "got `int`"),
    ({**HELLO, "messages": [{"tool_calls": {}}]}, 400, "messages[0].tool_calls", "got `object`"),
    ({**HELLO, "stream": "yes"}, 400, "stream", "stream: Expected `bool`, got `str`"),
    ({**HELLO, "stream_options": 1}, 400, "stream_options", "stream_options: Expected `object`"),
    ({**HELLO, "tools": {}}, 400, "tools", "tools: Expected `array`"),
    ({**HELLO, "tools": [1]}, 400, "tools[0]", "tools[0]: Expected `object`"),
    ({**HELLO, "tools": [{}]}, 400, "tools[0]", "tools[0] must be a function with a name"),
    ({**HELLO, "tool_choice": 5}, 400, "tool_choice", "tool_choice: Expected `str | object`"),
    ({**HELLO, "response_format": "json"}, 400, "response_format", "Expected `object`"),
    ({**HELLO, "metadata": []}, 400, "metadata", "metadata: Expected `object`"),
    ({**HELLO, "num_retries": -1}, 400, "num_retries", "num_retries must be a whole number"),
    ({**HELLO, "fallbacks": ["no/such"]}, 400, "model", "Invalid model name passed in model=no/such"),
]


@pytest.mark.parametrize(("body", "status", "param", "part"), MALFORMED)
def test_malformed_requests(ask, address, body, status, param, part):
    """Each is the client's own error, and names the field."""
    reply = ask(address, CHAT, body)

    assert (status, param) == (reply.status, reply.json["error"]["param"])
    assert part in reply.json["error"]["message"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model": "bge"}, "input"),
        ({"model": "bge", "input": []}, "input"),
        ({"model": "bge", "input": {"a": 1}}, "input"),
        ({"model": "bge", "input": [{}]}, "input[0]"),
        ({"model": "bge", "input": "a", "encoding_format": "hex"}, "encoding_format"),
        ({"model": "bge", "input": "a", "dimensions": "many"}, "dimensions"),
        ({"model": "bge", "input": "a", "dimensions": 5}, "dimensions"),
    ],
)
def test_malformed_embeddings(ask, address, body, param):
    """Likewise."""
    reply = ask(address, "/v1/embeddings", body)

    assert (400, param) == (reply.status, reply.json["error"]["param"])


def test_a_body_that_is_too_large(ask, serve):
    """Refused by what it says of itself, or as soon as it has grown too large."""
    address = serve(
        "model_list: [{model_name: llama, litellm_params: {model: databricks/a}}]\n"
        "general_settings: {max_request_size_mb: 0.5}"
    )
    body = {**HELLO, "padding": "x" * 600_000}
    stated = ask(address, CHAT, body)
    counted = ask(
        address,
        CHAT,
        b"80000\r\n" + b" " * 0x80000 + b"\r\n10\r\n" + b" " * 16 + b"\r\n0\r\n\r\n",
        headers={"transfer-encoding": "chunked"},
    )

    for reply in (stated, counted):
        assert (413, "413") == (reply.status, reply.json["error"]["code"])
        assert "0.5 MiB" in reply.json["error"]["message"]


def test_headers_of_an_answer(ask, address):
    """LiteLLM's names for what became of a call, and what the workspace said, under a prefix."""
    reply = ask(address, CHAT, {**HELLO, "model": "claude"})
    headers = reply.headers

    assert {
        "x-litellm-model-group": "claude",
        "x-litellm-attempted-retries": "0",
        "x-litellm-attempted-fallbacks": "0",
        "llm_provider-x-databricks-org-id": "1234567890123456",
    }.items() <= headers.items()
    assert headers["x-litellm-model-api-base"].endswith("/serving-endpoints")
    assert 36 == len(headers["x-litellm-call-id"])
    assert 64 == len(headers["x-litellm-model-id"])
    assert float(headers["x-litellm-response-cost"]) == pytest.approx(
        float(headers["x-lakeway-response-cost-dbu"]) * 0.07, rel=1e-4
    )


def test_a_price_of_ones_own(ask, serve):
    """Prices of a row, for an endpoint that no price list knows."""
    address = serve(
        "model_list: [{model_name: mine, litellm_params: {model: databricks/databricks-gpt-oss-120b, "
        "input_cost_per_token: 0.5, output_cost_per_token: 2}}]"
    )
    reply = ask(address, CHAT, {**HELLO, "model": "mine"})
    usage = reply.json["usage"]

    assert usage["prompt_tokens"] * 0.5 + usage["completion_tokens"] * 2 == pytest.approx(
        float(reply.headers["x-litellm-response-cost"])
    )


@pytest.mark.parametrize(
    "name", ["api_key", "api_base", "base_url", "extra_headers", "headers", "model_config"]
)
def test_a_request_cannot_choose_address_or_credential(ask, address, workspace, name):
    """The configured ones are used, and nothing of the request's reaches the workspace."""
    evil = {"authorization": "Bearer evil"} if "headers" in name else "https://evil.example"
    reply = ask(address, CHAT, {**HELLO, name: evil, "extra_body": {name: evil}})

    assert 200 == reply.status
    assert {"model", "messages"} == workspace.requests[-1]["body"].keys()
    assert workspace.token == "dapi-emulator"


def test_an_extra_body_cannot_choose_another_model(ask, address, workspace):
    """The model that was checked is the model that is called."""
    ask(address, CHAT, {**HELLO, "extra_body": {"model": "databricks-claude-opus-4-1", "top_k": 5}})

    assert ("databricks-meta-llama-3-3-70b-instruct", 5) == (
        workspace.requests[-1]["body"]["model"],
        workspace.requests[-1]["body"]["top_k"],
    )


def test_a_clients_headers_stay_here(ask, address, workspace):
    """The key that opens the gateway is not shown to the workspace."""
    ask(address, CHAT, HELLO, headers={"x-api-key": "sk-gateway-tests", "x-secret": "mine"})
    sent = workspace.requests[-1]["headers"]

    assert "sk-gateway-tests" not in json.dumps(sent)
    assert "x-secret" not in sent
    assert sent["user-agent"].startswith("lakeway/")


def test_attribution_goes_to_the_usage_tables(ask, address, workspace):
    """`user`, `metadata` and tags of a request are what a workspace bills by."""
    ask(address, CHAT, {**HELLO, "user": "ann", "metadata": {"team": "red"}, "tags": ["nightly"]})

    assert {"user": "ann", "team": "red", "tags": "nightly"} == (
        workspace.requests[-1]["body"]["usage_context"]
    )


KEYS = """
model_list:
  - {model_name: llama, litellm_params: {model: databricks/databricks-meta-llama-3-3-70b-instruct}}
  - {model_name: other, litellm_params: {model: databricks/databricks-claude-sonnet-4-5}}
  - {model_name: bge, litellm_params: {model: databricks/databricks-bge-large-en}}
keys:
  - {key: sk-some, key_alias: some, models: [llama, "b*"]}
  - {key: sk-limited, key_alias: limited, rpm: %d, tpm: 100000}
"""


@pytest.mark.parametrize(
    ("model", "status"), [("llama", 200), ("bge", 400), ("other", 403), ("unknown", 403)]
)
def test_a_key_for_some_models(ask, serve, model, status):
    """What it may not use is refused before anybody is asked whether it exists."""
    reply = ask(serve(KEYS % 1000), CHAT, {**HELLO, "model": model}, key="sk-some")

    assert status == reply.status
    if status == 403:
        assert {
            "message": f"The requested model '{model}' is not available for this API key, or the model name "
            "is invalid. It may use: llama, b*.",
            "type": "key_model_access_denied",
            "param": "model",
            "code": "403",
        } == reply.json["error"]


@pytest.mark.parametrize("named", [["other"], ["llama", "other"]])
def test_a_key_cannot_reach_other_models_by_fallbacks(ask, serve, workspace, named):
    """Those that it names itself are left out where it may not use them."""
    workspace.fault("status=400")
    reply = ask(serve(KEYS % 1000), CHAT, {**HELLO, "fallbacks": named}, key="sk-some")

    assert 400 == reply.status
    assert {"databricks-meta-llama-3-3-70b-instruct"} == {r["body"]["model"] for r in workspace.requests}


LIMITS = [
    *("x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    *("x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param(CHAT, HELLO, id="chat"),
        pytest.param("/v1/embeddings", {"model": "bge", "input": "a"}, id="embeddings"),
        pytest.param("/v1/completions", {"model": "llama", "prompt": "a"}, id="completion"),
        pytest.param(
            CHAT,
            {**HELLO, "stream": True},
            id="stream",
        ),
    ],
)
def test_an_answer_tells_the_limits_of_its_key(ask, serve, path, body):
    """In OpenAI's headers; an unlimited key has none."""
    address = serve(KEYS % 1000)
    limited, free = (ask(address, path, body, key=key) for key in ("sk-limited", "sk-some"))

    assert LIMITS == [name for name in LIMITS if name in limited.headers]
    assert ("1000", "100000") == (limited.headers[LIMITS[0]], limited.headers[LIMITS[3]])
    assert 0 < int(limited.headers[LIMITS[4]]) < 100000
    assert not set(LIMITS) & free.headers.keys()


def test_a_key_at_its_limit(ask, serve, workspace):
    """Its call is refused here, in LiteLLM's words, with the time at which it may come back."""
    address = serve(KEYS % 1)
    # In two minutes it may ask twice, and a test does not take so long.
    *_, refused = (ask(address, CHAT, HELLO, key="sk-limited") for _ in range(3))
    error = refused.json["error"]

    assert (429, "rate_limit_error", "429") == (refused.status, error["type"], error["code"])
    assert "Limit type: requests. Current limit: 1, Remaining: 0. Limit resets at: " in error["message"]
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert ("requests", "0") == (refused.headers["rate_limit_type"], refused.headers[LIMITS[1]])
    assert refused.headers["reset_at"] in error["message"]
    assert len(workspace.requests) < 3


def events(body: bytes) -> list[str]:
    """The data of each event; there is nothing else in the stream."""
    blocks = body.decode().split("\n\n")
    assert blocks.pop() == ""
    assert all(block.startswith("data: ") and "\n" not in block for block in blocks)
    return [block.removeprefix("data: ") for block in blocks]


def test_a_stream_as_events(ask, address):
    """Lines of data with a blank line after each, [DONE] at the end, and headers that keep proxies out."""
    reply = ask(address, CHAT, {**HELLO, "stream": True})
    *chunks, end = events(reply.body)

    assert "[DONE]" == end
    assert {"chat.completion.chunk"} == {json.loads(chunk)["object"] for chunk in chunks}
    assert {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
        "x-accel-buffering": "no",
        "x-litellm-model-group": "llama",
    }.items() <= reply.headers.items()


@pytest.mark.parametrize(
    ("plan", "part"),
    [
        ("cut=2", "the stream was cut"),
        ("error_event,after=2,message=out of memory", "out of memory"),
        ("malformed,after=2", "an event of the stream is not valid"),
    ],
)
def test_a_stream_that_breaks(ask, address, workspace, plan, part):
    """What was good is passed on, then the failure is told as an event, and the stream has its end."""
    workspace.fault(plan)
    reply = ask(address, CHAT, {**HELLO, "stream": True})
    *chunks, told, end = (event for event in events(reply.body))
    error = json.loads(told)["error"]

    assert (200, "[DONE]", 2) == (reply.status, end, len(chunks))
    assert part in error["message"]
    assert "500" == error["code"]


@pytest.mark.parametrize("plan", ["error_event,after=0,form=openai,message=not today", "cut=0"])
def test_a_stream_that_never_begins(ask, address, workspace, plan):
    """Nothing has been promised yet: it is a plain error with its own status."""
    workspace.fault(plan)
    reply = ask(address, CHAT, {**HELLO, "stream": True})

    assert 500 == reply.status
    assert "application/json" == reply.headers["content-type"]


def test_pieces_of_any_size(ask, address, workspace):
    """The stream is the same however the workspace's bytes arrive."""
    whole = events(ask(address, CHAT, {**HELLO, "model": "claude", "stream": True}).body)
    workspace.reset()
    workspace.fault("split=7")
    pieces = events(ask(address, CHAT, {**HELLO, "model": "claude", "stream": True}).body)

    assert [json.loads(e)["choices"] for e in whole[:-1]] == [json.loads(e)["choices"] for e in pieces[:-1]]
