"""Rules of single families other than Claude: GPT's and Gemini's.

GPT: tools with reasoning_effort from 5.4 on, the word json, strict schemas, sampling. Gemini: the
thoughtSignature of every call must come back. Texts quoted by users (litellm, dbx-tools); see the errors'
own words for what is verbatim.
"""

from __future__ import annotations

from typing import Any

from lakeway.emulator.conversation import text_of
from lakeway.emulator.envelopes import bad_request
from lakeway.emulator.models import Model
from lakeway.emulator.signatures import Signer
from lakeway.emulator.validation.wording import Json


def check_gpt(model: Model, body: Json) -> None:
    effort = body.get("reasoning_effort")
    if body.get("tools") and effort not in (None, "none") and model.version >= (5, 4):
        raise bad_request(
            f"Function tools with reasoning_effort are not supported for {model.served} in "
            "/v1/chat/completions. "
            "To use function tools, use /v1/responses or set reasoning_effort to 'none'."
        )
    for field in ("temperature", "top_p"):
        if body.get(field) not in (None, 1):
            raise bad_request(f"{model.name} does not support the {field} parameter")
    if body.get("stop") is not None:
        raise bad_request(f"{model.name} does not support the stop parameter")
    response_format = body.get("response_format") or {}
    match response_format.get("type"):
        case "json_object":
            _check_word_json(body["messages"])
        case "json_schema" if response_format["json_schema"].get("strict"):
            named = response_format["json_schema"]
            check_strict_schema(named["name"], named.get("schema") or {})


def check_strict_schema(name: str, schema: Json) -> None:
    """Every object closed, every property required: what `strict: true` demands."""
    for where, member in _objects(schema, ()):
        properties = member.get("properties") or {}
        missing = [key for key in properties if key not in (member.get("required") or ())]
        context = f"Invalid schema for response_format '{name}': In context={where!r}, "
        if member.get("additionalProperties") is not False:
            raise bad_request(f"{context}'additionalProperties' is required to be supplied and to be false.")
        if missing:
            raise bad_request(
                f"{context}'required' is required to be supplied and to be an array including every key in "
                f"properties. Missing '{missing[0]}'."
            )


def _objects(schema: Any, where: tuple[str, ...]) -> list[tuple[tuple[str, ...], Json]]:
    if not isinstance(schema, dict):
        return []
    found = [(where, schema)] if schema.get("type") == "object" else []
    for keyword in ("properties", "$defs", "definitions"):
        for key, member in (schema.get(keyword) or {}).items():
            found += _objects(member, (*where, keyword, key))
    return found + _objects(schema.get("items"), (*where, "items"))


def _check_word_json(messages: list[Json]) -> None:
    """System text is hoisted to `instructions`, which nobody scans for the word."""
    if not any(
        "json" in text_of(message.get("content")).lower()
        for message in messages
        if message["role"] != "system"
    ):
        raise bad_request(
            "'messages' must contain the word 'json' in some form, "
            "to use 'response_format' of type 'json_object'."
        )


def check_gemini(model: Model, body: Json, signer: Signer) -> None:
    for message in body["messages"]:
        for call in message.get("tool_calls") or ():
            signature = call.get("thoughtSignature")
            if not signature:
                raise bad_request(
                    "Function call is missing a thought_signature in functionCall parts. "
                    "This is required for tools to work correctly"
                )
            if not isinstance(signature, str) or not signer.genuine(
                model.name, call["function"]["name"], signature
            ):
                raise bad_request("Thought signature is not valid.")
