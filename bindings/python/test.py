"""What the example does not show, against the instance of SNOW_INSTANCE."""

import concurrent.futures
import copy
import gc
import multiprocessing
import os
import pickle
import re
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest
import weakref
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from importlib.metadata import distribution, version
from pathlib import Path

import snow
from snow import _callback, _library, pysnow

INSTANCE = os.environ["SNOW_INSTANCE"]


def signed_in(told=None):
    client = snow.Client.oauth(INSTANCE, "snow-client", "snow-secret")
    client.on_token(told)
    client.login("admin", "admin")
    return client


def look_for_nobody():
    snow.Client.basic(INSTANCE, "admin", "admin").get("incident", "nobody")


class Tables(unittest.TestCase):
    def setUp(self):
        self.client = snow.Client.basic(INSTANCE, "admin", "admin")

    def test_a_record_lives_and_dies(self):
        opened = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
        made = self.client.create("incident", {"short_description": "naïve 😀", "opened_at": opened})
        key = made["sys_id"]
        self.assertEqual(made["short_description"], "naïve 😀")
        self.assertEqual(self.client.get("incident", key)["opened_at"], "2026-01-02 03:04:05")
        self.assertEqual(self.client.update("incident", key, {"state": 2})["state"], "2")
        self.assertEqual(self.client.update_one("incident", {"sys_id": key}, {"state": 3})["state"], "3")
        self.client.delete_one("incident", {"sys_id": key})
        with self.assertRaises(snow.NotFound) as raised:
            self.client.get("incident", key)
        error = raised.exception
        self.assertEqual(
            (error.status, error.status_name, error.http_status, error.method, error.path, error.retryable,
             error.retry_after_ms, error.maybe_applied, error.instance_message),
            (313, "SNOW_NOT_FOUND", 404, "GET", f"/api/now/table/incident/{key}", False, -1, False,
             "No Record found"))
        self.assertTrue(error.detail)

    def test_rows_are_mappings_that_outlive_their_cursor(self):
        query = snow.Query().where("caller_id", "ISNOTEMPTY").fields("number", "caller_id").limit(3)
        rows = list(self.client.list("incident", query.display_value("all")))
        row = rows[0]
        self.assertEqual(list(row)[:2], ["number", "caller_id"])
        self.assertIn("caller_id", row)
        self.assertEqual(row["caller_id"], row.as_dict()["caller_id"]["value"])
        self.assertEqual(row.display("caller_id"), row.as_dict()["caller_id"]["display_value"])
        self.assertTrue(row.link("caller_id").startswith("http"))
        self.assertEqual(len({row["number"] for row in rows}), 3)
        self.assertIsNone(row.get("nonsense"))
        with self.assertRaises(KeyError):
            row["nonsense"]

    def test_threads_read_a_row_at_once(self):
        query = snow.Query("caller_idISNOTEMPTY").fields("number", "caller_id").display_value("all")
        row = self.client.first("incident", query)
        fields = row.as_dict()
        caller = fields["caller_id"]

        def read():
            for _ in range(500):
                self.assertEqual(dict(row), {name: field["value"] for name, field in fields.items()})
                self.assertEqual((row.display("caller_id"), row.link("caller_id")),
                                 (caller["display_value"], caller["link"]))
                self.assertEqual((len(row), row.as_dict()), (len(fields), fields))
                self.assertIsNone(row.get("nonsense"))

        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            for reader in [threads.submit(read) for _ in range(4)]:
                reader.result()

    def test_rows_go_back_as_the_values_that_are_taken(self):
        # What this user sees of a time is another than is stored.
        user = {"user_name": "admin"}
        zone = self.client.one("sys_user", user)["time_zone"]
        self.addCleanup(self.client.update_one, "sys_user", user, {"time_zone": zone})
        self.client.update_one("sys_user", user, {"time_zone": "US/Pacific"})
        names = ("caller_id", "state", "opened_at")

        def query(form=False):
            asked = snow.Query("caller_idISNOTEMPTY^state=3^ORDERBYnumber")
            return asked.fields("sys_id", *names).display_value(form)

        stored = self.client.first("incident", query())
        key = stored["sys_id"]
        taken = snow.Query().input_display_value()
        for form, how, fits in ((False, None, True), (True, None, False), ("all", None, True),
                                (False, taken, False), (True, taken, True), ("all", taken, True)):
            row = self.client.first("incident", query(form))
            if fits:
                self.client.update("incident", key, row, how)
            else:
                with self.assertRaises(snow.ArgumentError) as raised:
                    self.client.update("incident", key, row, how)
                self.assertEqual(raised.exception.status_name, "SNOW_INVALID_ARGUMENT")
            self.assertEqual(self.client.get("incident", key, query()).as_dict(), stored.as_dict())

        client = pysnow.Client(instance=INSTANCE, user="admin", password="admin")
        for timeout in (None, 30):
            for form, is_taken in ((False, "false"), ("all", "false"), ("all", "true")):
                resource = client.resource(api_path="/table/incident", timeout=timeout)
                resource.parameters.add_custom({"sysparm_input_display_value": is_taken})
                row = resource.get({"sys_id": key}, display_value=form).one()
                resource.update({"sys_id": key}, {name: row[name] for name in names})
                self.assertEqual(self.client.get("incident", key, query()).as_dict(), stored.as_dict())

    def test_cursors_fetch_as_those_of_databases(self):
        with self.client.list("incident", snow.Query("ORDERBYnumber").limit(7).page_size(2)) as cursor:
            self.assertEqual(cursor.rowcount, -1)
            first = cursor.fetchone()
            self.assertTrue(cursor.rowcount == cursor.total > 7)
            self.assertEqual(len(cursor.fetchmany(2)), 2)
            rest = cursor.fetchall()
            self.assertEqual((len(rest), cursor.fetched), (4, 7))
            self.assertLess(first["number"], rest[0]["number"])
            self.assertIsNone(cursor.fetchone())
        self.assertRaises(snow.Closed, cursor.fetchone)

    def test_cursors_are_cancelled(self):
        cursor = self.client.list("incident", snow.Query().page_size(1))
        cursor.fetchone()
        cursor.cancel()
        self.assertRaises(snow.Cancelled, cursor.fetchall)

    def test_what_ends_a_program_costs_no_row(self):
        query = snow.Query("ORDERBYnumber").fields("number").limit(9).page_size(3)
        numbers = [row["number"] for row in self.client.list("incident", query)]

        def interrupted(*_):
            raise KeyboardInterrupt

        self.client.on_log(snow.LOG_INFO, interrupted)
        ways = (lambda: self.client.list("incident", query), lambda: self.client.export("incident", query).rows())
        for begin in ways:
            for read in (lambda rows: [rows.fetchone()], lambda rows: rows.fetchmany(2), snow.Cursor.fetchall):
                rows, got, interrupts = begin(), [], 0
                while len(got) < len(numbers):
                    try:
                        got += [row["number"] for row in read(rows)]
                    except KeyboardInterrupt:
                        interrupts += 1
                    self.assertLess(interrupts, 20)
                self.assertEqual(got, numbers)
                self.assertGreater(interrupts, 0)
                self.assertEqual(rows.fetched, 9)
                self.assertEqual(rows.fetchmany(1), [])

    def test_queries_take_every_type_and_escape_values(self):
        query = (
            snow.Query().where("a", "=", "x^y").where("b", "IN", ["1", 2]).where("c", "=", True)
            .where("d", ">", datetime(2026, 1, 1)).or_().where("e", "BETWEEN", (1, 2)).new_query()
            .where("f", "ISEMPTY").order_by("g", descending=True))
        self.assertTrue(query.encoded.startswith("a=x^^y^bIN1,2^c=true^d>"), query.encoded)
        self.assertIn("^OReBETWEEN1@2^NQfISEMPTY^ORDERBYDESCg", query.encoded)
        self.assertRaisesRegex(TypeError, "cannot be pickled", pickle.dumps, query)
        self.assertEqual(self.client.count("incident", {"number": ["INC0000001", "INC0000002"]}), 2)
        numbers = snow.Query().where("a", "=", 2.5).where("b", "<", 1e22).where("c", "=", 2**70)
        numbers.where("d", "BETWEEN", (0.5, 1))
        self.assertEqual(numbers.encoded, f"a=2.5^b<{10**22}^c={2**70}^dBETWEEN0.5@1")

    def test_a_copy_of_a_query_goes_its_own_way(self):
        query = snow.Query().where("number", "STARTSWITH", "INC").fields("number").limit(2)
        for copied in (copy.copy(query), copy.deepcopy(query)):
            copied.where("active", "=", True).limit(1)
            self.assertEqual(query.encoded, "numberSTARTSWITHINC")
            self.assertEqual(copied.encoded, "numberSTARTSWITHINC^active=true")
            rows = [row.as_dict() for row in self.client.list("incident", copied)]
            self.assertEqual(len(rows), 1)
            self.assertIn("number", rows[0])
            self.assertNotIn("state", rows[0])
        self.assertEqual(len(list(self.client.list("incident", query))), 2)

    def test_lists_hold_what_is_equal_to_one_of_them(self):
        opened = datetime(2026, 1, 2, 4, 4, 5, tzinfo=timezone(timedelta(hours=1)))
        self.client.create("incident", {"short_description": "in a list", "opened_at": opened})
        for field, value in (("opened_at", opened), ("active", True), ("impact", 3), ("impact", Decimal(2))):
            equal = self.client.count("incident", {field: value})
            self.assertEqual(self.client.count("incident", {field: [value]}), equal)
            self.assertTrue(equal, field)
        values = [True, opened, datetime(2026, 1, 1), date(2026, 1, 2), 1e22, "x"]
        self.assertEqual(
            snow.Query().where("a", "IN", values).encoded,
            f"aINtrue,2026-01-02 03:04:05,2026-01-01 00:00:00,2026-01-02,{10**22},x")
        day, next_day = date(2026, 1, 2), date(2026, 1, 3)
        days = snow.Query().where("a", "=", day).where("b", "BETWEEN", (day, next_day))
        self.assertEqual(days.encoded, "a=2026-01-02^bBETWEEN2026-01-02@2026-01-03")
        for operator in ("IN", "NOT IN"):
            with self.assertRaisesRegex(TypeError, f"one of {operator} is NoneType; .*; fields without .* ISEMPTY"):
                snow.Query().where("a", operator, ["x", None])
        self.assertRaisesRegex(TypeError, "one of IN is object", snow.Query().where, "a", "IN", [object()])

    def test_moments_before_1970_are_cut_as_those_after(self):
        moment = datetime(1960, 1, 1, 0, 0, 0, 500000)
        for query in (snow.Query().where("a", "=", moment), snow.Query().where("a", "IN", [moment])):
            self.assertTrue(query.encoded.endswith("1960-01-01 00:00:00"), query.encoded)

    def test_moments_are_exact_to_the_last_year(self):
        for moment in (datetime.max, datetime(5000, 1, 1, 0, 0, 0, 999999)):
            for operator, value in (("=", moment), ("IN", [moment])):
                query = snow.Query().where("a", operator, value)
                self.assertTrue(query.encoded.endswith(moment.isoformat(" ", "seconds")), query.encoded)

    def test_a_moment_that_is_none_is_refused(self):
        class NaT(datetime):
            """As that of pandas, which equals nothing."""

            def __ne__(self, other):
                return True

        none = NaT(2026, 1, 1)
        self.assertRaises(ValueError, snow.Query().where, "a", "=", none)
        self.assertRaises(ValueError, snow.Query().where, "a", "IN", [none])
        self.assertRaises(ValueError, self.client.create, "incident", {"opened_at": none})

    def test_a_name_that_no_field_can_have_is_that_of_none(self):
        row = self.client.first("incident")
        for name in ("a\0", "\ud800"):
            self.assertNotIn(name, row)
            self.assertIsNone(row.get(name))
            self.assertRaises(KeyError, row.__getitem__, name)
            self.assertRaises(snow.ArgumentError, row.display, name)

    def test_replicas_and_domains(self):
        for query, sent in (
            (snow.Query().category("reports"), "sysparm_query_category"),
            (snow.Query().no_domain(), "sysparm_query_no_domain"),
        ):
            asked = snow.Request("GET", "/api/x_snow/echo/tickets").query(query)
            self.assertIn(sent, str(self.client.send(asked).result()))

    def test_a_body_is_bytes_or_a_text(self):
        for other in (5, True, None, [120], {"a": 1}):
            with self.assertRaisesRegex(TypeError, f"^body: it is {type(other).__name__}; accepted are bytes and str"):
                snow.Request("PUT", "/api/x").body(other, "text/plain")
        for body in (b"x", "x", bytearray(b"x"), memoryview(b"xyz")[::2]):
            snow.Request("PUT", "/api/x").body(body, "text/plain")
        # What json writes of it is no JSON.
        self.assertRaises(ValueError, snow.Request("PUT", "/api/x").json, {"a": float("nan")})

    def test_what_is_set_up_step_by_step_has_no_copy(self):
        for one in (snow.Session(), snow.Request("GET", "/api/x")):
            self.assertRaisesRegex(TypeError, "has no copy", copy.copy, one)

    def test_what_is_wrong_with_an_argument_is_said(self):
        with self.assertRaisesRegex(ValueError, "operator: '~' is none; accepted are =, !="):
            snow.Query().where("a", "~", 1)
        with self.assertRaisesRegex(snow.ArgumentError, "field"):
            snow.Query().where("a^b", "=", 1)
        with self.assertRaisesRegex(TypeError, "both are a datetime, or neither"):
            snow.Query().where("a", "BETWEEN", (1, datetime(2026, 1, 1)))
        with self.assertRaisesRegex(TypeError, "an end of BETWEEN is NoneType"):
            snow.Query().where("a", "BETWEEN", (None, 1))
        with self.assertRaisesRegex(ValueError, "value: it is nan"):
            snow.Query().where("a", "=", float("nan"))
        session, request = snow.Session(), snow.Request("GET", "/api/x")
        export = self.client.export("incident")
        for number in (-1, 2**70):
            for name, call in (
                ("rows", snow.Query().limit), ("rows", snow.Query().offset), ("rows", snow.Query().page_size),
                ("connections", export.connections), ("calls", session.max_in_flight), ("retries", session.retry),
                ("count", lambda number: self.client.shards("incident", count=number)),
            ):
                said = f"^{name}: it is {number}; accepted are whole numbers from 0 to "
                self.assertRaisesRegex(snow.ArgumentError, said, call, number)
                self.assertRaisesRegex(TypeError, f"^{name}: it is float; accepted is int", call, 2.0)
        for seconds in (-1, 1e9, float("inf"), float("nan")):
            for name, call in (
                ("connect", lambda seconds: session.timeouts(connect=seconds)), ("seconds", request.timeout),
                ("total", lambda seconds: session.timeouts(total=seconds)), ("timeout", self.client.close),
                ("max_wait", lambda seconds: session.retry(max_wait=seconds)),
            ):
                said = f"^{name}: it is {seconds}; accepted are 0 to 4294967.295 seconds"
                self.assertRaisesRegex(snow.ArgumentError, said, call, seconds)
        with self.assertRaisesRegex(ValueError, "operator: '~' is none; accepted are =, !="):
            snow.Query().where_script("a", "~", "gs.now()")
        with self.assertRaisesRegex(TypeError, "^fields: it is list; accepted is str"):
            snow.Query().fields(["number"])
        with self.assertRaisesRegex(ValueError, "^record: .*float"):
            self.client.create("incident", {"a": float("nan")})
        with self.assertRaisesRegex(snow.ArgumentError, "table: it holds a NUL"):
            self.client.count("inc\0ident")
        for name, call in (
            ("value", lambda: snow.Query().where("a", "=", "x\ud800")),
            ("body", lambda: snow.Request("PUT", "/api/x").body("x\ud800", "text/plain")),
            ("content", lambda: self.client.attachments.upload("a", "b", os.fsdecode(b"/\xe9"))),
            ("path", lambda: snow.Token.load(Path(os.fsdecode(b"/\xe9")))),
        ):
            self.assertRaisesRegex(snow.ArgumentError, f"^{name}: a lone surrogate stands at 1, as in the name", call)
        with self.assertRaisesRegex(snow.ArgumentError, "^record: a lone surrogate stands at"):
            self.client.create("incident", {"a": "x\ud800"})
        with self.assertRaisesRegex(TypeError, "table: it is int"):
            self.client.count(5)
        with self.assertRaisesRegex(TypeError, "record: a set cannot be sent"):
            self.client.create("incident", {"a": set()})
        with self.assertRaisesRegex(TypeError, "query: it is int"):
            self.client.count("incident", 5)
        with self.assertRaisesRegex(ValueError, "instance"):
            snow.Client.basic("https://h/path", "u", "p")

    def test_exports_tell_how_far_they_are(self):
        export = self.client.export("incident", snow.Query("active=true").fields("number")).connections(2)
        told = []
        export.on_progress(lambda *progress: told.append(progress))
        numbers = {row["number"] for row in export}
        self.assertEqual(len(numbers), self.client.count("incident", "active=true"))
        self.assertEqual(export.counts["received"], len(numbers))
        self.assertEqual(told[-1][0], len(numbers))

    def test_any_request_is_made(self):
        request = snow.Request("GET", "/api/now/table/incident").query(snow.Query("ORDERBYnumber").limit(2))
        response = self.client.send(request)
        self.assertEqual((response.status, len(response.records())), (200, 2))
        self.assertEqual(response.headers["content-type"], response.header("Content-Type"))
        self.assertIsInstance(response.result(), list)
        self.assertRaises(snow.Multiple, response.one)
        with_body = snow.Request("POST", "/api/now/table/incident").json({"short_description": "by request"})
        self.assertEqual(self.client.send(with_body).one()["short_description"], "by request")
        opened = self.client.open(snow.Request("GET", "/api/now/table/incident"))
        self.assertTrue(opened.read(10).startswith(b'{"result"'))
        refused = self.client.send(snow.Request("GET", "/api/now/table/nothing"))
        self.assertGreaterEqual(refused.status, 400)
        self.assertRaises(snow.InstanceError, refused.check)


