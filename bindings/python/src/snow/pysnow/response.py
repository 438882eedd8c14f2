"""What a call gives back: rows, read when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, Optional

from .. import request
from .exceptions import MissingResult, MultipleResults, NoResults, translated
from .params_builder import no_rows


class Response:
    """The rows that a call gives. Nothing is asked of the instance before they are read; then its refusal is
    raised."""

    def __init__(self, resource: Any, method: str = "GET", stream: bool = False, query: str = "") -> None:
        self._resource = resource
        # What selected the rows.
        self._query = query
        self._method = method
        self._stream = stream
        self._count = 0
        self._kept: Optional[list[dict[str, Any]]] = None
        self._head: Optional[list[dict[str, Any]]] = None

    def _rows(self, at_most: Optional[int] = None) -> Iterator[dict[str, Any]]:
        """The rows, or the first of them."""
        raise NotImplementedError

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """What a caller sees of a row, and may change: of what is kept, `update` and `delete` take the key."""
        return dict(row) if isinstance(row, dict) else row

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer, by their names in any case."""
        raise NotImplementedError

    @property
    def count(self) -> int:
        """How many rows were read so far."""
        return self._count

    @count.setter
    def count(self, count: int) -> None:
        if not isinstance(count, int) or isinstance(count, bool):
            raise TypeError(f"count: it is {type(count).__name__}; accepted is int")
        self._count = count

    def all(self) -> Any:
        """All the rows: as a list, or one by one with `stream=True`."""
        if self._stream:
            return self._read()
        if self._kept is None:
            with translated():
                self._kept = list(self._rows())
        self._count = len(self._kept)
        return [self._shown(row) for row in self._kept]

    def _read(self) -> Iterator[dict[str, Any]]:
        with translated():
            for row in self._rows():
                self._count += 1
                yield self._shown(row)

    def first(self) -> dict[str, Any]:
        """The first row. Raises `NoResults`."""
        for row in self._first_two():
            return self._shown(row)
        raise NoResults("there is no row")

    def first_or_none(self) -> Optional[dict[str, Any]]:
        """The first row, or None."""
        with suppress(NoResults):
            return self.first()
        return None

    def one(self) -> dict[str, Any]:
        """The only row. Raises `NoResults` or `MultipleResults`."""
        return self._shown(self._one())

    def one_or_none(self) -> Optional[dict[str, Any]]:
        """The only row, or None. Raises `MultipleResults`."""
        with suppress(NoResults):
            return self.one()
        return None

    def _one(self) -> dict[str, Any]:
        rows = self._first_two()
        if not rows:
            raise NoResults("there is no row")
        if len(rows) > 1:
            raise MultipleResults("there is more than one row")
        return rows[0]

    def _first_two(self) -> list[dict[str, Any]]:
        if self._kept is not None:
            return self._kept[:2]
        if self._head is None:
            with translated():
                self._head = list(self._rows(2))
        return self._head

    def __getitem__(self, key: str) -> Any:
        return self.one().get(key)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        # Python would ask for the members 0, 1, 2 ... without end.
        return iter(self.all())

    def update(self, payload: Mapping[str, Any]) -> Response:
        """Changes the record that this is the only row of. Where the instance left a condition out of the query for
        it, this, `delete` and `upload` change nothing."""
        return self._resource._update_key(self._sys_id(), payload)  # type: ignore[no-any-return]

    def delete(self) -> dict[str, Any]:
        """Deletes the record that this is the only row of."""
        return self._resource._delete_key(self._sys_id())  # type: ignore[no-any-return]

    def upload(self, file_path: str, name: Optional[str] = None, multipart: bool = False) -> Response:
        """Hangs a file on the record that this is the only row of."""
        return self._resource.attachments.upload(  # type: ignore[no-any-return]
            self._sys_id(), file_path, name=name, multipart=multipart)

    def _sys_id(self) -> str:
        with translated():
            self._resource._hold_to(self._query)
        key = self._one()["sys_id"]
        return str(key["value"] if isinstance(key, dict) else key)

    def __repr__(self) -> str:
        return f"<Response [{self._method}]>"


class RowsResponse(Response):
    """Rows of a table: page after page, to the end."""

    def __init__(self, resource: Any, table: str, parameters: Any, stream: bool) -> None:
        super().__init__(resource, stream=stream, query=parameters.selecting())
        self._table = table
        self._parameters = parameters
        asked = parameters.as_dict().get("sysparm_fields")
        # The key comes along where the rows are read by it; who did not ask for it does not see it.
        self._keyless = bool(asked) and "sys_id" not in str(asked).split(",")

    def _rows(self, at_most: Optional[int] = None) -> Iterator[dict[str, Any]]:
        if no_rows(self._parameters.as_dict()):
            return
        query = self._parameters.selection()
        limit = self._parameters.as_dict().get("sysparm_limit")
        if at_most is not None and (limit is None or int(limit) > at_most):
            query.limit(at_most)
        for row in islice(self._resource.client.snow.list(self._table, query), at_most):
            yield row.as_dict()

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in row.items() if name != "sys_id"} if self._keyless else dict(row)

    @property
    def headers(self) -> Mapping[str, str]:
        """Those of a request for the first of the rows: each page has headers of its own."""
        with translated():
            asked = request.Request("GET", self._resource.path).query(self._parameters.selection().limit(1))
            return Headers(self._resource.client.snow.send(asked).check().headers)


class AnswerResponse(Response):
    """The answer to one request."""

    def __init__(
        self, resource: Any, method: str, answer: request.Response, stream: bool = False, query: str = ""
    ) -> None:
        super().__init__(resource, method, stream, query)
        self._answer = answer

    def _rows(self, at_most: Optional[int] = None) -> Iterator[dict[str, Any]]:
        self._answer.check()
        if self._answer.status == 204:
            if self._method != "DELETE":
                raise MissingResult("the answer has no body (HTTP 204)")
            return iter([{"status": "record deleted"}])
        result = self._answer.result()
        if result is None:
            raise MissingResult("the answer has no result")
        return islice(result if isinstance(result, list) else [result], at_most)

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer, by their names in any case."""
        return Headers(self._answer.headers)

    def __repr__(self) -> str:
        return f"<Response [{self._answer.status} - {self._method}]>"


class RecordResponse(Response):
    """The record that a write gave back."""

    def __init__(self, resource: Any, method: str, row: dict[str, Any]) -> None:
        super().__init__(resource, method)
        self._kept = [row]

    @property
    def headers(self) -> Mapping[str, str]:
        """None: a write may have taken several requests."""
        return Headers({})

    def __repr__(self) -> str:
        return f"<Response [{201 if self._method == 'POST' else 200} - {self._method}]>"


class Headers(dict[str, str]):
    """Headers, by their names in any case."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__((name.lower(), value) for name, value in headers.items())

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """A header; `default` where there is none."""
        return super().get(name.lower(), default)
