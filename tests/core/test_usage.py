"""Usage objects of every provider, read into one shape."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.core.usage import latest, normalize


def brief(usage):
    """The numbers that bills are made of."""
    details = usage["prompt_tokens_details"]
    assert usage["cache_read_input_tokens"] == details["cached_tokens"]
    assert usage["cache_creation_input_tokens"] == details["cache_creation_tokens"]
    return (
        usage["prompt_tokens"],
        usage["completion_tokens"],
        usage["total_tokens"],
        usage["cache_read_input_tokens"],
        usage["cache_creation_input_tokens"],
        (usage["completion_tokens_details"] or {}).get("reasoning_tokens", 0),
    )


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        pytest.param(None, (0, 0, 0, 0, 0, 0), id="no usage"),
        pytest.param({}, (0, 0, 0, 0, 0, 0), id="empty usage"),
        pytest.param(
            {"prompt_tokens": 42, "completion_tokens": 68, "total_tokens": 110},
            (42, 68, 110, 0, 0, 0),
            id="plain",
        ),
        pytest.param({"prompt_tokens": 5, "total_tokens": 5}, (5, 0, 5, 0, 0, 0), id="embedding"),
        pytest.param(
            {"prompt_tokens": None, "completion_tokens": "many", "total_tokens": -1},
            (0, 0, 0, 0, 0, 0),
            id="not numbers",
        ),
        pytest.param(
            {
                "prompt_tokens": 12011,
                "completion_tokens": 8,
                "total_tokens": 12019,
                "cache_read_input_tokens": 12002,
                "cache_creation_input_tokens": 0,
            },
            (12011, 8, 12019, 12002, 0, 0),
            id="Claude: prompt includes the cache",
        ),
        pytest.param(
            {
                "prompt_tokens": 9,
                "completion_tokens": 8,
                "total_tokens": 17,
                "cache_read_input_tokens": 12002,
                "cache_creation_input_tokens": 100,
            },
            (12111, 8, 12119, 12002, 100, 0),
            id="prompt smaller than the cache: excludes it",
        ),
        pytest.param(
            {
                "prompt_tokens": 200,
                "completion_tokens": 10,
                "total_tokens": 300,
                "cache_read_input_tokens": 90,
            },
            (290, 10, 300, 90, 0, 0),
            id="total larger than prompt plus completion: excludes it",
        ),
        pytest.param(
            {"prompt_tokens": 100, "completion_tokens": 5, "cache_read_input_tokens": 90},
            (100, 5, 105, 90, 0, 0),
            id="no total: includes it",
        ),
        pytest.param(
            {
                "prompt_tokens": 1549,
                "completion_tokens": 117,
                "total_tokens": 1666,
                "prompt_tokens_details": {"cached_tokens": 0, "cache_creation_tokens": 1545},
                "cache_read_input_tokens": 1545,
                "cache_creation_input_tokens": 0,
            },
            (1549, 117, 1666, 1545, 0, 0),
            id="recorded contradiction: the top level wins",
        ),
        pytest.param(
            {
                "prompt_tokens": 1000,
                "completion_tokens": 300,
                "total_tokens": 1300,
                "prompt_tokens_details": {"cached_tokens": 896},
                "completion_tokens_details": {"reasoning_tokens": 256},
            },
            (1000, 300, 1300, 896, 0, 256),
            id="GPT: both in the details",
        ),
        pytest.param(
            {
                "prompt_tokens": 1000,
                "completion_tokens": 300,
                "total_tokens": 1300,
                "prompt_tokens_details": {"cached_tokens": 896},
                "cache_read_input_tokens": 0,
                "cache_creation_input_tokens": 0,
            },
            (1000, 300, 1300, 896, 0, 0),
            id="zeros at the top hide nothing",
        ),
        pytest.param(
            {"prompt_tokens": 10, "completion_tokens": 30, "total_tokens": 40, "reasoning_tokens": 20},
            (10, 30, 40, 0, 0, 20),
            id="flat reasoning_tokens",
        ),
        pytest.param(
            {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 15, "reasoning_tokens": 12},
            (2, 13, 15, 0, 0, 12),
            id="reasoning beside the completion, by the total",
        ),
        pytest.param(
            {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 15},
            (2, 1, 15, 0, 0, 0),
            id="a larger total is kept",
        ),
        pytest.param(
            {
                "input_tokens": 120,
                "input_tokens_details": {"cached_tokens": 100},
                "output_tokens": 40,
                "output_tokens_details": {"reasoning_tokens": 20},
                "total_tokens": 160,
            },
            (120, 40, 160, 100, 0, 20),
            id="Responses: input includes the cache",
        ),
        pytest.param(
            {
                "input_tokens": 2000,
                "output_tokens": 40,
                "cache_read_input_tokens": 1500,
                "cache_creation_input_tokens": 100,
            },
            (3600, 40, 3640, 1500, 100, 0),
            id="Anthropic: input never includes the cache",
        ),
        pytest.param(
            {
                "input_tokens": 9,
                "output_tokens": 4,
                "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 70},
            },
            (109, 4, 113, 0, 100, 0),
            id="Anthropic: cache writes by age",
        ),
    ],
)
def test_normalize(usage, expected):
    """Each provider's shape gives the same six numbers, and the input is left alone."""
    before = copy.deepcopy(usage)

    assert expected == brief(normalize(usage))
    assert before == usage


