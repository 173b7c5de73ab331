"""Structs that hold a secret and do not show it: not in a repr, so not in a log or a traceback either."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct

MASK = "***"


class Masked(Struct, frozen=True):
    """Shows `***` for each of `_secrets` that holds anything. Equality and copies know the true values."""

    _secrets: ClassVar[frozenset[str]] = frozenset()

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({fields})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        fields = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return [(name, MASK if value and name in self._secrets else value) for name, value in fields]
