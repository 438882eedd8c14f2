"""Records: rows of an instance, and what is sent to one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Optional

from . import errors
from ._call import handle, sized, string, text, written
from ._library import lib


class Record(Mapping[str, Optional[str]]):
    """One row, read-only. `row["state"]` is the stored value of a field (None where it is null or came without
    one), read from the bytes of the row when it is asked for. A field that did not come is a `KeyError`.
    """

    __slots__ = ("_record",)

    def __init__(self, record: Any) -> None:
        self._record = record

    def __getitem__(self, field: str) -> Optional[str]:
        try:
            name = text("field", field)
        except errors.ArgumentError:
            raise KeyError(field) from None
        value = sized(lib.snow_record_get, self._record, name)
        if value is not None:
            return value.decode()
        if field in self.keys():
            return None
        raise KeyError(field)

    def __iter__(self) -> Iterator[str]:
        for index in range(len(self)):
            name = string(lib.snow_record_field_name(self._record, index))
            if name is not None:
                yield name

    def __len__(self) -> int:
        return int(lib.snow_record_field_count(self._record))

    def __contains__(self, field: object) -> bool:
        return any(name == field for name in self)

    def keys(self) -> Any:
        """The names of the fields, in the order in which the instance sent them."""
        return dict.fromkeys(self).keys()

    def display(self, field: str) -> Optional[str]:
        """The display value of a field; None where it came without one (see `Query.display_value`)."""
        return string(lib.snow_record_display(self._record, text("field", field)))

    def link(self, field: str) -> Optional[str]:
        """The REST address of the record that a reference refers to; None where there is none."""
        return string(lib.snow_record_link(self._record, text("field", field)))

    def json(self) -> str:
        """The record as the JSON that the instance sent."""
        return (sized(lib.snow_record_json, self._record) or b"").decode()

    def as_dict(self) -> dict[str, Any]:
        """The record as its JSON has it: a reference is a dict with `link` and `value`."""
        fields: dict[str, Any] = json.loads(self.json())
        return fields

    def __repr__(self) -> str:
        return f"Record({self.json()})"


def cloned(borrowed: Any) -> Record:
    """A copy of a record that a cursor or an answer lends."""
    return Record(handle(lib.snow_record_clone, lib.snow_record_free, borrowed))


def made(fields: Mapping[str, Any]) -> Any:
    """The library's record for fields to be sent.

    A `datetime` is sent in UTC; one without a zone is taken for UTC.
    """
    if isinstance(fields, Record):
        return handle(lib.snow_record_clone, lib.snow_record_free, fields._record)
    if not isinstance(fields, Mapping):
        raise TypeError(f"record: it is {type(fields).__name__}; accepted is a mapping of fields to values")
    body = json.dumps(dict(fields), default=_plain).encode()
    return handle(lib.snow_record_from_json, lib.snow_record_free, body, len(body))


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return written(value)
    raise TypeError(f"record: a {type(value).__name__} cannot be sent; accepted are what JSON has, and datetime")
