"""Sessions: how to reach an instance."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NoReturn, Optional, Union

from ._call import call, handle, milliseconds, string, text, whole
from ._library import ffi, lib


class Session:
    """How to reach an instance: credentials, TLS, proxy, headers, time limits. Made once, set up, and copied
    into each client that is made from it. Each method returns the session, so that calls chain:

        session = Session().basic_auth("admin", password).timeouts(total=30).header("X-Gateway", "blue")
        client = Client("dev12345", session)

    Every method raises `ArgumentError` where an argument cannot be used. For one thread at a time.
    """

    def __init__(self) -> None:
        self._session = handle(lib.snow_session_new, lib.snow_session_free)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a session has no copy: it would be changed with the first")

    def basic_auth(self, user: str, password: str) -> Session:
        """Signs in with a name and password (HTTP Basic)."""
        call(lib.snow_session_set_basic_auth, self._session, text("user", user), text("password", password))
        return self

    def bearer_token(self, token: str) -> Session:
        """Signs in with an access token that somebody else keeps fresh."""
        call(lib.snow_session_set_bearer_token, self._session, text("token", token))
        return self

    def api_key(self, key: str) -> Session:
        """Signs in with an API key (header `x-sn-apikey`)."""
        call(lib.snow_session_set_api_key, self._session, text("key", key))
        return self

    def oauth(self, client_id: str, client_secret: str) -> Session:
        """Signs in with tokens: `Client.login` gets the first, or `Client.token` is set; they are renewed."""
        known = text("client_id", client_id), text("client_secret", client_secret)
        call(lib.snow_session_set_oauth, self._session, *known)
        return self

    def client_credentials(self, client_id: str, client_secret: str) -> Session:
        """Signs the application itself in (OAuth, grant `client_credentials`)."""
        known = text("client_id", client_id), text("client_secret", client_secret)
        call(lib.snow_session_set_client_credentials, self._session, *known)
        return self

    def oauth_basic(self, basic: bool = True) -> Session:
        """Whether OAuth's client id and secret go into a header, and not into the body as by default."""
        call(lib.snow_session_set_oauth_basic, self._session, int(basic))
        return self

    def tls_verify(self, verify: bool) -> Session:
        """Whether the instance's certificate is checked; without, anyone on the way can read the credentials."""
        call(lib.snow_session_set_tls_verify, self._session, int(verify))
        return self

    def ca_file(self, path: Union[str, os.PathLike[str]]) -> Session:
        """Trusts the authorities in a PEM file in place of the system's. Raises `FileError`."""
        call(lib.snow_session_set_ca_file, self._session, text("path", os.fspath(path)))
        return self

    def client_certificate(
        self,
        path: Union[str, os.PathLike[str]],
        key: Union[str, os.PathLike[str], None] = None,
        password: Optional[str] = None,
    ) -> Session:
        """Shows a certificate of one's own to a server that asks for one (mutual TLS).

        `path` is a PEM file, with the certificates between it and an authority after it, or a PKCS#12 file
        (`.p12`, `.pfx`). `key` is a PEM file with the private key, None where that is in the file of `path`.
        `password` is what protects the PKCS#12 file or the encrypted key. Raises `FileError` where a file cannot
        be used, `ArgumentError` where the password is missing or wrong.
        """
        named = text("path", os.fspath(path)), text("key", None if key is None else os.fspath(key))
        call(lib.snow_session_set_client_certificate, self._session, *named, text("password", password))
        return self

    def proxy(self, proxy: str, user: Optional[str] = None, password: str = "") -> Session:
        """Goes through a proxy (`http://host:port`, `socks5://`, `socks5h://`); `""` for none at all."""
        call(lib.snow_session_set_proxy, self._session, text("proxy", proxy))
        if user is not None:
            known = text("user", user), text("password", password)
            call(lib.snow_session_set_proxy_auth, self._session, *known)
        return self

    def header(self, name: str, value: str) -> Session:
        """Sends a header with every request; `""` removes it again."""
        call(lib.snow_session_set_header, self._session, text("name", name), text("value", value))
        return self

    def user_agent(self, user_agent: str) -> Session:
        """The `User-Agent` of every request."""
        call(lib.snow_session_set_user_agent, self._session, text("user_agent", user_agent))
        return self

    def timeouts(self, connect: float = 30, total: float = 120) -> Session:
        """How many seconds connecting may take, and a whole call."""
        limits = milliseconds("connect", connect), milliseconds("total", total)
        call(lib.snow_session_set_timeouts, self._session, *limits)
        return self

    def retry(self, retries: int = 3, max_wait: float = 30) -> Session:
        """How often a call that failed is made again where that does no harm, and how many seconds at most it
        waits before."""
        longest = milliseconds("max_wait", max_wait)
        call(lib.snow_session_set_retry, self._session, whole("retries", retries), longest)
        return self

    def max_in_flight(self, calls: int) -> Session:
        """How many calls of a client may be under way at once; 0 for as many as there are."""
        call(lib.snow_session_set_max_in_flight, self._session, whole("calls", calls))
        return self

    def cookies(self, keep: bool = True) -> Session:
        """Whether cookies are kept between calls."""
        call(lib.snow_session_set_cookies, self._session, int(keep))
        return self

    def allow_http(self, allow: bool = True) -> Session:
        """Whether plain http may be used to other machines than this one."""
        call(lib.snow_session_set_allow_http, self._session, int(allow))
        return self

    def set(self, name: str, value: str) -> Session:
        """Sets an option by its name, from text, for configuration files: see `options`."""
        call(lib.snow_session_set, self._session, text("name", name), text("value", value))
        return self

    @staticmethod
    def options() -> Iterator[str]:
        """The names that `set` takes."""
        index = 0
        while (name := lib.snow_session_option_name(index)) != ffi.NULL:
            yield string(name) or ""
            index += 1
