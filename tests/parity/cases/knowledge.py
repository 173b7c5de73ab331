"""What is answered without asking the workspace: names, parameters, prices, limits, abilities."""

from typing import Any

from parity.case import ADAPTIVE, ALWAYS, CLAUDE, CUSTOM, GEMINI, GEMINI_25, GPT, LLAMA, OSS, Case

BGE = "databricks/databricks-bge-large-en"
MODELS = {
    "claude": CLAUDE,
    "adaptive": ADAPTIVE,
    "always-thinks": ALWAYS,
    "opus-4-1": "databricks/databricks-claude-opus-4-1",
    "haiku": "databricks/databricks-claude-haiku-5-5",
    "llama": LLAMA,
    "llama-4": "databricks/databricks-llama-4-maverick",
    "gpt": GPT,
    "gpt-5-5": "databricks/databricks-gpt-5-5",
    "gpt-5-4-mini": "databricks/databricks-gpt-5-4-mini",
    "gpt-oss": OSS,
    "gemini": GEMINI,
    "gemini-2-5": GEMINI_25,
    "gemma": "databricks/databricks-gemma-3-12b",
    "qwen": "databricks/databricks-qwen3-next-80b-a3b-instruct",
    "deepseek": "databricks/databricks-deepseek-v4-1-flash",
    "kimi": "databricks/databricks-kimi-k3",
    "glm": "databricks/databricks-glm-5-3",
    "grok": "databricks/databricks-grok-4-7",
    "bge": BGE,
    "gte": "databricks/databricks-gte-large-en",
    "qwen-embedding": "databricks/databricks-qwen3-embedding-0-6b",
}
ABILITIES = (
    "supports_function_calling",
    "supports_vision",
    "supports_reasoning",
    "supports_response_schema",
    "supports_parallel_function_calling",
    "supports_audio_input",
    "supports_pdf_input",
    "supports_web_search",
)


def _ask(name: str, call: str, says: str = "", **arguments: Any) -> Case:
    return Case(name=name, call=call, arguments=arguments, says=says)


CASES: tuple[Case, ...] = (
    *(
        _ask(
            f"cost-{name}",
            "cost_per_token",
            model=model,
            prompt_tokens=1_000_000,
            completion_tokens=1_000_000,
        )
        for name, model in MODELS.items()
    ),
    *(_ask(f"info-{name}", "get_model_info", model=model) for name, model in MODELS.items()),
    *(_ask(f"limit-{name}", "get_max_tokens", model=MODELS[name]) for name in ("claude", "llama", "gpt")),
    *(
        _ask(f"parameters-{name}", "get_supported_openai_params", model=MODELS[name])
        for name in ("claude", "adaptive", "llama", "gpt", "gpt-oss", "gemini")
    ),
    _ask("parameters-provider", "get_supported_openai_params", model="x", custom_llm_provider="databricks"),
    *(
        _ask(f"{ability}-{name}", ability, model=MODELS[name])
        for ability in ABILITIES
        for name in ("claude", "adaptive", "llama", "gpt", "gpt-oss", "gemini")
    ),
    _ask("provider", "get_llm_provider", model=LLAMA),
    _ask("provider-given", "get_llm_provider", model="x", custom_llm_provider="databricks"),
    _ask("provider-echoes", "get_llm_provider", model=CUSTOM, api_base="https://b", api_key="k"),
    _ask("provider-none", "get_llm_provider", says="LLM Provider NOT provided", model="my-endpoint"),
    _ask(
        "cost-cached",
        "cost_per_token",
        model=CLAUDE,
        prompt_tokens=1000,
        completion_tokens=10,
        cache_read_input_tokens=900,
        cache_creation_input_tokens=50,
    ),
    _ask("cost-long-context", "cost_per_token", model=GEMINI, prompt_tokens=300_000, completion_tokens=10),
    _ask("cost-unknown", "cost_per_token", says="isn't mapped yet", model=CUSTOM, prompt_tokens=1),
    _ask("cost-no-provider", "cost_per_token", model="my-endpoint", prompt_tokens=1),
    _ask("info-unknown", "get_model_info", says="isn't mapped yet", model=CUSTOM),
    _ask("env-missing", "validate_environment", model=LLAMA),
    _ask("built-from-nothing", "stream_chunk_builder", chunks=[]),
)