class Scripts(unittest.TestCase):
    """Those that were written for pysnow."""

    def setUp(self):
        self.client = pysnow.Client(instance=INSTANCE, user="admin", password="admin")
        table = self.client.resource(api_path="/table/incident")
        custom = self.client.resource(api_path="/table/incident")
        custom.parameters.add_custom({"foo": "1"})
        self.resources = {
            "plain": table,
            "a time": self.client.resource(api_path="/table/incident", timeout=30),
            "a version": self.client.resource(base_path="/api/now/v2", api_path="/table/incident"),
            "a parameter": custom,
        }
        self.made = table.create({"short_description": "of a script", "urgency": "3"}).one()

    def stored(self):
        return self.client.snow.get("incident", self.made["sys_id"])

    def test_a_condition_that_the_instance_leaves_out_writes_nothing(self):
        query = {"number": self.made["number"], "no_such_field": "x"}
        for name, resource in self.resources.items():
            for write in (
                lambda: resource.update(query, {"urgency": "1"}),
                lambda: resource.delete(query),
                lambda: resource.get(query).update({"urgency": "1"}),
                lambda: resource.get(query).delete(),
                lambda: resource.get(query).upload(__file__),
            ):
                with self.subTest(name):
                    with self.assertRaises(snow.InstanceError) as raised:
                        write()
                    self.assertEqual(raised.exception.status_name, "SNOW_QUERY_IGNORED")
        self.assertEqual(self.stored()["urgency"], "3")
        self.assertEqual(self.client.snow.attachments.list("incident", self.made["sys_id"]).fetchall(), [])

    def test_a_record_that_was_read_is_written_by_its_key(self):
        for name, resource in self.resources.items():
            made = resource.create({"urgency": "3"})
            key = made["sys_id"]
            for row in (made, resource.get({"sys_id": key})):
                row.one()
                requests = self.requests()
                self.assertEqual(row.update({"urgency": "1"})["urgency"], "1", name)
                self.assertEqual(self.requests() - requests, 1, name)
            requests = self.requests()
            self.assertEqual(row.delete(), {"status": "record deleted"}, name)
            self.assertEqual(self.requests() - requests, 1, name)
            self.assertRaises(snow.NotFound, self.client.snow.get, "incident", key)

    def test_what_is_gone_is_no_result(self):
        made = self.resources["plain"].create({"urgency": "3"})
        made.delete()
        for write in (lambda: made.update({"urgency": "1"}), made.delete):
            self.assertRaises(pysnow.exceptions.NoResults, write)

    def test_a_row_that_was_changed_is_written_by_the_key_that_it_came_with(self):
        other = self.client.snow.create("incident", {"urgency": "3"})["sys_id"]
        for name, resource in self.resources.items():
            for change in (lambda row: row.update(sys_id=other), lambda row: row.clear()):
                made = resource.create({"urgency": "3"})
                key = made["sys_id"]
                for answer in (made, resource.get({"sys_id": key})):
                    for row in (answer.one(), answer.first(), answer.all()[0]):
                        change(row)
                    answer.update({"urgency": "1"})
                self.assertEqual(self.client.snow.get("incident", key)["urgency"], "1", name)
        self.assertEqual(self.client.snow.get("incident", other)["urgency"], "3")

    def test_a_path_of_bytes_is_no_content(self):
        query, path = {"sys_id": self.made["sys_id"]}, os.fsencode(__file__)
        size = str(os.path.getsize(__file__))
        for name, resource in self.resources.items():
            for said in ({}, {"name": "a.py"}, {"multipart": True}):
                with self.subTest(name, **said):
                    self.assertEqual(resource.get(query).upload(path, **said)["size_bytes"], size)
        self.assertEqual(self.client.query("incident", query=query).attach(path)["size_bytes"], size)

    def test_rows_are_read_to_their_end_in_a_loop(self):
        made = self.resources["plain"].create({"urgency": "1"})
        self.assertEqual([row["urgency"] for row in made], ["1"])
        self.assertNotIn("error", made)
        for name, resource in self.resources.items():
            for stream in (False, True):
                rows = resource.get({"sys_id": self.made["sys_id"]}, stream=stream)
                self.assertEqual([row["urgency"] for row in rows], ["3"], name)

    def test_a_client_that_is_closed_lets_its_rows_come(self):
        with self.client:
            rows = self.resources["plain"].get(limit=60, stream=True).all()
            first = next(rows)
        self.client.close()
        self.assertEqual(len({first["sys_id"], *(row["sys_id"] for row in rows)}), 60)
        self.assertEqual(self.resources["a time"].get({"sys_id": self.made["sys_id"]}).one()["urgency"], "3")

    def test_a_client_that_is_closed_keeps_what_it_took_of_a_session(self):
        session = snow.Session().basic_auth("admin", "admin")
        client = pysnow.Client(instance=INSTANCE, session=session)
        session.basic_auth("admin", "of another")
        client.close()
        self.assertEqual(len(client.resource(api_path="/table/incident").get(limit=2).all()), 2)

    def test_threads_go_on_with_a_client_that_is_closed(self):
        together = threading.Barrier(4, self.client.close)

        def count(_):
            together.wait()
            return len(self.resources["plain"].get(limit=2).all())

        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            for _ in range(50):
                self.assertEqual(list(threads.map(count, range(4))), [2] * 4)

    def test_one_of_several_is_not_written_whatever_rows_are_asked_for(self):
        twins = [self.client.snow.create("incident", {"short_description": "twin"})["sys_id"] for _ in range(2)]
        query = {"short_description": "twin"}
        for name, resource in self.resources.items():
            for option, value in (("offset", 1), ("limit", 1), ("fields", ["number"])):
                with self.subTest(name, option=option):
                    before = copy.deepcopy(resource.parameters)
                    setattr(resource.parameters, option, value)
                    self.assertRaises(pysnow.exceptions.MultipleResults, resource.update, query, {"urgency": "1"})
                    self.assertRaises(pysnow.exceptions.MultipleResults, resource.delete, query)
                    resource.parameters = before
            with self.subTest(name, option="one that is there"):
                resource.parameters.fields = ["number"]
                resource.update({"sys_id": self.made["sys_id"]}, {"urgency": "2"})
                self.assertEqual(self.stored()["urgency"], "2")
                self.client.snow.update("incident", self.made["sys_id"], {"urgency": "3"})
        for key in twins:
            self.client.snow.delete("incident", key)

    def requests(self):
        return self.client.snow.statistics["requests"]


