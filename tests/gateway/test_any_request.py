"""Whatever a client sends, it is answered, and a mistake in it is the client's."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakeway.gateway import endpoints

WORD = st.text(max_size=4)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | WORD,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORD, inner, max_size=2),
    max_leaves=4,
)
KEYS = "type name text $ref $defs properties items budget_tokens data signature thinking function effort url"
KINDS = "enabled disabled adaptive function #/$defs/a # base64 thinking redacted_thinking"
OBJECT = st.dictionaries(
    st.sampled_from(KEYS.split(" ")) | WORD, ANY | st.sampled_from(KINDS.split(" ")), max_size=4
)


def fields(**optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=optional)


PART = fields(
    type=st.sampled_from(["text", "image_url", "image", "file", "thinking", "reasoning"]) | WORD,
    text=WORD | st.none(),
    image_url=WORD | OBJECT,
    source=OBJECT,
    cache_control=OBJECT,
    file=ANY,
    signature=ANY,
)
FUNCTION = fields(name=WORD | st.none(), description=WORD, arguments=ANY, parameters=OBJECT, strict=ANY)
CALL = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b", None])}, optional={"function": FUNCTION, "cache_control": OBJECT}
)
MESSAGE = fields(
    role=st.sampled_from(["user", "assistant", "system", "developer", "tool", "function"]) | WORD,
    content=WORD | st.none() | st.lists(WORD | PART, max_size=3),
    name=WORD,
    tool_calls=st.lists(CALL, max_size=3),
    tool_call_id=st.sampled_from(["a", "b", None]),
    function_call=FUNCTION,
    thinking_blocks=st.lists(OBJECT, max_size=2),
    cache_control=OBJECT,
    provider_specific_fields=OBJECT,
)
BODY = fields(
    stream=st.booleans(),
    stream_options=OBJECT,
    tools=st.lists(fields(type=WORD, name=WORD, function=FUNCTION, input_schema=OBJECT), max_size=2),
    tool_choice=st.sampled_from(["auto", "none", "required"]) | WORD | OBJECT,
    functions=st.lists(FUNCTION, max_size=2),
    function_call=WORD | OBJECT,
    response_format=fields(
        type=st.sampled_from(["text", "json_object", "json_schema"]), json_schema=fields(schema=OBJECT)
    ),
    reasoning_effort=st.sampled_from(["low", "none", "max"]) | WORD | fields(effort=WORD),
    thinking=st.booleans() | OBJECT,
    output_config=OBJECT,
    metadata=OBJECT,
    extra_body=OBJECT,
    usage_context=OBJECT,
    tags=st.lists(WORD, max_size=2),
    max_tokens=ANY,
    stop=ANY,
    temperature=ANY,
    logit_bias=ANY,
    n=ANY,
    drop_params=st.booleans(),
    additional_drop_params=st.lists(WORD | st.just("tools[*].function"), max_size=2),
    allowed_openai_params=st.lists(WORD | st.just("seed"), max_size=2),
    cache_control_injection_points=st.lists(
        st.just({"role": "user"}) | fields(index=st.integers(-3, 3)), max_size=2
    ),
)
MODELS = st.sampled_from(["llama", "claude", "databricks/my-own-endpoint", "databricks/databricks-gpt-5-4"])

common = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def holds(reply: Any, caplog: Any) -> None:
    assert 200 <= reply.status < 500, reply.body
    assert [] == [record.getMessage() for record in caplog.records if record.name == "lakeway.gateway"]


@common
@given(body=BODY, messages=st.lists(MESSAGE, max_size=3), model=MODELS)
def test_requests_of_the_right_shape(ask, address, caplog, body, messages, model):
    """Right in form and wrong in everything else: the answer is the model's or a 4xx, never a crash."""
    holds(ask(address, "/v1/chat/completions", {**body, "messages": messages, "model": model}), caplog)


@common
@given(body=st.dictionaries(st.sampled_from(["messages", "tools", "stream", "thinking"]), ANY), model=MODELS)
def test_requests_of_any_shape(ask, address, caplog, body, model):
    """Nor when the form is wrong as well."""
    holds(ask(address, "/v1/chat/completions", {**body, "model": model}), caplog)


@common
@given(texts=ANY, more=fields(dimensions=ANY, encoding_format=ANY, instruction=ANY, user=ANY, extra=ANY))
def test_embeddings_of_anything(ask, address, caplog, texts, more):
    """Embeddings likewise."""
    holds(ask(address, "/v1/embeddings", {**more, "model": "bge", "input": texts}), caplog)


@common
@given(
    prompt=ANY,
    body=BODY,
    more=fields(logprobs=ANY, echo=ANY, suffix=ANY, best_of=ANY, user=ANY),
    model=MODELS,
)
def test_completions_of_anything(ask, address, caplog, prompt, body, more, model):
    """What becomes a chat is looked at as such."""
    holds(ask(address, "/v1/completions", {**body, **more, "prompt": prompt, "model": model}), caplog)


@common
@given(messages=st.lists(MESSAGE, max_size=3) | ANY, prompt=ANY, tools=ANY, model=MODELS)
def test_counts_of_anything(ask, address, caplog, messages, prompt, tools, model):
    """Nobody is asked here, so nobody else finds the mistake."""
    body = {"messages": messages, "prompt": prompt, "tools": tools, "model": model}
    holds(ask(address, "/utils/token_counter", body), caplog)


PATHS = sorted({(path, endpoint.method) for path, endpoint in endpoints.entries()})
FIELDS = ["model", "model_id", "model_group", "litellm_model_id", "return_wildcard_routes"]
QUERY = st.dictionaries(
    st.sampled_from(FIELDS) | WORD,
    WORD | st.sampled_from(["llama", "databricks/*", "true"]),
    max_size=3,
)


@common
@given(which=st.sampled_from(PATHS), model=WORD | MODELS, query=QUERY, body=ANY, lie=st.booleans())
def test_any_path(ask, address, caplog, which, model, query, body, lie):
    """Every endpoint, with any model in its path, any query, any body, and the wrong method."""
    path, method = which
    given = path.replace("{model}", quote(model, safe="")) + "?" + urlencode(query)
    posts = (method == "POST") != lie
    holds(ask(address, given, body if posts else None, method="POST" if posts else "GET"), caplog)
