"""Lakeway: one way to every model on Databricks.

The public names, and nothing else. Each is loaded when it is first used, so that importing the package
costs milliseconds; the attributes below are settings, read by every call.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lakeway.version import __version__ as __version__

# Settings, under LiteLLM's names: lakeway.drop_params = True.
api_base: str | None = None
api_key: str | None = None
databricks_key: str | None = None
drop_params: bool = False
headers: dict[str, str] | None = None
num_retries: int | None = None
request_timeout: float | None = None
ssl_verify: Any = True
user_agent: str | None = None
# The price of one DBU in USD; the published rates are worked out with 0.07.
dbu_usd: float = 0.07
# Accepted, so that programs written for LiteLLM run: there is no banner to suppress, and nothing is printed.
set_verbose: bool = False
suppress_debug_info: bool = True
telemetry: bool = False

if TYPE_CHECKING:
    from lakeway.api import acompletion as acompletion
    from lakeway.api import aembedding as aembedding
    from lakeway.api import atext_completion as atext_completion
    from lakeway.api import completion as completion
    from lakeway.api import embedding as embedding
    from lakeway.api import text_completion as text_completion
    from lakeway.counting import completion_cost as completion_cost
    from lakeway.counting import cost_per_token as cost_per_token
    from lakeway.counting import stream_chunk_builder as stream_chunk_builder
    from lakeway.counting import token_counter as token_counter
    from lakeway.errors import APIConnectionError as APIConnectionError
    from lakeway.errors import APIError as APIError
    from lakeway.errors import APIResponseValidationError as APIResponseValidationError
    from lakeway.errors import AuthenticationError as AuthenticationError
    from lakeway.errors import BadGatewayError as BadGatewayError
    from lakeway.errors import BadRequestError as BadRequestError
    from lakeway.errors import BudgetExceededError as BudgetExceededError
    from lakeway.errors import ContentPolicyViolationError as ContentPolicyViolationError
    from lakeway.errors import ContextWindowExceededError as ContextWindowExceededError
    from lakeway.errors import ImageFetchError as ImageFetchError
    from lakeway.errors import InternalServerError as InternalServerError
    from lakeway.errors import JSONSchemaValidationError as JSONSchemaValidationError
    from lakeway.errors import LakewayError as LakewayError
    from lakeway.errors import LiteLLMUnknownProvider as LiteLLMUnknownProvider
    from lakeway.errors import MidStreamFallbackError as MidStreamFallbackError
    from lakeway.errors import ModelNotMappedError as ModelNotMappedError
    from lakeway.errors import NotFoundError as NotFoundError
    from lakeway.errors import PaymentRequiredError as PaymentRequiredError
    from lakeway.errors import PermissionDeniedError as PermissionDeniedError
    from lakeway.errors import RateLimitError as RateLimitError
    from lakeway.errors import RejectedRequestError as RejectedRequestError
    from lakeway.errors import RouterRateLimitError as RouterRateLimitError
    from lakeway.errors import ServiceUnavailableError as ServiceUnavailableError
    from lakeway.errors import StreamCutError as StreamCutError
    from lakeway.errors import Timeout as Timeout
    from lakeway.errors import UnknownProviderError as UnknownProviderError
    from lakeway.errors import UnprocessableEntityError as UnprocessableEntityError
    from lakeway.errors import UnsupportedEndpointError as UnsupportedEndpointError
    from lakeway.errors import UnsupportedParamsError as UnsupportedParamsError
    from lakeway.models import get_llm_provider as get_llm_provider
    from lakeway.models import get_max_tokens as get_max_tokens
    from lakeway.models import get_model_info as get_model_info
    from lakeway.models import get_supported_openai_params as get_supported_openai_params
    from lakeway.models import supports_audio_input as supports_audio_input
    from lakeway.models import supports_function_calling as supports_function_calling
    from lakeway.models import supports_parallel_function_calling as supports_parallel_function_calling
    from lakeway.models import supports_pdf_input as supports_pdf_input
    from lakeway.models import supports_prompt_caching as supports_prompt_caching
    from lakeway.models import supports_reasoning as supports_reasoning
    from lakeway.models import supports_response_schema as supports_response_schema
    from lakeway.models import supports_tool_choice as supports_tool_choice
    from lakeway.models import supports_vision as supports_vision
    from lakeway.models import supports_web_search as supports_web_search
    from lakeway.models import validate_environment as validate_environment
    from lakeway.pricing import model_cost as model_cost
    from lakeway.pricing import register_model as register_model
    from lakeway.runtime import aclose as aclose
    from lakeway.runtime import close as close
    from lakeway.streaming import AsyncStream as AsyncStream
    from lakeway.streaming import CustomStreamWrapper as CustomStreamWrapper
    from lakeway.streaming import Stream as Stream
    from lakeway.types.chat import ChatCompletionDeltaToolCall as ChatCompletionDeltaToolCall
    from lakeway.types.chat import ChatCompletionMessageToolCall as ChatCompletionMessageToolCall
    from lakeway.types.chat import Choices as Choices
    from lakeway.types.chat import CompletionTokensDetailsWrapper as CompletionTokensDetailsWrapper
    from lakeway.types.chat import Delta as Delta
    from lakeway.types.chat import Function as Function
    from lakeway.types.chat import FunctionCall as FunctionCall
    from lakeway.types.chat import Message as Message
    from lakeway.types.chat import ModelResponse as ModelResponse
    from lakeway.types.chat import ModelResponseStream as ModelResponseStream
    from lakeway.types.chat import PromptTokensDetailsWrapper as PromptTokensDetailsWrapper
    from lakeway.types.chat import StreamingChoices as StreamingChoices
    from lakeway.types.chat import Usage as Usage
    from lakeway.types.embeddings import Embedding as Embedding
    from lakeway.types.embeddings import EmbeddingResponse as EmbeddingResponse
    from lakeway.types.text import TextChoices as TextChoices
    from lakeway.types.text import TextCompletionResponse as TextCompletionResponse

    model_list: list[str]

_HOME = {
    "lakeway.api": ("acompletion aembedding atext_completion completion embedding text_completion"),
    "lakeway.counting": ("completion_cost cost_per_token stream_chunk_builder token_counter"),
    "lakeway.errors": (
        "APIConnectionError APIError APIResponseValidationError AuthenticationError BadGatewayError "
        "BadRequestError BudgetExceededError ContentPolicyViolationError ContextWindowExceededError "
        "ImageFetchError InternalServerError JSONSchemaValidationError LakewayError "
        "LiteLLMUnknownProvider MidStreamFallbackError ModelNotMappedError NotFoundError "
        "PaymentRequiredError PermissionDeniedError RateLimitError RejectedRequestError "
        "RouterRateLimitError ServiceUnavailableError StreamCutError Timeout UnknownProviderError "
        "UnprocessableEntityError UnsupportedEndpointError UnsupportedParamsError"
    ),
    "lakeway.models": (
        "get_llm_provider get_max_tokens get_model_info get_supported_openai_params supports_audio_input "
        "supports_function_calling supports_parallel_function_calling supports_pdf_input "
        "supports_prompt_caching supports_reasoning supports_response_schema supports_tool_choice "
        "supports_vision supports_web_search validate_environment"
    ),
    "lakeway.pricing": ("model_cost register_model"),
    "lakeway.runtime": ("aclose close"),
    "lakeway.streaming": ("AsyncStream CustomStreamWrapper Stream"),
    "lakeway.types.chat": (
        "ChatCompletionDeltaToolCall ChatCompletionMessageToolCall Choices CompletionTokensDetailsWrapper "
        "Delta Function FunctionCall Message ModelResponse ModelResponseStream PromptTokensDetailsWrapper "
        "StreamingChoices Usage"
    ),
    "lakeway.types.embeddings": ("Embedding EmbeddingResponse"),
    "lakeway.types.text": ("TextChoices TextCompletionResponse"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = sorted([*_MODULE, "__version__", "model_list"])


def __getattr__(name: str) -> Any:
    if name == "model_list":
        from lakeway import models

        return models.model_list()
    module = _MODULE.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
