"""What a host says that it serves: the lists read, the flow that asks for them, and what is remembered."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import msgspec
import pytest

from lakeway.auth.credentials import StaticToken
from lakeway.core.http import Headers, HttpResponse
from lakeway.core.steps import GetToken, Send
from lakeway.databricks import surfaces
from lakeway.databricks.target import DatabricksTarget
from lakeway.errors import APIConnectionError, InternalServerError, LakewayError, PermissionDeniedError
from lakeway.gateway import discovery
from lakeway.gateway.discovery import Found, discover
from lakeway.gateway.inventory import AGAIN, FRESH, Inventory
from lakeway.providers.openai_compatible import OpenAITarget

TOKEN = StaticToken("t")


def workspace(base="https://w.example/serving-endpoints", **fields):
    return DatabricksTarget(
        provider="databricks",
        model="*",
        alias="databricks/*",
        credential=TOKEN,
        base=surfaces.parse(base),
        **fields,
    )


GATEWAY = workspace("https://w.example/ai-gateway/mlflow/v1")
OTHER = OpenAITarget(model="*", alias="openai/*", credential=TOKEN, base="https://o.example/v1")


def endpoint(name="mine", task="llm/v1/chat", ready="READY", **fields):
    return {"name": name, "task": task, "state": {"ready": ready}, "permission_level": "CAN_QUERY", **fields}


def service(name, *types):
    return {"name": f"model-services/{name}", "supported_api_types": list(types)}


CHAT = "mlflow/v1/chat/completions"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (endpoint(), [Found("mine", "chat")]),
        (endpoint(task="agent/v1/chat"), [Found("mine", "chat")]),
        (endpoint(task="llm/v1/embeddings"), [Found("mine", "embedding")]),
        (endpoint("databricks-claude-sonnet-4-5"), [Found("databricks-claude-sonnet-4-5", "chat")]),
        (endpoint("claude-sonnet-4"), [Found("claude-sonnet-4", "chat")]),
        ({"name": "mine", "task": "llm/v1/chat"}, [Found("mine", "chat")]),
        (endpoint("databricks-claude-sonnet-4"), []),
        (endpoint(ready="NOT_READY"), []),
        (endpoint(permission_level="CAN_VIEW"), []),
        (endpoint(task="agent/v1/responses"), []),
        (endpoint(task="llm/v1/completions"), []),
        (endpoint(task=None), []),
        (endpoint(task=["llm/v1/chat"]), []),
        (endpoint(state="READY"), []),
        (endpoint(name=None), []),
        ("mine", []),
    ],
)
def test_serving_endpoints(row, expected):
    """What is ready and takes chat or embeddings; what is odd or retired hides nothing else."""
    last = Found("last", "chat")

    assert (*expected, last) == discovery.endpoints({"endpoints": [row, endpoint("last")]})


@pytest.mark.parametrize("wire", [{}, {"endpoints": None}, {"endpoints": {}}, {"endpoints": []}])
def test_lists_of_nothing(wire):
    """A workspace without endpoints may leave the list out."""
    assert () == discovery.endpoints(wire) == discovery.services(wire) == discovery.models(wire)


def test_model_services():
    """Three-part names; what nobody can call, or is retired, is left out."""
    rows = [
        service("system.ai.claude-sonnet-4-5", CHAT),
        service("system.ai.claude-sonnet-4", CHAT),
        service("system.ai.gpt-image-2"),
        service("system.ai.bge-large-en", "mlflow/v1/embeddings"),
        {"name": "model-services/system.ai.new-model"},
    ]

    assert (
        Found("system.ai.claude-sonnet-4-5", "chat"),
        Found("system.ai.bge-large-en", "embedding"),
        Found("system.ai.new-model", "chat"),
    ) == discovery.services({"model_services": rows})


def test_the_catalogue_stands_in():
    """It has chat models and embeddings that are in use, and nothing else."""
    names = {found.name: found.mode for found in discovery.catalogued()}

    assert ("chat", "embedding") == (names["databricks-claude-sonnet-4-5"], names["databricks-gte-large-en"])
    assert names.keys().isdisjoint({"databricks-claude-sonnet-4", "databricks-dbrx-instruct"})


def answers(value, status=200):
    return HttpResponse(status, Headers(), json.dumps(value).encode())


CLOSED = answers({"error_code": "PERMISSION_DENIED", "message": "no"}, 403)
DISABLED = answers({"error_code": "FEATURE_DISABLED", "message": "not on this workspace"}, 400)
BROKEN = answers({"error_code": "INTERNAL_ERROR", "message": "oh"}, 500)
HOSTED = answers({"endpoints": [{"name": "databricks-claude-sonnet-4-5", "config": {}}]})
CLAUDE = Found("databricks-claude-sonnet-4-5", "chat")


def run(flow, *replies):
    """(result or error, the addresses asked) of a flow that gets these answers in turn."""
    result, requests = carried_out(flow, *replies)
    return result, [request.url for request in requests]


def carried_out(flow, *replies):
    left, asked, answer = list(replies), [], None
    try:
        while True:
            step = flow.send(answer)
            if isinstance(step, GetToken):
                answer = TOKEN.headers
            else:
                assert isinstance(step, Send)
                assert "GET" == step.request.method
                asked.append(step.request)
                answer = left.pop(0)
    except StopIteration as stop:
        return stop.value, asked
    except LakewayError as error:
        return error, asked


ENDPOINTS = "https://w.example/api/2.0/serving-endpoints"
SERVICES = "https://w.example/api/2.1/unity-catalog/model-services?parent=schemas%2Fsystem.ai&page_size=200"


@pytest.mark.parametrize(
    ("target", "replies", "expected", "asked"),
    [
        (workspace(), [answers({"endpoints": [endpoint()]})], (Found("mine", "chat"),), [ENDPOINTS]),
        (workspace(), [CLOSED, HOSTED], (CLAUDE,), [ENDPOINTS, f"{ENDPOINTS}:foundation-models"]),
        (GATEWAY, [DISABLED, HOSTED], (CLAUDE,), [SERVICES, f"{ENDPOINTS}:foundation-models"]),
        (
            OTHER,
            [answers({"object": "list", "data": [{"id": "gpt-4o"}, {"id": "text-embedding-3"}, {}]})],
            (Found("gpt-4o", "chat"), Found("text-embedding-3", "embedding")),
            ["https://o.example/v1/models"],
        ),
        (
            workspace("https://proxy.example/v1"),
            [answers({"data": [{"id": "x"}]})],
            (Found("x", "chat"),),
            ["https://proxy.example/v1/models"],
        ),
    ],
)
def test_what_is_asked(target, replies, expected, asked):
    """Each surface has a list of its own; where it is closed, the hosted models are open to all."""
    assert (expected, asked) == run(discover(target), *replies)


def test_pages():
    """One after the other; an empty page is not the end, and a token that comes again is."""
    pages = [
        {"model_services": [], "next_page_token": "a b"},
        {"model_services": [service("system.ai.x", CHAT)], "next_page_token": "c"},
        {"model_services": [service("system.ai.y", CHAT)], "next_page_token": "c"},
    ]

    found, asked = run(discover(GATEWAY), *map(answers, pages))

    assert ["system.ai.x", "system.ai.y"] == [each.name for each in found]
    assert [SERVICES, f"{SERVICES}&page_token=a+b", f"{SERVICES}&page_token=c"] == asked


@pytest.mark.parametrize(
    ("replies", "kind", "count"),
    [([BROKEN], InternalServerError, 1), ([CLOSED, BROKEN], PermissionDeniedError, 2)],
)
def test_no_list(replies, kind, count):
    """A failure is raised as it is; where everything is closed, the first refusal is the reason."""
    error, asked = run(discover(workspace()), *replies)

    assert isinstance(error, kind)
    assert count == len(asked)


def test_headers():
    """The row's own headers go along, but neither a second token nor what belongs to a body."""
    own = (("User-Agent", "u"), ("Authorization", "Bearer other"), ("Content-Type", "x"))
    _, (request,) = carried_out(discover(workspace(headers=own)), answers({}))

    assert (*TOKEN.headers, ("User-Agent", "u")) == request.headers


