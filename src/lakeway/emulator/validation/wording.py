"""Refusals in the words of the surface that refuses.

Classic endpoints speak pydantic ("x: Extra inputs are not permitted"), the gateway Go ("json: unknown
field"), and what lies below a Claude message was refused by the upstream, so its text is nested once more
(litellm 36931). Type errors on the gateway follow Go's decoder; their exact text is unverified.
"""

from __future__ import annotations

from typing import Any, Literal, NoReturn

from lakeway.emulator.envelopes import ApiError, bad_request, nested, openai

Surface = Literal["classic", "gateway"]
Path = tuple[str | int, ...]
Json = dict[str, Any]

_GO_TYPES = {
    "dictionary": "map",
    "list": "slice",
    "string": "string",
    "integer": "int",
    "number": "float64",
    "boolean": "bool",
}


class Words:
    """Raises the refusals of one surface; `upstream` says that a Claude stands behind it."""

    def __init__(self, surface: Surface, *, upstream: bool = False) -> None:
        self._gateway = surface == "gateway"
        self._upstream = upstream

    def unknown(self, path: Path) -> NoReturn:
        """An unknown key."""
        if self._gateway:
            raise bad_request(f'json: unknown field "{path[-1]}"')
        self._refuse(path, "Extra inputs are not permitted")

    def missing(self, path: Path) -> NoReturn:
        self._refuse(path, "Field required")

    def wrong_type(self, path: Path, wanted: str) -> NoReturn:
        """`wanted`: dictionary, list, string, integer, number or boolean."""
        if self._gateway:
            field = ".".join(str(part) for part in path if isinstance(part, str))
            raise bad_request(
                f"json: cannot unmarshal value into Go struct field {field} of type {_GO_TYPES[wanted]}"
            )
        self._refuse(path, f"Input should be a valid {wanted}")

    def invalid(self, path: Path, text: str) -> NoReturn:
        """A value of the right type that is out of range."""
        self._refuse(path, text)

    def _refuse(self, path: Path, text: str) -> NoReturn:
        message = f"{dotted(path)}: {text}"
        if self._upstream and len(path) > 1 and not self._gateway:
            raise nested(400, "BAD_REQUEST", message)
        raise bad_request(message)


def dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


class OpenAIWords(Words):
    """The words of OpenAI's own validator, which answers where GPT requests pass through."""

    def __init__(self) -> None:
        super().__init__("classic")

    def unknown(self, path: Path) -> NoReturn:
        raise refused(f"Unknown parameter: '{indexed(path)}'.", path, "unknown_parameter")

    def missing(self, path: Path) -> NoReturn:
        raise refused(f"Missing required parameter: '{indexed(path)}'.", path, "missing_required_parameter")

    def wrong_type(self, path: Path, wanted: str) -> NoReturn:
        raise refused(f"Invalid type for '{indexed(path)}': expected {wanted}.", path, "invalid_type")

    def invalid(self, path: Path, text: str) -> NoReturn:
        raise refused(f"Invalid value for '{indexed(path)}': {text}", path, "invalid_value")


def refused(message: str, path: Path, code: str | None) -> ApiError:
    """A 400 in OpenAI's envelope."""
    return openai(400, message, param=indexed(path) or None, code=code)


def indexed(path: Path) -> str:
    """`input[0].content` for ("input", 0, "content")."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
