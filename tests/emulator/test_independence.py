"""The emulator must not share an error with what it tests."""

from __future__ import annotations

import ast
from pathlib import Path

import lakeway.emulator

OWN = ("lakeway.emulator", "lakeway.databricks.catalogue_rows")


def test_only_the_published_rows_are_shared() -> None:
    """No file of the emulator imports Lakeway's translations, profiles or flows."""
    folder = Path(lakeway.emulator.__file__).parent
    imported = {
        (path.name, name)
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _names(node)
        if name.startswith("lakeway") and not name.startswith(OWN)
    }

    assert imported == set()


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module)):
            return [module]
    return []
