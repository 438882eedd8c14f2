"""The ServiceNow client: tables, attachments, OAuth and whole-table exports.

    import snow

    with snow.Client.basic("dev12345", "admin", password) as client:
        for row in client.list("incident", snow.Query().where("active", "=", True).limit(10)):
            print(row["number"], row["short_description"])

`snow.Client` is where everything begins; what fails raises a `snow.Error`.
"""

from ._library import ffi as _ffi
from ._library import lib as _lib
from .attachment import Attachments
from .client import LOG_ERROR, LOG_INFO, LOG_WARNING, Client
from .cursor import Cursor
from .errors import (
    ArgumentError,
    AuthError,
    Busy,
    Cancelled,
    Closed,
    Error,
    FileError,
    Forbidden,
    InstanceError,
    Multiple,
    NotFound,
    RateLimited,
    Timeout,
    TransportError,
)
from .export import Export
from .query import OPERATORS, Query
from .record import Record
from .request import Request, Response
from .session import Session
from .token import Token

__version__: str = _ffi.string(_lib.snow_version()).decode()

__all__ = [
    "ArgumentError", "Attachments", "AuthError", "Busy", "Cancelled", "Client", "Closed", "Cursor", "Error",
    "Export", "FileError", "Forbidden", "InstanceError", "LOG_ERROR", "LOG_INFO", "LOG_WARNING", "Multiple",
    "NotFound", "OPERATORS", "Query", "RateLimited", "Record", "Request", "Response", "Session", "Timeout",
    "Token", "TransportError",
]
