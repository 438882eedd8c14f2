"""The server: rows that are laid out before anything is measured."""

import json
import subprocess
import urllib.request

# Clients that are too slow for the whole table, or keep all of it, read a sample: what is compared is
# what a row costs.
SAMPLE = 10

FORMS = {
    "plain": "",
    "both values": "&sysparm_display_value=all&sysparm_exclude_reference_link=true",
}


class Pages:
    """The server, for as long as it is used."""

    def __init__(self, program, rows, ports, folder):
        self.rows = {"incident": rows, "sample": rows // SAMPLE}
        self.ca_file = folder / "ca.pem"
        command = [program, "--ca-file", self.ca_file]
        command += [f"--table={name}={rows}" for name, rows in self.rows.items()]
        # One that nothing is measured on, to lay things out by.
        self._warming = ["http,plain,length,0ms", "http,gzip,length,0ms"]
        command += [f"--port={port}" for port in {*ports, *self._warming}]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._urls = {}
        for _ in {*ports, *self._warming}:
            words, url = self._process.stdout.readline().split()
            self._urls[words] = url

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()

    def url(self, port):
        return self._urls[port]

    def lay_out(self, table, form, packed):
        """Has the rows of a table laid out, so that no client waits for it."""
        url = self._urls[self._warming[packed]]
        path = f"/api/now/table/{table}?sysparm_limit=1{FORMS[form]}"
        request = urllib.request.Request(url + path, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def a_sys_id(self):
        """The sys_id of a record."""
        return json.loads(self.lay_out("incident", "plain", False))["result"][0]["sys_id"]

    def cpu(self):
        """Seconds that the server has run."""
        with open(f"/proc/{self._process.pid}/stat") as stat:
            ticks = stat.read().rsplit(")")[-1].split()[11:13]
        return sum(map(int, ticks)) / 100
