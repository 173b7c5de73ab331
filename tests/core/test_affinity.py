"""Conversations keep their deployment: the digest of a beginning, and the home it leads to."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.core.affinity import EDGE, SHORTEST, home, prefix_of

LONG = "You answer questions about the lake. " * 200
MARK = {"type": "ephemeral", "ttl": "1h"}


def system(content: Any = LONG, role: str = "system") -> dict[str, Any]:
    return {"role": role, "content": content}


def user(content: Any = "How deep is it?") -> dict[str, Any]:
    return {"role": "user", "content": content}


def text(said: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **more}


def assistant(content: Any = "40 metres.") -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def picture(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, "detail": "high"}}


CONVERSATION = [system(), user()]


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([*CONVERSATION, assistant(), user("And cold?")], id="a later turn"),
        pytest.param([*CONVERSATION, assistant(None), {"role": "tool", "content": "7"}], id="a tool's turn"),
        pytest.param([*CONVERSATION, system("Be brief.")], id="a later system message"),
        pytest.param([system([text(LONG)]), user([text("How deep is it?")])], id="texts as parts"),
        pytest.param([system([text(LONG, cache_control=MARK)]), user()], id="a marker"),
        pytest.param([{**system(), "cache_control": MARK}, user()], id="a message's marker"),
        pytest.param([system(role="developer"), user()], id="OpenAI's newer role"),
        pytest.param([system(), assistant("Ask me."), user()], id="a greeting"),
    ],
)
def test_same_conversation(messages: list[Any]) -> None:
    """What changes from turn to turn does not change the digest."""
    assert prefix_of(CONVERSATION) == prefix_of(messages)


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([system(), user("How cold is it?")], id="another question"),
        pytest.param([system(LONG + "Be brief."), user()], id="another system message"),
        pytest.param([system(), system("Be brief."), user()], id="a second system message"),
        pytest.param([system(LONG + "How deep is it?")], id="no question"),
        pytest.param([system(), user([text("How deep"), text(" is it?")])], id="other parts"),
        pytest.param([system(), user([text("How deep is it?"), picture("https://x/1")])], id="a picture"),
    ],
)
def test_other_conversation(messages: list[Any]) -> None:
    """What stays the same is told apart."""
    assert prefix_of(CONVERSATION) != prefix_of(messages)


def test_pictures_are_told_apart() -> None:
    """By where they are, however that is nested."""
    one, other = (prefix_of([system(), user([picture(url)])]) for url in ("https://x/1", "https://x/2"))

    assert one != other


@pytest.mark.parametrize("place", [0, EDGE - 1, -EDGE, -1])
def test_both_ends_of_a_long_text_count(place: int) -> None:
    """A change near either end of a long text is seen."""
    said = list(LONG)
    said[place] = "#"

    assert prefix_of(CONVERSATION) != prefix_of([system("".join(said)), user()])


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        pytest.param([user("x" * (SHORTEST - 1))], False, id="short"),
        pytest.param([user("x" * SHORTEST)], True, id="long enough"),
        pytest.param([user("x"), assistant("y" * SHORTEST)], True, id="long in all"),
        pytest.param([user([text("x" * SHORTEST)])], True, id="long part"),
        pytest.param([user([picture("data:" + "A" * SHORTEST)])], True, id="large picture"),
        pytest.param([user("x"), user([text("y", cache_control=MARK)])], True, id="asks to be cached"),
        pytest.param([{**user("x"), "cache_control": MARK}], True, id="asks to be cached as a message"),
        pytest.param([user([text("y", cache_control=None)])], False, id="asks for nothing"),
        pytest.param([], False, id="empty"),
        pytest.param("x" * SHORTEST, False, id="no messages"),
        pytest.param(None, False, id="nothing"),
        pytest.param([None, 7, user(7), user({"text": None}), {"role": []}, {}], False, id="misshapen"),
    ],
)
def test_worth_caching(messages: Any, expected: bool) -> None:
    """Only where a prompt cache can help is there something to keep together."""
    assert expected == (prefix_of(messages) is not None)


def test_hostile_depth() -> None:
    """A content of a thousand levels costs nothing and breaks nothing."""
    deep: Any = "x" * SHORTEST
    for _ in range(100_000):
        deep = [deep]

    assert prefix_of([user(deep)]) is None


def test_lone_surrogates() -> None:
    """Text that is no Unicode has a digest like any other."""
    assert prefix_of([user("\ud800" * SHORTEST)]) is not None


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "text", "type", "cache_control", "image_url"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@given(st.lists(JSON, max_size=5))
def test_any_json_is_read(messages: list[Any]) -> None:
    """Whatever a client sends is read without fail, unchanged, and alike each time."""
    given_messages = [user("x" * SHORTEST), *messages]
    before = copy.deepcopy(given_messages)
    digest = prefix_of(given_messages)

    assert digest == prefix_of(msgspec.json.decode(msgspec.json.encode(given_messages)))
    assert before == given_messages


IDS = [f"deployment-{number}" for number in range(5)]
PREFIXES = [number.to_bytes(16, "little") for number in range(4000)]


def homes(ids: list[str], weights: list[float]) -> list[str]:
    return [ids[home(prefix, ids, weights)] for prefix in PREFIXES]


def test_homes_are_the_same_everywhere() -> None:
    """No process has a say in it: these were written down once."""
    assert [3, 3, 4, 1, 1, 4, 0, 0] == [
        home(prefix_of([user(str(n) * SHORTEST)]) or b"", IDS, [1.0] * 5) for n in range(8)
    ]


@pytest.mark.parametrize(
    "weights",
    [
        pytest.param([1.0, 1.0, 1.0, 1.0, 1.0], id="equal"),
        pytest.param([1.0, 2.0, 3.0, 4.0, 10.0], id="unequal"),
        pytest.param([0.0, 0.0, 1.0, 9.0, 0.0], id="some without"),
        pytest.param([0.001, 0.001, 0.002, 0.004, 0.002], id="small"),
    ],
)
def test_conversations_follow_the_weights(weights: list[float]) -> None:
    """Each deployment gets its share of the conversations, within three points of a hundred."""
    counts = Counter(homes(IDS, weights))
    total = sum(weights)
    shares = {name: weight / total for name, weight in zip(IDS, weights, strict=True)}

    assert {name: pytest.approx(share, abs=0.03) for name, share in shares.items()} == {
        name: counts[name] / len(PREFIXES) for name in IDS
    }
    assert all(counts[name] == 0 for name, share in shares.items() if not share)


@pytest.mark.parametrize("gone", range(5))
def test_only_the_homeless_move(gone: int) -> None:
    """When one deployment drops out, the conversations of the others stay where they are."""
    weights = [1.0, 2.0, 3.0, 4.0, 5.0]
    before = homes(IDS, weights)
    after = homes([*IDS[:gone], *IDS[gone + 1 :]], [*weights[:gone], *weights[gone + 1 :]])
    moved = {old for old, new in zip(before, after, strict=True) if old != new}

    assert {IDS[gone]} == moved
    assert set(IDS) - {IDS[gone]} == {new for old, new in zip(before, after, strict=True) if old == IDS[gone]}


def test_a_larger_weight_only_attracts() -> None:
    """Whoever gets more weight loses no conversation by it."""
    before, after = homes(IDS, [1.0] * 5), homes(IDS, [1.0, 1.0, 2.0, 1.0, 1.0])
    moved = {new for old, new in zip(before, after, strict=True) if old != new}

    assert {IDS[2]} == moved


@given(st.binary(min_size=16, max_size=16), st.permutations(IDS))
def test_the_order_of_rows_does_not_matter(prefix: bytes, ids: list[str]) -> None:
    """Rows may be moved about in the configuration."""
    weights = {name: float(number + 1) for number, name in enumerate(IDS)}
    expected = IDS[home(prefix, IDS, list(weights.values()))]

    assert expected == ids[home(prefix, ids, [weights[name] for name in ids])]


@pytest.mark.parametrize("weights", [[], [0.0, 0.0]])
def test_no_home(weights: list[float]) -> None:
    """Without a deployment there is no answer to give."""
    with pytest.raises(ValueError, match="positive"):
        home(b"x" * 16, IDS[: len(weights)], weights)
