"""What goes with every request of a client or a resource."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Optional, Union

from ..query import Query
from .criterion import Criterion
from .exceptions import InvalidUsage
from .query_builder import QueryBuilder, checked


class ParamsBuilder:
    """What a resource asks for where a call does not say: as `Client.parameters`, which each resource inherits
    when it is made, and as `Resource.parameters`."""

    def __init__(self) -> None:
        self._params: dict[str, Any] = {}
        self._custom: dict[str, Any] = {}

    @staticmethod
    def stringify_query(query: Any) -> str:
        """The encoded query for a text, a dict of fields to values, a `QueryBuilder` or a `Criterion`."""
        if isinstance(query, str):
            return query
        if isinstance(query, (QueryBuilder, Criterion, Query)):
            with checked():
                return str(query)
        if not isinstance(query, dict):
            accepted = "str, dict, QueryBuilder and Criterion"
            raise InvalidUsage(f"query: it is {type(query).__name__}; accepted are {accepted}")
        made = Query()
        with checked():
            for field, value in query.items():
                value = _plain(value["value"] if isinstance(value, dict) else value)
                made.where(field, "IN" if isinstance(value, (list, tuple)) else "=", value)
            return made.encoded

    def add_custom(self, params: Mapping[str, Any]) -> None:
        """Adds parameters of any name. They go before what a call says. With one whose name does not begin with
        `sysparm_` each call is one request, and a list has the rows of one answer."""
        if not isinstance(params, dict):
            raise InvalidUsage(f"params: it is {type(params).__name__}; accepted is dict")
        self._custom.update(params)

    @property
    def custom_params(self) -> dict[str, Any]:
        """What `add_custom` added."""
        return self._custom

    @property
    def query(self) -> str:
        """Which rows (`sysparm_query`)."""
        return str(self._params.get("sysparm_query", ""))

    @query.setter
    def query(self, query: Any) -> None:
        self._params["sysparm_query"] = self.stringify_query(query)

    @property
    def limit(self) -> Optional[int]:
        """How many rows at most (`sysparm_limit`); None for all."""
        return self._params.get("sysparm_limit")

    @limit.setter
    def limit(self, limit: int) -> None:
        self._params["sysparm_limit"] = _whole("limit", limit)

    @property
    def offset(self) -> Optional[int]:
        """How many rows are left out at the beginning (`sysparm_offset`)."""
        return self._params.get("sysparm_offset")

    @offset.setter
    def offset(self, offset: int) -> None:
        self._params["sysparm_offset"] = _whole("offset", offset)

    @property
    def fields(self) -> Any:
        """Which fields (`sysparm_fields`), joined by commas; an empty list for all."""
        return self._params.get("sysparm_fields", [])

    @fields.setter
    def fields(self, fields: list[str]) -> None:
        if not isinstance(fields, list):
            raise InvalidUsage(f"fields: it is {type(fields).__name__}; accepted is list")
        self._params["sysparm_fields"] = ",".join(fields)

    @property
    def display_value(self) -> Union[bool, str]:
        """Whether display values come (True), stored values (False), or `"all"`."""
        return self._params.get("sysparm_display_value", False)  # type: ignore[no-any-return]

    @display_value.setter
    def display_value(self, value: Union[bool, str]) -> None:
        if not isinstance(value, bool) and value != "all":
            raise InvalidUsage(f"display_value: it is {value!r}; accepted are True, False and 'all'")
        self._params["sysparm_display_value"] = value

    @property
    def exclude_reference_link(self) -> bool:
        """Whether references come without their links."""
        return bool(self._params.get("sysparm_exclude_reference_link", False))

    @exclude_reference_link.setter
    def exclude_reference_link(self, exclude: bool) -> None:
        if not isinstance(exclude, bool):
            raise InvalidUsage(f"exclude_reference_link: it is {type(exclude).__name__}; accepted is bool")
        self._params["sysparm_exclude_reference_link"] = exclude

    @property
    def suppress_pagination_header(self) -> bool:
        """Lists of tables always come without that header, which nothing reads."""
        return bool(self._params.get("sysparm_suppress_pagination_header", False))

    @suppress_pagination_header.setter
    def suppress_pagination_header(self, suppress: bool) -> None:
        if not isinstance(suppress, bool):
            raise InvalidUsage(f"suppress_pagination_header: it is {type(suppress).__name__}; accepted is bool")
        self._params["sysparm_suppress_pagination_header"] = suppress

    def as_dict(self) -> dict[str, Any]:
        """What is set, by the names of the parameters."""
        return {**self._params, **self._custom}

    def selecting(self) -> str:
        """The encoded query."""
        return str(self.as_dict().get("sysparm_query") or "")

    def form(self) -> Query:
        """The form of what comes back, and the parameters of any name, but not which rows."""
        return described(self.as_dict(), without=("sysparm_query", "sysparm_limit", "sysparm_offset"))

    def selection(self) -> Query:
        """All of it."""
        return described(self.as_dict())

    def others(self) -> dict[str, str]:
        """The parameters that are none of a query's: a table takes the names of its fields, a path of one's own
        any."""
        return {name: _text(value) for name, value in self._custom.items() if not name.startswith("sysparm_")}

    def unqueried(self) -> dict[str, str]:
        """What goes with a single request beside the query: the other parameters, and what no query says."""
        said, beside = self.as_dict(), self.others()
        if no_rows(said):
            beside["sysparm_limit"] = "0"
        for name in ("sysparm_suppress_pagination_header", "sysparm_count"):
            if _true(said.get(name)):
                beside[name] = "true"
        return beside


def _plain(value: Any) -> Any:
    """A value of a dict: what no condition knows is its text, as with pysnow."""
    known = (str, bytes, int, float, Decimal, datetime, list, tuple, type(None))
    return value if isinstance(value, known) else str(value)


def described(parameters: Mapping[str, Any], without: Container[str] = ()) -> Query:
    """The query that parameters stand for, those whose names begin with `sysparm_`."""
    query = Query()
    with checked():
        for name, value in parameters.items():
            if value is None or name in without or not name.startswith("sysparm_"):
                continue
            if name in _OWN:
                _OWN[name](query, value)
            else:
                query.set(name, _text(value))
    return query


def _true(value: Any) -> bool:
    return _text(value).lower() == "true"


def _fields(query: Query, value: Any) -> None:
    query.fields(*(str(value).split(",") if value else ()))


def _form(query: Query, value: Any) -> None:
    form = _text(value).lower()
    query.display_value({"true": True, "false": False}.get(form, form))


def _limit(query: Query, value: Any) -> None:
    # No row at all is no limit of a query: `no_rows` and `unqueried` see to it.
    if int(value) != 0:
        query.limit(int(value))


# What a query has a method for.
_OWN: dict[str, Callable[[Query, Any], Any]] = {
    "sysparm_query": lambda query, value: query.raw(str(value)),
    "sysparm_limit": _limit,
    "sysparm_offset": lambda query, value: query.offset(int(value)),
    "sysparm_fields": _fields,
    "sysparm_view": lambda query, value: query.view(str(value)) if value else None,
    "sysparm_display_value": _form,
    "sysparm_exclude_reference_link": lambda query, value: query.exclude_reference_link(_true(value)),
    # Lists of tables always come without it; for any other see `unqueried`.
    "sysparm_suppress_pagination_header": lambda query, value: query,
    # Of a count, which asks for one by itself; for a path of one's own see `unqueried`.
    "sysparm_count": lambda query, value: query,
    "sysparm_no_count": lambda query, value: query.no_count(_true(value)),
    "sysparm_query_category": lambda query, value: query.category(str(value)) if value else None,
    "sysparm_query_no_domain": lambda query, value: query.no_domain(_true(value)),
    "sysparm_input_display_value": lambda query, value: query.input_display_value(_true(value)),
    "sysparm_suppress_auto_sys_field": lambda query, value: query.suppress_auto_sys_field(_true(value)),
}


def no_rows(parameters: Mapping[str, Any]) -> bool:
    """Whether they ask for no row at all."""
    return str(parameters.get("sysparm_limit")) == "0"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _whole(name: str, number: int) -> int:
    if not isinstance(number, int) or isinstance(number, bool):
        raise InvalidUsage(f"{name}: it is {type(number).__name__}; accepted is int")
    if not 0 <= number < 2**63:
        raise InvalidUsage(f"{name}: it is {number}; accepted are 0 to {2**63 - 1}")
    return number
