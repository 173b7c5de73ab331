"""Chat, embeddings and text completions against a workspace, in both colours."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from typing import Any

import pydantic
import pytest

import lakeway

pytestmark = pytest.mark.usefixtures("databricks_environment")

LLAMA = "databricks/databricks-meta-llama-3-3-70b-instruct"
CLAUDE = "databricks/databricks-claude-sonnet-4-5"
HI = [{"role": "user", "content": "What is the capital of France?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
FAMILIES = [
    "databricks-claude-sonnet-4-5",
    "databricks-claude-opus-5-5",
    "databricks-meta-llama-3-3-70b-instruct",
    "databricks-llama-4-maverick",
    "databricks-gpt-5-2",
    "databricks-gpt-5-5",
    "databricks-gpt-6-sol",
    "databricks-gpt-oss-20b",
    "databricks-gemini-3-1-pro",
    "databricks-gemini-2-5-flash-lite",
    "databricks-gemma-3-12b",
    "databricks-deepseek-v4-1-flash-1017",
    "databricks-glm-5-3",
    "databricks-kimi-k3",
    "databricks-grok-4-7",
    "databricks-qwen35-122b-a10b",
    "system.ai.claude-sonnet-5",
    "system.ai.gpt-5-5",
    "system.ai.meta-llama-3-3-70b-instruct",
]


@pytest.mark.parametrize("model", FAMILIES)
def test_every_family(sdk: Any, model: str) -> None:
    """Whole and streamed, each family's content comes out as one text, with usage and a price."""
    whole = sdk.completion(model=f"databricks/{model}", messages=HI, max_tokens=2000)
    chunks = sdk.completion(model=f"databricks/{model}", messages=HI, max_tokens=2000, stream=True)
    streamed = lakeway.stream_chunk_builder(chunks)

    assert "Paris" in whole.choices[0].message.content
    assert whole.choices[0].message.content == streamed.choices[0].message.content
    assert ("stop", "stop") == (whole.choices[0].finish_reason, streamed.choices[0].finish_reason)
    assert whole.usage.total_tokens == streamed.usage.total_tokens > 0
    assert whole._hidden_params["response_cost"] > 0
    assert all(reply.id and reply.created and reply.model for reply in (whole, streamed, *chunks))


def test_stream_is_openais(sdk: Any) -> None:
    """Role first, text as it comes, the end, and usage because it was asked for."""
    chunks = sdk.completion(model=CLAUDE, messages=HI, stream=True, stream_options={"include_usage": True})
    deltas = [chunk.choices[0].delta for chunk in chunks[:-1]]

    assert ["assistant", *[None] * (len(deltas) - 1)] == [delta.role for delta in deltas]
    assert "The capital of France is Paris." == "".join(delta.content or "" for delta in deltas)
    assert [None] * (len(deltas) - 1) + ["stop"] == [c.choices[0].finish_reason for c in chunks[:-1]]
    assert ([], True) == (chunks[-1].choices, chunks[-1].usage.total_tokens > 0)


def test_parallel_tool_calls(sdk: Any) -> None:
    """Several calls in one turn, whole and in fragments."""
    messages = [{"role": "user", "content": "Compare the weather in Paris and in Rome"}]
    for stream in (False, True):
        answer = sdk.completion(model=CLAUDE, messages=messages, tools=[WEATHER], stream=stream)
        reply = lakeway.stream_chunk_builder(answer) if stream else answer
        calls = reply.choices[0].message.tool_calls

        assert 2 == len({call.id for call in calls})
        assert {"Paris", "Rome"} == {json.loads(call.function.arguments)["city"] for call in calls}


class City(pydantic.BaseModel):
    name: str
    population: int


TOOLS, EFFORT = {"tools": [WEATHER]}, {"reasoning_effort": "low"}
GPT = "databricks/databricks-gpt-5-2"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("model", "extra"),
    [(CLAUDE, {}), (CLAUDE, TOOLS), (CLAUDE, EFFORT), (LLAMA, {}), (LLAMA, TOOLS), (GPT, {}), (GPT, EFFORT)],
)
def test_structured_output(sdk: Any, model: str, extra: dict[str, Any], stream: bool) -> None:
    """A pydantic class comes back as its JSON, on every family, beside thinking and tools."""
    messages = [{"role": "user", "content": "Describe Lyon as JSON"}]
    answer = sdk.completion(
        model=model, messages=messages, response_format=City, stream=stream, tool_choice="none", **extra
    )
    reply = lakeway.stream_chunk_builder(answer) if stream else answer
    message = reply.choices[0].message

    assert City.model_validate_json(message.content)
    assert "stop" == reply.choices[0].finish_reason
    if model == CLAUDE and "reasoning_effort" in extra:
        assert message.thinking_blocks


