"""LiteLLM's `config.yaml` as frozen values: checked as a whole, references resolved, once, at the start.

A key that has no effect here is tolerated and listed. A mistake is not: all of them are reported together,
each with its path. Which deployments the rows make is for `deployments` to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lakeway.gateway import document, known_keys
from lakeway.gateway.problems import ConfigError, Place, Problem, did_you_mean, shown
from lakeway.gateway.references import PREFIX, Unset, resolve

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0)]
Chains = list[dict[str, list[str]]]

LARGEST_BODY_MB = 32.0


class Section(BaseModel):
    """Keys that are not declared are kept, to be listed or passed on."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True, protected_namespaces=())


class LiteLLMParams(Section):
    """Those of a row's parameters whose form matters here; the others go to the model as they are."""

    model: str
    api_base: str | None = None
    base_url: str | None = None
    api_key: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    profile: str | None = None
    databricks_profile: str | None = None
    custom_llm_provider: str | None = None
    timeout: Positive | None = None
    stream_timeout: Positive | None = None
    request_timeout: Positive | None = None
    num_retries: Count | None = None
    max_retries: Count | None = None
    weight: Amount | None = None
    rpm: Amount | None = None
    tpm: Amount | None = None
    order: int | None = None
    drop_params: bool | None = None
    additional_drop_params: list[str] | None = None
    allowed_openai_params: list[str] | None = None
    headers: dict[str, str] | None = None
    extra_headers: dict[str, str] | None = None
    extra_body: dict[str, Any] | None = None
    usage_context: dict[str, str] | None = None
    cache_control_injection_points: list[dict[str, Any]] | None = None
    input_cost_per_token: Amount | None = None
    output_cost_per_token: Amount | None = None
    max_tokens: Annotated[int, Field(gt=0)] | None = None
    max_completion_tokens: Annotated[int, Field(gt=0)] | None = None
    temperature: Amount | None = None
    top_p: Amount | None = None
    instruction: str | None = None


class ModelInfo(Section):
    id: str | None = None


class ModelRow(Section):
    model_name: str
    litellm_params: LiteLLMParams
    model_info: ModelInfo = ModelInfo()


class LiteLLMSettings(Section):
    """`dbu_usd`, the price of a DBU in USD, is Lakeway's own."""

    drop_params: bool = False
    num_retries: Count | None = None
    request_timeout: Positive | None = None
    fallbacks: Chains | None = None
    context_window_fallbacks: Chains | None = None
    default_fallbacks: list[str] | None = None
    ssl_verify: bool | str = True
    dbu_usd: Positive = 0.07


class GeneralSettings(Section):
    master_key: str | None = None
    max_request_size_mb: Positive = LARGEST_BODY_MB


class RouterSettings(Section):
    num_retries: Count | None = None
    timeout: Positive | None = None
    fallbacks: Chains | None = None
    context_window_fallbacks: Chains | None = None
    default_fallbacks: list[str] | None = None
    model_group_alias: dict[str, str | dict[str, Any]] = {}
    routing_strategy: str | None = None


