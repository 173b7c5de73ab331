"""What is true of the project as a whole: how light the package is, what is in the wheel and in the locks."""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import statistics
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

import lakeway
from lakeway.settings import Settings

ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
MOST_CPU_SECONDS_TO_IMPORT = 0.060

NOT_LOADED = {
    *("asyncio", "concurrent.futures", "http", "httptools", "socket", "ssl", "truststore"),
    *("click", "databricks", "openai", "pydantic", "requests", "rich", "uvicorn", "uvloop", "yaml"),
    *("lakeway.cli", "lakeway.emulator", "lakeway.gateway", "lakeway.testing", "lakeway.transport"),
}

IMPORT = """
import json, sys, time
before, started = set(sys.modules), time.process_time()
import lakeway
spent = time.process_time() - started
print(json.dumps({"spent": spent, "loaded": sorted(set(sys.modules) - before)}))
"""


@pytest.fixture(scope="module")
def imports(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """Reports of fresh processes that import the package; the first one compiled it for the others."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("bytecode"))}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", IMPORT]
    outputs = [subprocess.check_output(command, env=environment, timeout=30) for _ in range(6)]
    return [json.loads(output) for output in outputs[1:]]


def test_importing_costs_little(imports):
    """The median import takes less CPU than a person or a cold start notices."""
    assert statistics.median(report["spent"] for report in imports) < MOST_CPU_SECONDS_TO_IMPORT


def test_importing_loads_no_http_and_no_gateway(imports):
    """What a call needs is loaded by the first call; what the gateway needs, never."""
    assert set() == NOT_LOADED & set(imports[0]["loaded"])


def test_public_names_are_sorted():
    """`__all__` is sorted, and names nothing twice."""
    assert sorted(set(lakeway.__all__)) == list(lakeway.__all__)


def test_type_checkers_see_what_there_is():
    """Names that are loaded on demand are imported once more for type checkers: the same ones."""
    (static,) = (node for node in ast.parse(inspect.getsource(lakeway)).body if isinstance(node, ast.If))
    seen = {alias.asname for node in static.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    seen |= {node.target.id for node in static.body if isinstance(node, ast.AnnAssign)}

    assert set(lakeway.__all__) - {"__version__"} == seen


def test_settings_have_a_default():
    """Every setting that a call reads is an attribute of the package."""
    assert set() == set(Settings.__struct_fields__) - vars(lakeway).keys()


@pytest.mark.parametrize("name", getattr(lakeway, "__all__", ()))
def test_every_public_name_resolves(name: str):
    """A name that is loaded when it is asked for exists."""
    assert hasattr(lakeway, name)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_locks_hold_hashes_and_no_addresses(lock: Path):
    """A lock says which files, never where from; pip refuses a file whose hash it does not know."""
    text = lock.read_text()
    pinned = re.findall(r"^[A-Za-z0-9].*==", text, re.MULTILINE)
    hashed = re.findall(r"^[A-Za-z0-9].*\\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)

    assert pinned
    assert len(pinned) == len(hashed)
    assert "://" not in text
    assert str(ROOT) not in text


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree with what is installed."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=50)
    (path,) = folder.glob("*.whl")
    return path


def shipped(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder.parent).as_posix()


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path):
    """Every file of the package, `py.typed` among them; no tests, and no .pth file that runs at start-up."""
    names = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert set(shipped(ROOT / "src" / "lakeway")) == names
    assert "lakeway/py.typed" in names
    assert [] == [name for name in names if name.endswith(".pth")]


def test_the_sdk_brings_three_packages(wheel: Path):
    """What `pip install lakeway` adds beside itself; the third is for macOS and Windows only."""
    archive = ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    required = Parser().parsestr(archive.read(name).decode()).get_all("Requires-Dist", [])
    names = [re.match(r"[\w-]+", line)[0] for line in required if "extra ==" not in line]

    assert ["httptools", "msgspec", "truststore"] == sorted(names)


IMPORT_ALL = """
import importlib, pkgutil, lakeway
names = [module.name for module in pkgutil.walk_packages(lakeway.__path__, "lakeway.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(lakeway.__file__, lakeway.__version__, len(names))
"""


def test_the_wheel_works_without_the_tree(wheel: Path, tmp_path: Path):
    """Installed into a fresh environment, every module imports and the command starts."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path], check=True, timeout=30)
    binaries = tmp_path / ("Scripts" if os.name == "nt" else "bin")
    python = binaries / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*install, wheel], check=True, capture_output=True, timeout=50)
    # The dependencies are this environment's; a .pth file found by way of PYTHONPATH is not obeyed.
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}

    run = {"env": environment, "cwd": tmp_path, "text": True, "timeout": 30}
    file, version, count = subprocess.check_output([python, "-c", IMPORT_ALL], **run).split()
    said = subprocess.check_output([binaries / "lakeway", "--version"], **run)

    assert tmp_path in Path(file).parents
    assert lakeway.__version__ == version
    assert int(count) > 20
    assert version in said
