"""`user_header_name` and `enforce_user_param`: who the end user is, and that he is named."""

from __future__ import annotations

import pytest

CHAT = "/v1/chat/completions"
BODY = {"model": "a", "messages": [{"role": "user", "content": "Hi"}]}
ROW = "model_list: [{model_name: a, litellm_params: {model: databricks/databricks-gpt-oss-20b}}]\n"


@pytest.mark.parametrize(
    ("given", "headers", "told"),
    [
        ({}, {"x-end-user": "ann"}, "ann"),
        ({"user": "bob"}, {"x-end-user": "ann"}, "bob"),
        ({}, {}, None),
        ({}, {"x-end-user": " "}, None),
    ],
)
def test_a_header_may_name_the_user(ask, serve, workspace, given, headers, told):
    """Where the client itself names none; Databricks' usage tables are told."""
    address = serve(ROW + "general_settings: {user_header_name: X-End-User}")
    assert 200 == ask(address, CHAT, {**BODY, **given}, headers=headers).status

    assert told == workspace.requests[-1]["body"].get("usage_context", {}).get("user")


@pytest.mark.parametrize(("given", "status"), [({}, 400), ({"user": ""}, 400), ({"user": "bob"}, 200)])
def test_a_user_that_has_to_be_named(ask, serve, workspace, given, status):
    """Or nothing goes upstream."""
    address = serve(ROW + "general_settings: {enforce_user_param: true}")
    reply = ask(address, CHAT, {**BODY, **given})

    assert status == reply.status
    assert (status == 200) == bool(workspace.requests)
    assert status == 200 or reply.json["error"]["param"] == "user"
