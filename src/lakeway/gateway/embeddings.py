"""`/v1/embeddings`: long lists go upstream in batches, vectors come back in the format asked for.

OpenAI's own client asks for base64 unless told otherwise; servers answer with numbers, so it is made here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lakeway.calls.embed import in_batches, merged, request_of
from lakeway.core.exchange import Exchange
from lakeway.databricks.embeddings import EmbeddingExchange
from lakeway.databricks.target import DatabricksTarget
from lakeway.gateway import answers, fields, headers, shapes
from lakeway.gateway.answers import HeaderList
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.disconnect import Watch
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.plan import Plan, leniency
from lakeway.gateway.request import Request, Send

ENDPOINT = "/embeddings"


async def answer(gateway: Gateway, request: Request, send: Send, head: HeaderList) -> None:
    """Answer one request for vectors. Raises LakewayError."""
    body = await request.fields(gateway.max_body)
    if request.model is not None:
        body["model"] = request.model
    shapes.check(body, shapes.Embeddings, "input", ENDPOINT)
    control, params = fields.split(body, request)
    texts = params.pop("input")
    plan = Plan.of(gateway, body["model"], control, endpoint=ENDPOINT)

    def exchanges(batch: Sequence[Any]) -> list[Exchange]:
        return plan.exchanges(lambda row, target: exchange(batch, control, params, row, target))

    async with Watch(request.receive):
        outcomes = await gateway.run(in_batches(texts, exchanges, plan.policy))
    outcome = outcomes[-1]
    reply = merged(outcomes, params.get("encoding_format"))
    deployment = plan.answered(outcome)
    price = deployment.pricing.cost(deployment.target.model, reply.get("model"), reply.get("usage") or {})
    told = [*head, *headers.of_answer(plan, outcome), *headers.of_cost(price)]
    await answers.whole(send, {**reply, "model": body["model"]}, told)


def exchange(
    batch: Sequence[Any],
    control: Mapping[str, Any],
    params: Mapping[str, Any],
    deployment: Deployment,
    target: DatabricksTarget,
) -> Exchange:
    """The batch as this deployment is asked it: with its defaults, such as `instruction`."""
    given = {**deployment.control, **control}
    return EmbeddingExchange(
        target, request_of(batch, given, deployment.params(params), leniency(deployment, control))
    )
