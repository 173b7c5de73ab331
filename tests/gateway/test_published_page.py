"""schemathesis takes the published page at its word, and tries to prove the gateway wrong."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

CHAT = "/v1/chat/completions"
KEY = "sk-gateway-tests"
CASES = 5000  # that it makes of the page, at least
# What is right by the page may be refused all the same: a model that is not served, a value that the model
# does not take.
UNPROVABLE = "positive_data_acceptance"


@pytest.mark.timeout(150)
def test_the_page_is_true(ask, address, tmp_path, caplog):
    """Whatever it makes of the page is answered with a status, a shape and headers that stand there; what is
    wrong by it is refused, keys are asked for, and nothing fails."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json"),
        *("--header", f"Authorization: Bearer {KEY}"),
        *("--checks", "all", "--exclude-checks", UNPROVABLE),
        *("--phases", "coverage,fuzzing,stateful", "--max-examples", "4", "--seed", "1"),
        *("--warnings", "off", "--no-color", "--generation-database", "none"),
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=140)

    assert 0 == run.returncode, run.stdout + run.stderr
    generated, passed = map(int, re.search(r"(\d+) generated, (\d+) passed", run.stdout).groups())
    assert CASES < generated == passed
    assert [] == [record.getMessage() for record in caplog.records if record.name == "lakeway.gateway"]
    assert (
        200 == ask(address, CHAT, {"model": "llama", "messages": [{"role": "user", "content": "Hi"}]}).status
    )
