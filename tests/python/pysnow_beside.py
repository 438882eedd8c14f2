"""The same lines of a script with pysnow, and with libsnow's module of its names, against a server that notes what
it is asked. Both give the same, or raise what a script that was written for pysnow catches; what libsnow cannot do
is refused in words that name it.

    python pysnow_beside.py

runs in an environment that has pysnow and the package `snow`.
"""

import base64
import http.server
import importlib
import os
import re
import sys
import tempfile
import threading
import types
import warnings
from datetime import date, datetime, time, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
# Nothing of the machine's: no proxy between, and a netrc of the test's own.
for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
    os.environ.pop(name, None)
os.environ["NETRC"] = os.devnull

import requests
import requests_oauthlib

warnings.simplefilter("ignore")

KEY = "0123456789abcdef" * 2
JSON = {"Content-Type": "application/json"}
ROW = '{"result":[{"sys_id":"%s","number":"INC1"}]}' % KEY
RECORD = '{"result":{"sys_id":"%s","number":"INC1"}}' % KEY
COUNT = '{"result":{"stats":{"count":"1"}}}'
IN_ZURICH = datetime(2016, 2, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))


class Server:
    """Answers everything alike, or as it is told to, and keeps what it was asked."""

    def __init__(self):
        self.asked, self.answer = [], None
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answered(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                # A proxy is asked for the whole URL.
                url = urlsplit(self.path)
                server.asked.append(types.SimpleNamespace(
                    method=self.command, host=url.netloc, path=url.path, headers=self.headers,
                    parameters=dict(parse_qsl(url.query, keep_blank_values=True))))
                status, headers, body = server.answer or server.usual(self.command, url.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answered

        listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = "127.0.0.1:%d" % listening.server_port
        threading.Thread(target=listening.serve_forever, daemon=True).start()

    def usual(self, method, path):
        if method == "DELETE":
            return 204, {}, ""
        if method == "POST":
            return 201, JSON, RECORD
        if "/stats/" in path:
            return 200, JSON, COUNT
        return 200, JSON, RECORD if method != "GET" or KEY in path else ROW


class Side:
    """One of both modules, and what scripts do with it."""

    def __init__(self, module, server):
        self.pysnow = importlib.import_module(module)
        self.criteria = importlib.import_module(module + ".criterion")
        self.server = server

    def client(self, **options):
        options = options if "session" in options else {"user": "u", "password": "p", **options}
        return self.pysnow.Client(host=self.server.host, use_ssl=False, **options)

    def table(self, **parameters):
        resource = self.client().resource(api_path="/table/incident")
        for name, value in parameters.items():
            setattr(resource.parameters, name, value)
        return resource

    def scripted(self):
        return self.client().resource(base_path="/api", api_path="/sn_chg_rest/change")

    def built(self):
        return self.pysnow.QueryBuilder().field("f")

    def field(self):
        return self.criteria.Field("f")

    def legacy(self, query="a=1", **options):
        return self.client(**options).query(table="incident", query=query)

    def oauth(self):
        return self.pysnow.OAuthClient(client_id="i", client_secret="s", host=self.server.host, use_ssl=False)

    def answering(self, body, status=200, headers=JSON):
        self.server.answer = status, headers, body
        return self

    def sent(self, *names):
        """Of the last request, the parameters of these names that are not as an instance has them anyway."""
        said = self.server.asked[-1].parameters
        return {name: said[name].lower() for name in names if said.get(name, "").lower() not in ("", "false")}

    def outcome(self, lines):
        self.server.asked, self.server.answer = [], None
        try:
            return lines(self)
        except Exception as raised:
            return raised


# ---- queries ----


def conditions():
    """Days and ranges, and what is none."""
    yield "on a moment in a zone", lambda it: day(it.field().on(IN_ZURICH))
    yield "not on a moment in a zone", lambda it: day(it.field().not_on(IN_ZURICH))
    yield "on a moment without a zone", lambda it: day(it.field().on(datetime(2016, 2, 1, 0, 30)))
    yield "on a text", lambda it: str(it.field().on("2016-02-01"))
    for low, high in ((None, 2), (1, None), (1, IN_ZURICH), (IN_ZURICH, 1), ([1], [2]), (b"1", b"2")):
        yield f"between {low} and {high}", lambda it, ends=(low, high): str(it.field().between(*ends))
        yield f"built between {low} and {high}", lambda it, ends=(low, high): str(it.built().between(*ends))
    yield "between integers", lambda it: str(it.field().between(1, 2))
    yield "built between truth values", lambda it: str(it.built().between(False, True))
    yield "a number in a dict", lambda it: it.pysnow.ParamsBuilder.stringify_query({"a": 2.5, "b": 2**70, "c": -1})
    yield "a date in a dict", lambda it: it.pysnow.ParamsBuilder.stringify_query({"a": date(2016, 2, 1)})


def day(criterion):
    condition, bounds = str(criterion).split("@", 1)
    return re.match("f(ON|NOTON)", condition)[1], re.findall(r"\d{4}-\d\d-\d\d", bounds)


# ---- what libsnow refuses, and what its error says ----


def refusals():
    yield "a time of no day", "time", lambda it: it.built().between(time(1), time(2))
    yield "on a time of no day", "time", lambda it: it.field().on(time(1))
    yield "a script", "write the whole query as a text", lambda it: it.built().equals("javascript:gs.getUserID()")
    yield "a script in a dict", "write the whole query as a text", lambda it: it.table().get(
        {"assigned_to": "javascript:gs.getUserID()"})
    yield "a line break", "line breaks", lambda it: it.built().contains("a\nb")
    yield "a space in a field", "letters, digits", lambda it: it.pysnow.QueryBuilder().field("a b").equals("1")
    yield "an order after OR()", "query: ", lambda it: str(
        it.built().equals("1").OR().field("g").order_ascending())
    yield "a number that is none", "finite", lambda it: it.table().get({"a": float("nan")})


# ---- both held against each other ----


def problem(name, pysnow, moved):
    if isinstance(pysnow, Exception) or isinstance(moved, Exception):
        known = {kind.__name__ for kind in type(moved).__mro__}
        if not isinstance(pysnow, Exception) or type(pysnow).__name__ not in known:
            return f"{name}: {pysnow!r} with pysnow, and {moved!r}"
    elif pysnow != moved:
        return f"{name}: {pysnow} with pysnow, and {moved}"
    return None


def refused(name, words, raised):
    if type(raised).__name__ not in ("InvalidUsage", "QueryTypeError") or words not in str(raised):
        return f"{name}: {raised!r}, and not refused for {words!r}"
    return None


def main():
    server = Server()
    pysnow, moved = Side("pysnow", server), Side("snow.pysnow", server)
    alike = [case for group in (conditions,) for case in group()]
    wrong = [problem(name, pysnow.outcome(lines), moved.outcome(lines)) for name, lines in alike]
    wrong += [refused(name, words, moved.outcome(lines)) for name, words, lines in refusals()]
    wrong = [one for one in wrong if one]
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(alike)} alike")


main()
