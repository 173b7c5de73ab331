"""The gateway: OpenAI's endpoints over the same flow as the SDK, configured by LiteLLM's `config.yaml`.

    from lakeway.gateway.access import Access
    from lakeway.gateway.config import load
    from lakeway.gateway.gateway import Gateway
    from lakeway.gateway.server import running

    with running(Gateway.of(load(text, os.environ), access=Access.by_key("sk-..."))) as address:
        ...

Configuration and environment are read once, at the start; from then on every request works on frozen
values. Nothing but the command line imports this package.
"""
