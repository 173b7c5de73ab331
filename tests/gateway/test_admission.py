"""The places there are, the queue before them, and who gets a place that becomes free."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.errors import RateLimitError
from lakeway.gateway.admission import MIB, SMALL, Admission


async def settled() -> None:
    """Whatever can go on without time passing has gone on."""
    for _ in range(6):
        await asyncio.sleep(0)


class Line:
    """Calls that come to an admission: `inside` are those that were let in, in turn."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.inside: list[Any] = []
        self.refused: list[Any] = []
        self.tasks: dict[Any, asyncio.Task[None]] = {}

    async def come(self, *names: Any) -> None:
        for name in names:
            self.tasks[name] = asyncio.create_task(self._enter(name))
        await settled()

    async def leave(self) -> None:
        """Somebody who is inside does."""
        self.admission.leave()
        await settled()

    async def cancel(self, *names: Any) -> None:
        for name in names:
            self.tasks[name].cancel()
        await settled()

    async def _enter(self, name: Any) -> None:
        try:
            await self.admission.enter()
        except RateLimitError:
            self.refused.append(name)
        else:
            self.inside.append(name)


@asynccontextmanager
async def line(*limits: Any) -> AsyncIterator[Line]:
    made = Line(Admission(*limits))
    try:
        yield made
    finally:
        for task in made.tasks.values():
            task.cancel()
        await asyncio.gather(*made.tasks.values(), return_exceptions=True)


Story = Callable[[], Coroutine[Any, Any, None]]


def told(story: Story) -> Callable[[], None]:
    """A test of its own event loop."""

    def test() -> None:
        asyncio.run(story())

    test.__doc__ = story.__doc__
    return test


@told
async def test_without_a_limit_everybody_enters() -> None:
    """None stands for any number."""
    async with line() as calls:
        await calls.come(*"abcdef")

        assert list("abcdef") == calls.inside
        assert (6, 0) == (calls.admission.running, calls.admission.waiting)


@told
async def test_places_are_given_in_turn() -> None:
    """Who came first goes first."""
    async with line(2) as calls:
        await calls.come(*"abcd")
        assert (["a", "b"], 2, 2) == (calls.inside, calls.admission.running, calls.admission.waiting)

        await calls.leave()
        assert (["a", "b", "c"], 2, 1) == (calls.inside, calls.admission.running, calls.admission.waiting)

        await calls.leave()
        assert (["a", "b", "c", "d"], 2, 0) == (
            calls.inside,
            calls.admission.running,
            calls.admission.waiting,
        )


@told
async def test_nobody_slips_in_before_the_queue() -> None:
    """A place that has become free is that of the one who waits, even if he was not woken yet."""
    async with line(1) as calls:
        await calls.come("a", "b")
        calls.admission.leave()

        assert not calls.admission.enters()
        await settled()
        assert ["a", "b"] == calls.inside


@told
async def test_a_place_at_once() -> None:
    """`enters` takes it, if there is one."""
    async with line(1) as calls:
        assert [True, False] == [calls.admission.enters(), calls.admission.enters()]
        assert 1 == calls.admission.running


@told
async def test_a_full_queue_turns_away_at_once() -> None:
    """429, with the time after which it may be worth while."""
    async with line(1, 2) as calls:
        await calls.come(*"abc")

        with pytest.raises(RateLimitError, match="1 calls are running and 2 are waiting") as caught:
            await calls.admission.enter()

        error = caught.value
        assert (429, "overloaded_error", 1.0) == (error.status_code, error.type, error.retry_after)
        assert (1, 2) == (calls.admission.running, calls.admission.waiting)


@told
async def test_no_queue_at_all() -> None:
    """Whoever finds no place is turned away."""
    async with line(1, 0) as calls:
        await calls.come("a", "b")

        assert (["a"], ["b"]) == (calls.inside, calls.refused)


@pytest.mark.parametrize("seconds", [0.0, 0.01])
def test_a_wait_has_an_end(seconds: float) -> None:
    """Who has waited for so long leaves no trace in the queue."""

    async def story() -> None:
        async with line(1, 5, seconds) as calls:
            await calls.come("a")
            with pytest.raises(RateLimitError, match=f"no turn within {seconds:g} s"):
                await calls.admission.enter()
            assert (1, 0) == (calls.admission.running, calls.admission.waiting)
            await calls.leave()
            assert 0 == calls.admission.running

    asyncio.run(story())


@told
async def test_who_gives_up_is_passed_over() -> None:
    """A client that is gone does not hold up those behind it."""
    async with line(1) as calls:
        await calls.come(*"abcd")
        await calls.cancel("b", "c")
        assert 1 == calls.admission.waiting

        await calls.leave()

        assert (["a", "d"], 1, 0) == (calls.inside, calls.admission.running, calls.admission.waiting)


