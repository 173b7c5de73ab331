"""The line of JSON that every call leaves behind."""

from __future__ import annotations

import json
import logging
import os
import threading
import time

import pytest

from lakeway.errors import BadRequestError, RateLimitError
from lakeway.gateway.call_log import CallLog
from lakeway.gateway.caller import ANYBODY
from lakeway.gateway.line_writer import LineWriter

SECRET = "the launch code is 0000"


class Lines:
    """A writer that keeps what it is given."""

    def __init__(self):
        self.lines = []

    def write(self, line):
        self.lines.append(line)


@pytest.fixture
def logged():
    """The lines that these calls leave, read back."""

    def tell(*calls, how="settle", **options):
        lines = Lines()
        log = CallLog(lines, clock=lambda: 1_800_000_000.0125, **options)
        for each in calls:
            log.reserve(each)
            getattr(log, how)(each)
        return [json.loads(line) for line in lines.lines]

    return tell


def test_a_whole_answer(call, logged):
    """Who called what, where it went, what it used and cost, and how long it took."""
    (line,) = logged(call(retries=1, fallbacks=2))

    assert {
        "time": "2027-01-15T08:00:00.012Z",
        "call_id": "call-1",
        "endpoint": "/chat/completions",
        "status": 200,
        "seconds": 1.5,
        "model": "claude",
        "key": "a1a1a1a1",
        "key_alias": "team-a-key",
        "user": "ada",
        "team": "team-a",
        "deployment": "d-1",
        "deployment_model": "databricks-claude-sonnet-4-5",
        "api_base": "https://example.cloud.databricks.com/serving-endpoints",
        "input_tokens": 100,
        "output_tokens": 50,
        "cached_tokens": 40,
        "reasoning_tokens": 20,
        "cost_usd": 0.035,
        "cost_dbu": 0.5,
        "overhead": 0.3,
        "retries": 1,
        "fallbacks": 2,
    } == line


def test_a_stream(call, logged):
    """It says so, and when it began."""
    (line,) = logged(call(stream=True, first=101.25, gone=True))

    assert (True, 1.25, True) == (line["stream"], line["first_token"], line["client_gone"])


def test_what_is_not_known_is_left_out(call, logged):
    """A call without a key that found no deployment says little."""
    bare = call(caller=ANYBODY, deployment=None, usage=None, cost=None, status=0, gone=True)
    (line,) = logged(bare, how="release")

    always = {"time", "call_id", "endpoint", "status", "seconds"}

    assert always | {"model", "overhead", "client_gone"} == line.keys()


def test_an_error_without_its_message(call, logged):
    """The message may quote the prompt: class, type and code are enough to count by."""
    error = BadRequestError(f"cannot parse {SECRET!r}", code="bad_json", model="m", llm_provider="databricks")
    (line,) = logged(call(error=error, status=400, body={"messages": [SECRET]}), how="release")

    assert {"class": "BadRequestError", "type": "invalid_request_error", "code": "bad_json"} == line["error"]
    assert SECRET not in json.dumps(line)


def test_prompts_for_those_who_ask(call, logged):
    """What was asked and answered, and what an error said, without secrets and to a limit."""
    asked = [{"role": "user", "content": SECRET}]
    answered = {"choices": [{"message": {"content": "no"}}]}
    error = RateLimitError("Bearer abcdef0123456789 " + "x" * 5000)
    line, failed = logged(
        call(body={"messages": asked, "temperature": 1}, reply=answered),
        call(body={"input": [SECRET]}, error=error, status=429),
        log_prompts=True,
    )

    assert {"messages": asked} == line["request"]
    assert answered == line["reply"]
    assert {"input": [SECRET]} == failed["request"]
    assert "abcdef" not in failed["error"]["message"]
    assert 1000 >= len(failed["error"]["message"])


def test_names_are_cut(call, logged):
    """A client can ask for a model of any length, and the line stays one."""
    (line,) = logged(call(model="x" * 100_000 + "\n", status=400), how="release")

    assert "x" * 200 == line["model"]


