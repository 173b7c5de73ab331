"""Which names lead to which model on which path, and what unknown ones are told."""

from __future__ import annotations

from typing import Any

import pytest

CLASSIC = "/serving-endpoints/chat/completions"
GATEWAY = "/ai-gateway/mlflow/v1/chat/completions"
NO_ENDPOINT = (
    "The given endpoint does not exist, please retry after checking the specified model and version "
    "deployment exists."
)
OWN = ({"name": "my-endpoint"}, {"name": "main.ai.service", "family": "claude"})


@pytest.mark.parametrize(
    ("path", "model"),
    [
        (CLASSIC, "databricks-claude-sonnet-4-5"),
        (CLASSIC, "my-endpoint"),
        (GATEWAY, "system.ai.claude-sonnet-4-5"),
        (GATEWAY, "databricks-claude-sonnet-4-5"),
        (GATEWAY, "main.ai.service"),
    ],
)
def test_known_names(new_caller: Any, path: str, model: str) -> None:
    """Classic paths know endpoints, the gateway also three-part names."""
    caller = new_caller(endpoints=OWN)

    assert caller.post(path, caller.body(model))[0] == 200


@pytest.mark.parametrize(
    ("path", "model", "code", "message"),
    [
        (CLASSIC, "nope", "ENDPOINT_NOT_FOUND", NO_ENDPOINT),
        (CLASSIC, "system.ai.claude-sonnet-4-5", "ENDPOINT_NOT_FOUND", NO_ENDPOINT),
        (CLASSIC, "main.ai.service", "ENDPOINT_NOT_FOUND", NO_ENDPOINT),
        (GATEWAY, "my-endpoint", "NOT_FOUND", "NOT_FOUND: 'my-endpoint' does not exist"),
        (
            GATEWAY,
            "system.ai.databricks-claude-sonnet-4-5",
            "NOT_FOUND",
            "NOT_FOUND: 'system.ai.databricks-claude-sonnet-4-5' does not exist",
        ),
    ],
)
def test_unknown_names(new_caller: Any, path: str, model: str, code: str, message: str) -> None:
    """Each surface has its own 404."""
    caller = new_caller(endpoints=OWN)

    assert (404, {"error_code": code, "message": message}) == caller.post(path, caller.body(model))


def test_unknown_path(caller: Any) -> None:
    """A path nobody serves is named in the answer."""
    expected = {
        "error_code": "ENDPOINT_NOT_FOUND",
        "message": "No API found for 'POST /serving-endpoints/x/v1'",
    }

    assert (404, expected) == caller.post("/serving-endpoints/x/v1", {})


@pytest.mark.parametrize(
    "path",
    [
        "/serving-endpoints/databricks-claude-sonnet-4-5/invocations",
        "/serving-endpoints/databricks-claude-sonnet-4-5/served-models/databricks-claude-sonnet-4-5/invocations",
    ],
)
def test_invocations_need_no_model(caller: Any, path: str) -> None:
    """The path names the endpoint, and the endpoint's task decides the shape."""
    status, reply = caller.post(path, {"messages": [{"role": "user", "content": "Capital of Japan?"}]})

    assert status == 200
    assert reply["choices"][0]["message"]["content"] == "The capital of Japan is Tokyo."


def test_unknown_served_model(caller: Any) -> None:
    """A served entity that the endpoint does not have is a 404."""
    path = "/serving-endpoints/databricks-claude-sonnet-4-5/served-models/other/invocations"

    assert caller.post(path, {"messages": []})[0] == 404


def test_shared_paths_need_a_model(caller: Any) -> None:
    """Without `model` there is nothing to route by."""
    assert (400, "model: Field required") == caller.refusal({"messages": []})


def test_retired_models_can_be_revived(new_caller: Any) -> None:
    """`retired="answer"` lets the models of old examples speak."""
    caller = new_caller(retired="answer")

    assert caller.chat("databricks-dbrx-instruct", "Hello, how are you?")["choices"][0]["message"][
        "content"
    ] == ("Hello! I'm doing well, thank you. How can I help you today?")


def test_scaled_to_zero(new_caller: Any) -> None:
    """An endpoint that is not ready answers 503."""
    caller = new_caller(not_ready=("databricks-gpt-oss-20b",))
    status, body = caller.post(CLASSIC, caller.body("databricks-gpt-oss-20b"))

    assert (503, "TEMPORARILY_UNAVAILABLE") == (status, body["error_code"])


def test_wrong_task(caller: Any) -> None:
    """An embedding model does not chat."""
    assert caller.post(CLASSIC, caller.body("databricks-bge-large-en"))[0] == 400


def test_not_json(caller: Any) -> None:
    """Bytes that are no JSON object are a 400."""
    assert [
        caller.send("POST", CLASSIC, content).status for content in (b"{", b"[]", b"", b"[" * 100_000)
    ] == [400] * 4


def test_custom_endpoint_has_the_manners_of_its_family(new_caller: Any) -> None:
    """A Claude of one's own thinks and is strict like Claude."""
    caller = new_caller(endpoints=({"name": "my-claude", "family": "claude"},))
    reply = caller.chat("my-claude", thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=2000)

    assert reply["choices"][0]["message"]["content"][0]["type"] == "reasoning"
