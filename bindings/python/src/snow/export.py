"""Exports: whole tables over several connections at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Optional

from . import arrow
from ._call import call, handle, text, whole
from ._callback import Listeners, answered, callback
from ._library import ffi, lib
from .cursor import Cursor
from .query import Selection, selected
from .record import Record

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

_ORDERS = {"any": lib.SNOW_ORDER_ANY, "sys_id": lib.SNOW_ORDER_SYS_ID, "query": lib.SNOW_ORDER_QUERY}
_COUNTERS = ("expected", "received", "hidden", "halved", "retried", "requests", "bytes", "misfits")


class Export:
    """All the rows that a query matches, read over several connections at once. Iterate over it, call `rows`, or
    take columns: `to_pandas`, `to_polars`, `to_arrow`. Each of these begins it anew. Set it up before. For one
    thread at a time. From `Client.export`.

    It is a stream of Arrow to whoever takes one (`__arrow_c_stream__`), which reads while it is taken from:

        for batch in pyarrow.RecordBatchReader.from_stream(client.export("incident")):
            ...

    Columns have the types of the instance's dictionary: whole numbers, decimals, booleans, dates, moments in UTC,
    durations. An empty value is null, but for texts; one that does not fit its type is null too, and counted
    (`counts["misfits"]`). A user who may not read the dictionary is told so by an `Error`
    (`SNOW_NO_DICTIONARY`), and may ask for `all_text`.
    """

    def __init__(self, client: Any, table: str, query: Selection, listeners: Listeners) -> None:
        described = text("table", table), selected(query)
        self._export = handle(lib.snow_export_new, lib.snow_export_free, client, *described)
        self._listeners = Listeners(listeners)

    def connections(self, connections: int) -> Export:
        """How many connections read at once."""
        call(lib.snow_export_set_connections, self._export, whole("connections", connections))
        return self

    def order(self, order: str) -> Export:
        """In what order rows come: `"any"` is fastest; `"sys_id"`; or `"query"`, that of the query."""
        if order not in _ORDERS:
            raise ValueError(f"order: {order!r} is none; accepted are {', '.join(_ORDERS)}")
        call(lib.snow_export_set_order, self._export, _ORDERS[order])
        return self

    def all_text(self, all_text: bool = True) -> Export:
        """Whether every column is text, and holds what the instance sent. Needs no dictionary where the query names
        its fields."""
        call(lib.snow_export_set_all_text, self._export, int(all_text))
        return self

    def on_progress(self, listener: Optional[Callable[[int, int, int, int], object]]) -> Export:
        """Who is told how far it is: rows, bytes, the rows expected, milliseconds since it began. Runs on the
        thread that asks for rows. What it raises comes out of there; a cursor goes on when it is asked again."""
        if listener is None:
            call(lib.snow_export_set_progress_callback, self._export, ffi.NULL, ffi.NULL, ffi.NULL)
        else:
            call(lib.snow_export_set_progress_callback, self._export, _on_progress, *self._listeners.lend(listener))
        return self

    def rows(self) -> Cursor:
        """Begins, and gives the rows. Its last step raises `InstanceError` where rows are missing."""
        return Cursor(handle(lib.snow_export_rows, lib.snow_cursor_free, self._export), self._listeners)

    def __iter__(self) -> Iterator[Record]:
        return self.rows()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object:
        """Begins, and gives the rows as a stream of Arrow, for pyarrow, Polars, DuckDB and others. The types are the
        export's own, whatever the schema that is asked for. Raises an `Error` where the dictionary cannot be read;
        what fails later, the other raises as an error of its own."""
        return arrow.capsule(self._export, self._listeners)

    def __del__(self) -> None:
        arrow.end_unused()

    def to_arrow(self) -> pyarrow.Table:
        """The rows as a table of pyarrow. Raises an `Error`, or an `OSError` where it fails on the way."""
        return arrow.table(self)

    def to_pandas(self, **options: Any) -> pandas.DataFrame:
        """The rows as a data frame of pandas, made by pyarrow. `options` are those of `pyarrow.Table.to_pandas`.
        Columns of whole numbers and of booleans are `Int64` and `boolean`, which have room for what is missing;
        `types_mapper=pandas.ArrowDtype` keeps all as they are in Arrow. Raises as `to_arrow`."""
        return arrow.pandas_frame(self, options)

    def to_polars(self) -> polars.DataFrame:
        """The rows as a data frame of Polars. Raises as `to_arrow`."""
        return arrow.polars_frame(self)

    @property
    def counts(self) -> dict[str, int]:
        """What came: `expected` and `received` rows, those `hidden` from this user, pages `halved`, requests
        `retried`, `requests`, `bytes`, and values that are null as `misfits` of their type. -1 while another thread is
        in a call with it."""
        return {
            name: int(lib.snow_export_count(self._export, getattr(lib, "SNOW_EXPORT_" + name.upper())))
            for name in _COUNTERS
        }


@callback("snow_export_progress_fn")
def _on_progress(user_data: Any, rows: int, size: int, expected: int, elapsed: int) -> int:
    return answered(user_data, rows, size, expected, elapsed)
