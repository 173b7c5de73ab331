"""The names of keywords: declared, sorted, and read or without effect, as is said of each."""

from __future__ import annotations

from pathlib import Path

import pytest

import lakeway
from lakeway.calls import supported
from lakeway.calls.keywords import CONTROL, HONOURED, WITHOUT_EFFECT, split
from lakeway.core.cost import is_price
from lakeway.core.dialects.openai_chat import PARAMETERS
from lakeway.types.params import ChatParams, ConnectionParams, EmbeddingParams

CHAT, EMBEDDING = ChatParams.__annotations__.keys(), EmbeddingParams.__annotations__.keys()
SOURCE = Path(lakeway.__file__).parent
# How OpenAI once called, or a provider calls, what goes to the model.
OTHER_SPELLINGS = {"function_call", "functions", "max_completion_tokens", "top_k"}
OF_EMBEDDINGS = {"dimensions", "encoding_format", "instruction"}


def test_split() -> None:
    """Unknown keywords are the model's, prices are not; None counts as not given."""
    control, params = split(
        {
            "api_key": "k",
            "max_tokens": 3,
            "odd": 1,
            "timeout": None,
            "stop": None,
            "input_cost_per_token": 1,
            "cache_read_input_token_cost_above_200k_tokens": 2,
            "cache": {},
        }
    )

    assert {"max_tokens": 3, "odd": 1} == params
    assert {
        "api_key": "k",
        "input_cost_per_token": 1,
        "cache_read_input_token_cost_above_200k_tokens": 2,
        "cache": {},
    } == control


def test_every_declared_keyword_is_known() -> None:
    """What a type checker lets pass steers the call, prices it, or is a parameter of the model's."""
    steering = {name for name in CHAT | EMBEDDING if name in CONTROL or is_price(name)}

    assert PARAMETERS - {"stream"} | OTHER_SPELLINGS == CHAT - steering
    assert OF_EMBEDDINGS | {"metadata", "user"} == EMBEDDING - steering


def test_what_is_honoured_is_declared() -> None:
    """Whatever has an effect is known to type checkers; of what has none, the one of OpenAI's client is."""
    assert HONOURED <= CHAT
    assert {"api_version"} == WITHOUT_EFFECT & (CHAT | EMBEDDING)
    assert {"fallbacks", "retry_policy", "tags", "timeout"} <= ConnectionParams.__annotations__.keys()


def test_names_do_not_overlap() -> None:
    """A keyword is one thing."""
    assert not HONOURED & WITHOUT_EFFECT
    assert not CONTROL & PARAMETERS
    assert not any(map(is_price, CONTROL | PARAMETERS))


@pytest.mark.parametrize("name", sorted(CONTROL))
def test_what_is_read(name: str) -> None:
    """The code names each honoured keyword, and none of those that are said to be without effect."""
    readers = [*(SOURCE / "calls").glob("*.py"), SOURCE / "api.py"]
    found = [path.name for path in readers if path.name != "keywords.py" and f'"{name}"' in path.read_text()]
    # Names that a reply or a stamp has as well.
    expected = name in HONOURED or name in {"id", "litellm_call_id"}

    assert expected == bool(found)


def test_every_parameter_is_tried() -> None:
    """get_supported_openai_params asks about all that a call may declare."""
    assert PARAMETERS | OTHER_SPELLINGS == supported.CHAT.keys()
    assert OF_EMBEDDINGS | {"user"} == supported.EMBEDDINGS.keys()
    assert all(
        name in probe for table in (supported.CHAT, supported.EMBEDDINGS) for name, probe in table.items()
    )
