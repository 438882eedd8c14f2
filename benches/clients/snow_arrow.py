"""Makes a table of Arrow with libsnow's package for Python."""

import json
import sys
import urllib.request

import pyarrow
import pyarrow.compute
import snow
from measure import Measured

url, table, rows, page, connections = sys.argv[1:]
with urllib.request.urlopen(f"{url}/api/now/table/{table}?sysparm_limit=1") as answer:
    fields = json.load(answer)["result"][0]

client = snow.Client.basic(url, "admin", "admin")
with Measured() as measured:
    query = snow.Query().fields(*fields).page_size(int(page))
    # What the instance sent, as from_pylist has it; no dictionary is asked for.
    export = client.export(table, query).connections(int(connections)).all_text()
    whole = export.to_arrow()
    measured.count = whole.num_rows
    lengths = pyarrow.compute.binary_length(whole["short_description"])
    measured.length = pyarrow.compute.sum(lengths).as_py()
