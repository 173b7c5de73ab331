"""The Responses API as GPT models have it: OpenAI's own format, passed through by the workspace.

Databricks docs, query-openai-responses. Stateless: nothing is stored, no earlier response can be named.
"""

from __future__ import annotations

from lakeway.emulator.responses.endpoint import responses

__all__ = ["responses"]
