"""Retries, other deployments of a group, and fallbacks to other groups, told by headers."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

CHAT = "/v1/chat/completions"
LLAMA, CLAUDE = "databricks-meta-llama-3-3-70b-instruct", "databricks-claude-sonnet-4-5"
HELLO: Any = {"model": "a", "messages": [{"role": "user", "content": "Hello"}]}
TWO_GROUPS = f"""
model_list:
  - {{model_name: a, litellm_params: {{model: databricks/{LLAMA}}}}}
  - {{model_name: b, litellm_params: {{model: databricks/{CLAUDE}}}}}
"""
NO_RETRIES = "litellm_settings: {num_retries: 0, fallbacks: [{a: [b]}]}"


def effort(reply: Any) -> tuple[int, str, str]:
    return (
        reply.status,
        reply.headers["x-litellm-attempted-retries"],
        reply.headers["x-litellm-attempted-fallbacks"],
    )


def asked(workspace: Any) -> list[str]:
    return [request["body"]["model"] for request in workspace.requests]


@pytest.mark.parametrize("stream", [False, True])
def test_a_fault_is_tried_again(ask, serve, workspace, stream):
    """A deployment that is alone is asked again after a moment."""
    address = serve(TWO_GROUPS)
    workspace.fault("status=503,times=1")
    reply = ask(address, CHAT, {**HELLO, "stream": stream})

    assert (200, "1", "0") == effort(reply)
    assert [LLAMA, LLAMA] == asked(workspace)


@pytest.mark.parametrize(("params", "made"), [("num_retries: 0", "0"), ("max_retries: 1", "1")])
def test_retries_of_a_rows_own(ask, serve, workspace, params, made):
    """What a row says counts for its group."""
    address = serve(
        f"model_list: [{{model_name: a, litellm_params: {{model: databricks/{LLAMA}, {params}}}}}]"
    )
    workspace.fault("status=503")

    assert (503, made) == (
        (reply := ask(address, CHAT, HELLO)).status,
        reply.headers["x-litellm-attempted-retries"],
    )


CHAIN = f"""
model_list:
  - {{model_name: a, litellm_params: {{model: databricks/{LLAMA}}}}}
  - {{model_name: b, litellm_params: {{model: databricks/{CLAUDE}}}}}
  - {{model_name: c, litellm_params: {{model: databricks/databricks-gpt-oss-20b}}}}
