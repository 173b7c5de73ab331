"""Routes: every form of base with every operation, for every kind of name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.databricks.surfaces import Route, management_url, parse, route, token_url
from lakeway.errors import BadRequestError

HOST = "https://adb-1.2.azuredatabricks.net"
BETA = "https://123.ai-gateway.cloud.databricks.com"
PROXY = "https://proxy.example.com"

CLAUDE, GPT, LLAMA = "databricks-claude-sonnet-5", "databricks-gpt-5", "databricks-llama-4-maverick"
CUSTOM, UNITY, UNITY_GPT = "my-endpoint", "system.ai.claude-sonnet-5", "system.ai.gpt-6-sol"


def classic(path):
    return Route(f"{HOST}/serving-endpoints/{path}", "serving-endpoints")


def gateway(path):
    return Route(f"{HOST}/ai-gateway/{path}", "ai-gateway")


CLASSIC_FORMS = [HOST, f"{HOST}/", HOST.removeprefix("https://"), f"{HOST}/serving-endpoints", f"{HOST}/?o=1"]
GATEWAY_FORMS = [f"{HOST}/ai-gateway", f"{HOST}/ai-gateway/mlflow/v1", f"{HOST}/ai-gateway/mlflow/v1/"]


@pytest.mark.parametrize("address", CLASSIC_FORMS)
@pytest.mark.parametrize(
    ("operation", "model", "expected"),
    [
        ("chat", CLAUDE, classic("chat/completions")),
        ("chat", CUSTOM, classic("chat/completions")),
        ("chat", "databricks-gemini-2.5-flash", classic("chat/completions")),
        ("chat", UNITY, gateway("mlflow/v1/chat/completions")),
        ("chat", "main.llm.assistant", gateway("mlflow/v1/chat/completions")),
        ("embeddings", "databricks-bge-large-en", classic("embeddings")),
        ("embeddings", "system.ai.bge-large-en", gateway("mlflow/v1/embeddings")),
        ("responses", GPT, classic("responses")),
        ("responses", CUSTOM, classic("responses")),
        ("responses", CLAUDE, classic("open-responses")),
        ("responses", LLAMA, classic("open-responses")),
        ("responses", "databricks-gpt-oss-20b", classic("open-responses")),
        ("responses", UNITY, gateway("mlflow/v1/responses")),
        ("responses", UNITY_GPT, gateway("openai/v1/responses")),
        ("completions", CUSTOM, classic("completions")),
        ("invocations", CUSTOM, classic("my-endpoint/invocations")),
        ("invocations", "a b/c", classic("a%20b%2Fc/invocations")),
        ("messages", CLAUDE, classic("anthropic/v1/messages")),
        ("messages", UNITY, gateway("anthropic/v1/messages")),
    ],
)
def test_classic_addresses(address, operation, model, expected):
    """A workspace's address leads endpoint names to the classic surface and Unity names to the gateway."""
    assert expected == route(parse(address), operation, model)


@pytest.mark.parametrize("address", GATEWAY_FORMS)
@pytest.mark.parametrize("model", [CLAUDE, CUSTOM, UNITY])
@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("chat", "mlflow/v1/chat/completions"),
        ("embeddings", "mlflow/v1/embeddings"),
        ("responses", "mlflow/v1/responses"),
        ("messages", "anthropic/v1/messages"),
    ],
)
def test_gateway_addresses(address, operation, model, path):
    """An address that says gateway keeps every name on the gateway."""
    assert gateway(path) == route(parse(address), operation, model)


@pytest.mark.parametrize(
    ("address", "operation", "model", "path"),
    [
        ("ai-gateway", "responses", GPT, "openai/v1/responses"),
        ("ai-gateway/mlflow/v1", "responses", GPT, "mlflow/v1/responses"),
        ("ai-gateway/openai/v1", "chat", CLAUDE, "openai/v1/chat/completions"),
        ("ai-gateway/openai/v1", "responses", CLAUDE, "openai/v1/responses"),
        ("ai-gateway/codex/v1", "responses", GPT, "codex/v1/responses"),
        ("ai-gateway/codex/v1", "chat", GPT, "mlflow/v1/chat/completions"),
        ("ai-gateway/cursor/v1", "chat", GPT, "cursor/v1/chat/completions"),
        ("ai-gateway/cursor/v1", "embeddings", GPT, "mlflow/v1/embeddings"),
        ("ai-gateway/anthropic", "chat", CLAUDE, "mlflow/v1/chat/completions"),
    ],
)
def test_gateway_apis(address, operation, model, path):
    """The gateway's API that the address names is kept as long as it serves the operation."""
    assert gateway(path) == route(parse(f"{HOST}/{address}"), operation, model)


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("chat", "mlflow/v1/chat/completions"),
        ("embeddings", "mlflow/v1/embeddings"),
        ("responses", "openai/v1/responses"),
        ("messages", "anthropic/v1/messages"),
    ],
)
def test_the_retired_gateway_host(operation, path):
    """The beta's own host has the same APIs, without the gateway's path."""
    assert Route(f"{BETA}/{path}", "ai-gateway") == route(parse(BETA), operation, GPT)


