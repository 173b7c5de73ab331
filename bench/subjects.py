"""Who is measured: one row per library. Knows names and lock files; starts nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"


@dataclass(frozen=True, slots=True)
class Subject:
    """A library in an environment of its own.

    `added` are distributions installed only so that the library is not slowed down by their absence;
    they count neither as its packages nor as its size.
    """

    name: str
    title: str
    lock: Path
    from_source: bool = False
    added: frozenset[str] = frozenset()


LAKEWAY = Subject("lakeway", "Lakeway", REQUIREMENTS / "bench-lakeway.txt", from_source=True)
LITELLM = Subject(
    "litellm",
    "LiteLLM",
    REQUIREMENTS / "bench-litellm.txt",
    added=frozenset(
        {"httptools", "opentelemetry-api", "opentelemetry-sdk", "opentelemetry-semantic-conventions"}
    ),
)
OPENAI = Subject("openai", "openai", REQUIREMENTS / "bench-openai.txt")

SUBJECTS: dict[str, Subject] = {subject.name: subject for subject in (LAKEWAY, LITELLM, OPENAI)}
OURS = LAKEWAY.name
PEER = LITELLM.name
