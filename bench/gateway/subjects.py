"""Who is measured, and how each is set up: one row and one recipe per gateway. Starts and writes nothing.

A recipe turns a place (ports, folder, what was installed) into files to write, a command to run, and the two
addresses at which the gateway takes whole answers and streams.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.gateway import upstream
from bench.subjects import REQUIREMENTS, Subject

FOLDER = Path(__file__).resolve().parent
KEY = "sk-bench-6b1d0c52f7a94e38"
WRONG_KEY = "sk-bench-wrong"
_MODEL = "databricks/databricks-claude-sonnet-4-5"
_CHAT_PATH = "/v1/chat/completions"
_KEYS = 20
_NO_LIMIT = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a gateway runs: its own port, its folder, and the ports of the two upstreams."""

    port: int
    folder: Path
    whole_port: int
    stream_port: int
    program: Path
    """What was installed: a folder of programs (Python), an entry file (Node), or the program itself."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to send a request, under which model name, with which headers beside the body's type."""

    path: str
    model: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a gateway: files to write into its folder first, then the command."""

    command: tuple[str, ...]
    whole: Address
    stream: Address
    files: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gateway:
    """One column. `environment` is a locked Python environment, `needs` programs looked for on the path."""

    name: str
    title: str
    recipe: Callable[[Place], Launch]
    environment: Subject | None = None
    needs: Mapping[str, str] = field(default_factory=dict)
    """Program -> the Debian package that has it."""


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _base(port: int) -> str:
    return f"http://127.0.0.1:{port}"


# --- nginx: what a reverse proxy costs that understands nothing of what it passes on ---


def _nginx(place: Place) -> Launch:
    return Launch(
        command=(str(place.program), "-p", str(place.folder), "-c", "nginx.conf", "-e", "stderr"),
        files={"nginx.conf": _nginx_config(place)},
        whole=Address(_CHAT_PATH, "whole", _bearer(KEY)),
        stream=Address(f"/stream{_CHAT_PATH}", "stream", _bearer(KEY)),
    )


def _nginx_config(place: Place) -> str:
    """One worker, keep-alive both ways, the key checked and replaced; streams are not held back."""
    return f"""\
worker_processes 1;
daemon off;
pid nginx.pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path body;
    proxy_temp_path proxy;
    upstream whole {{
        server 127.0.0.1:{place.whole_port};
        keepalive 256;
        keepalive_requests 1000000000;
    }}
    upstream streams {{
        server 127.0.0.1:{place.stream_port};
        keepalive 256;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{place.port} backlog=1024;
        if ($http_authorization != "Bearer {KEY}") {{ return 401; }}
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Authorization "Bearer {upstream.KEY}";
        location = {_CHAT_PATH} {{ proxy_pass http://whole{upstream.PATH}; }}
        location = /stream{_CHAT_PATH} {{
            proxy_buffering off;
            proxy_pass http://streams{upstream.PATH};
        }}
    }}
}}
"""


# --- LiteLLM and Lakeway: one configuration file for both ---


def config(place: Place) -> dict[str, Any]:
    """`config.yaml` as LiteLLM's production page has it, without a database (docs.litellm.ai, proxy/prod)."""
    return {
        "model_list": [_row("whole", place.whole_port), _row("stream", place.stream_port)],
        "general_settings": {"master_key": KEY},
        "litellm_settings": {"request_timeout": 600, "set_verbose": False},
    }


def _row(name: str, port: int) -> dict[str, Any]:
    base = _base(port) + upstream.BASE_PATH
    return {
        "model_name": name,
        "litellm_params": {"model": _MODEL, "api_base": base, "api_key": upstream.KEY},
    }


def _yaml(value: Mapping[str, Any]) -> str:
    """JSON is YAML."""
    return json.dumps(value, indent=1) + "\n"


