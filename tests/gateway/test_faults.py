"""What a workspace does to the gateway on a bad day, and what a client sees of it.

Each time: the error in OpenAI's dialect, how long it took, how often the workspace was asked, and that the
next call is fine.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest

CHAT = "/v1/chat/completions"
KEY = "sk-gateway-tests"
LLAMA, CLAUDE = "databricks-meta-llama-3-3-70b-instruct", "databricks-claude-sonnet-4-5"
FRANCE: Any = [{"role": "user", "content": "What is the capital of France?"}]
PARIS = "The capital of France is Paris."
ROW = f"{{model_name: a, litellm_params: {{model: databricks/{LLAMA}, timeout: 0.4}}}}"
ONCE = f"model_list: [{ROW}]\nlitellm_settings: {{num_retries: 0}}\n"
TWICE = f"model_list: [{ROW}]\nlitellm_settings: {{num_retries: 1}}\n"
PATIENCE = 5.0

both = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@pytest.fixture
def client() -> Iterator[Callable[[str], openai.OpenAI]]:
    """OpenAI's own client for an address; it repeats nothing by itself."""
    made: list[openai.OpenAI] = []

    def connect(address: str) -> openai.OpenAI:
        made.append(openai.OpenAI(base_url=f"{address}/v1", api_key=KEY, max_retries=0))
        return made[-1]

    yield connect
    for each in made:
        each.close()


def said(client: openai.OpenAI, *, stream: bool = False, **more: Any) -> str:
    """The text of an answer, however it comes."""
    reply = client.chat.completions.create(model="a", messages=FRANCE, stream=stream, **more)
    if not stream:
        return reply.choices[0].message.content
    return "".join(chunk.choices[0].delta.content or "" for chunk in reply)


def failure(expected: type[Exception], client: openai.OpenAI, *, stream: bool = False) -> tuple[Any, float]:
    """What is raised, and after how many seconds."""
    began = time.monotonic()
    with pytest.raises(expected) as caught:
        said(client, stream=stream)
    return caught.value, time.monotonic() - began


def timed(do: Callable[[], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    result = do()
    return result, time.monotonic() - began


def hello(**more: Any) -> dict[str, Any]:
    return {"model": "a", "messages": FRANCE, **more}


def events(body: bytes) -> list[str]:
    """The data of every event of a stream."""
    return [line[6:] for line in body.decode().splitlines() if line.startswith("data: ")]


def text_of(body: bytes) -> str:
    """The text of a stream that came to its end."""
    *chunks, done = events(body)
    assert "[DONE]" == done
    return "".join(json.loads(each)["choices"][0]["delta"].get("content") or "" for each in chunks)


# Errors that are told.


@both
@pytest.mark.parametrize(
    ("fault", "expected", "status", "kind", "part"),
    [
        ("status=429", openai.RateLimitError, 429, "throttling_error", "told to answer 429"),
        ("status=500", openai.InternalServerError, 500, "internal_server_error", "told to answer 500"),
        ("status=503", openai.InternalServerError, 503, "internal_server_error", "told to answer 503"),
        ("status=400", openai.BadRequestError, 400, "invalid_request_error", "told to answer 400"),
        ("expired", openai.PermissionDeniedError, 403, "permission_error", "Invalid access token."),
        ("garbage", openai.InternalServerError, 500, "internal_server_error", "is not HTTP/1.1"),
        ("html=502", openai.InternalServerError, 502, "internal_server_error", "502 Bad gateway"),
        ("html=200", openai.InternalServerError, 500, "internal_server_error", "is api_base a workspace"),
        ("empty=200", openai.InternalServerError, 500, "internal_server_error", "it is empty"),
        ("empty=503", openai.InternalServerError, 503, "internal_server_error", "with an empty body"),
        ("malformed,after=0", openai.InternalServerError, 500, "internal_server_error", "is not "),
        ("cut=0", openai.InternalServerError, 500, "internal_server_error", "closed the connection"),
        ("delay=5", openai.APIStatusError, 408, "invalid_request_error", "took too long"),
    ],
)
def test_the_error_is_told(client, serve, workspace, fault, expected, status, kind, part, stream):
    """In OpenAI's class, with the workspace's own reason, after one request; then all is well again."""
    asking = client(serve(ONCE))
    workspace.fault(f"{fault},times=1,key=once")
    error, seconds = failure(expected, asking, stream=stream)
    body = error.body

    assert (status, kind, str(status), None) == (
        error.status_code,
        body["type"],
        body["code"],
        body["param"],
    )
    assert part in body["message"]
    assert 1 == len(workspace.requests)
    assert seconds < 1.0
    assert PARIS == said(asking, stream=stream)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/completions", {"model": "a", "prompt": "What is the capital of France?"}),
        ("/v1/completions", {"model": "a", "prompt": "What is the capital of France?", "stream": True}),
        ("/v1/embeddings", {"model": "b", "input": "Paris"}),
    ],
)
@pytest.mark.parametrize(("fault", "status"), [("status=429", 429), ("html=502", 502), ("malformed", 500)])
def test_at_the_other_endpoints(ask, serve, workspace, path, body, fault, status):
    """Likewise, and the call after it is answered."""
    bge = "{model_name: b, litellm_params: {model: databricks/databricks-bge-large-en}}"
    address = serve(ONCE.replace("]", f", {bge}]"))
    after = ",after=0" if fault == "malformed" else ""
    workspace.fault(f"{fault}{after},times=1,key=once")
    failed, fine = ask(address, path, body), ask(address, path, body)

    assert (status, str(status)) == (failed.status, failed.json["error"]["code"])
    assert {"message", "type", "param", "code"} == failed.json["error"].keys()
    assert 200 == fine.status


