"""`lakeway demo`: that it runs, that it can be read, and that it spends nobody's money unasked."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from lakeway.cli.demo import gateway_scenes, scenes
from lakeway.cli.demo.live import Live
from lakeway.cli.demo.stage import Stage
from lakeway.cli.demo.tally import NOTHING, Spent, spent
from lakeway.cli.root import lakeway
from lakeway.testing import emulator

NOWHERE = {"DATABRICKS_HOST": "http://127.0.0.1:9", "DATABRICKS_TOKEN": "dapi-nowhere"}
UNSET = dict.fromkeys(
    ("DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_API_BASE", "DATABRICKS_API_KEY"), None
)


def play(*arguments: str, **environ: str | None) -> Result:
    return CliRunner(env={**UNSET, **environ}).invoke(lakeway, ["demo", *arguments])


@pytest.fixture(scope="module")
def shown() -> str:
    """What a fresh process prints, with nothing configured."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DATABRICKS_")}
    command = [sys.executable, "-m", "lakeway", "demo"]
    result = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=50)

    assert (0, "") == (result.returncode, result.stderr)
    return result.stdout


def test_nothing_has_to_be_configured(shown):
    """Every scene plays, none fails, and it ends."""
    assert shown.startswith("Lakeway ")
    assert "failed" not in shown
    assert "lakeway serve --config config.yaml" in shown


@pytest.mark.parametrize(
    "part",
    [
        'messages=[{"content": "Hello, how are you?", "role": "user"}],',
        "max_tokens=20,\n      temperature=0.5,",
        'reasoning_effort="low",',
        'thinking={"type": "enabled", "budget_tokens": 1024},',
        "stream=True,",
        "with a forged thought the workspace refuses the turn",
        'instruction="Represent this sentence for searching relevant passages:",',
        "api_key: os.environ/DATABRICKS_API_KEY",
        "UnsupportedParamsError",
        "AuthenticationError",
    ],
)
def test_the_pages_calls_are_in_it(shown, part):
    """The calls, both configurations, the known limitation solved, and errors."""
    assert part in shown


def test_it_fits_80_columns_and_needs_no_colour(shown):
    """In a log, in a pipe, in a small window; and no line ends in blanks."""
    assert [] == [line for line in shown.splitlines() if len(line) > 80 or line != line.rstrip()]
    assert "\x1b" not in shown


def test_every_call_says_what_it_cost(shown):
    """Tokens, DBU, USD and time; and the sum at the end is of all calls."""
    costs = [line.split() for line in shown.splitlines() if line.startswith("  cost ")]
    total = next(line for line in shown.splitlines() if line.strip().startswith("sum")).split()

    assert len(costs) == int(total[1]) == 13
    assert sum(int(cost[1]) for cost in costs) == int(total[2])
    assert 12 == sum("DBU" in cost and "USD," in cost for cost in costs)


def test_without_openai_it_plays_as_well(monkeypatch):
    """A plain client makes the same requests."""
    monkeypatch.setitem(sys.modules, "openai", None)
    result = play()

    assert 0 == result.exit_code, result.output
    assert "openai is not installed here" in result.output
    assert "failed" not in result.output


def test_a_real_workspace_is_not_used_unasked():
    """An environment that leads to one is mentioned; a script is not asked, and pays nothing."""
    result = play(**NOWHERE)

    assert 0 == result.exit_code, result.output
    assert "Your environment names a workspace: http://127.0.0.1:9" in result.output
    assert "The emulator is used instead of it" in result.output


def test_the_environment_is_put_back(monkeypatch):
    """The demo leads this process to its emulator, and away from it again."""
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "mine")
    play(**NOWHERE)

    assert "mine" == os.environ["DATABRICKS_CLIENT_ID"]
    assert "DATABRICKS_API_KEY" not in os.environ or os.environ["DATABRICKS_API_KEY"] != "dapi-emulator"


def test_a_real_workspace_on_request():
    """`--real` plays the same scenes there, with models that are not retired."""
    with emulator() as workspace:
        result = play("--real", DATABRICKS_HOST=workspace.host, DATABRICKS_TOKEN=workspace.token)
        asked = {request["body"]["model"] for request in workspace.requests}

    assert 0 == result.exit_code, result.output
    assert f"on your workspace: {workspace.host}" in " ".join(result.output.split())
    assert "databricks-meta-llama-3-70b-instruct" not in asked


def test_a_failure_is_told_by_the_exit_code():
    """The other scenes play on, and the numbers of those that failed are listed."""
    with emulator() as workspace:
        result = play("--real", DATABRICKS_HOST=workspace.host, DATABRICKS_TOKEN="dapi-wrong")

    assert 1 == result.exit_code
    assert "Invalid access token" in result.output
    assert "Failed: 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12." in result.output


def test_real_needs_a_workspace():
    """And says so."""
    result = play("--real")

    assert (2, True) == (result.exit_code, "DATABRICKS_HOST" in result.output)


def console(width: int = 30) -> Console:
    return Console(file=io.StringIO(), width=width, highlight=False)


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_a_live_text_is_wrapped_between_words(size):
    """However small its pieces."""
    text = "the quick brown fox jumps over the lazy dog"
    screen = console()
    live = Live(screen, "answer", 12)
    for start in range(0, len(text), size):
        live.write(text[start : start + size])
    live.end()

    assert [
        "  answer    the quick brown",
        "            fox jumps over the",
        "            lazy dog",
    ] == screen.file.getvalue().splitlines()


def test_shown_code_is_the_source_of_what_runs():
    """With the arguments in their places."""
    screen = console(80)
    Stage(screen).code(scenes.call_first, chat="databricks/x")

    assert screen.file.getvalue().splitlines() == [
        "",
        "  from lakeway import completion",
        "",
        "  response = completion(",
        '      model="databricks/x",',
        '      messages=[{"content": "Hello, how are you?", "role": "user"}],',
        "  )",
    ]


RECIPES = [
    function
    for module in (scenes, gateway_scenes)
    for name, function in vars(module).items()
    if name.startswith("call_") or name in ("question", "turn")
]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.__name__)
def test_shown_code_can_be_pasted(recipe):
    """It is Python, and no wider than a small window."""
    screen = console(80)
    Stage(screen).code(recipe)
    lines = screen.file.getvalue().splitlines()

    assert compile("\n".join(line[2:] for line in lines), "shown", "exec")
    assert max(map(len, lines)) <= 80


def test_the_tally_adds_what_is_known():
    """A call without a price adds tokens and time, and no money."""
    priced = spent("databricks-gpt-oss-20b", {"prompt_tokens": 1000, "completion_tokens": 0}, 0.5)
    free = spent("nobody-knows", {"prompt_tokens": 5, "completion_tokens": 2}, 1.0)
    total = NOTHING + priced + free

    assert (None, None) == (free.dbu, free.usd)
    assert total == Spent(calls=2, tokens_in=1005, tokens_out=2, dbu=priced.dbu, usd=priced.usd, seconds=1.5)
    assert priced.usd == pytest.approx(priced.dbu * 0.07, rel=1e-3)
