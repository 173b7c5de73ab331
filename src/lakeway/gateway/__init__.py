"""The gateway: OpenAI's endpoints over the same flow as the SDK, configured by LiteLLM's `config.yaml`.

    from lakeway.gateway.config import load
    from lakeway.gateway.gateway import Gateway
    from lakeway.gateway.app import application

    app = application(Gateway.of(load(text, os.environ)))     # plain ASGI

Configuration and environment are read once, at the start; from then on every request works on frozen
values. Nothing but the command line imports this package.
"""
