"""What is published of each endpoint, by its route: words, parameters, shapes, and the errors of its own.

Data only. `openapi` makes a page of it; a test holds it against the table of endpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeAlias, TypedDict

from msgspec import Meta, Struct

from lakeway.gateway import replies, shapes
from lakeway.gateway.fields import LONGEST_CHAIN, MOST_NAMES, MOST_POINTS, MOST_RETRIES
from lakeway.gateway.query import FLAGS

Names: TypeAlias = Annotated[list[str], Meta(max_length=MOST_NAMES)]
Seconds: TypeAlias = Annotated[float, Meta(gt=0, lt=86_400)]
Retries: TypeAlias = Annotated[int, Meta(ge=0, le=MOST_RETRIES)]


class Point(TypedDict, total=False):
    """A message to mark for the prompt cache."""

    role: str | None
    index: int | None


class Control(TypedDict, total=False):
    """What a body may say beside what the model is to do; the rest of it goes to the model."""

    timeout: Seconds
    request_timeout: Seconds
    stream_timeout: Seconds
    num_retries: Retries
    max_retries: Retries
    fallbacks: Annotated[list[str], Meta(max_length=LONGEST_CHAIN)]
    disable_fallbacks: Any
    drop_params: Any
    additional_drop_params: Names
    allowed_openai_params: Names
    tags: Names
    request_tags: dict[str, Any]
    usage_context: dict[str, Any]
    extra_body: dict[str, Any]
    cache_control_injection_points: Annotated[list[Point], Meta(max_length=MOST_POINTS)]


TEXT: Final = MappingProxyType({"type": "string"})


class Query(Struct, frozen=True):
    """A parameter behind the question mark."""

    name: str
    about: str
    schema: Mapping[str, Any] = TEXT
    required: bool = False


class Operation(Struct, frozen=True, kw_only=True):
    """`reply` is the shape of a 200, or its content type where that is not JSON; several are told apart by
    what was asked. `body` and `needs` are a request's shape and what must be in it. `statuses` are answers
    that are no errors in OpenAI's form, or alternatives to one."""

    id: str
    about: str
    tag: str
    reply: tuple[Any, ...] | str
    body: Any = None
    needs: tuple[str, ...] = ()
    streams: bool = False
    query: tuple[Query, ...] = ()
    statuses: Mapping[int, Any] = {}


CALLS, LISTS, HEALTH, ABOUT = "models", "configuration", "health", "gateway"
WILD = Query("return_wildcard_routes", "List wildcards too.", {"enum": list(FLAGS)})

OPERATIONS: Final[Mapping[str, Operation]] = {
    "/chat/completions": Operation(
        id="chat",
        about="A chat completion, whole or as server-sent events.",
        tag=CALLS,
        reply=(replies.ChatCompletion,),
        body=shapes.Chat,
        needs=("model", "messages"),
        streams=True,
    ),
    "/completions": Operation(
        id="completion",
        about="OpenAI's old text completion, carried out as a chat for each prompt.",
        tag=CALLS,
        reply=(replies.TextCompletion,),
        body=shapes.Completions,
        needs=("model", "prompt"),
        streams=True,
    ),
    "/embeddings": Operation(
        id="embedding",
        about="Vectors for one text or a list of them.",
        tag=CALLS,
        reply=(replies.EmbeddingList,),
        body=shapes.Embeddings,
        needs=("model", "input"),
    ),
    "/models": Operation(
        id="models",
        about="The models that the key may use; Anthropic's shape with the header anthropic-version.",
        tag=LISTS,
        reply=(replies.ModelList, replies.AnthropicModelList),
        query=(WILD,),
    ),
    "/models/{model}": Operation(
        id="model",
        about="One model that the key may use.",
        tag=LISTS,
        reply=(replies.Model, replies.AnthropicModel),
    ),
    "/model/info": Operation(
        id="model_info",
        about="The rows of the configuration without their secrets, with limits, prices and abilities.",
        tag=LISTS,
        reply=(replies.ModelRows,),
        query=(Query("litellm_model_id", "Only the row of that id."),),
    ),
    "/model_group/info": Operation(
        id="model_group_info",
        about="The rows of each model name together.",
        tag=LISTS,
        reply=(replies.ModelGroups,),
        query=(Query("model_group", "Only that name."),),
    ),
    "/utils/token_counter": Operation(
        id="token_counter",
        about="About how many tokens a prompt or messages are, estimated here.",
        tag=LISTS,
        reply=(replies.TokenCount,),
        body=shapes.Chat,
        needs=("model", "messages"),
    ),
    "/utils/supported_openai_params": Operation(
        id="supported_openai_params",
        about="Which of OpenAI's parameters a model takes.",
        tag=LISTS,
        reply=(replies.SupportedParams,),
        query=(Query("model", "A model name that is served.", required=True),),
    ),
    "/health": Operation(
        id="health",
        about="Asks every model for one word, which costs money: for the master key alone.",
        tag=HEALTH,
        reply=(replies.HealthReport,),
        query=(Query("model", "Only deployments of that name."), Query("model_id", "Only that one.")),
        statuses={503: replies.HealthReport},
    ),
    "/health/liveliness": Operation(
        id="liveliness",
        about="Whether the process is alive.",
        tag=HEALTH,
        reply=(str,),
        statuses={503: replies.Status},
    ),
    "/health/readiness": Operation(
        id="readiness",
        about="Whether it takes requests.",
        tag=HEALTH,
        reply=(replies.Readiness,),
        statuses={503: replies.Status},
    ),
    "/health/readiness/details": Operation(
        id="readiness_details",
        about="Likewise, with what is going on inside.",
        tag=HEALTH,
        reply=(replies.Readiness,),
        statuses={503: replies.Status},
    ),
    "/metrics": Operation(
        id="metrics",
        about="Counts for Prometheus, under LiteLLM's names.",
        tag=ABOUT,
        reply="text/plain",
    ),
    "/": Operation(id="welcome", about="Who answers here.", tag=ABOUT, reply=(replies.Welcome,)),
    "/openapi.json": Operation(
        id="openapi", about="This page, for programs.", tag=ABOUT, reply=(dict[str, Any],)
    ),
    "/docs": Operation(id="docs", about="This page, for people.", tag=ABOUT, reply="text/html"),
}
