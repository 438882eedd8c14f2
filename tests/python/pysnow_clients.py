"""One way to make a call with pysnow, and one with libsnow; and that with pysnow, through libsnow's module of
its names.

A call's kind is the name of a method of both classes here; what that returns is its outcome. A failure is
an outcome too: that of the instance by its HTTP status and words, any other by its name.
"""

import ctypes
import datetime
import importlib
import json
import os
import tempfile
import warnings

import requests
from pysnow.enums import DateTimeOn

from by_header import Snow, SnowError

warnings.simplefilter("ignore")

UTC = datetime.timezone.utc
TokenCallback = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p)


def described(token):
    """Without what is new with each token."""
    new = ("access_token", "refresh_token", "expires_at")
    return {"token": {name: value for name, value in token.items() if name not in new}, "names": sorted(token)}


def failure(name, http=0, message=None, detail=None):
    if http:
        return {"error": "http", "http": http, "message": message, "detail": detail}
    return {"error": name}


class Client:
    def __init__(self, instance):
        self.instance = instance

    def fill(self, value):
        """Puts in what the record of the call is known by."""
        if isinstance(value, str) and "{" in value:
            for name in ("sys_id", "number", "attachment"):
                value = value.replace("{" + name + "}", self.instance.record.get(name, ""))
        if isinstance(value, dict):
            return {key: self.fill(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.fill(one) for one in value]
        return value

    def outcome(self, call):
        try:
            return getattr(self, call.kind)(**{name: self.fill(one) for name, one in call.arguments.items()})
        except self.FAILURES as error:
            return self.failed(error)


class Pysnow(Client):
    FAILURES = Exception
    MODULE = "pysnow"

    def __init__(self, instance):
        super().__init__(instance)
        self.pysnow = importlib.import_module(self.MODULE)
        self.criteria = importlib.import_module(self.MODULE + ".criterion")
        self.ranges = importlib.import_module(self.MODULE + ".enums").DateTimeOn
        self.client = self.signed_in("admin", "admin")

    def signed_in(self, user, password):
        return self.pysnow.Client(host=self.instance.host, user=user, password=password, use_ssl=False)

    def failed(self, error):
        if isinstance(error, requests.HTTPError):
            try:
                said = error.response.json()["error"]
            except ValueError:
                said = {}
            said = said if isinstance(said, dict) else {"message": said}
            return failure("http", error.response.status_code, said.get("message"), said.get("detail"))
        if type(error).__name__ == "UnexpectedResponse":
            return failure("http", error.status_code, error.error_summary, error.error_details)
        return failure(type(error).__name__)

    def resource(self, table):
        return self.client.resource(api_path="/table/" + table)

    # Queries

    def query(self, query):
        """From a builder's steps, a criterion's (in a tuple with that word), a dict or a text."""
        if isinstance(query, (str, dict)) or query is None:
            return query or {}
        if query and query[0] == "criterion":
            return self.criterion(query[1:])
        built = self.pysnow.QueryBuilder()
        joined = True
        for step in query:
            if step in ("OR", "NQ"):
                getattr(built, step)()
                joined = True
                continue
            if not joined:
                built.AND()
            field, operator, *values = step
            getattr(built.field(field), operator)(*values)
            joined = False
        return built

    def criterion(self, steps):
        built, join = None, "AND"
        for step in steps:
            if step in ("OR", "NQ"):
                join = step
                continue
            field, operator, *values = step
            if operator in ("on", "not_on") and isinstance(values[0], str):
                values = [self.ranges[values[0]]]
            if operator in ("is_same", "is_different"):
                values = [self.criteria.Field(values[0])]
            one = getattr(self.criteria.Field(field), operator)(*values)
            built = one if built is None else getattr(built, join)(one)
            join = "AND"
        return built

    def built(self, query):
        return {"text": str(self.query(query))}

    # The API of resources

    def all(self, table, query=None, **form):
        return {"rows": list(self.resource(table).get(query=self.query(query), **form).all())}

    def streamed(self, table, query=None, **form):
        return {"rows": list(self.resource(table).get(query=self.query(query), stream=True, **form).all())}

    def one(self, table, query=None, **form):
        return {"row": self.resource(table).get(query=self.query(query), **form).one()}

    def one_or_none(self, table, query=None, **form):
        row = self.resource(table).get(query=self.query(query), **form).one_or_none()
        return {"none": True} if row is None else {"row": row}

    def first(self, table, query=None, stream=True, **form):
        return {"row": self.resource(table).get(query=self.query(query), stream=stream, **form).first()}

    def first_or_none(self, table, query=None, **form):
        row = self.resource(table).get(query=self.query(query), stream=True, **form).first_or_none()
        return {"none": True} if row is None else {"row": row}

    def member(self, table, query, field):
        return {"value": self.resource(table).get(query=self.query(query))[field]}

    def get(self, table, sys_id):
        return {"row": self.resource(f"{table}/{sys_id}").get().one()}

    def total(self, table, query):
        headers = self.resource(table).get(query=self.query(query), limit=1).headers
        return {"total": int(headers["X-Total-Count"])}

    def create(self, table, payload):
        return {"row": self.resource(table).create(payload=payload).one()}

    def update(self, table, query, payload):
        return {"row": self.resource(table).update(query=self.query(query), payload=payload).one()}

    def delete(self, table, query):
        return {"deleted": self.resource(table).delete(query=self.query(query)) == {"status": "record deleted"}}

    def response_update(self, table, query, payload):
        return {"row": self.resource(table).get(query=query).update(payload).one()}

    def response_delete(self, table, query):
        return {"deleted": self.resource(table).get(query=query).delete() == {"status": "record deleted"}}

    def record_link(self, table, sys_id):
        return {"text": self.resource(table).get_record_link(sys_id)}

    def request(self, method, path, payload=None):
        more = {} if payload is None else {"json": payload}
        return {"row": self.resource("incident").request(method, path_append=path, **more).one()}

    def scripted(self, method, path):
        resource = self.client.resource(base_path="/api", api_path=path)
        said = resource.request(method, headers={"X-Said": "so"}).one()
        return {"method": said["method"], "said": said["headers"]["x-said"]}

    def after_another(self, table, first, payload):
        """A create after a get on the same resource."""
        resource = self.resource(table)
        resource.get(**first).all()
        return {"row": resource.create(payload=payload).one()}

    def by_parameters(self, table, query, limit):
        """A get that says nothing, of a resource whose parameters do."""
        resource = self.resource(table)
        resource.parameters.query, resource.parameters.limit = query, limit
        return {"rows": resource.get().all()}

    # Attachments

    def attachments(self, table, sys_id=None, limit=100):
        return {"rows": self.resource(table).attachments.get(sys_id=sys_id, limit=limit)}

    def attach(self, table, sys_id, name, text, rename=None, multipart=False):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, name)
            with open(path, "w") as file:
                file.write(text)
            upload = self.resource(table).attachments.upload
            return {"row": upload(sys_id=sys_id, file_path=path, name=rename, multipart=multipart).one()}

    def attach_missing(self, table, sys_id):
        return {"row": self.resource(table).attachments.upload(sys_id, "/nowhere/at/all.txt").one()}

    def detach(self, table, sys_id):
        return {"deleted": self.resource(table).attachments.delete(sys_id) == {"status": "record deleted"}}

    # OAuth

    def oauth(self, updater=None):
        return self.pysnow.OAuthClient(
            client_id=self.instance.CLIENT_ID, client_secret=self.instance.CLIENT_SECRET,
            host=self.instance.host, use_ssl=False, token_updater=updater)

    def token(self, user, password):
        token = self.oauth().generate_token(user, password)
        return described(token)

    def by_token(self, change=None, updater=True, expire=False):
        told = []
        client = self.oauth(told.append if updater else None)
        token = dict(client.generate_token("admin", "admin"))
        token.update(change or {})
        client.set_token({name: value for name, value in token.items() if value is not None})
        if expire:
            self.instance.ask("POST", "/-/tokens/expire")
        rows = client.resource(api_path="/table/problem").get(query="ORDERBYnumber").all()
        return {"rows": rows, "told": len(told)}

    def without_token(self):
        return {"rows": self.oauth().resource(api_path="/table/problem").get().all()}

    def signed_in_as(self, user, password):
        client = self.signed_in(user, password)
        return {"rows": client.resource(api_path="/table/problem").get(query="ORDERBYnumber").all()}

    def host(self, host):
        self.pysnow.Client(host=host, user="admin", password="admin")
        return {"made": True}

    # The legacy API

    def legacy(self, table, query, **options):
        client = self.pysnow.Client(
            host=self.instance.host, user="admin", password="admin", use_ssl=False, **options)
        return client.query(table=table, query=query)

    def legacy_one(self, table, query, fields=()):
        return {"row": self.legacy(table, query).get_one(fields=list(fields))}

    def legacy_many(self, table, query, **options):
        return {"rows": list(self.legacy(table, query).get_multiple(**options))}

    def legacy_count(self, table, query):
        return {"count": self.legacy(table, query).count}

    def legacy_insert(self, table, payload):
        return {"row": self.client.insert(table=table, payload=payload)}

    def legacy_update(self, table, query, payload):
        return {"row": self.legacy(table, query).update(payload)}

    def legacy_delete(self, table, query):
        return {"deleted": self.legacy(table, query).delete() == {"success": True}}

    def legacy_clone(self, table, query, reset_fields):
        return {"row": self.legacy(table, query).clone(reset_fields=reset_fields)}

    def legacy_attach(self, table, query, name, text):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, name)
            with open(path, "w") as file:
                file.write(text)
            return {"row": self.legacy(table, query).attach(path)}


