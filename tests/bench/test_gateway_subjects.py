"""Each gateway is set up with a key check, the upstream's key and address, and locked versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench.environments import SetUpFailed
from bench.gateway.installed import find, version
from bench.gateway.measures import QUICK, Size
from bench.gateway.run import turn
from bench.gateway.subjects import (
    FOLDER,
    GATEWAYS,
    KEY,
    LITELLM,
    PORTKEY,
    Gateway,
    Launch,
    Place,
    config,
)
from bench.gateway.upstream import KEY as UPSTREAM_KEY

PLACE = Place(port=4001, folder=Path("folder"), whole_port=5001, stream_port=5002, program=Path("program"))
EVERY = pytest.mark.parametrize("gateway", GATEWAYS.values(), ids=GATEWAYS)


def settings(launch: Launch) -> str:
    """All that a launch tells its gateway, and what its callers do."""
    told = [*launch.command, *launch.files.values(), *launch.environ.values()]
    return "\n".join([*told, *launch.whole.headers.values(), *launch.stream.headers.values()])


@EVERY
def test_a_gateway_knows_its_port_both_upstreams_and_their_key(gateway: Gateway) -> None:
    """One for whole answers, one for streams."""
    told = settings(gateway.recipe(PLACE))

    assert all(text in told for text in ("4001", "5001", "5002", UPSTREAM_KEY))


@EVERY
def test_a_caller_shows_the_gateways_key_where_the_gateway_has_one(gateway: Gateway) -> None:
    """Portkey has none: what its callers show is the upstream's."""
    launch = gateway.recipe(PLACE)
    wanted = UPSTREAM_KEY if gateway is PORTKEY else KEY

    for address in (launch.whole, launch.stream):
        assert address.headers["Authorization"].startswith(f"Bearer {wanted}")


def test_litellm_and_lakeway_have_one_configuration() -> None:
    """The file is LiteLLM's, unchanged."""
    litellm, lakeway = (GATEWAYS[name].recipe(PLACE).files["config.yaml"] for name in ("litellm", "lakeway"))

    assert litellm == lakeway
    assert config(PLACE) == json.loads(lakeway)


def test_a_key_of_many_is_listed_by_its_hash_alone() -> None:
    """The file that lists the keys does not give one away."""
    launch = GATEWAYS["lakeway-keys"].recipe(PLACE)
    shown = launch.whole.headers["Authorization"].removeprefix("Bearer ")

    assert len(json.loads(launch.files["config.yaml"])["keys"]) == 20
    assert shown != KEY
    assert shown not in launch.files["config.yaml"]


def test_the_lock_of_litellm_is_the_release_compared_with_and_what_it_looks_for() -> None:
    """Without these it retries failing imports, or runs on a slower loop."""
    assert LITELLM.environment is not None
    text = LITELLM.environment.lock.read_text(encoding="utf-8")

    wanted = ("litellm==1.109.1", "opentelemetry-sdk==", "httptools==", "uvloop==", "orjson==")
    assert all(f"\n{name}" in text for name in wanted)


def test_the_lock_of_portkey_has_a_hash_for_each_package_and_no_address_of_a_registry() -> None:
    """An address would tie the lock to one registry."""
    lock = json.loads((FOLDER / "portkey" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}

    assert packages["node_modules/@portkey-ai/gateway"]["version"] == "1.15.2"
    assert all("integrity" in package and "resolved" not in package for package in packages.values())


def test_a_missing_program_is_named_with_its_debian_package() -> None:
    """Whoever reads it knows what to install."""
    with pytest.raises(SetUpFailed, match=r"no `no-such-program` here; .* apt-get install its-package"):
        find("no-such-program", "its-package")


def test_a_version_is_the_first_number_that_a_program_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On whichever stream: nginx uses stderr."""
    program = tmp_path / "thing"
    program.write_text("#!/bin/sh\necho 'thing version: thing/1.22.1 (built 2 3)' >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert version("thing") == "1.22.1"


def test_nobody_is_always_first() -> None:
    """Each round begins with another gateway, and has them all."""
    assert [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"]] == [
        turn(["a", "b", "c"], number) for number in range(4)
    ]


def test_a_quick_run_is_the_smaller_one() -> None:
    """In every respect."""
    full = Size()

    assert all(
        getattr(QUICK, name) <= getattr(full, name) for name in ("rounds", "latency", "requests", "million")
    )
