"""Draws the export of gzip: speed, CPU and memory of each client.  Arguments: RESULTS PICTURE."""

import json
import sys
from statistics import median

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams |= {
    # The same results give the same file, and its text can be searched.
    "svg.hashsalt": "libsnow",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
}
from matplotlib import pyplot  # noqa: E402

SUITE = "export-gzip"
OURS, OTHERS, LIMIT = "#1f6f54", "#b9bfc6", "#e4e6e9"


def cost(runs, measure):
    return median(run[measure] / run["count"] for run in runs)


PANELS = (
    ("rows a second", lambda runs: 1 / cost(runs, "wall"), "{:,.0f}"),
    ("CPU seconds a million rows", lambda runs: cost(runs, "cpu") * 1e6, "{:,.1f}"),
    ("peak memory, MiB", lambda runs: median(run["memory"] for run in runs) / 1024, "{:,.0f}"),
)


def colour(name):
    return OURS if name.startswith("libsnow") else LIMIT if "pump" in name else OTHERS


def main(results_file, picture):
    with open(results_file) as file:
        results = json.load(file)
    clients = results["suites"][SUITE]
    # The slowest at the bottom.
    names = sorted(clients, key=lambda name: -cost(clients[name], "wall"))
    figure, axes = pyplot.subplots(
        1, len(PANELS), figsize=(10, 0.32 * len(names) + 1.2), sharey=True
    )
    for axis, (title, value, shape) in zip(axes, PANELS):
        values = [value(clients[name]) for name in names]
        axis.barh(names, values, color=[colour(name) for name in names], log=True)
        axis.set_title(title, fontsize=9, loc="left")
        axis.set_xlim(min(values) / 2, max(values) * 6)
        axis.set_xticks([], minor=True)
        axis.set_xticks([])
        for name, shown in zip(names, values):
            axis.annotate(
                shape.format(shown), (shown, name), (3, 0), textcoords="offset points", va="center"
            )
        axis.tick_params(left=False)
        for side in ("top", "right", "bottom"):
            axis.spines[side].set_visible(False)
    rows, rounds = results["rows"], results["rounds"]
    plural = "s" if rounds > 1 else ""
    figure.suptitle(
        f"Reading {rows:,} incidents of 66 fields, gzip in pages of 10,000; "
        f"median of {rounds} round{plural}, logarithmic",
        x=0.01,
        ha="left",
        fontsize=10,
    )
    figure.tight_layout()
    figure.savefig(picture, metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    main(*sys.argv[1:])