@told
async def test_who_gives_up_at_the_moment_of_his_turn() -> None:
    """The place goes to the next one, and to nobody when there is none."""
    async with line(1) as calls:
        await calls.come(*"abc")
        calls.admission.leave()
        await calls.cancel("b")
        assert (["a", "c"], 1, 0) == (calls.inside, calls.admission.running, calls.admission.waiting)

        await calls.come("d")
        calls.admission.leave()
        await calls.cancel("d")
        assert (["a", "c"], 0, 0) == (calls.inside, calls.admission.running, calls.admission.waiting)


@pytest.mark.parametrize("early", [-0.001, -0.0001, 0.0, 0.0001, 0.001])
def test_a_turn_at_the_moment_that_time_is_out(early: float) -> None:
    """It is taken or passed on, and never lost."""

    async def story() -> None:
        async with line(1, 5, 0.005) as calls:
            await calls.come("a")
            asyncio.get_running_loop().call_later(0.005 - early, calls.admission.leave)
            await calls.come("b")
            await asyncio.wait([calls.tasks["b"]])
            await asyncio.sleep(0.002)
            assert len(calls.inside) - 1 == calls.admission.running
            assert (len(calls.inside) == 1) == calls.admission.enters()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("more", "inside", "waiting"), [(3, "abc", 2), (None, "abcde", 0), (1, "a", 4), (2, "ab", 3)]
)
def test_more_places_while_calls_wait(more: int | None, inside: str, waiting: int) -> None:
    """A new configuration lets in at once as many as it has places for."""

    async def story() -> None:
        async with line(1) as calls:
            await calls.come(*"abcde")
            calls.admission.limits(more, 10, 30.0)
            await settled()
            assert list(inside) == calls.inside
            assert (len(inside), waiting) == (calls.admission.running, calls.admission.waiting)

    asyncio.run(story())


@told
async def test_fewer_places_while_calls_run() -> None:
    """Whoever is in stays in; who waits has to wait until there are as few as there may be."""
    async with line(3) as calls:
        await calls.come(*"abcd")
        calls.admission.limits(1, 10, 30.0)
        for running in (2, 1):
            await calls.leave()
            assert (running, 1) == (calls.admission.running, calls.admission.waiting)

        await calls.leave()

        assert (["a", "b", "c", "d"], 1) == (calls.inside, calls.admission.running)


def test_large_bodies_share_the_room() -> None:
    """As many bytes as there is room for, of all keys together, until a call has ended."""
    admission = Admission(large_bytes=40 * MIB)
    for key in "abcd":
        admission.expect(10 * MIB, key)
    with pytest.raises(RateLimitError, match=r"large request bodies may be 40\.0 MiB, and are 40\.0 MiB"):
        admission.expect(SMALL + 1, "e")

    admission.give_back(10 * MIB, "a")
    admission.expect(SMALL + 1, "e")


def test_a_key_has_a_part_of_the_room() -> None:
    """A quarter is what it can fill: there is room for the others then."""
    admission = Admission(large_bytes=40 * MIB)
    admission.expect(6 * MIB, "a")
    admission.expect(4 * MIB, "a")
    with pytest.raises(RateLimitError, match=r"this key's large request bodies may be 10\.0 MiB"):
        admission.expect(2 * MIB, "a")

    admission.expect(10 * MIB, "b")


def test_without_keys_there_is_but_one_caller() -> None:
    """It may have all of the room."""
    admission = Admission(large_bytes=40 * MIB)
    for _ in range(20):
        admission.expect(2 * MIB)
    with pytest.raises(RateLimitError):
        admission.expect(2 * MIB)


def test_small_bodies_are_always_let_in() -> None:
    """However many there are, and however full it is of large ones; they take nothing from those."""
    admission = Admission(large_bytes=4 * MIB)
    admission.expect(4 * MIB, "a")
    for _ in range(10):
        admission.expect(SMALL, "a")
    admission.give_back(4 * MIB, "a")

    admission.expect(4 * MIB, "b")
    assert 14 * MIB == admission._expected


def test_a_body_that_is_larger_than_all_room() -> None:
    """It may come when it is alone: other limits say whether it is too large."""
    admission = Admission(large_bytes=4 * MIB)
    admission.expect(50 * MIB, "a")
    for key in ("a", "b"):
        with pytest.raises(RateLimitError):
            admission.expect(2 * MIB, key)

    admission.give_back(50 * MIB, "a")
    admission.expect(50 * MIB, "a")


def test_a_body_that_grows() -> None:
    """It has the room that it needs, or what it had until then."""
    admission = Admission(large_bytes=40 * MIB)
    admission.expect(SMALL, "a")
    admission.grow(SMALL, 8 * MIB, "a")
    admission.expect(SMALL, "a")
    with pytest.raises(RateLimitError, match="this key's"):
        admission.grow(SMALL, 3 * MIB, "a")
    assert 9 * MIB == admission._expected

    admission.settle(8 * MIB, 7 * MIB, "a")
    admission.grow(SMALL, 3 * MIB, "a")
    admission.give_back(7 * MIB, "a")
    admission.give_back(3 * MIB, "a")
    assert (0, 0, {}) == (admission._expected, admission._large, admission._parts)


