"""Thousands of requests that nobody should send: each is answered by what is wrong with it, and nothing else
happens."""

from __future__ import annotations

import random
import re

import pytest
from hostile.besieged import AT_REST, SEED
from hostile.tables import bodies, claims, elsewhere, heads, keys, names, shapes

TABLES = {
    module.__name__.rpartition(".")[2]: module for module in (bodies, claims, heads, keys, names, shapes)
}
# What may be asked of the workspace: by us, for a model, or for the list of them.
ASKED = re.compile(
    r"/serving-endpoints/(chat/completions|embeddings|responses)|/elsewhere/chat/completions"
    r"|/ai-gateway/mlflow/v1/(chat/completions|embeddings)|/api/2\.0/serving-endpoints"
)
OF_OURS = frozenset(
    {
        *("accept", "accept-encoding", "authorization", "content-length", "content-type", "host"),
        *("user-agent", "databricks-ai-gateway-request-tags", "traceparent"),
    }
)
GROWTH = 8 * 1024 * 1024  # bytes; a leak of a kilobyte a request would be more


@pytest.mark.parametrize("table", TABLES)
def test_requests(besieged, workspace, table):
    """An answer with a status of 4xx that names the mistake, or what was asked for; then all is as before."""
    cases = list(TABLES[table].cases())

    assert len(cases) > 150
    assert {} == besieged.attack(cases)
    assert AT_REST == besieged.at_rest()
    assert [] == besieged.mishaps()
    assert [] == _strange(workspace.requests)
    assert [200] == [answer.status for answer in besieged.works().answers]


def test_ways_elsewhere(besieged, workspace, canary):
    """No request, whatever it says, has the gateway call another host, or its own with another's headers."""
    cases = list(elsewhere.cases(canary.port))

    assert len(cases) > 200
    assert {} == besieged.attack(cases)
    assert [] == canary.visits
    assert [] == _strange(workspace.requests)
    assert len(workspace.requests) > 100
    assert AT_REST == besieged.at_rest()
    assert [] == besieged.mishaps()


def test_growth(besieged):
    """What a siege takes of memory the first time, it does not take again."""
    cases = [case for table in TABLES.values() for case in table.cases()]
    assert len(cases) > 10_000
    some = random.Random(SEED).sample(cases, 1_500)

    besieged.attack(some)
    before = besieged.settled()
    besieged.attack(some)
    after = besieged.settled()

    assert after["resident"] - before["resident"] < GROWTH
    assert after["objects"] - before["objects"] < 1000


def _strange(requests):
    """Requests to the workspace that no configuration asks for."""
    return [
        (request["path"], request["requester"], *sorted(request["headers"].keys() - OF_OURS))
        for request in requests
        if not ASKED.fullmatch(request["path"])
        or request["headers"].keys() - OF_OURS
        or request["headers"]["authorization"] != "Bearer [redacted]"
    ]
