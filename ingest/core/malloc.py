"""Memory that the C library holds back."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_M_ARENA_MAX = -8  # glibc's malloc.h
_ARENAS = 2


@cache
def limit_malloc_arenas() -> None:
    """Have all threads of this process share two heaps.

    glibc gives each thread a heap of its own, in which what many threads use and free in turns lies
    in pieces: 200 MB after 6,000 short articles. Does nothing on other systems.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
