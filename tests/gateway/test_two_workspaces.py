"""A team's LiteLLM configuration with a workspace in Europe and one in America, as it is: what each of its
rules does, and that nothing in it is without effect."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openai
import pytest
from click.testing import CliRunner

from lakeway.cli.root import lakeway
from lakeway.gateway.access import Access
from lakeway.gateway.config import load
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.server import running
from lakeway.testing import emulator
from lakeway.testing.workspace import RunningWorkspace

KEY = "sk-of-the-team"
CHAT = "/v1/chat/completions"
LLAMA, CLAUDE = "databricks-meta-llama-3-3-70b-instruct", "databricks-claude-sonnet-4-5"
CONFIG = """
model_list:
  - model_name: chat
    litellm_params:
      model: databricks/databricks-meta-llama-3-3-70b-instruct
      api_base: os.environ/EU_API_BASE
      api_key: os.environ/EU_TOKEN
      order: 1
      weight: 3
  - model_name: chat
    litellm_params:
      model: databricks/databricks-meta-llama-3-3-70b-instruct
      api_base: os.environ/US_API_BASE
      client_id: os.environ/US_CLIENT_ID
      client_secret: os.environ/US_CLIENT_SECRET
      order: 1
      weight: 1
  - model_name: chat
    litellm_params:
      model: databricks/databricks-gpt-oss-20b
      api_base: os.environ/US_API_BASE
      client_id: os.environ/US_CLIENT_ID
      client_secret: os.environ/US_CLIENT_SECRET
      order: 2
  - model_name: tiny
    litellm_params:
      model: databricks/tiny
      api_base: os.environ/EU_API_BASE
      api_key: os.environ/EU_TOKEN
  - model_name: large
    litellm_params:
      model: databricks/databricks-claude-sonnet-4-5
      api_base: os.environ/US_API_BASE
      client_id: os.environ/US_CLIENT_ID
      client_secret: os.environ/US_CLIENT_SECRET
      max_tokens: 500
    model_info:
      mode: chat
  - model_name: vectors
    litellm_params:
      model: databricks/databricks-bge-large-en
      api_base: os.environ/US_API_BASE
      client_id: os.environ/US_CLIENT_ID
      client_secret: os.environ/US_CLIENT_SECRET
  - model_name: "databricks/*"
    litellm_params:
      model: "databricks/*"
      api_base: os.environ/EU_API_BASE
      api_key: os.environ/EU_TOKEN

router_settings:
  routing_strategy: simple-shuffle
  model_group_alias: {gpt-4o: chat, secret-large: {model: large, hidden: true}}
  num_retries: 2
  cooldown_time: 0.2
  allowed_fails: 100
  retry_policy: {RateLimitErrorRetries: 2, InternalServerErrorRetries: 2, BadRequestErrorRetries: 0}
  model_group_retry_policy: {large: {RateLimitErrorRetries: 0, InternalServerErrorRetries: 1}}

litellm_settings:
  drop_params: true
  request_timeout: 20
  fallbacks: [{chat: [large]}]
  context_window_fallbacks: [{tiny: [large]}]
  default_fallbacks: [large]

general_settings:
  master_key: os.environ/TEAM_KEY
