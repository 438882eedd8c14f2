"""The end of Python, while threads that nobody waits for (`daemon`) are in calls of the library.

Such a thread is ended where it comes to Python the next time. In a callback that goes through the library, which
cannot be, and ends the process by `SIGABRT`. So where Python begins to end, the library is let call it no more.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Optional

# For so many seconds threads are waited for. Those that wait do so twice as long, and go on then: another function of
# atexit, after this, may be waiting for them.
_LIMIT = 5.0

# The thread that ends Python, and since when.
_ending: Optional[tuple[int, float]] = None
_waiting: set[int] = set()


def begin() -> None:
    """Begins, in this thread."""
    global _ending
    _ending = threading.get_ident(), time.monotonic()


def wait() -> None:
    """Keeps a thread that is called back from going on while another ends Python, and the process with it."""
    own = threading.get_ident()
    if _ending is None or _ending[0] == own:
        return
    _waiting.add(own)
    time.sleep(max(0.0, _ending[1] + 2 * _LIMIT - time.monotonic()))
    _waiting.discard(own)


def wait_for_others(callback: Callable[..., object], may_be_called: Callable[[], bool]) -> None:
    """Waits while others are called back by the function that all callbacks run in, or may be."""
    while _ending is not None and time.monotonic() < _ending[1] + _LIMIT:
        # In this order: what is not lent any more was given back in a callback, which may be under way still.
        is_expected = may_be_called() and _others(_is_of_the_package)
        if not is_expected and not _others(lambda frame: frame.f_code is callback.__code__):
            break
        time.sleep(0.001)


def _others(where: Callable[[FrameType], bool]) -> bool:
    """Whether another thread, which does not wait, is somewhere."""
    quiet = {threading.get_ident(), *_waiting}
    stacks = (_stack(frame) for thread, frame in sys._current_frames().items() if thread not in quiet)
    return any(where(frame) for stack in stacks for frame in stack)


def _stack(frame: Optional[FrameType]) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_of_the_package(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] == __package__
