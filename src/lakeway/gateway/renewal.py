"""A configuration that is read again while the old one goes on. One with mistakes changes nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lakeway.gateway.app import App
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.problems import ConfigError

log = logging.getLogger("lakeway.gateway")

# Reads the configuration again; what it answers makes the new gateway, on the event loop.
Reload = Callable[[], Callable[[], Gateway]]


@contextmanager
def refusing() -> Iterator[None]:
    """Whatever is wrong with the new configuration is logged: no mistake in it may end what is running."""
    try:
        yield
    except (ConfigError, OSError) as error:
        log.error("The configuration was not changed, the one in force stays:\n%s", error)  # noqa: TRY400
    except Exception:
        log.exception("The configuration could not be read, the one in force stays.")


class Renewal:
    """Gives `app` another gateway. A wish that comes in the meantime is served after the first."""

    def __init__(self, app: App, reload: Reload) -> None:
        self._app = app
        self._reload = reload
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def begin(self) -> None:
        if self._task is not None and not self._task.done():
            self._again = True
            return
        self._task = asyncio.get_running_loop().create_task(self._carry_out())

    async def _carry_out(self) -> None:
        self._again = True
        while self._again:
            self._again = False
            with refusing():
                make = await asyncio.to_thread(self._reload)
                self._app.gateway = gateway = make()
                log.warning("The configuration was read again; %d models.", len(gateway.groups.names))
