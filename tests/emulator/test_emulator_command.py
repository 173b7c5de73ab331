"""`lakeway emulator`: what it prints, what it takes, how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import openai
import pytest
from click.testing import CliRunner

from lakeway.cli.emulator import emulator

RUN = "from lakeway.cli.emulator import emulator; emulator()"


def test_it_serves_prints_and_stops() -> None:
    """The printed lines lead to a workspace; Ctrl-C ends it without a trace."""
    command = [
        sys.executable,
        "-u",
        "-c",
        RUN,
        "--port",
        "0",
        "--token",
        "dapi-mine",
        "--endpoint",
        "mine=llama",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    ) as run:
        assert run.stdout is not None
        lines = [run.stdout.readline() for _ in range(4)]
        found = dict(re.findall(r"export (\w+)=(\S+)", "".join(lines)))
        with openai.OpenAI(
            base_url=found["DATABRICKS_API_BASE"], api_key=found["DATABRICKS_API_KEY"]
        ) as client:
            reply = client.chat.completions.create(
                model="mine", messages=[{"role": "user", "content": "Say ho"}]
            )
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=10)

    assert (reply.choices[0].message.content, run.returncode, errors) == ("ho", 0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fault", "nope"], "unknown fault 'nope'"),
        (["--rate-limit", "xpm=1"], "expected itpm, otpm, qph or rpm with a number"),
        (["--rate-limit", "itpm"], "expected two parts around '='"),
        (["--client", "x"], "expected two parts around ':'"),
        (["--endpoint", "x"], "expected two parts around '='"),
        (["--host", "203.0.113.1", "--port", "1"], "Cannot listen on 203.0.113.1:1"),
    ],
)
def test_mistakes_are_named(arguments: list[str], message: str) -> None:
    """A wrong option is explained, and nothing is served."""
    result = CliRunner().invoke(emulator, arguments)

    assert result.exit_code != 0
    assert message in result.output
