"""The calls that pysnow and libsnow both make, as data: what is called, with what, and, where the answers
differ on purpose, why and how.

Within a value, {number}, {sys_id} and {attachment} stand for the record that the call is given.
"""

import dataclasses
from datetime import datetime, timedelta, timezone

from pysnow.enums import DateTimeOn

INCIDENTS = "/api/now/table/incident"


@dataclasses.dataclass
class Call:
    name: str
    kind: str
    arguments: dict
    # The id of a deliberate difference, and what pysnow and libsnow then give.
    differs: tuple = None
    # A record is made or changed: keys and numbers are new.
    made: bool = False
    # The fields of a record that the call is given, a file on it, a fault that meets the first request, or
    # each where the count is 0.
    record: dict = None
    attached: tuple = None
    fault: dict = None
    fault_count: int = 0
    fault_path: str = INCIDENTS


def calls():
    yield from reads()
    yield from ranges_of_dates()
    yield from forms()
    yield from quantities()
    yield from answers()
    yield from failures()
    yield from repetitions()
    yield from writes()
    yield from attachments()
    yield from sign_ins()
    yield from legacy()
    yield from refusals()


def named(kind, name, differs=None, **arguments):
    return Call(f"{kind}: {name}", kind, arguments, differs)


BY_NUMBER = ("number", "order_ascending")
SHORT = ["number", "state", "priority", "opened_at", "caller_id"]
DAY = datetime(2026, 2, 3)
# In UTC it is still the day before.
SOON_AFTER_MIDNIGHT = datetime(2026, 2, 4, 0, 30, tzinfo=timezone(timedelta(hours=1)))
IN_ZURICH = datetime(2026, 1, 20, 10, tzinfo=timezone(timedelta(hours=1)))

# ---- queries ----

BUILT = [
    [("state", "equals", "2")],
    [("state", "equals", "")],
    [("state", "equals", ["1", "2"])],
    [("state", "equals", [1, 2, 3])],
    [("state", "not_equals", "1")],
    [("state", "not_equals", ["1", "2"])],
    [("short_description", "starts_with", "a")],
    [("short_description", "starts_with", "E")],
    [("short_description", "ends_with", "s")],
    [("short_description", "contains", "mail")],
    [("short_description", "not_contains", "mail")],
    [("assigned_to", "is_empty")],
    [("assigned_to", "is_not_empty")],
    [("priority", "greater_than", 3)],
    [("priority", "greater_than_or_equal", 3)],
    [("priority", "less_than", 3)],
    [("priority", "less_than_or_equal", 3)],
    [("priority", "between", 2, 4)],
    [("opened_at", "greater_than", DAY)],
    [("opened_at", "greater_than", IN_ZURICH)],
    [("opened_at", "greater_than_or_equal", DAY)],
    [("opened_at", "less_than", DAY)],
    [("opened_at", "less_than_or_equal", IN_ZURICH)],
    [("opened_at", "between", DAY - timedelta(days=20), DAY)],
    [("state", "equals", "2"), ("priority", "less_than", 4)],
    [("state", "equals", "2"), "OR", ("state", "equals", "3")],
    [("active", "equals", "true"), ("state", "equals", "2"), "OR", ("state", "equals", "3")],
    [("state", "equals", "2"), "NQ", ("priority", "equals", "1")],
    [("state", "equals", "2"), ("active", "equals", "true"), "NQ", ("priority", "equals", "1")],
    [("caller_id.name", "contains", "e"), ("active", "equals", "true")],
    [("caller_id.name", "starts_with", "a"), "OR", ("caller_id.name", "starts_with", "b")],
]

CRITERIA = [
    [("state", "eq", "2")],
    [("state", "eq", 2)],
    [("state", "ne", "2")],
    [("priority", "gt", 2)],
    [("priority", "gte", 2)],
    [("priority", "lt", 2)],
    [("priority", "lte", 2)],
    [("opened_at", "gt", IN_ZURICH)],
    [("opened_at", "lte", IN_ZURICH)],
    [("state", "is_in", ["1", 2])],
    [("state", "not_in", ["1", 2])],
    [("short_description", "starts_with", "E")],
    [("short_description", "ends_with", "n")],
    [("short_description", "like", "vpn")],
    [("short_description", "not_like", "vpn")],
    [("assigned_to", "is_empty")],
    [("assigned_to", "is_not_empty")],
    [("close_notes", "is_empty_string")],
    [("short_description", "is_anything", None)],
    [("opened_by", "is_same", "caller_id")],
    [("impact", "is_different", "urgency")],
    [("priority", "between", 1, 3)],
    [("opened_at", "between", IN_ZURICH - timedelta(days=30), IN_ZURICH)],
    [("state", "eq", "2"), ("priority", "lt", 4)],
    [("state", "eq", "2"), "OR", ("state", "eq", "3")],
    [("state", "eq", "2"), "NQ", ("priority", "eq", 1)],
]

