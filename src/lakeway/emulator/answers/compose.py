"""The answer to a question: thought, said, called; cut at stops and at the token limit."""

from __future__ import annotations

from typing import Any

import msgspec

from lakeway.emulator.answers import calls, knowledge
from lakeway.emulator.answers.ask import Answer, Ask, ToolCall
from lakeway.emulator.answers.schema import Filler
from lakeway.emulator.answers.tokens import pieces


def compose(ask: Ask) -> Answer:
    """The same answer for the same question, always."""
    wanted = calls.choose(ask)
    text = "" if wanted else _text(ask)
    thought = _thought(ask, text, wanted) if ask.thinking else ""
    return _limited(thought, _stopped(text, ask.stop), wanted, ask.max_tokens)


def _text(ask: Ask) -> str:
    if ask.schema is not None:
        return _encoded(Filler(ask.schema, ask.user).fill())
    plain = _plain(ask)
    if ask.json_object:
        return _encoded({"answer": plain})
    if ask.prefill and plain.startswith(ask.prefill):
        return plain[len(ask.prefill) :]
    return plain


def _plain(ask: Ask) -> str:
    if ask.results:
        said = "; ".join(f"{result.name}: {result.content}" for result in ask.results)
        return f"According to the tools, {said}."
    if ask.images:
        noun = "an image" if ask.images == 1 else f"{ask.images} images"
        return f"I see {noun}. {knowledge.reply(ask.user)}"
    return knowledge.reply(ask.user)


def _encoded(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _thought(ask: Ask, text: str, wanted: tuple[ToolCall, ...]) -> str:
    if wanted:
        names = " and ".join(dict.fromkeys(call.name for call in wanted))
        return f"The user wants something that {names} can find out. I will call it."
    if ask.results:
        return "The tools have answered. I can tell the user what they said."
    if len(text) <= 60 and text.endswith("."):
        return f"{text} This is a very straightforward factual question."
    return f'The user wrote: "{" ".join(ask.user.split())[:80]}". A short answer will do.'


def _stopped(text: str, stops: tuple[str, ...]) -> str:
    ends = [text.index(stop) for stop in stops if stop and stop in text]
    return text[: min(ends)] if ends else text


def _limited(thought: str, text: str, wanted: tuple[ToolCall, ...], limit: int | None) -> Answer:
    """Spend the limit on thought, then text, then calls, and end with "length" where it runs out."""
    left = _Allowance(limit)
    thought = left.take(thought)
    reasoning_tokens = left.spent
    text = left.take(text)
    made = []
    for call in wanted:
        if left.exhausted:
            break
        made.append(ToolCall(call.name, left.take(call.arguments)))
    finish = "length" if left.exhausted else "tool_calls" if made else "stop"
    return Answer(
        text=text,
        reasoning=thought,
        calls=tuple(made),
        finish=finish,
        reasoning_tokens=reasoning_tokens,
        completion_tokens=max(left.spent, 1),
    )


class _Allowance:
    """Tokens that may still be spent."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self.spent = 0
        self.exhausted = False

    def take(self, text: str) -> str:
        found = pieces(text)
        if self._limit is not None and self.spent + len(found) > self._limit:
            self.exhausted = True
            found = found[: self._limit - self.spent]
            text = "".join(found)
        self.spent += len(found)
        return text
