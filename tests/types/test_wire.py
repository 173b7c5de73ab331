"""Wire objects: one storage, read as items and as attributes, hydrated where read, plain when dumped."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from typing import Any

import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from lakeway.types.reply import Reply
from lakeway.types.wire import WireObject


class Leaf(WireObject):
    text: str | None = None
    note: str


class Branch(WireObject, nested={"leaf": Leaf, "leaves": Leaf}):
    leaf: Leaf
    leaves: list[Leaf]
    size: int = 1


class Tree(Reply, nested={"branches": Branch}):
    kind: str = "oak"
    branches: list[Branch]
    items: list[int]  # type: ignore[assignment]

    def __init__(self, name: str | None = None, **fields: Any) -> None:
        super().__init__(name=name, **fields)


def tree() -> Any:
    return Tree.from_wire({"branches": [{"leaf": {"text": "a"}, "leaves": [{"note": "n"}, {}]}], "extra": 7})


PLAIN: dict[str, Any] = {"branches": [{"leaf": {"text": "a"}, "leaves": [{"note": "n"}, {}]}], "extra": 7}
DUMPED = {
    "kind": "oak",
    "branches": [{"size": 1, "leaf": {"text": "a"}, "leaves": [{"text": None, "note": "n"}, {"text": None}]}],
    "extra": 7,
}


def test_both_ways_of_access() -> None:
    """Items and attributes are the same objects, known or not."""
    r = tree()

    assert r.branches[0].leaf is r["branches"][0]["leaf"]
    assert (r.branches[0].leaf.text, r.extra, r.get("extra"), r.get("none", 1)) == ("a", 7, 7, 1)
    assert isinstance(r.branches[0].leaves[1], Leaf)


def test_absent_fields() -> None:
    """A declared field reads as its default or None; a missing item is a KeyError."""
    r: Any = Tree.from_wire({})

    assert (r.kind, r.branches, list(r)) == ("oak", None, [])
    with pytest.raises(KeyError):
        r["kind"]


@pytest.mark.parametrize("name", ["nothing", "_private", "__setstate__", "_repr_html_"])
def test_unknown_attributes(name: str) -> None:
    """What neither came nor is declared is an AttributeError, so that probing works."""
    assert not hasattr(tree(), name)


def test_wire_fields_never_shadow_methods() -> None:
    """A wire field with a method's name is reached as an item."""
    r: Any = Tree.from_wire({"items": [1], "copy": 2, "model_dump": 3})

    assert (r["items"], r["copy"], r["model_dump"]) == ([1], 2, 3)
    assert list(r.items()) == [("items", [1]), ("copy", 2), ("model_dump", 3)]
    assert r.copy() == r.model_dump(exclude_unset=True)


def test_the_wire_stays_as_it_was() -> None:
    """Reading and changing an object does not touch the dict it was made over."""
    wire = copy.deepcopy(PLAIN)
    r = Tree.from_wire(wire)

    r.branches[0].leaf.text = "b"
    r.extra = 8

    assert wire == PLAIN
    assert type(wire["branches"][0]) is dict


def test_changes_hold() -> None:
    """What is set through attributes is in items, dumps and JSON."""
    r = tree()

    r.branches[0].leaf.text = "b"
    r.branches.append({"leaf": {"text": "c"}})
    r.new = 1
    del r.extra

    assert json.loads(json.dumps(r)) == {
        "branches": [{"leaf": {"text": "b"}, "leaves": [{"note": "n"}, {}]}, {"leaf": {"text": "c"}}],
        "new": 1,
    }
    assert r.branches[1].leaf.text == "c"


def test_deleting_what_is_absent() -> None:
    """Deleting an absent field is an AttributeError."""
    with pytest.raises(AttributeError):
        del tree().nothing