# These have no order, and how many rows they match.
DICTS = [
    ({"state": "2"}, 15),
    ({"state": "2", "priority": "3"}, 5),
    ({"active": True}, 92),
]

TEXTS = [
    "active=true^state=1",
    "priorityIN1,2^ORstate=3",
    "short_descriptionLIKEmail^NQstate=6",
    "opened_atONToday@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()",
]


def reads():
    for steps in BUILT:
        yield named("all", f"builder {steps}", table="incident", query=steps + [BY_NUMBER], fields=SHORT)
    for steps in CRITERIA:
        query = ["criterion"] + steps + [("number", "order", "asc")]
        yield named("all", f"criterion {steps}", table="incident", query=query, fields=SHORT)
    for text in TEXTS:
        yield named("all", text, table="incident", query=text + "^ORDERBYnumber")
    for text, rows in DICTS:
        gives = f"{rows} rows"
        yield named("all", f"{text}", ("read-by-key", gives, gives), table="incident", query=text)
    yield named("all", "None in a dict", ("values-of-every-type", "0 rows", "60 rows"), table="incident",
                query={"assigned_to": None})
    for order in ("order_ascending", "order_descending"):
        query = [("priority", order), ("number", "order_descending")]
        yield named("all", f"by priority, {order}", table="incident", query=query, fields=SHORT)
    yield named("streamed", "every field", table="incident", query="ORDERBYnumber")


def ranges_of_dates():
    for member in DateTimeOn:
        query = ["criterion", ("opened_at", "on", member.name), ("number", "order", "asc")]
        yield named("all", f"on {member.name}", table="incident", query=query, fields=["number"])
    for name in ("today", "last_month", "last_yesr"):
        query = ["criterion", ("opened_at", "not_on", name), ("number", "order", "desc")]
        yield named("all", f"not on {name}", table="incident", query=query, fields=["number"])
    query = ["criterion", ("opened_at", "on", DAY), ("number", "order", "asc")]
    yield named("all", "on a day", table="incident", query=query, fields=["number"])
    query = ["criterion", ("opened_at", "on", SOON_AFTER_MIDNIGHT), ("number", "order", "asc")]
    yield named("all", "on a day in a zone", table="incident", query=query, fields=["number"])


# ---- the form of what comes back ----

def forms():
    for display in (False, True, "all"):
        for exclude in (False, True):
            yield named(
                "all", f"display value {display}, without links {exclude}", table="incident",
                query="ORDERBYnumber", limit=5, display_value=display, exclude_reference_link=exclude)
    for fields in (["number"], ["number", "caller_id.name"], ["caller_id", "caller_id.email"]):
        yield named("all", f"fields {fields}", table="incident", query="ORDERBYnumber", fields=fields, limit=9)
    for limit, offset in ((1, 0), (10, 0), (10, 5), (50, 70), (5, 1000)):
        yield named("all", f"limit {limit}, offset {offset}", table="incident", query="ORDERBYnumber",
                    limit=limit, offset=offset, fields=["number"])
    for table in ("problem", "change_request", "sys_user", "sys_user_group", "cmdb_ci"):
        yield named("all", f"table {table}", table=table, query="ORDERBYsys_id", limit=20)
    yield named("all", "no row at all", ("refused-where-it-is-given", "0 rows", "SNOW_INVALID_ARGUMENT"),
                table="incident", query="ORDERBYnumber", limit=0)
    yield named("by_parameters", "of a query", ("parameters-hold", "92 rows", "9 rows"), table="incident",
                query="ORDERBYnumber", limit=9)
    yield named("all", "fields that are not there", ("rows-without-fields", "9 rows", "0 rows"),
                table="incident", query="ORDERBYnumber", fields=["nonsense"], limit=9)
    yield named("all", "no order, some fields", ("key-comes-along", "92 rows", "92 rows"),
                table="incident", fields=["number"])


