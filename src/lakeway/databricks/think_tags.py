"""Splits `<think>…</think>` off the start of streamed text, for models that write reasoning as text."""

from __future__ import annotations

OPEN, CLOSE = "<think>", "</think>"


class ThinkTags:
    """Feed text, get (reasoning, text). Only as much is held back as could still be part of a tag."""

    __slots__ = ("_held", "_state")

    def __init__(self) -> None:
        self._state = "start"
        self._held = ""

    @property
    def done(self) -> bool:
        """Nothing is left to look for: text may pass by without being fed."""
        return self._state == "text"

    def feed(self, text: str) -> tuple[str, str]:
        text, self._held = self._held + text, ""
        if self._state == "start":
            start = text.lstrip()
            if len(start) < len(OPEN) and OPEN.startswith(start):
                self._held = text
                return "", ""
            if not start.startswith(OPEN):
                self._state = "text"
                return "", text
            self._state, text = "opening", start[len(OPEN) :]
        if self._state == "opening":
            text = text.lstrip("\n")
            self._state = "thinking" if text else "opening"
        if self._state == "thinking":
            thought, closed, rest = text.partition(CLOSE)
            if not closed:
                keep = _partial_tag(thought)
                self._held = thought[len(thought) - keep :]
                return thought[: len(thought) - keep], ""
            self._state = "after" if not rest.strip() else "text"
            return thought, rest.lstrip()
        if self._state == "after":
            text = text.lstrip()
            self._state = "text" if text else "after"
        return "", text

    def finish(self) -> tuple[str, str]:
        """What was held back when the stream ended."""
        held, self._held = self._held, ""
        return (held, "") if self._state == "thinking" else ("", held)


def _partial_tag(text: str) -> int:
    """How many characters at the end of `text` could begin the closing tag."""
    return next((n for n in range(len(CLOSE) - 1, 0, -1) if text.endswith(CLOSE[:n])), 0)