READS: dict[str, Any] = {
    "attribute": lambda r: r.branches[0],
    "item": lambda r: r["branches"][0],
    "get": lambda r: r.get("branches")[0],
    "setdefault": lambda r: r.setdefault("branches", [])[0],
    "values": lambda r: next(iter(r.values()))[0],
    "items": lambda r: dict(r.items())["branches"][0],
    "pop": lambda r: r.pop("branches")[0],
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_every_read_hydrates(read: Any) -> None:
    """Whichever way a nested object is reached first, it has its class."""
    assert type(read(tree())) is Branch


def test_nothing_is_hydrated_before_it_is_read() -> None:
    """What nobody reads stays as it was decoded."""
    wire = copy.deepcopy(PLAIN)
    r = Tree.from_wire(wire)
    assert r.kind == "oak"

    assert dict(r)["branches"] is wire["branches"]


def test_pop_of_absent() -> None:
    """`pop` behaves as dict's does."""
    assert tree().pop("nothing", 1) == 1
    with pytest.raises(KeyError):
        tree().pop("nothing")


def test_always_true() -> None:
    """An object without fields is still an object."""
    assert Leaf()


COPIES: dict[str, Any] = {
    "pickle": lambda r: pickle.loads(pickle.dumps(r)),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "copy": lambda r: r.copy(),
    "model_copy": lambda r: r.model_copy(),
    "model_copy deep": lambda r: r.model_copy(deep=True),
}


@pytest.mark.parametrize("read_first", [False, True])
@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_copies(duplicate: Any, read_first: bool) -> None:
    """Copies have class, fields and the private facts, whether or not they were read before."""
    r = tree()
    r._hidden_params["cost"] = 0.1
    r._response_ms = 5.0
    if read_first:
        assert r.branches[0].leaf.text == "a"

    copied = duplicate(r)

    assert type(copied) is Tree
    assert copied is not r
    assert copied == r == PLAIN
    assert (copied._hidden_params, copied._response_ms) == ({"cost": 0.1}, 5.0)


def test_deep_copy_is_apart() -> None:
    """A deep copy shares nothing; a copy with `update` has the new fields."""
    r = tree()

    r.model_copy(deep=True).branches[0].leaf.text = "b"

    assert r.branches[0].leaf.text == "a"
    assert r.model_copy(update={"extra": 8}).extra == 8
    assert r.extra == 7


def test_private_facts_are_no_fields() -> None:
    """Names with an underscore are kept apart from the wire."""
    r = tree()
    r._hidden_params = {"a": 1}
    r._mine = 2

    assert (r._hidden_params, r._mine, r._response_ms, tree()._hidden_params) == ({"a": 1}, 2, None, {})
    assert r == PLAIN


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, DUMPED),
        ({"exclude_unset": True}, PLAIN),
        ({"exclude_none": True}, {**PLAIN, "kind": "oak", "branches": [{"size": 1, **PLAIN["branches"][0]}]}),
        ({"include": {"extra"}}, {"extra": 7}),
        ({"exclude": {"branches", "kind"}}, {"extra": 7}),
        (
            {
                "include": {"branches": {"__all__": {"leaf": {"text"}, "leaves": ...}}},
                "exclude": {"branches": {"__all__": {"leaves": True}}},
            },
            {"branches": [{"leaf": {"text": "a"}}]},
        ),
        (
            {"mode": "json", "by_alias": True, "warnings": False, "exclude": {"branches"}},
            {"kind": "oak", "extra": 7},
        ),
    ],
)
def test_dump(options: dict[str, Any], expected: dict[str, Any]) -> None:
    """Dumps are plain and deep, with pydantic's choices of what to leave out."""
    dumped = tree().model_dump(**options)

    assert dumped == expected
    assert "WireObject" not in {base.__name__ for base in _classes(dumped)}


def _classes(value: Any) -> set[type]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set(type(value).__mro__).union(*map(_classes, inner))


def test_names_of_dumps() -> None:
    """`json()` answers a dict, as LiteLLM's does; the text comes from `model_dump_json` and `to_json`."""
    r = tree()

    assert r.json() == r.dict() == r.to_dict() == r.model_dump() == DUMPED
    assert json.loads(r.model_dump_json()) == json.loads(r.to_json(indent=2)) == DUMPED
    assert r.to_json(indent=2, include={"extra"}) == '{\n  "extra": 7\n}'


