"""What is held against what, and the text that tells of it."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Bar:
    """How libsnow must stand beside a peer: each round gives a ratio, and their median counts.

    `per` is "times less" where the peer's cost is divided by libsnow's, and "of it" the other way round.
    """

    what: str
    ours: str
    peer: str
    measure: str
    per: str
    bound: float

    @property
    def wanted(self):
        return f">= {self.bound:g}x less" if self.per == "times less" else f"<= {self.bound:g} of it"

    def value(self, clients, _results):
        ours, peer = clients.get(self.ours), clients.get(self.peer)
        if not ours or not peer:
            return None
        pairs = zip(costs(ours, self.measure), costs(peer, self.measure))
        return median(b / a if self.per == "times less" else a / b for a, b in pairs if a and b)

    def is_met(self, value):
        return value >= self.bound if self.per == "times less" else value <= self.bound

    def shown(self, value):
        return f"{value:.2f}"


@dataclass(frozen=True)
class Most:
    """The most of something that libsnow may use."""

    what: str
    clients: tuple
    unit: str
    bound: float
    of: callable
    peer: str = ""

    @property
    def wanted(self):
        return f"<= {self.bound:g} {self.unit}"

    def value(self, clients, results):
        if any(name not in clients for name in self.clients):
            return None
        return self.of([clients[name] for name in self.clients], results)

    def is_met(self, value):
        return value <= self.bound

    def shown(self, value):
        return f"{value:.2f} {self.unit}"


def costs(runs, measure):
    """What a row, or a call, cost in each round."""
    return [run[measure] / run["count"] for run in runs]


def memory(runs):
    """The peak of a process, in MiB."""
    return median(run["memory"] for run in runs) / 1024


def text(results, suites, judges):
    lines = []
    for suite in suites:
        lines += _suite(suite, results["suites"][suite.name])
    lines += _verdicts(results, suites) if judges else ["", "a smoke run: its figures mean nothing"]
    machine, load = results["machine"], results["load"]
    lines.append(f"{machine['cores']} x {machine['cpu']}; {results['rounds']} rounds")
    lines.append(f"load before {load[0][0]:.1f}, after {load[1][0]:.1f}")
    lines += [f"missing: {name}: {why}" for name, why in results["missing"].items()]
    return "\n".join(lines)


def _suite(suite, clients):
    heads = ("count", "wall s", "per s", "cpu us", "peak MiB", "server cpu us")
    lines = ["", suite.title, "  " + " " * 36 + "".join(f"{head:>14}" for head in heads)]
    for name, runs in clients.items():
        wall, cpu, server = (median(costs(runs, m)) for m in ("wall", "cpu", "server_cpu"))
        count = runs[0]["count"]
        cells = (f"{count:,}", f"{wall * count:.3f}", f"{1 / wall:,.0f}", f"{cpu * 1e6:.2f}")
        cells += (f"{memory(runs):.1f}", f"{server * 1e6:.2f}")
        lines.append(f"  {name:36}" + "".join(f"{cell:>14}" for cell in cells))
    return lines


def _verdicts(results, suites):
    lines = ["", f"{'libsnow beside its peers':46}{'peer':32}{'wanted':>16}{'measured':>14}"]
    for suite in suites:
        for bar in suite.bars:
            value = bar.value(results["suites"][suite.name], results)
            shown = "not measured" if value is None else bar.shown(value)
            verdict = "" if value is None or bar.is_met(value) else "  MISSED"
            lines.append(f"{bar.what:46}{bar.peer:32}{bar.wanted:>16}{shown:>14}{verdict}")
    return [*lines, ""]