class Attachments(unittest.TestCase):
    def setUp(self):
        self.client = snow.Client.basic(INSTANCE, "admin", "admin")
        self.key = self.client.create("incident", {"short_description": "with files"})["sys_id"]

    def test_files_go_up_and_come_down(self):
        files, content = self.client.attachments, bytes(range(256)) * 1000
        told = []
        made = files.upload("incident", self.key, content, file_name="räum.bin",
                            progress=lambda *progress: told.append(progress))
        self.assertEqual(told[-1], (256000, 256000))
        self.assertEqual(made["file_name"], "räum.bin")
        self.assertEqual(files.download(made["sys_id"]), content)
        pieces = []
        files.download_to(made["sys_id"], pieces.append)
        self.assertEqual(b"".join(pieces), content)
        files.rename(made["sys_id"], "other.bin")
        self.assertEqual([row["file_name"] for row in files.list("incident", self.key)], ["other.bin"])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "copy.txt")
            files.download_file(made["sys_id"], path, progress=lambda *_: None)
            self.assertEqual(path.read_bytes(), content)
            sent = files.upload("incident", self.key, path, multipart=True)
            self.assertEqual(sent["content_type"], "text/plain")
            with self.assertRaises(snow.FileError):
                files.upload("incident", self.key, Path(folder, "missing"))
        files.delete(made["sys_id"])
        self.assertRaises(snow.NotFound, files.get, made["sys_id"])

    def test_what_a_progress_callback_raises_ends_the_transfer(self):
        made = self.client.attachments.upload("incident", self.key, b"x" * 1000, file_name="a.txt")
        with self.assertRaises(ZeroDivisionError), tempfile.TemporaryDirectory() as folder:
            self.client.attachments.download_file(
                made["sys_id"], Path(folder, "a"), progress=lambda *_: 1 // 0)
        with self.assertRaises(KeyboardInterrupt):
            self.client.attachments.download_to(made["sys_id"], self.interrupted)

    def interrupted(self, _):
        raise KeyboardInterrupt


class Callbacks(unittest.TestCase):
    def test_one_of_many_threads_renews_the_token(self):
        told = []
        client = signed_in(lambda token: told.append((token, threading.get_ident())))
        client.token = {**told[0][0].as_dict(), "expires_at": 1}
        rows, threads = [], []

        def read():
            rows.append(len(client.list("incident", snow.Query().limit(5)).fetchall()))

        for _ in range(20):
            threads.append(threading.Thread(target=read))
            threads[-1].start()
        for thread in threads:
            thread.join()
        self.assertEqual(rows, [5] * 20)
        self.assertEqual(len(told), 2)
        self.assertIn(told[1][1], {thread.ident for thread in threads})
        self.assertEqual(client.token, told[1][0])
        self.assertNotIn(client.token.access_token, repr(client.token))

    def test_what_a_token_callback_raises_comes_out_of_the_call(self):
        client = signed_in()
        stored = client.token
        mine = KeyError("the disk is full")

        def fail(_):
            raise mine

        client.on_token(fail)
        client.token = {**stored.as_dict(), "expires_at": 1}
        with self.assertRaises(KeyError) as raised:
            client.get("incident", "0")
        self.assertIs(raised.exception, mine)

    def test_tokens_are_stored(self):
        client = signed_in()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "token.json")
            client.token.save(path)
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            other = snow.Client.oauth(INSTANCE, "snow-client", "snow-secret", snow.Token.load(path))
            self.assertEqual(other.count("problem"), client.count("problem"))
            again = snow.Token.from_refresh_token(client.token.refresh_token)
            self.assertIsNone(again.access_token)

    def test_log_lines_come_and_their_callback_harms_no_call(self):
        client, lines, raised = snow.Client.basic(INSTANCE, "admin", "admin"), [], []
        client.on_log(snow.LOG_INFO, lambda level, line: lines.append((level, line)))
        client.count("incident")
        self.assertIn("/api/now/stats/incident", lines[-1][1])
        client.on_log(snow.LOG_INFO, lambda level, line: 1 // 0)
        hook, sys.excepthook = sys.excepthook, lambda *what: raised.append(what[0])
        try:
            self.assertTrue(client.count("incident"))
        finally:
            sys.excepthook = hook
        self.assertIn(ZeroDivisionError, raised)
        self.assertEqual(client.statistics["requests"], 2)

    def test_what_ends_a_program_comes_out_of_the_call_that_a_log_callback_is_told_of(self):
        client = snow.Client.basic(INSTANCE, "admin", "admin")
        before = client.count("incident")

        def interrupted(level, line):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(10)

        # A shell that starts the tests in the background has them ignore it.
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        client.on_log(snow.LOG_INFO, interrupted)
        self.assertRaises(KeyboardInterrupt, client.create, "incident", {"short_description": "interrupted"})
        client.on_log(snow.LOG_INFO, lambda level, line: sys.exit(3))
        with self.assertRaises(SystemExit) as raised:
            client.count("incident")
        self.assertEqual(raised.exception.code, 3)
        client.on_log(snow.LOG_INFO, None)
        self.assertEqual(client.count("incident"), before + 1)

    def test_an_error_takes_no_place_of_what_ends_a_program(self):
        client = snow.Client.oauth(INSTANCE, "snow-client", "snow-secret")
        client.on_log(snow.LOG_INFO, lambda level, line: sys.exit(3))
        client.on_token(lambda token: 1 // 0)
        self.assertRaises(SystemExit, client.login, "admin", "admin")

    def test_interrupts_at_any_time_are_never_lost(self):
        client, lines = snow.Client.basic(INSTANCE, "admin", "admin"), []
        client.on_log(snow.LOG_INFO, lambda *line: lines.append(line))

        def interrupt(*_):
            raise KeyboardInterrupt

        hook, sys.unraisablehook = sys.unraisablehook, lines.append
        handler = signal.signal(signal.SIGALRM, interrupt)
        try:
            for microseconds in range(100, 4100, 100):
                with self.assertRaises(KeyboardInterrupt):
                    signal.setitimer(signal.ITIMER_REAL, microseconds / 1e6)
                    for _ in range(1000):
                        client.count("incident")
        finally:
            signal.signal(signal.SIGALRM, handler)
            sys.unraisablehook = hook

    def test_a_signal_handler_that_raises_loses_nothing_of_the_call_that_it_ends(self):
        def interrupt(*_):
            raise InterruptedError

        def memory():
            gc.collect()
            return int(re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[1])

        def serve():
            body = b'{"result":{"sys_id":"0","description":"%s"}}' % (b"x" * 500_000)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            for _ in range(60):
                connection, _ = listener.accept()
                with connection, connection.makefile("rwb") as stream:
                    while stream.readline() != b"\r\n":
                        pass
                    signal.pthread_kill(threading.main_thread().ident, signal.SIGALRM)
                    stream.write(head % len(body) + b"Connection: close\r\n\r\n" + body)

        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, interrupt))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = threading.Thread(target=serve, daemon=True)
            server.start()
            client = snow.Client.basic(f"http://127.0.0.1:{listener.getsockname()[1]}", "a", "b")
            for turn in range(60):
                self.assertRaises(InterruptedError, client.get, "incident", "0")
                if turn == 20:
                    before = memory()
            server.join()
        # Each has half a megabyte.
        self.assertLess(memory(), before + 8_000)

    def test_a_log_callback_that_calls_the_library_hides_nothing(self):
        other, mine = snow.Client.basic(INSTANCE, "admin", "admin"), KeyError("the disk is full")

        def fail(*_):
            raise mine

        client = snow.Client.oauth(INSTANCE, "snow-client", "snow-secret")
        client.on_log(snow.LOG_INFO, lambda level, line: other.count("incident"))
        client.on_token(fail)
        with self.assertRaises(KeyError) as raised:
            client.login("admin", "admin")
        self.assertIs(raised.exception, mine)
        with self.assertRaises(KeyError) as raised:
            list(client.export("incident", snow.Query().page_size(10)).on_progress(fail))
        self.assertIs(raised.exception, mine)

    def test_what_is_lent_is_given_back(self):
        client = signed_in(lambda token: None)
        before = _callback.lent()
        client.on_token(None)
        self.assertEqual(_callback.lent(), before - 1)
        for refused in (
            lambda: client.attachments.download_to(5, print),
            lambda: client.attachments.download_to("a\0", print),
            lambda: client.on_log("info", print),
            lambda: client.on_log(2**40, print),
        ):
            self.assertRaises((TypeError, snow.ArgumentError), refused)
        self.assertEqual(_callback.lent(), before - 1)

    def test_a_listener_that_refers_to_its_client_does_not_keep_it(self):
        class Service:
            def __init__(self):
                self.client = snow.Client.oauth(INSTANCE, "snow-client", "snow-secret")
                self.client.on_token(self.told)
                self.client.on_log(snow.LOG_ERROR, self.told)
                self.export = self.client.export("incident").on_progress(self.told)

            def told(self, *_):
                pass

        gc.collect()
        before, services = _callback.lent(), [weakref.ref(Service()) for _ in range(3)]
        gc.collect()
        self.assertEqual([service() for service in services], [None] * 3)
        self.assertEqual(_callback.lent(), before)
        services = [weakref.ref(pysnow.OAuthClient("id", "secret", instance=INSTANCE))]
        gc.collect()
        self.assertIsNone(services[0]())

    def test_a_cursor_tells_the_listeners_of_the_client_that_it_outlives(self):
        told, lines = [], []
        client = signed_in(told.append)
        client.on_log(snow.LOG_INFO, lambda *line: lines.append(line))
        client.token = {**client.token.as_dict(), "expires_at": 1}
        rows = client.export("incident").rows()
        del client, lines[:]
        gc.collect()
        rows.fetchone()
        self.assertEqual(len(told), 2)
        self.assertTrue(lines)

    def test_a_signal_handler_may_set_a_listener(self):
        self.runs("""
            import os, signal, time
            def handler(*_):
                signal.signal(signal.SIGALRM, signal.SIG_IGN)
                client.on_log(snow.LOG_ERROR, print)
                signal.signal(signal.SIGALRM, handler)
            signal.signal(signal.SIGALRM, handler)
            signal.setitimer(signal.ITIMER_REAL, .001, .0005)
            end = time.monotonic() + 2
            while time.monotonic() < end:
                client.on_log(snow.LOG_ERROR, print)
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            """)

    def test_cffi_makes_nothing_under_its_lock_later(self):
        package = Path(snow.__file__).parent
        code = "".join(file.read_text() for file in package.rglob("*.py"))
        self.assertEqual(set(re.findall(r'ffi\.(?:new|cast)\("(.+?)"', code)), set(_library.TYPES))

    def test_python_ends_while_threads_are_in_calls(self):
        for work in (
            "client.on_log(snow.LOG_INFO, lambda *_: None)\nwhile True: client.count('incident')",
            "rows = (client := snow.Client.basic(*known)).list('incident', snow.Query().page_size(1))\n"
            "client.on_log(snow.LOG_INFO, lambda *_: None)\ndel client\nfor row in rows: pass",
            "oauth.on_token(lambda _: time.sleep(1))\noauth.login('admin', 'admin')",
            "while True: list(client.export('incident', snow.Query().page_size(1)).on_progress(lambda *_: None))",
            "while True: client.attachments.download_to(key, lambda _: None)",
        ):
            self.runs(f"""
                import threading, time
                oauth = snow.Client.oauth(known[0], "snow-client", "snow-secret")
                key = client.create("incident", {{"short_description": "with a file"}})["sys_id"]
                key = client.attachments.upload("incident", key, bytes(100000), file_name="a")["sys_id"]
                for _ in range(3):
                    threading.Thread(target=exec, args=({work!r}, dict(globals())), daemon=True).start()
                time.sleep(.3)
                """)

    def runs(self, code):
        known = (INSTANCE, "admin", "admin")
        code = f"import snow\nknown = {known}\nclient = snow.Client.basic(*known)\n{textwrap.dedent(code)}"
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "", ""))


