"""The published page says what the code does: the same paths, shapes that come, mistakes that are told."""

from __future__ import annotations

import re
from types import SimpleNamespace

import msgspec
import pytest

from lakeway.errors import BadRequestError
from lakeway.gateway import endpoints, fields, openapi
from lakeway.gateway.operations import OPERATIONS, Control
from lakeway.gateway.replies import Error
from lakeway.version import __version__

HI = [{"role": "user", "content": "hi"}]
DOCUMENT = openapi.document(endpoints.entries())


def operations():
    return [
        (path, method, operation)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    ]


def references(value):
    if isinstance(value, dict):
        yield from ([value["$ref"]] if "$ref" in value else [])
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list):
        for member in value:
            yield from references(member)


def test_every_path_is_there():
    """Those of the table and those around a model's name, each with its method."""
    told = {(path, method.upper()) for path, method, _ in operations()}

    assert told == {(path, endpoint.method) for path, endpoint in endpoints.entries()}
    assert OPERATIONS.keys() == {endpoint.route for _, endpoint in endpoints.entries()}


def test_the_page_is_well_formed():
    """References lead somewhere, names are unique, parameters of a path are described."""
    for reference in references(DOCUMENT):
        part, name = reference.removeprefix("#/components/").split("/")
        assert name in DOCUMENT["components"][part]
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len({*names})
    for path, _, operation in operations():
        described = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert {*re.findall(r"\{(\w+)\}", path)} == described


def test_who_needs_a_key():
    """What the table says of it, and the two answers to who has none or a wrong one."""
    for path, endpoint in endpoints.entries():
        operation = DOCUMENT["paths"][path][endpoint.method.lower()]
        assert endpoint.public is ("security" not in operation)
        assert endpoint.public is ({"401", "403"}.isdisjoint(operation["responses"]))


def test_what_a_path_names_is_not_needed_in_the_body():
    """A model in the path counts, whatever the body says of it."""
    body = DOCUMENT["paths"]["/engines/{model}/completions"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]

    assert (["prompt"], {}) == (schema["required"], schema["properties"]["model"])


CHAT = {"model": "llama", "messages": HI}
TEXT = {"model": "llama", "prompt": "hi"}
VECTOR = {"model": "bge", "input": "hi"}
COUNT = {"model": "llama", "messages": HI}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", CHAT),
        ("/v1/completions", TEXT),
        ("/v1/embeddings", VECTOR),
        ("/utils/token_counter", COUNT),
        ("/utils/supported_openai_params?model=llama", None),
        *(
            (path, None)
            for path, each in endpoints.TABLE.items()
            if each.method == "GET" and "utils" not in path
        ),
    ],
)
def test_answers_have_the_published_shape(ask, address, path, body):
    """What is answered is what is told."""
    endpoint = endpoints.TABLE[path.partition("?")[0]]
    operation = OPERATIONS[endpoint.route]
    answer = ask(address, path, body)

    assert 200 == answer.status
    if isinstance(operation.reply, str):
        assert answer.headers["content-type"].startswith(operation.reply)
    else:
        msgspec.convert(answer.json, operation.reply[0])


@pytest.mark.parametrize(
    ("path", "body"), [("/v1/chat/completions", CHAT), ("/v1/completions", TEXT), ("/v1/embeddings", VECTOR)]
)
def test_null_says_nothing(ask, address, path, body):
    """Any field that is not needed may be null."""
    schema = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    nothing = dict.fromkeys(schema["properties"])

    assert 200 == ask(address, path, {**nothing, **body}).status


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/chat/completions", {**CHAT, "messages": [{"role": 1}]}, 400),
        ("/v1/chat/completions", {**CHAT, "model": "no/such"}, 400),
        ("/v1/completions", b"{", 400),
        ("/v1/completions", b"[]", 400),
        ("/v1/embeddings", {"model": "bge"}, 400),
        ("/v1/models/no/such", None, 404),
        ("/health?model=nope", None, 404),
        ("/v1/models?return_wildcard_routes=x", None, 400),
    ],
)
def test_errors_have_the_published_shape(ask, address, path, body, status):
    """And their status is on the page."""
    answer = ask(address, path, body)
    found = endpoints.find(path.partition("?")[0])
    assert found is not None
    documented = next(
        operation["responses"]
        for each, method, operation in operations()
        if OPERATIONS[found[0].route].id == operation["operationId"] and method == found[0].method.lower()
    )

    assert status == answer.status
    assert str(status) in documented
    msgspec.convert(answer.json, Error)


SAMPLES = (None, True, 0, 1, -1, 10, 11, 0.5, 86_399.5, 86_400, "x", [], ["x"], [1], {}, {"a": 1}, [{}])
RULES = SimpleNamespace(user_header=None, enforce_user=False)
NOBODY_ASKED = SimpleNamespace(headers={}, about=SimpleNamespace(gateway=SimpleNamespace(assembly=RULES)))
POINTS = ([{"index": 1}], [{"index": "1"}], [{"role": "user"}], [{"role": 1}], [{"index": None}])
LONG = (["x"] * 16, ["x"] * 17, ["x"] * 64, ["x"] * 65, [{}] * 32, [{}] * 33)


@pytest.mark.parametrize("value", [*SAMPLES, *POINTS, *LONG])
@pytest.mark.parametrize("name", sorted(fields.HONOURED | {"extra_body"}))
def test_controls_are_what_the_page_says(name, value):
    """A value that the page allows is taken, another one refused; nulls never get that far."""
    if value is None:
        return

    def is_allowed():
        try:
            msgspec.convert({name: value}, Control)
        except msgspec.ValidationError:
            return False
        return True

    def is_taken():
        try:
            fields.split({name: value}, NOBODY_ASKED)
        except BadRequestError:
            return False
        return True

    assert is_allowed() == is_taken()


def test_the_bounds_of_lists_are_published():
    """A client can know how long a list may be before it is refused."""
    properties = DOCUMENT["components"]["schemas"]["Control"]["properties"]
    told = {name: each["maxItems"] for name, each in properties.items() if "maxItems" in each}

    assert {**fields.LISTS, "cache_control_injection_points": fields.MOST_POINTS} == told


def test_the_control_that_is_published_is_all_there_is():
    """No control without its words on the page."""
    assert fields.HONOURED | {"extra_body"} == Control.__annotations__.keys()


def test_the_pages(ask, address):
    """For people and for programs, without a key, and with nothing from elsewhere."""
    spec, docs, welcome = (ask(address, path, key=None) for path in ("/openapi.json", "/docs", "/"))

    assert ("3.1.0", __version__) == (spec.json["openapi"], spec.json["info"]["version"])
    assert spec.json == msgspec.json.decode(msgspec.json.encode(DOCUMENT))
    html = docs.body.decode()
    assert "default-src 'none'" in docs.headers["content-security-policy"]
    assert not re.search(r"<script|https?://|src=", html)
    for path, _ in endpoints.entries():
        assert f"<code>{path}</code>" in html
        assert path in welcome.json["endpoints"]
