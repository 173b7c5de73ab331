"""All rows of `model_list` as deployments, each completed by what other sections say of every row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from lakeway.core.steps import Credential
from lakeway.errors import LakewayError, UnknownProviderError
from lakeway.gateway.config.rows import LiteLLMParams, ModelRow
from lakeway.gateway.config.sections import Config
from lakeway.gateway.config.values import Loaded
from lakeway.gateway.deployments import Deployment, deploy
from lakeway.gateway.problems import Place, Problem, did_you_mean
from lakeway.settings import Settings


class Rows(Struct, frozen=True):
    """`names` are those of the rows that are served, `left_out` and `indices` names and places of the others,
    which are of other providers."""

    deployments: tuple[Deployment, ...]
    names: frozenset[str]
    left_out: frozenset[str]
    indices: frozenset[int]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def deploy_all(loaded: Loaded, settings: Settings, host_of: Callable[[Credential], str]) -> Rows:
    """The deployments of every row that can be read. `host_of` is asked for workspaces that nothing names."""
    config = loaded.config
    deployments: list[Deployment] = []
    problems: list[Problem] = []
    elsewhere: dict[int, str] = {}
    notes: list[str] = []
    for index, row, identity in zip(loaded.indices, config.model_list, loaded.identities, strict=True):
        path = ("model_list", index)
        credential, unknown = _credential(row, config, path)
        problems += unknown
        if unknown:
            continue
        whole = _completed(row, credential, config)
        try:
            deployments.append(deploy(whole, identity, settings, loaded.environ, host_of))
        except LakewayError as error:
            model = row.litellm_params.model
            if isinstance(error, UnknownProviderError) and _is_elsewhere(model):
                elsewhere[index] = row.model_name
                notes.append(f"{loaded.origins.shown(path)}: left out, {model!r} is not a Databricks model")
            else:
                problems.append(_problem(error, row, path, loaded))
    names = {
        row.model_name for i, row in zip(loaded.indices, config.model_list, strict=True) if i not in elsewhere
    }
    return Rows(
        tuple(deployments),
        frozenset(names),
        frozenset(elsewhere.values()),
        frozenset(elsewhere),
        (*problems, *_none_at_all(loaded, bool(names))),
        tuple(notes),
    )


def _credential(row: ModelRow, config: Config, path: Place) -> tuple[Mapping[str, Any], list[Problem]]:
    name = row.litellm_params.litellm_credential_name
    if name is None:
        return {}, []
    for each in config.credential_list:
        if each.credential_name == name:
            return each.credential_values.model_dump(exclude_unset=True), []
    known = [each.credential_name for each in config.credential_list]
    place = (*path, "litellm_params", "litellm_credential_name")
    return {}, [Problem(place, f"there is no credential {name!r}", did_you_mean(name, known))]


def _completed(row: ModelRow, credential: Mapping[str, Any], config: Config) -> ModelRow:
    """The row with what it leaves open: its own parameters win over all others."""
    router = config.router_settings
    everywhere = {
        "stream_timeout": router.stream_timeout,
        "max_parallel_requests": router.default_max_parallel_requests,
    }
    given = {
        **{name: value for name, value in everywhere.items() if value is not None},
        **router.default_litellm_params.model_dump(exclude_unset=True),
        **credential,
        **row.litellm_params.model_dump(exclude_unset=True),
    }
    return row.model_copy(update={"litellm_params": LiteLLMParams.model_validate(given)})


def _problem(error: LakewayError, row: ModelRow, path: Place, loaded: Loaded) -> Problem:
    if isinstance(error, UnknownProviderError):
        return Problem((*path, "litellm_params", "model"), f"{row.litellm_params.model!r}: {_hint(error)}")
    names = [unset.name for unset in loaded.unset if unset.path[:2] == path]
    advice = f"Not set: {', '.join(names)}." if names and "not set" in error.message else ""
    return Problem((*path, "litellm_params"), error.message.rstrip("."), advice)


def _is_elsewhere(model: str) -> bool:
    """Whether the name is of another provider, rather than a slip of the pen."""
    provider, slash, _ = model.partition("/")
    return bool(slash) and not did_you_mean(provider.lower(), ["databricks"])


def _hint(error: LakewayError) -> str:
    """The last line, which is about this very name; the first one is LiteLLM's general text."""
    return error.message.splitlines()[-1].rstrip(".")


def _none_at_all(loaded: Loaded, any_served: bool) -> list[Problem]:
    if any_served or any(problem.path[:1] == ("model_list",) for problem in loaded.problems):
        return []
    if not loaded.config.model_list:
        return [Problem((), "there is no model", "List one under 'model_list:', or pass --model.")]
    return [Problem(("model_list",), "no row is a Databricks model")]