def _litellm(place: Place) -> Launch:
    """Uvicorn with one worker, which LiteLLM's docs recommend (proxy/server_tuning); uvloop and httptools."""
    program = str(place.program / "litellm")
    return Launch(
        command=(
            *(program, "--config", "config.yaml", "--host", "127.0.0.1"),
            *("--port", str(place.port), "--num_workers", "1"),
        ),
        files={"config.yaml": _yaml(config(place))},
        environ={
            "LITELLM_MODE": "PRODUCTION",  # else it looks for .env files
            "LITELLM_LOG": "ERROR",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else its start downloads a price list
            "HF_HUB_OFFLINE": "1",  # else it may ask a model hub for a tokenizer
        },
        whole=Address(_CHAT_PATH, "whole", _bearer(KEY)),
        stream=Address(_CHAT_PATH, "stream", _bearer(KEY)),
    )


def _lakeway(place: Place) -> Launch:
    return _serve(place, config(place), KEY)


def _lakeway_with_keys(place: Place) -> Launch:
    """Twenty keys beside the master key; the load uses one of them."""
    named = [f"{KEY}-{number}" for number in range(_KEYS)]
    keys = [_key(number, key) for number, key in enumerate(named)]
    return _serve(place, config(place) | {"keys": keys}, named[_KEYS // 2])


def _key(number: int, key: str) -> dict[str, Any]:
    """A row of Lakeway's `keys` section, its limits too high to be met."""
    return {
        "hash": hashlib.sha256(key.encode()).hexdigest(),
        "key_alias": f"key-{number}",
        "team_id": f"team-{number}",
        "models": ["whole", "stream"],
        "rpm": _NO_LIMIT,
        "tpm": _NO_LIMIT,
    }


def _serve(place: Place, settings: Mapping[str, Any], key: str) -> Launch:
    program = str(place.program / "lakeway")
    return Launch(
        command=(
            *(program, "serve", "--config", "config.yaml"),
            *("--host", "127.0.0.1", "--port", str(place.port)),
        ),
        files={"config.yaml": _yaml(settings)},
        whole=Address(_CHAT_PATH, "whole", _bearer(key)),
        stream=Address(_CHAT_PATH, "stream", _bearer(key)),
    )


# --- Portkey: configured by the headers of each request ---


def _portkey(place: Place) -> Launch:
    """No console, production mode; the provider's key is the caller's, and only the provider checks it.

    It knows no Databricks: the upstream is an OpenAI host of the user's own (docs: x-portkey-custom-host).
    """
    return Launch(
        command=("node", str(place.program), f"--port={place.port}", "--headless"),
        environ={"NODE_ENV": "production"},
        whole=Address(_CHAT_PATH, "whole", _portkey_headers(place.whole_port)),
        stream=Address(_CHAT_PATH, "stream", _portkey_headers(place.stream_port)),
    )


def _portkey_headers(port: int) -> dict[str, str]:
    return {
        **_bearer(upstream.KEY),
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": _base(port) + upstream.BASE_PATH,
    }


def _locked(name: str, title: str, *, from_source: bool = False) -> Subject:
    return Subject(f"gateway-{name}", title, REQUIREMENTS / f"bench-{name}.txt", from_source=from_source)


_LAKEWAY_ENVIRONMENT = _locked("lakeway-gateway", "Lakeway's gateway", from_source=True)
_LITELLM_ENVIRONMENT = _locked("litellm-proxy", "LiteLLM's proxy")

NGINX = Gateway("nginx", "nginx", _nginx, needs={"nginx": "nginx"})
LITELLM = Gateway("litellm", "LiteLLM", _litellm, environment=_LITELLM_ENVIRONMENT)
PORTKEY = Gateway("portkey", "Portkey", _portkey, needs={"node": "nodejs", "npm": "npm"})
LAKEWAY = Gateway("lakeway", "Lakeway", _lakeway, environment=_LAKEWAY_ENVIRONMENT)
LAKEWAY_KEYS = Gateway(
    "lakeway-keys", "Lakeway, 20 keys", _lakeway_with_keys, environment=_LAKEWAY_ENVIRONMENT
)

GATEWAYS: dict[str, Gateway] = {
    gateway.name: gateway for gateway in (NGINX, LITELLM, PORTKEY, LAKEWAY, LAKEWAY_KEYS)
}
MARKED = (LAKEWAY_KEYS.name, LAKEWAY.name)
"""Whose figures the marks are for: Lakeway's with keys, where they were measured."""
DIRECT, DIRECT_PREFIX = "upstream", "direct-"
"""Under which subject the upstream alone is recorded, and before which measures: latency is added to it."""
