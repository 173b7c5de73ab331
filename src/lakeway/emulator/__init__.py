"""A Databricks workspace on this machine: as strict as the real one, and failing on request.

    from lakeway.emulator import Settings, create_app, serve

`create_app(settings)` is an ASGI application, `serve(settings, host, port)` runs it. Tests take
`lakeway.testing.emulator()` instead.

Requests may carry `x-emulator-fault` (the grammar is in `emulator.faults`) and `x-emulator-thinking`
(redacted, opaque or shown). GET `/_emulator/requests` and `/_emulator/usage` tell what was received and
booked; POST `/_emulator/reset`, `/_emulator/expire-tokens` and `/_emulator/faults` change the workspace.

It shares no translation code with Lakeway, so that an error there
cannot cancel out here; only the published catalogue is common.
"""

from __future__ import annotations

from lakeway.emulator.app import create_app
from lakeway.emulator.settings import Endpoint, RateLimits, Settings

__all__ = ["Endpoint", "RateLimits", "Settings", "create_app", "serve"]


def serve(settings: Settings | None = None, host: str = "127.0.0.1", port: int = 4010) -> None:
    """Serve a workspace until interrupted. Imports uvicorn only when called."""
    from lakeway.emulator import server

    server.serve(settings, host, port)
