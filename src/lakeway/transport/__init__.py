"""The only part of Lakeway that knows sockets: one HTTP/1.1 client in two colours, and their drivers.

`http1`, `content` and `origin` are pure: bytes in, bytes out. `network` holds proxies and certificates,
read once. `sync` and `asyncio` hold the clients; what they share is above, what differs is waiting.
"""
