"""The state of one emulated workspace, and the way from a model's name to the model."""

from __future__ import annotations

import time
from collections.abc import Callable

from lakeway.emulator import models
from lakeway.emulator.envelopes import ApiError, bad_request, coded
from lakeway.emulator.faults import Faults
from lakeway.emulator.limits import Limiter
from lakeway.emulator.models import Model, Task
from lakeway.emulator.prompt_cache import PromptCache
from lakeway.emulator.recorder import Recorder
from lakeway.emulator.settings import Endpoint, Settings
from lakeway.emulator.signatures import Signer
from lakeway.emulator.tokens import Tokens
from lakeway.emulator.usage import UsageTable
from lakeway.emulator.validation.wording import Surface


class Workspace:
    """Everything that outlives a request. `clock` gives seconds and may be a test's own."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.clock = clock
        self.models = {**models.published(), **{e.name: _own(e) for e in settings.endpoints}}
        self.signer = Signer(settings.signing_secret)
        self.cache = PromptCache(clock)
        self.tokens = Tokens(settings, clock)
        self.recorder = Recorder(settings.recorded)
        self.usage = UsageTable(settings.recorded, settings.workspace_id)
        self.limiter = Limiter(settings.limits, clock)
        self.faults = Faults(settings.faults)
        self._serial = 0

    def next_id(self) -> str:
        """A request id: counted, so that a test run is the same twice."""
        self._serial += 1
        return f"00000000-0000-4000-8000-{self._serial:012x}"

    def reset(self) -> None:
        """Forget what was received, cached, counted and planned; issued tokens stay good."""
        self._serial = 0
        for part in (self.cache, self.recorder, self.usage, self.limiter, self.faults):
            part.clear()

    def served(self, surface: Surface, name: str, tasks: tuple[Task, ...]) -> Model:
        """The model behind `name`, able and willing to do one of `tasks`; raises `ApiError`."""
        model = self.find(surface, name)
        if model.retired and self.settings.retired == "refuse":
            raise bad_request(f"The model {name} has been retired and is no longer available.")
        if not model.ready or model.name in self.settings.not_ready:
            raise coded(
                503, "TEMPORARILY_UNAVAILABLE", f"The endpoint {name} is not ready: it is scaled to zero."
            )
        if model.task not in tasks:
            raise _wrong_task(model, name)
        return model

    def find(self, surface: Surface, name: str) -> Model:
        """Classic knows endpoint names, the gateway those and three-part names."""
        if surface == "classic":
            model = self.models.get(name) if name.count(".") < 2 else None
            if model is None:
                raise endpoint_not_found()
            return model
        short = name.removeprefix("system.ai.")
        own = name if short == name else f"databricks-{short}"
        model = self.models.get(own)
        if model is None or (model.custom and name.count(".") < 2):
            raise coded(404, "NOT_FOUND", f"NOT_FOUND: '{name}' does not exist")
        return model


def endpoint_not_found(code: str = "ENDPOINT_NOT_FOUND") -> ApiError:
    return coded(
        404,
        code,
        "The given endpoint does not exist, please retry after checking the specified model and version "
        "deployment exists.",
    )


def _own(endpoint: Endpoint) -> Model:
    return models.custom(
        endpoint.name, endpoint.family, task=endpoint.task, max_input=endpoint.max_input, ready=endpoint.ready
    )


def _wrong_task(model: Model, name: str) -> ApiError:
    if model.task == "responses":
        return bad_request(
            f"The model {name} is only available through the Responses API. Use the Responses API."
        )
    return bad_request(f"The endpoint {name} does not serve this task; it serves {model.task}")
