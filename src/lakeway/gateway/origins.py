"""Where the parts of a configuration that was put together from several files came from."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from lakeway.gateway.problems import Place, Problem, located


class Origins(Struct, frozen=True):
    """Which parts of the whole came from an included file, with their place there."""

    parts: Mapping[Place, tuple[str, Place]] = {}

    def of(self, path: Place) -> tuple[str, Place]:
        """The file, empty for the main one, and the path in it."""
        for length in range(len(path), 0, -1):
            found = self.parts.get(path[:length])
            if found is not None:
                file, place = found
                return file, (*place, *path[length:])
        return "", path

    def shown(self, path: Place) -> str:
        file, place = self.of(path)
        return located(place, file)

    def locate(self, problem: Problem) -> Problem:
        """The problem as whoever wrote the file looks for it."""
        if problem.file or not problem.path:
            return problem
        file, place = self.of(problem.path)
        return Problem(place, problem.message, problem.advice, file)
