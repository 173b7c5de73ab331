"""Costs: every kind of token at its price, in both units, and None where a price is unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.core.cost import Cost, is_price, override, read_prices, tariff
from lakeway.core.usage import normalize
from lakeway.databricks.catalogue import MODELS
from lakeway.errors import BadRequestError

PLAIN = {"input_cost_per_token": 1e-6, "output_cost_per_token": 5e-6}
CLAUDE = {
    "input_dbu_cost_per_token": 4e-5,
    "output_dbu_cost_per_token": 2e-4,
    "input_cost_per_token": 2.8e-6,
    "output_cost_per_token": 14e-6,
    "cache_read_input_token_cost": 0.28e-6,
    "cache_creation_input_token_cost": 3.5e-6,
    "cache_creation_input_token_cost_above_1hr": 5.6e-6,
}
TIERED = {
    "input_cost_per_token": 1e-6,
    "output_cost_per_token": 5e-6,
    "cache_read_input_token_cost": 1e-7,
    "cache_creation_input_token_cost": 1e-6,
    "input_cost_per_token_above_200k_tokens": 2e-6,
    "output_cost_per_token_above_200k_tokens": 8e-6,
    "cache_read_input_token_cost_above_200k_tokens": 2e-7,
    "input_cost_per_token_priority": 3e-6,
    "output_cost_per_token_priority": 15e-6,
    "input_cost_per_token_above_200k_tokens_priority": 6e-6,
    "output_cost_per_token_above_200k_tokens_priority": 24e-6,
}


def cost(prices, used, *, service_tier=None, **priced):
    known = tariff(prices, **priced)
    return known and known.cost(normalize(used), service_tier)


def usage(prompt=0, completion=0, *, read=0, created=0, **more):
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": created,
        **more,
    }


@pytest.mark.parametrize(
    ("prices", "used", "tier", "expected_usd"),
    [
        pytest.param(PLAIN, usage(1000, 100), None, 1e-3 + 5e-4, id="input and output"),
        pytest.param(PLAIN, usage(0, 0), None, 0.0, id="nothing used costs nothing"),
        pytest.param(PLAIN, None, None, 0.0, id="no usage"),
        pytest.param(PLAIN, usage(1000, read=400), None, 1e-3, id="no cache price: the input price"),
        pytest.param(CLAUDE, usage(1000, read=900), None, 100 * 2.8e-6 + 900 * 0.28e-6, id="cached read"),
        pytest.param(CLAUDE, usage(1000, created=900), None, 100 * 2.8e-6 + 900 * 3.5e-6, id="cache write"),
        pytest.param(
            CLAUDE,
            usage(1000, created=900, cache_creation={"ephemeral_1h_input_tokens": 500}),
            None,
            100 * 2.8e-6 + 400 * 3.5e-6 + 500 * 5.6e-6,
            id="cache write for an hour",
        ),
        pytest.param(
            CLAUDE,
            {"input_tokens": 100, "cache_read_input_tokens": 900, "output_tokens": 10},
            None,
            100 * 2.8e-6 + 900 * 0.28e-6 + 10 * 14e-6,
            id="Anthropic's usage excludes the cache",
        ),
        pytest.param(TIERED, usage(200_000, 10), None, 0.2 + 10 * 5e-6, id="at the threshold"),
        pytest.param(TIERED, usage(200_001, 10), None, 200_001 * 2e-6 + 10 * 8e-6, id="above the threshold"),
        pytest.param(
            TIERED,
            usage(300_000, read=250_000, created=10_000),
            None,
            40_000 * 2e-6 + 250_000 * 2e-7 + 10_000 * 2e-6,
            id="above: a cache price that equals the input price follows it",
        ),
        pytest.param(TIERED, usage(1000, 10), "priority", 3e-3 + 10 * 15e-6, id="priority"),
        pytest.param(TIERED, usage(1000, 10), "default", 1e-3 + 10 * 5e-6, id="no priority"),
        pytest.param(TIERED, usage(300_000, 10), "priority", 1.8 + 10 * 24e-6, id="priority above"),
        pytest.param(PLAIN, usage(1000, 10), "priority", 1e-3 + 10 * 5e-6, id="priority without a price"),
        pytest.param(
            {"input_cost_per_token": 1e-7, "output_cost_per_token": 0.0},
            usage(50),
            None,
            5e-6,
            id="embedding",
        ),
        pytest.param(
            {"input_cost_per_token": 1e-7}, usage(50), None, 5e-6, id="an output price is not needed"
        ),
        pytest.param({"input_dbu_cost_per_token": 1e-5}, usage(1000), None, 7e-4, id="DBU only"),
        pytest.param(
            {"input_cost_per_token": "1e-6"}, usage(1000), None, 1e-3, id="YAML's text for a number"
        ),
        pytest.param(
            {**PLAIN, "input_cost_per_audio_token": 1e-5},
            usage(1000, prompt_tokens_details={"audio_tokens": 300}),
            None,
            700e-6 + 300e-5,
            id="audio input",
        ),
        pytest.param(
            {
                "input_cost_per_token": 5e-6,
                "input_cost_per_image_token": 1e-5,
                "output_cost_per_image_token": 4e-5,
            },
            usage(100, 1000, prompt_tokens_details={"image_tokens": 60}),
            None,
            40 * 5e-6 + 60 * 1e-5 + 1000 * 4e-5,
            id="an image model puts out pictures",
        ),
        pytest.param(
            {**PLAIN, "output_cost_per_image_token": 4e-5},
            usage(0, 1000, completion_tokens_details={"image_tokens": 900}),
            None,
            100 * 5e-6 + 900 * 4e-5,
            id="text and pictures",
        ),
    ],
)
def test_usd(prices, used, tier, expected_usd):
    """Every kind of token is billed once, at its own price."""
    actual = cost(prices, used, service_tier=tier)

    assert pytest.approx(expected_usd) == actual.usd


def test_the_parts():
    """The four parts are told apart and add up; DBU follow the published column, else USD at $0.07."""
    actual = cost(CLAUDE, usage(1000, 100, read=600, created=300))

    expected = Cost(
        dbu=100 * 4e-5 + 100 * 2e-4 + (600 * 0.28e-6 + 300 * 3.5e-6) / 0.07,
        usd=100 * 2.8e-6 + 100 * 14e-6 + 600 * 0.28e-6 + 300 * 3.5e-6,
        input_usd=100 * 2.8e-6,
        output_usd=100 * 14e-6,
        cache_read_usd=600 * 0.28e-6,
        cache_write_usd=300 * 3.5e-6,
    )
    for field in Cost.__struct_fields__:
        assert pytest.approx(getattr(expected, field)) == getattr(actual, field)


@pytest.mark.parametrize(
    ("prices", "used"),
    [
        (None, usage(1)),
        ({}, usage(1)),
        ({"input_cost_per_token": None}, usage(1)),
        ({"output_cost_per_token": 1e-6}, usage(1, 1)),
        ({"input_cost_per_token": 1e-6}, usage(1, 1)),
        (MODELS["databricks-dbrx-instruct"].row, usage(1)),
    ],
)
def test_an_unknown_price_is_not_zero(prices, used):
    """Where a price is needed and not known, so is the cost."""
    assert cost(prices, used) is None


def test_the_rate_of_a_workspace():
    """USD scale with what a DBU costs; DBU do not."""
    listed, negotiated = cost(CLAUDE, usage(1000, 100)), cost(CLAUDE, usage(1000, 100), dbu_usd=0.035)

    assert listed.dbu == negotiated.dbu
    assert pytest.approx(listed.usd / 2) == negotiated.usd


@pytest.mark.parametrize("rate", [0, -0.07, float("nan"), float("inf"), "0.07", None, True])
def test_a_rate_must_be_positive(rate):
    """A rate of nothing would make everything free in silence."""
    with pytest.raises(BadRequestError, match="dbu_usd") as caught:
        cost(PLAIN, usage(1), dbu_usd=rate)

    assert "dbu_usd" == caught.value.param


@pytest.mark.parametrize(
    "name",
    [
        "input_cost_per_token",
        "output_dbu_cost_per_token",
        "cache_read_input_token_cost",
        "cache_creation_input_token_cost_above_1hr",
        "input_cost_per_token_above_200k_tokens_priority",
        "output_cost_per_image",
    ],
)
def test_names_of_prices(name):
    """They are told by their names, LiteLLM's and Databricks'; no parameter of a model is one."""
    assert is_price(name)
    assert not any(map(is_price, ("max_tokens", "cost", "service_tier", "top_k", "input_tokens")))


def test_every_published_price_is_a_price():
    """What the catalogue calls a price is one here."""
    assert all(is_price(name) for model in MODELS.values() for name in model.prices)


def test_read_prices():
    """Numbers, or texts of numbers; nulls, tables and what is no price are left out."""
    given = {
        "input_cost_per_token": "1e-6",
        "output_cost_per_token": 2,
        "cache_read_input_token_cost": None,
        "search_context_cost_per_query": {"search_context_size_low": 0.01},
        "mode": "chat",
    }

    assert {"input_cost_per_token": 1e-6, "output_cost_per_token": 2.0} == read_prices(given)


@pytest.mark.parametrize("price", ["abc", -1, float("nan"), float("inf"), True, [1], 10**400, object()])
def test_a_price_must_be_one(price):
    """A mistake is named before it can spoil an answer."""
    with pytest.raises(BadRequestError, match="input_cost_per_token must be a price") as caught:
        read_prices({"input_cost_per_token": price})

    assert "input_cost_per_token" == caught.value.param


COUNTS = st.one_of(
    st.none(), st.integers(-5, 5), st.floats(), st.booleans(), st.text(max_size=3), st.lists(st.none())
)


@given(st.dictionaries(st.sampled_from(sorted({*usage(), "cache_creation"})), COUNTS), COUNTS, COUNTS, COUNTS)
def test_no_usage_is_too_odd_for_a_price(used, audio, image, hour):
    """A reply that was paid for is never lost to what its counts look like."""
    prices = {**CLAUDE, "input_cost_per_audio_token": 1.0, "output_cost_per_image_token": 1.0}
    details = {"audio_tokens": audio, "image_tokens": image}
    odd = {
        **used,
        "prompt_tokens_details": details,
        "completion_tokens_details": details,
        "cache_creation": {"ephemeral_1h_input_tokens": hour},
    }

    assert cost(prices, odd).usd >= 0


def test_a_measured_bill():
    """24 calls of claude-sonnet-5, processed in a geography, were billed 2.7219 DBU (2026-09)."""
    actual = cost(MODELS["databricks-claude-sonnet-5"].prices, usage(41_472, 9_027))

    assert 2.7219 == pytest.approx(actual.dbu * 1.10, abs=1e-4)


@pytest.mark.parametrize("rate", [0.07, 0.055])
def test_prices_of_ones_own_in_usd(rate):
    """They are literal at any rate and at every tier, and hold for cached tokens too, as in LiteLLM."""
    own = {"input_cost_per_token": 4e-6, "output_cost_per_token": 6e-6}

    actual = cost(TIERED, usage(300_000, 1000, read=100_000), overrides=own, dbu_usd=rate)

    assert pytest.approx(1.2) == actual.usd - actual.output_usd
    assert pytest.approx(6e-3) == actual.output_usd
    assert pytest.approx(actual.usd / rate) == actual.dbu


def test_a_cache_price_of_ones_own():
    """Only the side that has a price of one's own is replaced, and a cache price beside it is kept."""
    own = {"input_cost_per_token": 4e-6, "cache_read_input_token_cost": 1e-6}

    actual = cost(CLAUDE, usage(1000, 100, read=600), overrides=own)

    assert pytest.approx(400 * 4e-6) == actual.input_usd
    assert pytest.approx(600 * 1e-6) == actual.cache_read_usd
    assert pytest.approx(100 * 14e-6) == actual.output_usd