ENCODERS: dict[str, Any] = {
    "json": json.dumps,
    "msgspec": msgspec.json.encode,
    "pydantic": pydantic.TypeAdapter(Any).dump_json,
}


@pytest.mark.parametrize("read_first", [False, True])
@pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS)
def test_json_encoders(encode: Any, read_first: bool) -> None:
    """Every encoder writes the fields that came, whether or not they were read before."""
    r = tree()
    if read_first:
        assert r.branches[0].leaves[0].note == "n"

    assert json.loads(encode(r)) == PLAIN


def test_repr() -> None:
    """The repr has class names, declared fields first, and the defaults of the absent ones."""
    shown = (
        "Tree(kind='oak', branches=[Branch(leaf=Leaf(text='a'), "
        "leaves=[Leaf(text=None, note='n'), Leaf(text=None)], size=1)], extra=7)"
    )

    assert repr(tree()) == shown
    assert pretty_repr(tree(), max_width=200) == shown


def test_dir() -> None:
    """Completion offers methods, declared fields and the fields that came."""
    assert {"model_dump", "kind", "branches", "extra"} <= set(dir(tree()))


def test_declared_names() -> None:
    """`model_fields` has the declared names, those of the base class too."""
    assert list(Branch.model_fields) == ["leaf", "leaves", "size"]


def test_from_pairs() -> None:
    """`dataclasses.asdict` rebuilds dicts of any class from pairs; ours take part."""

    @dataclasses.dataclass
    class Run:
        answer: Tree

    assert dataclasses.asdict(Run(tree()))["answer"] == PLAIN
    assert Tree(PLAIN) == PLAIN  # type: ignore[arg-type]
    assert Leaf(iter([("text", "a")])) == {"text": "a"}


class Holder(pydantic.BaseModel):
    answer: Tree
    more: list[Leaf] = []


def test_pydantic_field() -> None:
    """A pydantic model takes an instance as it is, or a mapping, and dumps it plain."""
    r = tree()

    assert Holder(answer=r).answer is r
    assert Holder.model_validate({"answer": PLAIN, "more": [{"text": "a"}]}).more[0].text == "a"
    assert Holder(answer=r).model_dump() == {"answer": DUMPED, "more": []}
    assert json.loads(Holder(answer=r).model_dump_json()) == {"answer": DUMPED, "more": []}
    assert Holder.model_json_schema()["properties"]["answer"]["type"] == "object"
    with pytest.raises(pydantic.ValidationError, match="Tree needs a mapping"):
        Holder(answer=3)  # type: ignore[arg-type]


def test_validation() -> None:
    """`model_validate` and its relatives take mappings, JSON text and other libraries' models."""

    class Other(pydantic.BaseModel):
        text: str

    r = tree()
    assert Tree.model_validate(r) is Tree.parse_obj(r) is r
    assert Tree.model_validate_json(json.dumps(PLAIN)) == PLAIN
    assert Leaf.model_validate(Other(text="a")) == Leaf.model_construct(text="a") == {"text": "a"}
    with pytest.raises(ValueError, match="not list"):
        Leaf.model_validate_json("[]")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from(["branches", "leaf", "leaves", "kind", "size", "text"]) | st.text()


@given(st.dictionaries(NAMES, JSON, max_size=4))
def test_any_json_survives(wire: dict[str, Any]) -> None:
    """Whatever came is dumped, copied and compared as it came, also where its shape is not as declared."""
    r = Tree.from_wire(copy.deepcopy(wire))
    unread = copy.deepcopy(r)

    assert r.model_dump(exclude_unset=True) == wire
    assert r == unread == wire
    assert pickle.loads(pickle.dumps(r)) == wire
    assert json.loads(json.dumps(r)) == wire


class Sub(Branch):
    text: str = "t"


def test_subclass_fields() -> None:
    """A subclass keeps the fields, defaults and classes of its base."""
    assert repr(Sub.from_wire({"leaf": {}})) == "Sub(leaf=Leaf(text=None), size=1, text='t')"
