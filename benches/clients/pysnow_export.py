"""Exports a table with pysnow's .all(), page by page: it never goes to the next one by itself."""

import sys
import warnings

warnings.simplefilter("ignore")

import pysnow  # noqa: E402
from measure import Measured  # noqa: E402

url, table, rows, page, _ = sys.argv[1:]
scheme, host = url.split("://")
client = pysnow.Client(host=host, user="admin", password="admin", use_ssl=scheme == "https")
resource = client.resource(api_path=f"/table/{table}")
with Measured() as measured:
    for offset in range(0, int(rows), int(page)):
        answer = resource.get(query="ORDERBYsys_id", limit=int(page), offset=offset)
        for row in answer.all():
            measured.count += 1
            measured.length += len(row["short_description"].encode())
