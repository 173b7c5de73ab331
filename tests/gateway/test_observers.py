"""Every call that is reserved ends once: settled if a model was asked and may have charged, else released."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.errors import LakewayError, RateLimitError
from lakeway.gateway.access import Access
from lakeway.gateway.app import App
from lakeway.gateway.call import Call
from lakeway.gateway.caller import ANYBODY
from lakeway.gateway.config import load
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.observers import Observer, Observers
from lakeway.gateway.server import listen, new_loop
from lakeway.testing.workspace import RunningWorkspace
from lakeway.transport.server import Server

CHAT, VECTORS, TEXTS = "/v1/chat/completions", "/v1/embeddings", "/v1/completions"
KEY = "sk-gateway-tests"
PATIENCE = 5.0
CONFIG = """
model_list:
  - model_name: a
    litellm_params: {model: databricks/databricks-meta-llama-3-3-70b-instruct}
  - {model_name: claude, litellm_params: {model: databricks/databricks-claude-sonnet-4-5}}
  - {model_name: vectors, litellm_params: {model: databricks/databricks-bge-large-en}}
router_settings: {num_retries: 1, fallbacks: [{claude: [a]}]}
keys:
  - {key: sk-some, models: [a]}
  - {key: sk-none-left, rpm: 0}
"""


class Recorder(Observer):
    """Notes what it is told, by call; `fails` at what it is told to."""

    def __init__(self, name: str = "", told: list[tuple[str, str]] | None = None, fails: str = "") -> None:
        self.name, self.fails = name, fails
        self.told: list[tuple[str, str]] = [] if told is None else told
        self.calls: dict[str, Call] = {}

    def reserve(self, call: Call) -> None:
        self._note("reserve", call)

    def settle(self, call: Call) -> None:
        self._note("settle", call)

    def release(self, call: Call) -> None:
        self._note("release", call)

    def _note(self, what: str, call: Call) -> None:
        self.calls[call.id] = call
        self.told.append((self.name or call.id, what))
        if what == self.fails:
            raise RuntimeError("the disk is full")


def call() -> Call:
    return Call(id="c", head=b"", endpoint=CHAT, caller=ANYBODY, began=0.0)


class Refusing(Recorder):
    """It lets nobody in."""

    def reserve(self, call: Call) -> None:
        super().reserve(call)
        raise RateLimitError("no")


class Ends(Observer):
    """It does not care for reservations."""

    def __init__(self, told: list[tuple[str, str]]) -> None:
        self._told = told

    def settle(self, call: Call) -> None:
        self._told.append(("ends", "settle"))

    def release(self, call: Call) -> None:
        self._told.append(("ends", "release"))


def test_all_are_told_in_turn():
    """Of each of the three."""
    told: list[tuple[str, str]] = []
    several = Observers((Recorder("a", told), Ends(told), Observer(), Recorder("b", told)))
    several.reserve(call())
    several.settle(call())
    several.release(call())

    assert [
        ("a", "reserve"), ("b", "reserve"),
        ("a", "settle"), ("ends", "settle"), ("b", "settle"),
        ("a", "release"), ("ends", "release"), ("b", "release"),
    ] == told  # fmt: skip


def test_the_first_refusal_stands():
    """Who had agreed before it is released, and who comes after it is never asked."""
    told: list[tuple[str, str]] = []
    several = Observers(
        (Recorder("a", told), Ends(told), Refusing("b", told), Refusing("c", told), Recorder("d", told))
    )
    with pytest.raises(RateLimitError):
        several.reserve(call())

    assert [("a", "reserve"), ("b", "reserve"), ("a", "release"), ("ends", "release")] == told


def test_a_reservation_that_goes_wrong_is_none():
    """An observer that breaks stops the call: it may be the one that keeps the budget."""
    told: list[tuple[str, str]] = []
    several = Observers((Recorder("a", told), Recorder("b", told, fails="reserve")))
    with pytest.raises(RuntimeError):
        several.reserve(call())

    assert [("a", "reserve"), ("b", "reserve"), ("a", "release")] == told


@pytest.mark.parametrize("what", ["settle", "release"])
def test_one_that_breaks_does_not_keep_the_others_from_their_news(
    what: str, caplog: pytest.LogCaptureFixture
):
    """The log says which one it was."""
    told: list[tuple[str, str]] = []
    several = Observers((Recorder("a", told), Recorder("b", told, fails=what), Recorder("c", told)))
    getattr(several, what)(call())

    assert [("a", what), ("b", what), ("c", what)] == told
    assert ["Recorder." + what in record.getMessage() for record in caplog.records] == [True]


class Watched:
    """A gateway with recording observers, and what they were told of the calls to it."""

    def __init__(self, gateway: Gateway, address: str, recorder: Recorder) -> None:
        self.gateway, self.address, self.recorder = gateway, address, recorder

    @property
    def told(self) -> list[str]:
        """What was told of the calls, in turn."""
        return [what for _, what in self.recorder.told]

    def settled(self) -> list[str]:
        """The same, once every call that began has ended."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            ids = [name for name, _ in self.recorder.told]
            if ids and all(ids.count(each) == 2 for each in ids) and not self._busy():
                return self.told
            time.sleep(0.005)
        return self.told

    def _busy(self) -> bool:
        loads = [each.load.in_flight for each in self.gateway.groups.deployments]
        return any(loads) or bool(self.gateway.state.admission.running)

    def last(self) -> Call:
        return next(reversed(self.recorder.calls.values()))


