"""`lakeway serve`: what it says at the start, who may come in, and how it ends."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from click.testing import CliRunner

from lakeway.cli.root import lakeway
from lakeway.cli.serve import open_door, worker_notes
from lakeway.gateway.assembly import assemble
from lakeway.gateway.config import load
from lakeway.gateway.problems import ConfigError
from lakeway.testing import emulator

CONFIG = "model_list: [{model_name: llama, litellm_params: {model: databricks/databricks-gpt-oss-20b}}]\n"
BAD = """
model_list:
  - {model_name: a, litelm_params: {model: databricks/a}}
  - {model_name: b, litellm_params: {model: databricks/b, timeout: soon}}
"""
MODEL = "databricks/databricks-gpt-oss-20b"
NAMES = ("LAKEWAY_", "LITELLM_", "DATABRICKS_", "PORT")


@pytest.fixture(scope="module")
def environ() -> Iterator[dict[str, str]]:
    """An environment that leads to an emulated workspace, and to nothing of the person who runs the tests."""
    with emulator(token_delay=0.01) as workspace:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(NAMES)}
        yield kept | workspace.environ


def test_a_bad_configuration(tmp_path):
    """Every mistake is told at once, without a traceback, and with the status for it."""
    file = tmp_path / "config.yaml"
    file.write_text(BAD)
    result = CliRunner().invoke(lakeway, ["serve", "--config", str(file)])

    assert 2 == result.exit_code
    assert result.stderr.splitlines() == [
        f"{file}: 2 mistakes",
        "  model_list[0]: 'litellm_params' is missing. Did you mean it by 'litelm_params'?",
        "  model_list[1].litellm_params.timeout: must be a number.",
    ]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "Pass either --config FILE, or --model NAME"),
        (["--config", "nowhere.yaml"], "'nowhere.yaml' does not exist"),
        (["--model", "gpt-4o"], "For Databricks pass model='databricks/gpt-4o'"),
    ],
)
def test_wrong_arguments(arguments, part):
    """Likewise."""
    result = CliRunner().invoke(lakeway, ["serve", *arguments])

    assert 2 == result.exit_code
    assert part in result.output


@pytest.mark.parametrize(
    ("config", "environ", "host", "said", "open_to_all"),
    [
        ("", {}, "127.0.0.1", r"none, programs on this machine need none", True),
        ("", {}, "localhost", r"none, programs on this machine need none", True),
        ("", {}, "::1", r"none, programs on this machine need none", True),
        ("", {}, "0.0.0.0", r"sk-[\w-]{22} \(made for this run", False),
        ("", {}, "10.0.0.5", r"sk-[\w-]{22} \(made for this run", False),
        ("", {"LAKEWAY_MASTER_KEY": "sk-secret"}, "0.0.0.0", "the master key", False),
        ("", {"LITELLM_MASTER_KEY": "sk-secret"}, "127.0.0.1", "the master key", False),
        ("general_settings: {master_key: sk-secret}", {}, "127.0.0.1", "the master key", False),
        ("general_settings: {master_key: sk-1234}", {}, "0.0.0.0", "sk-1234, which everybody knows", False),
    ],
)
def test_the_door(config, environ, host, said, open_to_all):
    """Only this machine may come in without a key; elsewhere one is made when none is set."""
    door = open_door(load(config, environ), host)

    assert re.match(said, door.said)
    assert open_to_all == door.access.open
    assert "sk-secret" not in repr(door)


def test_the_door_after_a_reload():
    """A key that was made stays, one that was chosen may change, and none is lost where others come in."""
    made = open_door(load("", {}), "0.0.0.0")
    chosen = open_door(load("", {"LAKEWAY_MASTER_KEY": "sk-secret"}), "0.0.0.0")

    assert made is open_door(load("", {}), "0.0.0.0", made)
    assert "the master key" == open_door(load("general_settings: {master_key: k}", {}), "0.0.0.0", made).said
    assert open_door(load("", {}), "127.0.0.1", chosen).access.open
    with pytest.raises(ConfigError, match=r"master_key: is gone"):
        open_door(load("", {}), "0.0.0.0", chosen)


def test_made_keys_differ():
    """Each start has its own."""
    assert 3 == len({open_door(load("", {}), "0.0.0.0").said for _ in range(3)})


class Served:
    """A gateway in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = [process.stderr.readline()]
        while not self.said[-1].startswith("  key"):
            self.said.append(process.stderr.readline())
            assert process.poll() is None
        self.port = int(self.said[0].rstrip().rpartition(":")[2])

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def get(self, path: str, **headers: str) -> int:
        connection = self.connect()
        try:
            connection.request("GET", path, headers=headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(10)

    def lines(self) -> list[dict[str, Any]]:
        """What it wrote to standard output, when it has ended."""
        return [json.loads(line) for line in self.process.stdout]


@pytest.fixture
def start(tmp_path, environ) -> Iterator[Callable[..., Served]]:
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)
    with ExitStack() as stack:

        def begin(*arguments: str) -> Served:
            given = arguments or ("--config", str(file))
            command = [sys.executable, "-m", "lakeway", "serve", "--port", "0", *given]
            pipe = subprocess.PIPE
            process = stack.enter_context(
                subprocess.Popen(command, env=environ, stdout=pipe, stderr=pipe, text=True)
            )
            stack.callback(process.kill)
            return Served(process)

        yield begin


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_answers_and_stops(start, number):
    """With a banner of three lines, and in good order."""
    served = start()
    answered = served.get("/v1/models")

    assert ["Lakeway", "models", "key"] == [line.split()[0] for line in served.said]
    assert "models  llama\n" in served.said[1]
    assert (200, 0) == (answered, served.stop(number))


