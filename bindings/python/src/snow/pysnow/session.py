"""What a session of requests says of reaching an instance, for libsnow."""

from __future__ import annotations

import base64
import importlib
import os
import warnings
from typing import Any, Optional, Union
from urllib.parse import unquote, urlsplit

from ..session import Session
from .exceptions import InvalidUsage

#: What each session of requests sends by itself.
_OWN_HEADERS = ("accept", "accept-encoding", "connection", "content-type", "user-agent")


def session(of_requests: Any, url: str) -> Session:
    """A session of libsnow that does the same for the instance at the URL: its `auth` (name and password), OAuth
    `token`, header `Authorization` or `x-sn-apikey`, or netrc, `verify`, `cert`, `proxies`, `headers`, `cookies` as
    they are now, and the retries of its adapters. Raises `InvalidUsage` for what it says beside these."""
    made = Session()
    try:
        auth, token = of_requests.auth, getattr(of_requests, "token", None)
        verify, certificate, trust = of_requests.verify, of_requests.cert, of_requests.trust_env
        proxies, headers, adapters = of_requests.proxies, of_requests.headers, of_requests.adapters
        params, hooks, cookies = of_requests.params, of_requests.hooks, of_requests.cookies
    except AttributeError:
        kind = type(of_requests).__name__
        raise InvalidUsage(f"session: it is {kind}; accepted are requests.Session and snow.Session") from None
    if params:
        raise InvalidUsage("session: it has params; accepted is Client.parameters.add_custom() of the same")
    if any(hooks.values()):
        raise InvalidUsage("session: it has hooks, which nothing here would call; accepted is one without")
    said = {_text(name).lower(): _text(value) for name, value in headers.items() if value is not None}
    key = said.pop("x-sn-apikey", None)
    if key is None:
        _sign_in(made, auth, token, said.pop("authorization", None), url if trust else None)
    elif auth is None and not token and "authorization" not in said:
        made.api_key(key)
    else:
        raise InvalidUsage("session: it has a header x-sn-apikey and signs in otherwise too; accepted is one of them")
    if verify is False:
        made.tls_verify(False)
    elif isinstance(verify, (str, os.PathLike)):
        made.ca_file(verify)
    elif trust:
        trusting(made)
    if certificate is not None:
        made.client_certificate(*((certificate,) if isinstance(certificate, (str, os.PathLike)) else certificate))
    _go_through(made, proxies, url, trust)
    kept = _cookie(cookies, url)
    if kept is not None:
        said.setdefault("cookie", kept)
    for name, value in said.items():
        if name not in _OWN_HEADERS:
            made.header(name, value)
    _try_again(made, adapters)
    return made


def trusting(made: Session) -> Session:
    """The session, with the authorities that requests takes from the environment."""
    path = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    return made.ca_file(path) if path else made


def _sign_in(made: Session, auth: Any, token: Any, header: Optional[str], netrc_for: Optional[str]) -> None:
    """In the order in which requests does: by what is said, by a netrc, by a header."""
    if isinstance(auth, tuple):
        made.basic_auth(*map(_text, auth))
    elif hasattr(auth, "username") and type(auth).__name__ == "HTTPBasicAuth":
        made.basic_auth(_text(auth.username), _text(auth.password))
    elif isinstance(token, dict) and "access_token" in token:
        made.bearer_token(token["access_token"])
    elif auth is not None:
        accepted = "a name and password, HTTPBasicAuth, and an OAuth2Session with its token"
        raise InvalidUsage(f"session: its auth is {type(auth).__name__}; accepted are {accepted}")
    elif (known := _netrc(netrc_for)) is not None:
        made.basic_auth(*known)
    elif header is not None:
        _sign_in_by_header(made, header)


def _netrc(url: Optional[str]) -> Any:
    return None if url is None else _requests().utils.get_netrc_auth(url)


def _sign_in_by_header(made: Session, header: str) -> None:
    scheme, _, credentials = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        made.bearer_token(credentials.strip())
        return
    # Nothing of the header is told: all of it may be a secret.
    accepted = "Bearer, and Basic with a name and password in UTF-8"
    if scheme.lower() != "basic":
        raise InvalidUsage(f"session: its header Authorization has a scheme of its own; accepted are {accepted}")
    try:
        user, colon, password = base64.b64decode(credentials).decode().partition(":")
    except ValueError:
        colon = ""
    if not colon:
        raise InvalidUsage(f"session: its header Authorization cannot be read; accepted are {accepted}")
    made.basic_auth(user, password)


def _go_through(made: Session, proxies: Any, url: str, trust: bool) -> None:
    proxy = _requests().utils.select_proxy(url, proxies)
    if not proxy:
        if not trust:
            # None of the environment's either.
            made.proxy("")
        return
    parts = urlsplit(proxy if "://" in proxy else "http://" + proxy)
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    if parts.username is None:
        made.proxy(address)
    else:
        made.proxy(address, unquote(parts.username), unquote(parts.password or ""))


def _cookie(cookies: Any, url: str) -> Optional[str]:
    """The header `Cookie` of a request to the instance."""
    requests = _requests()
    asked = requests.Request("GET", url + "/api/now/").prepare()
    return requests.cookies.get_cookie_header(cookies, asked)  # type: ignore[no-any-return]


def _try_again(made: Session, adapters: Any) -> None:
    for adapter in adapters.values():
        if type(adapter).__name__ != "HTTPAdapter":
            said = f"session: of its {type(adapter).__name__} nothing holds here but how often it tries again"
            warnings.warn(said, UserWarning, stacklevel=4)
    retries = [getattr(adapter.max_retries, "total", 0) or 0 for adapter in adapters.values()]
    if any(retries):
        made.retry(max(retries))


def _requests() -> Any:
    """What the session is of, and nobody else here needs."""
    return importlib.import_module("requests")


def _text(value: Union[str, bytes]) -> str:
    """A text that requests takes as bytes too."""
    return value.decode("latin-1") if isinstance(value, bytes) else value
