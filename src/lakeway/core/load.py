"""What a deployment's row says of its share of the traffic, and what is known of how it fares right now.

It counts and remembers; what follows from the figures is decided in `routing` and `cooldown`. Times are
seconds on a monotonic clock, and arguments. Every method takes the same time however much has happened.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from math import inf
from typing import Final, TypeAlias

from msgspec import Struct, field

MINUTE: Final = 60.0
# LiteLLM's latency strategy: the mean of so many calls, and so many seconds for one that timed out.
SAMPLES: Final = 10
TIMED_OUT: Final = 1000.0

# When it was measured, and the seconds that it took.
Samples: TypeAlias = deque[tuple[float, float]]


class Share(Struct, frozen=True, kw_only=True):
    """What a row of `model_list` states; 0 stands for nothing said.

    `weight`, `rpm` and `tpm` are shares of the group's traffic, and the last two limits as well where the
    strategy holds them. A lower `order` goes first, and a row without one last. `max_parallel` bounds the
    calls at one time. `price` is USD for a token in and a token out.
    """

    weight: float = 0
    rpm: float = 0
    tpm: float = 0
    order: float = inf
    max_parallel: int = 0
    price: float = inf

    @property
    def bounded(self) -> bool:
        return bool(self.rpm or self.tpm)


class Load(Struct, eq=False):
    """How one deployment fares; there is one for as long as the process lives, and it changes in place.

    Of each call that was begun, exactly one of `succeed`, `fail` and `abandon` tells the end. `requests`,
    `tokens`, `successes`, `failures` and `by_kind` are those of the minute that ends at `ends`;
    `in_a_row` are failures since the last success.
    """

    in_flight: int = 0
    cooling_until: float = 0.0
    cooled_at: float = 0.0
    in_a_row: int = 0
    ends: float = 0.0
    requests: int = 0
    tokens: int = 0
    successes: int = 0
    failures: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    paces: Samples = field(default_factory=partial(deque, maxlen=SAMPLES))
    first_tokens: Samples = field(default_factory=partial(deque, maxlen=SAMPLES))

    def begin(self, now: float) -> None:
        if now >= self.ends:
            self._turn(now)
        self.in_flight += 1
        self.requests += 1

    def succeed(
        self,
        now: float,
        *,
        seconds: float,
        first_token: float | None = None,
        output_tokens: int = 0,
        total_tokens: int = 0,
    ) -> None:
        """A call ended well after `seconds`; `first_token` are the seconds until a stream's first chunk.

        It ends a cooldown, unless it was under way before: then it says nothing of what came after.
        """
        if now >= self.ends:
            self._turn(now)
        self.in_flight -= 1
        self.successes += 1
        self.tokens += total_tokens
        self.in_a_row = 0
        self.paces.append((now, seconds / output_tokens if output_tokens else seconds))
        if first_token is not None:
            self.first_tokens.append((now, first_token))
        if self.cooling_until > now and now - seconds > self.cooled_at:
            self.cooling_until = 0.0

    def fail(self, now: float, *, kind: str = "", timed_out: bool = False) -> None:
        """A call failed, and the deployment is to blame. `kind` names what `by_kind` counts."""
        if now >= self.ends:
            self._turn(now)
        self.in_flight -= 1
        self.failures += 1
        self.in_a_row += 1
        self.by_kind[kind] = self.by_kind.get(kind, 0) + 1
        if timed_out:
            self.paces.append((now, TIMED_OUT))
            self.first_tokens.append((now, TIMED_OUT))

    def abandon(self) -> None:
        """A call ended that says nothing of the deployment: its client left, or had made a mistake."""
        self.in_flight -= 1

    def cool(self, now: float, seconds: float) -> None:
        """Leave it alone for so long, or for longer if that was settled before."""
        self.cooling_until = max(self.cooling_until, now + seconds)
        self.cooled_at = now

    def requests_at(self, now: float) -> int:
        """The requests of the minute that `now` is in."""
        return self.requests if now < self.ends else 0

    def tokens_at(self, now: float) -> int:
        """The tokens, in and out, of the answers of the minute that `now` is in."""
        return self.tokens if now < self.ends else 0

    def latency(self, now: float, *, ttl: float, stream: bool) -> float | None:
        """The mean of the latest measurements not older than `ttl`, or None without any.

        Seconds until the first token of streams, else seconds per token of the reply.
        """
        samples = self.first_tokens if stream else self.paces
        recent = [seconds for at, seconds in samples if at + ttl >= now]
        return sum(recent) / len(recent) if recent else None

    def _turn(self, now: float) -> None:
        self.ends = (now // MINUTE + 1) * MINUTE
        self.requests = self.tokens = self.successes = self.failures = 0
        self.by_kind.clear()