class Moved(Pysnow):
    """The same script, with its import changed."""

    MODULE = "snow.pysnow"

    def signed_in(self, user, password):
        """A client that makes a failed call again once, and soon."""
        session = importlib.import_module("snow").Session().basic_auth(user, password).retry(1, 0.1)
        return self.pysnow.Client(host=self.instance.host, use_ssl=False, session=session)

    def failed(self, error):
        """As what pysnow's users catch; and, where that is not what pysnow raises, as what libsnow says."""
        said, cause = super().failed(error), error.__cause__ or error
        return said if said["error"] == "http" else {**said, "status": getattr(cause, "status_name", None)}


class Libsnow(Client):
    FAILURES = SnowError

    # pysnow's operators. Where the value decides, its type stands beside the name.
    OPERATORS = {
        "equals": "EQ", "eq": "EQ", "not_equals": "NE", "ne": "NE", "greater_than": "GT", "gt": "GT",
        "greater_than_or_equal": "GE", "gte": "GE", "less_than": "LT", "lt": "LT",
        "less_than_or_equal": "LE", "lte": "LE", "starts_with": "STARTS_WITH", "ends_with": "ENDS_WITH",
        "contains": "CONTAINS", "like": "CONTAINS", "not_contains": "NOT_CONTAINS",
        "not_like": "NOT_CONTAINS", "is_empty": "IS_EMPTY", "is_not_empty": "IS_NOT_EMPTY",
        "is_empty_string": "EMPTY_STRING", "is_anything": "ANYTHING", "is_same": "SAME_AS",
        "is_different": "NOT_SAME_AS", "on": "ON", "not_on": "NOT_ON",
    }

    def __init__(self, instance, library, header):
        super().__init__(instance)
        self.snow = Snow(library, header)
        self.client = self.signed_in("admin", "admin")

    def signed_in(self, user, password):
        """A client that makes a failed call again once, and soon."""
        snow, session = self.snow, self.snow.session_new()
        try:
            snow.session_set_basic_auth(session, user, password)
            snow.session_set_retry(session, 1, 100)
            return snow.client_new(self.instance.url, session)
        finally:
            snow.session_free(session)

    def failed(self, error):
        if error.http_status >= 400:
            return failure("http", error.http_status, error.instance_message, error.detail)
        names = {"SNOW_NOT_FOUND": "NoResults", "SNOW_MULTIPLE": "MultipleResults"}
        return failure(error.status if error.http_status else names.get(error.status, error.status))

    # Queries

    def query(self, query=None, limit=None, offset=None, fields=None, display_value=None,
              exclude_reference_link=None, order_by=()):
        snow, made = self.snow, self.snow.query_new()
        if isinstance(query, str):
            snow.query_raw(made, query)
        elif isinstance(query, dict):
            for field, value in query.items():
                self.where(made, field, "equals", value)
        else:
            for step in query or ():
                if step == "OR":
                    snow.query_or(made)
                elif step == "NQ":
                    snow.query_new_query(made)
                elif step != "criterion":
                    self.where(made, *step)
        for field in order_by:
            order = snow.query_order_by_desc if field.startswith("-") else snow.query_order_by
            order(made, field.lstrip("-"))
        if limit is not None:
            snow.query_limit(made, limit)
        if offset:
            snow.query_offset(made, offset)
        if fields:
            snow.query_fields(made, ",".join(fields))
        if display_value is not None:
            form = {True: "TRUE", False: "FALSE", "all": "ALL"}[display_value]
            snow.query_display_value(made, snow["DISPLAY_" + form])
        if exclude_reference_link is not None:
            snow.query_exclude_reference_link(made, int(exclude_reference_link))
        return made

    def where(self, query, field, operator, *values):
        snow = self.snow
        value = values[0] if values else None
        if operator in ("order_ascending", "order_descending", "order"):
            down = operator == "order_descending" or value == "desc"
            (snow.query_order_by_desc if down else snow.query_order_by)(query, field)
        elif isinstance(value, (list, tuple)):
            call = snow.query_where_not_in if operator.startswith("not") else snow.query_where_in
            texts = [str(one).encode() for one in value]
            call(query, field, (ctypes.c_char_p * len(texts))(*texts), len(texts))
        elif operator == "between" and isinstance(value, datetime.datetime):
            snow.query_where_between_times(query, field, *map(seconds, values))
        elif operator == "between":
            texts = [str(int(one)) if isinstance(one, bool) else str(one) for one in values]
            snow.query_where_between(query, field, *texts)
        else:
            op = snow[self.OPERATORS[operator]]
            if isinstance(value, bool):
                snow.query_where_bool(query, field, op, int(value))
            elif isinstance(value, int):
                snow.query_where_int(query, field, op, value)
            elif isinstance(value, datetime.datetime) and operator in ("on", "not_on"):
                day = value.astimezone(UTC) if value.tzinfo else value
                snow.query_where(query, field, op, day.strftime("%Y-%m-%d"))
            elif isinstance(value, datetime.datetime):
                snow.query_where_time(query, field, op, seconds(value))
            elif operator in ("on", "not_on"):
                snow.query_where(query, field, op, DateTimeOn[value].value.split("@")[0])
            elif operator == "is_anything":
                snow.query_where(query, field, op, None)
            else:
                snow.query_where(query, field, op, value)

    def with_query(self, call, *query, **form):
        made = self.query(*query, **form)
        try:
            return call(made)
        finally:
            self.snow.query_free(made)

    def built(self, query):
        return {"text": self.with_query(self.snow.query_encoded, query)}

    # Tables

    def all(self, table, query=None, **form):
        rows = lambda made: list(self.snow.rows(self.snow.table_list(self.client, table, made)))
        return {"rows": self.with_query(rows, query, **form)}

    streamed = all

    def one(self, table, query=None, **form):
        one = lambda made: self.snow.taken(self.snow.table_one(self.client, table, made))
        return {"row": self.with_query(one, query, **form)}

    def first(self, table, query=None, stream=True, **form):
        first = lambda made: self.snow.taken(self.snow.table_first(self.client, table, made))
        return {"row": self.with_query(first, query, **form)}

    def or_none(self, call, *arguments, **form):
        try:
            return call(*arguments, **form)
        except SnowError as error:
            if error.status == "SNOW_NOT_FOUND":
                return {"none": True}
            raise

    def one_or_none(self, *arguments, **form):
        return self.or_none(self.one, *arguments, **form)

    def first_or_none(self, *arguments, **form):
        return self.or_none(self.first, *arguments, **form)

    def member(self, table, query, field):
        return {"value": self.one(table, query)["row"].get(field)}

    def get(self, table, sys_id):
        return {"row": self.snow.taken(self.snow.table_get(self.client, table, sys_id, None))}

    def total(self, table, query):
        snow = self.snow

        def total(made):
            cursor = snow.table_list(self.client, table, made)
            row = ctypes.c_void_p()
            snow.cursor_next(cursor, ctypes.byref(row))
            total = snow.cursor_total(cursor)
            snow.cursor_free(cursor)
            return total

        return {"total": self.with_query(total, query, limit=1)}

    def record(self, fields):
        text = json.dumps(fields)
        return self.snow.record_from_json(text, len(text))

    def with_record(self, call, fields):
        record = self.record(fields)
        try:
            return {"row": self.snow.taken(call(record))}
        finally:
            self.snow.record_free(record)

    def create(self, table, payload):
        return self.with_record(
            lambda record: self.snow.table_create(self.client, table, record, None), payload)

    legacy_insert = create

    def update(self, table, query, payload):
        update = lambda made: self.with_record(
            lambda record: self.snow.table_update_one(self.client, table, made, record), payload)
        return self.with_query(update, query)

    response_update = legacy_update = update

    def delete(self, table, query):
        delete = lambda made: self.snow.table_delete_one(self.client, table, made)
        return {"deleted": self.with_query(delete, query) == 0}

    response_delete = legacy_delete = delete

    def record_link(self, table, sys_id):
        return {"text": f"{self.snow.client_url(self.client)}/api/now/table/{table}/{sys_id}"}

    def answer(self, method, path, payload=None, headers=()):
        snow = self.snow
        request = snow.request_new(method, path)
        for name, value in headers:
            snow.request_set_header(request, name, value)
        if payload is not None:
            record = self.record(payload)
            snow.request_set_record(request, record)
            snow.record_free(record)
        try:
            response = snow.client_send(self.client, request)
        finally:
            snow.request_free(request)
        try:
            return snow.fields(snow.response_one(response))
        finally:
            snow.response_free(response)

    def request(self, method, path, payload=None):
        return {"row": self.answer(method, "/api/now/table/incident" + path, payload)}

    def scripted(self, method, path):
        said = self.answer(method, "/api" + path, headers=[("X-Said", "so")])
        return {"method": said["method"], "said": said["headers"]["x-said"]}

    def after_another(self, table, first, payload):
        self.all(table, **first)
        return self.create(table, payload)

    def by_parameters(self, table, query, limit):
        """A query of one's own, which may be given with any call."""
        return self.all(table, query, limit=limit)

    # Attachments

    def attachments(self, table, sys_id=None, limit=100):
        snow = self.snow
        rows = lambda made: list(snow.rows(snow.attachment_list(self.client, table, sys_id, made)))
        return {"rows": self.with_query(rows, None, limit=limit)}

    def attach(self, table, sys_id, name, text, rename=None, multipart=False):
        snow = self.snow
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, name)
            with open(path, "w") as file:
                file.write(text)
            upload = snow.upload_new(table, sys_id)
            try:
                snow.upload_set_file(upload, path)
                if rename:
                    snow.upload_set_file_name(upload, rename)
                snow.upload_set_multipart(upload, int(multipart))
                return {"row": snow.taken(snow.upload_send(self.client, upload))}
            finally:
                snow.upload_free(upload)

    def attach_missing(self, table, sys_id):
        path = "/nowhere/at/all.txt"
        return {"row": self.snow.taken(self.snow.attachment_upload_file(self.client, table, sys_id, path))}

    def detach(self, table, sys_id):
        return {"deleted": self.snow.attachment_delete(self.client, sys_id) == 0}

    # OAuth

    def oauth(self):
        instance = self.instance
        return self.snow.client_new_oauth(instance.url, instance.CLIENT_ID, instance.CLIENT_SECRET, None)

    def token_of(self, client):
        token = self.snow.client_token(client)
        try:
            return json.loads(self.snow.token_json(token, None))
        finally:
            self.snow.token_free(token)

    def token(self, user, password):
        client = self.oauth()
        try:
            self.snow.client_login(client, user, password)
            token = self.token_of(client)
        finally:
            self.snow.client_free(client)
        return described(token)

    def by_token(self, change=None, updater=True, expire=False):
        snow, client = self.snow, self.oauth()
        try:
            snow.client_login(client, "admin", "admin")
            token = self.token_of(client)
            token.update(change or {})
            kept = snow.token_from_json(json.dumps({k: v for k, v in token.items() if v is not None}))
            snow.client_set_token(client, kept)
            snow.token_free(kept)
            told = []
            keep = TokenCallback(lambda _, token: told.append(token) or snow["HANDLED"])
            if updater:
                snow.set_token_callback(client, ctypes.cast(keep, ctypes.c_void_p), None, None)
            if expire:
                self.instance.ask("POST", "/-/tokens/expire")
            rows = self.with_query(
                lambda made: list(snow.rows(snow.table_list(client, "problem", made))), "ORDERBYnumber")
            return {"rows": rows, "told": len(told)}
        finally:
            snow.client_free(client)

    def without_token(self):
        client = self.oauth()
        try:
            return {"rows": list(self.snow.rows(self.snow.table_list(client, "problem", None)))}
        finally:
            self.snow.client_free(client)

    def signed_in_as(self, user, password):
        client = self.signed_in(user, password)
        try:
            rows = lambda made: list(self.snow.rows(self.snow.table_list(client, "problem", made)))
            return {"rows": self.with_query(rows, "ORDERBYnumber")}
        finally:
            self.snow.client_free(client)

    def host(self, host):
        self.snow.client_free(self.snow.client_new_basic(host, "admin", "admin"))
        return {"made": True}

    # What the legacy API does

    def legacy_one(self, table, query, fields=()):
        return self.one(table, query, fields=fields)

    def legacy_many(self, table, query, **options):
        return self.all(table, query, **options)

    def legacy_count(self, table, query):
        count = ctypes.c_uint64()
        self.with_query(
            lambda made: self.snow.table_count(self.client, table, made, ctypes.byref(count)), query)
        return {"count": count.value}

    def legacy_clone(self, table, query, reset_fields):
        """The fields of the one record, references by their value, but for those left out."""
        fields = self.one(table, query, exclude_reference_link=True)["row"]
        kept = {name: value for name, value in fields.items() if name not in reset_fields}
        return self.create(table, kept)

    def legacy_attach(self, table, query, name, text):
        found = self.one(table, query, fields=["sys_id"])["row"]
        return self.attach(table, found["sys_id"], name, text, multipart=True)


def seconds(moment):
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())
