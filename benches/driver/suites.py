"""Everything that `make bench` measures, and how libsnow must stand in it."""

from dataclasses import dataclass

import exports
from bars import Bar, Most, memory
from exports import PYSNC, PYSNOW, YYJSON, YYJSON_4, Client, Suite, libsnow

LESS, OF_IT = "times less", "of it"


@dataclass(frozen=True)
class Caller(Client):
    """A client that makes single calls."""

    kind: str = "get"
    calls: int = 0

    def arguments(self, suite, pages):
        given = [self.kind, pages.url(suite.port), self.table, pages.a_sys_id()]
        return [*given, str(self.calls), str(self.connections)]

    def expected(self, pages):
        return self.calls


@dataclass(frozen=True)
class Starter(Client):
    """A client that does nothing but start."""

    def arguments(self, suite, pages):
        return []

    def expected(self, pages):
        return 1


def all_suites(rows):
    # The figures of a smoke run mean nothing.
    calls = min(rows // 10, 20_000)
    return [*all_exports(), latency(), *arrows(), *memories(rows), *all_calls(calls), start()]


def all_exports():
    four, one = libsnow(4).name, libsnow(1).name
    gzip = "export, gzip"
    yield exports.suite(
        "http,gzip,chunked,0ms",
        10_000,
        4,
        "export-gzip",
        "export of gzip in 8 KiB chunks, pages of 10,000 rows",
        bars=(
            Bar(f"{gzip}: wall", four, PYSNOW.name, "wall", LESS, 15),
            Bar(f"{gzip}: CPU", four, PYSNOW.name, "cpu", LESS, 9),
            Bar(f"{gzip}: wall", four, PYSNC.name, "wall", LESS, 150),
            Bar(f"{gzip}: CPU", four, PYSNC.name, "cpu", LESS, 90),
            Bar(f"{gzip}: wall", four, YYJSON.name, "wall", OF_IT, 0.3),
            Bar(f"{gzip}: CPU", four, YYJSON.name, "cpu", OF_IT, 0.5),
            Bar(f"{gzip}: wall", four, YYJSON_4.name, "wall", OF_IT, 0.6),
            Bar(f"{gzip}: wall", four, exports.inflating_pump(4).name, "wall", OF_IT, 1.6),
        ),
    )
    yield exports.suite(
        "http,plain,chunked,0ms",
        10_000,
        4,
        "export-plain",
        "export of plain JSON in 8 KiB chunks, pages of 10,000 rows",
        slow=False,
        bars=(
            Bar("export, plain: wall", four, PYSNOW.name, "wall", LESS, 14),
            Bar("export, plain: wall", four, exports.raw_pump(4).name, "wall", OF_IT, 2.6),
        ),
    )
    yield exports.suite(
        "http,plain,length,0ms",
        1_000,
        4,
        "export-length",
        "export of plain JSON with Content-Length, pages of 1,000 rows",
        slow=False,
        bars=(Bar("export, plain, 1 connection: CPU", one, YYJSON.name, "cpu", OF_IT, 0.9),),
    )
    yield exports.suite(
        "https,gzip,chunked,0ms",
        10_000,
        4,
        "export-tls",
        "export of gzip over https, pages of 10,000 rows",
        slow=False,
    )
    yield exports.suite(
        "http,gzip,chunked,20ms",
        1_000,
        8,
        "export-20ms",
        "export of gzip, pages of 1,000 rows that take 20 ms",
        slow=False,
    )


def latency():
    clients = (libsnow(16), libsnow(1), YYJSON, YYJSON_4, PYSNOW, exports.raw_pump(16))
    bar = Bar(
        "pages that take 100 ms, 16 connections: wall",
        libsnow(16).name,
        exports.raw_pump(16).name,
        "wall",
        OF_IT,
        1.1,
    )
    return Suite(
        "export-100ms",
        "export of gzip, pages of 1,000 rows that take 100 ms",
        clients,
        "http,gzip,chunked,100ms",
        1_000,
        (bar,),
    )


def arrows():
    ours, peer = exports.SNOW_ARROW, exports.ORJSON_ARROW
    for words in ("gzip", "plain"):
        title = f"export to a table of Arrow in Python, {words}, pages of 10,000 rows"
        bar = Bar(f"to an Arrow table, {words}: CPU", ours.name, peer.name, "cpu", LESS, 15)
        port = f"http,{words},chunked,0ms"
        yield Suite(f"arrow-{words}", title, (ours, peer), port, 10_000, (bar,))


def memories(rows):
    whole, sample = libsnow(8), libsnow(8, "sample")
    names = (whole.name, sample.name)
    for port in ("http,gzip,chunked,0ms", "http,plain,chunked,0ms", "https,gzip,chunked,0ms"):
        words = " ".join(port.split(",")[:2])
        for page in (10_000, 1_000):
            what = f"{words}, pages of {page:,}"
            bars = (Most(f"memory, {what}, 8 connections", names[:1], "MiB", 16, of_first),)
            # Of larger pages the sample has two, and most connections have nothing to do.
            if page == 1_000:
                title = f"memory, {what}, more for 10 times the rows"
                bars += (Most(title, names, "MiB", 1, growth),)
            title = f"memory of an export, {what} rows"
            name = f"memory-{words.replace(' ', '-')}-{page}"
            yield Suite(name, title, (whole, sample), port, page, bars)


def of_first(runs, _):
    return memory(runs[0])


def growth(runs, _):
    return memory(runs[0]) - memory(runs[1])


def all_calls(calls):
    for kind, threads, measure in (("get", 1, "cpu"), ("create", 1, "cpu"), ("create", 64, "wall")):
        count = max(calls, threads) // threads * threads
        ours = Caller("libsnow", "snow_calls", connections=threads, kind=kind, calls=count)
        peer = Caller(YYJSON.name, "yyjson_calls", connections=threads, kind=kind, calls=count)
        name = "one GET" if kind == "get" else "one POST"
        bars = (Bar(f"{name}, keep-alive: CPU", ours.name, peer.name, measure, OF_IT, 1.05),)
        if threads > 1:
            # 0.85 of its calls a second.
            what = f"creates from {threads} threads: time a call"
            bars = (Bar(what, ours.name, peer.name, measure, OF_IT, round(1 / 0.85, 2)),)
        yield Suite(
            f"{kind}-{threads}",
            f"{kind}, {threads} thread{'s' if threads > 1 else ''}, plain JSON of 3 KB",
            (ours, peer),
            "http,plain,chunked,0ms",
            bars=bars,
        )


def start():
    library = Starter("libsnow: load, first client", "snow_start")
    pysnow = Starter("import pysnow", "pysnow_import.py")
    return Suite(
        "start",
        "start",
        (library, pysnow),
        bars=(
            Bar("load and make the first client: wall", library.name, pysnow.name, "wall", OF_IT, 0.05),
            Most("library with all in it", (), "MiB", 4, lambda _, results: results["library_bytes"] / 2**20),
        ),
    )
