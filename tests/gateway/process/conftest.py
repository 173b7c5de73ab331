"""Gateways as processes of their own, in front of an emulated workspace, and clients that use them hard."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

CHAT = "/v1/chat/completions"
KEY = "sk-gateway-tests"
PATIENCE = 8.0
OURS = ("LAKEWAY_", "LITELLM_", "DATABRICKS_", "PORT", "NUM_WORKERS")


class Served:
    """`lakeway serve`, started; what it says is in two files."""

    def __init__(self, folder: Path, arguments: tuple[str, ...], environ: dict[str, str]) -> None:
        self.config = folder / "config.yaml"
        self._said, self._lines = folder / "stderr", folder / "stdout"
        command = [sys.executable, "-m", "lakeway", "serve", "--port", "0", "--config", str(self.config)]
        with self._said.open("w") as said, self._lines.open("w") as lines:
            self.process = subprocess.Popen([*command, *arguments], env=environ, stdout=lines, stderr=said)
        self.expect("  key")
        self.port = int(self.said.split("answers at http://", 1)[1].split("\n")[0].rpartition(":")[2])
        self.address = f"http://127.0.0.1:{self.port}"
        self._connections: list[http.client.HTTPConnection] = []

    @property
    def said(self) -> str:
        return self._said.read_text()

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The lines of the call log."""
        return [json.loads(line) for line in self._lines.read_text().splitlines()]

    def expect(self, text: str, times: int = 1) -> None:
        """Wait until it has said so."""
        self.until(lambda: self.said.count(text) >= times, alive=True)

    def until(self, condition: Callable[[], bool], *, alive: bool = False) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, self.said
            assert not alive or self.process.poll() is None, self.said
            time.sleep(0.01)

    def tell(self, number: int) -> None:
        self.process.send_signal(number)

    def reload(self, config: str, workers: int = 1) -> None:
        """Put another configuration in force."""
        before = self.said.count("was read again")
        self.config.write_text(config)
        self.tell(signal.SIGHUP)
        self.expect("was read again", before + workers)

    def wait(self) -> int:
        return self.process.wait(PATIENCE)

    @property
    def workers(self) -> list[int]:
        """The process ids of its children."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(each) for each in path.read_text().split()]

    def connect(self) -> http.client.HTTPConnection:
        """A connection, which is closed with the gateway if not before."""
        self._connections.append(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE))
        return self._connections[-1]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        for connection in self._connections:
            connection.close()


@pytest.fixture
def launch(tmp_path: Path, workspace: Any) -> Iterator[Callable[..., Served]]:
    """Start a gateway with a configuration and further arguments; ended with the test."""
    started: list[Served] = []
    environ = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}

    def start(config: str, *arguments: str, **more: str) -> Served:
        folder = tmp_path / str(len(started))
        folder.mkdir()
        (folder / "config.yaml").write_text(config)
        started.append(Served(folder, arguments, environ | workspace.environ | more))
        return started[-1]

    yield start
    for each in started:
        each.kill()


class Answer:
    """All of an answer, as it came: reading it failed if it was not whole."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.body = response.read()
        self.closes = response.getheader("connection") == "close"

    @property
    def text(self) -> str:
        """What the model has said, whole or streamed to the end."""
        assert 200 == self.status, self.body
        if self.body.startswith(b"{"):
            return json.loads(self.body)["choices"][0]["message"]["content"]
        *chunks, done = [line[6:] for line in self.body.decode().splitlines() if line.startswith("data: ")]
        assert "[DONE]" == done
        return "".join(json.loads(each)["choices"][0]["delta"].get("content") or "" for each in chunks)


def _send(connection: http.client.HTTPConnection, **fields: Any) -> None:
    """Ask for a chat."""
    body = {"model": "a", "messages": [{"role": "user", "content": "What is the capital of France?"}]}
    head = {"content-type": "application/json", "authorization": f"Bearer {KEY}"}
    connection.request("POST", CHAT, json.dumps({**body, **fields}), head)


class Load:
    """Clients that ask one question after another on connections that they keep, until they are refused or
    told to stop; every second one has its answers streamed."""

    def __init__(self, served: Served, clients: int) -> None:
        self._served = served
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(clients)
        self.answers: list[Answer] = []
        self._clients: list[Future[None]] = [
            self._pool.submit(self._work, stream=bool(number % 2)) for number in range(clients)
        ]

    def _work(self, *, stream: bool) -> None:
        connection = self._served.connect()
        try:
            while not self._stopping.is_set():
                try:
                    connection.connect() if connection.sock is None else None
                except ConnectionRefusedError:
                    return
                _send(connection, stream=stream)
                self.answers.append(Answer(connection.getresponse()))
        finally:
            connection.close()

    def stop(self) -> list[Answer]:
        """Every answer. Raises whatever a client could not explain: a reset, half an answer, no answer."""
        self._stopping.set()
        return self.join()

    def join(self) -> list[Answer]:
        for client in self._clients:
            client.result(PATIENCE)
        self._pool.shutdown()
        return self.answers


@pytest.fixture
def load() -> Callable[[Served, int], Load]:
    return Load


@pytest.fixture
def chat() -> Callable[..., Answer]:
    """One question to a gateway on a connection of its own, and its whole answer."""

    def ask(served: Served, **fields: Any) -> Answer:
        connection = served.connect()
        try:
            _send(connection, **fields)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    return ask


@pytest.fixture
def begin() -> Callable[..., Callable[[], Answer]]:
    """Send a question; what it answers waits for the whole answer."""

    def ask(served: Served, **fields: Any) -> Callable[[], Answer]:
        connection = served.connect()
        _send(connection, **fields)

        def rest() -> Answer:
            try:
                return Answer(connection.getresponse())
            finally:
                connection.close()

        return rest

    return ask


@pytest.fixture
def send() -> Callable[..., None]:
    """Ask on a connection that is there."""
    return _send
