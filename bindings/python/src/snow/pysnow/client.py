"""Clients: one instance."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any, Optional

from .. import client, errors
from ..session import Session
from ..token import Token
from .exceptions import InvalidUsage, MissingToken, TokenCreateError, translated
from .legacy_request import LegacyRequest
from .params_builder import ParamsBuilder
from .resource import Resource
from .session import session as translated_session
from .session import trusting

_TOKEN = ("token_type", "refresh_token", "access_token", "scope", "expires_in", "expires_at")


class Client:
    """One instance, by a name and password or by a session."""

    def __init__(
        self,
        instance: Optional[str] = None,
        host: Optional[str] = None,
        user: Optional[str] = None,
        password: Optional[str] = None,
        raise_on_empty: Optional[bool] = None,
        request_params: Optional[dict[str, Any]] = None,
        use_ssl: bool = True,
        session: Any = None,
    ) -> None:
        """`instance` is a name (`dev12345`) or a URL, `host` a host with or without a port. `session` is one of
        requests, or a `snow.Session`; what it says is copied."""
        self._describe(instance, host, raise_on_empty, request_params, use_ssl)
        if session is None and not (user and password):
            raise InvalidUsage("user: a name and a password are needed, or a session")
        if session is not None and user is not None:
            raise InvalidUsage("session: a user is given too; accepted is one of both")
        self._user = user
        self.session = session
        with translated():
            if session is None:
                session = trusting(Session().basic_auth(user or "", password or ""))
            elif not isinstance(session, Session):
                session = translated_session(session, self._connected(Session()).url)
            self._reached_by, self._reaching = session, RLock()
            self._client: Optional[client.Client] = self._connected(session)

    def _describe(
        self, instance: Any, host: Any, raise_on_empty: Any, request_params: Any, use_ssl: Any
    ) -> None:
        if instance is not None and host is not None:
            raise InvalidUsage("instance: a host is given too; accepted is one of both")
        if not instance and not host:
            raise InvalidUsage("instance: it is missing; accepted are an instance, such as 'dev12345', and a host")
        if not isinstance(use_ssl, bool):
            raise InvalidUsage(f"use_ssl: it is {type(use_ssl).__name__}; accepted is bool")
        if not isinstance(raise_on_empty, (bool, type(None))):
            raise InvalidUsage(f"raise_on_empty: it is {type(raise_on_empty).__name__}; accepted is bool")
        self.instance = instance
        self.host = host
        self.use_ssl = use_ssl
        self.raise_on_empty = raise_on_empty is not False
        self.parameters = ParamsBuilder()
        self.request_params: dict[str, Any] = {}
        if request_params is not None:
            self.parameters.add_custom(request_params)
            self.request_params = request_params

    def _connected(self, session: Session) -> client.Client:
        address: str = self.instance or self.host
        if self.host and "://" not in address:
            address = ("https://" if self.use_ssl else "http://") + address
        # A session of the caller's own is not changed.
        if not self.use_ssl and session is not self.session:
            session.allow_http()
        return client.Client(address, session)

    @property
    def snow(self) -> client.Client:
        """The client of libsnow, which does more: exports, downloads, any request. Another one after `close`."""
        connected = self._client
        if connected is None:
            # A session serves one thread at a time.
            with self._reaching, translated():
                connected = self._client = self._client or self._connected(self._reached_by)
        return connected

    @property
    def base_url(self) -> str:
        """The URL of the instance."""
        return self.snow.url

    def resource(
        self,
        api_path: Optional[str] = None,
        base_path: str = "/api/now",
        chunk_size: Optional[int] = None,
        timeout: Any = None,
    ) -> Resource:
        """A path of the REST API, such as `/table/incident`.

        With a `timeout`, each of its calls is one request that may take so many seconds (of a pair, as requests
        takes it, both together); a list then has the rows of one answer. A write by a query is several requests, and
        asking whether the instance reads all of the query takes the session's time. `chunk_size` means nothing: answers
        are read as they come.
        """
        return Resource(self, base_path, api_path or "", self.parameters, timeout)

    def query(self, table: str, **kwargs: Any) -> LegacyRequest:
        """The legacy API: the records of a table that match `query`."""
        return LegacyRequest(self, table, kwargs["query"])

    def insert(self, table: str, payload: Mapping[str, Any], **kwargs: Any) -> dict[str, Any]:
        """The legacy API: makes a record, and gives it."""
        return LegacyRequest(self, table, "").insert(payload)

    def close(self) -> None:
        """Lets go of the connections. As with pysnow, rows that are being read go on, and a later call opens others.
        Does nothing with a `snow.Session`: that may be in use, or say something else by now, and its token is kept with
        the connections."""
        if not isinstance(self.session, Session):
            self._client = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


class OAuthClient(Client):
    """One instance, by OAuth tokens, which are renewed by themselves."""

    def __init__(
        self,
        client_id: Optional[str] = None,
        client_secret: Optional[str] = None,
        token_updater: Optional[Callable[[dict[str, Any]], object]] = None,
        **kwargs: Any,
    ) -> None:
        """`token_updater` is told of each new token, to store it. What it raises comes out of the call that needed
        the token, which is not made then. `kwargs` are those of `Client` that say which instance."""
        if not client_id or not client_secret:
            raise InvalidUsage("client_id: it and a client_secret are needed")
        for name in ("user", "session"):
            if kwargs.pop(name, None) is not None:
                warnings.warn(f"{name}: it means nothing with OAuth", UserWarning, stacklevel=2)
        kwargs.pop("password", None)
        self._describe(
            kwargs.pop("instance", None), kwargs.pop("host", None), kwargs.pop("raise_on_empty", None),
            kwargs.pop("request_params", None), kwargs.pop("use_ssl", True))
        if kwargs:
            raise TypeError(f"{', '.join(kwargs)}: there is no such argument")
        self.client_id = client_id
        self.client_secret = client_secret
        self.token_updater = token_updater
        self.session = None
        self._user = None
        self._signed = False
        with translated():
            self._client: client.Client = self._connected(self._oauth())
            self._client.on_token(self._renewed)
        self.token_url = f"{self._client.url}/oauth_token.do"

    def _oauth(self) -> Session:
        return trusting(Session().oauth(self.client_id, self.client_secret))

    def _renewed(self, token: Token) -> None:
        if self.token_updater is not None:
            self.token_updater(token.as_dict())

    @property
    def snow(self) -> client.Client:
        """The client of libsnow. Raises `MissingToken` before `set_token`."""
        self._needs_a_token()
        return self._client

    @property
    def base_url(self) -> str:
        """The URL of the instance."""
        return self._client.url

    @property
    def token(self) -> Optional[dict[str, Any]]:
        """The token now in use, or None."""
        return self._client.token.as_dict() if self._signed else None

    def generate_token(self, user: str, password: str) -> dict[str, Any]:
        """Gets a token for a name and password, for `set_token`. Raises `TokenCreateError`."""
        # Of its own, so that the token in use stays.
        asking = self._connected(self._oauth())
        try:
            asking.login(user, password)
        except errors.Error as error:
            if not isinstance(error, errors.AuthError) and not error.http_status:
                with translated():
                    raise
            said = error.detail or error.instance_message or error.message
            raise TokenCreateError("Error creating user token", said, error.http_status) from error
        return asking.token.as_dict()

    def set_token(self, token: Optional[Mapping[str, Any]]) -> None:
        """Uses a token, as `generate_token` or the `token_updater` gave it; None for none."""
        if not token:
            self._signed = False
            return
        if not isinstance(token, Mapping):
            raise InvalidUsage(f"token: it is {type(token).__name__}; accepted is a dict")
        known = {name: token[name] for name in _TOKEN if name in token}
        # So scripts mark a stored one that has ended.
        if str(known.get("expires_in")).startswith("-"):
            known = {"expires_at": 0, **known, "expires_in": 0}
        with translated():
            self._client.token = Token(known)
        self._signed = True

    def close(self) -> None:
        """Does nothing: the token, which rows that are being read may have renewed, is kept with the connections."""

    def resource(self, *arguments: Any, **kwargs: Any) -> Resource:
        """As `Client.resource`. Raises `MissingToken` before `set_token`."""
        self._needs_a_token()
        return super().resource(*arguments, **kwargs)

    def query(self, table: str, **kwargs: Any) -> LegacyRequest:
        """As `Client.query`. Raises `MissingToken` before `set_token`."""
        self._needs_a_token()
        return super().query(table, **kwargs)

    def insert(self, table: str, payload: Mapping[str, Any], **kwargs: Any) -> dict[str, Any]:
        """As `Client.insert`. Raises `MissingToken` before `set_token`."""
        self._needs_a_token()
        return super().insert(table, payload, **kwargs)

    def _needs_a_token(self) -> None:
        if not self._signed:
            raise MissingToken("there is no token yet: call set_token()")