@contextmanager
def watched(workspace: RunningWorkspace, *further: Observer) -> Iterator[Watched]:
    """A gateway in a thread of its own, watched by a recorder first and by `further` ones after it."""
    gateway = Gateway.of(load(CONFIG, workspace.environ), access=Access.by_key(KEY))
    recorder = Recorder()
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
    started = threading.Event()

    async def main() -> None:
        server, stop = Server(App(gateway, recorder, *further)), asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))
        await server.start([listener])
        started.set()
        await stop.wait()
        await server.drain(1.0)
        await gateway.state.aclose()

    def run() -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(main())

    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        assert started.wait(PATIENCE)
        try:
            yield Watched(gateway, f"http://127.0.0.1:{listener.getsockname()[1]}", recorder)
        finally:
            loop, stop = loops[0]
            loop.call_soon_threadsafe(stop.set)
            thread.join(PATIENCE)


@pytest.fixture(scope="module")
def _one(_workspace: RunningWorkspace) -> Iterator[Watched]:
    with watched(_workspace) as gateway:
        yield gateway


@pytest.fixture
def gateway(_one: Watched, workspace: RunningWorkspace) -> Watched:
    """A gateway that was asked nothing yet, before a workspace that is well."""
    _one.recorder.told.clear()
    _one.recorder.calls.clear()
    for deployment in _one.gateway.groups.deployments:
        deployment.load.cooling_until = 0.0
    return _one


def hello(model: str = "a", **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "Hello"}], **more}


SETTLED, RELEASED = ["reserve", "settle"], ["reserve", "release"]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}


