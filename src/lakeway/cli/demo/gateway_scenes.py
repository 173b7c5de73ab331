"""The gateway's scenes: the page's two configurations word for word, called by OpenAI's own client.

Where that client is not installed, a plain one stands in for it, which takes the same arguments.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from importlib import import_module
from typing import Any

from msgspec import Struct

from lakeway.cli.demo.plain_client import PlainClient
from lakeway.cli.demo.scenes import question, show_stream, show_vectors, turn
from lakeway.cli.demo.stage import Stage
from lakeway.cli.demo.world import World

PAGE_CHAT = "databricks/databricks-meta-llama-3-70b-instruct"
PAGE_EMBEDDING = "databricks/databricks-bge-large-en"
PAGE = f"""\
model_list:
  - model_name: llama-3
    litellm_params:
      model: {PAGE_CHAT}
      api_key: os.environ/DATABRICKS_API_KEY
      max_tokens: 20
      temperature: 0.5
  - model_name: bge-large
    litellm_params:
      model: {PAGE_EMBEDDING}
      api_key: os.environ/DATABRICKS_API_KEY
      api_base: os.environ/DATABRICKS_API_BASE
      instruction: "Represent this sentence for searching relevant passages:"
"""
THINKER = """\
  # Not on the page: a model that thinks.
  - model_name: claude
    litellm_params:
      model: {}
"""
TEAM = """\
keys:
  - hash: {}
    key_alias: the-team
    models: [llama-3]
    rpm: 60
"""


class Client(Struct, frozen=True):
    """A chat and an embeddings function that call the gateway; `official` says that they are OpenAI's."""

    complete: Callable[..., Any]
    embed: Callable[..., Any]
    close: Callable[[], None]
    official: bool = False


class Door(Struct, frozen=True, kw_only=True):
    """A running gateway; `behind` says which endpoint stands behind each of its names. `keys` is the part of
    its configuration that lets the `team` in."""

    address: str
    config: str
    keys: str
    behind: Mapping[str, str]
    client: Client
    team: Client
    stranger: Client


@contextmanager
def opened(world: World) -> Iterator[Door]:
    """The gateway of the page's configurations, on a free port of this process."""
    from lakeway.gateway.access import Access
    from lakeway.gateway.config import load
    from lakeway.gateway.gateway import Gateway
    from lakeway.gateway.server import running

    behind = {"llama-3": PAGE_CHAT, "bge-large": PAGE_EMBEDDING, "claude": world.models.claude}
    if world.is_real:  # the page's chat model is retired there
        behind |= {"llama-3": world.models.chat, "bge-large": world.models.embedding}
    page = PAGE.replace(PAGE_CHAT, behind["llama-3"]).replace(PAGE_EMBEDDING, behind["bge-large"])
    config = page + THINKER.format(world.models.claude)
    key, team_key = (f"sk-{secrets.token_urlsafe(16)}" for _ in range(2))
    keys = TEAM.format(sha256(team_key.encode()).hexdigest())
    gateway = Gateway.of(load(config + keys, world.environ), access=Access.by_key(key))
    with running(gateway) as address, ExitStack() as closing:
        owner, team, stranger = (client(f"{address}/v1", each) for each in (key, team_key, "sk-wrong"))
        for each in (owner, team, stranger):
            closing.callback(each.close)
        yield Door(
            address=address,
            config=config,
            keys=keys,
            behind=behind,
            client=owner,
            team=team,
            stranger=stranger,
        )


def client(base_url: str, key: str) -> Client:
    try:
        openai: Any = import_module("openai")  # of all of Lakeway only this scene has a use for it
    except ImportError:
        plain = PlainClient(base_url, key)
        return Client(plain.complete, plain.embed, plain.close)
    made = openai.OpenAI(base_url=base_url, api_key=key, max_retries=0)
    return Client(made.chat.completions.create, made.embeddings.create, made.close, official=True)


OFFICIAL = """\
from openai import OpenAI

client = OpenAI(base_url="{}/v1", api_key="sk-...")
complete = client.chat.completions.create
embed = client.embeddings.create
"""


def call_gateway(complete: Any) -> Any:
    return complete(
        model="llama-3",
        messages=[{"role": "user", "content": "What is the capital of France?"}],
    )


