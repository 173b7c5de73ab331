"""What every exchange with a workspace shares: its target, and how its errors read."""

from __future__ import annotations

from typing import ClassVar

from lakeway.core.error_reader import ErrorReader
from lakeway.core.json_exchange import JsonExchange
from lakeway.databricks import errors
from lakeway.databricks.target import DatabricksTarget


class DatabricksExchange(JsonExchange):
    """A subclass writes the request and reads a decoded reply."""

    target: DatabricksTarget
    _errors: ClassVar[ErrorReader] = errors.READER

    def __init__(self, target: DatabricksTarget) -> None:
        self.target = target