def test_unknown_fields_survive():
    """What is not read is passed on: the wire JSON is the type."""
    usage = normalize({"prompt_tokens": 1, "server_tool_use": {"web_search_requests": 2}, "cost": 3})

    assert {"web_search_requests": 2} == usage["server_tool_use"]
    assert 3 == usage["cost"]


def test_shape_of_a_plain_reply():
    """The details have LiteLLM's keys even when the provider sent none, and no invented reasoning."""
    expected = {
        "prompt_tokens": 42,
        "completion_tokens": 68,
        "total_tokens": 110,
        "prompt_tokens_details": {
            "audio_tokens": None,
            "text_tokens": None,
            "image_tokens": None,
            "cached_tokens": 0,
            "cache_creation_tokens": 0,
            "cache_write_tokens": 0,
        },
        "completion_tokens_details": None,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0,
    }

    assert expected == normalize({"prompt_tokens": 42, "completion_tokens": 68, "total_tokens": 110})


def test_reasoning_is_split_from_text():
    """The completion's details say how much was reasoning and how much was text."""
    details = normalize({"completion_tokens": 300, "reasoning_tokens": 256})["completion_tokens_details"]

    assert {"reasoning_tokens": 256, "text_tokens": 44} == details


@pytest.mark.parametrize("usage", [[1], "many", 5, True, [], ""])
def test_what_is_no_usage(usage):
    """Whatever stands in its place counts nothing."""
    assert normalize(None) == normalize(usage)
    assert {"prompt_tokens": 5} == latest({"prompt_tokens": 5}, usage)
    assert latest(None, usage) is None


def test_details_are_counts_too():
    """What is no count is none; what was left open stays open, and other details are kept as they are."""
    details = {"audio_tokens": "x", "image_tokens": -3, "text_tokens": None, "modality": "text"}
    usage = normalize({"prompt_tokens_details": details, "completion_tokens_details": details})

    assert {"audio_tokens": 0, "image_tokens": 0, "text_tokens": None, "modality": "text"} == {
        name: usage["prompt_tokens_details"][name] for name in details
    }
    assert {"audio_tokens": 0, "image_tokens": 0, "text_tokens": None, "modality": "text"} == (
        usage["completion_tokens_details"]
    )


counts = st.one_of(st.none(), st.integers(0, 10**6))
usages = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens", "reasoning_tokens"), counts),
        **dict.fromkeys(("input_tokens", "output_tokens"), counts),
        **dict.fromkeys(("cache_read_input_tokens", "cache_creation_input_tokens"), counts),
        "prompt_tokens_details": st.fixed_dictionaries({}, optional={"cached_tokens": counts}),
        "completion_tokens_details": st.fixed_dictionaries({}, optional={"reasoning_tokens": counts}),
        "cache_creation": st.fixed_dictionaries({}, optional={"ephemeral_1h_input_tokens": counts}),
    },
)


@given(usages)
def test_normalizing_twice_changes_nothing(usage):
    """A normalized usage is its own normal form."""
    once = normalize(usage)

    assert once == normalize(once)


@given(usages)
def test_parts_never_exceed_the_whole(usage):
    """Cached tokens are part of the prompt; prompt and completion are part of the total."""
    prompt, completion, total, read, created, _ = brief(normalize(usage))

    assert read + created <= prompt
    assert prompt + completion <= total


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([], None),
        ([None, None], None),
        ([{"prompt_tokens": 5, "completion_tokens": 1}, None], {"prompt_tokens": 5, "completion_tokens": 1}),
        (
            [{"prompt_tokens": 5, "completion_tokens": n, "total_tokens": 5 + n} for n in (1, 2, 9)],
            {"prompt_tokens": 5, "completion_tokens": 9, "total_tokens": 14},
        ),
        (
            [{"input_tokens": 9, "output_tokens": 1}, {"output_tokens": 3}],
            {"input_tokens": 9, "output_tokens": 3},
        ),
        (
            [{"prompt_tokens": 5, "total_tokens": None}, {"prompt_tokens": None}],
            {"prompt_tokens": 5, "total_tokens": None},
        ),
        ([{"prompt_tokens": 5}, {"prompt_tokens": 0, "completion_tokens": 0}], {"prompt_tokens": 5}),
        ([{"prompt_tokens": 5}, {}], {"prompt_tokens": 5}),
    ],
)
def test_latest(chunks, expected):
    """Over a stream, later counts replace earlier ones; nothing is added up, and nothing known is lost."""
    usage = None
    for chunk in chunks:
        usage = latest(usage, chunk)

    assert expected == usage


def test_latest_leaves_its_arguments_alone():
    """Neither chunk is changed when they are combined."""
    first, second = {"prompt_tokens": 5}, {"completion_tokens": 2}

    latest(first, second)

    assert ({"prompt_tokens": 5}, {"completion_tokens": 2}) == (first, second)


@given(*[st.integers(0, 10**6)] * 3)
def test_the_short_way_is_the_long_way(prompt: int, completion: int, total: int) -> None:
    """Three plain counts are normalized as they are beside a field that changes nothing."""
    plain = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}

    assert normalize(plain) == normalize({**plain, "reasoning_tokens": 0})
