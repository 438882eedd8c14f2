"""Any request of the REST API, and its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn, Optional, Union

from ._call import call, encoded, handle, milliseconds, string, text
from ._callback import Listeners
from ._library import ffi, lib
from .query import Selection, selected
from .record import Record, cloned, made


class Request:
    """A request, described: `Client.send` makes it, as often as it is asked to.

        Request("GET", "/api/now/table/incident").param("sysparm_limit", "1")
    """

    def __init__(self, method: str, path: str) -> None:
        """`path` begins with a slash and goes to the instance as it is."""
        described = text("method", method), text("path", path)
        self._request = handle(lib.snow_request_new, lib.snow_request_free, *described)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a request has no copy: it would be changed with the first")

    def param(self, name: str, value: str) -> Request:
        """Sets a parameter of the query string."""
        call(lib.snow_request_set_param, self._request, text("name", name), text("value", value))
        return self

    def query(self, query: Selection) -> Request:
        """Sets the parameters that a query stands for."""
        call(lib.snow_request_set_query, self._request, selected(query))
        return self

    def header(self, name: str, value: str) -> Request:
        """Sets a header, also `Accept` and `Content-Type`."""
        call(lib.snow_request_set_header, self._request, text("name", name), text("value", value))
        return self

    def body(self, body: Union[bytes, bytearray, memoryview, str], content_type: str) -> Request:
        """Sets the body."""
        try:
            # Of a number, bytes() by itself makes as many NULs.
            sent = encoded("body", body) if isinstance(body, str) else bytes(memoryview(body))
        except TypeError:
            raise TypeError(f"body: it is {type(body).__name__}; accepted are bytes and str") from None
        call(lib.snow_request_set_body, self._request, sent, len(sent), text("content_type", content_type))
        return self

    def json(self, value: Any) -> Request:
        """Sets a body of JSON."""
        return self.body(json.dumps(value, allow_nan=False), "application/json")

    def record(self, record: Mapping[str, Any]) -> Request:
        """Sets the body to a record."""
        call(lib.snow_request_set_record, self._request, made(record))
        return self

    def timeout(self, seconds: float) -> Request:
        """How many seconds the whole call may take."""
        call(lib.snow_request_set_timeout, self._request, milliseconds("seconds", seconds))
        return self


class Response:
    """The answer to a request. `result`, `records` and `one` raise what `check` raises. For one thread at a
    time."""

    def __init__(self, response: Any, listeners: Optional[Listeners] = None) -> None:
        self._response = response
        self._listeners = listeners

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(lib.snow_response_status(self._response))

    @property
    def headers(self) -> dict[str, str]:
        """The headers, by their names in small letters; of those of the same name, the first."""
        headers: dict[str, str] = {}
        for index in range(lib.snow_response_header_count(self._response)):
            name = string(lib.snow_response_header_name(self._response, index))
            value = string(lib.snow_response_header_value(self._response, index))
            if name is not None and value is not None:
                headers.setdefault(name, value)
        return headers

    def header(self, name: str) -> Optional[str]:
        """A header by its name in any case; None where there is none."""
        return string(lib.snow_response_header(self._response, text("name", name)))

    def check(self) -> Response:
        """Raises an `Error` where the answer is no success."""
        call(lib.snow_response_check, self._response)
        return self

    @property
    def body(self) -> bytes:
        """The whole body; not of an answer from `Client.open`."""
        length = ffi.new("size_t *")
        body = call(lib.snow_response_body, self._response, length)
        return bytes(ffi.buffer(body, length[0]))

    def read(self, size: int = 65536) -> bytes:
        """What comes next of the body, `size` bytes at most; empty at the end."""
        buffer, count = ffi.new("char[]", size), ffi.new("size_t *")
        call(lib.snow_response_read, self._response, buffer, size, count)
        return bytes(ffi.buffer(buffer, count[0]))

    def result(self) -> Any:
        """The `result` of the answer, whatever it is."""
        length = ffi.new("size_t *")
        body = call(lib.snow_response_result, self._response, length)
        return json.loads(bytes(ffi.buffer(body, length[0])))

    def records(self) -> list[Record]:
        """The records of the answer."""
        count = ffi.new("size_t *")
        call(lib.snow_response_record_count, self._response, count)
        at = range(count[0])
        return [cloned(call(lib.snow_response_record, self._response, index)) for index in at]

    def one(self) -> Record:
        """The only record of the answer. Raises `NotFound` or `Multiple`."""
        return cloned(call(lib.snow_response_one, self._response))
