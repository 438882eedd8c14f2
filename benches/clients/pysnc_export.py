"""Exports a table with PySNC, which goes from page to page by itself and always asks for both values."""

import sys

from measure import Measured
from pysnc import ServiceNowClient

url, table, _, page, _ = sys.argv[1:]
client = ServiceNowClient(url.replace("http://", "https://"), ("admin", "admin"))
# It refuses http; all clients are measured on the same port.
client._ServiceNowClient__instance = url
with Measured() as measured:
    records = client.GlideRecord(table, batch_size=int(page))
    records.order_by("sys_id")
    records.query()
    for record in records:
        measured.count += 1
        measured.length += len(record.get_value("short_description").encode())