class Lives(unittest.TestCase):
    def test_a_closed_client_says_so_and_its_rows_stay(self):
        with snow.Client.basic(INSTANCE, "admin", "admin") as client:
            cursor = client.list("incident", snow.Query().limit(2))
        self.assertEqual(len(cursor.fetchall()), 2)
        self.assertRaises(snow.Closed, client.count, "incident")
        other = snow.Client.basic(INSTANCE, "admin", "admin")
        other.close(timeout=1)
        other.close()
        self.assertRaises(snow.Closed, other.count, "incident")

    def test_a_fork_goes_on_with_the_client_that_it_inherits(self):
        client = snow.Client.basic(INSTANCE, "admin", "admin")
        rows = client.count("incident")
        children = []
        for _ in range(3):
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    code = 0 if client.count("incident") == rows else 2
                finally:
                    os._exit(code)
            children.append(child)
        self.assertEqual([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children], [0, 0, 0])
        self.assertEqual(client.count("incident"), rows)

    def test_sessions_say_how_to_reach_an_instance(self):
        session = snow.Session().basic_auth("admin", "admin").timeouts(total=30).retry(0).user_agent("test/1")
        for name, value in (("max_in_flight", "2"), ("tls_verify", "true")):
            self.assertIn(name, list(snow.Session.options()))
            session.set(name, value)
        session.header("X-Gateway", "blue").proxy("").cookies().allow_http().oauth_basic().max_in_flight(1)
        self.assertTrue(snow.Client(INSTANCE, session).count("incident"))
        self.assertRaises(snow.FileError, session.ca_file, "/nowhere")
        for certificate in (("/nowhere",), ("/nowhere", Path("/nowhere.key"), "secret")):
            with self.assertRaisesRegex(snow.FileError, "path: cannot use /nowhere: No such file"):
                session.client_certificate(*certificate)
        with self.assertRaisesRegex(snow.ArgumentError, "there are allow_http"):
            session.set("nonsense", "1")
        self.assertRaises(snow.AuthError, snow.Client.basic(INSTANCE, "admin", "no").count, "incident")
        self.assertRaises(snow.TransportError, snow.Client(
            "http://127.0.0.1:9", snow.Session().basic_auth("a", "b").retry(0)).count, "incident")

    def test_errors_go_to_other_processes_whole(self):
        client = snow.Client.basic(INSTANCE, "admin", "admin")
        unreached = snow.Client("http://127.0.0.1:9", snow.Session().basic_auth("a", "b").retry(0))
        for failing, kind in (
            (lambda: client.get("incident", "nobody"), snow.NotFound),
            (lambda: client.count("inc\0ident"), snow.ArgumentError),
            (lambda: snow.Token.load("/nowhere"), snow.FileError),
            (lambda: unreached.count("incident"), snow.TransportError),
        ):
            with self.assertRaises(kind) as raised:
                failing()
            error = raised.exception
            for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
                self.assertIs(type(again), kind)
                self.assertEqual((str(again), vars(again)), (str(error), vars(error)))
        with multiprocessing.get_context("fork").Pool(1) as pool:
            self.assertRaises(snow.NotFound, pool.apply_async(look_for_nobody).get, 60)

    def test_errors_of_pysnow_go_to_other_processes_whole(self):
        from snow.pysnow import exceptions, legacy_exceptions

        refused = snow.Error("no", status=312, instance_message="why", http_status=403)
        for error in (
            exceptions.HTTPError(refused),
            exceptions.ErrorForResult({"message": "why"}),
            exceptions.TokenCreateError("no", "why", 401),
            legacy_exceptions.UnexpectedResponse(200, 403, "GET", "no", "why"),
        ):
            again = pickle.loads(pickle.dumps(error))
            self.assertIs(type(again), type(error))
            self.assertEqual((str(again), vars(again).keys()), (str(error), vars(error).keys()))
        self.assertEqual(pickle.loads(pickle.dumps(exceptions.HTTPError(refused))).response.status_code, 403)

    def test_the_package_has_the_version_of_its_library(self):
        self.assertEqual(snow.__version__, version("libsnow"))

    def test_the_package_carries_its_licenses(self):
        names = {file.name for file in distribution("libsnow").files if "licenses" in file.parts}
        self.assertEqual(names, {"LICENSE-APACHE", "LICENSE-MIT"})

    def test_the_package_carries_the_notices_of_what_its_library_is_built_of(self):
        notices = Path(snow.__file__).with_name("THIRD-PARTY-NOTICES").read_text(encoding="utf-8")
        for crate, notice in (
            ("rustls", "Joseph Birr-Pixton"),
            ("libdeflate-sys", "Eric Biggers"),
            ("Rust's standard library", "The Rust Project Developers"),
        ):
            self.assertRegex(notices, rf"(?m)^={{80}}\n(.*, )?{crate}\b[^=]*{notice}")
        # What only builds the library is no part of it.
        self.assertNotIn("cbindgen", notices)

    def test_a_library_that_cannot_be_loaded_is_refused_with_what_to_do(self):
        own = Path(snow.__file__).with_name("libsnow.so.0").read_bytes()
        elsewhere = bytearray(own)
        elsewhere[18:20] = (183).to_bytes(2, "little")
        needed = re.search(rb"GLIBC_2\.\d\d(?=\0)", own)[0]
        newer = own.replace(needed + b"\0", b"GLIBC_9.99\0").replace(elf_hash(needed), elf_hash(b"GLIBC_9.99"))
        for library, told in (
            (b"not a library", "is no shared library; install the wheel that is made for this machine"),
            (b"not a library", "set SNOW_LIBRARY to the path of a libsnow.so of this architecture"),
            (elsewhere, "is for aarch64 (64 bits), and this Python is for x86_64 (64 bits)"),
            (newer, "was built on a newer system than this; build the wheel here"),
            (own.replace(b"libc.so.6\0", b"libc.so.9\0"), "libc.so.9: cannot open shared object file"),
        ):
            with tempfile.NamedTemporaryFile() as file:
                file.write(library)
                file.flush()
                self.assertIn(told, self.refusal(file.name))
        self.assertIn("where SNOW_LIBRARY says; correct it, or unset it", self.refusal("/nowhere/libsnow.so"))
        self.assertIn("neither in this package nor, as libnowhere.so", self.refusal("libnowhere.so"))

    def test_a_name_that_is_wrong_and_authorities_that_are_missing_are_said_with_what_to_do(self):
        for environment, instance, told in (
            ({}, "https://dev0.instance.invalid", "check the instance's name"),
            ({"SSL_CERT_FILE": "/nowhere", "SSL_CERT_DIR": "/nowhere"}, "https://127.0.0.1:9", "ca-certificates"),
        ):
            session = "snow.Session().basic_auth('a', 'b').retry(0)"
            code = f"import snow; snow.Client({instance!r}, {session}).count('incident')"
            self.assertIn(told, self.failure(code, **environment))

    def refusal(self, library):
        return self.failure("import snow", SNOW_LIBRARY=library)

    def failure(self, code, **environment):
        ran = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True)
        self.assertEqual(ran.returncode, 1)
        return ran.stderr


def elf_hash(name):
    """By which the loader compares the versions that a library needs."""
    number = 0
    for byte in name:
        number = (number << 4) + byte
        high = number & 0xF0000000
        number = (number ^ high >> 24) & ~high
    return number.to_bytes(4, "little")


if __name__ == "__main__":
    unittest.main()