litellm_settings: {{num_retries: 0, fallbacks: [{{a: [b]}}, {{b: [a, c]}}]}}
"""


def test_a_fallback_has_fallbacks_of_its_own(ask, serve, workspace):
    """None is asked twice."""
    workspace.fault(f"status=503,model={LLAMA}; status=503,model={CLAUDE}")
    reply = ask(serve(CHAIN), CHAT, HELLO)

    assert (200, "0", "2") == effort(reply)
    assert [LLAMA, CLAUDE, "databricks-gpt-oss-20b"] == asked(workspace)


def test_a_fallback_that_failed_is_told(ask, serve, workspace):
    """Beside the error of what was asked for, whose deployment the headers name."""
    workspace.fault(
        f"status=503,model={LLAMA},message=down; status=401,model={CLAUDE}; status=500,model=gpt-oss"
    )
    reply = ask(serve(CHAIN), CHAT, HELLO)
    message = reply.json["error"]["message"]

    assert (503, "a") == (reply.status, reply.headers["x-litellm-model-group"])
    assert ("down" in message, "Fallback b failed too: " in message) == (True, True)


@pytest.mark.parametrize(
    ("bound", "strategy", "said"),
    [
        ("max_parallel_requests: 1", "simple-shuffle", "is at its limit of calls at one time"),
        ("rpm: 1", "usage-based-routing-v2", "has reached its rpm or tpm for this minute"),
    ],
)
def test_a_rows_bounds(ask, serve, workspace, bound, strategy, said):
    """They hold: what is beyond them falls back, or is told when to come back."""
    address = serve(
        f"model_list: [{{model_name: a, litellm_params: {{model: databricks/{LLAMA}, {bound}}}}}]\n"
        f"router_settings: {{routing_strategy: {strategy}, num_retries: 0}}"
    )
    workspace.fault("delay=0.5")
    with ThreadPoolExecutor() as pool:
        replies = list(pool.map(lambda _: ask(address, CHAT, HELLO), range(3)))
    refused = [reply for reply in replies if reply.status == 429]

    # In two minutes a row may be asked twice, and a test may see the end of one.
    assert 1 <= len(workspace.requests) < 3
    assert [] == [message for reply in refused if said not in (message := reply.json["error"]["message"])]
    assert len(refused) + len(workspace.requests) == 3


def test_retries_of_the_clients_choice(ask, serve, workspace):
    """None, when it would rather try again itself."""
    address = serve(TWO_GROUPS)
    workspace.fault("status=503,times=1")

    assert (503, "0") == (
        (reply := ask(address, CHAT, {**HELLO, "num_retries": 0})).status,
        reply.headers["x-litellm-attempted-retries"],
    )


def test_another_deployment_of_the_group(ask, serve, workspace):
    """The next row takes over at once, and the client sees nothing but the name it asked for."""
    rows = TWO_GROUPS.replace("model_name: b", "model_name: a")
    address = serve(rows + "router_settings: {num_retries: 2}")
    workspace.fault(f"status=500,model={LLAMA}")
    replies = [ask(address, CHAT, HELLO) for _ in range(12)]

    assert {(200, "a")} == {(reply.status, reply.json["model"]) for reply in replies}
    assert {"0", "1"} == {reply.headers["x-litellm-attempted-retries"] for reply in replies}
    assert {"0"} == {reply.headers["x-litellm-attempted-fallbacks"] for reply in replies}


@pytest.mark.parametrize("stream", [False, True])
def test_a_fallback(ask, serve, workspace, stream):
    """Another group answers when the first cannot, under the name that was asked for."""
    address = serve(TWO_GROUPS + NO_RETRIES)
    workspace.fault(f"status=500,model={LLAMA}")
    reply = ask(address, CHAT, {**HELLO, "stream": stream})
    name = json.loads(reply.body.split(b"\n")[0][6:])["model"] if stream else reply.json["model"]

    assert (200, "0", "1") == effort(reply)
    assert ("a", "b") == (name, reply.headers["x-litellm-model-group"])
    assert [LLAMA, CLAUDE] == asked(workspace)


def test_a_fallback_of_the_clients_choice(ask, serve, workspace):
    """By the name of a group, as LiteLLM's proxy takes it."""
    address = serve(TWO_GROUPS + "litellm_settings: {num_retries: 0}")
    workspace.fault(f"status=500,model={LLAMA}")

    assert (200, "0", "1") == effort(ask(address, CHAT, {**HELLO, "fallbacks": ["b"]}))


def test_no_fallback_when_the_client_wants_none(ask, serve, workspace):
    """`disable_fallbacks`."""
    address = serve(TWO_GROUPS + NO_RETRIES)
    workspace.fault(f"status=500,model={LLAMA}")

    assert 500 == ask(address, CHAT, {**HELLO, "disable_fallbacks": True}).status
    assert [LLAMA] == asked(workspace)


def test_a_prompt_that_is_too_long_goes_to_a_larger_model(ask, serve, workspace):
    """`context_window_fallbacks`, for that failure alone."""
    address = serve(TWO_GROUPS + "litellm_settings: {num_retries: 0, context_window_fallbacks: [{a: [b]}]}")
    workspace.fault(f"status=400,times=1,model={LLAMA},message=prompt is too long")
    long = ask(address, CHAT, HELLO)
    workspace.fault(f"status=400,times=1,key=2,model={LLAMA}")
    wrong = ask(address, CHAT, HELLO)

    assert (200, "b") == (long.status, long.headers["x-litellm-model-group"])
    assert 400 == wrong.status


def test_when_all_fail_the_first_error_counts(ask, serve, workspace):
    """It is about the model that was asked for."""
    address = serve(TWO_GROUPS + NO_RETRIES)
    workspace.fault(f"status=429,model={LLAMA},message=too many; status=500,model={CLAUDE}")
    reply = ask(address, CHAT, HELLO)

    assert 429 == reply.status
    assert "too many" in reply.json["error"]["message"]


def test_embeddings_fall_back_too(ask, serve, workspace):
    """Each batch by itself."""
    address = serve(
        """
        model_list:
          - {model_name: a, litellm_params: {model: databricks/databricks-bge-large-en}}
          - {model_name: b, litellm_params: {model: databricks/databricks-gte-large-en, instruction: find}}
        litellm_settings: {num_retries: 0, fallbacks: [{a: [b]}]}
        """
    )
    workspace.fault("status=500,model=bge")
    reply = ask(address, "/v1/embeddings", {"model": "a", "input": "hello"})

    assert (200, "0", "1") == effort(reply)
    assert ("a", "find") == (reply.json["model"], workspace.requests[-1]["body"]["instruction"])


