"""The Arrow stream as users of pyarrow, Polars, DuckDB and pandas take it over: through a capsule, without a
copy. Arguments: the library, its header."""

import ctypes
import datetime
import decimal
import os
import sys

import duckdb
import pandas
import polars
import pyarrow
from pyarrow import compute, parquet
from by_header import Snow, SnowError

snow = Snow(sys.argv[1], sys.argv[2])
client = snow.client_new_basic(os.environ["SNOW_INSTANCE"], "admin", "admin")
TOTAL = 1000
UTC = datetime.timezone.utc


class Stream(ctypes.Structure):
    """What the capsule leads to. Whoever takes it over leaves `release` empty."""

    _fields_ = [
        (name, ctypes.c_void_p)
        for name in ("get_schema", "get_next", "get_last_error", "release", "private_data")
    ]

    def __arrow_c_stream__(self, requested_schema=None):
        new = ctypes.pythonapi.PyCapsule_New
        new.restype = ctypes.py_object
        new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        return new(ctypes.addressof(self), b"arrow_array_stream", None)


def stream(table, encoded, fields, display=None):
    query = snow.query_parse(encoded)
    snow.query_fields(query, fields)
    if display:
        snow.query_display_value(query, snow[display])
    made = Stream()
    try:
        snow.table_arrow(client, table, query, ctypes.byref(made))
    finally:
        snow.query_free(query)
    return made


def name_the_types():
    """The instance took the columns of u_types for what their values look like."""
    query = snow.query_parse("name=u_types^elementSTARTSWITHu_^element!=u_name")
    for row in list(snow.rows(snow.table_list(client, "sys_dictionary", query))):
        changes = snow.record_new()
        snow.record_set(changes, "internal_type", row["element"].removeprefix("u_"))
        snow.record_free(snow.table_update(client, "sys_dictionary", row["sys_id"], changes, None))
        snow.record_free(changes)
    snow.query_free(query)


EXPECTED = {
    "u_string": "text, über 🦉",
    "u_integer": -42,
    "u_longint": 2**63 - 1,
    "u_decimal": decimal.Decimal("12.5"),
    "u_currency": decimal.Decimal("-0.0001"),
    "u_percent_complete": decimal.Decimal("99.5"),
    "u_float": 0.1,
    "u_boolean": True,
    "u_glide_date": datetime.date(2024, 2, 29),
    "u_glide_date_time": datetime.datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
    "u_due_date": datetime.datetime(2026, 2, 1, 10, tzinfo=UTC),
    "u_glide_time": datetime.time(10, 0, 1),
    "u_glide_duration": datetime.timedelta(days=2, hours=1),
    "u_reference": "5137153cc611227c000bbd1bd8cd2005",
    "u_glide_list": "a,b",
}
FIELDS = ",".join(EXPECTED)
EMPTY = {name: "" if name in ("u_string", "u_glide_list") else None for name in EXPECTED}


def with_pyarrow():
    made = stream("u_types", "ORDERBYu_name", FIELDS)
    table = pyarrow.table(made)
    assert not made.release, "the stream was taken over"
    table.validate(full=True)
    assert table.to_pylist() == [EXPECTED, EMPTY, EMPTY], table.to_pylist()
    # What Parquet has no type for, it keeps in the schema of Arrow.
    parquet.write_table(table, "types.parquet")
    assert parquet.read_table("types.parquet").equals(table)
    batches = list(pyarrow.RecordBatchReader.from_stream(stream("incident", "", "number,opened_at")))
    assert sum(batch.num_rows for batch in batches) == TOTAL
    for batch in batches:
        batch.validate(full=True)
    nothing = pyarrow.table(stream("incident", "number=none", "number,active"))
    assert nothing.num_rows == 0 and nothing.schema.field("active").type == pyarrow.bool_()
    both = pyarrow.table(stream("incident", "caller_idISNOTEMPTY", "caller_id,state", "DISPLAY_ALL"))
    named = ["caller_id", "caller_id.display_value", "state", "state.display_value"]
    assert both.column_names == named, both.column_names
    assert compute.all(compute.equal(compute.utf8_length(both["caller_id"]), 32)).as_py()


def with_polars():
    frame = polars.DataFrame(stream("u_types", "ORDERBYu_name", FIELDS))
    rows = frame.to_dicts()
    assert rows[0] == EXPECTED, rows[0]
    assert rows[1] == rows[2] == EMPTY, rows[1:]
    assert frame.schema["u_due_date"] == polars.Datetime("us", "UTC")
    assert polars.DataFrame(stream("incident", "", "number"))["number"].n_unique() == TOTAL


def with_duckdb():
    duckdb.sql("set timezone = 'UTC'")
    rows = stream("u_types", "ORDERBYu_name", FIELDS)
    fits, empty, misfits = duckdb.sql("select * from rows").fetchall()
    assert fits == tuple(EXPECTED.values()), fits
    assert empty == misfits == tuple(EMPTY.values()), (empty, misfits)
    rows = stream("incident", "", "active,number")
    sql = "select count(distinct number), count(*) filter (active) from rows"
    counted = duckdb.sql(sql).fetchone()
    assert counted == (TOTAL, snow_count("active=true")), counted


def snow_count(encoded):
    query, count = snow.query_parse(encoded), ctypes.c_uint64()
    snow.table_count(client, "incident", query, ctypes.byref(count))
    snow.query_free(query)
    return count.value


def with_pandas():
    frame = pyarrow.table(stream("u_types", "ORDERBYu_name", FIELDS)).to_pandas()
    assert frame["u_due_date"][0] == pandas.Timestamp("2026-02-01 10:00:00", tz="UTC")
    assert frame["u_glide_duration"][0] == pandas.Timedelta(days=2, hours=1)
    assert frame["u_integer"].isna().tolist() == [False, True, True]
    assert frame["u_string"].tolist() == [EXPECTED["u_string"], "", ""]


def without_a_copy():
    """What a consumer has lies where the library put it, also when the client is gone."""
    global client
    reader = pyarrow.RecordBatchReader.from_stream(stream("incident", "ORDERBYnumber", "number"))
    batch = reader.read_next_batch()
    address = batch.column(0).buffers()[2].address
    reader.close()
    snow.client_free(client)
    client = snow.client_new_basic(os.environ["SNOW_INSTANCE"], "admin", "admin")
    assert ctypes.string_at(address, 10) == b"INC0000001"
    assert batch.column(0).buffers()[2].address == address


def failures_are_exceptions():
    try:
        stream("incident", "", "number,no_such_field")
        raise AssertionError("a field that does not exist has no type")
    except SnowError as error:
        assert error.status == "SNOW_NO_DICTIONARY" and "no_such_field" in str(error), error
    reader = pyarrow.RecordBatchReader.from_stream(stream("incident", "", "number"))
    snow.client_close(client, 1000)
    try:
        reader.read_all()
        raise AssertionError("a closed client reads nothing")
    except OSError as error:
        assert "(SNOW_C" in str(error), error


name_the_types()
with_pyarrow()
with_polars()
with_duckdb()
with_pandas()
without_a_copy()
failures_are_exceptions()
snow.client_free(client)
