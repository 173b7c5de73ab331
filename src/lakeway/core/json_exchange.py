"""What every exchange of JSON reads alike: errors, failures, and bodies that are no reply."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from lakeway.core.dialects.openai_errors import reports_error
from lakeway.core.error_reader import MISSHAPEN, ErrorReader
from lakeway.core.exchange import JsonObject, Target
from lakeway.core.http import HttpResponse, TransportError
from lakeway.errors import LakewayError


class JsonExchange:
    """A subclass writes the request, reads a decoded reply, and knows its provider's errors."""

    target: Target
    _errors: ClassVar[ErrorReader]

    def read_reply(self, response: HttpResponse) -> JsonObject:
        """Raises APIResponseValidationError for a body that is no reply, and the error that an envelope
        reports in spite of its status."""
        wire = self._decoded(response)
        try:
            return self._read(wire)
        except MISSHAPEN as cause:
            raise self._no_reply(response) from cause

    def read_error(self, response: HttpResponse) -> LakewayError:
        return self._errors.read(response.status, response.headers, response.body, model=self.target.model)

    def read_failure(self, failure: TransportError) -> LakewayError:
        return self._errors.read_failure(failure, model=self.target.model)

    def _read(self, wire: JsonObject) -> JsonObject:
        """The reply in the caller's dialect; what is wrong with it may be raised as Python raises it."""
        raise NotImplementedError

    def _decoded(self, response: HttpResponse) -> JsonObject:
        try:
            wire = msgspec.json.decode(response.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as cause:
            raise self._no_reply(response) from cause
        if not isinstance(wire, dict):
            raise self._no_reply(response)
        if reports_error(wire):
            raise self._errors.read_event(response.body, model=self.target.model)
        return wire

    def _no_reply(self, response: HttpResponse) -> LakewayError:
        return self._errors.no_reply(response, model=self.target.model)
