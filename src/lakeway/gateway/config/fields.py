"""The kinds of values that several sections hold, and the section that all are made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


class Section(BaseModel):
    """Keys that are not declared are kept, to be listed or passed on. One without a value counts as absent,
    which is how LiteLLM treats a reference that leads nowhere."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True, protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _absent(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {key: value for key, value in given.items() if value is not None}


def _listed(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


# Numbers may come as text: they do when they stand in the environment.
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
Some = Annotated[int, Field(gt=0)]
# LiteLLM takes one name where a list is meant.
Names = Annotated[list[str], BeforeValidator(_listed)]
Chains: TypeAlias = list[dict[str, Names]]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
