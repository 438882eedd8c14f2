"""The legacy API: `Client.query` and `Client.insert`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Optional

from .. import errors
from ..query import Query
from .exceptions import InvalidUsage, NoResults, ResponseError, exception
from .legacy_exceptions import NoRequestExecuted, UnexpectedResponse
from .params_builder import ParamsBuilder, described, no_rows
from .query_builder import checked


class LegacyRequest:
    """The records of a table that match a query. From `Client.query`."""

    def __init__(self, client: Any, table: str, query: Any) -> None:
        self._client = client
        self._table = table
        self._query = ParamsBuilder.stringify_query(query)
        self._status: Optional[int] = None

    @property
    def status_code(self) -> int:
        """The HTTP status of the last call: of its refusal, or that of a success."""
        if self._status is None:
            raise NoRequestExecuted("status_code: nothing was asked of the instance yet")
        return self._status

    @property
    def count(self) -> int:
        """How many records match."""
        with self._judged("GET"):
            return self._client.snow.count(self._table, self._selection(_ROWS))  # type: ignore[no-any-return]

    def get_one(self, fields: Any = ()) -> dict[str, Any]:
        """The only record; `{}` for none where the client has `raise_on_empty=False`. The first, where its
        `request_params` ask for no more than one."""
        try:
            with self._judged("GET"):
                parameters = self._parameters(fields)
                query = described(parameters, without=("sysparm_limit",))
                if str(parameters.get("sysparm_limit")) == "1":
                    return _shown(self._client.snow.first(self._table, query).as_dict(), parameters)
                return _shown(self._row(query), parameters)
        except NoResults:
            if self._client.raise_on_empty:
                raise
            return {}

    def get_multiple(
        self, fields: Any = (), limit: Optional[int] = None, order_by: Any = (), offset: Optional[int] = None
    ) -> Iterator[dict[str, Any]]:
        """The records one by one, to the last one or to `limit`. `order_by` names fields, with `-` before those that
        are sorted from the highest. Where `request_params` have a limit, it is that of each page."""
        parameters = self._parameters(fields, **({"sysparm_offset": offset} if offset else {}))
        page = parameters.pop("sysparm_limit", None)
        empty = True
        with self._judged("GET"):
            if limit is not None:
                parameters["sysparm_limit"] = limit
            query = described(parameters)
            if limit is None and page is not None:
                with checked():
                    query.page_size(min(int(page), 10_000))
            for field in _list("order_by", order_by):
                query.order_by(field.lstrip("-"), descending=field.startswith("-"))
            for row in () if no_rows(parameters) else self._client.snow.list(self._table, query):
                empty, self._status = False, 200
                yield _shown(row.as_dict(), parameters)
        if empty and self._client.raise_on_empty:
            raise NoResults("there is no row")

    get_all = get_multiple

    def insert(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Makes a record, and gives it."""
        with self._judged("POST", 201):
            return self._client.snow.create(self._table, payload).as_dict()  # type: ignore[no-any-return]

    def update(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Changes the only record, and gives it as it then is."""
        if not isinstance(payload, dict):
            raise InvalidUsage(f"payload: it is {type(payload).__name__}; accepted is dict")
        with self._judged("PATCH"):
            changed = self._client.snow.update_one(self._table, self._selection(_ROWS + _FORM), payload)
            return changed.as_dict()  # type: ignore[no-any-return]

    def delete(self) -> dict[str, bool]:
        """Deletes the only record."""
        with self._judged("DELETE", 204):
            self._client.snow.delete_one(self._table, self._selection(_ROWS))
        return {"success": True}

    def clone(self, reset_fields: Any = ()) -> dict[str, Any]:
        """Makes a record like the only one, but for some fields, and gives it."""
        left_out = _list("reset_fields", reset_fields)
        with self._judged("GET"):
            row = self._row(self._selection(_ROWS + _FORM).exclude_reference_link())
        return self.insert({name: value for name, value in row.items() if name not in left_out})

    def attach(self, file: str) -> dict[str, Any]:
        """Hangs a file on the only record."""
        file = os.fsdecode(file)
        if not os.path.isfile(file):
            raise InvalidUsage(f"file: {file!r} is none")
        with self._judged("GET"):
            key = self._row(self._selection(_ROWS + _FORM).fields("sys_id"))["sys_id"]
        with self._judged("POST", 201):
            sent = self._client.snow.attachments.upload(self._table, key, file, multipart=True)
            return sent.as_dict()  # type: ignore[no-any-return]

    def _parameters(self, fields: Any = (), **said: Any) -> dict[str, Any]:
        """The parameters of a call: the client's, and before them what the call says."""
        parameters = {"sysparm_query": self._query, **self._client.request_params, **said}
        for name in parameters:
            if not str(name).startswith("sysparm_"):
                raise InvalidUsage(f"request_params: {name!r} is none of the Table API's; accepted are sysparm_...")
        if _list("fields", fields):
            parameters["sysparm_fields"] = ",".join(fields)
        return parameters

    def _selection(self, without: tuple[str, ...]) -> Query:
        return described(self._parameters(), without)

    def _row(self, query: Query) -> dict[str, Any]:
        return self._client.snow.one(self._table, query).as_dict()  # type: ignore[no-any-return]

    @contextmanager
    def _judged(self, method: str, expected: int = 200) -> Iterator[None]:
        """Raises what the legacy API raises, and keeps the HTTP status."""
        try:
            yield
        except errors.Error as error:
            # None and many are told by an answer that refuses nothing.
            answered = isinstance(error, (errors.NotFound, errors.Multiple))
            self._status = error.http_status or (200 if answered else None)
            if isinstance(error, errors.NotFound):
                raise NoResults(str(error)) from error
            known = exception(error)
            if error.http_status >= 400 or isinstance(known, ResponseError):
                summary, details = error.instance_message or error.message, error.detail or ""
                raise UnexpectedResponse(expected, error.http_status, method, summary, details) from error
            if known is error:
                raise
            raise known from error
        self._status = expected


#: What a call for a single record has no use for.
_ROWS = ("sysparm_limit", "sysparm_offset")
#: What the client's parameters say of a list, and neither of what is written nor of what a write gives back.
_FORM = (
    "sysparm_fields", "sysparm_view", "sysparm_display_value", "sysparm_exclude_reference_link",
    "sysparm_input_display_value", "sysparm_suppress_auto_sys_field",
)


def _shown(row: dict[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A row without the key that comes along where rows are read by it, but for who asked for it."""
    asked = parameters.get("sysparm_fields")
    if not asked or "sys_id" in str(asked).split(","):
        return row
    return {name: value for name, value in row.items() if name != "sys_id"}


def _list(name: str, names: Any) -> list[str]:
    if not isinstance(names, (list, tuple)):
        raise InvalidUsage(f"{name}: it is {type(names).__name__}; accepted is list")
    return list(names)
