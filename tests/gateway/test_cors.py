"""Pages of other origins: what a browser is told before it asks, and with the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

CHAT = "/v1/chat/completions"
HELLO: Any = {"model": "a", "messages": [{"role": "user", "content": "Hello"}]}
MODEL = "databricks/databricks-meta-llama-3-3-70b-instruct"
ROW = f"model_list: [{{model_name: a, litellm_params: {{model: {MODEL}}}}}]\n"
ONE = ROW + "general_settings: {cors_origins: ['https://chat.example']}"
NONE = ROW + "general_settings: {cors_origins: []}"
PAGE = "https://chat.example"
PREFLIGHT = {
    "origin": PAGE,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,x-stainless-os",
}

Ask = Callable[..., SimpleNamespace]
Serve = Callable[..., str]


def allowed(reply: SimpleNamespace) -> str | None:
    origin: str | None = reply.headers.get("access-control-allow-origin")
    return origin


def cors(reply: SimpleNamespace) -> Mapping[str, str]:
    return {name: value for name, value in reply.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize(("config", "origin"), [(ROW, "*"), (ONE, PAGE)])
@pytest.mark.parametrize("path", [CHAT, "/v1/models", "/no/such/path"])
def test_a_browser_asks_first(serve: Serve, ask: Ask, config: str, origin: str, path: str):
    """It sends no key with that question, and wants its own headers to be allowed by name."""
    reply = ask(serve(config), path, method="OPTIONS", key=None, headers=PREFLIGHT)

    assert (204, b"") == (reply.status, reply.body)
    assert {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": "authorization,content-type,x-stainless-os",
        "access-control-max-age": "600",
    } == cors(reply)
    assert (origin == PAGE) == (reply.headers.get("vary") == "origin")


def test_a_question_without_headers_of_its_own(serve: Serve, ask: Ask):
    """Is answered with those that a call needs."""
    asked = {name: value for name, value in PREFLIGHT.items() if not name.endswith("headers")}
    reply = ask(serve(ROW), CHAT, method="OPTIONS", key=None, headers=asked)

    assert "authorization, content-type" == reply.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    ("config", "headers"),
    [
        (ONE, {**PREFLIGHT, "origin": "https://evil.example"}),
        (ONE, {**PREFLIGHT, "origin": "https://chat.example.evil.example"}),
        (ONE, {**PREFLIGHT, "origin": "http://chat.example"}),
        (ONE, {**PREFLIGHT, "origin": "null"}),
        (NONE, PREFLIGHT),
        (ROW, {"origin": PAGE}),
        (ROW, {"access-control-request-method": "POST"}),
    ],
)
def test_a_question_that_is_not_answered(serve: Serve, ask: Ask, config: str, headers: dict[str, str]):
    """From origins that are not listed; and what is no such question needs a key, like any request."""
    reply = ask(serve(config), CHAT, method="OPTIONS", key=None, headers=headers)

    assert 401 == reply.status
    assert "access-control-allow-methods" not in reply.headers


def test_options_with_a_key(serve: Serve, ask: Ask):
    """Is not a method of any endpoint."""
    assert 405 == ask(serve(ROW), CHAT, method="OPTIONS").status


@pytest.mark.parametrize(
    ("path", "body", "key", "status"),
    [
        (CHAT, HELLO, "sk-gateway-tests", 200),
        (CHAT, {**HELLO, "stream": True}, "sk-gateway-tests", 200),
        ("/v1/models", None, "sk-gateway-tests", 200),
        ("/health/liveliness", None, None, 200),
        (CHAT, b"{", "sk-gateway-tests", 400),
        (CHAT, {**HELLO, "model": "b"}, "sk-gateway-tests", 400),
        (CHAT, HELLO, "sk-wrong", 401),
        ("/no/such/path", None, "sk-gateway-tests", 404),
    ],
)
@pytest.mark.parametrize(("config", "origin"), [(ROW, "*"), (ONE, PAGE)])
def test_a_page_may_read_the_answer(
    serve: Serve, ask: Ask, config: str, origin: str, path: str, body: Any, key: str | None, status: int
):
    """Errors as well, and all of its headers."""
    reply = ask(serve(config), path, body, key=key, headers={"origin": PAGE})

    assert status == reply.status
    assert {"access-control-allow-origin": origin, "access-control-expose-headers": "*"} == cors(reply)


def test_an_error_of_a_model(serve: Serve, ask: Ask, workspace: Any):
    """Is one that a page may read, too."""
    workspace.fault("status=403")

    assert (403, "*") == (
        (reply := ask(serve(ROW), CHAT, HELLO, headers={"origin": PAGE})).status,
        allowed(reply),
    )


@pytest.mark.parametrize(
    ("config", "headers"), [(ROW, {}), (ONE, {"origin": "https://evil.example"}), (NONE, {"origin": PAGE})]
)
def test_an_answer_that_no_page_may_read(serve: Serve, ask: Ask, config: str, headers: dict[str, str]):
    """A program gets no such headers, and a page that is not listed cannot see what it gets."""
    reply = ask(serve(config), CHAT, HELLO, headers=headers)

    assert (200, {}) == (reply.status, cors(reply))


def test_no_credentials_are_ever_allowed(serve: Serve, ask: Ask):
    """A key is a header that the page sets itself; cookies mean nothing here."""
    replies = [
        ask(serve(config), CHAT, method="OPTIONS", key=None, headers=PREFLIGHT) for config in (ROW, ONE)
    ]

    assert not any("access-control-allow-credentials" in reply.headers for reply in replies)


@pytest.mark.parametrize("origin", [PAGE, "http://localhost:3000", "null"])
@pytest.mark.parametrize("config", [ROW, ONE])
def test_an_open_gateway_answers_no_page(serve: Serve, ask: Ask, config: str, origin: str):
    """Without a key anything that a page may ask for would be anybody's to ask for."""
    address = serve(config, key=None)
    question = ask(address, CHAT, method="OPTIONS", key=None, headers={**PREFLIGHT, "origin": origin})
    answer = ask(address, "/v1/models", key=None, headers={"origin": origin})
    public = ask(address, "/health/liveliness", key=None, headers={"origin": origin})

    assert 204 != question.status
    assert [{}, {}, {}] == [cors(question), cors(answer), cors(public)]
