"""Exports of the package `snow` as pyarrow, pandas, Polars and DuckDB take them over. SNOW_INSTANCE is the URL of an
instance with 1000 incidents and the table u_types, whose columns have names of types."""

import contextlib
import datetime
import decimal
import gc
import os
import subprocess
import sys
import unittest
import weakref

import duckdb
import numpy
import pandas
import polars
import pyarrow
import snow
from snow import arrow

INSTANCE = os.environ["SNOW_INSTANCE"]
TYPES = ["u_string", "u_integer", "u_longint", "u_decimal", "u_boolean", "u_glide_date", "u_due_date"]
FITS = {
    "u_string": "text, über 🦉",
    "u_integer": -42,
    "u_longint": 2**63 - 1,
    "u_decimal": decimal.Decimal("12.5"),
    "u_boolean": True,
    "u_glide_date": datetime.date(2024, 2, 29),
    "u_due_date": datetime.datetime(2026, 2, 1, 10, tzinfo=datetime.timezone.utc),
}


class Exports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = snow.Client.basic(INSTANCE, "admin", "admin")
        # The instance took the columns of u_types for what their values look like.
        for row in cls.client.list("sys_dictionary", "name=u_types^elementSTARTSWITHu_^element!=u_name"):
            cls.client.update("sys_dictionary", row["sys_id"], {"internal_type": row["element"].removeprefix("u_")})

    def types(self):
        return self.client.export("u_types", snow.Query("ORDERBYu_name").fields(*TYPES)).order("query")

    def incidents(self):
        return self.client.export("incident", snow.Query().fields("number", "active"))

    def test_pyarrow_has_the_types_of_the_dictionary(self):
        before, export = list(arrow._lent), self.types()
        rows = export.to_arrow().to_pylist()
        self.assertEqual(rows[0], FITS)
        self.assertEqual(rows[1], {name: "" if name == "u_string" else None for name in TYPES})
        counts = export.counts
        self.assertEqual((counts["received"], counts["misfits"]), (3, 6))
        del export
        self.assertEqual(set(arrow._lent) - set(before), set())

    def test_every_taking_over_begins_anew(self):
        export = self.incidents()
        self.assertEqual(pyarrow.table(export).num_rows, 1000)
        self.assertEqual(sum(1 for _ in export), 1000)
        batches = list(pyarrow.RecordBatchReader.from_stream(export))
        self.assertEqual(sum(batch.num_rows for batch in batches), 1000)

    def test_pandas_loses_no_digit_where_a_number_is_missing(self):
        frame = self.types().to_pandas()
        self.assertEqual(str(frame.dtypes["u_longint"]), "Int64")
        self.assertEqual(int(frame["u_longint"][0]), 2**63 - 1)
        self.assertEqual(frame["u_longint"].isna().tolist(), [False, True, True])
        self.assertEqual(str(frame.dtypes["u_boolean"]), "boolean")
        self.assertEqual(frame["u_due_date"][0], pandas.Timestamp("2026-02-01 10:00:00", tz="UTC"))
        self.assertEqual(frame["u_decimal"][0], decimal.Decimal("12.5"))
        kept = self.types().to_pandas(types_mapper=pandas.ArrowDtype)
        self.assertIsInstance(kept.dtypes["u_string"], pandas.ArrowDtype)

    def test_polars_takes_an_export_as_it_is(self):
        frame = self.types().to_polars()
        self.assertEqual(frame.to_dicts()[0], FITS)
        self.assertEqual(frame.schema["u_due_date"], polars.Datetime("us", "UTC"))
        self.assertEqual(polars.DataFrame(self.incidents())["number"].n_unique(), 1000)

    def test_duckdb_takes_an_export_as_it_is(self):
        rows = self.incidents()
        sql = "select count(distinct number), count(*) filter (active) from rows"
        active = self.client.count("incident", {"active": True})
        self.assertEqual(duckdb.sql(sql).fetchall(), [(1000, active)])
        # Which keeps its capsule until this program has ended.
        self.assertTrue(arrow._lent and rows)

    def test_all_text_is_what_the_instance_sent(self):
        rows = self.types().all_text().to_arrow().to_pylist()
        self.assertEqual(rows[0]["u_decimal"], "12.50")
        self.assertEqual(rows[1]["u_integer"], "")

    def test_a_capsule_that_nobody_takes_over_is_ended(self):
        before = list(arrow._lent)
        export = self.incidents()
        capsule = export.__arrow_c_stream__()
        del export
        self.assertEqual(len(arrow._lent), len(before) + 1)
        self.assertIn("arrow_array_stream", repr(capsule))
        stream = arrow._lent[max(arrow._lent.keys() - before)][0]
        self.assertTrue(stream.release)
        del capsule
        arrow.end_unused()
        self.assertFalse(stream.release)
        self.assertEqual(list(arrow._lent), before)

    def test_failures_are_raised(self):
        with self.assertRaisesRegex(snow.Error, "no_such_field") as raised:
            self.client.export("incident", snow.Query().fields("no_such_field")).to_arrow()
        self.assertEqual(raised.exception.status_name, "SNOW_NO_DICTIONARY")
        client = snow.Client.basic(INSTANCE, "admin", "admin")
        reader = pyarrow.RecordBatchReader.from_stream(client.export("incident"))
        rows = client.export("incident").rows()
        client.close()
        with self.assertRaisesRegex(OSError, "SNOW_CLOSED"):
            reader.read_all()
        self.assertRaises(snow.Closed, rows.fetchone)

    def test_a_client_is_not_closed_inside_a_callback(self):
        client = snow.Client.basic(INSTANCE, "admin", "admin")
        export = client.export("incident", snow.Query("numberSTARTSWITHINC").fields("number"))
        told = []
        export.on_progress(lambda *_: told.append(self.assertRaises(snow.Busy, client.close)))
        self.assertEqual(len(export.to_polars()), client.count("incident", "numberSTARTSWITHINC"))
        self.assertTrue(told)
        client.close()
        self.assertRaises(snow.Closed, client.count, "incident")

    def test_what_a_callback_raises_comes_out(self):
        export = self.incidents()
        for way in (export.to_arrow, export.to_pandas, export.to_polars):
            export.on_progress(lambda *_: 1 // 0)
            self.assertRaises(ZeroDivisionError, way)

    def test_what_ends_a_program_comes_out(self):
        client = snow.Client.basic(INSTANCE, "admin", "admin")
        reader = pyarrow.RecordBatchReader.from_stream(client.export("incident", snow.Query().page_size(100)))
        client.on_log(snow.LOG_INFO, lambda *_: sys.exit(3))
        export = client.export("incident")
        for way in (export.to_arrow, export.to_pandas, export.to_polars):
            self.assertRaises(SystemExit, way)
        # A reader has no call of the package's that could raise it; the next one does.
        reader.read_all()
        self.assertRaises(SystemExit, client.on_log, snow.LOG_INFO, None)

    def test_a_stream_tells_the_listeners_of_a_client_that_it_outlives(self):
        client, lines = snow.Client.basic(INSTANCE, "admin", "admin"), []
        client.on_log(snow.LOG_INFO, lambda *line: lines.append(line))
        reader = pyarrow.RecordBatchReader.from_stream(client.export("incident", snow.Query().page_size(100)))
        del client, lines[:]
        gc.collect()
        reader.read_all()
        self.assertTrue(lines)

    def test_whoever_reads_all_rows_keeps_no_client(self):
        class Service:
            def __init__(self):
                self.client = snow.Client.basic(INSTANCE, "admin", "admin")
                self.client.on_log(snow.LOG_INFO, self.told)
                self.lines = 0

            def told(self, *_):
                self.lines += 1

        def fails(service):
            with contextlib.suppress(snow.Error):
                pyarrow.table(service.client.export("incident", snow.Query().fields("no_such_field")))

        fields = snow.Query().fields("number")
        for read in (
            lambda service: service.client.export("incident", fields).to_arrow(),
            lambda service: service.client.export("incident", fields).to_pandas(),
            lambda service: service.client.export("incident", fields).to_polars(),
            fails,
        ):
            service = Service()
            read(service)
            self.assertGreater(service.lines, 0)
            gone = weakref.ref(service)
            del service
            gc.collect()
            self.assertIsNone(gone())

    def test_a_stream_may_end_after_python_has_taken_the_package_apart(self):
        # pandas, for with it that comes before what is in a circle.
        code = "\n".join((
            "import pandas, pyarrow, snow, sys",
            "class Job: pass",
            f"client = snow.Client.basic({INSTANCE!r}, 'admin', 'admin')",
            "said = open(sys.argv[1], 'w')",
            "job = Job()",
            "job.itself = job",
            "export = client.export('incident', 'numberSTARTSWITHINC').on_progress(lambda *_: said.write('.'))",
            "job.reader = pyarrow.RecordBatchReader.from_stream(export)",
            "job.reader.read_next_batch()",
            "said.write('kept')",
        ))
        subprocess.run([sys.executable, "-c", code, "said"], check=True)
        with open("said", encoding="utf-8") as said:
            self.assertTrue(said.read().endswith("kept"))

    def test_values_of_a_column_go_into_a_list(self):
        frame = pandas.DataFrame({"whole": [1, 2], "broken": [1.5, 2.5]})
        query = snow.Query().where("a", "IN", list(frame["whole"].unique())).where("b", "IN", frame["broken"].unique())
        query.where("c", "=", numpy.int64(3)).where("d", "<", numpy.float64(0.5)).where("e", ">", numpy.float32(0.5))
        query.where("f", "BETWEEN", (numpy.int8(1), 2))
        self.assertEqual(query.encoded, "aIN1,2^bIN1.5,2.5^c=3^d<0.5^e>0.5^fBETWEEN1@2")

    def test_shards_match_each_row_once(self):
        query = snow.Query("active=true")
        shards = self.client.shards("incident", query, count=4)
        self.assertEqual(len(shards), 4)
        tables = [self.client.export("incident", snow.Query(one).fields("number")).to_arrow() for one in shards]
        numbers = pyarrow.concat_tables(tables)["number"].to_pylist()
        self.assertEqual(len(set(numbers)), len(numbers))
        self.assertEqual(len(numbers), self.client.count("incident", query))
        self.assertGreater(min(table.num_rows for table in tables), 0)
        with self.assertRaisesRegex(snow.ArgumentError, "count"):
            self.client.shards("incident", count=0)

    def test_what_is_missing_is_said_with_what_to_do(self):
        code = "\n".join((
            "import sys, snow",
            f"export = snow.Client.basic({INSTANCE!r}, 'admin', 'admin').export('incident')",
            "for name in ('pandas', 'polars', 'pyarrow'): sys.modules[name] = None",
            "for way in (export.to_arrow, export.to_pandas, export.to_polars):",
            "    try: way()",
            "    except ModuleNotFoundError as error: print(error)",
        ))
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        self.assertEqual(ran.stdout.splitlines(), [
            "to_arrow() needs pyarrow, which is not installed: pip install 'libsnow[arrow]'",
            "to_pandas() needs pandas, which is not installed: pip install 'libsnow[pandas]'",
            "to_polars() needs polars, which is not installed: pip install 'libsnow[polars]'",
        ])


if __name__ == "__main__":
    unittest.main()
