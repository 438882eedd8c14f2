"""Cursors: rows as they come, page after page."""

from __future__ import annotations

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
        # Of this call alone: another thread may be in one too, and is told that the cursor is busy.
        place = ffi.new("snow_record **")
        if call(lib.snow_cursor_next, self._open(), place) == lib.SNOW_DONE:
            return None
        return cloned(place[0])

    def fetchmany(self, size: Optional[int] = None) -> list[Record]:
        """The next rows, `size` or `arraysize` at most; none after the last one."""
        rows: list[Record] = []
        while len(rows) < (self.arraysize if size is None else size):
            row = self.fetchone()
            if row is None:
                break
            rows.append(row)
        return rows

    def fetchall(self) -> list[Record]:
        """All the rows that are left."""
        return list(self)

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
        return int(lib.snow_cursor_fetched(self._open()))

    def cancel(self) -> None:
        """Lets the call that is under way, and every later one, raise `Cancelled`. From any thread."""
        call(lib.snow_cursor_cancel, self._open())

    def close(self) -> None:
        """Gives up the rows that are left, and the connection. Again does nothing."""
        self._cursor = None

    def __enter__(self) -> Cursor:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()