@both
def test_retry_after_reaches_the_client(client, serve, workspace, stream):
    """Under its own name, so that the client knows how long to wait."""
    workspace.fault("status=429,retry_after=7,times=1")
    asking = client(serve(ONCE))
    error, _ = failure(openai.RateLimitError, asking, stream=stream)

    assert ("7", "7") == (
        error.response.headers["retry-after"],
        error.response.headers["llm_provider-retry-after"],
    )


# Another try.


@pytest.mark.parametrize(
    ("fault", "stream"),
    [
        ("status=429", False),
        ("status=429", True),
        ("status=500", False),
        ("status=503", True),
        ("html=502", False),
        ("empty=503", True),
        ("garbage", False),
        ("cut=0", False),
        ("cut=0", True),
        ("error_event,after=0", True),
    ],
)
def test_another_try_goes_well(ask, serve, workspace, fault, stream):
    """After half a second, less a quarter at most: those refused together do not come back together."""
    workspace.fault(f"{fault},times=1,key=once")
    reply, seconds = timed(lambda: ask(serve(TWICE), CHAT, hello(stream=stream)))

    assert (200, "1") == (reply.status, reply.headers["x-litellm-attempted-retries"])
    assert 2 == len(workspace.requests)
    assert 0.375 <= seconds < 1.0


def test_waits_differ(ask, serve, workspace):
    """By chance, within their bounds."""
    address = serve(TWICE)
    workspace.fault("status=503,times=6")

    def once(_: int) -> float:
        return timed(lambda: ask(address, CHAT, hello(num_retries=1)))[1]

    with ThreadPoolExecutor(6) as pool:
        waits = list(pool.map(once, range(6)))

    assert max(waits) - min(waits) > 0.01
    assert min(waits) >= 0.375


@both
def test_retry_after_is_waited_for(ask, serve, workspace, stream):
    """It replaces the wait that would have been."""
    workspace.fault("status=429,retry_after=1,times=1")
    reply, seconds = timed(lambda: ask(serve(TWICE), CHAT, hello(stream=stream)))

    assert (200, 2) == (reply.status, len(workspace.requests))
    assert 1.0 <= seconds < 1.8


@both
@pytest.mark.parametrize(("retry_after", "limits"), [("2", {"timeout": 1.0}), ("61", {})])
def test_no_wait_beyond_patience(ask, serve, workspace, retry_after, limits, stream):
    """The caller's deadline, or a minute: the error comes at once, and says when to come back."""
    workspace.fault(f"status=429,retry_after={retry_after}")
    reply, seconds = timed(lambda: ask(serve(TWICE), CHAT, hello(stream=stream, **limits)))

    assert (429, retry_after) == (reply.status, reply.headers["retry-after"])
    assert 1 == len(workspace.requests)
    assert seconds < 0.5


