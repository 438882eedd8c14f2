"""What a call can fail with: `Error` and its kinds."""

from __future__ import annotations

from typing import Any, Optional

from ._library import ffi, lib


def parts(failure: BaseException) -> tuple[Any, ...]:
    """What pickle and copy make an exception of again. Those of this package have constructors that do not take
    what `args` holds."""
    return _bare, (type(failure),), {**failure.__dict__, "args": failure.args}


def _bare(kind: type[BaseException]) -> BaseException:
    return kind.__new__(kind)


class Error(Exception):
    """A call failed. The message says what was wrong and, for an argument, what is accepted."""

    #: The status, a number that never changes its meaning, such as 313.
    status: int
    #: Its name, such as `"SNOW_NOT_FOUND"`.
    status_name: str
    #: The line that says what happened.
    message: str
    #: What the instance says (`error.message`), or None.
    instance_message: Optional[str]
    #: What the instance adds to that (`error.detail`), or None.
    detail: Optional[str]
    #: The HTTP status of the answer; 0 where there was none.
    http_status: int
    #: The HTTP method and path of the request, or None where there was none.
    method: Optional[str]
    path: Optional[str]
    #: Whether the same call may succeed later.
    retryable: bool
    #: How many milliseconds the instance asks to wait; -1 where it does not say.
    retry_after_ms: int
    #: Whether a write may have happened although the call failed.
    maybe_applied: bool

    def __init__(
        self,
        message: str,
        *,
        status: int,
        instance_message: Optional[str] = None,
        detail: Optional[str] = None,
        http_status: int = 0,
        method: Optional[str] = None,
        path: Optional[str] = None,
        retryable: bool = False,
        retry_after_ms: int = -1,
        maybe_applied: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.status_name = ffi.string(lib.snow_status_name(status)).decode()
        self.message = message
        self.instance_message = instance_message
        self.detail = detail
        self.http_status = http_status
        self.method = method
        self.path = path
        self.retryable = retryable
        self.retry_after_ms = retry_after_ms
        self.maybe_applied = maybe_applied

    def __reduce__(self) -> tuple[Any, ...]:
        return parts(self)


class ArgumentError(Error, ValueError):
    """An argument cannot be used; nothing was sent. The message begins with its name."""


class FileError(Error, OSError):
    """A file of the caller's could not be read or written."""


class TransportError(Error, ConnectionError):
    """The instance was not reached, or the connection broke (statuses 100 to 199)."""


class AuthError(Error):
    """Signing in failed, or a token could not be had (statuses 200 to 299)."""


class InstanceError(Error):
    """The instance refused, or answered what cannot be used (statuses 300 to 399)."""


class Forbidden(InstanceError):
    """The user may not do this (HTTP 403)."""


class NotFound(InstanceError):
    """There is no such record, table or path, or no row matches."""


class Multiple(InstanceError):
    """More than one row matches where exactly one is asked for."""


class RateLimited(InstanceError):
    """The instance takes no more requests for now: see `retry_after_ms`."""


class Cancelled(Error):
    """The call was cancelled by another thread."""


class Timeout(Error, TimeoutError):
    """The call took longer than it may."""


class Busy(Error):
    """Another thread is in a call with this object, which serves one at a time."""


class Closed(Error):
    """The client is closed, or the cursor belongs to another process."""


_KINDS: dict[int, type[Error]] = {
    lib.SNOW_FILE: FileError,
    lib.SNOW_FORBIDDEN: Forbidden,
    lib.SNOW_NOT_FOUND: NotFound,
    lib.SNOW_MULTIPLE: Multiple,
    lib.SNOW_RATE_LIMITED: RateLimited,
    lib.SNOW_CANCELLED: Cancelled,
    lib.SNOW_TIMEOUT: Timeout,
    lib.SNOW_BUSY: Busy,
    lib.SNOW_CLOSED: Closed,
}
_CLASSES: dict[int, type[Error]] = {0: ArgumentError, 1: TransportError, 2: AuthError, 3: InstanceError}


def of(status: int) -> type[Error]:
    """The class for a status."""
    return _KINDS.get(status) or _CLASSES.get(status // 100, Error)


def closed(what: str) -> Closed:
    """The error of a call with an object that was closed here."""
    return Closed(f"{what}: it is closed", status=lib.SNOW_CLOSED)


def taken(error: Any) -> Error:
    """The exception for an error object, which is freed."""
    try:
        status = lib.snow_error_status(error)
        return of(status)(
            _text(lib.snow_error_message(error)) or "",
            status=status,
            instance_message=_text(lib.snow_error_instance_message(error)),
            detail=_text(lib.snow_error_detail(error)),
            http_status=lib.snow_error_http_status(error),
            method=_text(lib.snow_error_method(error)),
            path=_text(lib.snow_error_path(error)),
            retryable=lib.snow_error_is_retryable(error) == 1,
            retry_after_ms=lib.snow_error_retry_after_ms(error),
            maybe_applied=lib.snow_error_maybe_applied(error) == 1,
        )
    finally:
        lib.snow_error_free(error)


def _text(value: Any) -> Optional[str]:
    return None if value == ffi.NULL else ffi.string(value).decode("utf-8", "replace")
