"""Rate limits: input and output tokens a minute, queries an hour, requests a minute, each per endpoint.

Input is counted and `max_tokens` reserved before a request runs; what it did not use is credited afterwards.
Databricks docs, FM API limits; the texts are quoted by users.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import msgspec

from lakeway.emulator.envelopes import ApiError, coded
from lakeway.emulator.models import Model
from lakeway.emulator.settings import RateLimits
from lakeway.emulator.validation.wording import Surface

MINUTE = 60.0
HOUR = 3600.0
_DEFAULT_RESERVATION = 1000
_CODE = "REQUEST_LIMIT_EXCEEDED"


class Spend:
    """An amount taken from a window at a moment; crediting lowers it."""

    __slots__ = ("amount", "at", "lapsed")

    def __init__(self, at: float, amount: int) -> None:
        self.at = at
        self.amount = amount
        self.lapsed = False


class Window:
    """A sliding window: the sum of what was spent in the last `length` seconds stays within `limit`."""

    def __init__(self, limit: int, length: float) -> None:
        self.limit = limit
        self.length = length
        self._spent: deque[Spend] = deque()
        self._total = 0

    def used(self, now: float) -> int:
        while self._spent and self._spent[0].at <= now - self.length:
            oldest = self._spent.popleft()
            oldest.lapsed = True
            self._total -= oldest.amount
        return self._total

    def spend(self, now: float, amount: int) -> Spend:
        spent = Spend(now, amount)
        self._spent.append(spent)
        self._total += amount
        return spent

    def correct(self, spent: Spend, amount: int) -> None:
        """Let `spent` have been `amount`, unless it left the window meanwhile."""
        if not spent.lapsed:
            self._total += amount - spent.amount
            spent.amount = amount

    def seconds_left(self, now: float) -> int:
        """Whole seconds until the oldest spend leaves the window."""
        first = self._spent[0].at if self._spent else now - self.length
        return max(1, round(first + self.length - now))


class Reservation:
    """Output tokens held for a running request; `held` is None where nothing is limited."""

    def __init__(self, held: tuple[Window, Spend] | None = None) -> None:
        self._held = held

    def credit(self, used: int) -> Callable[[], None]:
        """What to call at the end of a request that `used` so many: gives back the rest."""

        def settle() -> None:
            if self._held is not None:
                window, spent = self._held
                window.correct(spent, used)

        return settle


_WORDS = {"itpm": "input tokens per minute", "otpm": "output tokens per minute", "qph": "queries per hour"}
_LENGTHS = {"itpm": MINUTE, "otpm": MINUTE, "qph": HOUR, "rpm": MINUTE}


class Limiter:
    """The windows of every endpoint; without `limits` everything is let through."""

    def __init__(self, limits: RateLimits | None, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._windows: dict[str, dict[str, Window]] = {}

    def clear(self) -> None:
        self._windows.clear()

    def admit(
        self, surface: Surface, model: Model, name: str, prompt_tokens: int, max_tokens: int | None
    ) -> Reservation:
        """Spend the request's share of every window, or raise the 429."""
        if self._limits is None:
            return Reservation()
        windows = self._windows.setdefault(model.name, _windows(self._limits, model))
        amounts = {"rpm": 1, "qph": 1, "itpm": prompt_tokens, "otpm": max_tokens or _DEFAULT_RESERVATION}
        now = self._clock()
        for key, window in windows.items():
            if window.used(now) + amounts[key] > window.limit:
                raise self._refusal(key, window, now, amounts[key], surface, name)
        spent = {key: window.spend(now, amounts[key]) for key, window in windows.items()}
        return Reservation((windows["otpm"], spent["otpm"])) if "otpm" in windows else Reservation()

    def _refusal(
        self, key: str, window: Window, now: float, amount: int, surface: Surface, name: str
    ) -> ApiError:
        limits = self._limits or RateLimits()
        seconds = window.seconds_left(now)
        if key != "rpm" and limits.text == "documented":
            error = _documented(key, window, window.used(now) + amount, seconds)
        else:
            error = coded(429, _CODE, _text(key, surface, name, limits.text))
        if limits.retry_after:
            error.headers = (("retry-after", str(seconds)),)
        if limits.as_bad_request:
            error.status = 400
        return error


def _windows(limits: RateLimits, model: Model) -> dict[str, Window]:
    published = dict(zip(("itpm", "otpm", "qph"), model.limits, strict=True)) if limits.published else {}
    chosen = {key: getattr(limits, key) or published.get(key) for key in ("rpm", "qph", "itpm", "otpm")}
    return {key: Window(limit, _LENGTHS[key]) for key, limit in chosen.items() if limit is not None}


def _text(key: str, surface: Surface, name: str, style: str) -> str:
    if key == "rpm":
        whose = "user" if surface == "gateway" else "endpoint"
        return (
            f"User defined rate limit(s) exceeded for '{name}'. "
            f"Requests-per-minute (RPM) rate limit exceeded for {whose}"
        )
    if style == "older":
        return f"{_CODE}: Exceeded workspace rate limit for {name}."
    return (
        f"{_CODE}: Exceeded workspace {_WORDS[key]} rate limit for {name}. "
        "Work with your Databricks account team to request a higher FMAPI rate limit tier."
    )


def _documented(key: str, window: Window, current: int, seconds: int) -> ApiError:
    body = {
        "message": f"Rate limit exceeded: {key.upper()} limit of {window.limit:,} tokens reached",
        "type": "rate_limit_exceeded",
        "code": 429,
        "limit_type": _WORDS[key].replace(" ", "_"),
        "limit": window.limit,
        "current": current,
        "retry_after": seconds,
    }
    return ApiError(429, msgspec.json.encode({"error": body}))
