"""Writes a table to a Parquet file, whatever its size, in little memory: libsnow and pyarrow.

Usage: SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... \\
       python3 write_parquet.py incident number,opened_at,active,caller_id.name incidents.parquet
"""

import os
import sys

import pyarrow
import snow
from pyarrow import parquet

instance, user, password = (os.environ[name] for name in ("SNOW_INSTANCE", "SNOW_USER", "SNOW_PASSWORD"))
table, fields, path = sys.argv[1:]

with snow.Client.basic(instance, user, password) as client:
    export = client.export(table, snow.Query().fields(*fields.split(",")))
    reader = pyarrow.RecordBatchReader.from_stream(export)
    with parquet.ParquetWriter(path + ".partial", reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)

# An export that broke off has raised an exception, and is no file of this name.
os.rename(path + ".partial", path)
print(f"{export.counts['received']} rows in {path}")