def test_prices_that_a_workspace_states():
    """A base price in DBU moves the published tiers and cache prices with it."""
    stated = {"input_dbu_cost_per_token": 8e-5, "output_dbu_cost_per_token": 2e-4}

    listed, actual = (cost(CLAUDE, usage(1000, 100, read=600), overrides=own) for own in (None, stated))

    assert pytest.approx(2 * listed.input_usd) == actual.input_usd
    assert pytest.approx(2 * listed.cache_read_usd) == actual.cache_read_usd
    assert pytest.approx(listed.output_usd) == actual.output_usd
    assert pytest.approx(400 * 8e-5 + 100 * 2e-4 + 600 * 2 * 0.28e-6 / 0.07) == actual.dbu


def test_prices_of_ones_own_for_an_unknown_model():
    """Without published prices, one's own are enough."""
    assert pytest.approx(1e-3) == cost(None, usage(1000), overrides=PLAIN).usd
    assert pytest.approx(7e-4) == cost(None, usage(1000), overrides={"input_dbu_cost_per_token": 1e-5}).usd


def test_override_leaves_its_arguments_alone():
    """Merging prices makes a new table, of prices alone."""
    table, own = dict(TIERED, mode="chat"), {"input_cost_per_token": 9e-6, "litellm_provider": "x"}

    merged = override(table, own)

    assert dict(TIERED, mode="chat") == table
    assert {"input_cost_per_token": 9e-6, "litellm_provider": "x"} == own
    assert 9e-6 == pytest.approx(merged["input_cost_per_token"])
    assert all(isinstance(price, float) for price in merged.values())