class Config(Section):
    model_list: list[ModelRow] = []
    litellm_settings: LiteLLMSettings = LiteLLMSettings()
    general_settings: GeneralSettings = GeneralSettings()
    router_settings: RouterSettings = RouterSettings()
    environment_variables: dict[str, Any] = {}


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration with what it was resolved against.

    `identities` holds a stable id per row; `unset` the references that led nowhere; `notes` whatever the
    person who starts the gateway should know.
    """

    config: Config
    environ: Mapping[str, str]
    identities: tuple[str, ...]
    unset: tuple[Unset, ...] = ()
    notes: tuple[str, ...] = ()


def load(text: str, environ: Mapping[str, str]) -> Loaded:
    """The configuration that `text` holds. Raises ConfigError with every mistake that shows without a
    look at the models themselves."""
    raw = document.read(text)
    environ = {**environ, **_own_variables(raw, environ)}
    resolved, unset = resolve(raw, environ)
    resolved = {key: value for key, value in resolved.items() if value is not None}
    problems = [_open_door(reference) for reference in unset if "master_key" in reference.path]
    try:
        config = Config.model_validate(resolved)
    except ValidationError as errors:
        problems += [_problem(error, resolved) for error in errors.errors()]
        raise ConfigError(problems) from None
    if config.general_settings.master_key == "":
        problems.append(Problem(("general_settings", "master_key"), "is empty"))
    if problems:
        raise ConfigError(problems)
    return Loaded(
        config=config,
        environ=environ,
        identities=tuple(_identities(raw.get("model_list") or (), config)),
        unset=tuple(unset),
        notes=(*(_unset_note(reference) for reference in unset), *_without_effect(config)),
    )


def load_file(path: str | PathLike[str], environ: Mapping[str, str]) -> Loaded:
    """The configuration in a file. Raises OSError when it cannot be read."""
    try:
        text = Path(path).read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError([Problem((), "is not text in UTF-8")]) from error
    return load(text, environ)


def of_models(models: tuple[str, ...], environ: Mapping[str, str]) -> Loaded:
    """What `--model databricks/x` stands for: a row per model, under the name that it was given by."""
    rows = [{"model_name": model, "litellm_params": {"model": model}} for model in models]
    return load(msgspec.json.encode({"model_list": rows}).decode(), environ)


def _own_variables(raw: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """`environment_variables`, which the rest of the file may refer to."""
    own = raw.get("environment_variables")
    if not isinstance(own, Mapping):
        return {}
    values, _ = resolve(own, environ)
    return {str(name): str(value) for name, value in values.items() if value is not None}


def _open_door(reference: Unset) -> Problem:
    advice = "Set it, or remove the line: without it the gateway would let everybody in."
    return Problem(reference.path, f"the environment variable {reference.name} is not set", advice)


def _unset_note(reference: Unset) -> str:
    return f"{shown(reference.path)}: {reference.name} is not set, so it counts as absent"


_MESSAGES = {
    "string_type": "must be text",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
}


def _problem(error: Any, resolved: Mapping[str, Any]) -> Problem:
    path, kind = tuple(error["loc"]), error["type"]
    if kind == "missing":
        parent = _at(resolved, path[:-1])
        return Problem(path[:-1], f"'{path[-1]}' is missing", _misspelt(str(path[-1]), parent))
    message = _MESSAGES.get(kind)
    text = message.format(**error.get("ctx", {})) if message else error["msg"].removeprefix("Input ")
    value = _at(resolved, path)
    advice = "Put it in quotes." if kind == "string_type" and isinstance(value, int | float) else ""
    return Problem(path, text, advice)


def _misspelt(wanted: str, parent: Any) -> str:
    if not isinstance(parent, Mapping):
        return ""
    near = next((str(key) for key in parent if did_you_mean(str(key), [wanted])), None)
    return f"Did you mean it by '{near}'?" if near else ""


def _at(value: Any, path: Place) -> Any:
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _without_effect(config: Config) -> Iterator[str]:
    sections: dict[str, Section] = {
        "": config,
        "litellm_settings": config.litellm_settings,
        "general_settings": config.general_settings,
        "router_settings": config.router_settings,
    }
    for name, section in sections.items():
        for key in section.model_extra or ():
            path = shown((name, key) if name else (key,))
            if key in known_keys.ACCEPTED:
                continue
            if key in known_keys.LITELLM:
                yield f"{path}: LiteLLM's, has no effect here yet"
            else:
                near = did_you_mean(key, type(section).model_fields)
                yield f"{path}: unknown, has no effect. {near}".rstrip(". ")
    for index, row in enumerate(config.model_list):
        yield from _odd_parameters(row, ("model_list", index, "litellm_params"))
    strategy = config.router_settings.routing_strategy
    if strategy not in (None, "simple-shuffle"):
        yield f"router_settings.routing_strategy: {strategy!r} is not there yet, simple-shuffle is used"


def _odd_parameters(row: ModelRow, path: Place) -> Iterator[str]:
    for key in row.litellm_params.model_extra or ():
        near = did_you_mean(key, known_keys.PARAMETERS) if key not in known_keys.PARAMETERS else ""
        if near:
            yield f"{shown((*path, key))}: unknown, goes to the model as it is. {near}"


_CREDENTIALS = ("api_key", "client_secret")


def _identities(rows: Any, config: Config) -> Iterator[str]:
    """Ids that stay the same while the row does. Of a credential only its reference counts, so that an id
    tells nothing about a secret and outlives its rotation."""
    taken: set[str] = set()
    for raw, row in zip(rows, config.model_list, strict=True):
        params = {
            key: value
            for key, value in raw["litellm_params"].items()
            if key not in _CREDENTIALS or str(value).startswith(PREFIX)
        }
        text = msgspec.json.encode([row.model_name, params], order="sorted")
        identity = row.model_info.id or hashlib.sha256(text).hexdigest()
        while identity in taken:
            identity = hashlib.sha256(identity.encode()).hexdigest()
        taken.add(identity)
        yield identity
