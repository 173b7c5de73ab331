"""Lakeway's gateway beside nginx, LiteLLM's proxy and Portkey's gateway: `python -m bench.gateway`."""
