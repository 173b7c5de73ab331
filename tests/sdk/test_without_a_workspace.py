"""What needs no workspace: mocks, prices, facts about models, token counts, the stream builder."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

import lakeway

LLAMA = "databricks/databricks-meta-llama-3-3-70b-instruct"
CLAUDE = "databricks/databricks-claude-sonnet-4-5"
HI = [{"role": "user", "content": "hi"}]


@pytest.fixture(autouse=True)
def _no_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_BASE", "API_KEY", "HOST", "TOKEN", "CLIENT_ID", "CLIENT_SECRET", "CONFIG_PROFILE"):
        monkeypatch.delenv(f"DATABRICKS_{name}", raising=False)


def test_mock_response(sdk: Any) -> None:
    """A text, an object or calls to answer with, whole and streamed."""
    whole = sdk.completion(model=LLAMA, messages=HI, mock_response="It is sunny")
    chunks = sdk.completion(model=LLAMA, messages=HI, mock_response="It is sunny", stream=True)
    called = sdk.completion(
        model=LLAMA, messages=HI, mock_tool_calls=[{"function": {"name": "f", "arguments": "{}"}}]
    )

    assert ("It is sunny", 10, 20) == (
        whole.choices[0].message.content,
        whole.usage.prompt_tokens,
        whole.usage.completion_tokens,
    )
    assert "It is sunny" == lakeway.stream_chunk_builder(chunks).choices[0].message.content
    assert ("f", "tool_calls") == (
        called.choices[0].message.tool_calls[0].function.name,
        called.choices[0].finish_reason,
    )
    again = sdk.completion(model=LLAMA, messages=HI, mock_response=whole)
    assert "It is sunny" == again.choices[0].message.content


@pytest.mark.parametrize(
    ("mocked", "kind"),
    [
        ("litellm.RateLimitError", lakeway.RateLimitError),
        ("litellm.ContextWindowExceededError", lakeway.ContextWindowExceededError),
        ("litellm.InternalServerError", lakeway.InternalServerError),
        ("Exception: content_filter_policy", lakeway.ContentPolicyViolationError),
        (lakeway.NotFoundError("gone"), lakeway.NotFoundError),
        (ValueError("boo"), lakeway.InternalServerError),
    ],
)
def test_mock_errors(sdk: Any, mocked: Any, kind: type) -> None:
    """LiteLLM's magic words, or an exception to raise."""
    with pytest.raises(kind):
        sdk.completion(model=LLAMA, messages=HI, mock_response=mocked)


def test_mock_that_breaks_in_the_middle(sdk: Any) -> None:
    """A stream that fails after its chunks."""
    with pytest.raises(lakeway.InternalServerError):
        sdk.completion(model=LLAMA, messages=HI, mock_response="Exception: mock_streaming_error", stream=True)


def test_mock_timeout(sdk: Any) -> None:
    """Waits, then times out; a delay only waits."""
    started = time.monotonic()
    with pytest.raises(lakeway.Timeout, match="mock timeout"):
        sdk.completion(model=LLAMA, messages=HI, mock_timeout=True, timeout=0.05)
    sdk.completion(model=LLAMA, messages=HI, mock_response="x", mock_delay=0.05)

    assert time.monotonic() - started >= 0.1


def test_no_credentials(sdk: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """LiteLLM's words, and what to set."""
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        lakeway.LakewayError, match="the Databricks base URL and API key are not set"
    ) as caught:
        sdk.completion(model=LLAMA, messages=HI)

    assert "DATABRICKS_HOST" in caught.value.message


def test_event_loops_do_not_share(databricks_environment: Any) -> None:
    """One loop after another, as scripts with several asyncio.run have."""
    for _ in range(2):
        reply = asyncio.run(lakeway.acompletion(model=LLAMA, messages=HI))

        assert reply.choices[0].message.content


def test_a_stream_belongs_to_its_loop(databricks_environment: Any) -> None:
    """Read on another one, it says so and not something about futures."""

    async def begin() -> Any:
        return await lakeway.acompletion(
            model=LLAMA, messages=[{"role": "user", "content": "a " * 99}], stream=True
        )

    async def read(stream: Any) -> list[Any]:
        return [chunk async for chunk in stream]

    with asyncio.Runner() as one, asyncio.Runner() as other:
        stream = one.run(begin())
        with pytest.raises(RuntimeError, match="begun on another event loop"):
            other.run(read(stream))

        assert one.run(read(stream))
        one.run(lakeway.aclose())


@pytest.mark.parametrize(
    ("model", "tokens", "expected"),
    [
        (CLAUDE, (1_000_000, 0), (3.0, 0.0)),
        (CLAUDE, (0, 1_000_000), (0.0, 15.0)),
        ("databricks/databricks-gte-large-en", (1_000_000, 0), (0.13, 0.0)),
        ("databricks/databricks-gemini-3-1-pro", (1_000_000, 0), (5.0, 0.0)),
    ],
)
def test_cost_per_token(model: str, tokens: tuple[int, int], expected: tuple[float, float]) -> None:
    """USD for so many tokens in and out, at the tier that so many in are billed at."""
    assert expected == pytest.approx(lakeway.cost_per_token(model, *tokens), rel=1e-4)


