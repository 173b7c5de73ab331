"""Whatever a keyword is given: an answer, or an error of ours."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakeway.calls.keywords import CONTROL, HONOURED
from lakeway.calls.mock import RAISES
from lakeway.errors import LakewayError

OTHERS = {"input_cost_per_token", "stream", "stream_options", "metadata", "user", "n", "reasoning_effort"}
texts = st.sampled_from(
    ["", "x", "databricks/b", "https://adb-1.azuredatabricks.net", "a\nb", "\ud800", *RAISES]
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, 2, 10**400, 0.5, float("nan"), float("inf")]),
    texts,
    st.sampled_from([b"x", object(), int, range(2), {1}, ValueError("x")]),
)
keys = st.one_of(texts, st.sampled_from(["model", "role", "index", "choices", "message", "content"]))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(keys, st.just(1)), inner, max_size=3),
        st.tuples(inner),
    ),
    max_leaves=5,
)


@pytest.mark.parametrize("call", ["completion", "embedding", "text_completion"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keywords=st.dictionaries(st.sampled_from(sorted(HONOURED | OTHERS)), values, min_size=1, max_size=3))
def test_any_value(workspace: Any, call: str, keywords: dict[str, Any]) -> None:
    """Nothing else comes out, and nothing of the caller's is changed."""
    workspace.answers = [503, workspace.vectors if call == "embedding" else workspace.reply()]
    before = repr(keywords)
    with suppress(LakewayError):
        answer = getattr(workspace, call)(**keywords)
        if keywords.get("stream") and call != "embedding":
            list(answer)
        assert isinstance(answer._hidden_params, dict)

    assert before == repr(keywords)


@pytest.mark.parametrize("name", sorted(CONTROL - HONOURED))
def test_what_has_no_effect(workspace: Any, name: str) -> None:
    """Its value is not even looked at, and no model is sent it."""
    workspace.completion(**{name: object()})

    assert {"model", "messages"} == workspace.bodies[-1].keys()
