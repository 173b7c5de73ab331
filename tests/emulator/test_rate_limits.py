"""Rate limits: windows, reservations, and the words of the 429."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

LLAMA = "databricks-meta-llama-3-3-70b-instruct"
GATEWAY = "/ai-gateway/mlflow/v1/chat/completions"


def statuses(caller: Any, count: int, **fields: Any) -> list[int]:
    return [caller.post(caller.CHAT, caller.body(LLAMA, **fields))[0] for _ in range(count)]


def test_queries_per_hour(new_caller: Any) -> None:
    """The third of two is refused, until the hour is over."""
    caller = new_caller(limits={"qph": 2})
    before = statuses(caller, 3)
    caller.now += 3601

    assert before + statuses(caller, 1) == [200, 200, 429, 200]


def test_input_tokens_per_minute(new_caller: Any) -> None:
    """Input is counted before the call."""
    caller = new_caller(limits={"itpm": 30})
    before = statuses(caller, 4, prompt="Hi")
    caller.now += 61

    assert before + statuses(caller, 1) == [200, 200, 429, 429, 200]


def test_max_tokens_are_reserved_and_credited(new_caller: Any) -> None:
    """A running call holds its max_tokens; a finished one only what it used."""
    caller = new_caller(limits={"otpm": 100})
    body = caller.body(LLAMA, max_tokens=90)
    first = caller.send("POST", caller.CHAT, msgspec.json.encode(body), finish=False)
    while_running = caller.post(caller.CHAT, body)[0]
    first.after()

    assert (while_running, caller.post(caller.CHAT, body)[0]) == (429, 200)


def test_more_than_the_limit_at_once(new_caller: Any) -> None:
    """A reservation beyond the limit can never be met."""
    caller = new_caller(limits={"otpm": 100})

    assert statuses(caller, 1, max_tokens=101) == [429]


ITPM = "input tokens per minute"


@pytest.mark.parametrize(
    ("limits", "path", "message"),
    [
        (
            {"itpm": 1},
            "/serving-endpoints/chat/completions",
            f"REQUEST_LIMIT_EXCEEDED: Exceeded workspace {ITPM} rate limit for {LLAMA}. "
            "Work with your Databricks account team to request a higher FMAPI rate limit tier.",
        ),
        (
            {"itpm": 1, "text": "older"},
            "/serving-endpoints/chat/completions",
            f"REQUEST_LIMIT_EXCEEDED: Exceeded workspace rate limit for {LLAMA}.",
        ),
        (
            {"rpm": 1},
            GATEWAY,
            f"User defined rate limit(s) exceeded for '{LLAMA}'. "
            "Requests-per-minute (RPM) rate limit exceeded for user",
        ),
    ],
)
def test_words(new_caller: Any, limits: Any, path: str, message: str) -> None:
    """The workspace's limit and a user's own have texts of their own."""
    caller = new_caller(limits=limits)
    caller.post(path, caller.body(LLAMA))

    assert (429, {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": message}) == caller.post(
        path, caller.body(LLAMA)
    )


def test_documented_body(new_caller: Any) -> None:
    """The body that the docs print."""
    caller = new_caller(limits={"itpm": 10, "text": "documented"})
    _, body = caller.post(caller.CHAT, caller.body(LLAMA))

    assert body["error"].keys() == {
        "message",
        "type",
        "code",
        "limit_type",
        "limit",
        "current",
        "retry_after",
    }
    assert body["error"]["limit_type"] == "input_tokens_per_minute"


@pytest.mark.parametrize(("asked", "header"), [(True, "30"), (False, None)])
def test_retry_after_is_optional(new_caller: Any, asked: bool, header: str | None) -> None:
    """Retry-After is often absent; asked for, it says when the oldest spending lapses."""
    caller = new_caller(limits={"rpm": 1, "retry_after": asked})
    caller.post(caller.CHAT, caller.body(LLAMA))
    caller.now += 30
    outcome = caller.send("POST", caller.CHAT, msgspec.json.encode(caller.body(LLAMA)))

    assert (429, header) == (outcome.status, dict(outcome.headers).get("retry-after"))


def test_429_as_400(new_caller: Any) -> None:
    """One client saw the limit as a 400."""
    caller = new_caller(limits={"itpm": 1, "as_bad_request": True})
    status, body = caller.post(caller.CHAT, caller.body(LLAMA))

    assert (400, "REQUEST_LIMIT_EXCEEDED") == (status, body["error_code"])


def test_published_limits(new_caller: Any) -> None:
    """`published` takes each model's own figures: 100k output tokens a minute for this one."""
    caller = new_caller(limits={"published": True})

    assert statuses(caller, 1, max_tokens=100_001) == [429]
    assert statuses(caller, 1, max_tokens=99_999) == [200]


def test_limits_are_per_endpoint(new_caller: Any) -> None:
    """One endpoint's spending leaves the others alone."""
    caller = new_caller(limits={"qph": 1})
    statuses(caller, 2)

    assert caller.post(caller.CHAT, caller.body("databricks-gpt-5"))[0] == 200