@both
def test_retries_end_at_the_deadline(ask, serve, workspace, stream):
    """However many there might be, and with an error that is the workspace's own."""
    workspace.fault("status=503")
    body = hello(stream=stream, timeout=1.2, num_retries=10)
    reply, seconds = timed(lambda: ask(serve(TWICE), CHAT, body))

    assert 503 == reply.status
    assert len(workspace.requests) in (2, 3)
    assert seconds < 1.2


def test_what_was_answered_is_not_asked_again(ask, serve, workspace):
    """A misshapen answer was paid for; the same again would cost the same again."""
    workspace.fault("malformed")

    assert 500 == ask(serve(TWICE), CHAT, hello()).status
    assert 1 == len(workspace.requests)


# Streams that break.


@pytest.mark.parametrize(
    ("fault", "status", "part", "texts"),
    [
        ("cut=3", "500", "the stream was cut", 3),
        ("malformed,after=2", "500", "is not valid", 2),
        ("error_event,after=2", "500", "told to fail in mid-stream", 2),
        ("pause=5,after=2", "408", "took too long", 2),
        ("error_event,after=2; split=7", "500", "told to fail in mid-stream", 2),
    ],
)
def test_a_stream_that_breaks(ask, client, serve, workspace, fault, status, part, texts):
    """What came is passed on, then an error event and the end; OpenAI's client raises it. No second request:
    it would begin from the start."""
    address = serve(TWICE)
    workspace.fault(f"{fault}")
    reply, seconds = timed(lambda: ask(address, CHAT, hello(stream=True)))
    *chunks, error, done = events(reply.body)
    requests = len(workspace.requests)

    assert (200, "[DONE]") == (reply.status, done)
    assert texts == sum(bool(json.loads(each)["choices"][0]["delta"].get("content")) for each in chunks)
    assert status == json.loads(error)["error"]["code"]
    assert part in json.loads(error)["error"]["message"]
    assert 1 == requests
    assert seconds < 1.0
    with pytest.raises(openai.APIError, match=part):
        said(client(address), stream=True)
    workspace.reset()
    assert PARIS == said(client(address), stream=True)


@pytest.mark.parametrize("fault", ["split=7", "split=1", "crlf", "crlf; split=3"])
def test_a_stream_in_odd_pieces(client, serve, workspace, fault):
    """Wherever the network cuts it, the text is whole."""
    workspace.fault(fault)

    assert PARIS == said(client(serve(ONCE)), stream=True)


EVENT = b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"a"}}]}\n\n'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
REPLY = (
    b'{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",'
    b'"message":{"role":"assistant","content":"here"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,'
    b'"total_tokens":2}}'
)
WHOLE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(REPLY),
    REPLY,
)