def test_a_reservation_that_is_taken_back_leaves_no_line(call, logged):
    """Whoever answers the client tells of it, once the error is known."""
    about = {"deployment": None, "usage": None, "cost": None, "ended": 0.0}
    (line,) = logged(call(error=RateLimitError("x"), status=429, **about), how="refused")

    assert [] == logged(call(status=0, **about), how="release")
    assert (429, "RateLimitError", 0.0) == (line["status"], line["error"]["class"], line["seconds"])


def test_lines_reach_the_file(call, tmp_path):
    """In order, one each, after what was there before; closing writes what is left."""
    path = tmp_path / "calls.jsonl"
    path.write_text("{}\n")
    log = CallLog(LineWriter(path, delay=60))
    for number in range(300):
        log.settle(call(id=str(number)))
    log.close()
    lines = [json.loads(line) for line in path.read_text().splitlines()]

    assert {} == lines[0]
    assert list(range(300)) == [int(line["call_id"]) for line in lines[1:]]


def test_lines_are_written_soon(tmp_path):
    """Without anybody closing anything."""
    writer = LineWriter(tmp_path / "lines", delay=0.01)
    writer.write(b"one")
    until = time.monotonic() + 5
    while not (tmp_path / "lines").read_bytes() and time.monotonic() < until:
        time.sleep(0.01)
    written = (tmp_path / "lines").read_bytes()
    writer.close()

    assert b"one\n" == written


def test_a_full_batch_does_not_wait(tmp_path):
    """What is enough for one write goes at once, however long the delay."""
    writer = LineWriter(tmp_path / "lines", delay=60, batch=100)
    for _ in range(50):
        writer.write(b"x" * 9)
    until = time.monotonic() + 5
    while not (tmp_path / "lines").read_bytes() and time.monotonic() < until:
        time.sleep(0.01)
    written = (tmp_path / "lines").read_bytes()
    writer.close()

    assert written


def test_a_reader_that_stops_holds_nobody_up(caplog):
    """Lines beyond the limit are dropped and counted; those that were taken come out whole, in order."""
    reading, writing = os.pipe()
    writer = LineWriter(writing, limit=10_000, delay=0)
    began = time.monotonic()
    with caplog.at_level(logging.WARNING, "lakeway.gateway"):
        for number in range(20_000):
            writer.write(b"%06d" % number + b"." * 93)
        took = time.monotonic() - began
        dropped = writer.dropped
        read = _drained(reading, writer, writing)
    numbers = [int(line[:6]) for line in read.splitlines()]

    assert took < 5
    assert dropped > 0
    assert len(numbers) == 20_000 - dropped
    assert sorted(numbers) == numbers
    assert {100} == {len(line) + 1 for line in read.splitlines()}
    assert dropped == sum(record.args[0] for record in caplog.records)


def _drained(reading, writer, writing):
    """Everything in the pipe, while the writer is closed."""
    closing = threading.Thread(target=lambda: (writer.close(), os.close(writing)))
    closing.start()
    with os.fdopen(reading, "rb") as pipe:
        read = pipe.read()
    closing.join()
    return read


def test_a_reader_that_is_gone_is_no_end(caplog):
    """Lines are dropped and counted; it is said once, and the calls go on."""
    reading, writing = os.pipe()
    os.close(reading)
    writer = LineWriter(writing, delay=0)
    with caplog.at_level(logging.WARNING, "lakeway.gateway"):
        for _ in range(3):
            writer.write(b"line")
        writer.close()
    os.close(writing)
    writer.write(b"late")

    assert 4 == writer.dropped
    assert 1 == sum("cannot be written" in record.message for record in caplog.records)


def test_a_descriptor_that_does_not_wait(tmp_path):
    """Whoever opened it may have made it so: nothing is lost for that."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    writer = LineWriter(writing, delay=0)
    for _ in range(3000):
        writer.write(b"x" * 99)
    read = _drained(reading, writer, writing)

    assert 3000 * 100 == len(read)
    assert 0 == writer.dropped


def test_a_file_that_cannot_be_written(tmp_path):
    """It is told at the start, not with the first call."""
    with pytest.raises(OSError):
        LineWriter(tmp_path / "missing" / "calls.jsonl")
