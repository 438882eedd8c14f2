"""The same lines of a script with pysnow, and with libsnow's module of its names, against a server that notes what
it is asked. Both give the same, or raise what a script that was written for pysnow catches; what libsnow cannot do
is refused in words that name it.

    python pysnow_beside.py

runs in an environment that has pysnow and the package `snow`.
"""

import base64
import copy
import http.server
import importlib
import json
import os
import re
import socket
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
import snow

warnings.simplefilter("ignore")

KEY = "0123456789abcdef" * 2
JSON = {"Content-Type": "application/json", "X-Total-Count": "1"}
ROW = {"sys_id": KEY, "number": "INC1", "state": "2"}
COUNT = {"stats": {"count": "1"}}
TOKEN = {"access_token": "a-token", "refresh_token": "r", "scope": "useraccount", "token_type": "Bearer"}
IN_ZURICH = datetime(2016, 2, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))


class Server:
    """Answers everything alike, or as it is told to, and keeps what it was asked. The lines of each script have
    one of their own: a page that is fetched ahead may be asked for when they have ended."""

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
                status, headers, body = server.answer or server.usual(server.asked[-1])
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answered

        self.listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # Who leaves before the end of an answer is none of its business.
        self.listening.handle_error = lambda *_: None
        self.host = "127.0.0.1:%d" % self.listening.server_port
        threading.Thread(target=self.listening.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listening.shutdown()
        self.listening.server_close()

    def usual(self, asked):
        if asked.method == "DELETE":
            return 204, {}, ""
        if asked.path == "/oauth_token.do":
            return 200, JSON, json.dumps({**TOKEN, "expires_in": 1800})
        names = asked.parameters.get("sysparm_fields") or ",".join(ROW)
        row = {name: ROW[name] for name in names.split(",")}
        if "/stats/" in asked.path:
            result = COUNT
        elif asked.method == "GET" and KEY not in asked.path:
            # No field is empty and not empty at once.
            if "ISEMPTY^" in asked.parameters.get("sysparm_query", ""):
                return 200, {**JSON, "X-Total-Count": "0"}, '{"result":[]}'
            result = [row]
        else:
            result = row
        return 201 if asked.method == "POST" else 200, JSON, json.dumps({"result": result})


class Side:
    """One of both modules, and what scripts do with it."""

    server = None

    def __init__(self, module):
        self.pysnow = importlib.import_module(module)
        self.criteria = importlib.import_module(module + ".criterion")

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

    def sent(self, *names, at=-1):
        """Of the last request, or another, the parameters of these names that are not as an instance has them anyway."""
        said = self.server.asked[at].parameters
        default = lambda name: said.get(name, "").lower() in ("", "false", "0" if name == "sysparm_offset" else "")
        return {name: said[name].lower() for name in names if not default(name)}

    def outcome(self, lines):
        with Server() as self.server:
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
    for copied in (copy.copy, copy.deepcopy):
        yield f"built, {copied.__name__}", lambda it, copied=copied: str(copied(it.built().equals("1")).OR().equals("2"))
    yield "what was built, beside its deep copy", of_a_copy
    for join in ("all", "any"):
        yield f"{join} of none", lambda it, join=join: str(
            getattr(it.criteria.Criterion, join)([]) & it.field().eq(1))
        yield f"{join} of none as a query", lambda it, join=join: it.table().get(
            getattr(it.criteria.Criterion, join)([]))
        yield f"{join} of two", lambda it, join=join: str(
            getattr(it.criteria.Criterion, join)(it.field().eq(one) for one in (1, 2)))
    for name in ("caller_id", "name"):
        yield f"the field {name} of a table", lambda it, name=name: str(getattr(it.criteria.Table("t"), name) == "a")
    yield "the name of a table", lambda it: it.criteria.Table("t").table_name
    yield "a number in a dict", lambda it: it.pysnow.ParamsBuilder.stringify_query({"a": 2.5, "b": 2**70, "c": -1})
    yield "a date in a dict", lambda it: it.pysnow.ParamsBuilder.stringify_query({"a": date(2016, 2, 1)})


def of_a_copy(it):
    built = it.built().equals("1")
    copied = copy.deepcopy(built).AND().field("g").equals("2")
    return str(built.AND().field("h").equals("3")), str(copied)


def day(criterion):
    condition, bounds = str(criterion).split("@", 1)
    return re.match("f(ON|NOTON)", condition)[1], re.findall(r"\d{4}-\d\d-\d\d", bounds)


# ---- parameters ----


ROWS = ("sysparm_query", "sysparm_limit", "sysparm_offset")
OF_A_CALL = (
    "sysparm_display_value", "sysparm_exclude_reference_link", "sysparm_view", "sysparm_no_count",
    "sysparm_query_category", "sysparm_query_no_domain", "sysparm_restrict_domain",
)
OF_A_COUNT = {"sysparm_count": True, "sysparm_group_by": "a", "sysparm_order_by": "COUNT^DESC"}
OF_A_WRITE = (
    "sysparm_display_value", "sysparm_exclude_reference_link", "sysparm_view", "sysparm_input_display_value",
    "sysparm_query_no_domain", "sysparm_suppress_auto_sys_field", "sysparm_restrict_domain",
)


def parameters():
    """Which of them go with a call, however they were given."""
    rows = {"query": {"a": "1"}, "limit": 5, "offset": 3}
    for method in ("GET", "POST", "PATCH", "DELETE"):
        yield f"rows of a {method}", lambda it, method=method: (
            it.table(**rows).request(method, path_append=KEY).all(), it.sent("sysparm_query", "sysparm_offset"))
    for method in ("GET", "get"):
        yield f"rows of a request, {method}", lambda it, method=method: (
            it.table(**rows).request(method).all(), it.server.asked[-1].method, it.sent(*ROWS))
    for name, path in (("a table", "table"), ("another path", "scripted")):
        yield f"no limit of {name}", lambda it, path=path: (
            getattr(it, path)().request("GET").all(), it.sent(*ROWS))
    yield "no limit of another path's list", lambda it: (it.scripted().get({"a": "1"}).all(), it.sent(*ROWS))
    yield "no rows of another path", lambda it: (it.scripted().get(limit=0).all(), it.sent(*ROWS))
    yield "a count by groups", lambda it: (
        added(it.client().resource(api_path="/stats/incident"), OF_A_COUNT).get().all(), it.sent(*OF_A_COUNT))
    for offset in (0, 1, 20_000):
        yield f"rows at an offset of {offset}", lambda it, offset=offset: len(of_many(it).get(offset=offset).all())
        yield f"rows at an offset of {offset} among the parameters", lambda it, offset=offset: (
            len(added(of_many(it), {"sysparm_offset": offset}).get().all()))
    yield "no pagination header", lambda it: (
        it.scripted().get(suppress_pagination_header=True).all(), it.sent("sysparm_suppress_pagination_header"))
    for name in OF_A_CALL:
        for value in ("true", True, "reports"):
            if (value == "reports") == (name in ("sysparm_view", "sysparm_query_category")):
                yield f"{name} {value!r} of a list", lambda it, said={name: value}: (
                    added(it.table(), said).get().all(), it.sent(*OF_A_CALL))
                yield f"{name} {value!r} of a legacy list", lambda it, said={name: value}: (
                    list(it.legacy(request_params=said).get_multiple()), it.sent(*OF_A_CALL))
                yield f"{name} {value!r} of a legacy record", lambda it, said={name: value}: (
                    it.legacy(request_params=said).get_one(), it.sent(*OF_A_CALL))
    for name in OF_A_WRITE:
        yield f"{name} of a write", lambda it, said={name: True}: (
            added(it.table(), said).create({"a": "1"}).all(), it.sent(*OF_A_WRITE))
        for call in ("insert", "update") if "domain" not in name else ():
            yield f"{name} of a legacy {call}", lambda it, said={name: True}, call=call: (
                getattr(it.legacy(request_params=said), call)({"a": "1"}), it.sent(*OF_A_WRITE))
    yield "a form that is none", lambda it: it.table(display_value="ALL")
    limits = {"sysparm_limit": 5, "sysparm_offset": 2}
    yield "the first of a legacy query", lambda it: it.legacy(request_params={"sysparm_limit": 1}).get_one()
    for name, said in (("", {}), (" that says them", {"limit": 1, "offset": 7})):
        yield f"rows of a legacy list{name}", lambda it, said=said: (
            next(it.legacy(request_params=limits).get_multiple(**said)),
            it.sent("sysparm_limit", "sysparm_offset", at=0))
    yield "a query of the client", lambda it: (
        it.legacy(request_params={"sysparm_query": "b=2"}).count, it.sent("sysparm_query"))
    for fields in ([], ["state"], ["state", "sys_id"]):
        yield f"fields of the client, and {fields} of the call", lambda it, fields=fields: (
            it.legacy(request_params={"sysparm_fields": "number"}).get_one(fields=fields))
        yield f"of a list, fields of the client, and {fields} of the call", lambda it, fields=fields: (
            list(it.legacy(request_params={"sysparm_fields": "number"}).get_multiple(fields=fields)))


def of_many(it):
    """A table of 10,001 rows."""

    def part(asked):
        after = re.search(r"sys_id>(\w+)", asked.parameters.get("sysparm_query", ""))
        first = int(asked.parameters.get("sysparm_offset") or 0) + (int(after[1]) + 1 if after else 0)
        rows = range(first, min(first + int(asked.parameters["sysparm_limit"]), 10_001))
        result = [{"sys_id": "%032d" % row} for row in rows]
        return 200, {**JSON, "X-Total-Count": "10001"}, json.dumps({"result": result})

    it.server.usual = part
    return it.table()


def added(resource, said):
    resource.parameters.add_custom(said)
    return resource


# ---- what is printed, and what a client does that is closed ----


def shown():
    """Scripts look for the status of a write in it."""
    yield "a record that is made", lambda it: repr(it.table().create({"a": "1"}))
    yield "an answer", lambda it: repr(it.table().request("GET"))


def closed():
    for stream in (False, True):
        yield f"rows that are read after the end of their client, stream: {stream}", lambda it, stream=stream: (
            after_the_end(it, stream))


def after_the_end(it, stream):
    with it.client() as client:
        resource = client.resource(api_path="/table/incident")
        answer = resource.get(stream=stream)
    client.close()
    return list(answer.all()), resource.get().one(), client.query(table="incident", query="a=1").get_one()


# ---- tokens ----


def tokens():
    """Stored ones that have ended, and are marked so as requests-oauthlib shows it."""
    yield "a client for tokens, in a module of its own", lambda it: (
        it.pysnow.oauth_client.OAuthClient is it.pysnow.OAuthClient)
    for seconds in (0, -30, "-30"):
        yield f"a token that has {seconds!r} seconds", lambda it, seconds=seconds: renewed(it, seconds)


def renewed(it, seconds):
    client, kept = it.oauth(), []
    client.token_updater = kept.append
    client.set_token({**TOKEN, "access_token": "old", "expires_in": seconds, "expires_at": 1000})
    row = client.resource(api_path="/table/incident").get().one()
    return row, [token["access_token"] for token in kept], it.server.asked[-1].headers["Authorization"]


# ---- what is raised ----


ERROR = '{"error":{"message":"Bad","detail":"really"},"status":"failure"}'
PAGE = {"Content-Type": "text/html"}


def failures():
    """What a script catches, where the instance or the network fails."""
    for name, body in (("an error", ERROR), ("an error without words", '{"error":{}}')):
        yield f"{name} in a 200", lambda it, body=body: it.answering(body).table().get().all()
        yield f"{name} in a 200 to a request", lambda it, body=body: it.answering(body).table().request("GET").one()
        yield f"{name} in a 200, streamed", lambda it, body=body: list(
            it.answering(body).table().get(stream=True).all())
        for call in ("get_one", "delete"):
            yield f"{name} in a 200 to a legacy {call}", lambda it, body=body, call=call: getattr(
                it.answering(body).legacy(), call)()
        yield f"{name} in a 200 to a legacy list", lambda it, body=body: list(
            it.answering(body).legacy().get_multiple())
    yield "an error after rows to a legacy call", lambda it: it.answering(
        '{"result":[{"sys_id":"%s"}],%s' % (KEY, ERROR[1:])).legacy().get_one()
    yield "the words of an error in a 200", lambda it: words(
        lambda: list(it.answering(ERROR).table().get(stream=True).all()), "message", "detail")
    yield "the words of an error in a legacy 200", lambda it: words(
        it.answering(ERROR).legacy().get_one, "status_code", "error_summary", "error_details")
    yield "a file that is not there", lambda it: without_files(it).attachments.delete(KEY)
    for status in (401, 503):
        yield f"no token: a page with {status}", lambda it, status=status: it.answering(
            "<html>down</html>", status, PAGE).oauth().generate_token("u", "p")
    yield "no token: an answer without one", lambda it: it.answering("{}").oauth().generate_token("u", "p")
    yield "a token from nowhere", lambda it: it.pysnow.OAuthClient(
        client_id="i", client_secret="s", host="127.0.0.1:1", use_ssl=False).generate_token("u", "p")
    yield "nobody there", lambda it: it.pysnow.Client(
        host="127.0.0.1:1", use_ssl=False, user="u", password="p").resource(api_path="/table/incident").get().all()
    yield "a machine that takes no connection", not_taken
    yield "an answer that takes too long", too_long
    yield "an answer that takes longer than a pair", lambda it: too_long(it, (0.1, 0.1))


def without_files(it):
    def none(asked):
        if asked.method == "GET":
            return 200, {**JSON, "X-Total-Count": "0"}, '{"result":[]}'
        return 404, JSON, ERROR

    it.server.usual = none
    return it.table()


def words(call, *names):
    try:
        call()
    except Exception as error:
        return {name: getattr(error, name) for name in names}


def not_taken(it):
    """By a listener whose queue holds one, and that is in it."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.create_connection(full.getsockname()):
        options, within = {"user": "u", "password": "p"}, {"timeout": 0.3}
        if it.pysnow.__name__ != "pysnow":
            # Time for connecting alone is the session's to say.
            options, within = {"session": snow.Session().basic_auth("u", "p").timeouts(0.3).retry(0)}, {}
        client = it.pysnow.Client(host="127.0.0.1:%d" % full.getsockname()[1], use_ssl=False, **options)
        return client.resource(api_path="/table/incident", **within).get().all()


def too_long(it, timeout=0.2):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = it.pysnow.Client(
            host="127.0.0.1:%d" % silent.getsockname()[1], use_ssl=False, user="u", password="p")
        return client.resource(api_path="/table/incident", timeout=timeout).get().all()


# ---- sessions of requests ----


BASIC = "Basic " + base64.b64encode(b"u:p").decode()


def sessions():
    """What is sent of a session: who signs in, headers, cookies, and through which proxy."""
    for name, said in (
        ("a bearer token", {"Authorization": "Bearer a-token"}),
        ("a name and password", {"Authorization": BASIC}),
        ("a name and password in small letters", {"authorization": BASIC}),
        ("bytes", {"authorization": BASIC.encode(), b"X-Said": b"so"}),
        ("a key", {"x-sn-apikey": "a-key", "X-Said": "so", "X-Unsaid": None}),
        ("a cookie", {"Cookie": "a=b"}),
    ):
        yield f"a header with {name}", lambda it, said=said: headers(it, with_headers(said))
    yield "a name and password beside a header", lambda it: headers(
        it, with_headers({"Authorization": "Bearer a-token"}, auth=("u", "p")))
    yield "a name and password of bytes", lambda it: headers(it, having(auth=(b"u", b"p")))
    yield "an object with a name and password", lambda it: headers(
        it, having(auth=requests.auth.HTTPBasicAuth("u", "p")))
    yield "a session of OAuth", lambda it: headers(it, requests_oauthlib.OAuth2Session(
        client_id="i", token={"access_token": "a-token", "token_type": "Bearer"}))
    yield "cookies", lambda it: headers(it, with_cookies())
    for trust in (True, False):
        yield f"a netrc, trusted: {trust}", lambda it, trust=trust: by_netrc(it, having(trust_env=trust))
    yield "a netrc before a header", lambda it: by_netrc(it, with_headers({"Authorization": "Bearer a-token"}))
    for proxy in ("http://{}", "{}", "http://who:p%40ss@{}", "http://{}/"):
        yield f"the proxy {proxy}", lambda it, proxy=proxy: proxied(it, {"http": proxy})
    for key in ("all", "http://nowhere.test"):
        yield f"the proxy of {key}", lambda it, key=key: proxied(it, {key: "http://{}", "https": "http://127.0.0.1:1"})
    yield "a proxy of the environment, not trusted", lambda it: not_trusted(it)


def having(**options):
    session = requests.Session()
    for name, value in options.items():
        setattr(session, name, value)
    return session


def with_headers(said, **options):
    session = having(**options)
    session.headers.update(said)
    return session


def with_cookies():
    session = requests.Session()
    session.cookies.set("mine", "1", domain="127.0.0.1", path="/")
    session.cookies.set("another's", "2", domain="example.com", path="/")
    return session


def headers(it, session):
    it.client(session=session).resource(api_path="/table/incident").get().all()
    said = it.server.asked[-1].headers
    return {name: said[name] for name in ("Authorization", "Cookie", "x-sn-apikey", "X-Said", "X-Unsaid")}


def by_netrc(it, session):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("machine 127.0.0.1 login n password q\n")
        file.flush()
        os.environ["NETRC"] = file.name
        try:
            return headers(it, session)
        finally:
            os.environ["NETRC"] = os.devnull


def proxied(it, proxies):
    session = having(auth=("u", "p"), proxies={key: one.format(it.server.host) for key, one in proxies.items()})
    client = it.pysnow.Client(host="nowhere.test", use_ssl=False, session=session)
    client.resource(api_path="/table/incident").get().all()
    asked = it.server.asked[-1]
    return asked.host, asked.path, asked.headers["Proxy-Authorization"], asked.headers["Authorization"]


def not_trusted(it):
    os.environ["http_proxy"] = "http://127.0.0.1:1"
    try:
        return headers(it, having(auth=("u", "p"), trust_env=False))
    finally:
        del os.environ["http_proxy"]


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
    for name, words, session in (
        ("parameters of a session", "add_custom()", having(params={"a": "1"})),
        ("hooks of a session", "hooks", having(hooks={"response": [print]})),
        ("a scheme of its own", "Bearer, and Basic", with_headers({"Authorization": "a-secret"})),
        ("Basic that is none", "cannot be read", with_headers({"Authorization": "Basic a-secret"})),
        ("a key and a password", "one of them", having(auth=("u", "p"), headers={"x-sn-apikey": "a-secret"})),
        ("a key and a token", "one of them", with_headers({"x-sn-apikey": "a-secret", "Authorization": "Bearer a"})),
        ("a digest", "HTTPDigestAuth", having(auth=requests.auth.HTTPDigestAuth("u", "p"))),
    ):
        yield name, words, lambda it, session=session: it.client(session=session)
    yield "an adapter of its own", "of its Mounted nothing holds", with_an_adapter
    yield "a timeout of text", "seconds", lambda it: it.client().resource(api_path="/a", timeout="5")
    for rows in (-1, 2**70):
        yield f"a limit of {rows}", "accepted are 0 to", lambda it, rows=rows: it.table().get(limit=rows)
        yield f"an offset of {rows}", "accepted are 0 to", lambda it, rows=rows: it.table().get(offset=rows)
        yield f"a legacy limit of {rows}", "accepted are whole numbers", lambda it, rows=rows: list(
            it.legacy().get_multiple(limit=rows))
    yield "a legacy parameter of another name", "request_params", lambda it: list(
        it.legacy(request_params={"name": "1"}).get_multiple())
    yield "a number that is none", "finite", lambda it: it.table().get({"a": float("nan")})


def with_an_adapter(it):
    class Mounted(requests.adapters.HTTPAdapter):
        pass

    session = having(auth=("u", "p"))
    session.mount("http://", Mounted())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        it.client(session=session)


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
    known = type(raised).__name__ in ("InvalidUsage", "QueryTypeError", "UserWarning")
    if not known or words not in str(raised) or "a-secret" in str(raised):
        return f"{name}: {raised!r}, and not refused for {words!r}"
    return None


def main():
    pysnow, moved = Side("pysnow"), Side("snow.pysnow")
    alike = [case for group in (conditions, parameters, shown, closed, tokens, failures, sessions) for case in group()]
    wrong = [problem(name, pysnow.outcome(lines), moved.outcome(lines)) for name, lines in alike]
    wrong += [refused(name, words, moved.outcome(lines)) for name, words, lines in refusals()]
    wrong = [one for one in wrong if one]
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(alike)} alike")


main()