def test_json_object_on_claude(sdk: Any) -> None:
    """json_object is kept, though Claude does not know it."""
    reply = sdk.completion(model=CLAUDE, messages=HI, response_format={"type": "json_object"})

    assert isinstance(json.loads(reply.choices[0].message.content), dict)


def test_images(databricks_emulator: Any, sdk: Any) -> None:
    """Pictures reach the model."""
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    content = [{"type": "text", "text": "What is this?"}, picture]
    sdk.completion(model=CLAUDE, messages=[{"role": "user", "content": content}])

    assert content == databricks_emulator.requests[-1]["body"]["messages"][0]["content"]


def test_prompt_caching(sdk: Any) -> None:
    """Marked prefixes are written once and read after, and the price follows."""
    text = {"type": "text", "text": "All work and no play. " * 800, "cache_control": {"type": "ephemeral"}}
    messages = [{"role": "system", "content": [text]}, *HI]
    first = sdk.completion(model=CLAUDE, messages=messages)
    second = sdk.completion(model=CLAUDE, messages=messages)

    assert first.usage.cache_creation_input_tokens == second.usage.cache_read_input_tokens > 1024
    assert second.usage.prompt_tokens_details.cached_tokens == second.usage.cache_read_input_tokens
    assert second._hidden_params["response_cost"] < first._hidden_params["response_cost"] / 5


def test_cache_points(databricks_emulator: Any, sdk: Any) -> None:
    """LiteLLM's injection points mark messages by role."""
    points = [{"location": "message", "role": "system"}]
    messages = [{"role": "system", "content": "Be terse."}, *HI]
    sdk.completion(model=CLAUDE, messages=messages, cache_control_injection_points=points)

    assert [{"type": "text", "text": "Be terse.", "cache_control": {"type": "ephemeral"}}] == (
        databricks_emulator.requests[-1]["body"]["messages"][0]["content"]
    )


def test_attribution(databricks_emulator: Any, sdk: Any) -> None:
    """The classic surface gets it in the body, the gateway in a header; each keeps it."""
    for model in (LLAMA, "databricks/system.ai.meta-llama-3-3-70b-instruct"):
        sdk.completion(model=model, messages=HI, user="ann", usage_context={"team": "search"})
    classic, gateway = databricks_emulator.usage[-2:]

    assert {"user": "ann", "team": "search"} == classic["usage_context"] == gateway["request_tags"]


def test_attribution_of_embeddings(databricks_emulator: Any, sdk: Any) -> None:
    """As for chat, and with the call's own id."""
    for model in (GTE, "databricks/system.ai.gte-large-en"):
        sdk.embedding(
            model=model, input="hi", user="ann", metadata={"team": "search"}, client_request_id="r-1"
        )
    classic, gateway = databricks_emulator.usage[-2:]

    assert {"user": "ann", "team": "search"} == classic["usage_context"]
    assert "r-1" == classic["client_request_id"]
    assert {"user": "ann", "team": "search", "client_request_id": "r-1"} == gateway["request_tags"]


def test_headers(databricks_emulator: Any, sdk: Any) -> None:
    """The caller's headers go along; our User-Agent names a partner."""
    sdk.completion(model=LLAMA, messages=HI, extra_headers={"x-mine": "1"}, user_agent="acme/2")
    sdk.embedding(model="databricks/databricks-gte-large-en", input="hi", extra_headers={"x-mine": "2"})
    chat, embedding = (request["headers"] for request in databricks_emulator.requests[-2:])

    assert ("1", "2") == (chat["x-mine"], embedding["x-mine"])
    assert chat["user-agent"].startswith("acme_lakeway/")


