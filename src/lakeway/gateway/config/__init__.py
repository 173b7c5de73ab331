"""LiteLLM's `config.yaml` as frozen values, and every mistake in it at once.

    from lakeway.gateway.config import load

`document` reads YAML, `includes` joins files, `references` looks up `os.environ/NAME`, `sections` and its
neighbours say which keys there are and what form they have, `loading` does all of it in order. What the
values make of a gateway is for `assembly` to say, what the keys mean beside LiteLLM's for `doctor`.
"""

from lakeway.gateway.config.keys import KeyRow
from lakeway.gateway.config.loading import load, load_file, of_models
from lakeway.gateway.config.routing import Alias, RouterSettings
from lakeway.gateway.config.rows import CredentialRow, LiteLLMParams, ModelInfo, ModelRow
from lakeway.gateway.config.sections import Config, GeneralSettings, LiteLLMSettings
from lakeway.gateway.config.values import Loaded

__all__ = [
    "Alias",
    "Config",
    "CredentialRow",
    "GeneralSettings",
    "KeyRow",
    "LiteLLMParams",
    "LiteLLMSettings",
    "Loaded",
    "ModelInfo",
    "ModelRow",
    "RouterSettings",
    "load",
    "load_file",
    "of_models",
]
