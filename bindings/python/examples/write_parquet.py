"""Writes a table to a Parquet file, whatever its size, in little memory: libsnow and pyarrow.

Usage: SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... \\
       python3 write_parquet.py incident number,opened_at,active,caller_id.name incidents.parquet
"""

import ctypes
import os
import sys

import pyarrow
from pyarrow import parquet


class ArrowArrayStream(ctypes.Structure):
    """The struct of the Arrow C stream interface. Whoever takes it over leaves `release` empty."""

    _fields_ = [
        (name, ctypes.c_void_p)
        for name in ("get_schema", "get_next", "get_last_error", "release", "private_data")
    ]

    def __arrow_c_stream__(self, requested_schema=None):
        new = ctypes.pythonapi.PyCapsule_New
        new.restype = ctypes.py_object
        new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        return new(ctypes.addressof(self), b"arrow_array_stream", None)

    def __del__(self):
        if self.release:
            ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self.release)(ctypes.addressof(self))


snow = ctypes.CDLL(os.environ.get("SNOW_LIBRARY", "libsnow.so.0"))
snow.snow_client_new_basic.restype = ctypes.c_void_p
snow.snow_query_new.restype = ctypes.c_void_p
snow.snow_error_message.restype = ctypes.c_char_p


def call(function, *arguments):
    """Calls a function that makes something or returns a status; a failure is an exception."""
    error = ctypes.c_void_p()
    result = function(*arguments, ctypes.byref(error))
    if error:
        message = snow.snow_error_message(error).decode()
        snow.snow_error_free(error)
        raise RuntimeError(message)
    return ctypes.c_void_p(result)


instance, user, password = (
    os.environ[name].encode() for name in ("SNOW_INSTANCE", "SNOW_USER", "SNOW_PASSWORD")
)
table, fields, path = sys.argv[1:]
stream = ArrowArrayStream()
client = call(snow.snow_client_new_basic, instance, user, password)
query = call(snow.snow_query_new)
call(snow.snow_query_fields, query, fields.encode())
call(snow.snow_table_arrow, client, table.encode(), query, ctypes.byref(stream))
snow.snow_query_free(query)
snow.snow_client_free(client)

reader = pyarrow.RecordBatchReader.from_stream(stream)
with parquet.ParquetWriter(path + ".partial", reader.schema) as writer:
    rows = 0
    for batch in reader:
        writer.write_batch(batch)
        rows += batch.num_rows
# An export that broke off has raised an exception, and is no file of this name.
os.rename(path + ".partial", path)
print(f"{rows} rows in {path}")
