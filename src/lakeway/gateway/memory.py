"""How a process that serves for months treats its memory: what is looked at again, and what is given back."""

from __future__ import annotations

import gc
import sys

MIB = 1024 * 1024
_M_MMAP_THRESHOLD = -3  # of glibc's malloc.h


def settle() -> None:
    """To be called once, when the work begins."""
    # The collector would search whatever exists by now for ever: a fourfold p99 was measured.
    gc.collect()
    gc.freeze()
    # What a request makes has no cycles (see `let_go`), so looking for them rarely is enough.
    gc.set_threshold(10_000, 20, 50)
    if sys.platform == "linux":
        _give_large_blocks_back()


def let_go(error: BaseException) -> None:
    """Of the frames that `error` has come through: they hold the request, and the call that holds the error.

    Such a cycle waits for the collector, which comes rarely: requests of 20 MB that fail are 6 GB until then.
    To be called by whoever makes an answer of the error, or turns to something else.
    """
    chain, seen = [error], {id(error)}
    while chain:
        each = chain.pop()
        each.__traceback__ = None
        for behind in (each.__cause__, each.__context__):
            if behind is not None and id(behind) not in seen:
                seen.add(id(behind))
                chain.append(behind)


def _give_large_blocks_back() -> None:
    """To the system, as soon as they are free.

    glibc does so too, until it has freed one large block; from then on it keeps all up to 32 MiB for itself,
    in pieces (mallopt(3)). A dozen requests with bodies of 20 MB left 190 MB behind, and 60 MB with this.
    """
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none, and no need of it
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, MIB)
