"""Every error Lakeway raises, under LiteLLM's names; it knows nothing of HTTP clients or of openai's package.

    LakewayError
      ├ APIError                         a failure without a narrower name; other statuses of 500 and above
      ├ APIConnectionError               no answer, or not a whole one
      │   └ StreamCutError                   a stream that stopped before its end
      ├ APIResponseValidationError       an answer that is not what was asked for
      │   └ JSONSchemaValidationError        the model's JSON breaks the caller's schema
      ├ AuthenticationError              401
      ├ PermissionDeniedError            403
      ├ NotFoundError                    404
      ├ Timeout                          408, 504, or our own limit ran out
      ├ UnprocessableEntityError         422
      ├ RateLimitError                   429
      │   └ RouterRateLimitError             every deployment of a group is cooling down
      ├ InternalServerError              500
      ├ BadGatewayError                  502
      ├ ServiceUnavailableError          503
      │   └ MidStreamFallbackError           a stream failed after its start; another model may go on
      ├ BadRequestError                  400 and other statuses from 400 to 499
      │   ├ ContextWindowExceededError       ├ ContentPolicyViolationError    ├ RejectedRequestError
      │   ├ UnsupportedParamsError           ├ UnsupportedEndpointError       ├ ImageFetchError
      │   └ UnknownProviderError             └ PaymentRequiredError (402)
      ├ BudgetExceededError              422, a limit on spending was reached
      └ ModelNotMappedError              404, no price or limit is known for the model

While the program has `openai` loaded, an error is also an instance of openai's class of that name, so that
`except openai.RateLimitError` catches it. The positional order of arguments is LiteLLM's, class by class.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict, Unpack

from lakeway.redaction import redact, redact_all
from lakeway.types.error_response import ErrorHeaders, build_request, build_response

LONGEST = 10_000  # characters of a message


class Details(TypedDict, total=False):
    """What else is known of a failure; every error takes these as keywords. `retry_after` is in seconds."""

    code: str | int | None
    type: str | None
    param: str | None
    request_id: str | None
    retry_after: float | None
    body: Any
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None
    response: Any
    request: Any
    litellm_debug_info: str | None
    max_retries: int | None
    num_retries: int | None


class Facts(Details, total=False):
    status_code: int | None


class LakewayError(Exception):
    """The root of all. `message` is the reason alone; `str(error)` adds where it came from.

    `code` is the provider's own code, else the status as text. `body` is the provider's answer.
    """

    _openai_name: ClassVar[str | None] = None
    _default_type: ClassVar[str | None] = None
    status_code: int = 500
    _request: tuple[str, str] = ("POST", "https://databricks.invalid/")

    if not TYPE_CHECKING:

        def __new__(cls, *_args, **_kwargs):
            return Exception.__new__(_joint_class(cls))

    def __init__(
        self, message: str, llm_provider: str | None = None, model: str | None = None, **facts: Unpack[Facts]
    ) -> None:
        if unknown := facts.keys() - Facts.__annotations__.keys():
            raise TypeError(f"{type(self).__name__}() has no argument {', '.join(sorted(unknown))}")
        self.message = _bounded(str(message))
        Exception.__init__(self, self.message)
        self.llm_provider = llm_provider
        self.model = model
        status, headers, response = facts.get("status_code"), facts.get("headers"), facts.get("response")
        if response is not None and headers is None:
            headers = response.headers
        self._answered = status is not None or response is not None
        if status is not None:
            self.status_code = status
        self.code = str(facts.get("code") or self.status_code)
        self.type = facts.get("type") or self._default_type or _type_for_status(self.status_code)
        self.param = facts.get("param")
        self.request_id = facts.get("request_id")
        self.retry_after = facts.get("retry_after")
        self.body = redact_all(facts.get("body"))
        self.headers = ErrorHeaders(headers or ())
        self.litellm_debug_info = facts.get("litellm_debug_info")
        self.max_retries = facts.get("max_retries")
        self.num_retries = facts.get("num_retries")
        self._response = response
        if (request := facts.get("request")) is not None:
            self._request = (str(request.method), str(request.url).partition("?")[0])

    @property
    def response(self) -> Any:
        """The provider's answer: an `httpx.Response` when httpx is loaded, else an `ErrorResponse`."""
        if self._response is None:
            self._response = build_response(self.status_code, self.headers, self.body, self._request)
        return self._response

    @response.setter
    def response(self, response: Any) -> None:
        self._response = response

    @property
    def request(self) -> Any:
        """The method and address that failed; headers are left out, they hold the token."""
        return build_request(*self._request)

    @property
    def litellm_response_headers(self) -> ErrorHeaders:
        return self.headers

    def __str__(self) -> str:
        return f"{type(self).__name__}: {_described(self)}"

    def __reduce__(self) -> tuple[Any, ...]:
        own = type(self).__dict__.get("_own_class", type(self))
        # The response may be of a class that the reading process lacks; it is built again from the facts.
        state = {**self.__dict__, "_response": None}
        return _revive, (own, self.args), state