"""


@pytest.fixture(scope="module")
def _workspaces() -> Iterator[dict[str, RunningWorkspace]]:
    tiny = {"name": "tiny", "family": "llama", "max_input": 60}
    with (
        emulator(tokens=["dapi-eu"], clients={}, endpoints=[tiny]) as europe,
        emulator(tokens=[], clients={"us-client": "us-secret"}) as america,
    ):
        yield {"eu": europe, "us": america}


@pytest.fixture(scope="module")
def environ(_workspaces: dict[str, RunningWorkspace]) -> dict[str, str]:
    europe, america = _workspaces["eu"], _workspaces["us"]
    return {
        "EU_API_BASE": europe.base_url,
        "EU_TOKEN": "dapi-eu",
        "US_API_BASE": america.base_url,
        "US_CLIENT_ID": "us-client",
        "US_CLIENT_SECRET": "us-secret",
        "TEAM_KEY": KEY,
    }


@pytest.fixture
def two(_workspaces: dict[str, RunningWorkspace]) -> SimpleNamespace:
    """Both, as fresh as new."""
    for each in _workspaces.values():
        each.reset()
    return SimpleNamespace(**_workspaces)


@pytest.fixture
def address(two: SimpleNamespace, environ: dict[str, str]) -> Iterator[str]:
    with running(Gateway.of(load(CONFIG, environ), access=Access.by_key(KEY))) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key=KEY, max_retries=0) as client:
        yield client


@pytest.fixture
def chat(ask: Callable[..., SimpleNamespace], address: str) -> Callable[..., SimpleNamespace]:
    """A question to a model; another conversation each time, so that no prompt cache draws it anywhere."""
    asked = iter(range(1000))

    def send(model: str = "chat", **more: Any) -> SimpleNamespace:
        messages = [{"role": "user", "content": f"Question {next(asked)}"}]
        return ask(address, CHAT, {"model": model, "messages": messages, **more}, key=KEY)

    return send


def asked(workspace: RunningWorkspace) -> list[str]:
    return [each["body"]["model"] for each in workspace.requests if "oidc" not in each["path"]]


def test_doctor_is_clean(tmp_path: Path, environ: dict[str, str]):
    """Every key has its effect."""
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)
    result = CliRunner(env=environ).invoke(lakeway, ["doctor", str(file)])

    assert (0, f"{file}: clean") == (result.exit_code, result.stdout.splitlines()[0])


def test_the_weights(chat, two):
    """Three quarters go to Europe by its token, the rest to America by OAuth, with one token for all."""
    replies = [chat() for _ in range(80)]
    europe, america = asked(two.eu), asked(two.us)
    tokens = [each for each in two.us.requests if each["path"] == "/oidc/v1/token"]

    assert {(200, "chat")} == {(reply.status, reply.json["model"]) for reply in replies}
    assert ({LLAMA}, {LLAMA}, 80) == (set(europe), set(america), len(europe) + len(america))
    assert 42 <= len(europe) <= 77
    assert {"token"} == {each["requester"] for each in two.eu.requests}
    assert {"us-client"} == {each["requester"] for each in two.us.requests if each not in tokens}
    assert 1 == len(tokens)


def test_the_order(chat, two):
    """The second tier answers only when both of the first have failed."""
    for each in (two.eu, two.us):
        each.fault(f"status=500,model={LLAMA}")
    replies = [chat() for _ in range(4)]

    assert {(200, "chat", "2", "0")} == {
        (
            reply.status,
            reply.headers["x-litellm-model-group"],
            reply.headers["x-litellm-attempted-retries"],
            reply.headers["x-litellm-attempted-fallbacks"],
        )
        for reply in replies
    }
    assert 4 == asked(two.us).count("databricks-gpt-oss-20b")


def test_a_workspace_that_is_down(chat, two):
    """The other one carries the group, and no client sees it."""
    two.eu.fault("status=503")
    replies = [chat() for _ in range(20)]

    assert {200} == {reply.status for reply in replies}
    assert [LLAMA] * 20 == asked(two.us)


@pytest.mark.parametrize("stream", [False, True])
def test_a_fallback(chat, two, stream):
    """Another model answers for the group, under the name that was asked for."""
    two.eu.fault("status=500")
    two.us.fault(f"status=500,model={LLAMA}; status=500,model=gpt-oss")
    reply = chat(stream=stream)
    first = json.loads(reply.body.split(b"\n")[0][6:]) if stream else reply.json

    assert (200, "chat", "large", "1") == (
        reply.status,
        first["model"],
        reply.headers["x-litellm-model-group"],
        reply.headers["x-litellm-attempted-fallbacks"],
    )


def test_a_prompt_that_is_too_long(chat, two):
    """It goes to the larger model, in the other workspace."""
    long = chat("tiny", messages=[{"role": "user", "content": "word " * 200}])
    short = chat("tiny")

    assert [(200, "large"), (200, "tiny")] == [
        (reply.status, reply.headers["x-litellm-model-group"]) for reply in (long, short)
    ]
    assert (["tiny", "tiny"], [CLAUDE]) == (asked(two.eu), asked(two.us))


def test_the_wildcard(chat, two):
    """Whatever the workspace serves."""
    reply = chat("databricks/databricks-gpt-oss-120b")

    assert (200, "databricks/databricks-gpt-oss-120b") == (reply.status, reply.json["model"])
    assert ["databricks-gpt-oss-120b"] == asked(two.eu)


def test_the_aliases(chat, client, two):
    """They work as names; one of them is not listed."""
    replies = [chat("gpt-4o"), chat("secret-large")]
    listed = {model.id for model in client.models.list()}

    assert [(200, "gpt-4o"), (200, "secret-large")] == [
        (reply.status, reply.json["model"]) for reply in replies
    ]
    assert {"chat", "tiny", "large", "vectors", "gpt-4o"} <= listed
    assert "secret-large" not in listed


@pytest.mark.parametrize(("status", "expected", "tries"), [(429, 429, 1), (500, 200, 2)])
def test_the_retry_policy_of_a_group(chat, two, status, expected, tries):
    """By what went wrong: no second try for one kind of error, one for another."""
    two.us.fault(f"status={status},times=1,path=invocations,key=x; status={status},times=1,path=chat,key=x")
    reply = chat("large")

    assert (expected, tries) == (reply.status, len(asked(two.us)))


def test_through_openais_client(client, two):
    """Chat, streamed, with a parameter that the model does not have; vectors; and an error in its class."""
    question: Any = [{"role": "user", "content": "What is the capital of France?"}]
    stream = client.chat.completions.create(model="chat", messages=question, stream=True, seed=1)
    vectors = client.embeddings.create(model="vectors", input=["Paris", "Rome"])

    assert "The capital of France is Paris." == "".join(c.choices[0].delta.content or "" for c in stream)
    assert [1024, 1024] == [len(each.embedding) for each in vectors.data]
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="large", messages=question, max_tokens=-1)
