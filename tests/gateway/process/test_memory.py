"""A burst of large requests: what cannot be carried out is not kept either."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MIB = 1024 * 1024
CONFIG = """
model_list: [{model_name: a, litellm_params: {model: databricks/databricks-meta-llama-3-3-70b-instruct}}]
general_settings:
  master_key: sk-gateway-tests
  max_in_flight_requests_per_worker: 2
  max_queued_requests: 4
"""


def most(pid: int) -> float:
    """The most memory that the process ever had, in MiB."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def test_a_burst(launch, chat, workspace):
    """A hundred MiB are sent at one time; a fraction is ever held, and most are told to come back."""
    served = launch(CONFIG)
    assert 200 == chat(served).status
    before = most(served.process.pid)
    workspace.fault("delay=1")
    text = "word " * (MIB // 5)
    question = [{"role": "user", "content": text}]
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: chat(served, messages=question, max_tokens=5), range(100)))
    statuses = Counter(answer.status for answer in answers)

    # The model finds the others too long.
    assert 100 == statuses[400] + statuses[429]
    assert 6 <= statuses[400] < 20
    assert most(served.process.pid) - before < 40
