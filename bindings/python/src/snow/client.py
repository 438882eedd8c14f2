"""Clients: one instance, its connections and its token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Optional, Union

from . import errors
from ._call import call, handle, milliseconds, string, text, whole
from ._callback import Listeners, answered, callback, told
from ._library import ffi, lib
from .attachment import Attachments
from .cursor import Cursor
from .export import Export
from .query import Selection, selected
from .record import Record, made
from .request import Request, Response
from .session import Session
from .token import Token, copied


class Client:
    """One instance, and what its tables and other APIs do. Any number of threads may use it at once, and a
    forked child goes on with the one that it inherits.

        with Client("dev12345", Session().basic_auth("admin", password)) as client:
            for row in client.list("incident", {"active": True}):
                print(row["number"])

    Every method that reaches the instance raises an `Error` where it fails.
    """

    def __init__(self, instance: str, session: Optional[Session] = None) -> None:
        """`instance` is a name (`dev12345`), a host or a URL. Reaches nothing yet; raises `ArgumentError`."""
        signed = ffi.NULL if session is None else session._session
        self._client: Any = handle(lib.snow_client_new, lib.snow_client_free, text("instance", instance), signed)
        self._listeners = Listeners(of=self._client, take_back=_take_back)

    @classmethod
    def basic(cls, instance: str, user: str, password: str) -> Client:
        """A client that signs in with a name and password."""
        return cls(instance, Session().basic_auth(user, password))

    @classmethod
    def oauth(cls, instance: str, client_id: str, client_secret: str, token: Optional[Token] = None) -> Client:
        """A client that signs in with OAuth: by a stored token, or by `login`."""
        client = cls(instance, Session().oauth(client_id, client_secret))
        if token is not None:
            client.token = token
        return client

    @property
    def _open(self) -> Any:
        client = self._client
        if client is None:
            raise errors.closed("client")
        return client

    @property
    def url(self) -> str:
        """The URL of the instance."""
        return string(lib.snow_client_url(self._open)) or ""

    # Tokens

    def login(self, user: str, password: str) -> None:
        """Gets a token for a user's name and password (OAuth, grant `password`). Raises `AuthError`."""
        call(lib.snow_client_login, self._open, text("user", user), text("password", password))

    @property
    def token(self) -> Token:
        """A copy of the token now in use. Raises `AuthError` where there is none yet."""
        return Token._of(handle(lib.snow_client_token, lib.snow_token_free, self._open))

    @token.setter
    def token(self, token: Union[Token, str, Mapping[str, Any]]) -> None:
        kept = token if isinstance(token, Token) else Token(token)
        call(lib.snow_client_set_token, self._open, kept._token)

    def on_token(self, listener: Optional[Callable[[Token], object]]) -> None:
        """Who is told of each new token, to store it; None for nobody.

        Runs on the thread whose call needed the token, while others wait; it may call the client. What it
        raises comes out of that call, which is not made then.
        """
        if listener is None:
            call(lib.snow_set_token_callback, self._open, ffi.NULL, ffi.NULL, ffi.NULL)
        else:
            call(lib.snow_set_token_callback, self._open, _on_token, *self._listeners.lend(listener))

    # Tables

    def get(self, table: str, sys_id: str, query: Selection = None) -> Record:
        """The record with a `sys_id`. Of the query, only the form of the row holds. Raises `NotFound`."""
        return self._row(lib.snow_table_get, table, text("sys_id", sys_id), selected(query))

    def list(self, table: str, query: Selection = None) -> Cursor:
        """The rows that match, read while they are asked for. Reaches nothing yet.

        Without an order they come by `sys_id`, and none is skipped or doubled while others come and go.
        """
        described = text("table", table), selected(query)
        rows = handle(lib.snow_table_list, lib.snow_cursor_free, self._open, *described)
        return Cursor(rows, self._listeners)

    def first(self, table: str, query: Selection = None) -> Record:
        """The first row that matches. Raises `NotFound` where none does."""
        return self._row(lib.snow_table_first, table, selected(query))

    def one(self, table: str, query: Selection = None) -> Record:
        """The only row that matches. Raises `NotFound` or `Multiple`."""
        return self._row(lib.snow_table_one, table, selected(query))

    def count(self, table: str, query: Selection = None) -> int:
        """How many rows match."""
        count = ffi.new("uint64_t *")
        call(lib.snow_table_count, self._open, text("table", table), selected(query), count)
        return int(count[0])

    def create(self, table: str, record: Mapping[str, Any], query: Selection = None) -> Record:
        """Makes a record, and gives it as the instance stored it. `query` says the form of what comes back."""
        return self._row(lib.snow_table_create, table, made(record), selected(query))

    def update(self, table: str, sys_id: str, record: Mapping[str, Any], query: Selection = None) -> Record:
        """Changes some fields of a record (PATCH), and gives it as it then is."""
        return self._row(lib.snow_table_update, table, text("sys_id", sys_id), made(record), selected(query))

    def replace(self, table: str, sys_id: str, record: Mapping[str, Any], query: Selection = None) -> Record:
        """As `update`, by PUT."""
        return self._row(lib.snow_table_replace, table, text("sys_id", sys_id), made(record), selected(query))

    def delete(self, table: str, sys_id: str) -> None:
        """Deletes a record. Raises `NotFound`."""
        call(lib.snow_table_delete, self._open, text("table", table), text("sys_id", sys_id), ffi.NULL)

    def update_one(self, table: str, query: Selection, record: Mapping[str, Any]) -> Record:
        """Changes the only record that matches. Raises `NotFound`, `Multiple`, or `InstanceError` where the instance
        leaves a condition out (`SNOW_QUERY_IGNORED`), and changes nothing then. It cannot be asked whether it leaves
        out words that are searched for (`where_text`), tags, scripts inside a join, and operators of `raw` that
        libsnow does not know."""
        return self._row(lib.snow_table_update_one, table, selected(query), made(record))

    def delete_one(self, table: str, query: Selection) -> None:
        """Deletes the only record that matches. Raises as `update_one`, and deletes nothing then."""
        call(lib.snow_table_delete_one, self._open, text("table", table), selected(query))

    def _row(self, function: Any, table: str, *arguments: Any) -> Record:
        return Record(handle(function, lib.snow_record_free, self._open, text("table", table), *arguments))

    # Beside tables

    def export(self, table: str, query: Selection = None) -> Export:
        """All the rows that match, read over several connections at once."""
        return Export(self._open, table, query, self._listeners)

    def shards(self, table: str, query: Selection = None, *, count: int) -> tuple[str, ...]:
        """The rows that match, divided into `count` encoded queries (1 to 1000) that together match each row once:
        for workers that share a table, also on several machines.

        Each is for `Query` or as it is for `export` and `list`; for `Query.raw` where the query has an operator that
        libsnow does not know. Of the query, only its conditions hold; order and fields are for each worker to set. With
        fewer rows than parts, parts may be empty.
        """
        described = self._open, text("table", table), selected(query), whole("count", count)
        shards = handle(lib.snow_table_shards, lib.snow_shards_free, *described)
        parts = (lib.snow_shards_query(shards, index, ffi.NULL) for index in range(lib.snow_shards_count(shards)))
        return tuple(string(part) or "" for part in parts)

    @property
    def attachments(self) -> Attachments:
        """The files that hang on records."""
        return Attachments(self._open, self._listeners)

    def send(self, request: Request) -> Response:
        """Makes any request. An answer that refuses is an answer too: `Response.check` raises what it says."""
        return Response(handle(lib.snow_client_send, lib.snow_response_free, self._open, request._request))

    def open(self, request: Request) -> Response:
        """As `send`, but returns when the answer begins; its body is read piece by piece."""
        answer = handle(lib.snow_client_open, lib.snow_response_free, self._open, request._request)
        return Response(answer, self._listeners)

    # Of itself

    def on_log(self, level: int, listener: Optional[Callable[[int, str], object]]) -> None:
        """Who is told what the client does, with a level and a line, from `level` up: `LOG_ERROR`,
        `LOG_WARNING` or `LOG_INFO`. Runs on the thread of the call that it is told of. That call may have done
        its work already, so an error that it raises goes to `sys.excepthook`; a `KeyboardInterrupt` and the like
        come out of the call, once that has ended.
        """
        if listener is None:
            call(lib.snow_set_log_callback, self._open, level, ffi.NULL, ffi.NULL, ffi.NULL)
        else:
            lowest = whole("level", level, 31)
            call(lib.snow_set_log_callback, self._open, lowest, _on_log, *self._listeners.lend(listener))

    @property
    def statistics(self) -> dict[str, int]:
        """What the client has done so far: requests, failures, retries, bytes and the like."""
        return {name: int(lib.snow_client_statistic(self._open, number)) for name, number in _STATISTICS.items()}

    def close(self, timeout: float = 0) -> None:
        """Ends the client: new calls raise `Closed`; those under way get `timeout` seconds, and raise
        `Cancelled` then, and this `Timeout`. Again does nothing; inside a callback it raises `Busy`, and ends nothing."""
        wait = milliseconds("timeout", timeout)
        client, self._client = self._client, None
        if client is not None:
            try:
                call(lib.snow_client_close, client, wait)
            except errors.Busy:
                self._client = client
                raise

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        # The client is freed with the last row that comes from it; nothing is cut off here.
        self._client = None


LOG_ERROR: int = lib.SNOW_LOG_ERROR
LOG_WARNING: int = lib.SNOW_LOG_WARNING
LOG_INFO: int = lib.SNOW_LOG_INFO

_STATISTICS = {
    name: getattr(lib, "SNOW_STATISTIC_" + name.upper())
    for name in (
        "requests", "failures", "retries", "token_requests", "bytes_sent", "bytes_received", "connections",
        "in_flight",
    )
}


def _take_back(client: Any) -> None:
    lib.snow_set_token_callback(client, ffi.NULL, ffi.NULL, ffi.NULL, ffi.NULL)
    lib.snow_set_log_callback(client, lib.SNOW_LOG_OFF, ffi.NULL, ffi.NULL, ffi.NULL, ffi.NULL)


@callback("snow_token_fn")
def _on_token(user_data: Any, token: Any) -> int:
    return answered(user_data, copied(token))


@callback("snow_log_fn")
def _on_log(user_data: Any, level: int, line: Any) -> None:
    told(user_data, level, string(line))