class _ModelFirst(LakewayError):
    """Errors that take the model before the provider, as LiteLLM's do."""

    def __init__(
        self, message: str, model: str | None = None, llm_provider: str | None = None, **facts: Unpack[Facts]
    ) -> None:
        super().__init__(message, llm_provider=llm_provider, model=model, **facts)


class APIError(LakewayError):
    _openai_name = "APIError"

    def __init__(
        self,
        status_code: int | None = None,
        message: str = "",
        llm_provider: str | None = None,
        model: str | None = None,
        **details: Unpack[Details],
    ) -> None:
        facts: Facts = {**details, "status_code": status_code}
        super().__init__(message, llm_provider=llm_provider, model=model, **facts)


class APIConnectionError(LakewayError):
    _openai_name = "APIConnectionError"


class StreamCutError(APIConnectionError):
    """The stream stopped before the provider said that it was complete."""


class APIResponseValidationError(LakewayError):
    _openai_name = "APIResponseValidationError"


class JSONSchemaValidationError(APIResponseValidationError):
    def __init__(
        self,
        model: str | None,
        llm_provider: str | None,
        raw_response: str,
        schema: str,
        **facts: Unpack[Facts],
    ) -> None:
        message = f"the answer does not fit the schema. Answer: {raw_response}; schema: {schema}"
        super().__init__(message, llm_provider=llm_provider, model=model, **facts)
        self.raw_response = raw_response
        self.schema = schema


class AuthenticationError(LakewayError):
    _openai_name = "AuthenticationError"
    status_code = 401


class PermissionDeniedError(LakewayError):
    _openai_name = "PermissionDeniedError"
    status_code = 403


class NotFoundError(_ModelFirst):
    _openai_name = "NotFoundError"
    status_code = 404


class Timeout(_ModelFirst):
    _openai_name = "APITimeoutError"
    status_code = 408


class UnprocessableEntityError(_ModelFirst):
    _openai_name = "UnprocessableEntityError"
    status_code = 422


class RateLimitError(LakewayError):
    _openai_name = "RateLimitError"
    _default_type = "throttling_error"
    status_code = 429
    category = "vendor_rate_limit"


class RouterRateLimitError(RateLimitError):
    _default_type = "all_deployments_in_cooldown"


class InternalServerError(LakewayError):
    _openai_name = "InternalServerError"


class BadGatewayError(LakewayError):
    _openai_name = "APIStatusError"
    status_code = 502


class ServiceUnavailableError(LakewayError):
    _openai_name = "APIStatusError"
    status_code = 503


class MidStreamFallbackError(ServiceUnavailableError):
    """`generated_content` is the text already given out when `original_exception` ended the stream."""

    def __init__(
        self,
        message: str,
        model: str | None = None,
        llm_provider: str | None = None,
        original_exception: Exception | None = None,
        generated_content: str = "",
        is_pre_first_chunk: bool = False,
        **facts: Unpack[Facts],
    ) -> None:
        super().__init__(message, llm_provider=llm_provider, model=model, **facts)
        self.original_exception = original_exception
        self.generated_content = generated_content
        self.is_pre_first_chunk = is_pre_first_chunk


class BadRequestError(_ModelFirst):
    _openai_name = "BadRequestError"
    status_code = 400


class ContextWindowExceededError(BadRequestError):
    """The input is longer than the model's context."""


class ContentPolicyViolationError(BadRequestError):
    """A guardrail or the provider's safety system refused the input or the output."""


class RejectedRequestError(BadRequestError):
    """A hook or guardrail of this side refused to send the request; `request_data` is what it saw."""

    def __init__(
        self,
        message: str,
        model: str | None = None,
        llm_provider: str | None = None,
        request_data: dict[str, Any] | None = None,
        **facts: Unpack[Facts],
    ) -> None:
        super().__init__(message, model=model, llm_provider=llm_provider, **facts)
        self.request_data = request_data


