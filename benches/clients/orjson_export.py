"""Exports a table with requests and orjson."""

import sys

import orjson
import requests
from measure import Measured

url, table, rows, page, _ = sys.argv[1:]
session = requests.Session()
session.auth = ("admin", "admin")
with Measured() as measured:
    for offset in range(0, int(rows), int(page)):
        parameters = {
            "sysparm_query": "ORDERBYsys_id",
            "sysparm_limit": page,
            "sysparm_offset": offset,
        }
        answer = session.get(f"{url}/api/now/table/{table}", params=parameters)
        answer.raise_for_status()
        for row in orjson.loads(answer.content)["result"]:
            measured.count += 1
            measured.length += len(row["short_description"].encode())
