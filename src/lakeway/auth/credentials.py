"""Ways to authorize a request, as values. Equal credentials share one token; a repr never shows a secret."""

from __future__ import annotations

from lakeway.auth.token import bearer
from lakeway.core.http import HeaderPairs
from lakeway.core.steps import Credential


class StaticToken(Credential, frozen=True):
    """A personal access token or any other bearer that the caller holds. It cannot be renewed."""

    token: str

    @property
    def headers(self) -> HeaderPairs:
        """Raises AuthenticationError when the token cannot stand in a header."""
        return bearer(self.token)

    @property
    def fixed(self) -> HeaderPairs:
        return bearer(self.token)

    def __repr__(self) -> str:
        return "StaticToken(token='***')"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        return [("token", "***")]


class OAuthM2M(Credential, frozen=True):
    """A service principal: OAuth client credentials, exchanged for a token at `token_url`."""

    token_url: str
    client_id: str
    client_secret: str
    scope: str = "all-apis"

    @property
    def renewable(self) -> bool:
        return True

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"OAuthM2M({fields})"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        return [
            ("token_url", self.token_url),
            ("client_id", self.client_id),
            ("client_secret", "***"),
            ("scope", self.scope),
        ]


class UnifiedAuth(Credential, frozen=True):
    """Whatever databricks-sdk finds: profile, environment, Azure or Google login, notebook, browser.

    A `host` and a `profile` that came from the environment belong in here too, so that the token of
    one workspace is never kept for another.
    """

    profile: str | None = None
    host: str | None = None

    @property
    def renewable(self) -> bool:
        return True


class NoCredential(Credential, frozen=True):
    """Nothing to add: the caller's own headers authorize the request."""

    @property
    def fixed(self) -> HeaderPairs:
        return ()
