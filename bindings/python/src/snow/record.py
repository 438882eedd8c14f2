"""Records: rows of an instance, and what is sent to one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Optional, TypeVar

from . import errors
from ._call import encoded, handle, sized, string, text, written
from ._library import lib

_Read = TypeVar("_Read")


class Record(Mapping[str, Optional[str]]):
    """One row, read-only. `row["state"]` is the stored value of a field (None where it is null or came without
    one), read from the bytes of the row when it is asked for. A field that did not come is a `KeyError`. Any number of
    threads may read it.
    """

    __slots__ = ("_record",)

    def __init__(self, record: Any) -> None:
        self._record = record

    def __getitem__(self, field: str) -> Optional[str]:
        try:
            name = text("field", field)
        except errors.ArgumentError:
            raise KeyError(field) from None
        value = self._read(_value, name)
        if value is not None:
            return value.decode()
        if field in self.keys():
            return None
        raise KeyError(field)

    def __iter__(self) -> Iterator[str]:
        return iter(self._read(_names) or ())

    def __len__(self) -> int:
        count = int(lib.snow_record_field_count(self._record))
        return count or int(lib.snow_record_field_count(_own(self._record)))

    def __contains__(self, field: object) -> bool:
        return any(name == field for name in self)

    def keys(self) -> Any:
        """The names of the fields, in the order in which the instance sent them."""
        return dict.fromkeys(self).keys()

    def display(self, field: str) -> Optional[str]:
        """The display value of a field; None where it came without one (see `Query.display_value`)."""
        value = self._read(_display, text("field", field))
        return None if value is None else value.decode()

    def link(self, field: str) -> Optional[str]:
        """The REST address of the record that a reference refers to; None where there is none."""
        return self._read(_link, text("field", field))

    def json(self) -> str:
        """The record as the JSON that the instance sent."""
        return (self._read(_json) or b"").decode()

    def as_dict(self) -> dict[str, Any]:
        """The record as its JSON has it: a reference is a dict with `link` and `value`."""
        fields: dict[str, Any] = json.loads(self.json())
        return fields

    def __repr__(self) -> str:
        return f"Record({self.json()})"

    def _read(self, how: Callable[..., Optional[_Read]], *arguments: Any) -> Optional[_Read]:
        """What is read of the record in some way. While another thread reads it, it seems to hold nothing: a copy tells
        whether it does."""
        found = how(self._record, *arguments)
        return how(_own(self._record), *arguments) if found is None else found


def _value(record: Any, name: Any) -> Optional[bytes]:
    return sized(lib.snow_record_get, record, name)


def _display(record: Any, name: Any) -> Optional[bytes]:
    return sized(lib.snow_record_display, record, name)


def _link(record: Any, name: Any) -> Optional[str]:
    return string(lib.snow_record_link(record, name))


def _json(record: Any) -> Optional[bytes]:
    return sized(lib.snow_record_json, record)


def _names(record: Any) -> Optional[list[str]]:
    """The names of all fields; None where there is none, or one does not show."""
    shown = [string(lib.snow_record_field_name(record, index)) for index in range(lib.snow_record_field_count(record))]
    names = [name for name in shown if name is not None]
    return names if names and len(names) == len(shown) else None


#: For so many seconds a record is waited for. A reader takes no time, but one that a fork left behind takes for ever.
_LIMIT = 5.0


def _own(record: Any) -> Any:
    """A copy of a record, which no other thread reads. Raises `Busy` where one reads it all the time."""
    end = time.monotonic() + _LIMIT
    while True:
        try:
            return handle(lib.snow_record_clone, lib.snow_record_free, record)
        except errors.Busy:
            if time.monotonic() > end:
                raise
            time.sleep(0)


def cloned(borrowed: Any) -> Record:
    """A copy of a record that a cursor or an answer lends."""
    return Record(handle(lib.snow_record_clone, lib.snow_record_free, borrowed))


def made(fields: Mapping[str, Any]) -> Any:
    """The library's record for fields to be sent.

    A `datetime` is sent in UTC; one without a zone is taken for UTC.
    """
    if isinstance(fields, Record):
        return _own(fields._record)
    if not isinstance(fields, Mapping):
        raise TypeError(f"record: it is {type(fields).__name__}; accepted is a mapping of fields to values")
    try:
        written_out = json.dumps(dict(fields), default=_plain, ensure_ascii=False, allow_nan=False)
    except ValueError as reason:
        raise ValueError(f"record: {reason}") from None
    body = encoded("record", written_out)
    return handle(lib.snow_record_from_json, lib.snow_record_free, body, len(body))


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return written(value)
    raise TypeError(f"record: a {type(value).__name__} cannot be sent; accepted are what JSON has, and datetime")
