"""Cursors: rows as they come, page after page."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Optional

from . import errors
from ._call import call
from ._callback import Listeners
from ._library import ffi, lib
from .record import Record, cloned


class Cursor(Iterator[Record]):
    """The rows that a query matches, however many there are: page after page is fetched, the next one while
    this one is read. `fetchone`, `fetchmany` and `fetchall` are those of PEP 249.

    For one thread at a time (`Busy`), but for `cancel`. Belongs to the process that made it (`Closed`). After
    an error it stands where it was: the next call tries the same page again.
    """

    #: How many rows `fetchmany` gives when it is not told.
    arraysize = 100

    def __init__(self, cursor: Any, listeners: Listeners) -> None:
        self._cursor: Any = cursor
        self._listeners = listeners
        # Rows in whose place something was raised.
        self._waiting: deque[Record] = deque()

    def _open(self) -> Any:
        if self._cursor is None:
            raise errors.closed("cursor")
        return self._cursor

    def __next__(self) -> Record:
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    def fetchone(self) -> Optional[Record]:
        """The next row; None after the last one. Raises what a call can fail with."""
        cursor = self._open()
        if self._waiting:
            return self._waiting.popleft()
        # Of this call alone: another thread may be in one too, and is told that the cursor is busy.
        place = ffi.new("snow_record **")
        try:
            return None if call(lib.snow_cursor_next, cursor, place) == lib.SNOW_DONE else cloned(place[0])
        except BaseException:
            # What ends a program may be raised although the call succeeded, and the library gives no row twice.
            if place[0] != ffi.NULL:
                self._waiting.append(cloned(place[0]))
            raise

    def fetchmany(self, size: Optional[int] = None) -> list[Record]:
        """The next rows, `size` or `arraysize` at most; none after the last one. Where it raises, the rows that had
        come are given next, unless the cursor was cancelled."""
        rows: list[Record] = []
        try:
            while len(rows) < (self.arraysize if size is None else size):
                row = self.fetchone()
                if row is None:
                    break
                rows.append(row)
        except errors.Cancelled:
            raise
        except BaseException:
            self._waiting.extendleft(reversed(rows))
            raise
        return rows

    def fetchall(self) -> list[Record]:
        """All the rows that are left. Raises as `fetchmany`."""
        return self.fetchmany(sys.maxsize)

    @property
    def total(self) -> Optional[int]:
        """How many rows match, as the instance counts them: those that this user may not see too. None before
        the first row, and where the instance does not count."""
        total = int(lib.snow_cursor_total(self._open()))
        return None if total < 0 else total

    @property
    def rowcount(self) -> int:
        """As `total`, with -1 for None: PEP 249."""
        total = self.total
        return -1 if total is None else total

    @property
    def fetched(self) -> int:
        """How many rows the cursor has given so far."""
        return int(lib.snow_cursor_fetched(self._open())) - len(self._waiting)

    def cancel(self) -> None:
        """Lets the call that is under way, and every later one, raise `Cancelled`. From any thread."""
        call(lib.snow_cursor_cancel, self._open())
        self._waiting.clear()

    def close(self) -> None:
        """Gives up the rows that are left, and the connection. Again does nothing."""
        self._cursor = None

    def __enter__(self) -> Cursor:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()