@pytest.mark.parametrize(
    ("path", "body", "plan", "status", "expected"),
    [
        pytest.param(CHAT, hello(), "", 200, SETTLED, id="whole"),
        pytest.param(CHAT, hello(tools=[TOOL]), "", 200, SETTLED, id="whole, and not plain"),
        pytest.param(CHAT, hello(stream=True), "", 200, SETTLED, id="stream"),
        pytest.param(CHAT, hello("claude", stream=True), "", 200, SETTLED, id="another stream"),
        pytest.param(VECTORS, {"model": "vectors", "input": ["a", "b"]}, "", 200, SETTLED, id="embeddings"),
        pytest.param(TEXTS, {"model": "a", "prompt": ["a", "b"]}, "", 200, SETTLED, id="two completions"),
        pytest.param(
            TEXTS, {"model": "a", "prompt": "a", "stream": True}, "", 200, SETTLED, id="text stream"
        ),
        pytest.param(CHAT, hello(), "status=503,times=1", 200, SETTLED, id="after a retry"),
        pytest.param(CHAT, hello("claude"), "status=400,model=claude", 200, SETTLED, id="after a fallback"),
        pytest.param(CHAT, hello(stream=True), "status=503,times=1", 200, SETTLED, id="stream after a retry"),
        pytest.param(CHAT, hello(stream=True), "cut=2", 200, SETTLED, id="a stream that is cut"),
        pytest.param(CHAT, hello(stream=True), "error_event,after=2", 200, SETTLED, id="one that reports it"),
        pytest.param(CHAT, hello(), "status=400", 400, RELEASED, id="refused by the workspace"),
        pytest.param(CHAT, hello(), "status=403", 403, RELEASED, id="forbidden by the workspace"),
        pytest.param(CHAT, hello(num_retries=0), "drop", 500, RELEASED, id="no answer"),
        pytest.param(CHAT, hello(stream=True), "status=400", 400, RELEASED, id="no stream"),
        pytest.param(
            CHAT, hello(stream=True, num_retries=0), "cut=0", 500, RELEASED, id="a stream that never begins"
        ),
        pytest.param(CHAT, hello(timeout=0.05), "delay=1", 408, RELEASED, id="out of time"),
        pytest.param(
            VECTORS, {"model": "vectors", "input": "a"}, "status=400", 400, RELEASED, id="no vectors"
        ),
        pytest.param(TEXTS, {"model": "a", "prompt": "a"}, "status=400", 400, RELEASED, id="no completion"),
        pytest.param(CHAT, hello("claude", n=3), "status=400", 400, RELEASED, id="all refuse"),
        pytest.param(CHAT, hello(logit_bias={"1": 1}), "", 400, RELEASED, id="refused for the model"),
    ],
)
def test_a_call_ends_once(
    gateway: Watched,
    workspace: RunningWorkspace,
    ask: Callable[..., SimpleNamespace],
    path: str,
    body: dict[str, Any],
    plan: str,
    status: int,
    expected: list[str],
):
    """In either way; what was used and what it cost is known of whatever was answered."""
    if plan:
        workspace.fault(plan)
    reply = ask(gateway.address, path, body)

    assert (status, expected) == (reply.status, gateway.settled())
    call = gateway.last()
    assert (call.status if status < 400 else status) == reply.status
    assert (expected is SETTLED, False) == (call.charged, call.gone)
    whole = expected is SETTLED and call.error is None
    assert not whole or (call.usage is not None and call.cost is not None and call.usage["total_tokens"] > 0)
    assert (status >= 400) <= (call.error is not None)


@pytest.mark.parametrize(
    ("path", "body", "key", "status"),
    [
        pytest.param(CHAT, b"{", KEY, 400, id="no JSON"),
        pytest.param(CHAT, {"model": "a"}, KEY, 400, id="no messages"),
        pytest.param(CHAT, hello(messages=5), KEY, 400, id="no list of messages"),
        pytest.param(CHAT, hello("nobody"), KEY, 400, id="unknown model"),
        pytest.param(CHAT, hello(fallbacks=["nobody"]), KEY, 400, id="unknown fallback"),
        pytest.param(CHAT, hello("claude"), "sk-some", 403, id="forbidden model"),
        pytest.param(CHAT, hello(num_retries=-1), KEY, 400, id="no number"),
        pytest.param(CHAT, hello(), "sk-wrong", 401, id="unknown key"),
        pytest.param(CHAT, hello(), "sk-none-left", 429, id="over the limit"),
        pytest.param(VECTORS, {"model": "vectors"}, KEY, 400, id="nothing to embed"),
        pytest.param("/v1/models", None, KEY, 200, id="models"),
        pytest.param("/health/liveliness", None, None, 200, id="health"),
    ],
)
def test_what_is_no_call(
    gateway: Watched, ask: Callable[..., SimpleNamespace], path: str, body: Any, key: str | None, status: int
):
    """Nothing was reserved, so there is nothing to tell."""
    assert status == ask(gateway.address, path, body, key=key).status
    ask(gateway.address, CHAT, hello())

    assert SETTLED == gateway.settled()


