"""Criteria: conditions as expressions, such as `(Field("state") == 2) & Field("caller_id").is_empty()`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timezone
from typing import Any, Union

from ..query import Query
from .enums import DateTimeOn, Order
from .exceptions import QueryTypeError
from .query_builder import checked, ends, moment

_Step = Callable[[Query], Any]


class Criterion:
    """One or more conditions. Joined, they are read from left to right, as an instance reads them: OR holds
    between the condition before it and that after it, before AND does."""

    def __init__(self, *steps: _Step) -> None:
        self._steps = steps
        self.get_query()

    @staticmethod
    def all(terms: Any = ()) -> Any:
        """All of them hold; `EmptyCriterion` for none."""
        return _joined(terms, Criterion.AND)

    @staticmethod
    def any(terms: Any = ()) -> Any:
        """One of them holds; `EmptyCriterion` for none."""
        return _joined(terms, Criterion.OR)

    def AND(self, other: Criterion) -> Criterion:
        """Both hold."""
        return self._join(other)

    def OR(self, other: Criterion) -> Criterion:
        """One of both holds."""
        return self._join(other, Query.or_)

    def NQ(self, other: Criterion) -> Criterion:
        """All that stands before holds, or all that comes after."""
        return self._join(other, Query.new_query)

    __and__, __or__, __xor__ = AND, OR, NQ

    def _join(self, other: Criterion, *join: _Step) -> Criterion:
        if not isinstance(other, Criterion):
            raise QueryTypeError(f"other: it is {type(other).__name__}; accepted is Criterion")
        return Criterion(*self._steps, *join, *other._steps)

    def get_query(self, **kwargs: Any) -> str:
        """The encoded query."""
        query = Query()
        with checked():
            for step in self._steps:
                step(query)
            return query.encoded

    def __str__(self) -> str:
        return self.get_query()


class EmptyCriterion:
    """No condition. What is joined to it is that, and by itself it is no query."""

    def __and__(self, other: Any) -> Any:
        return other

    __or__ = __xor__ = __and__


def _joined(terms: Any, join: Callable[[Any, Any], Criterion]) -> Any:
    first, *others = list(terms) or [EmptyCriterion()]
    for other in others:
        first = join(first, other)
    return first


class Field:
    """A field, of which conditions are made."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get_query(self, **kwargs: Any) -> str:
        """The name."""
        return self.name

    __str__ = get_query

    def _where(self, operator: str, value: Any = None) -> Criterion:
        return Criterion(lambda query: query.where(self.name, operator, value))

    def eq(self, other: Any) -> Criterion:
        """It has a value."""
        return self._where("=", _value(other))

    def ne(self, other: Any) -> Criterion:
        """It has another value."""
        return self._where("!=", _value(other))

    def gt(self, other: Any) -> Criterion:
        """It is greater, or later."""
        return self._where(">", _value(other))

    def gte(self, other: Any) -> Criterion:
        """It is as great, or greater."""
        return self._where(">=", _value(other))

    def lt(self, other: Any) -> Criterion:
        """It is less, or earlier."""
        return self._where("<", _value(other))

    def lte(self, other: Any) -> Criterion:
        """It is as little, or less."""
        return self._where("<=", _value(other))

    __eq__ = eq  # type: ignore[assignment]
    __ne__ = ne  # type: ignore[assignment]
    __gt__, __ge__, __lt__, __le__ = gt, gte, lt, lte
    __hash__ = None  # type: ignore[assignment]

    def is_empty(self) -> Criterion:
        """It has no value."""
        return self._where("ISEMPTY")

    def is_not_empty(self) -> Criterion:
        """It has a value."""
        return self._where("ISNOTEMPTY")

    def is_empty_string(self) -> Criterion:
        """It is the empty text."""
        return self._where("EMPTYSTRING")

    def is_anything(self, other: Any = None) -> Criterion:
        """It may be anything. `other` means nothing."""
        return self._where("ANYTHING")

    def is_in(self, other: Any) -> Criterion:
        """It is one of a list."""
        return self._where("IN", other)

    def not_in(self, other: Any) -> Criterion:
        """It is none of a list."""
        return self._where("NOT IN", other)

    def starts_with(self, other: str) -> Criterion:
        """It begins with a text."""
        return self._where("STARTSWITH", _value(other))

    def ends_with(self, other: str) -> Criterion:
        """It ends with a text."""
        return self._where("ENDSWITH", _value(other))

    def like(self, other: str) -> Criterion:
        """It has a text in it."""
        return self._where("LIKE", _value(other))

    def not_like(self, other: str) -> Criterion:
        """It has no such text in it."""
        return self._where("NOT LIKE", _value(other))

    contains, not_contains = like, not_like

    def is_same(self, other: Field) -> Criterion:
        """It has the value of another field."""
        return self._where("SAMEAS", _name(other))

    def is_different(self, other: Field) -> Criterion:
        """It has another value than another field."""
        return self._where("NSAMEAS", _name(other))

    def between(self, lower: Any, upper: Any) -> Criterion:
        """It lies between two values, or is one of them. A `datetime` without a zone is taken for UTC."""
        return self._where("BETWEEN", ends(lower, upper))

    def on(self, other: Union[datetime, DateTimeOn]) -> Criterion:
        """It lies on a day, or in a range of time. Of a moment in a zone it is the day in UTC."""
        return self._where("ON", _day(other))

    def not_on(self, other: Union[datetime, DateTimeOn]) -> Criterion:
        """It does not lie on a day, or in a range of time, as `on` has them."""
        return self._where("NOTON", _day(other))

    def order(self, direction: Union[str, Order]) -> Criterion:
        """Sorts by it: `"asc"` or `"desc"`."""
        way = direction.value if isinstance(direction, Order) else str(direction).upper()
        if way not in ("ASC", "DESC"):
            raise QueryTypeError(f"direction: {direction!r} is none; accepted are 'asc', 'desc' and Order")
        return Criterion(lambda query: query.order_by(self.name, descending=way == "DESC"))


class Table:
    """The fields of a table: `Table("incident").caller_id`, or `["caller_id.name"]`. One that is called `table_name`
    or `field` is had by the latter alone."""

    def __init__(self, name: str) -> None:
        self.table_name = name

    def field(self, name: str) -> Field:
        """A field."""
        return Field(name)

    __getitem__ = __getattr__ = field


def _value(value: Any) -> Any:
    if value is None:
        raise QueryTypeError("value: it is None; is_empty() asks for fields without a value")
    return moment(value)


def _name(field: Any) -> str:
    if not isinstance(field, Field):
        raise QueryTypeError(f"other: it is {type(field).__name__}; accepted is Field")
    return field.name


def _day(day: Any) -> str:
    if isinstance(day, DateTimeOn):
        return str(day.value).split("@")[0]
    if isinstance(day, time) or not hasattr(day, "strftime"):
        raise QueryTypeError(f"other: it is {type(day).__name__}; accepted are datetime and DateTimeOn")
    if getattr(day, "tzinfo", None):
        day = day.astimezone(timezone.utc)
    return str(day.strftime("%Y-%m-%d"))
