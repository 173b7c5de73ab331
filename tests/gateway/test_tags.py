"""Tag filtering: which deployments of a group a request's tags let in."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lakeway.errors import AuthenticationError
from lakeway.gateway import tags

CHAT = "/v1/chat/completions"
CONFIG = """
model_list:
  - {model_name: a, litellm_params: {model: databricks/databricks-gpt-oss-20b, tags: [free]}}
  - {model_name: a, litellm_params: {model: databricks/databricks-gpt-oss-120b, tags: [paid, eu]}}
router_settings: {enable_tag_filtering: true}
"""


def row(name: str, *its: str) -> SimpleNamespace:
    return SimpleNamespace(id=name, tags=its)


FREE, PAID, PLAIN, DEFAULT = row("free", "free"), row("paid", "paid", "eu"), row("plain"), row("d", "default")


@pytest.mark.parametrize(
    ("members", "asked", "match_any", "expected"),
    [
        ([FREE, PAID], ["free"], True, [FREE]),
        ([FREE, PAID], ["free", "eu"], True, [FREE, PAID]),
        ([FREE, PAID], ["paid", "eu"], False, [PAID]),
        ([FREE, PAID, DEFAULT], ["unknown"], True, [DEFAULT]),
        ([FREE, PAID, DEFAULT], [], True, [DEFAULT]),
        ([FREE, PAID], [], True, [FREE, PAID]),
        ([FREE, PLAIN], ["free"], True, [FREE]),
    ],
)
def test_who_is_let_in(members, asked, match_any, expected):
    """Any of the tags, or all of them; else the default deployments."""
    assert expected == list(tags.eligible(members, asked, match_any=match_any))


def test_tags_that_lead_nowhere():
    """LiteLLM's words."""
    with pytest.raises(AuthenticationError, match="Not allowed to access model due to tags configuration"):
        tags.eligible([FREE, PLAIN], ["gold"], match_any=True)


@pytest.mark.parametrize(
    ("given", "headers"),
    [
        ({"tags": ["paid"]}, {}),
        ({"metadata": {"tags": ["paid"]}}, {}),
        ({}, {"x-litellm-tags": "paid, eu"}),
    ],
)
def test_where_a_client_says_them(ask, serve, workspace, given, headers):
    """In the body, among its metadata, or in LiteLLM's header."""
    body = {"model": "a", "messages": [{"role": "user", "content": "Hi"}], **given}
    replies = [ask(serve(CONFIG), CHAT, body, headers=headers) for _ in range(4)]

    assert [200] * 4 == [reply.status for reply in replies]
    assert {"databricks-gpt-oss-120b"} == {request["body"]["model"] for request in workspace.requests}


def test_a_refusal(ask, serve, workspace):
    """Nothing goes upstream."""
    body = {"model": "a", "messages": [{"role": "user", "content": "Hi"}], "tags": ["gold"]}

    assert 401 == ask(serve(CONFIG), CHAT, body).status
    assert [] == workspace.requests
