"""`include`: what several files make together, and where a mistake in one of them is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakeway.gateway.config import Loaded, load, load_file

ROW = "{{model_name: {0}, litellm_params: {{model: databricks/{0}}}}}"


@pytest.fixture
def read(tmp_path: Path):
    """The configuration in `main.yaml`, beside other files."""

    def write(files: dict[str, str]) -> Loaded:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return load_file(tmp_path / "main.yaml", {})

    return write


def told(loaded: Loaded) -> list[str]:
    return [str(problem) for problem in loaded.problems]


def test_lists_are_extended_and_sections_merged(read):
    """As with LiteLLM the later file wins; unlike there it leaves alone what it does not speak of."""
    loaded = read(
        {
            "main.yaml": f"include: [models.yaml, more/settings.yaml]\nmodel_list: [{ROW.format('a')}]\n"
            "litellm_settings: {drop_params: true, num_retries: 1, callbacks: [prometheus]}",
            "models.yaml": f"model_list: [{ROW.format('b')}, {ROW.format('c')}]",
            "more/settings.yaml": "litellm_settings: {num_retries: 4, callbacks: [otel]}",
        }
    )
    settings = loaded.config.litellm_settings

    assert () == loaded.problems
    assert ["a", "b", "c"] == [row.model_name for row in loaded.config.model_list]
    assert (True, 4, ["prometheus", "otel"]) == (
        settings.drop_params,
        settings.num_retries,
        settings.callbacks,
    )


def test_files_include_files(read):
    """Each from its own place or, as with LiteLLM, from the place of the first."""
    loaded = read(
        {
            "main.yaml": "include: more/a.yaml",
            "more/a.yaml": f"include: [b.yaml, c.yaml]\nmodel_list: [{ROW.format('a')}]",
            "more/b.yaml": f"model_list: [{ROW.format('b')}]",
            "c.yaml": f"model_list: [{ROW.format('c')}]",
        }
    )

    assert () == loaded.problems
    assert ["a", "b", "c"] == [row.model_name for row in loaded.config.model_list]


def test_a_file_is_read_once(read):
    """However many others include it."""
    loaded = read(
        {
            "main.yaml": "include: [a.yaml, b.yaml]",
            "a.yaml": "include: [c.yaml]",
            "b.yaml": "include: [c.yaml]",
            "c.yaml": f"model_list: [{ROW.format('c')}]",
        }
    )

    assert (1, ()) == (len(loaded.config.model_list), loaded.problems)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"main.yaml": "include: [nowhere.yaml]"},
            ["include[0]: there is no file 'nowhere.yaml' beside the one that includes it."],
        ),
        (
            {"main.yaml": "include: [a.yaml]", "a.yaml": "include: [b.yaml]"},
            ["a.yaml: include[0]: there is no file 'b.yaml' beside the one that includes it."],
        ),
        (
            {"main.yaml": "include: [a.yaml]", "a.yaml": "include: [main.yaml]"},
            ["a.yaml: include[0]: 'main.yaml' includes itself."],
        ),
        (
            {"main.yaml": "include: ['s3://bucket/a.yaml']"},
            ["include[0]: 's3://bucket/a.yaml' is not a file of this machine."],
        ),
        (
            {"main.yaml": "include: [a.yaml]", "a.yaml": "a: b: c"},
            ["a.yaml: not valid YAML in line 1, column 5: mapping values are not allowed here."],
        ),
        (
            {"main.yaml": "include: [a.yaml]", "a.yaml": "litellm_settings: {x: 1, x: 2}"},
            ["a.yaml: 'x' is written twice in line 1. Keep one of them."],
        ),
        (
            {
                "main.yaml": f"include: [a.yaml]\nmodel_list: [{ROW.format('a')}]",
                "a.yaml": "model_list: [{model_name: b}]\nlitellm_settings: {num_retries: many}",
            },
            [
                "a.yaml: model_list[0]: 'litellm_params' is missing.",
                "a.yaml: litellm_settings.num_retries: must be a whole number.",
            ],
        ),
        ({"main.yaml": "include: [5]"}, ["include[0]: must be text. Put it in quotes."]),
        ({"main.yaml": "include: {a: b}"}, ["include: must be a list."]),
    ],
)
def test_mistakes_name_their_file(read, files: dict[str, str], expected: list[str]):
    """And the path in it, not the one in the whole."""
    assert expected == told(read(files))


def test_notes_name_their_file(read):
    """Likewise what has no effect, and what is not set."""
    loaded = read(
        {
            "main.yaml": "include: [a.yaml]",
            "a.yaml": "litellm_settings: {frobnicate: 1, dbu_usd: os.environ/RATE}",
        }
    )

    assert loaded.notes == (
        "a.yaml: litellm_settings.dbu_usd: RATE is not set, so it counts as absent",
        "a.yaml: litellm_settings.frobnicate: unknown, has no effect",
    )


def test_a_text_without_a_file():
    """It has no neighbours."""
    assert ["include[0]: 'a.yaml' cannot be found from a text without a file."] == told(
        load("include: [a.yaml]", {})
    )


def test_a_file_that_is_no_text(tmp_path: Path):
    """It is refused as such."""
    (tmp_path / "main.yaml").write_text("include: [a.yaml]")
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00")

    assert ["a.yaml: is not text in UTF-8."] == told(load_file(tmp_path / "main.yaml", {}))