def quantities():
    one, none = "number=INC0010001", "short_description=nothing is called so"
    few = {"table": "incident", "fields": SHORT}
    order = "^ORDERBYnumber"
    for kind in ("one", "one_or_none", "first", "first_or_none", "all"):
        yield named(kind, "of none", query=none + order, **few)
        yield named(kind, "of one", query=[("number", "equals", "INC0010001"), BY_NUMBER], **few)
    for kind in ("one", "one_or_none", "first", "first_or_none"):
        yield named(kind, "of many", query="active=true" + order, **few)
    yield named("member", "of one", table="incident", query=one, field="state")
    yield named("member", "that is not there", table="incident", query=one, field="nonsense")
    yield named("member", "of none", table="incident", query=none, field="state")
    yield named("first", "without a stream", ("first-in-every-mode", "InvalidUsage", "row"),
                query="active=true" + order, stream=False, **few)
    yield named("total", "of many", table="incident", query="active=true^ORDERBYnumber")
    yield named("total", "of none", table="incident", query=none + order)


# ---- answers that an instance may give ----

def answers():
    def answer(name, status, body, differs=None, kind="all", media="application/json"):
        headers = [["Content-Type", media], ["X-Total-Count", "1"]]
        fault = {"kind": "answer", "status": status, "headers": headers, "body": body}
        order = {"table": "incident", "query": "ORDERBYnumber"}
        return Call(f"{kind}: {name}", kind, order, differs, fault=fault)

    yield answer("an empty list", 200, '{"result":[]}')
    yield answer("a list of one", 200, '{"result":[{"a":"1"}]}')
    yield answer("a list of one", 200, '{"result":[{"a":"1"}]}', kind="one")
    yield answer("an empty record", 200, '{"result":[{}]}', ("rows-without-fields", "1 rows", "0 rows"))
    yield answer("one record for a list", 200, '{"result":{"a":"1"}}',
                 ("a-list-is-a-list", "1 rows", "SNOW_UNEXPECTED_ANSWER"))
    for body in ('{"result":null}', "{}"):
        yield answer(body, 200, body, ("errors-have-a-status", "MissingResult", "SNOW_UNEXPECTED_ANSWER"))
    for body, rows in (('{"result":"hello"}', "5 rows"), ('{"result":["a","b"]}', "2 rows")):
        yield answer(body, 200, body, ("a-list-is-a-list", rows, "SNOW_UNEXPECTED_ANSWER"))
    yield answer("an array", 200, "[]", ("errors-have-a-status", "AttributeError", "SNOW_UNEXPECTED_ANSWER"))
    error = '"error":{"message":"Transaction cancelled: maximum execution time exceeded","detail":"x"}'
    yield answer("an error alone", 200, "{%s}" % error,
                 ("errors-in-a-200", "MissingResult", "SNOW_TRANSACTION_CANCELLED"))
    yield answer("an error after rows", 200, '{"result":[{"a":"1"}],%s}' % error,
                 ("errors-in-a-200", "1 rows", "SNOW_PARTIAL_RESULT"))
    yield answer("an error before rows", 200, '{%s,"result":[{"a":"1"}]}' % error,
                 ("errors-in-a-200", "1 rows", "SNOW_PARTIAL_RESULT"))
    yield answer("a cut list", 200, '{"result":[{"a":"1"},{"a":',
                 ("errors-have-a-status", "JSONDecodeError", "SNOW_CUT_BODY"))
    yield answer("a cut list of a stream", 200, '{"result":[{"a":"1"},{"a":',
                 ("errors-have-a-status", "IncompleteJSONError", "SNOW_CUT_BODY"), kind="streamed")
    yield answer("a mark before the JSON", 200, '\ufeff{"result":[{"a":"1"}]}',
                 ("byte-order-mark", "JSONDecodeError", "1 rows"))
    yield answer("a page", 200, "<html><body>Welcome</body></html>",
                 ("errors-have-a-status", "JSONDecodeError", "SNOW_UNEXPECTED_ANSWER"), media="text/html")
    yield answer("nothing", 204, "", ("errors-have-a-status", "JSONDecodeError", "SNOW_UNEXPECTED_ANSWER"))


