"""The same calls through pysnow, through libsnow, and through libsnow's module of pysnow's names, on the same
instance, and what came back held against each other, field by field.

    python against_pysnow.py LIBSNOW.so SNOW.H PYSNOW.MD

runs in an environment that has pysnow and the package `snow`; SNOW_INSTANCE is the URL of an instance whose clock stands. Where
the two differ on purpose, the call says so by the id of a row under "Deliberate differences" in PYSNOW.MD,
and what either gives. A difference that is not said so fails, one that is said but not seen fails too, and
so does a row of that list that no call shows. The module of pysnow's names gives what pysnow gives or, where
libsnow differs on purpose, what that gives.
"""

import json
import os
import re
import sys

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

from pysnow_calls import calls
from pysnow_clients import Libsnow, Moved, Pysnow
from instance import Instance


def summary(outcome):
    """What came back in a few words."""
    if "error" in outcome:
        return f"http {outcome['http']}" if outcome["error"] == "http" else outcome["error"]
    if "rows" in outcome:
        return f"{len(outcome['rows'])} rows"
    return ", ".join(key if isinstance(value, (dict, bool)) else f"{key} {value}" for key, value in outcome.items())


def normal(value, made):
    """Without what is new with every record that is made."""
    if not made:
        return value
    text = re.sub(r"\b[0-9a-f]{32}\b", "KEY", json.dumps(value))
    return json.loads(re.sub(r"\b(INC|PRB)\d{7}\b", "NUMBER", text))


def compare(one, other, place="", found=None):
    """Every place at which two outcomes differ."""
    found = [] if found is None else found
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            compare(one.get(key, "(absent)"), other.get(key, "(absent)"), f"{place}.{key}", found)
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            found.append(f"{place}: {len(one)} items and {len(other)}")
        for index, (left, right) in enumerate(zip(one, other)):
            compare(left, right, f"{place}[{index}]", found)
    elif one != other or type(one) is not type(other):
        found.append(f"{place}: {one!r} and {other!r}")
    return found


def by_key(outcome):
    return {"rows": sorted(outcome["rows"], key=json.dumps)}


def without(*fields):
    return lambda row: {name: value for name, value in row.items() if name not in fields}


def rows_without_key(outcome):
    return by_key({"rows": list(map(without("sys_id"), outcome["rows"]))})


# What is to be alike all the same where two answers differ on purpose: all but this.
BUT_FOR = {
    "read-by-key": by_key,
    "key-comes-along": rows_without_key,
    "rows-without-fields": lambda outcome: {"rows": [row for row in outcome["rows"] if row]},
    "types-by-name": lambda outcome: without("content_type")(outcome["row"]),
    "parts-have-a-type": lambda outcome: without("content_type")(outcome["row"]),
    "nothing-sticks": lambda outcome: {"number": outcome["row"]["number"]},
}


def answers(call, clients, instance):
    for client in clients:
        with instance.prepared(call):
            yield client.outcome(call)


def judge(call, clients, instance, tally):
    """What is wrong with a call; nothing where all give the same, or differ as they are said to."""
    *outcomes, moved = [normal(one, call.made) for one in answers(call, clients, instance)]
    return judge_both(call, outcomes, tally) or judge_moved(call, outcomes, moved, tally)


def judge_both(call, outcomes, tally):
    found = compare(*outcomes)
    if not call.differs:
        tally["rows"] += bool(outcomes[0].get("rows") or outcomes[0].get("row"))
        return found
    if not found:
        return [f"is the same with both, so {call.differs[0]} is not a difference here"]
    seen = tuple(map(summary, outcomes))
    if seen != call.differs[1:]:
        return [f"gives {seen}, not {call.differs[1:]}"] + found
    but_for = BUT_FOR.get(call.differs[0])
    return compare(*map(but_for, outcomes)) if but_for else []


def judge_moved(call, outcomes, moved, tally):
    """What is wrong with what pysnow's names give through libsnow."""
    status = moved.pop("status", None)
    found = compare(outcomes[0], moved)
    if not found:
        tally["moved alike"] += 1
        return []
    if call.differs:
        but_for = BUT_FOR.get(call.differs[0])
        said = {"error": status} if status and "error" in moved else moved
        if not compare(outcomes[1], said) or (but_for and not compare(but_for(outcomes[0]), but_for(moved))):
            return []
        # Its rows have the key only where it is asked for, as those of pysnow.
        if "rows" in said and not compare(*map(rows_without_key, (outcomes[1], said))):
            return []
    return [f"through pysnow's names: {problem} ({status})" for problem in found]


def listed(document):
    """The ids of the deliberate differences."""
    section = open(document).read().split("## Deliberate differences", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `([a-z0-9-]+)` \|", section, flags=re.M)


def main():
    library, header, document = sys.argv[1:]
    instance = Instance(os.environ["SNOW_INSTANCE"])
    instance.furnish()
    clients = Pysnow(instance), Libsnow(instance, library, header), Moved(instance)
    made, names, wrong, tally = list(calls()), set(), [], {"rows": 0, "moved alike": 0}
    for call in made:
        if call.name in names:
            wrong.append(f"{call.name}: there are two calls of this name")
        names.add(call.name)
        problems = judge(call, clients, instance, tally)
        wrong += [f"{call.name}: {problem}" for problem in problems[:5]]
    ids, shown = listed(document), {call.differs[0] for call in made if call.differs}
    if len(ids) != len(set(ids)):
        wrong.append("an id is listed twice")
    wrong += [f"{one}: {document} does not list this difference" for one in sorted(shown - set(ids))]
    wrong += [f"{one}: is listed, and no call shows it" for one in sorted(set(ids) - shown)]
    if len(made) < 200:
        wrong.append(f"{len(made)} calls are fewer than 200")
    if tally["rows"] < 150:
        wrong.append(f"only {tally['rows']} of the calls that are alike gave a record")
    alike = sum(1 for call in made if not call.differs)
    print(f"{len(made)} calls, {alike} alike, {len(made) - alike} different for {len(ids)} reasons")
    print(f"through pysnow's names, {tally['moved alike']} alike")
    if wrong:
        sys.exit("\n".join(wrong))


main()
