"""Calling the library: texts in and out, errors raised, callbacks run."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Optional

from . import errors
from ._library import ffi, lib

_thread = threading.local()


def call(function: Any, *arguments: Any) -> Any:
    """Calls a function whose last parameter is an error, and raises it: what a callback raised, or an `Error`."""
    error = ffi.new("snow_error **")
    try:
        result = function(*arguments, error)
    except OverflowError as overflow:
        message = f"a number does not fit: {overflow}"
        raise errors.ArgumentError(message, status=lib.SNOW_INVALID_ARGUMENT) from overflow
    raised: Optional[BaseException] = getattr(_thread, "raised", None)
    _thread.raised = None
    if error[0] != ffi.NULL:
        failure = errors.taken(error[0])
        if raised is not None and failure.status == lib.SNOW_CALLBACK_FAILED:
            raise raised
        raise failure
    return result


@contextmanager
def raising() -> Iterator[None]:
    """Raises what a callback raised, where others call the library and make an error of their own of it."""
    _thread.raised = None
    try:
        yield
    except BaseException as failure:
        raised: Optional[BaseException] = getattr(_thread, "raised", None)
        _thread.raised = None
        if raised is not None:
            raise raised from failure
        raise


def handle(function: Any, free: Any, *arguments: Any) -> Any:
    """As `call`, for what makes an object, which `free` frees when nobody holds it any more."""
    return ffi.gc(call(function, *arguments), free)


def text(name: str, value: Optional[str]) -> Any:
    """A text for the library; NULL for None. `name` is the argument's, for the error."""
    if value is None:
        return ffi.NULL
    if not isinstance(value, str):
        raise TypeError(f"{name}: it is {type(value).__name__}; accepted is str")
    if "\0" in value:
        raise errors.ArgumentError(f"{name}: it holds a NUL character", status=lib.SNOW_INVALID_ARGUMENT)
    return value.encode()


def string(value: Any) -> Optional[str]:
    """A text of the library's; None for NULL."""
    return None if value == ffi.NULL else ffi.string(value).decode()


def sized(function: Any, *arguments: Any) -> Optional[bytes]:
    """The bytes of a function that gives their length through its last parameter."""
    length = ffi.new("size_t *")
    value = function(*arguments, length)
    return None if value == ffi.NULL else bytes(ffi.buffer(value, length[0]))


# The functions that Python lends to the library, while it holds them.
_lent: dict[int, Any] = {}
_lent_lock = threading.Lock()


def lend(function: Callable[..., Any]) -> tuple[Any, Any]:
    """`user_data` for a Python function, and the `destroy` that ends the loan."""
    user_data = ffi.new_handle(function)
    with _lent_lock:
        _lent[int(ffi.cast("intptr_t", user_data))] = user_data
    return user_data, _destroy


def callback(kind: str) -> Callable[[Callable[..., Any]], Any]:
    """Makes a function that the library can call, of a type that the header names."""
    decorator: Callable[[Callable[..., Any]], Any] = ffi.callback(kind)
    return decorator


@callback("snow_destroy_fn")
def _destroy(user_data: Any) -> None:
    with _lent_lock:
        _lent.pop(int(ffi.cast("intptr_t", user_data)), None)


def answered(user_data: Any, arguments: Callable[[], tuple[Any, ...]]) -> int:
    """Runs a lent function inside a call of the library. What it raises comes out of that call."""
    try:
        ffi.from_handle(user_data)(*arguments())
    except BaseException as raised:
        _thread.raised = raised
        return 0
    return int(lib.SNOW_HANDLED)


def told(user_data: Any, *arguments: Any) -> None:
    """As `answered`, for a callback that cannot fail: the call it tells of may have done its work already, so
    what it raises goes to `sys.excepthook`."""
    function = ffi.from_handle(user_data)
    try:
        function(*arguments)
    except BaseException as raised:
        sys.excepthook(type(raised), raised, raised.__traceback__)