def test_without_a_file(start):
    """`--model`, as often as one likes."""
    served = start("--model", MODEL, "--model", "databricks/databricks-bge-large-en")

    assert "databricks/databricks-gpt-oss-20b, databricks/databricks-bge-large-en" in served.said[1]
    assert 200 == served.get("/v1/models/databricks/databricks-bge-large-en")


def test_an_address_that_others_reach(start):
    """The key that was shown is the one that opens."""
    served = start("--model", MODEL, "--host", "0.0.0.0")
    key = served.said[-1].split()[1]

    assert [401, 200] == [served.get("/v1/models"), served.get("/v1/models", authorization=f"Bearer {key}")]


@pytest.mark.parametrize(("arguments", "lines"), [((), 1), (("--no-log",), 0)])
def test_a_line_for_each_call(start, arguments, lines):
    """On standard output, and nothing else there: what is said to people goes to the other one."""
    served = start("--model", MODEL, *arguments)
    connection = served.connect()
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}]}
    connection.request("POST", "/v1/chat/completions", json.dumps(body))
    response = connection.getresponse()
    identity = response.headers["x-litellm-call-id"]
    response.read()
    connection.close()
    served.get("/health/liveliness")
    served.stop()

    assert [(identity, 200, MODEL)] * lines == [
        (line["call_id"], line["status"], line["model"]) for line in served.lines()
    ]


KEYED = CONFIG + "keys: [{key: sk-1}, {key: sk-2%s}]\n"
SOME = {"DATABRICKS_HOST": "https://w.cloud.databricks.com", "DATABRICKS_TOKEN": "dapi"}


@pytest.mark.parametrize(
    ("limit", "workers", "noted"),
    [
        ("", 4, False),
        (", rpm: 5", 1, False),
        (", rpm: 5", 4, True),
        (", tpm_limit: 5", 4, True),
        (", max_parallel_requests: 5", 4, True),
    ],
)
def test_limits_of_keys_among_workers(limit, workers, noted):
    """Each worker counts for itself: whoever limits a key is told what that makes."""
    notes = worker_notes(
        assemble(load(KEYED % limit, SOME), lambda _credential: SOME["DATABRICKS_HOST"]), workers
    )

    assert noted == bool(notes)
    assert all("up to 4 times as much" in note for note in notes)


def test_the_note_about_limits_is_shown(start, tmp_path):
    """With the others, below the key."""
    file = tmp_path / "keyed.yaml"
    file.write_text(KEYED % ", rpm: 5")
    served = start("--config", str(file), "--workers", "2")
    notes = [served.process.stderr.readline() for _ in range(3)]

    assert ["keys[0].key:", "keys[1].key:", "keys:"] == [note.split()[1] for note in notes]
    assert 0 == served.stop()


def test_workers(start):
    """They answer on one port, and end together."""
    served = start("--model", MODEL, "--workers", "2")

    assert {200} == {served.get("/v1/models") for _ in range(4)}
    assert 0 == served.stop()


def test_a_running_call_is_finished_first(start):
    """SIGTERM ends the gateway when its last answer is out, and no sooner."""
    served = start()
    connection = served.connect()
    question = [{"role": "user", "content": "Write 30 words"}]
    body = {"model": "llama", "stream": True, "messages": question}
    connection.request("POST", "/v1/chat/completions", json.dumps(body))
    response = connection.getresponse()
    first = response.read(1)
    stopping = threading.Thread(target=served.stop)
    stopping.start()
    text = first + response.read()
    connection.close()
    stopping.join(10)

    assert text.endswith(b"data: [DONE]\n\n")
    assert 0 == served.process.returncode


def test_the_port_is_taken(start):
    """Two gateways cannot share an address by accident."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        result = CliRunner(
            env={"DATABRICKS_HOST": "http://localhost:1", "DATABRICKS_TOKEN": "dapi-1"}
        ).invoke(lakeway, ["serve", "--model", "databricks/a", "--port", port])

    assert 1 == result.exit_code
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use." in result.output


def test_the_first_answer_comes_soon(start):
    """From the command to an answer in well under the seconds that LiteLLM takes (6.5 s were measured)."""
    began = time.monotonic()
    served = start()
    served.get("/health/liveliness")

    assert time.monotonic() - began < 3
