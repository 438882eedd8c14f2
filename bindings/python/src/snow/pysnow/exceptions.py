"""What a call can fail with: pysnow's exceptions, and those of requests that pysnow lets through.

Each is raised from the `snow.Error` that tells more: `exception.__cause__`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .. import errors
from .._library import lib

# Where requests is installed, its exceptions are the bases of ours, so that a script that catches them goes on.
_requests: Any
try:
    import requests.exceptions as _requests  # type: ignore[import-not-found,import-untyped,no-redef,unused-ignore]
except ImportError:
    _requests = None


class PysnowException(Exception):
    """The base of what pysnow raises itself."""


class InvalidUsage(PysnowException):
    """An argument cannot be used; nothing was sent."""


class UnexpectedResponseFormat(PysnowException):
    """Never raised; here for scripts that import it."""


class ResponseError(PysnowException):
    """The instance answered with an error under the status of a success, such as a transaction that it cancelled."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(error)
        self.message: str = error.get("message") or "<empty>"
        self.detail: str = error.get("detail") or "<empty>"

    def __str__(self) -> str:
        return f"Error in response. Message: {self.message}, Details: {self.detail}"

    def __reduce__(self) -> tuple[Any, ...]:
        return errors.parts(self)


class MissingResult(PysnowException):
    """The answer has no result that can be used."""


class ErrorForResult(ResponseError, MissingResult):
    """The instance answered with an error and nothing else under the status of a success. pysnow raises
    `ResponseError` for it of a stream, and `MissingResult` otherwise."""


class NoResults(PysnowException):
    """There is no row where one is asked for."""


class MultipleResults(PysnowException):
    """There is more than one row where exactly one is asked for."""


class EmptyContent(PysnowException):
    """The instance dropped the request (HTTP 202), also when it was made again."""


class MissingToken(PysnowException):
    """There is no token yet: see `OAuthClient.set_token`."""


class TokenCreateError(PysnowException):
    """The instance gave no token. `snow_status_code` is the HTTP status of its answer; 0 where there was none."""

    def __init__(self, error: str, description: str, status_code: int) -> None:
        super().__init__(error, description, status_code)
        self.error = error
        self.description = description
        self.snow_status_code = status_code


class QueryTypeError(PysnowException, TypeError):
    """A value of a type that the condition does not take."""


class QueryMissingField(PysnowException):
    """A condition without a field."""


class QueryEmpty(PysnowException):
    """A query without a condition."""


class QueryExpressionError(PysnowException):
    """What joins conditions has none before it or after it."""


class QueryMultipleExpressions(PysnowException):
    """Two conditions with nothing between them."""


class _Answer:
    """Of an answer that refused, what requests calls its response."""

    def __init__(self, error: errors.Error) -> None:
        self.status_code = error.http_status
        said = {"message": error.instance_message, "detail": error.detail}
        self.text = json.dumps({"error": said, "status": "failure"})

    def json(self) -> Any:
        """The instance's error: its `message` and `detail`."""
        return json.loads(self.text)


def _base(name: str, otherwise: type[Exception]) -> Any:
    return otherwise if _requests is None else getattr(_requests, name)


class HTTPError(_base("HTTPError", OSError)):  # type: ignore[misc]
    """The instance refused. `response` has its `status_code`, and its words as `text` and `json()`."""

    response: Any

    def __init__(self, error: errors.Error) -> None:
        super().__init__(str(error))
        self.response = _Answer(error)

    def __reduce__(self) -> tuple[Any, ...]:
        return errors.parts(self)


class ConnectionError(_base("ConnectionError", ConnectionError)):  # type: ignore[misc]
    """The instance was not reached, or the connection broke."""


class ConnectTimeout(_base("ConnectTimeout", TimeoutError)):  # type: ignore[misc]
    """The instance was not reached within the time for connecting."""


class SSLError(_base("SSLError", ConnectionError)):  # type: ignore[misc]
    """No connection by TLS came about."""


class TooManyRedirects(_base("TooManyRedirects", OSError)):  # type: ignore[misc]
    """The instance sends elsewhere, which is not followed: a write would become a read."""


class Timeout(_base("ReadTimeout", TimeoutError)):  # type: ignore[misc]
    """The call took longer than it may."""


_BY_STATUS: dict[int, type[PysnowException]] = {
    lib.SNOW_MULTIPLE: MultipleResults,
    lib.SNOW_NO_TOKEN: MissingToken,
    lib.SNOW_NOT_EXECUTED: EmptyContent,
    lib.SNOW_UNEXPECTED_ANSWER: MissingResult,
    lib.SNOW_CUT_BODY: MissingResult,
    lib.SNOW_HIBERNATING: MissingResult,
}


def exception(error: errors.Error) -> Exception:
    """What pysnow's users know an error as; the error itself where that is nothing."""
    if isinstance(error, errors.NotFound) and error.http_status < 400:
        return NoResults(str(error))
    said = {"message": error.instance_message or error.message, "detail": error.detail}
    if _is_error_in_a_success(error):
        return ResponseError(said) if error.status == lib.SNOW_PARTIAL_RESULT else ErrorForResult(said)
    if error.status in _BY_STATUS:
        return _BY_STATUS[error.status](str(error))
    if error.status == lib.SNOW_REDIRECT:
        return TooManyRedirects(str(error))
    if error.http_status >= 400:
        return HTTPError(error)
    if isinstance(error, errors.Timeout):
        return Timeout(str(error))
    if isinstance(error, errors.TransportError):
        if "within the connect time limit" in error.message:
            return ConnectTimeout(str(error))
        kind = SSLError if "TLS" in error.status_name else ConnectionError
        return kind(str(error))
    if isinstance(error, errors.ArgumentError):
        return InvalidUsage(str(error))
    return error


def _is_error_in_a_success(error: errors.Error) -> bool:
    """Whether the answer holds an error although its status is that of a success."""
    if error.status in (lib.SNOW_PARTIAL_RESULT, lib.SNOW_TRANSACTION_CANCELLED):
        return error.http_status < 300
    # Of the answers that cannot be used these alone have words of the instance, or would have.
    worded = error.instance_message is not None or "is an error in spite of its status" in error.message
    return error.status == lib.SNOW_UNEXPECTED_ANSWER and worded


@contextmanager
def translated() -> Iterator[None]:
    """Raises what pysnow's users know for what the library raises."""
    try:
        yield
    except errors.Error as error:
        known: Exception = exception(error)
        if known is error:
            raise
        raise known from error


@contextmanager
def by_key() -> Iterator[None]:
    """Raises `NoResults` where there is no record of a key, as pysnow does: it looks for it before it writes."""
    try:
        yield
    except errors.NotFound as error:
        raise NoResults(str(error)) from error
