"""Base addresses: every form that people paste, and what a refusal may not repeat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.databricks.addresses import Base, parse
from lakeway.errors import BadRequestError

AZURE = "https://adb-1.2.azuredatabricks.net"
BETA = "https://123.ai-gateway.cloud.databricks.com"
PROXY = "https://proxy.example.com"


def gateway(host, api="", **more):
    return Base(host, surface="ai-gateway", api=api, **more)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (AZURE, Base(AZURE)),
        (f"{AZURE}/", Base(AZURE)),
        ("adb-1.2.azuredatabricks.net", Base(AZURE)),
        ("adb-1.2.azuredatabricks.net/serving-endpoints", Base(AZURE)),
        ("  https://ADB-1.2.azuredatabricks.net:443 ", Base(AZURE)),
        (f"{AZURE}/serving-endpoints", Base(AZURE)),
        (f"{AZURE}/serving-endpoints/", Base(AZURE)),
        (f"{AZURE}//serving-endpoints//", Base(AZURE)),
        (f"{AZURE}/serving-endpoints/anthropic", Base(AZURE)),
        (f"{AZURE}/serving-endpoints/gemini", Base(AZURE)),
        (f"{AZURE}/api/2.0/serving-endpoints", Base(AZURE)),
        (f"{AZURE}/?o=123", Base(AZURE)),
        (f"{AZURE}/?o=123#mlflow/models", Base(AZURE)),
        (f"{AZURE}/ml/endpoints/my-model?o=123", Base(AZURE)),
        (f"{AZURE}/serving-endpoints?o=123", Base(AZURE)),
        (f"{AZURE}/ai-gateway", gateway(AZURE)),
        (f"{AZURE}/ai-gateway/mlflow/v1", gateway(AZURE, "mlflow/v1")),
        (f"{AZURE}/ai-gateway/mlflow/v1/", gateway(AZURE, "mlflow/v1")),
        (f"{AZURE}/ai-gateway/openai/v1", gateway(AZURE, "openai/v1")),
        (f"{AZURE}/ai-gateway/anthropic", gateway(AZURE, "anthropic")),
        (BETA, gateway(BETA)),
        (f"{BETA}/mlflow/v1", gateway(BETA, "mlflow/v1")),
        (f"{BETA}/anthropic", gateway(BETA, "anthropic")),
        (f"{BETA}/ai-gateway/mlflow/v1", gateway(BETA, "mlflow/v1")),
        (f"{PROXY}/dbx/serving-endpoints", Base(PROXY, "/dbx")),
        (f"{PROXY}/a/b/ai-gateway/mlflow/v1", gateway(PROXY, "mlflow/v1", prefix="/a/b")),
        (f"{PROXY}/ai-gateway/serving-endpoints", Base(PROXY, "/ai-gateway")),
        (PROXY, Base(PROXY)),
        (f"{PROXY}/llm/v1", Base(PROXY, surface="custom", api="/llm/v1")),
        (f"{PROXY}/ai-gateway/v1", Base(PROXY, surface="custom", api="/ai-gateway/v1")),
        (
            f"{AZURE}/driver-proxy-api/o/0/1/80",
            Base(AZURE, surface="custom", api="/driver-proxy-api/o/0/1/80"),
        ),
        (
            "https://agent.cloud.databricksapps.com",
            Base("https://agent.cloud.databricksapps.com", surface="custom"),
        ),
        ("http://127.0.0.1:4010", Base("http://127.0.0.1:4010")),
        ("localhost:4010", Base("http://localhost:4010")),
        ("[::1]:4010/serving-endpoints", Base("http://[::1]:4010")),
        ("http://emulator:80", Base("http://emulator")),
    ],
)
def test_addresses(address, expected):
    """Each form gives the host, what stands in front of the workspace, and the surface it names."""
    assert expected == parse(address)


@pytest.mark.parametrize(
    ("address", "operation", "root"),
    [
        (f"{AZURE}/serving-endpoints/chat/completions", "chat", f"{AZURE}/serving-endpoints"),
        (f"{AZURE}/serving-endpoints/embeddings", "embeddings", f"{AZURE}/serving-endpoints"),
        (f"{AZURE}/serving-endpoints/completions", "completions", f"{AZURE}/serving-endpoints"),
        (f"{AZURE}/serving-endpoints/responses", "responses", f"{AZURE}/serving-endpoints"),
        (f"{AZURE}/serving-endpoints/open-responses", "responses", f"{AZURE}/serving-endpoints"),
        (f"{AZURE}/serving-endpoints/anthropic/v1/messages", "messages", f"{AZURE}/serving-endpoints"),
        (f"{AZURE}/serving-endpoints/my-model/invocations", "invocations", f"{AZURE}/serving-endpoints"),
        (
            f"{AZURE}/serving-endpoints/m/served-models/s/invocations",
            "invocations",
            f"{AZURE}/serving-endpoints",
        ),
        (f"{AZURE}/ai-gateway/mlflow/v1/chat/completions", "chat", f"{AZURE}/ai-gateway/mlflow/v1"),
        (f"{AZURE}/ai-gateway/anthropic/v1/messages", "messages", f"{AZURE}/ai-gateway/anthropic"),
        (f"{BETA}/mlflow/v1/embeddings", "embeddings", f"{BETA}/mlflow/v1"),
        (f"{PROXY}/llm/v1/chat/completions", "chat", f"{PROXY}/llm/v1"),
        (f"{PROXY}/llm/v1/messages", "messages", f"{PROXY}/llm"),
    ],
)
def test_full_urls(address, operation, root):
    """The full URL of an operation is kept, and its root still serves the others."""
    base = parse(address)

    assert (operation, address, root) == (base.pinned, base.url, base.root)


def test_a_full_url_loses_its_query_and_its_trailing_slash():
    """What is kept of a full URL is what a call is sent to."""
    base = parse(f"{AZURE}/serving-endpoints/chat/completions/?o=1")

    assert f"{AZURE}/serving-endpoints/chat/completions" == base.url


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        (None, "empty"),
        (7, "empty"),
        ("os.environ/DATABRICKS_API_BASE", "DATABRICKS_API_BASE is a reference"),
        ("https://my workspace.net", "white space"),
        ("ftp://adb-1.2.azuredatabricks.net", "scheme is ftp"),
        ("https://", "host name is missing"),
        ("https://<workspace>.cloud.databricks.com", "host name is missing or malformed"),
        ("https://host:port", "host or port is malformed"),
        ("https://host:99999", "host or port is malformed"),
        ("https://[::1", "host or port is malformed"),
        ("https://token:hunter2@adb-1.2.azuredatabricks.net", "user name or password"),
        ("dapi0123456789abcdef", "looks like a token"),
        (f"{PROXY}/v1?key=hunter2", "query (key)"),
        (f"{AZURE}/serving-endpoints/v1", "/serving-endpoints/v1"),
        (f"{AZURE}/ai-gateway/open-responses", "/ai-gateway/open-responses"),
        (f"{AZURE}/ai-gateway/codex/v1/chat/completions", "/ai-gateway/codex/v1/chat/completions"),
    ],
)
def test_refusals(address, reason):
    """A bad address is refused by what is wrong with it, and no secret is repeated."""
    with pytest.raises(BadRequestError) as caught:
        parse(address)

    assert reason in caught.value.message
    assert "api_base" == caught.value.param
    assert "hunter2" not in str(caught.value)
    assert "0123456789abcdef" not in str(caught.value)


hosts = st.sampled_from([AZURE, BETA, PROXY, "http://127.0.0.1:4010", "https://x.gcp.databricks.com"])
paths = st.lists(
    st.sampled_from(
        [
            *("serving-endpoints", "ai-gateway", "mlflow", "openai", "anthropic", "v1", "chat"),
            *("completions", "embeddings", "responses", "invocations", "a", "b-c", "api", "2.0"),
        ]
    ),
    max_size=6,
).map("/".join)


@given(hosts, paths)
def test_a_root_means_the_same_address(host, path):
    """Parsing the root of any address gives that address again, without the pinned operation."""
    try:
        base = parse(f"{host}/{path}")
    except BadRequestError:
        return
    if base.surface == "custom":
        return  # the path of a custom server may itself end like an operation
    again = parse(base.root)

    assert (base.host_url, base.prefix, base.surface, base.api) == (
        again.host_url,
        again.prefix,
        again.surface,
        again.api,
    )
    assert (None, "") == (again.pinned, again.url)


@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused(text):
    """No text makes the parser fail otherwise than by saying what is wrong."""
    try:
        base = parse(text)
    except BadRequestError:
        return

    assert base.host_url.startswith(("https://", "http://"))
