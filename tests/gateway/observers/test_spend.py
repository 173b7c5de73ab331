"""What keys have spent, exactly."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from lakeway.core.cost import Cost
from lakeway.gateway.call import Call
from lakeway.gateway.caller import ANYBODY, Caller
from lakeway.gateway.spend import Spend

AMOUNTS = st.floats(0, 1000, allow_nan=False)


def paid(caller, usd, dbu=0.0):
    cost = Cost(dbu=dbu, usd=usd, input_usd=0, output_usd=0, cache_read_usd=0, cache_write_usd=0)
    return Call(id="", head=b"", endpoint="", caller=caller, began=0.0, cost=cost)


def test_keys_are_kept_apart(call):
    """Each key has its own sum, in USD and in DBU; a call that was released costs nothing."""
    spend = Spend()
    spend.settle(call())
    spend.settle(call())
    spend.release(call())
    spend.settle(call(caller=ANYBODY))
    caller = call().caller

    assert (0.07, 1.0) == (spend.of(caller), spend.dbu_of(caller))
    assert 0.035 == spend.of(ANYBODY)
    assert 0.0 == spend.of(Caller(key="another"))


def test_unknown_costs_are_none(call):
    """A call of unknown price adds nothing."""
    spend = Spend()
    spend.settle(call(cost=None))

    assert 0.0 == spend.of(call().caller)


def test_many_small_calls_do_not_drift():
    """0.1 has no exact float: the sum of many comes out right all the same."""
    spend, one = Spend(), paid(ANYBODY, 0.1)
    for _ in range(100_000):
        spend.settle(one)

    assert 10_000.0 == spend.of(ANYBODY)


@given(st.lists(AMOUNTS, max_size=50))
def test_the_order_of_calls_does_not_matter(amounts):
    """The sum is the same whichever call ends first, and right to half a picodollar a call."""
    forward, backward = Spend(), Spend()
    for usd in amounts:
        forward.settle(paid(ANYBODY, usd))
    for usd in reversed(amounts):
        backward.settle(paid(ANYBODY, usd))
    exact = sum(map(Fraction, amounts))

    assert forward.of(ANYBODY) == backward.of(ANYBODY)
    assert abs(Fraction(forward.of(ANYBODY)) - exact) <= Fraction(len(amounts), 10**11) + exact / 2**52
