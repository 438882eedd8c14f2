"""What a session of requests says of reaching an instance, for libsnow."""

from __future__ import annotations

import os
from typing import Any

from ..session import Session
from .exceptions import InvalidUsage

#: What each session of requests sends by itself.
_OWN_HEADERS = ("accept", "accept-encoding", "connection", "content-type", "user-agent")


def session(of_requests: Any) -> Session:
    """A session of libsnow that does the same: its `auth` (name and password) or OAuth `token`, `verify`, `cert`,
    `proxies`, `headers`, and the retries of its adapters."""
    made = Session()
    try:
        auth, token = of_requests.auth, getattr(of_requests, "token", None)
        verify, certificate = of_requests.verify, of_requests.cert
        proxies, headers, adapters = of_requests.proxies, of_requests.headers, of_requests.adapters
    except AttributeError:
        kind = type(of_requests).__name__
        raise InvalidUsage(f"session: it is {kind}; accepted are requests.Session and snow.Session") from None
    _sign_in(made, auth, token)
    if verify is False:
        made.tls_verify(False)
    elif isinstance(verify, str):
        made.ca_file(verify)
    elif of_requests.trust_env:
        trusting(made)
    if certificate is not None:
        made.client_certificate(*((certificate,) if isinstance(certificate, str) else certificate))
    proxy = proxies.get("https") or proxies.get("all") or proxies.get("http")
    if proxy:
        made.proxy(proxy)
    for name, value in headers.items():
        if name.lower() not in _OWN_HEADERS and name.lower() != "authorization":
            made.header(name, value)
    retries = [getattr(adapter.max_retries, "total", 0) or 0 for adapter in adapters.values()]
    if any(retries):
        made.retry(max(retries))
    return made


def trusting(made: Session) -> Session:
    """The session, with the authorities that requests takes from the environment."""
    path = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    return made.ca_file(path) if path else made


def _sign_in(made: Session, auth: Any, token: Any) -> None:
    if isinstance(auth, tuple):
        made.basic_auth(*auth)
    elif hasattr(auth, "username") and type(auth).__name__ == "HTTPBasicAuth":
        made.basic_auth(auth.username, auth.password)
    elif auth is None and isinstance(token, dict) and "access_token" in token:
        made.bearer_token(token["access_token"])
    elif auth is not None:
        accepted = "a name and password, HTTPBasicAuth, and an OAuth2Session with its token"
        raise InvalidUsage(f"session: its auth is {type(auth).__name__}; accepted are {accepted}")
