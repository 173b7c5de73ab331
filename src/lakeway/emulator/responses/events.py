"""A response as OpenAI's event stream: `event:` lines, sequence numbers, no [DONE]."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lakeway.emulator.answers.tokens import pieces
from lakeway.emulator.responses.items import Written, envelope, final_status, output
from lakeway.emulator.validation.wording import Json

Named = tuple[str, Json]


def events(written: Written) -> Iterator[bytes]:
    """Every event of the stream, in order."""
    for number, (name, fields) in enumerate(_named(written)):
        kind = f"response.{name}"
        data = msgspec.json.encode({"type": kind, "sequence_number": number, **fields})
        yield b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"


def _named(written: Written) -> Iterator[Named]:
    yield "created", {"response": envelope(written, "in_progress", [])}
    yield "in_progress", {"response": envelope(written, "in_progress", [])}
    items = output(written)
    for index, item in enumerate(items):
        at: Json = {"item_id": item["id"], "output_index": index}
        yield "output_item.added", {"output_index": index, "item": _begun(item)}
        match item["type"]:
            case "reasoning":
                yield from _reasoning(item, at)
            case "message":
                yield from _message(item, at)
            case "function_call":
                yield from _function_call(item, at)
        yield "output_item.done", {"output_index": index, "item": item}
    status = final_status(written)
    yield status, {"response": envelope(written, status, items)}


def _begun(item: Json) -> Json:
    match item["type"]:
        case "reasoning":
            return {**item, "summary": []}
        case "message":
            return {**item, "content": [], "status": "in_progress"}
    return {**item, "arguments": "", "status": "in_progress"}


def _reasoning(item: Json, at: Json) -> Iterator[Named]:
    for index, part in enumerate(item["summary"]):
        here = {**at, "summary_index": index}
        yield "reasoning_summary_part.added", {**here, "part": {**part, "text": ""}}
        for piece in pieces(part["text"]):
            yield "reasoning_summary_text.delta", {**here, "delta": piece}
        yield "reasoning_summary_text.done", {**here, "text": part["text"]}
        yield "reasoning_summary_part.done", {**here, "part": part}


def _message(item: Json, at: Json) -> Iterator[Named]:
    for index, part in enumerate(item["content"]):
        here = {**at, "content_index": index}
        yield "content_part.added", {**here, "part": {**part, "text": ""}}
        for piece in pieces(part["text"]):
            yield "output_text.delta", {**here, "delta": piece, "logprobs": []}
        yield "output_text.done", {**here, "text": part["text"], "logprobs": []}
        yield "content_part.done", {**here, "part": part}


def _function_call(item: Json, at: Json) -> Iterator[Named]:
    for piece in pieces(item["arguments"]):
        yield "function_call_arguments.delta", {**at, "delta": piece}
    yield "function_call_arguments.done", {**at, "arguments": item["arguments"]}
