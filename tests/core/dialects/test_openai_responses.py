"""What Responses items hold, and how an output item goes back in."""

import pytest

from lakeway.core.dialects.openai_responses import (
    input_item,
    output_text,
    reasoning_text,
    refusal,
    short_id,
)

LONG = "msg_" + "01c6579b80e150e6" * 12


@pytest.mark.parametrize("identifier", ["", "call_1", "x" * 64])
def test_an_id_that_fits_stays(identifier):
    """Up to 64 characters the API takes its own ids back."""
    assert identifier == short_id(identifier)


def test_a_long_id_is_cut_to_what_the_api_takes_back():
    """The cut id keeps its prefix, is the same each time, and differs for ids that differ at the end only."""
    cut = short_id(LONG)

    assert (64, "msg_01c6579b80e150e6") == (len(cut), cut[:20])
    assert cut == short_id(LONG)
    assert cut != short_id(LONG + "0")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        pytest.param(
            {"type": "reasoning", "id": "rs_1", "encrypted_content": "e", "content": None, "status": None},
            {"type": "reasoning", "id": "rs_1", "encrypted_content": "e", "summary": []},
            id="nulls go, the summary is always there",
        ),
        pytest.param(
            {
                "type": "function_call",
                "id": "fc_1",
                "call_id": "c",
                "name": "f",
                "arguments": "{}",
                "status": "completed",
            },
            {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": "{}"},
            id="status is output only",
        ),
        pytest.param(
            {"type": "function_call", "id": "call_1", "call_id": "call_1"},
            {"type": "function_call", "call_id": "call_1"},
            id="an id of another prefix is refused",
        ),
        pytest.param({"type": "message", "id": "run-1"}, {"type": "message"}, id="for messages too"),
        pytest.param({"type": "message"}, {"type": "message"}, id="no id at all"),
        pytest.param(
            {"type": "message", "id": LONG, "phase": "commentary"},
            {"type": "message", "id": short_id(LONG), "phase": "commentary"},
            id="a long id",
        ),
        pytest.param(
            {"type": "function_call", "call_id": LONG},
            {"type": "function_call", "call_id": short_id(LONG)},
            id="a long call id",
        ),
    ],
)
def test_output_items_as_input(item, expected):
    """Databricks refuses what only an output item has; the rest travels verbatim."""
    before = dict(item)

    assert expected == input_item(item)
    assert before == item


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"summary": [{"text": "a"}, {"text": ""}, {"text": "b"}]}, "a\n\nb"),
        ({"summary": [{"text": "short"}], "content": [{"text": "long"}]}, "short"),
        ({"summary": [], "content": [{"text": "raw"}]}, "raw"),
        ({"summary": None, "encrypted_content": "e"}, ""),
    ],
)
def test_readable_reasoning(item, expected):
    """The summary if there is one, its parts as paragraphs; else the reasoning itself."""
    assert expected == reasoning_text(item)


def test_text_and_refusal_are_kept_apart():
    """A message may hold several parts of text, and a refusal among them."""
    item = {
        "content": [
            {"type": "output_text", "text": "a"},
            {"type": "refusal", "refusal": "no"},
            {"type": "output_text", "text": "b"},
        ]
    }

    assert ("ab", "no") == (output_text(item), refusal(item))
