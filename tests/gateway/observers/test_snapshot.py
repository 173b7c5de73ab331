"""Several processes' figures as one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lakeway.gateway.metrics import Snapshot, families, merge
from lakeway.gateway.metrics.snapshot import Distribution, decode

LABELS = st.sampled_from(['a="1"', 'a="2"', ""])
COUNTS = st.dictionaries(LABELS, st.integers(0, 10**6), max_size=3)
DISTRIBUTIONS = st.dictionaries(
    LABELS, st.builds(lambda n: Distribution([n] * 18, float(n)), st.integers(0, 1000)), max_size=3
)
SNAPSHOTS = st.builds(
    Snapshot,
    counters=st.dictionaries(st.just("litellm_spend_metric"), COUNTS),
    gauges=st.dictionaries(
        st.sampled_from(["litellm_deployment_state", "litellm_in_flight_requests"]), COUNTS
    ),
    histograms=st.dictionaries(st.just("litellm_overhead_latency_metric"), DISTRIBUTIONS),
)


def test_counters_add_up():
    """And so do calls in flight; of states, the worst counts."""
    snapshots = [Snapshot(), Snapshot()]
    for snapshot, amount in zip(snapshots, (1, 2), strict=True):
        snapshot.count(families.SPEND, 'a="1"', amount)
        snapshot.gauge(families.IN_FLIGHT, "", amount)
        snapshot.gauge(families.STATE, 'a="1"', amount)
    merged = merge(snapshots)

    assert {"litellm_spend_metric": {'a="1"': 3}} == merged.counters
    assert {"litellm_in_flight_requests": {"": 3}, "litellm_deployment_state": {'a="1"': 2}} == merged.gauges


@given(SNAPSHOTS, SNAPSHOTS, SNAPSHOTS)
def test_the_order_of_processes_does_not_matter(one, two, three):
    """Merging is the same in any order and grouping, through the wire or not, and changes no snapshot."""
    sent = [each.encode() for each in (one, two, three)]
    together = merge([one, two, three])

    assert together == merge([three, merge([two, one])])
    assert together == merge(map(decode, sent))
    assert sent == [each.encode() for each in (one, two, three)]
