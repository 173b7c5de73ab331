"""What a program sets once on the package, as with LiteLLM: `lakeway.drop_params = True`.

`lakeway/__init__.py` holds the names as plain module attributes; a call reads them when it is made.
"""

from __future__ import annotations

import sys
from typing import Any, ClassVar, Final

from lakeway.core.masked import Masked

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


def current() -> Settings:
    """The settings as the package's attributes are now."""
    namespace = vars(sys.modules[PACKAGE])
    return Settings(**{name: namespace[name] for name in Settings.__struct_fields__ if name in namespace})


def current_verification() -> Any:
    """`lakeway.ssl_verify` as it is now: whom to trust when a call does not say."""
    return vars(sys.modules[PACKAGE]).get("ssl_verify", True)
