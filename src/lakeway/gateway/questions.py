"""What can be told of a request without asking a model: about how long it is, and what a model would take."""

from __future__ import annotations

import asyncio
from functools import partial

from lakeway.core.translations import text_to_chat
from lakeway.counting import token_counter
from lakeway.errors import BadRequestError
from lakeway.gateway import answers, body, query, shapes
from lakeway.gateway.call import Call
from lakeway.gateway.gateway import Gateway, not_allowed
from lakeway.gateway.groups import Group
from lakeway.models import get_supported_openai_params
from lakeway.transport.server import Reply, Request

COUNT = "/utils/token_counter"
PARAMS = "/utils/supported_openai_params"


async def count(gateway: Gateway, call: Call, request: Request, reply: Reply) -> None:
    """About how many tokens `prompt` or `messages` are: an offline estimate, the same for all models.

    Raises PermissionDeniedError for a model that is not the caller's, BadRequestError for one that is not
    served, and for neither of the two.
    """
    given = body.fields(request.body)
    if "prompt" in given and "messages" not in given:
        counted = partial(token_counter, text=text_to_chat.prompts(given["prompt"]))
        shapes.check({**given, "messages": []}, shapes.Chat, "messages", COUNT)
    else:
        shapes.check(given, shapes.Chat, "messages", COUNT)
        counted = partial(token_counter, messages=given["messages"], tools=given.get("tools"))
    model = given["model"]
    group = _group(gateway, call, model, COUNT)
    total = await asyncio.to_thread(counted)  # a long text takes long enough for others to notice
    told = {
        "total_tokens": total,
        "request_model": model,
        "model_used": group.members[0].target.model,
        "tokenizer_type": "estimate",
    }
    answers.whole(reply, told, call.head)


async def supported(gateway: Gateway, call: Call, request: Request, reply: Reply) -> None:
    """OpenAI's parameters that `model` takes. Raises PermissionDeniedError for one that is not the caller's,
    BadRequestError for one that is not served."""
    model = query.text(request.query, "model")
    if model is None:
        raise BadRequestError(f"{PARAMS}: Missing required parameter: 'model'.", param="model")
    target = _group(gateway, call, model, PARAMS).members[0].target
    names = get_supported_openai_params(target.model, target.provider)
    answers.whole(reply, {"supported_openai_params": names}, call.head)


def _group(gateway: Gateway, call: Call, model: str, endpoint: str) -> Group:
    """Who may not call a model does not learn what is behind its name either."""
    call.model = model
    if not call.caller.may_use(model):
        raise not_allowed(call)
    return gateway.groups.get(model, endpoint)
