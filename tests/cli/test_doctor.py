"""`lakeway doctor`: what it prints, for people and for programs, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from lakeway.cli import doctor as command
from lakeway.cli.root import lakeway
from lakeway.gateway.doctor import diagnose

ENVIRON = {"DATABRICKS_HOST": "https://w.cloud.databricks.com", "DATABRICKS_TOKEN": "dapi-secret"}
CONFIG = """
model_list:
  - {model_name: a, litellm_params: {model: databricks/a, api_key: os.environ/DATABRICKS_TOKEN}}
  - {model_name: b, litellm_params: {model: databricks/b, rpm: 5}}
litellm_settings: {request_timeout: 60}
general_settings: {master_key: sk-of-the-tests}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)
    return file


def run(*arguments: str) -> Result:
    return CliRunner(env=ENVIRON).invoke(lakeway, ["doctor", *arguments])


def test_a_clean_file(config: Path):
    """A line for each key, the same keys of several rows together."""
    result = run(str(config))

    assert 0 == result.exit_code
    assert result.stdout.splitlines()[:6] == [
        f"{config}: clean",
        "used       model_list[*].model_name (2 times)",
        "used       model_list[*].litellm_params.model (2 times)",
        "used       model_list[0].litellm_params.api_key",
        "used       model_list[1].litellm_params.rpm",
        "used       litellm_settings.request_timeout",
    ]


@pytest.mark.parametrize(
    ("more", "status", "verdict", "line"),
    [
        (
            "general_setings: {}",
            1,
            "1 key is unknown",
            "unknown    general_setings: Has no effect. Did you mean 'general_settings'?",
        ),
        (
            "guardrails: [{}]\nmcp_servers: {a: b}",
            1,
            "2 keys have no effect here",
            "missing    guardrails: No guardrails run here. Databricks has its own, per endpoint.",
        ),
        (
            "router_settings: {num_retries: many}",
            2,
            "1 mistake",
            "MISTAKE    router_settings.num_retries: must be a whole number.",
        ),
        ("a: b: c", 2, "1 mistake", None),
    ],
)
def test_what_is_not_clean(config: Path, more: str, status: int, verdict: str, line: str | None):
    """It is counted first, and told with its place."""
    config.write_text(CONFIG + more)
    result = run(str(config))

    assert (status, f"{config}: {verdict}") == (result.exit_code, result.stdout.splitlines()[0])
    assert line is None or line in result.stdout.splitlines()


def test_for_programs(config: Path):
    """Every key by itself, with its path in the file."""
    config.write_text(CONFIG + "frobnicate: 1\nrouter_settings: {num_retries: many}")
    result = run(str(config), "--json")
    told = json.loads(result.stdout)

    assert (2, 2, str(config)) == (result.exit_code, told["status"], told["config"])
    assert {"path": "model_list[1].litellm_params.rpm", "status": "used", "remark": "", "advice": ""} in told[
        "keys"
    ]
    assert ["frobnicate"] == [key["path"] for key in told["keys"] if key["status"] == "unknown"]
    assert [
        {"path": "router_settings.num_retries", "message": "must be a whole number", "advice": ""}
    ] == told["mistakes"]
    assert told["differences"]


def test_on_a_terminal(config: Path, capsys: pytest.CaptureFixture[str]):
    """With words in colours, and nothing of a file taken for markup."""
    config.write_text(CONFIG + "'[red]x[/]': 1")
    command.show(Console(width=100, force_terminal=True), str(config), diagnose(config, ENVIRON))
    printed = capsys.readouterr().out

    assert "[red]x[/]" in printed
    assert "model_list[*].model_name" in printed
    assert "\x1b[32mused" in printed


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_secrets_stay_out_of_it(config: Path, options: list[str]):
    """Values are not shown at all."""
    result = run(str(config), *options)

    assert "dapi-secret" not in result.output
    assert "sk-of-the-tests" not in result.output


def test_no_file():
    """Like any other command."""
    result = run("nowhere.yaml")

    assert 2 == result.exit_code
    assert "'nowhere.yaml' does not exist" in result.output
