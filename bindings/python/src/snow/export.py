"""Exports: whole tables over several connections at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Optional

from ._call import answered, call, callback, handle, lend, text
from ._library import ffi, lib
from .cursor import Cursor
from .query import Selection, selected
from .record import Record

_ORDERS = {"any": lib.SNOW_ORDER_ANY, "sys_id": lib.SNOW_ORDER_SYS_ID, "query": lib.SNOW_ORDER_QUERY}
_COUNTERS = ("expected", "received", "hidden", "halved", "retried", "requests", "bytes")


class Export:
    """All the rows that a query matches, read over several connections at once. Iterate over it, or call
    `rows`. Set it up before. For one thread at a time. From `Client.export`."""

    def __init__(self, client: Any, table: str, query: Selection) -> None:
        described = text("table", table), selected(query)
        self._export = handle(lib.snow_export_new, lib.snow_export_free, client, *described)

    def connections(self, connections: int) -> Export:
        """How many connections read at once."""
        call(lib.snow_export_set_connections, self._export, connections)
        return self

    def order(self, order: str) -> Export:
        """In what order rows come: `"any"` is fastest; `"sys_id"`; or `"query"`, that of the query."""
        if order not in _ORDERS:
            raise ValueError(f"order: {order!r} is none; accepted are {', '.join(_ORDERS)}")
        call(lib.snow_export_set_order, self._export, _ORDERS[order])
        return self

    def on_progress(self, listener: Optional[Callable[[int, int, int, int], object]]) -> Export:
        """Who is told how far it is: rows, bytes, the rows expected, milliseconds since it began. Runs on the
        thread that asks for rows. What it raises comes out of there, and the export ends."""
        if listener is None:
            call(lib.snow_export_set_progress_callback, self._export, ffi.NULL, ffi.NULL, ffi.NULL)
        else:
            call(lib.snow_export_set_progress_callback, self._export, _on_progress, *lend(listener))
        return self

    def rows(self) -> Cursor:
        """Begins, and gives the rows. Its last step raises `InstanceError` where rows are missing."""
        return Cursor(handle(lib.snow_export_rows, lib.snow_cursor_free, self._export))

    def __iter__(self) -> Iterator[Record]:
        return self.rows()

    @property
    def counts(self) -> dict[str, int]:
        """What came: `expected` and `received` rows, those `hidden` from this user, pages `halved`, requests
        `retried`, `requests` and `bytes`. -1 stands for what is not known."""
        return {
            name: int(lib.snow_export_count(self._export, getattr(lib, "SNOW_EXPORT_" + name.upper())))
            for name in _COUNTERS
        }


@callback("snow_export_progress_fn")
def _on_progress(user_data: Any, rows: int, size: int, expected: int, elapsed: int) -> int:
    return answered(user_data, lambda: (rows, size, expected, elapsed))
