"""Whatever stands in a configuration, it is read or refused with places: nothing in it breaks the reader."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lakeway.gateway import key_table as table
from lakeway.gateway.config import load
from lakeway.gateway.doctor import examine
from lakeway.gateway.problems import ConfigError, Problem

ENVIRON = {"DATABRICKS_HOST": "https://w.cloud.databricks.com", "DATABRICKS_TOKEN": "dapi-1"}
WORDS = st.sampled_from(
    ["a", "b", "databricks/a", "databricks/*", "*", "os.environ/NOPE", "azure/x", "", "sk-1"]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 99) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)


def section(known: table.Table) -> st.SearchStrategy[dict[str, Any]]:
    names = [name for name, key in known.items() if key.status in ("used", "differs")]
    return st.dictionaries(st.sampled_from(names) | WORDS, VALUES, max_size=4)


ROW = st.fixed_dictionaries({"model_name": WORDS, "litellm_params": section(table.ROW)}) | VALUES
WHOLE = st.fixed_dictionaries(
    {},
    optional={
        "model_list": st.lists(ROW, max_size=3) | VALUES,
        "keys": st.lists(section(table.KEYS), max_size=3) | VALUES,
        "credential_list": st.lists(section(table.CREDENTIALS), max_size=2) | VALUES,
        "litellm_settings": section(table.LITELLM) | VALUES,
        "general_settings": section(table.GENERAL) | VALUES,
        "router_settings": section(table.ROUTER) | VALUES,
        "environment_variables": VALUES,
        "include": VALUES,
    },
)


def problems(text: str) -> tuple[Problem, ...]:
    try:
        loaded = load(text, ENVIRON)
    except ConfigError as error:
        return error.problems
    diagnosis = examine(loaded)
    assert (2 == diagnosis.status) == bool(diagnosis.mistakes)
    return diagnosis.mistakes


@given(WHOLE)
def test_any_configuration(whole: dict[str, Any]):
    """It is examined to the end, and each of its mistakes says what it is."""
    assert all(problem.message for problem in problems(json.dumps(whole)))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text(text: str):
    """YAML, or not."""
    assert all(problem.message for problem in problems(text))
