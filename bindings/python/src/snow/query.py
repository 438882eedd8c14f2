"""Queries: which rows, in what order, which fields, in what form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, NoReturn, Union

from ._call import call, handle, moment_in_a_zone, string, text, whole, written
from ._library import ffi, lib

#: What a condition compares with. Lists of values go with IN and NOT IN, pairs with BETWEEN.
Value = Union[str, int, float, Decimal, bool, datetime, date, Iterable[Any], None]

#: The operators of encoded queries, by their text.
OPERATORS: dict[str, int] = {
    "=": lib.SNOW_EQ, "!=": lib.SNOW_NE, "<": lib.SNOW_LT, "<=": lib.SNOW_LE, ">": lib.SNOW_GT,
    ">=": lib.SNOW_GE, "IN": lib.SNOW_IN, "NOT IN": lib.SNOW_NOT_IN, "BETWEEN": lib.SNOW_BETWEEN,
    "STARTSWITH": lib.SNOW_STARTS_WITH, "ENDSWITH": lib.SNOW_ENDS_WITH, "LIKE": lib.SNOW_CONTAINS,
    "NOT LIKE": lib.SNOW_NOT_CONTAINS, "ISEMPTY": lib.SNOW_IS_EMPTY, "ISNOTEMPTY": lib.SNOW_IS_NOT_EMPTY,
    "EMPTYSTRING": lib.SNOW_EMPTY_STRING, "ANYTHING": lib.SNOW_ANYTHING, "SAMEAS": lib.SNOW_SAME_AS,
    "NSAMEAS": lib.SNOW_NOT_SAME_AS, "GT_FIELD": lib.SNOW_GT_FIELD, "LT_FIELD": lib.SNOW_LT_FIELD,
    "GT_OR_EQUALS_FIELD": lib.SNOW_GE_FIELD, "LT_OR_EQUALS_FIELD": lib.SNOW_LE_FIELD,
    "MORETHAN": lib.SNOW_MORE_THAN, "LESSTHAN": lib.SNOW_LESS_THAN, "ON": lib.SNOW_ON, "NOTON": lib.SNOW_NOT_ON,
    "DATEPART": lib.SNOW_DATE_PART, "RELATIVEGT": lib.SNOW_RELATIVE_GT, "RELATIVELT": lib.SNOW_RELATIVE_LT,
    "RELATIVEGE": lib.SNOW_RELATIVE_GE, "RELATIVELE": lib.SNOW_RELATIVE_LE, "RELATIVEEE": lib.SNOW_RELATIVE_EE,
    "DYNAMIC": lib.SNOW_DYNAMIC, "INSTANCEOF": lib.SNOW_INSTANCE_OF,
}
_DISPLAY: dict[Any, int] = {
    False: lib.SNOW_DISPLAY_FALSE, True: lib.SNOW_DISPLAY_TRUE, "all": lib.SNOW_DISPLAY_ALL,
}


class Query:
    """Which rows, in what order and form. Each method returns the query, so that calls chain:

        Query().where("active", "=", True).order_by("number").fields("number", "state").limit(10)

    For one thread at a time. Every method raises `ArgumentError` where an argument cannot be used, and
    `TypeError` where it has the wrong type. A value is never syntax: a `^` in it is escaped.
    """

    def __init__(self, encoded: str = "") -> None:
        """Every row; or those of an encoded query, such as one copied from a list of the user interface."""
        self._query = handle(lib.snow_query_parse, lib.snow_query_free, text("encoded", encoded))

    def __copy__(self) -> Query:
        """A query of its own that begins as this one, conditions and options alike."""
        copied = Query.__new__(type(self))
        copied.__dict__.update(self.__dict__)
        copied._query = handle(lib.snow_query_clone, lib.snow_query_free, self._query)
        return copied

    def __deepcopy__(self, _: dict[int, Any]) -> Query:
        return self.__copy__()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a query cannot be pickled; its text can: encoded")

    def where(self, field: str, operator: str, value: Value = None) -> Query:
        """Adds a condition. `operator` is a key of `OPERATORS`. A `datetime` without a zone is taken for UTC. A list
        matches what `=` matches for one of its values; fields without a value are found by `ISEMPTY`."""
        name, op, value = text("field", field), _operator(operator), _plain(value)
        if operator in ("IN", "NOT IN"):
            self._where_in(name, operator, value)
        elif operator == "BETWEEN":
            self._where_between(name, value)
        elif isinstance(value, bool):
            call(lib.snow_query_where_bool, self._query, name, op, int(value))
        elif isinstance(value, int) and -(2**63) <= value < 2**63:
            call(lib.snow_query_where_int, self._query, name, op, value)
        elif isinstance(value, (int, float, Decimal)):
            call(lib.snow_query_where, self._query, name, op, text("value", _number(value)))
        elif isinstance(value, datetime):
            call(lib.snow_query_where_time, self._query, name, op, seconds(value))
        elif value is None or isinstance(value, str):
            call(lib.snow_query_where, self._query, name, op, text("value", value))
        else:
            accepted = "str, int, float, Decimal, bool, datetime, date and None"
            raise TypeError(f"value: it is {type(value).__name__}; accepted are {accepted}")
        return self

    def _where_in(self, name: bytes, operator: str, value: Any) -> None:
        if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
            raise TypeError(f"value: {operator} takes a list; it is {type(value).__name__}")
        texts = [ffi.new("char[]", text("value", _element(one, operator))) for one in value]
        function = lib.snow_query_where_in if operator == "IN" else lib.snow_query_where_not_in
        call(function, self._query, name, ffi.new("char *[]", texts or 1), len(texts))

    def _where_between(self, name: bytes, value: Any) -> None:
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise TypeError("value: BETWEEN takes two values, the lower one first")
        low, high = map(_plain, value)
        if isinstance(low, datetime) and isinstance(high, datetime):
            call(lib.snow_query_where_between_times, self._query, name, seconds(low), seconds(high))
        elif isinstance(low, datetime) or isinstance(high, datetime):
            raise TypeError("value: of the ends of BETWEEN both are a datetime, or neither is")
        else:
            ends = text("value", _end(low)), text("value", _end(high))
            call(lib.snow_query_where_between, self._query, name, *ends)

    def where_script(self, field: str, operator: str, script: str) -> Query:
        """Adds a condition whose value is JavaScript that the instance runs, such as `gs.getUserID()`."""
        call(lib.snow_query_where_script, self._query, text("field", field), _operator(operator), text("script", script))
        return self

    def where_text(self, words: str) -> Query:
        """Adds a condition: all of the words stand anywhere in the record."""
        call(lib.snow_query_where_text, self._query, text("words", words))
        return self

    def or_(self) -> Query:
        """Joins the next condition to the one before with OR (`^OR`)."""
        call(lib.snow_query_or, self._query)
        return self

    def new_query(self) -> Query:
        """Begins another group of conditions (`^NQ`): a row is selected if all of one group hold."""
        call(lib.snow_query_new_query, self._query)
        return self

    def raw(self, encoded: str) -> Query:
        """Adds an encoded query as it is. Nothing in it is checked or escaped."""
        call(lib.snow_query_raw, self._query, text("encoded", encoded))
        return self

    def order_by(self, field: str, *, descending: bool = False) -> Query:
        """Sorts by a field; later ones decide between rows that are alike in the earlier."""
        function = lib.snow_query_order_by_desc if descending else lib.snow_query_order_by
        call(function, self._query, text("field", field))
        return self

    def fields(self, *names: str) -> Query:
        """Asks for these fields only, also across references (`"caller_id.name"`)."""
        for name in names:
            if not isinstance(name, str):
                raise TypeError(f"fields: it is {type(name).__name__}; accepted is str")
        call(lib.snow_query_fields, self._query, text("fields", ",".join(names)))
        return self

    def limit(self, rows: int) -> Query:
        """At most so many rows."""
        call(lib.snow_query_limit, self._query, whole("rows", rows, 64))
        return self

    def offset(self, rows: int) -> Query:
        """Leaves out so many rows at the beginning."""
        call(lib.snow_query_offset, self._query, whole("rows", rows, 64))
        return self

    def page_size(self, rows: int) -> Query:
        """How many rows one request asks for."""
        call(lib.snow_query_page_size, self._query, whole("rows", rows))
        return self

    def display_value(self, form: Union[bool, str] = True) -> Query:
        """Whether fields come as display values (True), stored values (False), or both (`"all"`)."""
        if form not in _DISPLAY:
            raise ValueError(f"form: {form!r} is none; accepted are False, True and 'all'")
        call(lib.snow_query_display_value, self._query, _DISPLAY[form])
        return self

    def exclude_reference_link(self, exclude: bool = True) -> Query:
        """Whether references come without their links."""
        call(lib.snow_query_exclude_reference_link, self._query, int(exclude))
        return self

    def view(self, view: str) -> Query:
        """Asks for the fields of a view of the user interface."""
        call(lib.snow_query_view, self._query, text("view", view))
        return self

    def category(self, category: str) -> Query:
        """Lets a list be read from the replica of the database that the instance has for a category of queries."""
        call(lib.snow_query_category, self._query, text("category", category))
        return self

    def no_domain(self, every_domain: bool = True) -> Query:
        """Whether records of every domain are reached, where the user may."""
        call(lib.snow_query_no_domain, self._query, int(every_domain))
        return self

    def no_count(self, without: bool = True) -> Query:
        """Whether the instance may leave the rows uncounted, which is faster; `Cursor.total` is None then."""
        call(lib.snow_query_no_count, self._query, int(without))
        return self

    def input_display_value(self, display: bool = True) -> Query:
        """Whether the values of a write are display values. Those of a record that was read are sent then."""
        call(lib.snow_query_input_display_value, self._query, int(display))
        return self

    def suppress_auto_sys_field(self, suppress: bool = True) -> Query:
        """Whether a write leaves `sys_updated_on` and its like alone."""
        call(lib.snow_query_suppress_auto_sys_field, self._query, int(suppress))
        return self

    def set(self, name: str, value: str) -> Query:
        """Sets a parameter of the request for which there is no method, such as `sysparm_restrict_domain`."""
        call(lib.snow_query_set, self._query, text("name", name), text("value", value))
        return self

    @property
    def encoded(self) -> str:
        """The query as text, as it goes into `sysparm_query`."""
        return string(call(lib.snow_query_encoded, self._query)) or ""

    def __str__(self) -> str:
        return self.encoded

    def __repr__(self) -> str:
        return f"Query({self.encoded!r})"


#: Where rows are selected: a `Query`, an encoded query, a mapping of fields to the values they have, or None
#: for every row.
Selection = Union[Query, str, Mapping[str, Value], None]


def selected(selection: Selection) -> Any:
    """The library's query for a selection; NULL for None. It is freed when nobody holds it."""
    if selection is None:
        return ffi.NULL
    if isinstance(selection, str):
        selection = Query(selection)
    elif isinstance(selection, Mapping):
        conditions, selection = selection, Query()
        for field, value in conditions.items():
            selection.where(field, "IN" if isinstance(value, (list, tuple)) else "=", value)
    if isinstance(selection, Query):
        return selection._query
    raise TypeError(f"query: it is {type(selection).__name__}; accepted are Query, str, a mapping and None")


