"""Calling the library: texts in and out, errors raised."""

from __future__ import annotations

import operator
from datetime import datetime, timezone
from typing import Any, Optional

from _cffi_backend import gcp

from . import errors
from ._callback import interrupts, kept
from ._library import ffi, lib


def call(function: Any, *arguments: Any, free: Any = None) -> Any:
    """Calls a function whose last parameter is an error, and raises it: what a callback raised, or an `Error`. An
    object that it makes is freed by `free` when nobody holds it any more."""
    error = ffi.new("snow_error **")
    try:
        if free is None:
            result = function(*arguments, error)
        else:
            # Nothing of Python's own is between the two, where a signal handler may raise and lose what was made.
            [result] = map(gcp, map(function, *((each,) for each in arguments), (error,)), (free,))
    except OverflowError as overflow:
        message = f"a number does not fit: {overflow}"
        raise errors.ArgumentError(message, status=lib.SNOW_INVALID_ARGUMENT) from overflow
    raised = kept()
    if error[0] != ffi.NULL:
        failure = errors.taken(error[0])
        if raised is not None and (failure.status == lib.SNOW_CALLBACK_FAILED or interrupts(raised)):
            raise raised
        raise failure
    if raised is not None and interrupts(raised):
        raise raised
    return result


def handle(function: Any, free: Any, *arguments: Any) -> Any:
    """As `call`, for what makes an object."""
    return call(function, *arguments, free=free)


def text(name: str, value: Optional[str]) -> Any:
    """A text for the library; NULL for None. `name` is the argument's, for the error."""
    if value is None:
        return ffi.NULL
    if not isinstance(value, str):
        raise TypeError(f"{name}: it is {type(value).__name__}; accepted is str")
    if "\0" in value:
        raise errors.ArgumentError(f"{name}: it holds a NUL character", status=lib.SNOW_INVALID_ARGUMENT)
    return encoded(name, value)


def whole(name: str, value: int, bits: int = 32) -> int:
    """A number for the library, which has so many bits there."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: it is {type(value).__name__}; accepted is int") from None
    if not 0 <= number < 2**bits:
        accepted = f"whole numbers from 0 to {2**bits - 1}"
        raise errors.ArgumentError(f"{name}: it is {number}; accepted are {accepted}", status=lib.SNOW_INVALID_ARGUMENT)
    return number


def milliseconds(name: str, seconds: float) -> int:
    """A time for the library."""
    if not 0 <= seconds * 1000 < 2**32 - 0.5:
        accepted = f"0 to {(2**32 - 1) / 1000} seconds"
        raise errors.ArgumentError(f"{name}: it is {seconds}; accepted are {accepted}", status=lib.SNOW_INVALID_ARGUMENT)
    return round(seconds * 1000)


def encoded(name: str, value: str) -> bytes:
    """A text in UTF-8."""
    try:
        return value.encode()
    except UnicodeEncodeError as reason:
        problem = f"a lone surrogate stands at {reason.start}, as in the name of a file that is not in UTF-8"
        raise errors.ArgumentError(f"{name}: {problem}", status=lib.SNOW_INVALID_ARGUMENT) from None


def written(moment: datetime) -> str:
    """A moment as an instance writes it, in UTC; one without a zone is taken for UTC."""
    return moment_in_a_zone(moment).astimezone(timezone.utc).replace(tzinfo=None).isoformat(" ", "seconds")


def moment_in_a_zone(moment: datetime) -> datetime:
    """A moment; one without a zone is taken for UTC. That of pandas which is none equals nothing."""
    if moment != moment:
        raise ValueError(f"value: it is {moment}; accepted are moments")
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def string(value: Any) -> Optional[str]:
    """A text of the library's; None for NULL."""
    return None if value == ffi.NULL else ffi.string(value).decode()


def sized(function: Any, *arguments: Any) -> Optional[bytes]:
    """The bytes of a function that gives their length through its last parameter."""
    length = ffi.new("size_t *")
    value = function(*arguments, length)
    return None if value == ffi.NULL else bytes(ffi.buffer(value, length[0]))
