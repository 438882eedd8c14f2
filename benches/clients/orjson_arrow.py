"""Makes a table of Arrow with requests, orjson and pyarrow's from_pylist."""

import sys

import orjson
import pyarrow
import pyarrow.compute
import requests
from measure import Measured

url, table, rows, page, _ = sys.argv[1:]
session = requests.Session()
session.auth = ("admin", "admin")


def flat(row):
    return {
        name: value["value"] if isinstance(value, dict) else value for name, value in row.items()
    }


with Measured() as measured:
    batches = []
    for offset in range(0, int(rows), int(page)):
        parameters = {
            "sysparm_query": "ORDERBYsys_id",
            "sysparm_limit": page,
            "sysparm_offset": offset,
        }
        answer = session.get(f"{url}/api/now/table/{table}", params=parameters)
        answer.raise_for_status()
        rows_of_page = orjson.loads(answer.content)["result"]
        batches.append(pyarrow.Table.from_pylist([flat(row) for row in rows_of_page]))
    whole = pyarrow.concat_tables(batches)
    measured.count = whole.num_rows
    lengths = pyarrow.compute.binary_length(whole["short_description"])
    measured.length = pyarrow.compute.sum(lengths).as_py()
