"""The management lists, the usage tables and the record."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

ENDPOINTS = "/api/2.0/serving-endpoints"
SERVICES = "/api/2.1/unity-catalog/model-services"


def by_name(caller: Any) -> dict[str, Any]:
    return {row["name"]: row for row in caller.get(ENDPOINTS)["endpoints"]}


def test_endpoint_rows(caller: Any) -> None:
    """Task, readiness, prices as DBU text, and whether tools are taken."""
    row = by_name(caller)["databricks-claude-sonnet-5-5"]
    model = row["config"]["served_entities"][0]["foundation_model"]

    assert (row["task"], row["state"]["ready"]) == ("llm/v1/chat", "READY")
    assert row["capabilities"] == {"function_calling": True}
    assert (model["input_price"], model["price"]) == ("28.571", "142.86")
    assert model["api_types"] == ["mlflow/v1/chat/completions", "anthropic/v1/messages"]


def test_retired_endpoints_are_listed_ready(caller: Any) -> None:
    """Only a call reveals that a model is retired."""
    assert by_name(caller)["databricks-dbrx-instruct"]["state"]["ready"] == "READY"


def test_own_endpoints_are_listed(new_caller: Any) -> None:
    """A custom endpoint stands in the list, one with three parts among the services."""
    caller = new_caller(endpoints=({"name": "mine", "ready": False}, {"name": "main.ai.svc"}))
    services = caller.get(f"{SERVICES}?parent=schemas/main.ai")["model_services"]

    assert by_name(caller)["mine"]["state"]["ready"] == "NOT_READY"
    assert "main.ai.svc" not in by_name(caller)
    assert [row["name"] for row in services] == ["model-services/main.ai.svc"]


def test_one_endpoint(caller: Any) -> None:
    """The detailed row, and the 404 of an unknown one."""
    assert caller.get(f"{ENDPOINTS}/databricks-gpt-5")["permission_level"] == "CAN_QUERY"
    assert caller.get(f"{ENDPOINTS}/nope")["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_foundation_models(caller: Any) -> None:
    """The list by which tools pick a surface."""
    rows = {row["name"]: row for row in caller.get(f"{ENDPOINTS}:foundation-models")["endpoints"]}
    model = rows["databricks-gpt-5-5"]["config"]["served_entities"][0]["foundation_model"]

    assert (model["ai_gateway_v2_supported"], model["api_types"]) == (True, ["openai/v1/responses"])


def test_model_services_are_paged(caller: Any) -> None:
    """Pages join to the whole, and the last has no token."""
    found, token = [], ""
    for _ in range(100):
        page = caller.get(f"{SERVICES}?parent=schemas/system.ai&page_size=10&page_token={token}")
        found += [row["name"] for row in page["model_services"]]
        token = page["next_page_token"]
        if not token:
            break

    assert len(found) == len(set(found)) > 50
    assert "model-services/system.ai.claude-sonnet-4-5" in found


@pytest.mark.parametrize(("query", "status"), [("page_size=1001", 499), ("page_size=x", 400)])
def test_refused_pages(caller: Any, query: str, status: int) -> None:
    """Everything at once is cancelled."""
    assert caller.send("GET", f"{SERVICES}?{query}").status == status


def test_lists_need_a_token(caller: Any) -> None:
    """Management is not open either."""
    assert caller.send("GET", ENDPOINTS, authorization="").status == 401


@pytest.mark.parametrize(
    ("path", "model", "expected"),
    [
        (
            "/serving-endpoints/chat/completions",
            "databricks-claude-sonnet-4-5",
            {"table": "system.serving.endpoint_usage", "usage_context": {"team": "a"}},
        ),
        (
            "/ai-gateway/mlflow/v1/chat/completions",
            "system.ai.claude-sonnet-4-5",
            {"table": "system.ai_gateway.usage", "request_tags": {"team": "b"}},
        ),
    ],
)
def test_usage_rows(caller: Any, path: str, model: str, expected: Any) -> None:
    """Each surface has its own channel for attribution; the other one is lost without a word."""
    tags = {"databricks_ai_gateway_request_tags": '{"team": "b"}'}
    body = {**caller.body(model), "usage_context": {"team": "a"}}
    _, reply = caller.post(path, body, **tags)
    (row,) = caller.workspace.usage.rows()

    assert {key: row.get(key) for key in ("table", *expected)} == expected
    assert ("usage_context" in row) != ("request_tags" in row)
    assert row["input_token_count"] == reply["usage"]["prompt_tokens"]
    assert row["output_token_count"] == reply["usage"]["completion_tokens"]


def test_requests_are_recorded(caller: Any) -> None:
    """Method, path, body and status of what came in, good or bad."""
    body = caller.body("nope")
    caller.post(caller.CHAT, body)
    caller.send("POST", caller.CHAT, b"not json")
    first, second = caller.workspace.recorder.entries()

    assert (first["method"], first["path"], first["body"], first["status"]) == (
        "POST",
        caller.CHAT,
        body,
        404,
    )
    assert (second["body"], second["status"]) == ("not json", 400)


def test_large_bodies_are_not_kept(caller: Any) -> None:
    """A record of what was received must not fill the memory."""
    caller.send("POST", caller.CHAT, b"x" * 2_000_000)

    assert caller.workspace.recorder.entries()[0]["body"] == "[2000000 bytes]"


def test_reset_forgets(caller: Any) -> None:
    """After a reset the workspace is as new, but issued tokens stay good."""
    caller.chat("databricks-gpt-5")
    caller.workspace.faults.plan("status=500")
    caller.workspace.reset()

    assert (caller.workspace.recorder.entries(), caller.workspace.usage.rows()) == ([], [])
    assert msgspec.json.decode(caller.send("GET", ENDPOINTS).content)["endpoints"]
