"""wrk is asked for the right load, and a wrong answer is never counted as a good one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.gateway.load import (
    MARKER,
    SCRIPT,
    Load,
    LoadFailed,
    Target,
    body,
    checked,
    command,
    send,
    summary,
    with_key,
)
from bench.gateway.probe import ask, text_of
from bench.gateway.running import Busy, direct
from bench.gateway.subjects import Address
from bench.payloads import CHAT_TEXT
from bench.subjects import ROOT

from bench import machine

ADDRESS = Address("/v1/chat/completions", "whole", {"Authorization": "Bearer k", "x-more": "1"})
GOOD = {"requests": 10, "wrong": 0, "refused": 0, "broken": 0, "late": 0}


def test_a_body_is_a_chat_that_can_be_told_from_all_others() -> None:
    """The script puts a number where the marker is."""
    assert "@N@" == MARKER
    assert f'MARKER = "{MARKER}"' in SCRIPT.read_text(encoding="utf-8")
    assert body("whole").count(MARKER) == 1
    assert json.loads(body("whole", 7))["messages"][0]["content"].count("7") == 1
    assert "stream" not in json.loads(body("whole"))
    assert json.loads(body("whole", stream=True))["stream"] is True


def test_the_command_has_one_thread_and_every_header() -> None:
    """One core is all it may have."""
    words = command(Target(4000, ADDRESS), Load(64, 10))
    headers = [words[i + 1] for i, word in enumerate(words) if word == "--header"]

    assert words[words.index("--threads") + 1] == "1"
    assert words[words.index("--connections") + 1] == "64"
    assert words[words.index("--duration") + 1] == "10s"
    assert words[-1] == "http://127.0.0.1:4000/v1/chat/completions"
    assert headers == ["Content-Type: application/json", "Authorization: Bearer k", "x-more: 1"]


def test_the_summary_is_the_last_line() -> None:
    """wrk prints its own before."""
    assert {"requests": 3} == summary('Running 1s test\n  3 requests\n\n{"requests": 3}\n', "")


def test_without_a_summary_the_reason_is_told() -> None:
    """wrk has no address to connect to, or the script does not load."""
    with pytest.raises(LoadFailed, match="unable to connect"):
        summary("", "unable to connect to 127.0.0.1:1")


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        ({"wrong": 1}, "of 10 requests: 1 wrong"),
        ({"refused": 2, "late": 1}, "of 10 requests: 2 refused, 1 late"),
        ({"broken": 4}, "of 10 requests: 4 broken"),
        ({"requests": 0}, "of 0 requests: none answered"),
    ],
)
def test_a_load_with_any_fault_counts_for_nothing(faults: dict[str, int], message: str) -> None:
    """Refusals are cheap: they must not pass as speed."""
    with pytest.raises(LoadFailed, match=message):
        checked(GOOD | faults)


def test_a_load_without_fault_is_handed_on() -> None:
    """As it was."""
    assert GOOD == checked(GOOD)


def test_another_key_changes_nothing_else() -> None:
    """What is refused is refused for its key."""
    assert Address(ADDRESS.path, "whole", {"Authorization": "Bearer z", "x-more": "1"}) == with_key(
        ADDRESS, "z"
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b'{"choices":[{"message":{"content":"sea"}}]}', "sea"),
        (b'{"choices":[]}', None),
        (b'{"error":{"message":"no"}}', None),
        (b"[]", None),
        (b"<html>", None),
    ],
)
def test_the_text_of_an_answer_is_found_or_is_none(answer: bytes, expected: str | None) -> None:
    """Whatever a gateway sends back."""
    assert expected == text_of(answer)


def test_a_core_is_busy_with_a_gateway_and_with_others() -> None:
    """Of 200 ticks 100 were busy; a gateway that used half a second of CPU leaves a quarter to others."""
    core = Busy((1_000, 5_000), (1_100, 5_200))

    assert core.part == 0.5
    assert pytest.approx(0.25) == core.part_beside(0.5)
    assert core.part_beside(9.0) == 0.0


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The upstream as a run starts it."""
    placed = machine.cores()
    if placed is None or shutil.which("wrk") is None:
        pytest.skip("needs wrk and two cores")
    with subprocess.Popen(
        [sys.executable, "-m", "bench.gateway.upstream", str(placed[1])],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as upstream:
        assert upstream.stdout is not None
        yield int(upstream.stdout.readline())


def test_the_upstream_itself_stands_the_test(port: int, tmp_path: Path) -> None:
    """Whole answers and streams, each checked."""
    core = (machine.cores() or (0, 0))[1]
    status, answer = ask(direct(port, stream=False))

    found = send(direct(port, stream=True), Load(4, 1, stream=True), tmp_path, core)

    assert (200, CHAT_TEXT) == (status, text_of(answer))
    assert found["requests"] > 4
    assert found["wrong"] == 0


def test_a_stream_with_another_text_is_wrong(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One character is enough."""
    core = (machine.cores() or (0, 0))[1]
    monkeypatch.setattr("bench.gateway.upstream.stream_text", lambda: "another text")

    with pytest.raises(LoadFailed, match="wrong"):
        send(direct(port, stream=True), Load(4, 1, stream=True), tmp_path, core)
