"""The published page: an OpenAPI 3.1 document out of the table of endpoints and the shapes of bodies. Pure.

What a body may be is the schema of the very type that it is checked with; other fields go to the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from lakeway.gateway.access import KEY_HEADERS
from lakeway.gateway.operations import OPERATIONS, Control, Operation, Query
from lakeway.gateway.replies import Error
from lakeway.version import __version__

if TYPE_CHECKING:
    from lakeway.gateway.endpoints import Endpoint

Json: TypeAlias = dict[str, Any]
# A path, with {model} in it where the path names one, and what stands there.
Entry: TypeAlias = "tuple[str, Endpoint]"

DESCRIPTION: Final = "One way to every model on Databricks, in OpenAI's dialect and with LiteLLM's headers."
REFERENCES: Final = "#/components/schemas/{name}"
# What may be wrong with any request, with one that needs a key, and with one that asks a model.
ALWAYS: Final = (400, 408, 413, 431, 500, 503)
WITH_KEY: Final = (401, 403)
CALLING: Final = (404, 422, 429, 502, 504)
ANY_OTHER: Final = {"4XX": "The model's own refusal.", "5XX": "The model's own failure."}
STREAM: Final = {"text/event-stream": {"schema": {"type": "string"}}}
SEGMENT: Final = MappingProxyType({"type": "string", "pattern": r"^[^\x00-\x1f\x7f]+$"})
IN_PATH: Final = re.compile(r"\{(\w+)\}")


def document(entries: Iterable[Entry]) -> Json:
    """The whole page."""
    paths: dict[str, Json] = {}
    used: set[str] = set()
    for path, endpoint in entries:
        operation = OPERATIONS[endpoint.route]
        described = _operation(path, endpoint, operation)
        described["operationId"] = _unique(operation.id, used)
        paths.setdefault(path, {})[endpoint.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lakeway", "version": __version__, "description": DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "responses": _errors(),
            "securitySchemes": _security_schemes(),
        },
    }


def _operation(path: str, endpoint: Endpoint, operation: Operation) -> Json:
    described: Json = {
        "summary": operation.about,
        "tags": [operation.tag],
        "parameters": [*_in_path(path), *map(_in_query, operation.query)],
        "responses": dict(_responses(endpoint, operation)),
    }
    if operation.body is not None:
        body = _body(operation, IN_PATH.findall(path))
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    if not endpoint.public:
        described["security"] = [{name: []} for name in _security_schemes()]
    return described


def _body(operation: Operation, named: Iterable[str]) -> Json:
    """What the path names need not be in the body, and counts for nothing there."""
    properties = {**_properties(Control), **_properties(operation.body)}
    needed = [name for name in operation.needs if name not in named]
    for name, schema in properties.items():
        if name not in needed:
            properties[name] = _or_null(schema)
    properties |= {name: {} for name in named}
    return {"type": "object", "properties": properties, "required": needed}


def _properties(shape: Any) -> dict[str, Json]:
    _, components = msgspec.json.schema_components([shape], ref_template=REFERENCES)
    found: dict[str, Json] = components[shape.__name__]["properties"]
    return found


def _or_null(schema: Json) -> Json:
    """A null counts as nothing said."""
    return {"anyOf": [schema, {"type": "null"}]} if schema else schema


def _responses(endpoint: Endpoint, operation: Operation) -> Iterator[tuple[str, Json]]:
    yield "200", {"description": "OK", "content": _content(operation), "headers": _headers()}
    statuses = {*ALWAYS, *(() if endpoint.public else WITH_KEY), *(CALLING if endpoint.calls else ())}
    if operation.id in ("model", "health"):
        statuses.add(404)
    for status in sorted(statuses):
        if (own := operation.statuses.get(status)) is None:
            yield str(status), {"$ref": f"#/components/responses/{status}"}
        else:
            yield str(status), _answer(HTTPStatus(status).phrase, (own, Error))
    if endpoint.calls:
        yield from ((any_other, {"$ref": f"#/components/responses/{any_other}"}) for any_other in ANY_OTHER)


def _errors() -> dict[str, Json]:
    phrases = {str(status): HTTPStatus(status).phrase for status in (*ALWAYS, *WITH_KEY, *CALLING)}
    return {status: _answer(words, (Error,)) for status, words in {**phrases, **ANY_OTHER}.items()}


def _content(operation: Operation) -> Json:
    if isinstance(operation.reply, str):
        return {operation.reply: {"schema": {"type": "string"}}}
    whole = {"application/json": {"schema": _one_of(operation.reply)}}
    return {**whole, **STREAM} if operation.streams else whole


def _answer(words: str, shapes: tuple[Any, ...]) -> Json:
    content = {"application/json": {"schema": _one_of(shapes)}}
    return {"description": words, "content": content, "headers": _headers()}


def _one_of(shapes: tuple[Any, ...]) -> Json:
    schemas, _ = msgspec.json.schema_components(shapes, ref_template=REFERENCES)
    return schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}


def _headers() -> Json:
    return {"x-litellm-call-id": {"description": "Names this call in the log.", "schema": {"type": "string"}}}


def _in_path(path: str) -> Iterator[Json]:
    for name in IN_PATH.findall(path):
        yield {"name": name, "in": "path", "required": True, "schema": dict(SEGMENT)}


def _in_query(query: Query) -> Json:
    told: Json = {"name": query.name, "in": "query", "description": query.about}
    return {**told, "required": query.required, "schema": dict(query.schema)}


def _schemas() -> Mapping[str, Json]:
    shapes = [Error, Control]
    for operation in OPERATIONS.values():
        replies = () if isinstance(operation.reply, str) else operation.reply
        shapes += [*replies, *operation.statuses.values(), *([operation.body] if operation.body else [])]
    _, components = msgspec.json.schema_components(shapes, ref_template=REFERENCES)
    return components


def _security_schemes() -> dict[str, Json]:
    schemes: dict[str, Json] = {"bearer": {"type": "http", "scheme": "bearer"}}
    for header in KEY_HEADERS:
        name = header.decode()
        if name != "authorization":
            schemes[name] = {"type": "apiKey", "in": "header", "name": name}
    return schemes


def _unique(name: str, used: set[str]) -> str:
    number, unique = 1, name
    while unique in used:
        number += 1
        unique = f"{name}_{number}"
    used.add(unique)
    return unique
