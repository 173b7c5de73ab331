"""The rows of `keys`, Lakeway's own section: who else than the holder of the master key may come in."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from lakeway.gateway.config.fields import Count, Names, Section, Some


def _lower(given: str) -> str:
    return given.lower()


def _scalar(given: Any) -> Any:
    if not isinstance(given, str | int | float):
        raise PydanticCustomError("scalar", "must be text, a number, or true or false")
    return given


Scalar = Annotated[Any, AfterValidator(_scalar)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$"), AfterValidator(_lower)]


class KeyRow(Section):
    """A key, by the SHA-256 of it in hex or by itself, and what it may do. `rpm_limit` and `tpm_limit` are
    LiteLLM's words for `rpm` and `tpm`."""

    hash: Digest | None = None
    key: Annotated[str, Field(min_length=1)] | None = None
    key_alias: str = ""
    models: Names = Field(default=[])
    rpm: Count | None = None
    rpm_limit: Count | None = None
    tpm: Count | None = None
    tpm_limit: Count | None = None
    max_parallel_requests: Some | None = None
    user_id: str = ""
    team_id: str = ""
    metadata: dict[str, Scalar] = Field(default={})

    @model_validator(mode="after")
    def _one_key(self) -> KeyRow:
        if (self.hash is None) == (self.key is None):
            raise PydanticCustomError("one_key", "needs either 'hash' or 'key'")
        return self
