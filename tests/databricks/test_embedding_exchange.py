"""One batch of inputs: what is sent on each surface, and that each input gets its own vector back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lakeway.core.http import Headers, HttpResponse
from lakeway.core.request import EmbeddingRequest, Leniency
from lakeway.core.steps import Credential
from lakeway.databricks.embeddings import EmbeddingExchange
from lakeway.databricks.surfaces import parse
from lakeway.databricks.target import DatabricksTarget
from lakeway.errors import APIResponseValidationError, BadRequestError, UnsupportedParamsError

GTE, QWEN, UNITY = "databricks-gte-large-en", "databricks-qwen3-embedding-0-6b", "system.ai.gte-large-en"


def exchange(model: str = GTE, texts: Any = ("a", "b"), **fields: Any) -> EmbeddingExchange:
    target = DatabricksTarget(
        provider="databricks",
        model=model,
        alias=model,
        credential=Credential(),
        base=parse("https://adb-1.azuredatabricks.net"),
    )
    return EmbeddingExchange(target, EmbeddingRequest(input=list(texts), **fields))


def sent(*args: Any, **fields: Any) -> tuple[dict[str, Any], dict[str, str]]:
    request = exchange(*args, **fields).write_request(())
    body = json.loads(request.body)
    return {k: v for k, v in body.items() if k not in ("model", "input")}, dict(request.headers)


@pytest.mark.parametrize(
    ("model", "fields", "expected"),
    [
        (
            GTE,
            {"params": {"instruction": "i", "odd": 1, "dimensions": None, "empty": ""}},
            {"instruction": "i", "odd": 1},
        ),
        (GTE, {"params": {"encoding_format": "base64"}}, {}),
        (QWEN, {"params": {"dimensions": 256}}, {"dimensions": 256}),
        ("my-own", {"params": {"dimensions": 256}}, {"dimensions": 256}),
        (GTE, {"params": {"dimensions": 256}, "leniency": Leniency(drop=True)}, {}),
        (
            GTE,
            {"params": {"dimensions": 256}, "leniency": Leniency(allowed=frozenset({"dimensions"}))},
            {"dimensions": 256},
        ),
        (GTE, {"params": {"a": {"b": 1, "c": 2}}, "leniency": Leniency(dropped=("a.b",))}, {"a": {"c": 2}}),
        (GTE, {"extra_body": {"x": 1}}, {"x": 1}),
        (
            GTE,
            {"params": {"user": "u", "metadata": {"team": "t"}}},
            {"usage_context": {"user": "u", "team": "t"}},
        ),
        ("my-own", {"params": {"user": "u", "metadata": {"team": "t"}}}, {}),
        ("my-own", {"tags": {"a": "b"}}, {"usage_context": {"a": "b"}}),
        (GTE, {"client_request_id": "r"}, {"client_request_id": "r"}),
        (UNITY, {"client_request_id": "r", "tags": {"a": "b"}, "params": {"user": "u"}}, {}),
    ],
)
def test_body(model: str, fields: dict[str, Any], expected: dict[str, Any]) -> None:
    """What the model takes, and whom the call is for where its surface looks for it."""
    assert expected == sent(model, **fields)[0]


def test_tags_of_the_gateway() -> None:
    """The Unity gateway reads a header; it knows no usage_context and no client_request_id."""
    _, headers = sent(UNITY, client_request_id="r", tags={"a": "ü"}, params={"user": "u"})

    assert {"a": "ü", "user": "u", "client_request_id": "r"} == json.loads(
        headers["Databricks-Ai-Gateway-Request-Tags"]
    )
    assert headers["Databricks-Ai-Gateway-Request-Tags"].isascii()


@pytest.mark.parametrize(
    ("params", "kind", "param"),
    [
        ({"dimensions": 256}, UnsupportedParamsError, "dimensions"),
        ({"encoding_format": "hex"}, BadRequestError, "encoding_format"),
        ({"metadata": "x"}, BadRequestError, "metadata"),
    ],
)
def test_what_is_refused(params: dict[str, Any], kind: type[BadRequestError], param: str) -> None:
    """By name, before anything is sent."""
    with pytest.raises(kind) as caught:
        exchange(params=params).write_request(())

    assert param == caught.value.param


def read(data: Any, **fields: Any) -> Any:
    body = json.dumps({"data": data, **fields}).encode()
    return exchange().read_reply(HttpResponse(200, Headers(), body))


@pytest.mark.parametrize(
    "rows",
    [
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [2.0]}],
        [{"index": 1, "embedding": [2.0]}, {"index": 0, "embedding": [1.0]}],
        [{"embedding": [1.0]}, {"embedding": [2.0]}],
        [{"index": None, "embedding": [1.0]}, {"index": 0, "embedding": [2.0]}],
        [{"index": 5, "embedding": [1.0]}, {"index": 7, "embedding": [2.0]}],
        [{"index": 0, "embedding": "AACAPw=="}, {"index": 1, "embedding": "AAAAQA=="}],
    ],
)
def test_each_input_gets_its_vector(rows: Any) -> None:
    """The order is that of the inputs, whatever the order of the rows, and the index says so."""
    reply = read(rows)

    assert [(0, [1.0]), (1, [2.0])] == [(row["index"], row["embedding"]) for row in reply["data"]]


def test_what_else_the_server_says_is_kept() -> None:
    """Fields that are not known, of the reply and of its rows."""
    rows = [{"index": 0, "embedding": [1], "x": 1}, {"index": 1, "embedding": [2]}]
    reply = read(rows, id="e", usage={"prompt_tokens": 3})

    assert ("e", "list", 1, 3) == (
        reply["id"],
        reply["object"],
        reply["data"][0]["x"],
        reply["usage"]["prompt_tokens"],
    )


GOOD = {"index": 0, "embedding": [1.0]}


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [],
        [GOOD],
        [GOOD, GOOD, GOOD],
        [GOOD, None],
        [GOOD, {"index": 1}],
        [GOOD, {"index": 1, "embedding": None}],
        [GOOD, {"index": 1, "embedding": ["a"]}],
        [GOOD, {"index": 1, "embedding": [None]}],
        [GOOD, {"index": 1, "embedding": [[1.0]]}],
        [GOOD, {"index": 1, "embedding": {"a": 1}}],
        [GOOD, {"index": 1, "embedding": "!!!a"}],
        [GOOD, {"index": 1, "embedding": "AACAP"}],
        [GOOD, {"index": 1, "embedding": "AAA="}],
        [GOOD, {"index": 1, "embedding": "ü"}],
    ],
)
def test_what_are_no_vectors(data: Any) -> None:
    """A vector too few, too many or misshapen is no answer."""
    with pytest.raises(APIResponseValidationError):
        read(data)


def test_the_reason_is_told() -> None:
    """Not only that something was wrong."""
    with pytest.raises(APIResponseValidationError, match="1 vectors for 2 inputs"):
        read([GOOD])
