"""What an export is measured with, and on which ports."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Client:
    """A program, and what it is given."""

    name: str
    program: str
    table: str = "incident"
    connections: int = 1
    more: tuple = ()
    form: str = "plain"

    def arguments(self, suite, pages):
        rows = pages.rows[self.table]
        given = [pages.url(suite.port), self.table, rows, suite.page, self.connections, *self.more]
        return [str(argument) for argument in given]

    def expected(self, pages):
        """How many rows, or calls, the client must tell of."""
        return pages.rows[self.table]


@dataclass(frozen=True)
class Suite:
    """Clients that are measured side by side, in turn."""

    name: str
    title: str
    clients: tuple
    port: str = None
    page: int = None
    bars: tuple = field(default=())


def libsnow(connections, table="incident"):
    plural = "s" if connections > 1 else ""
    sample = ", sample" if table == "sample" else ""
    name = f"libsnow, {connections} connection{plural}{sample}"
    return Client(name, "snow_export", table, connections)


PYSNOW = Client("pysnow .all()", "pysnow_export.py")
PYSNC = Client("PySNC", "pysnc_export.py", "sample", form="both values")
ORJSON = Client("requests + orjson", "orjson_export.py")
YYJSON = Client("C libcurl + yyjson", "yyjson_export")
YYJSON_4 = Client("C libcurl + yyjson, 4 threads", "yyjson_export", connections=4)
SIMDJSON = Client("C++ libcurl + simdjson", "simdjson_export")


SNOW_ARROW = Client("libsnow to Arrow, 4 connections", "snow_arrow.py", "sample", connections=4)
ORJSON_ARROW = Client("requests + orjson, from_pylist", "orjson_arrow.py", "sample")


def raw_pump(connections):
    return Client(f"raw pump, {connections} connections", "pump", connections=connections)


def inflating_pump(connections):
    name = f"inflating pump, {connections} connections"
    return Client(name, "pump", connections=connections, more=("inflate",))


def suite(port, page, connections, name=None, title=None, slow=True, bars=()):
    """All clients on one port; the slow ones only where they are wanted."""
    clients = [libsnow(connections), libsnow(1), YYJSON, YYJSON_4, SIMDJSON, ORJSON, PYSNOW]
    clients += [PYSNC] if slow else []
    if not port.startswith("https"):
        clients.append(raw_pump(connections))
        clients += [inflating_pump(connections)] if "gzip" in port else []
    clients = tuple(dict.fromkeys(clients))
    name = name or f"{port}:{page}:{connections}"
    title = title or f"export on {port}, pages of {page:,} rows"
    return Suite(name, title, clients, port, page, bars)