def chat(stage: Stage, door: Door) -> None:
    """Gateway: the page's configuration"""
    stage.show(door.config, "yaml")
    stage.say(f"\nIt answers at {door.address}. Any client that speaks OpenAI's language will do:")
    stage.show(OFFICIAL.format(door.address), "python")
    if not door.client.official:
        stage.say("\n(openai is not installed here, so a plain HTTP client sends the same requests.)")
    stage.code(call_gateway)
    response, seconds = stage.timed(lambda: call_gateway(door.client.complete))
    stage.line("answer", response.choices[0].message.content)
    stage.line("model", response.model)
    stage.cost(door.behind["llama-3"], response.usage, seconds)
    if door.behind["llama-3"] == PAGE_CHAT:
        stage.line("note", "Databricks has retired the page's model; the emulator answers for it.", "dim")


def call_gateway_streaming(complete: Any) -> Any:
    return complete(
        model="claude",
        messages=[{"role": "user", "content": "What is the capital of Italy?"}],
        reasoning_effort="low",
        stream=True,
        stream_options={"include_usage": True},
    )


def streaming(stage: Stage, door: Door) -> None:
    """Gateway: a stream"""
    stage.code(call_gateway_streaming)
    counted: list[Any] = []

    def watched(chunks: Any) -> Iterator[Any]:
        for chunk in chunks:
            if getattr(chunk, "usage", None):
                counted.append(chunk.usage)
            yield chunk

    stream = call_gateway_streaming(door.client.complete)
    _, seconds = stage.timed(lambda: show_stream(stage, watched(stream)))
    stage.cost(door.behind["claude"], counted[-1], seconds)


def call_gateway_for_tool(complete: Any, messages: Any, get_weather: Any) -> Any:
    return complete(
        model="claude",
        messages=messages,
        tools=[get_weather],
        extra_body={"thinking": {"type": "enabled", "budget_tokens": 1024}},
    )


def tool_loop(stage: Stage, door: Door) -> None:
    """Gateway: thinking goes back"""
    messages, get_weather = question()
    stage.code(call_gateway_for_tool)
    for _ in range(2):
        response, seconds = stage.timed(
            lambda: call_gateway_for_tool(door.client.complete, messages, get_weather)
        )
        message = response.choices[0].message
        if not message.tool_calls:
            stage.line("answer", message.content)
        for call in message.tool_calls or ():
            stage.line("thought", message.reasoning_content, "italic")
            stage.line("calls", f"{call.function.name}({call.function.arguments})")
        stage.cost(door.behind["claude"], response.usage, seconds)
        if message.tool_calls:
            turn(messages, response)


def call_gateway_embedding(embed: Any) -> Any:
    return embed(
        model="bge-large",
        input=[
            "good morning from litellm",
            "good morning from lakeway",
            "the invoice is overdue",
        ],
    )


def embeddings(stage: Stage, door: Door) -> None:
    """Gateway: embeddings"""
    stage.code(call_gateway_embedding)
    response, seconds = stage.timed(lambda: call_gateway_embedding(door.client.embed))
    show_vectors(stage, [row.embedding for row in response.data])
    stage.cost(door.behind["bge-large"], response.usage, seconds)


def keys(stage: Stage, door: Door) -> None:
    """Gateway: a key for one model"""
    stage.say("The file knows keys by their hash; `lakeway keys new` makes them.")
    stage.show(door.keys, "yaml")
    stage.say("")
    _refused(stage, "claude", door.team, "claude")


def mistakes(stage: Stage, door: Door) -> None:
    """Gateway: errors say what is wrong"""
    _refused(stage, "a key", door.stranger, "llama-3")
    _refused(stage, "a model", door.client, "llama-4")


def _refused(stage: Stage, what: str, who: Client, model: str) -> None:
    try:
        who.complete(model=model, messages=[{"role": "user", "content": "Hello"}])
    except Exception as error:  # noqa: BLE001 - shown, whichever library's class it is
        stage.error(what, error)
    else:
        raise AssertionError(f"the gateway took {what}, and should not have")


ALL = (chat, streaming, tool_loop, embeddings, keys, mistakes)
