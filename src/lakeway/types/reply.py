"""What every whole reply and every chunk carries beside its wire fields; constructors' ids and times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, SupportsIndex

from lakeway.types.wire import Json, WireObject


class Reply(WireObject):
    """A top-level object. Names with an underscore are kept beside the wire fields and are never dumped."""

    _response_ms: float | None = None
    _response_headers: Mapping[str, str] | None = None

    @cached_property
    def _hidden_params(self) -> Json:
        """Facts of the call: `custom_llm_provider`, `response_cost`, `additional_headers` and more.

        Worked out when first read, from what the call left behind.
        """
        source: Callable[[], Json] | None = self.__dict__.pop("_hidden_source", None)
        return source() if source else {}

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        self._hidden_params  # noqa: B018 - a copy or a pickle holds the facts, not where they come from
        return super().__reduce_ex__(protocol)

    def _note(
        self,
        response_ms: float | None = None,
        hidden_params: Json | None = None,
        response_headers: Mapping[str, str] | None = None,
    ) -> None:
        if response_ms is not None:
            self._response_ms = response_ms
        if hidden_params:
            self._hidden_params = hidden_params
        if response_headers:
            self._response_headers = response_headers


def fresh_id() -> str:
    import uuid

    return f"chatcmpl-{uuid.uuid4()}"


def current_second() -> int:
    import time

    return int(time.time())


def built_list(cls: type[WireObject], values: Any) -> list[Any]:
    """Each of `values` as an object of `cls`; a single value counts as a list of one."""
    return [cls._built(value) for value in (values if isinstance(values, list | tuple) else [values])]