def leave(address: str, body: dict[str, Any], *, after: Callable[[socket.socket], Any]) -> None:
    """Ask, and hang up as soon as `after` has happened."""
    host, port = urlsplit(address).netloc.split(":")
    content = json.dumps(body).encode()
    head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\n"
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
        client.sendall(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
        after(client)


def reserved(gateway: Watched) -> Callable[[socket.socket], None]:
    def wait(_client: socket.socket) -> None:
        until = time.monotonic() + PATIENCE
        while not gateway.told and time.monotonic() < until:
            time.sleep(0.002)

    return wait


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("plan", ["delay=2", "status=503,retry_after=2"])
def test_a_client_that_leaves_before_its_answer(
    gateway: Watched, workspace: RunningWorkspace, stream: bool, plan: str
):
    """While the workspace thinks, or while we wait to ask it again."""
    workspace.fault(plan)
    leave(gateway.address, hello(stream=stream), after=reserved(gateway))

    assert RELEASED == gateway.settled()
    assert (True, False) == (gateway.last().gone, gateway.last().charged)


def test_a_client_that_leaves_in_its_stream(gateway: Watched, workspace: RunningWorkspace):
    """The model has begun to answer, and charges for what it wrote."""
    workspace.fault("pause=2,after=2")
    leave(gateway.address, hello(stream=True), after=lambda client: client.recv(1 << 16))

    assert SETTLED == gateway.settled()
    assert (True, True) == (gateway.last().gone, gateway.last().charged)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.004])
def test_a_client_that_leaves_at_any_time(gateway: Watched, seconds: float):
    """However little it has waited: the call ends as others do, if it began at all."""
    for stream in (False, True):
        leave(gateway.address, hello(stream=stream), after=lambda _client: time.sleep(seconds))
    leave(gateway.address, hello(), after=lambda client: client.recv(1 << 16))

    told = gateway.settled()
    assert told.count("reserve") == told.count("settle") + told.count("release")
    assert 0 == gateway.gateway.state.admission._expected


@pytest.mark.parametrize("fails", ["settle", "release"])
def test_an_observer_that_breaks_at_the_end(
    workspace: RunningWorkspace, ask: Callable[..., SimpleNamespace], fails: str
):
    """The client has its answer, and the other observers their news."""
    with watched(workspace, Recorder(fails=fails)) as gateway:
        workspace.fault("status=400,times=1")
        replies = [ask(gateway.address, CHAT, hello()).status for _ in range(2)]

        assert [400, 200] == replies
        assert [*RELEASED, *SETTLED] == sorted_by_call(gateway)


@pytest.mark.parametrize(
    ("objection", "status"),
    [
        pytest.param(Refusing(), 429, id="refuses"),
        pytest.param(Recorder(fails="reserve"), 500, id="breaks"),
    ],
)
def test_an_observer_that_objects(
    workspace: RunningWorkspace, ask: Callable[..., SimpleNamespace], objection: Observer, status: int
):
    """Nothing goes upstream, and those who had agreed are released."""
    with watched(workspace, objection) as gateway:
        reply = ask(gateway.address, CHAT, hello())

        assert (status, RELEASED, []) == (reply.status, gateway.settled(), workspace.requests)
        assert 0 == gateway.gateway.state.metrics.in_flight


def sorted_by_call(gateway: Watched) -> list[str]:
    gateway.settled()
    return [what for each in gateway.recorder.calls for name, what in gateway.recorder.told if name == each]


@given(st.lists(st.sampled_from(["fine", "refuses", "breaks"]), max_size=6))
def test_whoever_agreed_is_released(kinds: list[str]):
    """Once, whichever observer objects: as many reservations as ends, in all orders."""
    made = {
        "fine": Recorder,
        "refuses": Refusing,
        "breaks": lambda name, told: Recorder(name, told, fails="reserve"),
    }
    told: list[tuple[str, str]] = []
    several = Observers([made[kind](str(place), told) for place, kind in enumerate(kinds)])
    try:
        several.reserve(call())
    except (LakewayError, RuntimeError):
        objected = next(place for place, kind in enumerate(kinds) if kind != "fine")
    else:
        objected = len(kinds)
        several.settle(call())
    ends = [what for _, what in told if what != "reserve"]

    assert objected == len(ends)
    assert {"release" if objected < len(kinds) else "settle"} >= set(ends)
