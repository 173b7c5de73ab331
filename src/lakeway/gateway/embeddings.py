"""`/v1/embeddings`: long lists go upstream in batches, vectors come back in the format asked for.

OpenAI's own client asks for base64 unless told otherwise; servers answer with numbers, so it is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lakeway.calls.embed import merged, request_of
from lakeway.core import flow
from lakeway.core.dialects import embeddings as dialect
from lakeway.core.exchange import Exchange
from lakeway.core.flow import Outcome
from lakeway.core.steps import Flow
from lakeway.databricks.embeddings import BATCH
from lakeway.errors import BadRequestError
from lakeway.gateway import answers, body, charge, fields, shapes, tags, target
from lakeway.gateway.call import Call
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.gateway import Gateway
from lakeway.transport.server import Reply, Request

ROUTE = "/embeddings"
# OpenAI's limit for one request. A vector is a hundred times as long as a short text, and all are held.
MOST_INPUTS = 2048


async def answer(gateway: Gateway, call: Call, request: Request, reply: Reply) -> None:
    """Answer one request for vectors, all of them from one deployment. Raises LakewayError."""
    given = body.fields(request.body)
    if request.about.model is not None:
        given["model"] = request.about.model
    shapes.check(given, shapes.Embeddings, "input", ROUTE)
    control, params = fields.split(given, request)
    texts = dialect.inputs(params.pop("input"))
    if len(texts) > MOST_INPUTS:
        said = f"{ROUTE}: input: at most {MOST_INPUTS} texts, not {len(texts)}."
        raise BadRequestError(said, param="input")
    call.model, call.body = given["model"], given
    call.tags = tags.of_request(control, params)

    batches = list(dialect.batches(texts, BATCH))
    finished: dict[tuple[str, str], list[Outcome]] = {}

    def attempt(deployment: Deployment, left: float | None) -> Flow[list[Outcome]]:
        """A second attempt at a model goes on where the first one was stopped. What was answered is charged,
        whatever becomes of the rest."""
        outcomes = finished.setdefault((deployment.id, deployment.target.model), [])
        until = target.end_of(left)
        for batch in batches[len(outcomes) :]:
            make = maker(gateway, call, control, params, deployment, target.left(until, call.model))
            outcome = yield from flow.attempt(make(batch))
            answered = outcome.reply or {}
            charge.add(call, answered.get("usage"), answered.get("model"), params)
            outcomes.append(outcome)
        return outcomes

    wish = gateway.wish(call, control, attempt)
    gateway.reserve(call)
    outcomes = await gateway.state.run(gateway.router.carry(call, wish), call.stepped)
    wire = merged(outcomes, params.get("encoding_format"))
    call.status = 200
    told = gateway.settled_head(call, outcomes[-1].headers)
    answers.whole(reply, {**wire, "model": call.model}, told)


def maker(
    gateway: Gateway,
    call: Call,
    control: Mapping[str, Any],
    params: Mapping[str, Any],
    deployment: Deployment,
    left: float | None,
) -> Callable[[Sequence[Any]], Exchange]:
    """A batch as this deployment is asked it: with its defaults, such as `instruction`."""
    asked = {**deployment.control, **charge.unforged(control, call.caller)}
    defaulted = deployment.params(params)
    charge.attribute(defaulted, call.caller, deployment)
    end = target.within(deployment, control, left, gateway.settings, stream=False)
    lenient = target.leniency(deployment, control)
    return lambda batch: deployment.provider.embeddings(end, request_of(batch, asked, defaulted, lenient))
