"""What a program sets once on the package, as with LiteLLM: `lakeway.drop_params = True`.

`lakeway/__init__.py` holds the names as plain module attributes; a call reads them when it is made.
"""

from __future__ import annotations

import sys
from operator import itemgetter
from typing import Any, ClassVar, Final

from lakeway.core.masked import Masked
from lakeway.errors import BadRequestError

PACKAGE: Final = __name__.rpartition(".")[0]


class Settings(Masked, frozen=True, kw_only=True):
    """Defaults for every call. Times are in seconds, `dbu_usd` is the price of one DBU in USD."""

    api_key: str | None = None
    databricks_key: str | None = None
    api_base: str | None = None
    drop_params: bool = False
    num_retries: int | None = None
    request_timeout: float | None = None
    headers: Any = None
    user_agent: str | None = None
    ssl_verify: Any = True
    dbu_usd: float = 0.07
    _secrets: ClassVar[frozenset[str]] = frozenset({"api_key", "databricks_key", "headers"})


TEXTS: Final = ("api_key", "databricks_key", "api_base", "user_agent")
_values = itemgetter(*Settings.__struct_fields__)
_last: tuple[tuple[Any, ...], Settings] | None = None


def current() -> Settings:
    """The settings as the package's attributes are now; the same object as long as they stay the same.

    Raises BadRequestError for a text that is none; what the others must be is known where they are used.
    """
    global _last  # replaced whole, so that threads see the old or the new one
    values = _values(vars(sys.modules[PACKAGE]))
    last = _last
    if last is not None and last[0] == values:
        return last[1]
    settings = Settings(**dict(zip(Settings.__struct_fields__, values, strict=True)))
    for name in TEXTS:
        if not isinstance(getattr(settings, name), str | None):
            raise BadRequestError(f"lakeway.{name} must be a text.", param=name)
    _last = (values, settings)
    return settings


def current_verification() -> Any:
    """`lakeway.ssl_verify` as it is now: whom to trust when a call does not say."""
    return vars(sys.modules[PACKAGE])["ssl_verify"]
