"""Resources: a table, or any other path of the REST API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Optional, Union
from urllib.parse import urlencode

from ..query import Query
from ..request import Request
from .attachment import Attachment
from .exceptions import InvalidUsage, by_key, translated
from .params_builder import ParamsBuilder
from .response import AnswerResponse, RecordResponse, Response, RowsResponse


class Resource:
    """A path of the REST API, such as `/table/incident`. From `Client.resource`.

    What a call says holds for that call; what `parameters` say holds where it says nothing.
    """

    def __init__(
        self, client: Any, base_path: str, api_path: str, parameters: ParamsBuilder, timeout: Any = None
    ) -> None:
        for name, path in (("base_path", base_path), ("api_path", api_path)):
            checked_path(name, path)
        self.client = client
        self.parameters = deepcopy(parameters)
        self._base_path = base_path
        self._api_path = api_path
        self._timeout = _seconds(timeout)

    @property
    def path(self) -> str:
        """The path on the instance."""
        return self._base_path + self._api_path

    @property
    def _table(self) -> Optional[str]:
        """The table, where the resource is one as a whole, and no time or parameter asks for single requests."""
        if self._timeout is not None or self.parameters.others():
            return None
        found = re.fullmatch(r"/table/([^/]+)", self._api_path)
        return found[1] if found and self._base_path == "/api/now" else None

    @property
    def attachments(self) -> Attachment:
        """The files that hang on the records of the table."""
        parts = self._api_path.strip("/").split("/")
        if parts[0] != "table" or len(parts) < 2:
            raise InvalidUsage(f"api_path: {self._api_path!r} is no table; attachments hang on records of tables")
        return Attachment(self, parts[1])

    def get_record_link(self, sys_id: str) -> str:
        """The REST address of a record."""
        return f"{self.client.base_url}{self.path}/{sys_id}"

    def get(
        self,
        query: Any = None,
        *_: Any,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
        fields: Optional[list[str]] = None,
        display_value: Union[bool, str, None] = None,
        exclude_reference_link: Optional[bool] = None,
        suppress_pagination_header: Optional[bool] = None,
        stream: bool = False,
        **__: Any,
    ) -> Response:
        """The rows that match a query, a dict, a text or a `QueryBuilder`. Without a `limit` a table is read to its
        end; with an `offset`, for as many rows as pysnow asks for, since who gives one may read page by page. Reaches
        nothing yet, where the resource is a table."""
        parameters = deepcopy(self.parameters)
        said = {
            "query": query, "limit": limit, "offset": offset, "fields": fields, "display_value": display_value,
            "exclude_reference_link": exclude_reference_link,
            "suppress_pagination_header": suppress_pagination_header,
        }
        for name, value in said.items():
            if value is not None:
                setattr(parameters, name, value)
        known = parameters.as_dict()
        if known.get("sysparm_offset") is not None and known.get("sysparm_limit") is None:
            parameters.limit = 10_000
        table = self._table
        if table is not None:
            return RowsResponse(self, table, parameters, stream)
        with translated():
            request = self._selecting("GET", self.path, parameters)
            return self._answer(request, "GET", stream, parameters.selecting())

    def create(self, payload: Any) -> Response:
        """Makes a record. A refusal by a table is raised here."""
        table = self._table
        with translated():
            if table is None or not isinstance(payload, dict):
                return self._send("POST", "", payload)
            return RecordResponse(self, "POST", self.client.snow.create(table, payload, self._form()).as_dict())

    def update(self, query: Any, payload: Mapping[str, Any]) -> Response:
        """Changes the only record that matches. Raises `NoResults` or `MultipleResults`, and changes nothing then;
        nor where the instance leaves out a condition, as it does with a field that it does not know (words that are
        searched for, tags, and scripts inside a join aside). A refusal by a table is raised here."""
        if not isinstance(payload, dict):
            raise InvalidUsage(f"payload: it is {type(payload).__name__}; accepted is dict")
        table = self._table
        with translated():
            if table is None:
                return self._update_key(self._only_key(query), payload)
            selected = self._form().raw(self.parameters.stringify_query(query))
            return RecordResponse(self, "PATCH", self.client.snow.update_one(table, selected, payload).as_dict())

    def delete(self, query: Any) -> dict[str, Any]:
        """Deletes the only record that matches. Raises as `update`, and deletes nothing then."""
        table = self._table
        with translated():
            if table is not None:
                self.client.snow.delete_one(table, self._form().raw(self.parameters.stringify_query(query)))
                return {"status": "record deleted"}
            return self._delete_key(self._only_key(query))

    def request(
        self,
        method: str,
        path_append: Any = None,
        headers: Optional[Mapping[str, str]] = None,
        *,
        data: Any = None,
        json: Any = None,
        stream: bool = False,
    ) -> Response:
        """Makes any request to the path, or below it.

        What `parameters` say goes with it. `data` is a body: bytes, a text, a file that is open for reading, or a
        dict for a form; `json` is what is sent as JSON. The answer is judged when it is read.
        """
        path = self.path
        if path_append is not None:
            appended = path_append.get("value") if isinstance(path_append, dict) else path_append
            if not isinstance(appended, str):
                raise InvalidUsage(f"path_append: it is {type(appended).__name__}; accepted is str")
            path += checked_path("path_append", appended if appended.startswith("/") else "/" + appended)
        if data is not None and json is not None:
            raise InvalidUsage("data: json is given too; accepted is one of both")
        # As requests does.
        method = method.upper()
        with translated():
            request = self._selecting(method, path, self.parameters)
            if isinstance(data, dict):
                # Of a list as many fields as it has values, and of None none.
                fields = {name: value for name, value in data.items() if value is not None}
                request.body(urlencode(fields, doseq=True), "application/x-www-form-urlencoded")
            elif data is not None:
                request.body(data.read() if hasattr(data, "read") else data, "application/json")
            elif json is not None:
                request.json(json)
            for name, value in (headers or {}).items():
                request.header(name, value)
            return self._answer(request, method, stream, self.parameters.selecting())

    def _update_key(self, sys_id: str, payload: Mapping[str, Any]) -> Response:
        if not isinstance(payload, dict):
            raise InvalidUsage(f"payload: it is {type(payload).__name__}; accepted is dict")
        table = self._table
        with translated():
            if table is None:
                return self._send("PUT", "/" + sys_id, payload)
            with by_key():
                changed = self.client.snow.update(table, sys_id, payload, self._form())
            return RecordResponse(self, "PATCH", changed.as_dict())

    def _delete_key(self, sys_id: str) -> dict[str, Any]:
        table = self._table
        with translated():
            if table is None:
                return self._answer(self._described("DELETE", f"{self.path}/{sys_id}"), "DELETE").one()
            with by_key():
                self.client.snow.delete(table, sys_id)
            return {"status": "record deleted"}

    def _only_key(self, query: Any) -> str:
        """The key of the only record that matches, whatever rows and fields `parameters` ask for."""
        parameters = deepcopy(self.parameters)
        parameters.add_custom({
            "sysparm_query": self.parameters.stringify_query(query), "sysparm_limit": 2, "sysparm_offset": 0,
            "sysparm_fields": "",
        })
        request = self._selecting("GET", self.path, parameters)
        return self._answer(request, "GET", query=parameters.selecting())._sys_id()

    def _hold_to(self, query: str) -> None:
        """Raises where the instance leaves a condition out of a query: who writes what that finds writes another
        record than is meant."""
        found = re.fullmatch(r"/table/([^/]+)", self._api_path)
        of_tables = re.fullmatch(r"/api/now(/v\d+)?", self._base_path)
        # Every table has the field of the key.
        if found and of_tables and query and not re.fullmatch(r"sys_id=\w+", query):
            # An export asks for that before its first row.
            asked = Query().raw(query).fields("sys_id").limit(1)
            next(self.client.snow.export(found[1], asked).rows(), None)

    def _form(self) -> Any:
        return self.parameters.form()

    def _send(self, method: str, below: str, payload: Any) -> Response:
        request = self._described(method, self.path + below, self._form())
        if isinstance(payload, dict) and self._base_path.startswith("/api/now") and self._api_path.startswith("/table/"):
            # A row that was read goes back as the values that are taken, and not as it was rendered.
            request.record(payload)
        else:
            request.json(payload)
        return self._answer(request, method)

    def _selecting(self, method: str, path: str, parameters: ParamsBuilder) -> Request:
        """A request that goes with all that the parameters say, also with which rows."""
        request = self._described(method, path, parameters.selection())
        if method == "GET" and parameters.as_dict().get("sysparm_limit") is None:
            # What pysnow asks for: the lists beside the tables end after a thousand rows, or after ten.
            request.param("sysparm_limit", "10000")
        for name, value in parameters.unqueried().items():
            request.param(name, value)
        return request

    def _described(self, method: str, path: str, query: Any = None) -> Request:
        request = Request(method, path)
        if query is not None:
            request.query(query)
        for name, value in self.parameters.others().items():
            request.param(name, value)
        return request

    def _answer(self, request: Request, method: str, stream: bool = False, query: str = "") -> Response:
        if self._timeout is not None:
            request.timeout(self._timeout)
        return AnswerResponse(self, method, self.client.snow.send(request), stream, query)

    def __repr__(self) -> str:
        return f"<Resource [{self.path}] at {hex(id(self))}>"


def _seconds(timeout: Any) -> Optional[float]:
    """How many seconds a call may take; of a pair, as requests takes it, both together."""
    parts = timeout if isinstance(timeout, (tuple, list)) else (timeout,)
    if any(isinstance(part, bool) or not isinstance(part, (int, float, type(None))) for part in parts):
        raise InvalidUsage(f"timeout: it is {timeout!r}; accepted are seconds, and a pair of them")
    return None if None in parts else float(sum(parts))


def checked_path(name: str, path: Any) -> str:
    """A path that begins with a slash and does not end with one."""
    if not isinstance(path, str) or not re.fullmatch(r"(/[^/\s?#]+)+", path):
        raise InvalidUsage(f"{name}: {path!r} is none; accepted is a path such as '/table/incident', without '/' at its end")
    return path
