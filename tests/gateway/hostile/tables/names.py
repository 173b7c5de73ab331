"""Names of models that are none, wherever a model may be named; and marks that a header cannot carry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from hostile.case import CHAT, COMPLETIONS, COUNTER, EMBEDDINGS, HELLO, Case, get, post

MIB = 1024 * 1024
NAMES = {
    "empty": "",
    "space": " ",
    "unknown": "gpt-99",
    "asterisk": "*",
    "wild": "databricks/*",
    "half of a name": "databricks/",
    "only slashes": "///",
    "traversal": "databricks/../../api/2.0/secrets/list",
    "escaped traversal": "databricks/..%2f..%2fapi",
    "query": "databricks/x?y=z#f",
    "line ends": "databricks/x\r\nHost: evil.test\r\n\r\nGET / HTTP/1.1",
    "NUL": "databricks/x\x00y",
    "escape": "databricks/\x1b[2J\x1b]0;x\x07",
    "format": "databricks/%s%n{0}{x.__class__}",
    "emoji": "databricks/🔥",
    "right to left": "databricks/\u202egnp.exe",
    "quotes": "databricks/\"'`$(id)",
    "SQL": "databricks/x'; DROP TABLE models; --",
    "markup": "databricks/<script>alert(1)</script>",
    "template": "databricks/{{7*7}}${jndi:ldap://x}",
    "dots": "databricks/.",
    "catalog": "databricks/a.b.c.d.e",
    "a URL": "http://169.254.169.254/latest/meta-data",
    "another provider": "openai/gpt-5",
    "yet another": "vertex_ai/gemini",
    "20 kB": "databricks/" + "m" * 20_000,
    "1 MB": "databricks/" + "m" * MIB,
    "1 MB of another": "m" * MIB,
}
MARKS: tuple[Any, ...] = (
    {"a": "x\r\nEvil: 1"},
    {"a\r\nEvil: 1": "x"},
    {"\x00": "\x00"},
    {"é": "🔥", "\u202e": "\x7f"},
    {"a": "x" * 100_000},
    {"x" * 100_000: "a"},
    {f"k{n}": "v" for n in range(5_000)},
    {"a": [1, {"b": None}]},
    {"a": None, "b": True, "c": 1.5, "": ""},
    {"key_alias": "forged", "team_id": "forged"},
    {'"': '"}, {"', "\\": "\\"},
)


def cases() -> Iterator[Case]:
    for name, model in NAMES.items():
        for target, body in (
            (CHAT, HELLO),
            (CHAT, {**HELLO, "stream": True}),
            (CHAT, {**HELLO, "tools": []}),
            (COMPLETIONS, {"prompt": "x"}),
            (EMBEDDINGS, {"input": "x"}),
            (COUNTER, HELLO),
            (CHAT, {**HELLO, "fallbacks": [model]}),
        ):
            given = body if "fallbacks" in body else {**body, "model": model}
            yield Case(
                f"{name} {target} {sorted(body)} {len(str(body))}",
                (post(target, given),),
                (200, 400, 404),
                "model|endpoint|address",
            )
        if len(model) < 10_000:
            escaped = quote(model, safe="")
            yield Case(
                f"{name} in a path",
                (post(f"/engines/{escaped}/chat/completions", HELLO),),
                (200, 400, 404),
                "model|nothing|control|endpoint",
            )
            yield Case(
                f"{name} in a list", (get(f"/v1/models/{escaped}"),), (200, 400, 404), "model|nothing|control"
            )
            yield Case(
                f"{name} to ask about",
                (get(f"/utils/supported_openai_params?model={escaped}"),),
                (200, 400),
                "model",
            )
            yield Case(
                f"{name} to examine",
                (get(f"/health?model={escaped}"),),
                (200, 404),
                "deployment",
            )
    for number, marks in enumerate(MARKS):
        for field in ("metadata", "usage_context", "request_tags", "litellm_metadata"):
            for model in ("llama", "claude", "unity"):
                data = post(CHAT, {**HELLO, "model": model, field: marks})
                yield Case(
                    f"marks {number} as {field} of {model}",
                    (data,),
                    (200, 400),
                    "metadata|context|tags|header|mark",
                )
        for field in ("user", "tags"):
            value: Any = str(marks) if field == "user" else [*map(str, marks)]
            for model in ("llama", "unity"):
                yield Case(
                    f"marks {number} as {field} of {model}",
                    (post(CHAT, {**HELLO, "model": model, field: value}),),
                    (200, 400),
                    "tags|user|header",
                )