def failures():
    yield named("all", "a table that is not there", table="nonexistent", query="ORDERBYnumber")
    yield named("first", "a table that is not there", table="nonexistent", query="ORDERBYnumber")
    yield named("get", "a record that is not there", table="incident", sys_id="f" * 32)
    yield named("create", "in a table that is not there", table="nonexistent", payload={"a": "1"})
    json = [["Content-Type", "application/json"]]
    gone = '{"error":{"message":"No Record found","detail":null},"status":"failure"}'
    yield Call("one_or_none: 404", "one_or_none", {"table": "incident", "query": "ORDERBYnumber"},
               ("not-found-is-none", "http 404", "none"),
               fault={"kind": "answer", "status": 404, "headers": json, "body": gone})
    yield Call("all: forbidden", "all", {"table": "incident", "query": "ORDERBYnumber"}, fault={
        "kind": "answer", "status": 403, "headers": json,
        "body": '{"error":{"message":"Insufficient rights to query records","detail":null},"status":"failure"}'})
    for name, status, body in (
        ("bad request", 400, '{"error":{"message":"Bad","detail":"really"},"status":"failure"}'),
        ("refused with a text", 400, '{"error":"Bad"}'),
        ("server error", 500, '{"error":{"message":"Exception","detail":"null"},"status":"failure"}'),
        ("teapot", 418, ""),
    ):
        yield Call(f"create: {name}", "create", {"table": "incident", "payload": {"a": "1"}}, fault={
            "kind": "answer", "status": status, "headers": json, "body": body})


def repetitions():
    for name, fault, gives in (
        ("202", {"kind": "not_executed"}, "EmptyContent"),
        ("429", {"kind": "rate_limited"}, "http 429"),
        ("503", {"kind": "gateway", "status": 503}, "http 503"),
        ("a reset", {"kind": "reset_before"}, "ConnectionError"),
    ):
        arguments = {"table": "incident", "query": "ORDERBYnumber"}
        yield Call(f"all: after {name}", "all", arguments, ("tried-again", gives, "92 rows"), fault=fault,
                   fault_count=1)
    redirect = {"kind": "redirect", "status": 302, "location": INCIDENTS + "?sysparm_limit=1"}
    yield Call("create: a redirect", "create", {"table": "incident", "payload": {"a": "1"}},
               ("no-redirects", "row", "SNOW_REDIRECT"), fault=redirect, fault_count=1)
    hibernating = {"kind": "hibernating"}
    yield Call("all: hibernating", "all", {"table": "incident", "query": "ORDERBYnumber"},
               ("errors-have-a-status", "JSONDecodeError", "SNOW_HIBERNATING"), fault=hibernating)


# ---- writes ----

PAYLOADS = [
    {},
    {"short_description": "plain"},
    {"short_description": "Pr\u00fcfung \u65e5\u672c \U0001f600"},
    {"short_description": "a^b=c & d + e % f \"g\" \\ h\ni"},
    {"short_description": "types", "urgency": 1, "active": False},
    {"short_description": "null", "urgency": None},
    {"short_description": "a reference", "caller_id": "admin"},
    {"short_description": "nonsense is dropped", "nonsense": "1"},
    {"short_description": "an object", "urgency": {"value": "2", "display_value": "2 - Medium"}},
    {"short_description": "notes", "work_notes": "seen"},
]


def writes():
    for payload in PAYLOADS:
        yield Call(f"create: {payload}", "create", {"table": "incident", "payload": payload}, made=True)
    yield Call("create: a problem", "create", {"table": "problem", "payload": {"urgency": "1"}}, made=True)
    of_one = {"table": "incident", "query": {"number": "{number}"}}
    for payload in PAYLOADS[1:8]:
        yield Call(f"update: {payload}", "update", {**of_one, "payload": payload}, made=True, record={})
    yield Call("update: by a text", "update",
               {"table": "incident", "query": "number={number}", "payload": {"urgency": "1"}}, made=True, record={})
    none, many = {"number": "INC9999999"}, {"active": "true"}
    for name, query in (("none", none), ("many", many)):
        yield named("update", f"of {name}", table="incident", query=query, payload={"urgency": "1"})
        yield named("delete", f"of {name}", table="incident", query=query)
    yield Call("delete: of one", "delete", of_one, made=True, record={})
    misspelt = {"number": "{number}", "no_such_field": "x"}
    yield Call("update: by a field that is misspelt", "update",
               {"table": "incident", "query": misspelt, "payload": {"urgency": "1"}},
               ("all-conditions-hold", "row", "SNOW_QUERY_IGNORED"), made=True, record={})
    of_key = {"table": "incident", "query": {"sys_id": "{sys_id}"}}
    yield Call("response_update: of one", "response_update", {**of_key, "payload": {"state": "2"}}, made=True, record={})
    yield Call("response_delete: of one", "response_delete", of_key, made=True, record={})
    yield Call("request: PATCH", "request",
               {"method": "PATCH", "path": "/{sys_id}", "payload": {"urgency": "2"}}, made=True, record={})
    yield Call("request: PUT", "request",
               {"method": "PUT", "path": "/{sys_id}", "payload": {"urgency": "2"}}, made=True, record={})
    yield Call("request: GET", "request", {"method": "GET", "path": "/{sys_id}"}, made=True, record={})
    for method in ("GET", "POST", "PUT", "PATCH"):
        yield named("scripted", method, method=method, path="/x_snow/echo/tickets")
    yield named("record_link", "of a record", table="incident", sys_id="0" * 32)
    yield Call("create: after a get of two fields", "after_another",
               {"table": "incident", "first": {"query": "ORDERBYnumber", "limit": 1, "fields": ["number"]},
                "payload": {"urgency": "1"}}, ("nothing-sticks", "row", "row"), made=True)
    caret = {"short_description": "a^b{number}"}
    yield Call("all: a caret in a value", "all",
               {"table": "incident", "query": {"short_description": "before^after"}, "fields": ["short_description"]},
               ("values-are-escaped", "0 rows", "1 rows"), record={"short_description": "before^after"})