def test_a_time_limit_of_the_client(ask, serve, workspace):
    """The client's patience ends the call, with the status for it."""
    address = serve(TWO_GROUPS)
    workspace.fault("delay=5")

    assert 408 == ask(address, CHAT, {**HELLO, "timeout": 0.1, "num_retries": 0}).status


def test_an_expired_oauth_token_is_renewed(ask, serve, workspace):
    """Nobody notices that an hour has gone by."""
    address = serve(TWO_GROUPS + "# renewed", environ=workspace.oauth_environ)
    first = ask(address, CHAT, HELLO)
    workspace.expire_tokens()
    second = ask(address, CHAT, HELLO)

    assert [200, 200] == [first.status, second.status]
    assert 2 == sum(request["path"] == "/oidc/v1/token" for request in workspace.requests)


def test_one_token_for_many_calls(ask, serve, workspace):
    """A token is asked for once."""
    address = serve(TWO_GROUPS + "# once", environ=workspace.oauth_environ)
    for _ in range(3):
        ask(address, CHAT, HELLO)

    assert ["/oidc/v1/token"] == [r["path"] for r in workspace.requests if "oidc" in r["path"]]


BGE, GTE = "databricks/databricks-bge-large-en", "databricks/databricks-gte-large-en"
WILD = f"""
model_list: [{{model_name: "databricks/*", litellm_params: {{model: "databricks/*"}}}}]
router_settings: {{num_retries: 0, fallbacks: [{{{BGE}: [{GTE}]}}]}}
"""
LONG = "word " * 1000  # more than the first model takes
BATCHES = [*("a" for _ in range(150)), LONG]  # two of them


def test_vectors_of_two_models_are_not_mixed(ask, serve, workspace):
    """They mean nothing to one another: the model that takes over begins with the first batch."""
    reply = ask(serve(WILD), "/v1/embeddings", {"model": BGE, "input": BATCHES})
    asked = [(each["body"]["model"], len(each["body"]["input"])) for each in workspace.requests]

    assert (200, "1") == (reply.status, reply.headers["x-litellm-attempted-fallbacks"])
    assert [151] == [sum(size for model, size in asked if f"databricks/{model}" == GTE)]


def test_the_batches_of_embeddings_share_a_deadline(ask, serve, workspace):
    """A time limit is for the answer, however many requests it takes."""
    workspace.fault("delay=0.4")
    body = {"model": GTE, "input": ["a"] * 301, "timeout": 0.75}

    assert 408 == ask(serve(WILD), "/v1/embeddings", body).status
    assert 2 == len(workspace.requests)


TWO = f"""
model_list:
  - {{model_name: a, litellm_params: {{model: databricks/{LLAMA}, order: 1}}}}
  - {{model_name: a, litellm_params: {{model: databricks/{CLAUDE}, order: 2}}}}
router_settings: {{cooldown_time: 60, num_retries: 0}}
"""


@pytest.mark.parametrize(
    ("plan", "body"),
    [
        pytest.param("delay=0.3", {"timeout": 0.1}, id="of the call"),
        pytest.param("delay=0.3", {"timeout": 0.1, "stream": True}, id="of the call, streamed"),
        pytest.param("delay=0.3", {"stream_timeout": 0.1, "stream": True}, id="of the stream"),
        pytest.param("pause=0.6,after=2", {"timeout": 0.3, "stream": True}, id="in the stream"),
    ],
)
def test_one_clients_impatience_is_not_everybodys(ask, serve, workspace, plan, body):
    """Its own time limits take no deployment from the others."""
    address = serve(TWO + f"# {plan} {body}")
    workspace.fault(f"{plan},times=1")
    ask(address, CHAT, {**HELLO, **body})
    ask(address, CHAT, HELLO)

    assert [LLAMA, LLAMA] == asked(workspace)


def test_a_deployment_that_is_too_slow_by_our_own_limit(ask, serve, workspace):
    """Is left alone, as it would be too slow for the next call, too."""
    address = serve(TWO + "litellm_settings: {request_timeout: 0.1}")
    workspace.fault("delay=0.3,times=1")
    ask(address, CHAT, HELLO)
    ask(address, CHAT, HELLO)

    assert [LLAMA, CLAUDE] == asked(workspace)