@pytest.mark.parametrize("other", [{"model": "x"}, {"alias": "y"}, {"bridge": True}])
def test_deployments_of_one_host_share_its_list(other):
    """The model makes no difference, the credential does."""
    target = workspace()

    assert discovery.host(target) == discovery.host(msgspec.structs.replace(target, **other))
    assert discovery.host(target) != discovery.host(
        msgspec.structs.replace(target, credential=StaticToken("u"))
    )


class Runner:
    """Answers each flow with the next of `results`; an error is raised. `gate` holds all of them up."""

    def __init__(self, *results):
        self.results = list(results)
        self.gate = asyncio.Event()
        self.gate.set()
        self.runs = 0

    async def run(self, flow, _observer):
        flow.close()
        self.runs += 1
        await self.gate.wait()
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


ONE, TWO = (Found("one", "chat"),), (Found("two", "chat"),)
DOWN = APIConnectionError("down")


def remembering(*results, patience=5.0):
    now = SimpleNamespace(seconds=0.0)
    runner = Runner(*results)
    shelves = Inventory(lambda: now.seconds, patience=patience)

    async def found(target=GATEWAY):
        listed = await shelves.found(runner, [target])
        return listed[discovery.host(target)]

    return now, runner, found


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_list_is_fetched_once():
    """However many ask at the same time, and until it is old."""

    async def scene():
        now, runner, found = remembering(ONE, TWO)
        assert [ONE] * 5 == await asyncio.gather(*(found() for _ in range(5)))
        now.seconds = FRESH - 1
        assert (ONE, 1) == (await found(), runner.runs)

    asyncio.run(scene())


