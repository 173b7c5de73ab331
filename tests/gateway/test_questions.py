"""What is told without asking a model: token counts, accepted parameters, and what stands in a query."""

from __future__ import annotations

import pytest

from lakeway import token_counter
from lakeway.errors import BadRequestError
from lakeway.gateway import query

HI = [{"role": "user", "content": "hello there"}]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"prompt": "hello there"}, token_counter(text="hello there")),
        ({"prompt": ["hello", "there"]}, token_counter(text=["hello", "there"])),
        ({"messages": HI}, token_counter(messages=HI)),
        ({"messages": HI, "prompt": "much longer than that"}, token_counter(messages=HI)),
    ],
)
def test_token_counter(ask, address, workspace, body, expected):
    """LiteLLM's shape; the SDK's own estimate, and nothing is sent."""
    answer = ask(address, "/utils/token_counter", {"model": "llama", **body})

    assert {
        "total_tokens": expected,
        "request_model": "llama",
        "model_used": "databricks-meta-llama-3-3-70b-instruct",
        "tokenizer_type": "estimate",
    } == answer.json
    assert [] == workspace.requests


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model": "llama"}, "messages"),
        ({"prompt": "hi"}, "model"),
        ({"model": 3, "prompt": "hi"}, "model"),
        ({"model": "llama", "prompt": 3}, "prompt"),
        ({"model": "llama", "messages": "hi"}, "messages"),
        ({"model": "no/such", "prompt": "hi"}, "model"),
    ],
)
def test_what_cannot_be_counted(ask, address, body, param):
    """Each mistake names its field."""
    answer = ask(address, "/utils/token_counter", body)

    assert (400, param) == (answer.status, answer.json["error"]["param"])


def test_supported_params(ask, address):
    """Those of the model behind the name."""
    path = "/utils/supported_openai_params"
    claude = ask(address, f"{path}?model=claude").json["supported_openai_params"]
    llama = ask(address, f"{path}?model=llama").json["supported_openai_params"]

    assert {"tools", "thinking"} <= {*claude}
    assert "thinking" not in llama
    assert (400, "model") == (
        (answer := ask(address, path)).status,
        answer.json["error"]["param"],
    )
    assert 400 == ask(address, f"{path}?model=no/such").status


LIMITED = """
model_list:
  - {model_name: chat, litellm_params: {model: databricks/databricks-meta-llama-3-3-70b-instruct}}
  - {model_name: secret, litellm_params: {model: databricks/databricks-claude-sonnet-4-5}}
keys: [{key: sk-limited, models: [chat]}]
"""


@pytest.mark.parametrize(("model", "status"), [("chat", 200), ("secret", 403), ("no/such", 403)])
def test_a_keys_models(ask, serve, model, status):
    """Who may not call a model does not learn what is behind its name, or whether there is anything."""
    address = serve(LIMITED)
    body = {"model": model, "messages": HI}
    counted = ask(address, "/utils/token_counter", body, key="sk-limited")
    supported = ask(address, f"/utils/supported_openai_params?model={model}", key="sk-limited")
    called = ask(address, "/v1/chat/completions", body, key="sk-limited")

    assert (status, status, status) == (counted.status, supported.status, called.status)
    if status == 403:
        assert called.json == counted.json == supported.json


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", None),
        ("other=1", None),
        ("name=", None),
        ("name=a", "a"),
        ("name=a%20b+c", "a b c"),
        ("other=1&name=a&name=b", "a"),
        ("name=%ff", "�"),
        ("&&=&name=a", "a"),
    ],
)
def test_texts_of_a_query(given, expected):
    """The first value counts; nothing said and an empty value are the same."""
    assert expected == query.text(given, "name")


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", False), ("on", True), ("on=", True), ("on=TRUE", True), ("on=1", True), ("on=false", False)],
)
def test_flags_of_a_query(given, expected):
    """The name alone is enough."""
    assert expected is query.flag(given, "on")


@pytest.mark.parametrize("given", ["on=perhaps", "&".join(["a=1"] * 101)])
def test_queries_that_mean_nothing(given):
    """They are refused, not guessed."""
    with pytest.raises(BadRequestError):
        query.flag(given, "on")
