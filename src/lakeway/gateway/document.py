"""The text of a configuration as plain data: YAML, without tags that make objects and without double keys."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import yaml

from lakeway.gateway.problems import ConfigError, Problem

LOST_INDENTATION = "The indentation seems to be lost: 'litellm_params:' belongs under its '- model_name:'."


class _Loader(yaml.SafeLoader):
    """YAML lets a second key hide the first, which is how half of a pasted configuration gets lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        lines: dict[Any, int] = {}
        for key_node, _ in node.value:
            key, line = key_node.value, key_node.start_mark.line + 1
            if isinstance(key, str) and key != "<<" and lines.setdefault(key, line) != line:
                raise _Doubled(key, lines[key], line)
        return super().construct_mapping(node, deep)


class _Doubled(Exception):
    def __init__(self, key: str, first: int, second: int) -> None:
        super().__init__(f"{key!r} is written twice, in line {first} and in line {second}")
        self.key = key


def read(text: str) -> Mapping[str, Any]:
    """The mapping that `text` holds; empty for an empty text. Raises ConfigError saying where it breaks."""
    try:
        value = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except _Doubled as doubled:
        advice = "Put all rows under the first one." if doubled.key == "model_list" else "Keep one of them."
        raise ConfigError([Problem((), str(doubled), advice)]) from None
    except yaml.YAMLError as error:
        raise ConfigError([Problem((), _place(error), _advice(text))]) from error
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigError([Problem((), "the file holds no mapping", "It begins with 'model_list:'.")])
    return value


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
