"""Exports as Arrow: the capsule of its PyCapsule interface, and what pyarrow, pandas and Polars make of one."""

from __future__ import annotations

import atexit
import importlib
import sys
from typing import TYPE_CHECKING, Any, Optional

from ._call import call
from ._callback import Listeners, raising
from ._library import ffi, lib

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

_NAME = b"arrow_array_stream"

# Each capsule that somebody may have, and its stream, by the stream's address. No destructor tells when nobody has
# it any more: that might run while an exception is raised, and DuckDB keeps its last capsule for longer than Python
# runs. So it is looked for, when the next one is made and when an export is gone.
_lent: dict[int, tuple[Any, Any]] = {}
_probe = (None, object())
_HELD_BY_NOBODY = sys.getrefcount(_probe[1])


def capsule(export: Any, listeners: Optional[Listeners]) -> Any:
    """Begins an export, and gives its stream in a capsule. Its `listeners` are held until the stream is ended; None
    where somebody else holds them for as long."""
    # Only here: a Python without it has a use for the rest.
    from ctypes import PYFUNCTYPE, c_char_p, c_void_p, py_object, pythonapi

    end_unused()
    stream = ffi.new("struct ArrowArrayStream *")
    try:
        call(lib.snow_export_arrow, export, stream)
    except BaseException:
        _end(stream)
        raise
    if listeners is not None:
        # Who takes it over holds nothing of ours.
        listeners.hold()
    address = int(ffi.cast("intptr_t", stream))
    new = PYFUNCTYPE(py_object, c_void_p, c_char_p, c_void_p)(("PyCapsule_New", pythonapi))
    made = new(address, _NAME, None)
    _lent[address] = stream, made
    return made


def end_unused() -> None:
    """Ends the streams whose capsules nobody has, unless somebody took them over."""
    for address, lent in list(_lent.items()):
        if sys.getrefcount(lent[1]) <= _HELD_BY_NOBODY and _lent.pop(address, None) is not None:
            _end(lent[0])


def _end(stream: Any) -> None:
    if stream.release != ffi.NULL:
        stream.release(stream)


@atexit.register
def _keep() -> None:
    """Leaves the memory to those who have a capsule still."""
    end_unused()
    if _lent:
        from ctypes import py_object, pythonapi

        pythonapi.Py_IncRef(py_object(_lent))


class _Whole:
    """An export that is read to its end inside a call of the package, which holds its listeners."""

    def __init__(self, export: Any) -> None:
        self._export = export

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object:
        return capsule(self._export._export, None)


def table(export: Any) -> pyarrow.Table:
    """The rows of an export."""
    arrow = _needed("to_arrow", "arrow", "pyarrow")
    with raising():
        rows: pyarrow.Table = arrow.table(_Whole(export))
    return rows


def pandas_frame(export: Any, options: dict[str, Any]) -> pandas.DataFrame:
    """The rows of an export."""
    frames = _needed("to_pandas", "pandas", "pandas")
    arrow = _needed("to_pandas", "pandas", "pyarrow")
    # By itself pyarrow makes floats of whole numbers where one is missing, and loses digits.
    types = {arrow.int64(): frames.Int64Dtype(), arrow.bool_(): frames.BooleanDtype()}
    with raising():
        frame: pandas.DataFrame = arrow.table(_Whole(export)).to_pandas(**{"types_mapper": types.get, **options})
    return frame


def polars_frame(export: Any) -> polars.DataFrame:
    """The rows of an export."""
    frames = _needed("to_polars", "polars", "polars")
    try:
        with raising():
            frame: polars.DataFrame = frames.DataFrame(_Whole(export))
    except (frames.exceptions.ComputeError, frames.exceptions.PanicException) as failure:
        # What it makes of a stream that fails. Before version 2 that is a panic, which is no `Exception`.
        raise OSError(str(failure)) from failure
    return frame


def _needed(method: str, extra: str, package: str) -> Any:
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as missing:
        if missing.name != package:
            raise
        message = f"{method}() needs {package}, which is not installed: pip install 'libsnow[{extra}]'"
        raise ModuleNotFoundError(message, name=package) from None
