"""The end: what was accepted is answered in full, nothing new is taken, and a second signal waits for
nothing."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import time

import pytest

PARIS = "The capital of France is Paris."
CONFIG = """
model_list: [{model_name: a, litellm_params: {model: databricks/databricks-meta-llama-3-3-70b-instruct}}]
general_settings: {master_key: sk-gateway-tests}
"""
several = pytest.mark.parametrize("workers", ["1", "2"])


@pytest.mark.parametrize(
    ("number", "workers"), [(signal.SIGTERM, "1"), (signal.SIGTERM, "2"), (signal.SIGINT, "1")]
)
def test_everything_accepted_is_answered(launch, begin, workspace, number, workers):
    """Fifty clients, whole and streamed, in the middle of their answers; and the end comes with the last."""
    served = launch(CONFIG, "--workers", workers)
    workspace.fault("delay=0.7; pause=0.3,after=2")
    answers = [begin(served, stream=bool(each % 2)) for each in range(50)]
    served.until(lambda: len(workspace.requests) == 50)
    served.tell(number)
    time.sleep(0.15)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", served.port))
    told = [answer() for answer in answers]
    last = time.monotonic()

    assert [PARIS] * 50 == [answer.text for answer in told]
    assert [True] * 50 == [answer.closes for answer in told]
    assert 0 == served.wait()
    assert time.monotonic() - last < 1.0
    assert 50 == len(served.calls)


@several
def test_under_load(launch, load, workers):
    """Clients that keep their connections are told to close them, and find nobody when they come back: no
    request of theirs is lost in between."""
    served = launch(CONFIG, "--workers", workers)
    clients = load(served, 16)
    served.until(lambda: len(clients.answers) > 100)
    served.tell(signal.SIGTERM)
    answers = clients.join()

    assert {PARIS} == {answer.text for answer in answers}
    assert any(answer.closes for answer in answers)
    assert 0 == served.wait()
    assert len(answers) == len(served.calls)


@pytest.mark.parametrize(
    ("first", "second", "workers"),
    [
        (signal.SIGTERM, signal.SIGTERM, "1"),
        (signal.SIGTERM, signal.SIGTERM, "2"),
        (signal.SIGINT, signal.SIGINT, "2"),
        (signal.SIGTERM, signal.SIGINT, "1"),
    ],
)
def test_a_second_signal_ends_it_at_once(launch, begin, workspace, first, second, workers):
    """What is running is cut off, here and at the workspace, and the status says so."""
    served = launch(CONFIG, "--workers", workers)
    workspace.fault("delay=5")
    answers = [begin(served), begin(served, stream=True)]
    served.until(lambda: len(workspace.requests) == 2)
    served.tell(first)
    time.sleep(0.2)
    assert served.process.poll() is None
    served.tell(second)
    began = time.monotonic()

    assert 1 == served.wait()
    assert time.monotonic() - began < 1.0
    for answer in answers:
        with pytest.raises((http.client.HTTPException, ConnectionResetError)):
            answer()
    served.until(lambda: all(request["aborted"] for request in workspace.requests))
    assert {True} == {call["client_gone"] for call in served.calls}


@several
def test_there_is_an_end_to_patience(launch, begin, workspace, workers):
    """`--grace` seconds after the signal whatever is still running is cut off."""
    served = launch(CONFIG, "--grace", "0.4", "--workers", workers)
    workspace.fault("delay=5")
    answer = begin(served)
    served.until(lambda: len(workspace.requests) == 1)
    served.tell(signal.SIGTERM)
    began = time.monotonic()

    assert 1 == served.wait()
    assert 0.4 <= time.monotonic() - began < 1.5
    assert "Calls that were still running, and were cut off: 1." in served.said
    with pytest.raises((http.client.HTTPException, ConnectionResetError)):
        answer()


@several
def test_the_echo_of_a_signal_is_no_second_one(launch, begin, workspace, workers):
    """A terminal sends its Ctrl-C to the whole group, and a service manager SIGTERM to every process."""
    served = launch(CONFIG, "--workers", workers)
    workspace.fault("delay=0.5")
    answer = begin(served)
    served.until(lambda: len(workspace.requests) == 1)
    children = served.workers
    served.tell(signal.SIGINT)
    for child in children:
        os.kill(child, signal.SIGINT)
        os.kill(child, signal.SIGTERM)

    assert PARIS == answer().text
    assert 0 == served.wait()


def test_a_stream_that_began_before(launch, workspace, send):
    """Its head did not say that the connection closes, so one more request may follow."""
    served = launch(CONFIG)
    workspace.fault("pause=0.4,after=2,times=1")
    connection = served.connect()
    send(connection, stream=True)
    response = connection.getresponse()
    served.tell(signal.SIGTERM)
    streamed = response.read()
    send(connection)
    last = connection.getresponse()

    assert streamed.endswith(b"data: [DONE]\n\n")
    assert (200, "close") == (last.status, last.getheader("connection"))
    assert PARIS.encode() in last.read()
    assert 0 == served.wait()


def test_idle_connections_are_closed(launch):
    """After a moment, in which a request that was under way is still answered; probes see the end coming."""
    served = launch(CONFIG)
    idle, probe = served.connect(), served.connect()
    for connection in (idle, probe):
        connection.request("GET", "/health/liveliness")
        assert b'"I\'m alive!"' == connection.getresponse().read()
    served.tell(signal.SIGTERM)
    time.sleep(0.1)
    probe.request("GET", "/health/liveliness")
    response = probe.getresponse()
    response.read()

    assert (503, "close") == (response.status, response.getheader("connection"))
    assert b"" == idle.sock.recv(1)
    assert 0 == served.wait()
    idle.close()


def test_a_worker_that_hangs(launch):
    """A third signal is one that it cannot ignore."""
    served = launch(CONFIG, "--workers", "2")
    os.kill(served.workers[0], signal.SIGSTOP)
    for _ in range(3):
        served.tell(signal.SIGTERM)
        time.sleep(0.1)

    assert 1 == served.wait()