@pytest.mark.parametrize("operation", ["completions", "invocations"])
@pytest.mark.parametrize(
    ("address", "model"), [(f"{HOST}/ai-gateway", CUSTOM), (HOST, UNITY), (BETA, CUSTOM)]
)
def test_what_the_gateway_does_not_have(address, operation, model):
    """Operations that only serving endpoints have are refused on the gateway, by name."""
    with pytest.raises(BadRequestError, match=f"gateway has no {operation}"):
        route(parse(address), operation, model)


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("chat", "chat/completions"),
        ("embeddings", "embeddings"),
        ("responses", "responses"),
        ("completions", "completions"),
        ("invocations", "system.ai.claude-sonnet-5/invocations"),
    ],
)
def test_custom_servers(operation, path):
    """A path that is not Databricks' own is used as it is, whatever the name looks like."""
    expected = Route(f"{PROXY}/llm/v1/{path}", "custom")

    assert expected == route(parse(f"{PROXY}/llm/v1"), operation, UNITY)


def test_custom_servers_have_no_native_messages():
    """Nobody knows that a custom server speaks Anthropic's API, so it is not tried."""
    with pytest.raises(BadRequestError, match="Messages API"):
        route(parse(f"{PROXY}/llm/v1"), "messages", CLAUDE)


@pytest.mark.parametrize(
    ("prefix", "model", "expected"),
    [
        ("/dbx/serving-endpoints", CLAUDE, f"{PROXY}/dbx/serving-endpoints/chat/completions"),
        ("/dbx/serving-endpoints", UNITY, f"{PROXY}/dbx/ai-gateway/mlflow/v1/chat/completions"),
        ("/dbx/ai-gateway", CLAUDE, f"{PROXY}/dbx/ai-gateway/mlflow/v1/chat/completions"),
    ],
)
def test_proxies_with_a_prefix(prefix, model, expected):
    """A workspace behind a proxy keeps the prefix on both surfaces."""
    assert expected == route(parse(f"{PROXY}{prefix}"), "chat", model).url


@pytest.mark.parametrize("operation", ["chat", "embeddings", "responses", "completions", "messages"])
def test_an_endpoint_of_its_own_takes_every_operation(operation):
    """With the invocations URL of one endpoint, its task decides what it answers."""
    url = f"{HOST}/serving-endpoints/my-model/invocations"

    assert Route(url, "serving-endpoints") == route(parse(url), operation, UNITY)


def test_a_full_url_is_kept_for_its_operation_only():
    """Chat goes to the chat URL as given, even for a Unity name; embeddings go beside it."""
    base = parse(f"{HOST}/serving-endpoints/chat/completions")

    assert classic("chat/completions") == route(base, "chat", UNITY)
    assert classic("embeddings") == route(base, "embeddings", "databricks-bge-large-en")
    assert gateway("mlflow/v1/embeddings") == route(base, "embeddings", "system.ai.bge-large-en")


def test_an_invocation_needs_a_name():
    """Without a name there is no endpoint to invoke."""
    with pytest.raises(BadRequestError, match="none was given"):
        route(parse(HOST), "invocations", "")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (HOST, f"{HOST}/oidc/v1/token"),
        (f"{HOST}/ai-gateway/mlflow/v1/chat/completions", f"{HOST}/oidc/v1/token"),
        (f"{PROXY}/dbx/serving-endpoints", f"{PROXY}/dbx/oidc/v1/token"),
        (f"{PROXY}/llm/v1", f"{PROXY}/oidc/v1/token"),
        ("http://127.0.0.1:4010", "http://127.0.0.1:4010/oidc/v1/token"),
    ],
)
def test_token_url(address, expected):
    """Tokens come from the workspace, whatever surface the address names."""
    assert expected == token_url(parse(address))


def test_management_url():
    """Management paths hang off the workspace, by default the list of endpoints."""
    base = parse(f"{HOST}/serving-endpoints")

    assert f"{HOST}/api/2.0/serving-endpoints" == management_url(base)
    assert f"{HOST}/api/2.0/preview/scim/v2/Me" == management_url(base, "/api/2.0/preview/scim/v2/Me")


addresses = st.sampled_from(
    [
        *(*CLASSIC_FORMS, *GATEWAY_FORMS, BETA, f"{BETA}/openai/v1", f"{PROXY}/llm/v1", "localhost:4010"),
        *(f"{PROXY}/a/serving-endpoints", f"{PROXY}/a/ai-gateway/openai/v1"),
        f"{HOST}/serving-endpoints/x/invocations",
    ]
)
operations = st.sampled_from(["chat", "embeddings", "responses", "completions", "invocations", "messages"])
models = st.one_of(
    st.sampled_from([CLAUDE, GPT, LLAMA, CUSTOM, UNITY, UNITY_GPT]),
    st.from_regex(r"[a-zA-Z0-9_-]{1,20}", fullmatch=True),
)


@given(addresses, operations, models)
def test_a_produced_url_leads_to_itself(address, operation, model):
    """A URL that a route gave, used as the base, is the same host, prefix and surface, and gives itself."""
    base = parse(address)
    try:
        first = route(base, operation, model)
    except BadRequestError:
        return
    again = parse(first.url)

    assert (base.host_url, base.prefix, first.surface) == (again.host_url, again.prefix, again.surface)
    assert first == route(again, operation, model)