def piece(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class Scripted:
    """A server that answers its connections with these bytes, one after another, and closes each. It refuses
    connections until it is told to listen."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = answers
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.asked = 0
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def listen(self) -> None:
        self._socket.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(PATIENCE)
                connection.recv(65536)
                self.asked += 1
                connection.sendall(self._answers[min(self.asked, len(self._answers)) - 1])

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    made: list[Scripted] = []

    def make(*answers: bytes, listening: bool = True) -> Scripted:
        made.append(Scripted(*answers))
        if listening:
            made[-1].listen()
        return made[-1]

    yield make
    for each in made:
        each.close()


def hosts(*addresses: str, more: str = "", row: str = "") -> str:
    """A group with one deployment at each of these addresses."""
    rows = "".join(
        f"  - {{model_name: a, litellm_params: {{model: databricks/m{number}, api_base: '{address}', "
        f"api_key: dapi-1{row}}}}}\n"
        for number, address in enumerate(addresses)
    )
    return f"model_list:\n{rows}{more}\n"


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b": a comment\n\n", id="a comment"),
        pytest.param(EVENT[:20], id="half an event"),
    ],
)
def test_a_stream_that_is_cut_before_its_first_chunk(ask, serve, scripted, begun):
    """The client has seen nothing yet, so it is tried again."""
    good = piece(EVENT) + piece(b"data: [DONE]\n\n") + b"0\r\n\r\n"
    upstream = scripted(HEAD + (piece(begun) if begun else b""), HEAD + good)
    address = serve(hosts(upstream.address, more="litellm_settings: {num_retries: 1}"))
    reply = ask(address, CHAT, hello(stream=True))

    assert (200, 2) == (reply.status, upstream.asked)
    assert "a" == text_of(reply.body)


# Hosts that are not there.


@both
def test_a_host_that_refuses(client, serve, scripted, stream):
    """At once, and never as a limit that nobody has set."""
    nobody = scripted(listening=False)
    asking = client(serve(hosts(nobody.address, more="litellm_settings: {num_retries: 0}")))
    for _ in range(3):
        error, seconds = failure(openai.InternalServerError, asking, stream=stream)

        assert (500, "500") == (error.status_code, error.body["code"])
        assert "cannot connect to 127.0.0.1" in error.body["message"]
        assert seconds < 0.5


def test_a_host_that_does_not_answer_the_call(client, serve):
    """A connection that is never made ends with the time for it."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        address = f"http://127.0.0.1:{full.getsockname()[1]}"
        config = hosts(address, row=", timeout: 0.3", more="litellm_settings: {num_retries: 0}")
        asking = client(serve(config))
        error, seconds = failure(openai.APIStatusError, asking)

    assert 408 == error.status_code
    assert 0.3 <= seconds < 1.0


@both
def test_one_of_two_is_dead(ask, serve, scripted, stream, caplog):
    """Its traffic moves at once, it is left alone, and it is asked again when its time is over."""
    good = HEAD + piece(EVENT) + piece(b"data: [DONE]\n\n") + b"0\r\n\r\n" if stream else WHOLE
    alive, dead = scripted(good), scripted(good, listening=False)
    more = "router_settings: {cooldown_time: 0.6, num_retries: 1, prompt_cache_stickiness: false}"
    address = serve(hosts(alive.address, dead.address, more=more + f" # {stream}"))
    replies = [ask(address, CHAT, hello(stream=stream)) for _ in range(12)]
    retried = [reply.headers["x-litellm-attempted-retries"] for reply in replies]

    assert {200} == {reply.status for reply in replies}
    assert (12, 1) == (alive.asked, retried.count("1"))
    dead.listen()
    time.sleep(0.65)
    replies = [ask(address, CHAT, hello(stream=stream)) for _ in range(12)]
    assert {(200, "0")} == {(r.status, r.headers["x-litellm-attempted-retries"]) for r in replies}
    assert dead.asked > 0


@both
@pytest.mark.parametrize("fault", ["refused", "status"])
def test_all_are_dead(ask, serve, scripted, workspace, fault, stream):
    """The real error, each time, however long it goes on: never a 429 that no workspace has said."""
    if fault == "refused":
        addresses = [scripted(listening=False).address for _ in range(2)]
        config = hosts(*addresses, more="router_settings: {cooldown_time: 60}")
    else:
        workspace.fault("status=401,message=no such token")
        config = f"model_list: [{ROW}, {ROW.replace(LLAMA, CLAUDE)}]\nrouter_settings: {{cooldown_time: 60}}"
    address = serve(config + "\nlitellm_settings: {num_retries: 1}")
    expected = (500, "cannot connect") if fault == "refused" else (401, "no such token")
    for _ in range(4):
        reply, seconds = timed(lambda: ask(address, CHAT, hello(stream=stream)))

        assert expected[0] == reply.status
        assert expected[1] in reply.json["error"]["message"]
        assert seconds < 1.0


# Tokens that expire.


@both
def test_an_expired_token_is_renewed_once_for_all(client, serve, workspace, stream):
    """Twenty calls find out together; one of them asks, and nobody sees anything of it."""
    asking = client(serve(ONCE + f"# {stream}", environ=workspace.oauth_environ))
    said(asking)
    workspace.expire_tokens()
    workspace.reset()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: said(asking, stream=stream), range(20)))
    paths = [request["path"] for request in workspace.requests]

    assert [PARIS] * 20 == answers
    assert 1 == paths.count("/oidc/v1/token")
    assert len(paths) <= 1 + 2 * 20


def test_a_workspace_that_gives_no_tokens(client, serve, workspace):
    """Its error is told, and the next call asks again."""
    workspace.fault("status=503,path=/oidc,times=1,message=no tokens today")
    asking = client(serve(ONCE + "# no tokens", environ=workspace.oauth_environ))
    error, _ = failure(openai.APIStatusError, asking)

    assert 503 == error.status_code
    assert PARIS == said(asking)
