"""Credentials, and the tokens that they become.

`credentials` are values. `oauth_m2m` and `token` are pure. `unified` alone knows databricks-sdk.
`sync` and `asyncio` keep tokens for as long as they live; the transport is handed to them.
"""

from lakeway.auth.credentials import NoCredential, OAuthM2M, StaticToken, UnifiedAuth

__all__ = ["NoCredential", "OAuthM2M", "StaticToken", "UnifiedAuth"]
