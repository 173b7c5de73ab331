"""What each key of a configuration does here, looked up in the table: nothing is read, checked or changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from lakeway.calls.keywords import WITHOUT_EFFECT
from lakeway.core.cost import is_price
from lakeway.gateway import key_table as table
from lakeway.gateway.key_table import Key, Status, Table
from lakeway.gateway.known_keys import PARAMETERS
from lakeway.gateway.origins import Origins
from lakeway.gateway.problems import Place, did_you_mean

SECTIONS: Final[Mapping[str, Table]] = {
    "litellm_settings": table.LITELLM,
    "general_settings": table.GENERAL,
    "router_settings": table.ROUTER,
}
LISTS: Final[Mapping[str, Table]] = {
    "model_list": table.MODEL_ROW,
    "keys": table.KEYS,
    "credential_list": table.CREDENTIALS,
}
UNKNOWN: Final = Key("unknown", "Has no effect")
# Lists of names and mappings of which each part has an effect of its own.
PARTS: Final[Mapping[Place, tuple[Table, Key]]] = {
    ("litellm_settings", "callbacks"): (table.CALLBACKS, table.NO_EXPORT),
    ("litellm_settings", "success_callback"): (table.CALLBACKS, table.NO_EXPORT),
    ("litellm_settings", "failure_callback"): (table.CALLBACKS, table.NO_EXPORT),
    ("router_settings", "optional_pre_call_checks"): (
        table.PRE_CALL_CHECKS,
        UNKNOWN,
    ),
    ("router_settings", "routing_strategy_args"): (
        table.STRATEGY_ARGS,
        UNKNOWN,
    ),
}
CLEAN: Final = frozenset({"used", "differs", "harmless"})
SAYS_NOTHING: Final[tuple[Any, ...]] = (None, False, "", [], {})


class Finding(Struct, frozen=True):
    """A key at `path`, what it does, and in sentences what to know and what to do about it. `file` names an
    included file, once the path is one in it."""

    path: Place
    status: Status
    remark: str = ""
    advice: str = ""
    file: str = ""

    @property
    def clean(self) -> bool:
        """Whether nobody would miss anything."""
        return self.status in CLEAN

    @property
    def said(self) -> str:
        """In one line what somebody who starts the gateway should know."""
        before = {"missing": "has no effect: ", "unknown": "unknown, "}.get(self.status, "")
        remark = f"{before}{_lowered(self.remark)}"
        return f"{remark}. {self.advice}" if self.advice else remark


def note(finding: Finding, origins: Origins) -> str:
    """The finding with its place, in one line."""
    return f"{origins.shown(finding.path)}: {finding.said}"


def _lowered(remark: str) -> str:
    return remark if remark[1:2].isupper() else remark[:1].lower() + remark[1:]


def survey(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Every key of a configuration as it was written, in its order."""
    for name, value in raw.items():
        if name in SECTIONS and isinstance(value, Mapping):
            for key, inner in value.items():
                yield from _setting((name, key), inner, SECTIONS[name])
        elif name in LISTS and isinstance(value, list):
            for index, row in enumerate(value):
                yield from _row((name, index), row, LISTS[name])
        elif name == "environment_variables" and isinstance(value, Mapping):
            yield from (Finding((name, key), "used") for key in value)
        elif value is not None:
            yield _looked_up((name,), value, table.TOP)


def _setting(path: Place, value: Any, known: Table) -> Iterator[Finding]:
    parts, otherwise = PARTS.get(path, (None, None))
    if parts is None or otherwise is None or not value:
        yield _looked_up(path, value, known)
        return
    yield Finding(path, "used")
    for name in _names(value):
        found = parts.get(name, otherwise)
        if found is not table.USED:
            near = did_you_mean(name, parts)
            yield Finding((*path, name), found.status, found.remark, near or found.advice)


def _names(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(name) for name in value] if isinstance(value, list | Mapping) else []


def _row(path: Place, row: Any, known: Table) -> Iterator[Finding]:
    if not isinstance(row, Mapping):
        return
    for key, value in row.items():
        inner = _INNER.get(key) if path[0] == "model_list" else None
        if inner is None or not isinstance(value, Mapping):
            yield _looked_up((*path, key), value, known)
        else:
            yield from (inner((*path, key, name), each) for name, each in value.items())


def _parameter(path: Place, value: Any) -> Finding:
    name = str(path[-1])
    if name in table.ROW:
        return _looked_up(path, value, table.ROW)
    if name in WITHOUT_EFFECT:
        return Finding(path, "harmless", table.NO_TUNING.remark)
    if is_price(name) or name in table.DEFAULTS or name in PARAMETERS:
        return Finding(path, "used")
    near = did_you_mean(name, PARAMETERS)
    if near:
        return Finding(path, "unknown", "Goes to the model as it is", near)
    return Finding(path, "used", "Goes to the model as it is")


def _fact(path: Place, value: Any) -> Finding:
    """`model_info` takes what its owner likes, and prices."""
    name = str(path[-1])
    if name in table.MODEL_INFO:
        return _looked_up(path, value, table.MODEL_INFO)
    if is_price(name):
        return Finding(path, "used")
    return Finding(path, "harmless", "Is shown by /model/info")


_INNER = {"litellm_params": _parameter, "model_info": _fact}


def _looked_up(path: Place, value: Any, known: Table) -> Finding:
    name = str(path[-1])
    found = known.get(name)
    if found is None:
        return Finding(path, UNKNOWN.status, UNKNOWN.remark, did_you_mean(name, known))
    if found.status == "missing" and value in SAYS_NOTHING:
        return Finding(path, "harmless", "Is switched off")
    return Finding(path, found.status, found.remark, found.advice)
