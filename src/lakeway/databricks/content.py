"""What a message says, as an endpoint's family takes it: a text, or a list of parts.

Part validation is closed too, so keys that only one family has (cache markers are Claude's, signatures on
text are Gemini's) reach no other. Reads what `openai_messages` has checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from lakeway.core.dialects.openai_messages import FILE_NAME
from lakeway.core.exchange import JsonObject
from lakeway.databricks.profiles import Profile

Part: TypeAlias = JsonObject
Content: TypeAlias = str | list[Part] | None


def write(message: Mapping[str, Any], profile: Profile) -> Content:
    """The content of `message`, whose own cache marker moves to its last part."""
    content = message.get("content")
    marker = message.get("cache_control") if profile.cache_control else None
    if content is None or isinstance(content, str):
        if marker and content:
            return [{"type": "text", "text": content, "cache_control": cache_marker(marker)}]
        return content
    parts = [part(given, profile) for given in content if not _is_empty_text(given)]
    if marker and parts:
        parts[-1].setdefault("cache_control", cache_marker(marker))
    # Llama's and GPT's json_object check reads only strings, so one plain text is sent as a string.
    if not profile.cache_control and len(parts) == 1 and parts[0].keys() == {"type", "text"}:
        text: str = parts[0]["text"]
        return text
    return parts


def part(given: str | Mapping[str, Any], profile: Profile) -> Part:
    """One part in the chat surface's form."""
    if isinstance(given, str):
        return {"type": "text", "text": given}
    written = {key: value for key, value in given.items() if value is not None and key != "cache_control"}
    if profile.cache_control and given.get("cache_control"):
        written["cache_control"] = cache_marker(given["cache_control"])
    match given.get("type"):
        case "text" if not profile.thought_signatures:
            written.pop("thoughtSignature", None)
        case "input_text":
            written["type"] = "text"
        case "image_url":
            written["image_url"] = _image(given.get("image_url"))
        case "image":
            written = _anthropic_image(written)
        case "file" if isinstance(given.get("file"), Mapping):
            file = {k: v for k, v in given["file"].items() if k not in ("format", "detail") and v is not None}
            written["file"] = {"filename": FILE_NAME, **file} if "file_data" in file else file
    return written


def as_parts(content: Content) -> list[Part]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return list(content or ())


def sign(content: Content, signatures: Sequence[Any]) -> Content:
    """`content` with Gemini's signatures on the text parts that they came with.

    Where the parts have been joined into one text since, it bears the last signature: the model wants to
    see its own again, but unlike that of a call it insists on none (Google docs, thought signatures).
    """
    known = [signature for signature in signatures if isinstance(signature, str) and signature]
    parts = as_parts(content)
    texts = [index for index, part in enumerate(parts) if part.get("type") == "text"]
    if not known or not texts or any("thoughtSignature" in part for part in parts):
        return content
    paired = (
        zip(texts, signatures, strict=True) if len(texts) == len(signatures) else [(texts[-1], known[-1])]
    )
    for index, signature in paired:
        if signature in known:
            parts[index] = {**parts[index], "thoughtSignature": signature}
    return parts


def is_blank(content: Content) -> bool:
    return not content or (isinstance(content, str) and not content.strip())


def cache_marker(marker: Mapping[str, Any]) -> dict[str, Any]:
    """A cache marker without `scope`, which Databricks does not know (litellm strips it as well)."""
    return {key: value for key, value in marker.items() if key != "scope"}


def _is_empty_text(given: str | Mapping[str, Any]) -> bool:
    """Claude refuses empty text, and it says nothing to anyone unless it bears citations or a signature."""
    if isinstance(given, str):
        return not given
    bears = given.get("citations") or given.get("thoughtSignature")
    return given.get("type") == "text" and not given.get("text") and not bears


def _image(image: Any) -> dict[str, Any]:
    if isinstance(image, Mapping):
        return {key: value for key, value in image.items() if key in ("url", "detail") and value is not None}
    return {"url": image}


def _anthropic_image(part: Part) -> Part:
    """Anthropic's image block as the image_url part that the chat surface knows."""
    source = part.pop("source", None) or {}
    url = source.get("url")
    if source.get("type") == "base64":
        url = f"data:{source.get('media_type', 'image/png')};base64,{source.get('data', '')}"
    return part | {"type": "image_url", "image_url": {"url": url}}
