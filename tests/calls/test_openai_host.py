"""Where a call to an OpenAI-compatible host goes, and by what right."""

from __future__ import annotations

from typing import Any

import pytest

from lakeway.auth.credentials import NoCredential, StaticToken
from lakeway.calls.openai_host import HOSTS, prefix_of, target_of
from lakeway.errors import AuthenticationError, BadRequestError
from lakeway.providers.openai_compatible import OpenAITarget
from lakeway.settings import Settings

OPENAI, MINE = "https://api.openai.com/v1", "https://api.example/v1"
KEYED = {"OPENAI_API_KEY": "sk-environ"}
NOBODY = NoCredential()


def found(model: str, control: dict[str, Any], environ: dict[str, str], **settings: Any) -> OpenAITarget:
    prefix = prefix_of(model, control.get("custom_llm_provider"))
    assert prefix is not None
    return target_of(model, prefix, control, Settings(**settings), environ)


@pytest.mark.parametrize(
    ("model", "provider", "expected"),
    [
        ("openai/gpt-4o", None, "openai"),
        ("hosted_vllm/meta/llama", None, "hosted_vllm"),
        ("gpt-4o", "openai", "openai"),
        ("openai/gpt-oss-20b", "hosted_vllm", "hosted_vllm"),
        ("openai/gpt-4o", "databricks", None),
        ("databricks/openai", None, None),
        ("openai", None, None),
        ("text-completion-openai/x", None, None),
    ],
)
def test_whose_model_it_is(model: str, provider: str | None, expected: str | None) -> None:
    """By the prefix, unless the provider is named."""
    assert expected == prefix_of(model, provider)


@pytest.mark.parametrize(
    ("model", "control", "environ", "expected"),
    [
        ("openai/gpt-4o", {}, KEYED, (OPENAI, StaticToken("sk-environ"), "gpt-4o")),
        ("openai/gpt-4o", {"api_key": "sk-own"}, KEYED, (OPENAI, StaticToken("sk-own"), "gpt-4o")),
        ("openai/m", {"api_base": MINE, "api_key": "k"}, {}, (MINE, StaticToken("k"), "m")),
        ("custom_openai/m", {"base_url": f"{MINE}/"}, {}, (MINE, NOBODY, "m")),
        ("openai/m", {}, {**KEYED, "OPENAI_BASE_URL": MINE}, (MINE, StaticToken("sk-environ"), "m")),
        ("openai/m", {"api_base": MINE}, KEYED, (MINE, StaticToken("sk-environ"), "m")),
        ("openai/m", {}, {"OPENAI_API_BASE": MINE}, (MINE, NOBODY, "m")),
        ("hosted_vllm/a/b", {"api_base": MINE}, KEYED, (MINE, NOBODY, "a/b")),
        (
            "hosted_vllm/m",
            {},
            {"HOSTED_VLLM_API_BASE": MINE, "HOSTED_VLLM_API_KEY": "v"},
            (MINE, StaticToken("v"), "m"),
        ),
        ("openai_like/m", {"api_base": MINE}, {"OPENAI_LIKE_API_KEY": "l"}, (MINE, StaticToken("l"), "m")),
        (
            "openai/m",
            {"api_base": MINE, "extra_headers": {"Authorization": "Basic x"}},
            KEYED,
            (MINE, NOBODY, "m"),
        ),
        (
            "openai/oss",
            {"custom_llm_provider": "hosted_vllm", "api_base": MINE},
            {},
            (MINE, NOBODY, "openai/oss"),
        ),
    ],
)
def test_address_credential_and_name(
    model: str, control: dict[str, Any], environ: dict[str, str], expected: Any
) -> None:
    """The call's own address and key, else those of the environment that are for its kind of host."""
    target = found(model, control, environ)

    assert expected == (target.base, target.credential, target.model)
    assert ("openai", model) == (target.provider, target.alias)


@pytest.mark.parametrize("prefix", HOSTS)
def test_what_was_set_for_a_workspace_stays_there(prefix: str) -> None:
    """Neither its key nor its headers are sent to another host, and its address is not called."""
    control = {"api_base": MINE}
    target = found(
        f"{prefix}/m", control, {"DATABRICKS_TOKEN": "d"}, api_key="d", api_base="w", headers={"Cookie": "d"}
    )

    assert (MINE, NOBODY) == (target.base, target.credential)
    assert ["User-Agent"] == [name for name, _ in target.headers]


def test_headers() -> None:
    """The caller's own, the extra ones over the general."""
    control = {"api_key": "k", "headers": {"X-A": "1", "X-B": "1"}, "extra_headers": {"X-B": "2"}}
    headers = dict(found("openai/m", control, {}).headers)

    assert {"X-A": "1", "X-B": "2"}.items() <= headers.items()


@pytest.mark.parametrize(
    ("model", "control", "kind", "said"),
    [
        ("openai/m", {}, AuthenticationError, "api_key and OPENAI_API_KEY are not set"),
        ("hosted_vllm/m", {}, BadRequestError, "HOSTED_VLLM_API_BASE is not set"),
        ("openai_like/m", {}, BadRequestError, "OPENAI_LIKE_API_BASE is not set"),
        ("openai/", {"api_key": "k"}, BadRequestError, "no model's name"),
        ("openai/m", {"api_base": "x y"}, BadRequestError, "white space"),
        ("openai/m", {"api_base": 3}, BadRequestError, "api_base must be a string"),
        ("openai/m", {"api_key": "k", "headers": {"X-A": "a\nb"}}, BadRequestError, "X-A"),
    ],
)
def test_what_cannot_be_called(model: str, control: dict[str, Any], kind: type[Exception], said: str) -> None:
    """It is told before the first request, with what is missing."""
    with pytest.raises(kind, match=said):
        found(model, control, {})
