"""The check of the whole against its sections: what fits becomes values, what does not becomes mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from pydantic import ValidationError

from lakeway.gateway.config.sections import Config
from lakeway.gateway.problems import ConfigError, Place, Problem, did_you_mean

ROWS = ("model_list", "keys", "credential_list")

_MESSAGES = {
    "string_type": "must be text",
    "string_pattern_mismatch": "has not the form that is wanted",
    "string_too_short": "is empty",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "literal_error": "must be {expected}",
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "invalid_key": "keys must be text",
}
# Text of a form of its own, by the name of its key.
_FORMS = {
    "hash": "must be a SHA-256 in hex, 64 digits",
    "litellm_key_header_name": "must be the name of a header",
    "user_header_name": "must be the name of a header",
}


class Checked(Struct, frozen=True):
    """`indices` are the places of the rows of `config.model_list` among all that were given."""

    config: Config
    indices: tuple[int, ...]
    problems: tuple[Problem, ...]


def check(resolved: Mapping[str, Any]) -> Checked:
    """The sections as far as they can be read: a row with a mistake is left out whole, and of other sections
    the key with the mistake."""
    try:
        config = Config.model_validate(resolved)
    except ValidationError as errors:
        found = errors.errors()
    else:
        return Checked(config, tuple(range(len(config.model_list))), ())
    problems = _problems(found, resolved)
    left_out = {_part(tuple(error["loc"])) for error in found}
    try:
        config = Config.model_validate(_without(resolved, left_out))
    except ValidationError:
        raise ConfigError(problems) from None
    count = len(config.model_list) + sum(len(part) == 2 and part[0] == "model_list" for part in left_out)
    indices = (index for index in range(count) if ("model_list", index) not in left_out)
    return Checked(config, tuple(indices), problems)


def _part(path: Place) -> Place:
    """What has to go for the rest to be read."""
    return path[:2]


def _without(resolved: Mapping[str, Any], parts: Iterable[Place]) -> dict[str, Any]:
    kept: dict[Any, Any] = dict(resolved)
    for section in {part[0] for part in parts}:
        inner = {part[1] for part in parts if part[0] == section and len(part) == 2}
        value = kept.pop(section)
        if (section,) in parts:
            continue
        if isinstance(value, list):
            kept[section] = [row for index, row in enumerate(value) if index not in inner]
        elif isinstance(value, Mapping):
            kept[section] = {key: each for key, each in value.items() if key not in inner}
    return kept


def _problems(errors: Iterable[Any], resolved: Mapping[str, Any]) -> tuple[Problem, ...]:
    """One for each place: a value that may be of several kinds is refused once for each."""
    by_path: dict[Place, Problem] = {}
    for error in errors:
        problem = _problem(error, resolved)
        by_path.setdefault((*problem.path, problem.message if error["type"] == "missing" else ""), problem)
    return tuple(by_path.values())


def _problem(error: Any, resolved: Mapping[str, Any]) -> Problem:
    path, kind, context = _real(tuple(error["loc"]), resolved), error["type"], error.get("ctx", {})
    if kind == "missing":
        parent = _at(resolved, path[:-1])
        return Problem(path[:-1], f"'{path[-1]}' is missing", _misspelt(str(path[-1]), parent))
    if kind == "string_pattern_mismatch" and path[-1] in _FORMS:
        return Problem(path, _FORMS[str(path[-1])])
    message = _MESSAGES.get(kind)
    text = message.format(**context) if message else error["msg"].removeprefix("Input ")
    return Problem(path, text, context.get("advice", "") or _quotes(kind, _at(resolved, path)))


def _real(path: Place, resolved: Mapping[str, Any]) -> Place:
    """The path without what pydantic adds for the kinds that a value might have been of."""
    while len(path) > 1 and path[-1] in ("bool", "int", "float", "str") and _at(resolved, path) is None:
        path = path[:-1]
    return path[:-1] if path[-1:] == ("[key]",) else path


def _quotes(kind: str, value: Any) -> str:
    return "Put it in quotes." if kind == "string_type" and isinstance(value, int | float) else ""


def _misspelt(wanted: str, parent: Any) -> str:
    if not isinstance(parent, Mapping):
        return ""
    near = next((str(key) for key in parent if did_you_mean(str(key), [wanted])), None)
    return f"Did you mean it by '{near}'?" if near else ""


def _at(value: Any, path: Place) -> Any:
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
