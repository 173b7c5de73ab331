"""What a package does with a case, as JSON: the requests it sends, and what its caller gets.

The same code looks at LiteLLM and at Lakeway, so it reads only what both promise. Names of the package,
fresh ids and times are replaced, since they say nothing. Standard library only.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any

from parity.case import UNREMARKABLE, Case
from parity.server import CannedWorkspace

KEY = "dapi-parity"
REMOTE = frozenset({"completion", "acompletion", "embedding", "text_completion"})
UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
CLIENT = re.compile(r"(litellm|lakeway)/\S+")
USUAL = {"authorization": f"Bearer {KEY}", "content-type": "application/json", "user-agent": "<client>"}
# What programs catch, by the package's own names and by openai's.
CATCHABLE = (
    *("APIConnectionError", "APIError", "APIResponseValidationError", "AuthenticationError"),
    *("BadGatewayError", "BadRequestError", "ContentPolicyViolationError", "ContextWindowExceededError"),
    *("InternalServerError", "NotFoundError", "PaymentRequiredError", "PermissionDeniedError"),
    *("RateLimitError", "ServiceUnavailableError", "Timeout", "UnprocessableEntityError"),
    *("UnsupportedParamsError", "APITimeoutError", "APIStatusError", "OpenAIError"),
)
LONGEST_MESSAGE = 300


def observe(package: Any, openai: Any, case: Case, workspace: CannedWorkspace) -> dict[str, Any]:
    """`requests`, and one of `answer`, `stream` and `error`; all plain JSON."""
    workspace.expect(case.reply)
    outcome: dict[str, Any] = {}
    try:
        outcome |= _call(package, openai, case, workspace)
    except Exception as error:  # noqa: BLE001 - whatever is raised is what is observed
        outcome["error"] = _error(error, package, openai, case)
    if case.call in REMOTE:
        outcome["requests"] = [{**sent, "headers": _unusual(sent["headers"])} for sent in workspace.requests]
    if case.reply is UNREMARKABLE and case.call in REMOTE:
        outcome.pop("answer", None)
    plain: dict[str, Any] = json.loads(json.dumps(_normalized(outcome, workspace.host)))
    return plain


def _call(package: Any, openai: Any, case: Case, workspace: CannedWorkspace) -> dict[str, Any]:
    arguments = dict(case.arguments)
    if case.call not in REMOTE:
        return {"answer": _known(getattr(package, case.call)(**arguments))}
    arguments = {"api_base": workspace.host + case.base, "api_key": KEY, **arguments}
    function = getattr(package, case.call)
    if case.call == "acompletion":
        result = asyncio.run(_awaited(package, function, arguments))
    else:
        result = function(**arguments)
    if not arguments.get("stream"):
        return {"answer": _answer(result)}
    chunks, failure = result if case.call == "acompletion" else _read(result)
    streamed = _stream(package, case, chunks)
    if failure is not None:
        streamed["error"] = _error(failure, package, openai, case)
    return {"stream": streamed}


def _known(answer: Any) -> Any:
    """Names as a set; of a model's facts those that say something, its parameters being another case's."""
    if isinstance(answer, list):
        return dict.fromkeys(answer, True)
    if isinstance(answer, Mapping):
        return {k: v for k, v in answer.items() if v is not None and k != "supported_openai_params"}
    return answer


def _unusual(headers: Mapping[str, str]) -> dict[str, str | None]:
    """The headers that are not as always; None for one of those that is missing."""
    written = {**headers, "user-agent": CLIENT.sub("<client>", headers.get("user-agent", ""))}
    return {
        name: written.get(name)
        for name in sorted(USUAL.keys() | written.keys())
        if written.get(name) != USUAL.get(name)
    }


async def _awaited(package: Any, function: Any, arguments: dict[str, Any]) -> Any:
    try:
        result = await function(**arguments)
        if not arguments.get("stream"):
            return result
        chunks: list[Any] = []
        try:
            async for chunk in result:
                chunks.append(chunk)
        except Exception as error:  # noqa: BLE001 - as above
            return chunks, error
        return chunks, None
    finally:
        if hasattr(package, "aclose"):
            await package.aclose()


def _read(result: Iterable[Any]) -> tuple[list[Any], Exception | None]:
    chunks: list[Any] = []
    try:
        for chunk in result:
            chunks.append(chunk)
    except Exception as error:  # noqa: BLE001 - as above
        return chunks, error
    return chunks, None


def _answer(result: Any) -> dict[str, Any]:
    hidden = result._hidden_params
    known = {key: hidden.get(key) for key in ("custom_llm_provider", "litellm_model_name", "response_cost")}
    return {**result.model_dump(), "_hidden_params": known}


def _stream(package: Any, case: Case, chunks: list[Any]) -> dict[str, Any]:
    """The events that the chunks amount to: empty deltas left out, the end told apart from the last text."""
    dumps = [chunk.model_dump() for chunk in chunks]
    heads = [{key: dump.get(key) for key in ("id", "model", "object")} for dump in dumps]
    streamed = {
        "heads": [head for i, head in enumerate(heads) if head not in heads[:i]],
        "events": [event for dump in dumps for choice in dump["choices"] for event in _events(choice)],
        "usage": [dump["usage"] for dump in dumps if dump.get("usage")],
    }
    if case.call != "text_completion" and chunks:
        streamed["built"] = package.stream_chunk_builder(
            chunks, messages=case.arguments["messages"]
        ).model_dump()
    return streamed


def _events(choice: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    place = {"index": choice["index"]} if choice["index"] else {}
    given = choice.get("delta") or {"text": choice.get("text")}
    delta = {key: value for key, value in given.items() if value not in (None, "", [], {})}
    if delta:
        yield {**place, **delta}
    if choice.get("finish_reason"):
        fields = choice.get("provider_specific_fields")
        yield {**place, "finish_reason": choice["finish_reason"], **(fields or {})}


def _error(error: Exception, package: Any, openai: Any, case: Case) -> dict[str, Any]:
    message = str(getattr(error, "message", error))
    caught = {f"package.{name}" for name in CATCHABLE if isinstance(error, getattr(package, name, ()))}
    caught |= {f"openai.{name}" for name in CATCHABLE if isinstance(error, getattr(openai, name, ()))}
    known = {
        key: getattr(error, key, None) for key in ("status_code", "llm_provider", "model", "code", "type")
    }
    return {
        "class": type(error).__name__,
        "caught_by": " ".join(sorted(caught)),
        **known,
        "says": case.says in message,
        "message": message.partition("Traceback")[0][:LONGEST_MESSAGE],
    }


def _normalized(value: Any, host: str) -> Any:
    if isinstance(value, Mapping):
        if "prompt_tokens" in value:
            value = _counts(value)
        return {str(key): _fresh(key, _normalized(item, host)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_normalized(item, host) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, str):
        return UUID.sub("<uuid>", value.replace(host, "<host>"))
    if isinstance(value, float):
        return float(f"{value:.10g}")
    return value if value is None or isinstance(value, (bool, int)) else _normalized(_dumped(value), host)


def _counts(usage: Mapping[str, Any]) -> dict[str, Any]:
    """A usage without what it does not count: which of those are null, and which absent, is no matter."""
    counts = {k: _counts(v) if isinstance(v, Mapping) else v for k, v in usage.items()}
    return {key: value for key, value in counts.items() if value not in (None, {})}


def _fresh(key: Any, value: Any) -> Any:
    is_now = key == "created" and isinstance(value, int) and abs(value - time.time()) < 86400
    return "<now>" if is_now else value


def _dumped(value: Any) -> Any:
    return value.model_dump() if hasattr(value, "model_dump") else repr(value)
