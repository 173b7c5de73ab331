"""Which waiting connection is taken, and which are closed."""

from __future__ import annotations

from lakeway.transport.idle import IdlePool
from lakeway.transport.network import Route
from lakeway.transport.origin import parse_url

HERE = Route(parse_url("http://here.test/").origin)
THERE = Route(parse_url("http://there.test/").origin)


class Fake:
    def __init__(self, name: str, *, usable: bool = True) -> None:
        self.name = name
        self._usable = usable
        self.closed = False

    def usable(self) -> bool:
        return self._usable

    def close(self) -> None:
        self.closed = True


def fill(pool: IdlePool[Fake], *names: str, now: float = 0.0) -> list[Fake]:
    fakes = [Fake(name) for name in names]
    for fake in fakes:
        pool.put(HERE, fake, now)
    return fakes


def taken(pool: IdlePool[Fake], route: Route = HERE, now: float = 0.0) -> str | None:
    fake = pool.take(route, now)
    return fake and fake.name


def test_last_in_first_out():
    """The connection that was used last is the least likely to have died."""
    pool: IdlePool[Fake] = IdlePool(10, 60)
    fill(pool, "a", "b")

    assert ["b", "a", None] == [taken(pool), taken(pool), taken(pool)]


def test_routes_do_not_mix():
    """A connection serves its own route only."""
    pool: IdlePool[Fake] = IdlePool(10, 60)
    fill(pool, "a")

    assert (None, "a") == (taken(pool, THERE), taken(pool, HERE))


def test_limit():
    """The oldest is closed for one too many."""
    pool: IdlePool[Fake] = IdlePool(2, 60)
    fakes = fill(pool, "a", "b", "c")

    assert [True, False, False] == [fake.closed for fake in fakes]


def test_no_idling():
    """A limit of nothing keeps nothing."""
    pool: IdlePool[Fake] = IdlePool(0, 60)
    (fake,) = fill(pool, "a")

    assert (True, None) == (fake.closed, taken(pool))


def test_age_when_taken():
    """One that waited too long is closed, not used."""
    pool: IdlePool[Fake] = IdlePool(10, 60)
    (fake,) = fill(pool, "a")

    assert (None, True) == (taken(pool, now=60.0), fake.closed)


def test_age_when_another_is_put():
    """Old ones do not wait for somebody to take them."""
    pool: IdlePool[Fake] = IdlePool(10, 60)
    old = fill(pool, "a", "b")
    fill(pool, "c", now=61.0)

    assert [True, True] == [fake.closed for fake in old]


def test_dead_ones_are_passed_over():
    """The next living one is taken instead, and the dead are closed."""
    pool: IdlePool[Fake] = IdlePool(10, 60)
    dead = Fake("dead", usable=False)
    fill(pool, "a")
    pool.put(HERE, dead, 0.0)

    assert ("a", True) == (taken(pool), dead.closed)


def test_close():
    """All of them are closed, and so is whatever comes later."""
    pool: IdlePool[Fake] = IdlePool(10, 60)
    before = fill(pool, "a", "b")
    pool.close()
    after = fill(pool, "c")

    assert [True] * 3 == [fake.closed for fake in before + after]