SIZES = st.one_of(st.integers(0, 10), st.integers(SMALL - 1, SMALL + 1), st.integers(0, 20 * MIB))
BODIES = st.lists(
    st.tuples(
        st.sampled_from(["expect", "expect", "grow", "settle", "give back"]),
        st.sampled_from(["a", "b", ""]),
        SIZES,
        st.integers(0, 40),
    ),
    max_size=40,
)


@given(BODIES)
def test_whatever_bodies_come(moves: list[tuple[str, str, int, int]]) -> None:
    """What is held is what was let in and not given back, no key has more than its part unless by one body,
    a small body is let in, and in the end nothing is left over."""
    admission = Admission(large_bytes=40 * MIB)
    held: list[tuple[int, str]] = []
    for what, key, size, place in moves:
        before = held[:]
        try:
            if what == "expect":
                admission.expect(size, key)
                held.append((size, key))
            elif held:
                former, key = held.pop(place % len(held))
                if what == "give back":
                    admission.give_back(former, key)
                    continue
                size = min(size, former) if what == "settle" else max(size, former)
                (admission.settle if what == "settle" else admission.grow)(former, size, key)
                held.append((size, key))
        except RateLimitError:
            assert size > SMALL
            held = before
        check_held(admission, held)
    for size, key in held:
        admission.give_back(size, key)
    assert (0, 0, {}) == (admission._expected, admission._large, admission._parts)


def check_held(admission: Admission, held: list[tuple[int, str]]) -> None:
    large = [(size, key) for size, key in held if size > SMALL]
    assert sum(size for size, _ in held) == admission._expected
    assert sum(size for size, _ in large) == admission._large <= 40 * MIB
    for key in "ab":
        sizes = [size for size, each in large if each == key]
        assert sum(sizes) == admission._parts.get(key, 0)
        assert len(sizes) < 2 or sum(sizes) <= 10 * MIB


@told
async def test_no_body_is_read_that_nobody_would_answer() -> None:
    """When the queue is full, a request is refused by its head."""
    async with line(1, 1) as calls:
        await calls.come("a")
        calls.admission.expect(1)
        await calls.come("b")
        with pytest.raises(RateLimitError, match="1 calls are running and 1 are waiting"):
            calls.admission.expect(1)

        await calls.leave()
        calls.admission.expect(1)


MOVES = st.one_of(
    st.tuples(st.sampled_from(["come", "leave", "leave"]), st.integers(1, 3)),
    st.tuples(st.just("cancel"), st.integers(0, 40)),
    st.tuples(st.just("limit"), st.one_of(st.none(), st.integers(1, 4))),
    st.tuples(st.just("leave and cancel"), st.integers(0, 40)),
)


class Model:
    """A crowd that comes, leaves, gives up and finds the limits changed; what has to hold all the while."""

    def __init__(self, calls: Line, most: int | None) -> None:
        self.calls, self.most = calls, most
        self.left = 0
        self.given_up: set[int] = set()
        self.come: list[int] = []

    @property
    def admission(self) -> Admission:
        return self.calls.admission

    async def move(self, what: str, how: Any) -> None:
        before = self.admission.running
        if what == "come":
            names = range(len(self.come), len(self.come) + how)
            self.come += names
            await self.calls.come(*names)
        elif what == "limit":
            self.most = how
            self.admission.limits(how, 1000, 30.0)
        elif what == "cancel":
            await self._cancel(how)
        else:
            for _ in range(how if what == "leave" else 1):
                if self.inside():
                    self.left += 1
                    self.admission.leave()
            if what == "leave and cancel":
                await self._cancel(how)
        await settled()
        self.check(before)

    async def _cancel(self, place: int) -> None:
        waiting = [name for name in self.come if not self.calls.tasks[name].done()]
        if waiting:
            name = waiting[place % len(waiting)]
            self.given_up.add(name)
            await self.calls.cancel(name)

    def inside(self) -> int:
        return len(self.calls.inside) - self.left

    def check(self, before: int) -> None:
        assert self.inside() == self.admission.running
        assert self.most is None or self.admission.running <= max(self.most, before)
        waiting = [name for name in self.come if not self.calls.tasks[name].done()]
        assert len(waiting) == self.admission.waiting
        assert not waiting or (self.most is not None and self.admission.running >= self.most)
        assert sorted(self.calls.inside) == self.calls.inside
        assert not self.given_up & set(self.calls.inside)


@given(st.one_of(st.none(), st.integers(1, 4)), st.lists(MOVES, max_size=30))
def test_whatever_happens(most: int | None, moves: list[tuple[str, Any]]) -> None:
    """There are never more than the limit, nobody is let in before his turn or waits before an empty place,
    and in the end nothing is left over."""

    async def story() -> None:
        async with line(most) as calls:
            model = Model(calls, most)
            for what, how in moves:
                await model.move(what, how)
            while model.inside():
                await model.move("leave", 1)
            assert (0, 0) == (calls.admission.running, calls.admission.waiting)
            assert set(model.come) - model.given_up == set(calls.inside)

    asyncio.run(story())
