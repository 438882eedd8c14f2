"""What every judge in Python stands on: where the instance is, and how it is told to misbehave."""

import json
import os
import ssl
import sys
import urllib.request

URL = os.environ["SNOW_URL"]
HOST = URL.split("//", 1)[1]
USER = PASSWORD = "admin"
CLIENT_ID, CLIENT_SECRET = "snow-client", "snow-secret"
ROWS = 2500


def control(method, path, body=None):
    """Asks the control interface, which no client knows."""
    request = urllib.request.Request(
        URL + "/-/" + path, method=method, data=None if body is None else json.dumps(body).encode()
    )
    trust = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE"))
    with urllib.request.urlopen(request, context=trust) as answer:
        return json.load(answer)


def equal(seen, wanted, what):
    if seen != wanted:
        sys.exit(f"{what}: {seen!r} instead of {wanted!r}")


def raises(kind, call, what):
    """The exception of this kind that the call raises."""
    try:
        call()
    except kind as error:
        return error
    sys.exit(f"{what}: no {kind.__name__}")
