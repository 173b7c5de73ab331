"""Who and what a series is about, and its text in the exposition format. Values are data of other people."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from lakeway.errors import LakewayError
from lakeway.gateway.caller import Caller
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.metrics.families import Names

# What LiteLLM writes where it has no value: dashboards filter on it.
NONE: Final = "None"
# LiteLLM's word, too, for what a client made up.
OTHER: Final = "other"

_special: Final = re.compile(r'["\\\n]').search
_ESCAPED: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Labels(NamedTuple):
    """All that is known of a series; each family shows some of it."""

    end_user: str = NONE
    hashed_api_key: str = NONE
    api_key_alias: str = NONE
    team: str = NONE
    team_alias: str = NONE
    user: str = NONE
    user_email: str = NONE
    requested_model: str = NONE
    model: str = NONE
    litellm_model_name: str = NONE
    model_group: str = NONE
    fallback_model: str = NONE
    model_id: str = NONE
    api_base: str = NONE
    api_provider: str = NONE
    route: str = NONE
    status_code: str = NONE
    exception_status: str = NONE
    exception_class: str = NONE

    def text(self, names: Names) -> str:
        """`name="value"` pairs, without the braces."""
        return self.texts([names])[names]

    def texts(self, several: Iterable[Names]) -> dict[Names, str]:
        """The text for each of several families' names."""
        named = zip(self._fields, self, strict=True)
        pairs = {name: f'{name}="{escaped(value)}"' for name, value in named}
        return {names: ",".join([pairs[name] for name in names]) for names in several}

    def collapsed(self) -> Labels:
        """One for many: only the status is still told, and of the rest whether there was any."""
        pairs = zip(self._fields, self, strict=True)
        return Labels(*(value if value == NONE or name == "status_code" else OTHER for name, value in pairs))


def escaped(value: str) -> str:
    return value.translate(_ESCAPED) if _special(value) else value


def of_caller(caller: Caller) -> dict[str, str]:
    return {
        "hashed_api_key": caller.key or NONE,
        "api_key_alias": caller.alias or NONE,
        "team": caller.team or NONE,
        "team_alias": caller.team or NONE,
        "user": caller.user or NONE,
    }


def of_deployment(deployment: Deployment) -> dict[str, str]:
    target = deployment.target
    return {
        "model": target.model,
        "litellm_model_name": target.model,
        "model_group": deployment.group,
        "fallback_model": deployment.group,
        "model_id": deployment.id,
        "api_base": deployment.api_base or NONE,
        "api_provider": target.provider,
    }


def of_error(error: LakewayError) -> dict[str, str]:
    """LiteLLM puts the provider before the class, where there is one: `Databricks.RateLimitError`."""
    provider, name = error.llm_provider or "", type(error).__name__
    return {
        "exception_status": str(error.status_code),
        "exception_class": f"{provider[0].upper()}{provider[1:]}.{name}" if provider else name,
    }