def test_an_old_list_is_renewed_behind_the_scenes():
    """Whoever asks first gets the old one at once, the next ones the new one."""

    async def scene():
        now, runner, found = remembering(ONE, TWO)
        await found()
        now.seconds = FRESH
        runner.gate.clear()
        assert ONE == await found() == await found()
        runner.gate.set()
        await settled()
        assert (TWO, 2) == (await found(), runner.runs)

    asyncio.run(scene())


def test_a_failure_keeps_the_old_list(caplog):
    """It is logged with the place, and tried again a little later."""

    async def scene():
        now, runner, found = remembering(ONE, DOWN, TWO)
        await found()
        now.seconds = FRESH
        await found()
        await settled()
        assert (ONE, 2) == (await found(), runner.runs)
        now.seconds = FRESH + AGAIN
        await found()
        await settled()
        assert TWO == await found()

    asyncio.run(scene())
    assert "Could not list the models at https://w.example/ai-gateway/mlflow/v1" in caplog.text


def test_nothing_found(caplog):
    """A failure at the very first is no error to the caller; it does not make a busy host busier either."""

    async def scene():
        now, runner, found = remembering(DOWN, ONE)
        assert [(), ()] == [await found(), await found()]
        assert 1 == runner.runs
        now.seconds = AGAIN
        assert ONE == await found()

    asyncio.run(scene())
    assert "down" in caplog.text


def test_patience():
    """A host that takes long is not waited for; its list is there for those who come later."""

    async def scene():
        _, runner, found = remembering(ONE, patience=0.01)
        runner.gate.clear()
        assert () == await found()
        runner.gate.set()
        await settled()
        assert (ONE, 1) == (await found(), runner.runs)

    asyncio.run(scene())


def test_who_stops_waiting_stops_nobody_else():
    """The search goes on when the one who began it has gone."""

    async def scene():
        _, runner, found = remembering(ONE)
        runner.gate.clear()
        impatient, patient = asyncio.create_task(found()), asyncio.create_task(found())
        await settled()
        impatient.cancel()
        runner.gate.set()
        assert (ONE, 1) == (await patient, runner.runs)

    asyncio.run(scene())


def test_what_nobody_asks_for_is_forgotten():
    """Hosts come and go with configurations; only those in use are kept."""

    async def scene():
        _, runner, found = remembering(ONE, TWO, ONE)
        await found()
        await found(workspace())
        await found()
        assert 3 == runner.runs

    asyncio.run(scene())
