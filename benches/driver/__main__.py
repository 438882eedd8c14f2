"""Measures libsnow beside other clients, prints a table, and draws a picture: see ../README.md."""

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import bars
import exports
import suites
from pages import Pages
from peers import Peers
from rounds import run_suite


def main():
    options = parsed()
    # A test brings nothing onto somebody's machine.
    installs = not options.smoke or "CI" in os.environ
    peers = Peers(options.target, debug=options.smoke, installs=installs)
    chosen = [exports.suite(*cell) for cell in options.export] or [
        suite for suite in suites.all_suites(options.rows) if chosen_by(options.suite, suite.name)
    ]
    results = {"machine": machine(), "rounds": options.rounds, "rows": options.rows, "suites": {}}
    ports = {suite.port for suite in chosen if suite.port}
    with Pages(peers.pages, options.rows, ports, peers.folder) as pages:
        for suite in chosen:
            results["suites"][suite.name] = run_suite(suite, peers, pages, options)
    results["library_bytes"] = peers.library.stat().st_size
    results["load"] = [results["machine"].pop("load"), os.getloadavg()]
    results["missing"] = peers.missing
    kept = Path(__file__).parents[1] if os.environ.get("SNOW_BLESS") else peers.folder
    (kept / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    if "export-gzip" in results["suites"]:
        chart(peers, kept / "results.json", kept / "bench.svg")
    print(bars.text(results, chosen, judges=not options.smoke))
    if options.smoke and os.environ.get("CI") and peers.missing:
        sys.exit("in CI no peer may be missing")


def parsed():
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    target = os.environ.get("CARGO_TARGET_DIR") or Path(__file__).parents[2] / "target"
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--suite", action="append", help="only suites whose names begin so")
    parser.add_argument(
        "--export",
        action="append",
        default=[],
        type=cell,
        metavar="PORT:PAGE:CONNECTIONS",
        help="an export of its own, such as https,gzip,chunked,20ms:1000:8, in place of the suites",
    )
    parser.add_argument("--smoke", action="store_true", help="little of all, with a debug build")
    parser.add_argument("--target", type=Path, default=Path(target))
    options = parser.parse_args()
    if options.smoke:
        options.rows, options.rounds = 2_000, 1
    return options


def cell(text):
    try:
        port, page, connections = text.split(":")
        return port, int(page), int(connections)
    except ValueError:
        raise argparse.ArgumentTypeError("it is not PORT:PAGE:CONNECTIONS") from None


def chosen_by(prefixes, name):
    return not prefixes or any(name.startswith(prefix) for prefix in prefixes)


def machine():
    with open("/proc/cpuinfo") as cpuinfo:
        model = next(
            (line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name")), "?"
        )
    load = os.getloadavg()
    return {"cpu": model, "cores": os.cpu_count(), "system": platform.platform(), "load": load}


def chart(peers, results, picture):
    python = peers.command("python chart")
    if python:
        subprocess.run([*python, Path(__file__).parent / "chart.py", results, picture], check=True)


if __name__ == "__main__":
    main()
