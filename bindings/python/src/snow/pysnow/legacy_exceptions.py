"""The exceptions of the legacy API (`Client.query`, `Client.insert`): those of `exceptions`, and some more."""

from typing import Any

from .. import errors
from .exceptions import (
    InvalidUsage,
    MissingResult,
    MissingToken,
    MultipleResults,
    NoResults,
    PysnowException,
    QueryEmpty,
    QueryExpressionError,
    QueryMissingField,
    QueryMultipleExpressions,
    QueryTypeError,
    UnexpectedResponseFormat,
)


class UnexpectedResponse(PysnowException):
    """The instance refused: its HTTP status, and its words."""

    def __init__(
        self, code_expected: int, code_actual: int, http_method: str, error_summary: str, error_details: str
    ) -> None:
        if code_expected == code_actual:
            message = f"Unexpected response on HTTP {http_method} from server: {error_summary}"
        else:
            message = f"Unexpected HTTP {http_method} response code. Expected {code_expected}, got {code_actual}"
        super().__init__(message)
        self.status_code = code_actual
        self.error_summary = error_summary
        self.error_details = error_details

    def __reduce__(self) -> tuple[Any, ...]:
        return errors.parts(self)


class ReportUnavailable(PysnowException):
    """Never raised; here for scripts that import it."""


class NoRequestExecuted(PysnowException):
    """Nothing was asked of the instance yet."""


__all__ = [
    "InvalidUsage", "MissingResult", "MissingToken", "MultipleResults", "NoRequestExecuted", "NoResults",
    "QueryEmpty", "QueryExpressionError", "QueryMissingField", "QueryMultipleExpressions", "QueryTypeError",
    "ReportUnavailable", "UnexpectedResponse", "UnexpectedResponseFormat",
]