def test_cost_of_the_unknown() -> None:
    """No price is no zero."""
    with pytest.raises(lakeway.ModelNotMappedError, match=r"isn't mapped yet\. model=foo,"):
        lakeway.cost_per_token("databricks/foo", 1, 1)
    with pytest.raises(lakeway.UnknownProviderError, match="LLM Provider NOT provided"):
        lakeway.cost_per_token("foo", 1, 1)


def test_completion_cost(databricks_environment: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a response, of texts, at a price of one's own, at another price of a DBU."""
    reply = lakeway.completion(model=CLAUDE, messages=HI)
    own = {"input_cost_per_token": 1.0, "output_cost_per_token": 0.0}

    assert lakeway.completion_cost(reply) == reply._hidden_params["response_cost"]
    assert lakeway.completion_cost(reply.model_dump(), model=CLAUDE) == pytest.approx(
        lakeway.completion_cost(reply)
    )
    assert lakeway.completion_cost(reply.model_dump()) == pytest.approx(lakeway.completion_cost(reply))
    assert lakeway.completion_cost(model=CLAUDE, prompt="a b c", completion="d") > 0
    assert lakeway.completion_cost(reply, custom_cost_per_token=own) == reply.usage.prompt_tokens
    monkeypatch.setattr(lakeway, "dbu_usd", 0.14)
    assert lakeway.completion_cost(reply) == pytest.approx(2 * reply._hidden_params["response_cost"])


def test_register_model(databricks_environment: Any) -> None:
    """A registered price counts at once, in every place."""
    lakeway.register_model(
        {"databricks/my-own-model": {"input_cost_per_token": 2.0, "output_cost_per_token": 3.0}}
    )

    assert (2.0, 3.0) == lakeway.cost_per_token("databricks/my-own-model", 1, 1)
    assert 2.0 == lakeway.get_model_info("databricks/my-own-model")["input_cost_per_token"]
    assert "databricks/my-own-model" in lakeway.model_cost
    assert "my-own-model" in lakeway.model_list


def test_get_model_info() -> None:
    """Limits, prices and abilities, by any spelling of the name."""
    for name in (CLAUDE, "databricks-claude-sonnet-4-5", "system.ai.claude-sonnet-4-5"):
        info = lakeway.get_model_info(name)

        assert ("databricks/databricks-claude-sonnet-4-5", "chat", 200_000, 64_000) == (
            info["key"],
            info["mode"],
            info["max_input_tokens"],
            info["max_tokens"],
        )
        assert info["supports_function_calling"]
        assert info["supports_vision"]
    with pytest.raises(lakeway.ModelNotMappedError):
        lakeway.get_model_info("databricks/foo")


def test_abilities() -> None:
    """What a model can do; of the unknown nothing is claimed."""
    assert lakeway.supports_function_calling(CLAUDE)
    assert lakeway.supports_vision(CLAUDE)
    assert lakeway.supports_reasoning(CLAUDE)
    assert lakeway.supports_prompt_caching(CLAUDE)
    assert lakeway.supports_parallel_function_calling(CLAUDE)
    assert lakeway.supports_response_schema(LLAMA)
    assert not lakeway.supports_reasoning(LLAMA)
    assert not lakeway.supports_vision("databricks/foo")
    assert not lakeway.supports_web_search(CLAUDE)
    assert 64_000 == lakeway.get_max_tokens(CLAUDE)


def test_supported_params() -> None:
    """What may be passed, model by model."""
    assert {"temperature", "tools", "reasoning_effort", "thinking"} <= {
        *lakeway.get_supported_openai_params(CLAUDE)
    }
    assert "temperature" not in lakeway.get_supported_openai_params("databricks/databricks-claude-opus-4-8")
    assert "reasoning_effort" not in lakeway.get_supported_openai_params(LLAMA)
    assert "instruction" in lakeway.get_supported_openai_params(LLAMA, request_type="embeddings")


def test_get_llm_provider() -> None:
    """LiteLLM's four: model, provider, and the two that were given."""
    assert ("x", "databricks", None, None) == lakeway.get_llm_provider("databricks/x")
    assert ("x", "databricks", "k", "b") == lakeway.get_llm_provider(
        "x", "databricks", api_key="k", api_base="b"
    )


def test_validate_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The truth about what is set."""
    missing = ["DATABRICKS_API_BASE", "DATABRICKS_API_KEY"]

    assert {"keys_in_environment": False, "missing_keys": missing} == lakeway.validate_environment(LLAMA)
    monkeypatch.setenv("DATABRICKS_HOST", "https://adb-1.azuredatabricks.net")
    monkeypatch.setenv("DATABRICKS_TOKEN", "t")
    assert {"keys_in_environment": True, "missing_keys": []} == lakeway.validate_environment(LLAMA)


def test_token_counter() -> None:
    """An estimate, offline; the same text costs the same for every model."""
    assert 3 <= lakeway.token_counter(model=LLAMA, text="The quick brown fox") <= 5
    assert lakeway.token_counter(model=CLAUDE, messages=HI) > lakeway.token_counter(text="hi")


def test_builder_estimates_what_nobody_counted() -> None:
    """Chunks without usage get an estimate; no chunks give None."""
    delta = {"role": "assistant", "content": "The quick brown fox"}
    chunks = [{"choices": [{"index": 0, "delta": delta, "finish_reason": "stop"}]}]
    reply = lakeway.stream_chunk_builder(chunks, messages=HI)

    assert 3 <= reply.usage.completion_tokens <= 5
    assert reply.usage.prompt_tokens > 0
    assert lakeway.stream_chunk_builder([]) is None
