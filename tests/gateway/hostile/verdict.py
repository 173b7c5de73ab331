"""What is wrong with how a case was answered, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from hostile.case import Case
from hostile.client import PROBE, Answer, Outcome

LONGEST = 4096  # bytes of an error, beyond those of what was sent
OURS = frozenset(
    {
        *("access-control-allow-origin", "access-control-expose-headers", "allow", "connection"),
        *("access-control-allow-headers", "access-control-allow-methods", "access-control-max-age"),
        *("content-length", "content-security-policy", "content-type", "date", "retry-after", "server"),
        *("cache-control", "transfer-encoding", "vary", "x-accel-buffering"),
        *("x-litellm-call-id", "x-request-id", "x-lakeway-version", "x-lakeway-response-cost-dbu"),
        *("x-litellm-attempted-fallbacks", "x-litellm-attempted-retries", "x-litellm-key-spend"),
        *("x-litellm-model-api-base", "x-litellm-model-group", "x-litellm-model-id"),
        *("x-litellm-overhead-duration-ms", "x-litellm-response-cost", "x-litellm-response-duration-ms"),
    }
)


def complaints(case: Case, outcome: Outcome, secrets: tuple[bytes, ...]) -> list[str]:
    """Nothing, if all is well."""
    return list(_complaints(case, outcome, secrets))


def _complaints(case: Case, outcome: Outcome, secrets: tuple[bytes, ...]) -> Iterator[str]:
    if case.answers and not outcome.answers:
        yield "no answer"
    if not case.answers and outcome.excess:
        yield f"answered: {outcome.excess[:200]!r}"
    for answer in outcome.answers:
        yield from _of_answer(case, answer, secrets)
    if outcome.answers and not outcome.answers[-1].closes:
        yield from _of_the_next(outcome)
    elif outcome.answers and outcome.excess:
        yield f"more than an answer: {outcome.excess[:200]!r}"


def _of_the_next(outcome: Outcome) -> Iterator[str]:
    """A connection that is kept gives the next request its own answer."""
    after = outcome.after
    if after is None or after.status != 200 or after.get("x-litellm-call-id") != PROBE or outcome.excess:
        yield f"the next request on the connection got {after}, then {outcome.excess[:200]!r}"


def _of_answer(case: Case, answer: Answer, secrets: tuple[bytes, ...]) -> Iterator[str]:
    if answer.status not in case.statuses:
        yield f"status {answer.status}, not {case.statuses}: {answer.body[:300]!r}"
    names = [name for name, _ in answer.headers]
    if foreign := {name for name in names if not name.startswith("llm_provider-")} - OURS:
        yield f"headers {foreign}"
    if len(names) != len({*names}):
        yield f"a header twice: {names}"
    if any(secret in answer.raw for secret in secrets):
        yield "a secret in the answer"
    if answer.status >= 400:
        yield from _of_error(case, answer)


def _of_error(case: Case, answer: Answer) -> Iterator[str]:
    if len(answer.body) > LONGEST + case.size:
        yield f"{len(answer.body)} bytes of error"
    if case.method == b"HEAD":
        return
    try:
        error = answer.error
    except (ValueError, KeyError):
        yield f"no error in OpenAI's form: {answer.body[:200]!r}"
        return
    if error.keys() != {"message", "type", "param", "code"} or error["code"] != str(answer.status):
        yield f"not OpenAI's error: {error}"
    if not re.search(case.says, f"{error['message']} {error['param']}", re.IGNORECASE):
        yield f"the error does not name {case.says!r}: {json.dumps(error)[:400]}"
    if case.param is not None and not str(error["param"]).startswith(case.param):
        yield f"param is {error['param']!r}, not {case.param!r}: {error['message'][:200]}"
