"""What the gateway tells of itself: a greeting at `/`, its endpoints for programs and for people.

Everything is made from the table of endpoints, once, when somebody first asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from html import escape

from lakeway.gateway import answers, openapi
from lakeway.gateway.call import Call
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.openapi import Entry
from lakeway.gateway.operations import OPERATIONS
from lakeway.transport.server import Reply, Request
from lakeway.version import __version__

# Nothing on the page comes from anywhere else, and nothing in it runs.
HTML = (
    b"content-type: text/html; charset=utf-8\r\n"
    b"content-security-policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
)
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Lakeway {version}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
td {{ padding: .2rem 1rem .2rem 0; vertical-align: top }}
code {{ white-space: nowrap }}
</style>
<h1>Lakeway {version}</h1>
<p>Every endpoint of this gateway; <a href="openapi.json">openapi.json</a> has their shapes.
Send your key as <code>Authorization: Bearer …</code>.</p>
{sections}
</html>
"""


class Pages:
    """`entries` is asked once the table is complete: these pages stand in it too."""

    def __init__(self, entries: Callable[[], Iterable[Entry]]) -> None:
        self._list = entries

    async def welcome(self, _gateway: Gateway, call: Call, _request: Request, reply: Reply) -> None:
        paths = list(dict.fromkeys(path for path, _ in self._entries))
        answers.whole(reply, {"name": "lakeway", "version": __version__, "endpoints": paths}, call.head)

    async def openapi(self, _gateway: Gateway, call: Call, _request: Request, reply: Reply) -> None:
        reply.whole(200, answers.JSON + call.head, self._document)

    async def docs(self, _gateway: Gateway, call: Call, _request: Request, reply: Reply) -> None:
        reply.whole(200, HTML + call.head, self._page)

    @cached_property
    def _entries(self) -> list[Entry]:
        return list(self._list())

    @cached_property
    def _document(self) -> bytes:
        return answers.encode(openapi.document(self._entries))

    @cached_property
    def _page(self) -> bytes:
        tags = dict.fromkeys(OPERATIONS[endpoint.route].tag for _, endpoint in self._entries)
        sections = "\n".join(self._section(tag) for tag in tags)
        return PAGE.format(version=escape(__version__), sections=sections).encode()

    def _section(self, tag: str) -> str:
        rows = [
            f"<tr><td>{endpoint.method}<td><code>{escape(path)}</code><td>{escape(about.about)}"
            for path, endpoint in self._entries
            if (about := OPERATIONS[endpoint.route]).tag == tag
        ]
        return "\n".join([f"<h2>{escape(tag.capitalize())}</h2>", "<table>", *rows, "</table>"])