# ---- attachments ----

def attachments():
    on_one = {"table": "incident", "sys_id": "{sys_id}"}
    text = {"name": "notes.txt", "text": "some notes\n"}
    yield Call("attach: a file", "attach", {**on_one, **text}, made=True, record={})
    yield Call("attach: under another name", "attach",
               {**on_one, **text, "rename": "Pr\u00fcfung 1.txt"}, made=True, record={})
    yield Call("attach: a text that is called a table", "attach",
               {**on_one, "name": "table.csv", "text": "some notes\n"}, ("types-by-name", "row", "row"),
               made=True, record={})
    yield Call("attach: multipart", "attach", {**on_one, **text, "multipart": True},
               ("multipart-is-multipart", "http 400", "row"), made=True, record={})
    yield Call("attach: a file that is not there", "attach_missing", on_one,
               ("errors-have-a-status", "FileNotFoundError", "SNOW_FILE"), record={})
    yield Call("attach: to a record that is not there", "attach",
               {"table": "incident", "sys_id": "f" * 32, **text})
    yield Call("attachments: of a record without any", "attachments", on_one, record={})
    yield Call("attachments: of a record with one", "attachments", on_one, made=True, record={},
               attached=("a.txt", "content"))
    yield Call("attachments: none of two", "attachments", {"table": "problem"})
    yield Call("detach: one", "detach", {"table": "incident", "sys_id": "{attachment}"}, record={},
               attached=("a.txt", "content"))
    yield Call("detach: one that is not there", "detach", {"table": "incident", "sys_id": "f" * 32},
               ("by-key-in-one-request", "NoResults", "http 404"))


# ---- signing in ----

def sign_ins():
    yield named("token", "by password", user="admin", password="admin")
    yield named("token", "by a wrong password", ("errors-have-a-status", "TokenCreateError", "http 401"),
                user="admin", password="wrong")
    yield named("by_token", "that is good")
    yield named("by_token", "that has ended", change={"expires_at": 1})
    yield named("by_token", "that has ended, told to nobody", ("no-updater-needed", "TokenUpdated", "10 rows"),
                change={"expires_at": 1}, updater=False)
    yield named("by_token", "that the instance refuses", ("renewed-on-401", "http 401", "10 rows"), expire=True)
    yield named("by_token", "without a scope", ("part-of-a-token", "InvalidUsage", "10 rows"), change={"scope": None})
    yield named("by_token", "that cannot be renewed", ("errors-have-a-status", "ServerError", "http 401"),
                change={"expires_at": 1, "refresh_token": "wrong"})
    yield named("without_token", "at all", ("errors-have-a-status", "MissingToken", "SNOW_NO_TOKEN"))
    yield named("signed_in_as", "admin", user="admin", password="admin")
    yield named("signed_in_as", "nobody", user="nobody", password="nothing")
    yield named("signed_in_as", "admin by a wrong password", user="admin", password="wrong")


# ---- the legacy API ----

