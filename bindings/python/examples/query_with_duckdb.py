"""Asks a table questions in SQL, while it is read: libsnow and DuckDB.

Usage: SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... \\
       python3 query_with_duckdb.py incident priority,opened_at \\
           "select priority, count(*), max(opened_at) from rows group by all order by all"
"""

import os
import sys

import duckdb
import snow

instance, user, password = (os.environ[name] for name in ("SNOW_INSTANCE", "SNOW_USER", "SNOW_PASSWORD"))
table, fields, sql = sys.argv[1:]

with snow.Client.basic(instance, user, password) as client:
    # The name by which the SQL knows them.
    rows = client.export(table, snow.Query().fields(*fields.split(",")))
    for row in duckdb.sql(sql).fetchall():
        print(*row)
