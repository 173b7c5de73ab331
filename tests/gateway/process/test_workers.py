"""`--workers`: one port, several processes, and a parent that looks after them."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

LLAMA, CLAUDE = "databricks-meta-llama-3-3-70b-instruct", "databricks-claude-sonnet-4-5"
PARIS = "The capital of France is Paris."
CONFIG = f"""
model_list: [{{model_name: a, litellm_params: {{model: databricks/{LLAMA}}}}}]
general_settings: {{master_key: sk-gateway-tests}}
"""
TWO = ("--workers", "2")


def counted(ask, served) -> int:
    """The calls that a scrape tells of, whichever worker it reaches."""
    text = ask(served.address, "/metrics").body.decode()
    lines = re.findall(r"^litellm_proxy_total_requests_metric_total\{.* (\d+)", text, re.MULTILINE)
    return sum(map(int, lines))


def is_alive(pid: int) -> bool:
    """A process that nobody has waited for yet is dead all the same."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_each_serves_the_port(launch, chat):
    """While one is stopped, the other answers."""
    served = launch(CONFIG, *TWO)
    served.until(lambda: len(served.workers) == 2)
    chat(served)
    for stopped in served.workers:
        os.kill(stopped, signal.SIGSTOP)
        answers = [chat(served).text for _ in range(3)]
        os.kill(stopped, signal.SIGCONT)

        assert [PARIS] * 3 == answers


def test_a_worker_that_is_killed(launch, chat, ask):
    """Another one takes its place, nothing but its own calls is lost, and what it counted still counts."""
    served = launch(CONFIG, *TWO)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: chat(served), range(24)))
    before = counted(ask, served)
    killed, other = served.workers
    os.kill(killed, signal.SIGKILL)
    answers = [chat(served).text for _ in range(10)]
    served.until(lambda: len(served.workers) == 2 and killed not in served.workers)

    assert other in served.workers
    assert (24, 34) == (before, counted(ask, served))
    assert [PARIS] * 10 == answers
    assert "A worker ended with -9, another one takes its place." in served.said


def test_every_scrape_tells_of_all(launch, chat, ask):
    """A counter that fell would look to Prometheus like one that began anew."""
    served = launch(CONFIG, *TWO)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: chat(served), range(20)))
        scrapes = list(pool.map(lambda _: counted(ask, served), range(16)))

    assert {20} == set(scrapes)


def test_all_are_killed(launch, chat):
    """The port stays, and connections wait in its queue for those that come."""
    served = launch(CONFIG, *TWO)
    served.until(lambda: len(served.workers) == 2)
    chat(served)
    for worker in served.workers:
        os.kill(worker, signal.SIGKILL)

    assert PARIS == chat(served).text


def test_a_reload_reaches_those_that_come_later(launch, chat, workspace):
    """One that takes another's place begins with the configuration in force, not with that of the start."""
    served = launch(CONFIG, *TWO)
    served.reload(CONFIG.replace(LLAMA, CLAUDE), workers=2)
    for worker in served.workers:
        os.kill(worker, signal.SIGKILL)
    served.until(lambda: len(served.workers) == 2)
    chat(served)

    assert CLAUDE == workspace.requests[-1]["body"]["model"]


def test_a_bad_reload_is_told_once(launch, chat):
    """By the parent, which then tells nobody of it."""
    served = launch(CONFIG, *TWO)
    served.config.write_text("model_list: [{}]")
    served.tell(signal.SIGHUP)
    served.expect("the one in force stays")
    time.sleep(0.2)

    assert 1 == served.said.count("the one in force stays")
    assert PARIS == chat(served).text


def test_a_mistake_in_the_configuration(tmp_path):
    """It ends with its own status before there is any worker."""
    file = tmp_path / "config.yaml"
    file.write_text("model_list: [{model_name: a}]")
    command = [sys.executable, "-m", "lakeway", "serve", "--config", str(file), *TWO]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    assert (2, "") == (ended.returncode, ended.stdout)
    assert "1 mistake" in ended.stderr
    assert "answers at" not in ended.stderr


def test_no_orphans(launch, begin, workspace):
    """Workers whose parent was killed finish what they have, and end."""
    served = launch(CONFIG, *TWO)
    served.until(lambda: len(served.workers) == 2)
    workspace.fault("delay=0.4")
    answer = begin(served)
    served.until(lambda: len(workspace.requests) == 1)
    workers = served.workers
    served.tell(signal.SIGKILL)
    served.wait()

    assert PARIS == answer().text
    served.until(lambda: not any(map(is_alive, workers)))
    with pytest.raises((ConnectionRefusedError, http.client.HTTPException)):
        begin(served)()


BEGINNING = """
import asyncio, logging, os, signal, socket, sys, time
from lakeway.gateway.ending import Ending, heed
from lakeway.gateway.workers import Workers

def start(began, lifeline):
{start}

async def live(lifeline):
    ending = Ending()
    heed(ending, lambda: print("renewed\\n", end="", flush=True), lifeline)
    await ending.begun.wait()

def renew():
    return True

workers = Workers(2, start, listener=socket.socket(), renew=renew)
sys.exit(workers.run(lambda: print("ready\\n", end="", flush=True)))
"""


def begun(start: str) -> subprocess.Popen[str]:
    code = BEGINNING.format(start="\n".join(f"    {line}" for line in start.splitlines()))
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_workers_that_cannot_begin():
    """When none can, it ends, and says why, instead of trying for ever."""
    with begun("raise RuntimeError('no memory left')") as process:
        said = process.communicate(timeout=20)[1]

    assert 1 == process.returncode
    assert 2 == said.count("RuntimeError: no memory left")


def test_a_signal_while_they_begin():
    """It waits until they can take it: by itself it would end them."""
    with begun("time.sleep(0.5)\nasyncio.run(live(lifeline))\nreturn 0") as process:
        assert "ready\n" == process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        assert ["renewed\n", "renewed\n"] == [process.stdout.readline() for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)

    assert 0 == process.returncode


def test_a_worker_that_breaks_down():
    """Those that had begun are replaced, after a pause, however often it happens."""
    with begun(
        "began()\ntime.sleep(0.05)\nprint('lived\\n', end='', flush=True)\nraise RuntimeError('a fault')"
    ) as process:
        lived = [process.stdout.readline() for _ in range(6)]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)

    assert 5 <= lived.count("lived\n")
