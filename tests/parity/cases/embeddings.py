"""Embeddings: the forms of input and parameters, of replies and failures."""

from typing import Any

from parity.case import Case, Reply

BGE = "databricks/databricks-bge-large-en"
QWEN = "databricks/databricks-qwen3-embedding-0-6b"
ROWS = [{"object": "embedding", "index": i, "embedding": [0.25, -0.5]} for i in range(2)]
USAGE = {"prompt_tokens": 4, "total_tokens": 4}


def _vectors(count: int = 1, **fields: Any) -> Reply:
    body = {"id": "e1", "object": "list", "model": "bge", "data": ROWS[:count], "usage": USAGE, **fields}
    return Reply(body={key: value for key, value in body.items() if value is not ...})


def _embedding(
    name: str, text: Any = "hi", reply: Reply | None = None, model: str = BGE, **params: Any
) -> Case:
    says = params.pop("says", "")
    arguments = {"model": model, "input": text, **params}
    return Case(name=name, call="embedding", arguments=arguments, reply=reply or _vectors(), says=says)


CASES: tuple[Case, ...] = (
    _embedding("text"),
    _embedding("list", ["a", "b"], _vectors(2)),
    _embedding("instruction", ["a"], instruction="Represent this sentence for searching relevant passages:"),
    _embedding("instruction-empty", ["a"], instruction=""),
    _embedding("tokens", [[1, 2, 3]]),
    _embedding("unknown-parameter", ["a"], extraparam=True),
    _embedding("encoding_format-float", ["a"], encoding_format="float", says="encoding_format"),
    _embedding("encoding_format-base64", ["a"], encoding_format="base64", says="encoding_format"),
    _embedding("encoding_format-dropped", ["a"], encoding_format="float", drop_params=True),
    _embedding("dimensions", ["a"], model=QWEN, dimensions=64, says="dimensions"),
    _embedding("dimensions-bge", ["a"], dimensions=64, says="dimensions"),
    _embedding("dimensions-dropped", ["a"], dimensions=64, drop_params=True),
    _embedding("user", ["a"], user="u1", says="user"),
    _embedding("extra_body", ["a"], extra_body={"x": 1}),
    _embedding("extra_headers", ["a"], extra_headers={"X-Team": "a"}),
    _embedding("unity", ["a"], model="databricks/system.ai.bge-large-en"),
    _embedding("custom", ["a"], model="databricks/my-embedder"),
    _embedding("empty-list", []),
    _embedding("usage-missing", ["a"], _vectors(usage=...)),
    _embedding("model-missing", ["a"], _vectors(model=...)),
    _embedding(
        "status-400", ["a"], Reply(status=400, body={"error_code": "BAD_REQUEST", "message": "no"}), says="no"
    ),
    _embedding(
        "status-429", ["a"], Reply(status=429, body={"error_code": "X", "message": "slow"}), says="slow"
    ),
    _embedding("html", ["a"], Reply(body="<html>", content_type="text/html")),
)