def test_package_settings(databricks_emulator: Any, sdk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set on the package holds for every call."""
    monkeypatch.setattr(lakeway, "drop_params", True)
    sdk.completion(model=LLAMA, messages=HI, seed=1)

    assert "seed" not in databricks_emulator.requests[-1]["body"]


def test_hidden_params(sdk: Any) -> None:
    """What LiteLLM's users read there, the server's headers included."""
    hidden = sdk.completion(model=LLAMA, messages=HI)._hidden_params

    assert ("databricks", "databricks/databricks-meta-llama-3-3-70b-instruct") == (
        hidden["custom_llm_provider"],
        hidden["litellm_model_name"],
    )
    assert hidden["additional_headers"]["llm_provider-x-request-id"]
    assert hidden["response_cost_dbu"] == pytest.approx(hidden["response_cost"] / 0.07, rel=1e-3)


def test_prices_per_call(sdk: Any) -> None:
    """Prices of one's own, in USD per token."""
    reply = sdk.completion(model=LLAMA, messages=HI, input_cost_per_token=1.0, output_cost_per_token=2.0)

    assert (
        reply._hidden_params["response_cost"] == reply.usage.prompt_tokens + 2 * reply.usage.completion_tokens
    )


def test_custom_endpoint(sdk: Any) -> None:
    """Any other endpoint name works too; nothing is known of its price."""
    from lakeway.testing import emulator

    with emulator(endpoints=[{"name": "my-claude-endpoint", "family": "claude"}]) as workspace:
        reply = sdk.completion(
            model="databricks/my-claude-endpoint",
            messages=HI,
            reasoning_effort="low",
            api_base=workspace.host,
            api_key=workspace.token,
        )

    assert reply.choices[0].message.thinking_blocks
    assert reply._hidden_params["response_cost"] is None


GTE = "databricks/databricks-gte-large-en"


def test_embeddings_in_order(sdk: Any) -> None:
    """A long list goes in batches and comes back in order, its usage added up."""
    texts = [f"text {i}" for i in range(310)]
    many = sdk.embedding(model=GTE, input=texts)
    one = sdk.embedding(model=GTE, input=texts[307])

    assert list(range(310)) == [row["index"] for row in many.data]
    assert one.data[0].embedding == many.data[307].embedding
    assert many.usage.prompt_tokens == many.usage.total_tokens > one.usage.prompt_tokens
    assert many._hidden_params["response_cost"] > 100 * one._hidden_params["response_cost"]


def test_embeddings_as_base64(sdk: Any) -> None:
    """The form that OpenAI's client asks for, encoded here."""
    floats = sdk.embedding(model=GTE, input="hi").data[0].embedding
    packed = sdk.embedding(model=GTE, input="hi", encoding_format="base64").data[0].embedding

    assert struct.unpack("<1024f", base64.b64decode(packed)) == pytest.approx(floats)


def test_dimensions(sdk: Any) -> None:
    """Taken by the model that can, refused by name for those that cannot, dropped on request."""
    resized = sdk.embedding(model="databricks/databricks-qwen3-embedding-0-6b", input="hi", dimensions=256)
    dropped = sdk.embedding(model=GTE, input="hi", dimensions=256, drop_params=True)

    assert (256, 1024) == (len(resized.data[0].embedding), len(dropped.data[0].embedding))
    with pytest.raises(lakeway.UnsupportedParamsError, match="dimensions"):
        sdk.embedding(model=GTE, input="hi", dimensions=256)
    with pytest.raises(lakeway.BadRequestError, match="matryoshka_dimension"):
        sdk.embedding(model="databricks/databricks-qwen3-embedding-0-6b", input="hi", dimensions=123)


@pytest.mark.parametrize("given", [[], None, 5, {}])
def test_what_cannot_be_embedded(sdk: Any, given: Any) -> None:
    """An empty input is refused before anything is sent."""
    with pytest.raises(lakeway.BadRequestError, match="input must be"):
        sdk.embedding(model=GTE, input=given)


def test_text_completion(sdk: Any) -> None:
    """One choice per prompt, as the old interface had it; and its stream."""
    whole = sdk.text_completion(model=LLAMA, prompt=["What is the capital of France?", "Hello"])
    streamed = sdk.text_completion(model=LLAMA, prompt="What is the capital of France?", stream=True)

    assert "text_completion" == whole.object
    assert [0, 1] == [choice.index for choice in whole.choices]
    assert "Paris" in whole.choices[0].text
    assert whole.choices[0].text == "".join(chunk.choices[0].text for chunk in streamed)


def test_service_principal(databricks_emulator: Any, sdk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """OAuth by environment: one token for many calls, a new one when it is refused."""
    for name in ("DATABRICKS_TOKEN", "DATABRICKS_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in databricks_emulator.oauth_environ.items():
        monkeypatch.setenv(name, value)
    for _ in range(3):
        sdk.completion(model=LLAMA, messages=HI)
    databricks_emulator.expire_tokens()
    sdk.completion(model=LLAMA, messages=HI)
    paths = [request["path"] for request in databricks_emulator.requests]

    assert 2 == paths.count("/oidc/v1/token")
    assert [200, 200, 200, 403, 200] == [
        r["status"] for r in databricks_emulator.requests if r["path"] != "/oidc/v1/token"
    ]


def test_tokens_outlive_event_loops(databricks_emulator: Any) -> None:
    """Two loops, one token."""
    pair = {"client_id": databricks_emulator.client_id, "client_secret": databricks_emulator.client_secret}
    for _ in range(2):
        asyncio.run(lakeway.acompletion(model=LLAMA, messages=HI, **pair))

    assert 1 >= [request["path"] for request in databricks_emulator.requests].count("/oidc/v1/token")


def test_service_principal_per_call(databricks_emulator: Any, sdk: Any) -> None:
    """OAuth by argument; a wrong secret says so."""
    pair = {"client_id": databricks_emulator.client_id, "client_secret": databricks_emulator.client_secret}

    assert sdk.completion(model=LLAMA, messages=HI, **pair).choices
    with pytest.raises(lakeway.AuthenticationError, match="invalid_client"):
        sdk.completion(model=LLAMA, messages=HI, client_id=pair["client_id"], client_secret="wrong")
