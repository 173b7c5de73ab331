"""What is dear to answer holds nobody up for long, and what has failed is forgotten at once."""

from __future__ import annotations

import asyncio
import time

import pytest
from hostile.besieged import AT_REST
from hostile.case import CHAT, COMPLETIONS, COUNTER, EMBEDDINGS, HELLO, Case, get, post
from hostile.client import play
from hostile.tables import heavy

ALIVE = Case("alive", (get("/health/liveliness"),), (200,))
MIB = 1024 * 1024
LONGEST_WAIT = 2.0  # seconds; what took longer took minutes
STREAMED = {**HELLO, "stream": True}
# What fails, where, and what has to go wrong for it at the workspace.
FAILURES = {
    "broken JSON": (post(CHAT, b"{"), None),
    "wrong shape": (post(CHAT, {**HELLO, "messages": 1}), None),
    "unknown model": (post(CHAT, {**HELLO, "model": "openai/x/y"}), None),
    "wrong value": (post(CHAT, {**HELLO, "max_tokens": -1}), None),
    "unknown field": (post(CHAT, {**HELLO, "x": 1}), None),
    "no inputs": (post(EMBEDDINGS, {"model": "bge", "input": []}), None),
    "wrong embedding": (post(EMBEDDINGS, {"model": "bge", "input": ["x"], "x": 1}), None),
    "wrong prompt": (post(COMPLETIONS, {"model": "llama", "prompt": [1]}), None),
    "wrong completion": (post(COMPLETIONS, {"model": "llama", "prompt": "x", "max_tokens": -1}), None),
    "wrong count": (post(COUNTER, {"model": "llama"}), None),
    "limit": (post(CHAT, HELLO), "status=429"),
    "failure": (post(CHAT, HELLO), "status=500"),
    "retries": (post(CHAT, {**HELLO, "num_retries": 1}), "status=503"),
    "fallback": (post(CHAT, {**HELLO, "fallbacks": ["claude"]}), "status=500,model=llama"),
    "failing fallbacks": (post(CHAT, {**HELLO, "fallbacks": ["claude", "unity"]}), "status=500"),
    "too late": (post(CHAT, {**HELLO, "timeout": 0.02}), "delay=0.2"),
    "no JSON": (post(CHAT, HELLO), "malformed"),
    "no HTTP": (post(CHAT, HELLO), "garbage"),
    "failing stream": (post(CHAT, STREAMED), "status=500"),
    "error in a stream": (post(CHAT, STREAMED), "error_event,after=1"),
    "cut stream": (post(CHAT, STREAMED), "cut=2"),
}


def test_who_waits_meanwhile(besieged):
    """While dear requests are answered others have to wait for a moment, and no memory is kept for them."""
    cases = list(heavy.cases())

    waits = asyncio.run(_longest_waits(besieged.port, cases))
    before = besieged.settled()["resident"]

    assert {} == {name: seconds for name, seconds in waits.items() if seconds > LONGEST_WAIT}
    assert {} == besieged.attack(cases, at_once=1)
    assert AT_REST == besieged.at_rest()
    assert [] == besieged.mishaps()
    assert besieged.state()["resident"] - before < 24 * MIB


@pytest.mark.parametrize("failure", FAILURES)
def test_what_failed_is_forgotten(besieged, workspace, failure):
    """No error and no request waits in a cycle for the collector, which comes rarely; each may be large."""
    question, fault = FAILURES[failure]
    if fault is not None:
        workspace.fault(fault)
    cycles = []
    for _ in range(2):  # something may be made the first time
        before = besieged.settled()["cycles"]
        asyncio.run(_ask(besieged.port, question))
        cycles.append(besieged.settled()["cycles"] - before)

    assert cycles[1] == 0


async def _ask(port: int, question: bytes) -> None:
    await asyncio.gather(*(play(port, Case("failing", (question,))) for _ in range(5)))


async def _longest_waits(port: int, cases: list[Case]) -> dict[str, float]:
    """For how long somebody else had to wait during each case, at most."""
    waits: dict[str, float] = {}
    for case in cases:
        playing = asyncio.create_task(play(port, case))
        await asyncio.sleep(0)
        while not playing.done():
            began = time.monotonic()
            await play(port, ALIVE)
            waits[case.name] = max(waits.get(case.name, 0.0), time.monotonic() - began)
            await asyncio.sleep(0.005)
        await playing
    return waits
