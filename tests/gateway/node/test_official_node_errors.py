"""What goes wrong, as OpenAI's own client for Node tells it, and what is given up through it."""

from __future__ import annotations

import time

import pytest

PARIS = "The capital of France is Paris."
PATIENCE = 5.0  # seconds


@pytest.mark.parametrize("case", ["complete", "stream"])
@pytest.mark.parametrize(
    ("plan", "kind", "status"),
    [
        ("status=400", "BadRequestError", 400),
        ("status=401", "AuthenticationError", 401),
        ("status=403", "PermissionDeniedError", 403),
        ("expired", "PermissionDeniedError", 403),
        ("status=404", "NotFoundError", 404),
        ("status=429", "RateLimitError", 429),
        ("status=500", "InternalServerError", 500),
        ("status=503", "InternalServerError", 503),
        ("html=502", "InternalServerError", 502),
        ("drop", "InternalServerError", 500),
    ],
)
def test_errors_have_their_class(failure, workspace, case, plan, kind, status):
    """What the workspace answers is what the client throws; so it is for streams that fail at once."""
    workspace.fault(plan)

    facts = failure(case)

    assert (kind, status, str(status)) == (facts["class"], facts["status"], facts["code"])
    assert facts["openai"]
    assert "llama" == facts["headers"]["x-litellm-model-group"]


@pytest.mark.parametrize(
    ("case", "given", "kind", "status", "param"),
    [
        ("complete", {"model": "no/such"}, "BadRequestError", 400, "model"),
        ("complete", {"seed": 7}, "BadRequestError", 400, "seed"),
        ("complete", {"messages": "hello"}, "BadRequestError", 400, "messages"),
        ("embed", {"input": 7}, "BadRequestError", 400, "input"),
        ("model", {"name": "no/such"}, "NotFoundError", 404, "model"),
        ("complete", {"key": "sk-wrong"}, "AuthenticationError", 401, "key"),
    ],
)
def test_the_gateways_own_errors(failure, workspace, case, given, kind, status, param):
    """They have a class too, name the field that is wrong, and cost the workspace no call."""
    facts = failure(case, **given)

    assert (kind, status, param) == (facts["class"], facts["status"], facts["param"])
    assert facts["headers"]["x-litellm-call-id"]
    assert [] == [request for request in workspace.requests if request["method"] == "POST"]


def test_a_rate_limit_says_when_to_come_back(failure, workspace):
    """Retry-After travels through."""
    workspace.fault("status=429,retry_after=7,message=REQUEST_LIMIT_EXCEEDED: slow down")

    facts = failure("complete")

    assert "7" == facts["headers"]["retry-after"]
    assert "slow down" in facts["message"]


def test_the_client_comes_back_when_it_is_told_to(node, workspace):
    """One retry of its own, after the second that the workspace wants."""
    workspace.fault("status=429,retry_after=1,times=1")
    began = time.monotonic()

    reply = node("complete", {"maxRetries": 1})

    assert PARIS == reply["choices"][0]["message"]["content"]
    assert [429, 200] == [request["status"] for request in workspace.requests]
    assert 1.0 <= time.monotonic() - began < 3.0


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("error_event,after=3,message=out of memory", "out of memory"),
        ("cut=3", "stream was cut"),
        ("malformed,after=3", "Databricks"),
    ],
)
def test_an_error_in_the_middle_of_a_stream(node, workspace, plan, said):
    """What came before it has been read; then the iteration throws."""
    workspace.fault(plan)

    told = node("streamUntilFailure")

    assert ("APIError", "500") == (told["class"], told["code"])
    assert PARIS.startswith(told["text"])
    assert told["text"]
    assert said in told["message"]


def test_a_timeout(failure, workspace):
    """The client gives up, and the call ends upstream."""
    workspace.fault("delay=10")

    assert "APIConnectionTimeoutError" == failure("complete", {"timeout": 200})["class"]
    assert was_given_up(workspace)


def test_an_aborted_call(failure, workspace):
    """AbortController ends the call upstream too."""
    workspace.fault("delay=10")

    assert "APIUserAbortError" == failure("abort", after=200)["class"]
    assert was_given_up(workspace)


def test_an_aborted_stream(node, workspace):
    """So it is in the middle of a stream."""
    workspace.fault("pause=10,after=3")

    assert node("abortStream")
    assert was_given_up(workspace)


def was_given_up(workspace) -> bool:
    """Whether the workspace notes, at once or nearly, that nobody waits for its answer any more."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if workspace.requests and workspace.requests[-1]["aborted"]:
            return True
        time.sleep(0.01)
    return False