class UnsupportedParamsError(BadRequestError):
    """The model does not take a parameter, and `drop_params` was off."""

    def __init__(
        self,
        message: str,
        llm_provider: str | None = None,
        model: str | None = None,
        status_code: int | None = None,
        **details: Unpack[Details],
    ) -> None:
        facts: Facts = {**details, "status_code": status_code}
        super().__init__(message, model=model, llm_provider=llm_provider, **facts)


class UnsupportedEndpointError(BadRequestError):
    """The provider has no such operation."""


class ImageFetchError(BadRequestError):
    """An image named by its address could not be loaded."""


class UnknownProviderError(BadRequestError):
    """The model name does not say which provider serves it."""


class PaymentRequiredError(BadRequestError):
    status_code = 402


class BudgetExceededError(LakewayError):
    """`current_cost` and `max_budget` are in USD."""

    _default_type = "budget_exceeded"
    status_code = 422

    def __init__(
        self, current_cost: float, max_budget: float, message: str | None = None, **facts: Unpack[Facts]
    ) -> None:
        said = f"Budget has been exceeded! Current cost: {current_cost}, Max budget: {max_budget}"
        super().__init__(message or said, **facts)
        self.current_cost = current_cost
        self.max_budget = max_budget


class ModelNotMappedError(LakewayError):
    status_code = 404


LiteLLMUnknownProvider = UnknownProviderError

_CLASS_FOR_STATUS: dict[int, type[LakewayError]] = {
    401: AuthenticationError,
    402: PaymentRequiredError,
    403: PermissionDeniedError,
    404: NotFoundError,
    408: Timeout,
    429: RateLimitError,
    500: InternalServerError,
    502: BadGatewayError,
    503: ServiceUnavailableError,
    504: Timeout,
}
_TYPE_FOR_STATUS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


def error_class_for_status(status: int) -> type[LakewayError]:
    """The class for a provider's status, where its code and text said nothing narrower.

    Construct it with keywords: the positional order differs from class to class.
    """
    return _CLASS_FOR_STATUS.get(status) or (BadRequestError if 400 <= status < 500 else APIError)


def to_openai_body(error: LakewayError) -> dict[str, Any]:
    """The body of an HTTP answer that reports `error`: `{"error": {"message", "type", "param", "code"}}`.

    `code` is the status as text, as LiteLLM's proxy has it.
    """
    report = {"message": _described(error), "type": error.type, "param": error.param}
    return {"error": {**report, "code": str(error.status_code)}}


def _bounded(text: str) -> str:
    """What fits into an error, without secrets. It may quote megabytes of a request, or of an answer."""
    if len(text) <= LONGEST:
        return redact(text)
    # Twice as much is looked at, so that no secret is cut in half.
    return f"{redact(text[: 2 * LONGEST])[:LONGEST]}… ({len(text)} characters in all)"


def _type_for_status(status: int) -> str:
    default = "invalid_request_error" if 400 <= status < 500 else "internal_server_error"
    return _TYPE_FOR_STATUS.get(status, default)


def _described(error: LakewayError) -> str:
    origin = "Databricks" if error.llm_provider == "databricks" else error.llm_provider
    notes = [f"model {error.model}"] if origin and error.model else []
    if error._answered:
        notes.append(f"status {error.status_code}")
    if error.request_id:
        notes.append(f"request id {error.request_id}")
    return f"{origin + ': ' if origin else ''}{error.message}{' (' + ', '.join(notes) + ')' if notes else ''}"


def _joint_class(cls: Any) -> Any:
    theirs: Any = getattr(sys.modules.get("openai"), cls._openai_name or "", None)
    usable = isinstance(theirs, type) and issubclass(theirs, Exception) and not issubclass(cls, theirs)
    return _join(cls, theirs) if usable else cls


@functools.cache
def _join(ours: Any, theirs: Any) -> Any:
    names = {name: getattr(ours, name) for name in ("__module__", "__qualname__", "__doc__")}
    return type(ours.__name__, (ours, theirs), {**names, "_own_class": ours})


def _revive(cls: type[LakewayError], args: tuple[Any, ...]) -> LakewayError:
    error = cls.__new__(cls)
    error.args = args
    return error