def legacy():
    one = "number=INC0010001"
    yield named("legacy_one", "every field", table="incident", query=one + "^ORDERBYnumber")
    yield named("legacy_one", "some fields", table="incident", query=one + "^ORDERBYnumber", fields=SHORT)
    yield named("legacy_one", "of none", table="incident", query="number=INC9999999")
    yield named("legacy_one", "of many", table="incident", query="active=true")
    for order in (["number"], ["-number"], ["priority", "-number"]):
        yield named("legacy_many", f"by {order}", table="incident", query="active=true", order_by=order, fields=SHORT)
    yield named("legacy_many", "limited", table="incident", query="active=true", order_by=["number"], limit=3)
    yield named("legacy_many", "from an offset", table="incident", query="active=true", order_by=["number"],
                limit=3, offset=2)
    yield named("legacy_many", "of none", ("none-is-an-empty-list", "NoResults", "0 rows"), table="incident",
                query="number=INC9999999")
    for query in ("active=true", "state=2^priority=1", "short_descriptionLIKEmail"):
        yield named("legacy_count", query, table="incident", query=query)
    yield Call("legacy_insert: a record", "legacy_insert",
               {"table": "incident", "payload": {"short_description": "legacy"}}, made=True)
    of_one = {"table": "incident", "query": {"number": "{number}"}}
    yield Call("legacy_update: a record", "legacy_update", {**of_one, "payload": {"urgency": "1"}}, made=True, record={})
    yield Call("legacy_delete: a record", "legacy_delete", of_one, record={})
    yield Call("legacy_clone: a record", "legacy_clone", {**of_one, "reset_fields": ["sys_id", "number"]},
               made=True, record={"short_description": "to be cloned", "caller_id": "admin"})
    yield Call("legacy_attach: a file", "legacy_attach", {**of_one, "name": "notes.txt", "text": "notes"},
               ("parts-have-a-type", "row", "row"), made=True, record={})


# ---- what is refused before it is sent ----

def refusals():
    typed = "values-of-every-type"
    for name, steps, text in (
        ("an integer", [("priority", "equals", 1)], "text priority=1"),
        ("a truth value", [("active", "equals", True)], "text active=true"),
        ("integers that are not", [("state", "not_equals", [1, 2])], "text stateNOT IN1,2"),
        ("a text to be greater than", [("number", "greater_than", "INC1")], "text number>INC1"),
        ("texts to be between", [("number", "between", "A", "B")], "text numberBETWEENA@B"),
    ):
        gives = "TypeError" if "integers" in name else "QueryTypeError"
        yield named("built", name, (typed, gives, text), query=steps)
    script = 'javascript:gs.dateGenerate("{}")'
    for name, end in (("moments without a zone", DAY), ("moments in a zone", IN_ZURICH)):
        start = end - timedelta(days=20)
        shown = [moment.strftime("%Y-%m-%d %H:%M:%S") for moment in (start, end)]
        in_utc = [moment.astimezone(timezone.utc) if moment.tzinfo else moment for moment in (start, end)]
        yield named("built", f"{name} to be between",
                    ("moments-are-utc", "text opened_atBETWEEN" + "@".join(map(script.format, shown)),
                     "text opened_atBETWEEN" + "@".join(moment.strftime("%Y-%m-%d %H:%M:%S") for moment in in_utc)),
                    query=[("opened_at", "between", start, end)])
    refused = "refused-where-it-is-given"
    for name, steps, gives in (
        ("an empty list", [("state", "equals", [])], "text stateIN"),
        ("a range of nothing", [("state", "between", True, False)], "text stateBETWEEN1@0"),
        ("a comma in a list", [("state", "equals", ["a,b"])], "text stateINa,b"),
        ("an empty text to begin with", [("state", "starts_with", "")], "text stateSTARTSWITH"),
        ("a field with a caret", [("a^b", "equals", "1")], "text a^b=1"),
        ("a field with a space", [("a b", "equals", "1")], "text a b=1"),
        ("a line break", [("a", "contains", "b\nc")], "text aLIKEb\nc"),
    ):
        yield named("built", name, (refused, gives, "SNOW_INVALID_ARGUMENT"), query=steps)
    own = "javascript:gs.getUserID()"
    yield named("built", "a script for a value", ("a-value-is-no-script", f"text assigned_to={own}",
                "SNOW_INVALID_ARGUMENT"), query=[("assigned_to", "equals", own)])
    yield named("built", "nothing before an OR", ("errors-have-a-status", "QueryExpressionError",
                "SNOW_INVALID_ARGUMENT"), query=["OR", ("a", "equals", "1")])
    yield named("host", "a URL", ("instances-are-checked", "made", "SNOW_INVALID_ARGUMENT"), host="https://h/path")
    yield named("host", "nothing", ("errors-have-a-status", "InvalidUsage", "SNOW_INVALID_ARGUMENT"), host="")
