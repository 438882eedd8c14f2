"""The instance, spoken to without any client: its control interface, and records to work on."""

import base64
import contextlib
import json
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from urllib.parse import quote

STAMP = "%Y-%m-%d %H:%M:%S"
MINUTE, HOUR, DAY = 60, 3600, 86400
OPENED = [
    -10, -70, -10 * MINUTE, -25 * MINUTE, -40 * MINUTE, -HOUR, -2 * HOUR + 60, -DAY, DAY, -7 * DAY, 7 * DAY,
    30 * DAY, 95 * DAY, 200 * DAY, 340 * DAY, -365 * DAY, -700 * DAY,
]


class Instance:
    USER = PASSWORD = "admin"
    CLIENT_ID, CLIENT_SECRET = "snow-client", "snow-secret"

    def __init__(self, url):
        self.url, self.host = url, url.split("//", 1)[1]
        self.record = {}

    def ask(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        signed = base64.b64encode(f"{self.USER}:{self.PASSWORD}".encode()).decode()
        request.add_header("Authorization", "Basic " + signed)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else {}

    @contextlib.contextmanager
    def prepared(self, call):
        """A record of its own for a call that wants one, and the fault that is to meet it."""
        if call.record is not None:
            self.record = self.ask("POST", "/api/now/table/incident", call.record)["result"]
        if call.attached:
            name, text = call.attached
            path = f"/api/now/attachment/file?table_name=incident&file_name={name}&table_sys_id="
            request = urllib.request.Request(self.url + path + self.record["sys_id"], data=text.encode())
            request.add_header("Content-Type", "text/plain")
            signed = base64.b64encode(f"{self.USER}:{self.PASSWORD}".encode()).decode()
            request.add_header("Authorization", "Basic " + signed)
            with urllib.request.urlopen(request) as answer:
                self.record["attachment"] = json.load(answer)["result"]["sys_id"]
        if call.fault:
            order = {"path": call.fault_path, "count": call.fault_count, "fault": call.fault}
            self.ask("POST", "/-/faults", order)
        try:
            yield
        finally:
            if call.fault:
                self.ask("DELETE", "/-/faults")
            self.clear()

    def furnish(self):
        """Incidents of every stretch of time around now, made long ago."""
        now = datetime.strptime(self.ask("GET", "/-/clock")["now"], STAMP)
        for seconds in OPENED:
            fields = {
                "opened_at": (now + timedelta(seconds=seconds)).strftime(STAMP),
                "sys_created_on": "2020-01-01 00:00:00",
                "short_description": f"opened {seconds} seconds from now",
            }
            self.ask("POST", "/api/now/table/incident?sysparm_suppress_auto_sys_field=true", fields)

    def clear(self):
        """Deletes what was made since the clock stands."""
        now = self.ask("GET", "/-/clock")["now"]
        for table in ("incident", "problem"):
            new = f"/api/now/table/{table}?sysparm_fields=sys_id&sysparm_query=sys_created_on=" + quote(now)
            for row in self.ask("GET", new)["result"]:
                self.ask("DELETE", f"/api/now/table/{table}/{row['sys_id']}")
