"""Runs the clients of a suite, each once a round and in turn, and holds what they read against each other."""

import json
import os
import subprocess
import sys


def run_suite(suite, peers, pages, options):
    """What each client told, round by round, by the client's name."""
    commands = {client: peers.command(client.program) for client in suite.clients}
    present = [client for client in suite.clients if commands[client]]
    if suite.port:
        for client in present:
            pages.lay_out(client.table, client.form, "gzip" in suite.port)
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    if suite.port and suite.port.startswith("https"):
        environment |= dict.fromkeys(("BENCH_CA_FILE", "REQUESTS_CA_BUNDLE"), str(pages.ca_file))
    told = {client.name: [] for client in present}
    lengths = {}
    for number in range(options.rounds):
        for client in present:
            progress(f"{suite.name}: round {number + 1}, {client.name}")
            command = [*commands[client], *client.arguments(suite, pages)]
            before = pages.cpu()
            run = once(command, environment)
            run["server_cpu"] = pages.cpu() - before
            check(client, run, client.expected(pages), lengths)
            told[client.name].append(run)
    progress("")
    return told


def progress(line):
    if sys.stderr.isatty():
        print(f"\r{line:79}\r", end="", file=sys.stderr, flush=True)


def once(command, environment):
    done = subprocess.run(command, capture_output=True, env=environment, text=True)
    if done.returncode != 0:
        sys.exit(f"\n{' '.join(map(str, command))}: {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


def check(client, run, expected, lengths):
    """Every client that reads a table must have read the same of it; a pump reads nothing."""
    if run["count"] != expected:
        sys.exit(f"\n{client.name}: {run['count']} in place of {expected}")
    if run["length"]:
        agreed = lengths.setdefault(client.table, run["length"])
        if run["length"] != agreed:
            sys.exit(f"\n{client.name}: length {run['length']}, others {agreed}")