def test_published_usd_are_exact_at_the_published_rate():
    """At $0.07 a cost is tokens times the USD column: what LiteLLM answers for the same row."""
    actual = cost(MODELS["databricks-claude-fable-5"].prices, usage(1000, 100))

    assert (9.99999e-06 * 1000, 5.000002e-05 * 100) == pytest.approx(
        (actual.input_usd, actual.output_usd), rel=1e-12
    )


priced = st.sampled_from(
    [m for m in MODELS.values() if "input_cost_per_token" in m.row and "output_cost_per_token" in m.row]
)
tokens = st.integers(0, 10**6)


@given(priced, tokens, tokens, tokens, tokens, st.sampled_from([None, "priority"]))
def test_a_cost_is_never_negative_and_always_the_sum_of_its_parts(
    model, prompt, completion, read, created, tier
):
    """Whatever was used, no part is negative, and the parts make the whole."""
    actual = cost(model.prices, usage(prompt, completion, read=read, created=created), service_tier=tier)

    parts = (actual.input_usd, actual.output_usd, actual.cache_read_usd, actual.cache_write_usd)
    assert all(part >= 0 for part in (*parts, actual.dbu))
    assert pytest.approx(sum(parts)) == actual.usd
    assert pytest.approx(actual.usd / 0.07, rel=1e-4) == actual.dbu


@given(
    priced, tokens, tokens, st.integers(0, 10**5), st.integers(0, 10**5), st.sampled_from([None, "priority"])
)
def test_more_tokens_never_cost_less(model, prompt, completion, more_prompt, more_completion, tier):
    """The cost grows with the prompt, across every threshold, and with the completion."""
    less = cost(model.prices, usage(prompt, completion), service_tier=tier)
    more = cost(model.prices, usage(prompt + more_prompt, completion + more_completion), service_tier=tier)

    assert less.usd <= more.usd
    assert less.dbu <= more.dbu * (1 + 1e-4)
