"""What every exchange with a workspace reads alike: errors, failures, and bodies that are no reply."""

from __future__ import annotations

import msgspec

from lakeway.core.exchange import JsonObject
from lakeway.core.http import HttpResponse, TransportError
from lakeway.databricks import errors
from lakeway.databricks.target import DatabricksTarget
from lakeway.errors import APIResponseValidationError, LakewayError


class DatabricksExchange:
    """A subclass writes the request and reads a decoded reply."""

    def __init__(self, target: DatabricksTarget) -> None:
        self.target = target

    def read_reply(self, response: HttpResponse) -> JsonObject:
        """Raises APIResponseValidationError for a body that is no reply, and the error that an envelope
        reports in spite of its status."""
        wire = self._decoded(response)
        try:
            return self._read(wire)
        except errors.MISSHAPEN as cause:
            raise self._no_reply(response) from cause

    def read_error(self, response: HttpResponse) -> LakewayError:
        return errors.read(response.status, response.headers, response.body, model=self.target.model)

    def read_failure(self, failure: TransportError) -> LakewayError:
        return errors.read_failure(failure, model=self.target.model)

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
        if wire.get("error") or "error_code" in wire:
            raise errors.read_event(response.body, model=self.target.model)
        return wire

    def _no_reply(self, response: HttpResponse) -> APIResponseValidationError:
        start = response.body[:200].decode(errors="replace").strip()
        found = f"it begins with: {start!r}" if start else "it is empty"
        hint = "; is api_base a workspace's address?" if start.startswith("<") else ""
        return APIResponseValidationError(
            f"the answer is not the JSON that was asked for, {found}{hint}",
            errors.PROVIDER,
            self.target.model,
            request_id=response.headers.get("x-request-id"),
            headers=response.headers.items(),
            body=start,
        )