def seconds(moment: datetime) -> int:
    """A moment in Unix time; without a zone it is taken for UTC."""
    # Not by way of a float, which has no room for the microseconds of late years.
    return (moment_in_a_zone(moment) - _1970) // timedelta(seconds=1)


_1970 = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _operator(operator: str) -> int:
    """The number of an operator."""
    if operator not in OPERATORS:
        accepted = ", ".join(OPERATORS)
        raise ValueError(f"operator: {operator!r} is none; accepted are {accepted}")
    return OPERATORS[operator]


def _plain(value: Any) -> Any:
    """A day as its text, and a number of numpy's as one of Python's, which it need not be and is written otherwise."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    return float(value) if isinstance(value, Real) and not isinstance(value, int) else value


def _number(value: Union[int, float, Decimal]) -> str:
    """A number in digits, without an exponent."""
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        raise ValueError(f"value: it is {value}; accepted are numbers that are finite")
    return f"{exact:f}"


def _element(value: Any, operator: str) -> str:
    """A value of a list, as text: what `=` makes of it."""
    value = _plain(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return _number(value)
    if isinstance(value, datetime):
        return written(value)
    accepted = "str, int, float, Decimal, bool, datetime and date"
    empty = "; fields without a value are found by ISEMPTY" if value is None else ""
    raise TypeError(f"value: one of {operator} is {type(value).__name__}; accepted are {accepted}{empty}")


def _end(value: Any) -> str:
    """An end of a range, as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        accepted = "str, int, float, Decimal, datetime and date"
        raise TypeError(f"value: an end of BETWEEN is {type(value).__name__}; accepted are {accepted}")
    return _number(value)


__all__ = ["OPERATORS", "Query", "Selection", "Value"]
