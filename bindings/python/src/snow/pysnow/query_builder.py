"""The query builder, over `snow.Query`: values are escaped, and of any type that a condition takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, Optional

from ..query import Query
from .exceptions import (
    InvalidUsage,
    QueryEmpty,
    QueryExpressionError,
    QueryMissingField,
    QueryMultipleExpressions,
    QueryTypeError,
)


@contextmanager
def checked() -> Iterator[None]:
    """Raises what pysnow's users know for a condition that the library refuses."""
    try:
        yield
    except TypeError as error:
        raise QueryTypeError(str(error)) from error
    except ValueError as error:
        # What the library tells a C program to do instead, in words for who has a script of pysnow.
        said = str(error).replace("use snow_query_where_script", "write the whole query as a text")
        raise InvalidUsage(said) from error


def moment(value: Any) -> Any:
    """A date as the moment at which it begins; anything else as it is."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return value


def ends(lower: Any, upper: Any) -> tuple[Any, Any]:
    """The ends of a range: a truth value is the number that Python takes it for."""
    low, high = (int(value) if isinstance(value, bool) else moment(value) for value in (lower, upper))
    return low, high


class QueryBuilder:
    """Builds an encoded query.

        QueryBuilder().field("state").equals("2").AND().field("number").order_descending()
    """

    def __init__(self) -> None:
        self._query = Query()
        self._empty = True
        #: Whether the last step was a condition or an order.
        self._complete = False
        self.current_field: Optional[str] = None

    def field(self, field: str) -> QueryBuilder:
        """Which field the next condition or order is about."""
        self.current_field = field
        return self

    def order_descending(self) -> QueryBuilder:
        """Sorts by the field, highest first."""
        return self._order(descending=True)

    def order_ascending(self) -> QueryBuilder:
        """Sorts by the field, lowest first."""
        return self._order(descending=False)

    def starts_with(self, starts_with: str) -> QueryBuilder:
        """The field begins with a text."""
        return self._where("STARTSWITH", _text(starts_with))

    def ends_with(self, ends_with: str) -> QueryBuilder:
        """The field ends with a text."""
        return self._where("ENDSWITH", _text(ends_with))

    def contains(self, contains: str) -> QueryBuilder:
        """The field has a text in it."""
        return self._where("LIKE", _text(contains))

    def not_contains(self, not_contains: str) -> QueryBuilder:
        """The field has no such text in it."""
        return self._where("NOT LIKE", _text(not_contains))

    def is_empty(self) -> QueryBuilder:
        """The field has no value."""
        return self._where("ISEMPTY")

    def is_not_empty(self) -> QueryBuilder:
        """The field has a value."""
        return self._where("ISNOTEMPTY")

    def equals(self, data: Any) -> QueryBuilder:
        """The field has a value, or one of a list."""
        return self._where("IN" if isinstance(data, list) else "=", data)

    def not_equals(self, data: Any) -> QueryBuilder:
        """The field has another value, or none of a list."""
        return self._where("NOT IN" if isinstance(data, list) else "!=", data)

    def greater_than(self, greater_than: Any) -> QueryBuilder:
        """The field is greater, or later. A `datetime` without a zone is taken for UTC."""
        return self._where(">", greater_than)

    def greater_than_or_equal(self, greater_than: Any) -> QueryBuilder:
        """The field is as great, or greater."""
        return self._where(">=", greater_than)

    def less_than(self, less_than: Any) -> QueryBuilder:
        """The field is less, or earlier."""
        return self._where("<", less_than)

    def less_than_or_equal(self, less_than: Any) -> QueryBuilder:
        """The field is as little, or less."""
        return self._where("<=", less_than)

    def between(self, start: Any, end: Any) -> QueryBuilder:
        """The field lies between two values, or is one of them."""
        return self._where("BETWEEN", ends(start, end))

    def AND(self) -> QueryBuilder:
        """What comes next holds too."""
        return self._join(lambda: None)

    def OR(self) -> QueryBuilder:
        """What comes next holds, or the condition before it."""
        return self._join(self._query.or_)

    def NQ(self) -> QueryBuilder:
        """Begins another group of conditions, of which one group has to hold."""
        return self._join(self._query.new_query)

    def _where(self, operator: str, value: Any = None) -> QueryBuilder:
        if not self.current_field:
            raise QueryMissingField("a condition needs a field: call field() before it")
        if self._complete:
            raise QueryMultipleExpressions("a condition needs AND(), OR() or NQ() before it: another one stands there")
        if value is None and operator not in ("ISEMPTY", "ISNOTEMPTY"):
            raise QueryTypeError("value: it is None; is_empty() asks for fields without a value")
        with checked():
            self._query.where(str(self.current_field), operator, moment(value))
        return self._added()

    def _order(self, descending: bool) -> QueryBuilder:
        if not self.current_field:
            raise QueryMissingField("an order needs a field: call field() before it")
        with checked():
            self._query.order_by(str(self.current_field), descending=descending)
        return self._added()

    def _added(self) -> QueryBuilder:
        self._empty, self._complete = False, True
        return self

    def _join(self, joined: Callable[[], Any]) -> QueryBuilder:
        if not self._complete:
            raise QueryExpressionError("AND(), OR() and NQ() need a condition before them")
        with checked():
            joined()
        self.current_field, self._complete = None, False
        return self

    def __str__(self) -> str:
        if self._empty:
            raise QueryEmpty("a query needs a condition")
        if self.current_field is None:
            raise QueryMissingField("AND(), OR() and NQ() need a field() and a condition after them")
        if not self._complete:
            raise QueryExpressionError("field() needs a condition after it")
        with checked():
            return self._query.encoded


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise QueryTypeError(f"value: it is {type(value).__name__}; accepted is str")
    return value
