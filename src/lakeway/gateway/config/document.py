"""The text of a configuration as plain data: YAML, without tags that make objects and without double keys."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import yaml

from lakeway.gateway.problems import ConfigError, Problem

LOST_INDENTATION = "The indentation seems to be lost: 'litellm_params:' belongs under its '- model_name:'."
MOST_VALUES = 500_000


class _Loader(yaml.SafeLoader):
    """YAML lets a second key hide the first, which is how half of a pasted configuration gets lost. Here it
    is a mistake; what stands under both is still read, so that its own mistakes are found."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.doubled: dict[tuple[str, int], Problem] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        first: dict[str, int] = {}
        pairs: list[tuple[yaml.Node, yaml.Node]] = []
        for key_node, value_node in node.value:
            key = key_node.value
            if isinstance(key, str) and key != "<<" and key in first:
                at = first[key]
                self._double(key, pairs[at][0].start_mark.line + 1, key_node.start_mark.line + 1)
                pairs[at] = (pairs[at][0], _joined(pairs[at][1], value_node))
                continue
            if isinstance(key, str):
                first[key] = len(pairs)
            pairs.append((key_node, value_node))
        node.value = pairs
        return super().construct_mapping(node, deep)

    def _double(self, key: str, first: int, second: int) -> None:
        where = "twice in" if first == second else f"twice, in line {first} and in"
        advice = "Put all rows under the first one." if key == "model_list" else "Keep one of them."
        message = f"{key!r} is written {where} line {second}"
        self.doubled.setdefault((key, second), Problem((), message, advice))


def _joined(first: yaml.Node, second: yaml.Node) -> yaml.Node:
    for kind in (yaml.SequenceNode, yaml.MappingNode):
        if isinstance(first, kind) and isinstance(second, kind):
            joined: yaml.Node = kind(first.tag, [*first.value, *second.value], first.start_mark)
            return joined
    return second


def read(text: str) -> tuple[Mapping[str, Any], tuple[Problem, ...]]:
    """The mapping that `text` holds, empty for an empty text, and the keys that are written twice.

    Raises ConfigError saying where it breaks.
    """
    loader = None
    try:
        loader = _Loader(text)
        value = loader.get_single_data()
        _check_size(value)
    except yaml.YAMLError as error:
        raise ConfigError([Problem((), _place(error), _advice(text))]) from error
    except RecursionError:
        raise ConfigError([Problem((), "is nested too deeply, or in itself")]) from None
    finally:
        if loader is not None:
            loader.dispose()
    if value is None:
        return {}, ()
    if not isinstance(value, Mapping):
        raise ConfigError([Problem((), "the file holds no mapping", "It begins with 'model_list:'.")])
    return value, tuple(loader.doubled.values())


def _check_size(value: Any) -> None:
    """An anchor may hold itself, or so many copies that nobody who walks the data would come to an end."""
    waiting, met = [value], 0
    while waiting:
        value = waiting.pop()
        met += 1
        if met > MOST_VALUES:
            raise RecursionError
        if isinstance(value, Mapping | list):
            waiting += value.values() if isinstance(value, Mapping) else value


def _place(error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return f"not valid YAML: {error}"
    mark = error.problem_mark
    return f"not valid YAML in line {mark.line + 1}, column {mark.column + 1}: {error.problem}"


def _advice(text: str) -> str:
    lines = text.splitlines()
    flat = any(line.startswith(("litellm_params:", "model:", "- litellm_params:")) for line in lines)
    if flat:
        return LOST_INDENTATION
    return "YAML is indented with spaces, not with tabs." if any("\t" in line for line in lines) else ""
