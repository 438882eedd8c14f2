"""The examples of pysnow's documentation, over libsnow: each runs as it is written, but for its import, for
what stands for the reader's own (the name of the instance, user, password, client, files) and for three slips.

    python pysnow_documentation.py FOLDER

runs in an environment that has requests and the package `snow`; SNOW_INSTANCE is the URL of an instance of plain
http. FOLDER holds the pages as pysnow 0.7.17 has them (rbw/pysnow at 6ac140a), and its license. An example that is not run here fails, and so does one that prints something else
than what the instance has.
"""

import contextlib
import io
import os
import re
import sys
import tempfile
import textwrap
import warnings
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote

import requests
from instance import STAMP, Instance
from snow import pysnow

# Who asks for no check of a certificate is warned by the library of the example, over plain http too.
warnings.simplefilter("ignore")

instance = Instance(os.environ["SNOW_INSTANCE"])
folder = tempfile.TemporaryDirectory()
LONG_AGO = (datetime.now(timezone.utc) - timedelta(days=30)).strftime(STAMP)
KEY = "9b9dd196dbc91f005ab1f58dbf96192b"
ROWS = "/api/now/table/incident?sysparm_suppress_auto_sys_field=true"

OF_THE_READER = {
    "import pysnow": "from snow import pysnow",
    "'myinstance'": repr(instance.url),
    "'<instance_name>'": repr(instance.url),
    "'<instance>'": repr(instance.url),
    "'myusername'": repr(instance.USER),
    "'<username>'": repr(instance.USER),
    "'mypassword'": repr(instance.PASSWORD),
    "'<password>'": repr(instance.PASSWORD),
    "'<client_id_from_servicenow>'": repr(instance.CLIENT_ID),
    "'<client_secret_from_servicenow>'": repr(instance.CLIENT_SECRET),
    "/tmp/": folder.name + "/",
    # What no Python can read: a text that does not end, and a line that is indented for nothing.
    "document.txt)": "document.txt')",
    "\n        qb = (": "\nqb = (",
    # An instance has no field of this name.
    "'NUMBER'": "'number'",
}


class Example:
    def __init__(self, text):
        for placeholder, own in OF_THE_READER.items():
            text = text.replace(placeholder, own)
        self.code = text

    def run(self, **names):
        """What it printed, and the names that it made."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(self.code, names)
        return printed.getvalue(), names


def examples(page):
    """The blocks of Python of a page."""
    for block in re.split(r"^ *\.\. code-block:: python\n", page.expandtabs(8), flags=re.M)[1:]:
        body = re.match(r"(?:[ ]+.*\n?|\n)+", block)[0]
        # The first line says how far the block is indented; a line of one page is further out than that.
        yield Example(textwrap.dedent(body).strip("\n") + "\n")


def client():
    return pysnow.Client(instance=instance.url, user=instance.USER, password=instance.PASSWORD)


def incidents():
    return client().resource(api_path="/table/incident")


def rows(query, fields=""):
    path = f"/api/now/table/incident?sysparm_query={quote(query)}&sysparm_fields={fields}"
    return instance.ask("GET", path)["result"]


def row(query):
    found = rows(query)
    assert len(found) == 1, found
    return found[0]


def keys(query):
    return sorted(found["sys_id"] for found in rows(query))


def files(key):
    found = instance.ask("GET", f"/api/now/attachment?sysparm_query=table_sys_id={key}")["result"]
    return [found["file_name"] for found in found]


def a_file(name):
    Path(folder.name, name).write_text("as documented", encoding="utf-8")


# How each is run, in the order of its page, and what has to come of it.


def the_file_of_a_response(example):
    a_file("attachment.txt")
    example.run(client=client())
    assert files(row("number=INC01234")["sys_id"]) == ["attachment.txt"]


def the_file_of_a_key(example):
    a_file("attachment.txt")
    example.run(client=client())
    assert files(KEY) == ["attachment.txt"]


def a_create(example):
    printed, _ = example.run()
    assert printed == f"{row('short_description=<short_description>')}\n", printed


def a_delete(example):
    instance.ask("POST", ROWS, {"number": "INC0777777"})
    example.code = example.code.replace("INC012345", "INC0777777")
    _, names = example.run()
    assert names["result"] == {"status": "record deleted"}
    assert rows("number=INC0777777") == []


def many(example):
    printed, _ = example.run()
    assert sorted(printed.split()) == keys("state=1") != []


def the_first(example):
    printed, _ = example.run()
    assert printed == f"{rows('state=3^ORDERBYsys_id')[0]}\n", printed


def the_only(example):
    printed, _ = example.run()
    assert printed == f"{row('number=INC012345')}\n", printed


def some_fields(example):
    printed, _ = example.run()
    first = rows("state=3^ORDERBYsys_id", "sys_id,number,description")[0]
    assert printed == f"{first}\n", printed


def a_token_that_is_stored(example):
    printed, names = example.run()
    assert printed == f"{rows('ORDERBYsys_id')[0]}\n", printed
    instance.ask("POST", "/-/tokens/expire")
    with contextlib.redirect_stdout(io.StringIO()) as told:
        names["s"].resource(api_path="/table/incident").get(limit=1).all()
    assert told.getvalue() == "OAuth token refreshed!\n"
    assert names["store"]["token"] == names["s"].token


def a_range(example):
    printed, _ = example.run()
    assert sorted(printed.split()) == ["INC01234", "INC012345"], printed


def a_session_that_tries_again(example):
    _, names = example.run()
    order = {"path": "/api/now/table/incident", "count": 2, "fault": {"kind": "gateway", "status": 503}}
    instance.ask("POST", "/-/faults", order)
    assert names["sn"].resource(api_path="/table/incident").get(query={"number": "INC012345"}).one()
    instance.ask("DELETE", "/-/faults")


def an_order(example):
    printed, names = example.run(pysnow=pysnow)
    assert printed == "priorityIN3,4^ORDERBYDESCcreated_at^ORDERBYpriority\n", printed


def threads(example):
    printed, _ = example.run()
    # The texts of two threads that print at once may meet on a line.
    words = printed.split()
    assert sorted(word for word in words if len(word) == 32) == keys("state=1^ORstate=3"), printed
    assert sorted(word for word in words if len(word) == 1) == sorted(found["state"] for found in rows("stateIN1,3"))


def an_update(example):
    printed, names = example.run()
    assert names["updated_record"]["short_description"] == "New short description"
    assert row("number=INC012345")["state"] == "5"


def a_client(example):
    _, names = example.run(pysnow=pysnow, requests=requests)
    made = names.get("sn") or names["s"]
    assert len(made.resource(api_path="/table/incident").get(limit=1).all()) == 1


session = {"token": None}


def a_first_token(example):
    example.run(pysnow=pysnow, session=session)
    assert session["token"]["refresh_token"]


def a_token_that_is_renewed(example):
    before = session["token"]
    _, names = example.run(pysnow=pysnow, session=session)
    instance.ask("POST", "/-/tokens/expire")
    with contextlib.redirect_stdout(io.StringIO()) as told:
        assert names["s"].resource(api_path="/table/incident").get(limit=1).all()
    assert told.getvalue() == "OAuth token refreshed!\n"
    assert session["token"]["access_token"] != before["access_token"]


def last_asked(path):
    return instance.ask("GET", f"/-/requests?path={path}")[-1]["target"]


def parameters_of_a_client(example):
    reader = {"instance": instance.url, "username": instance.USER, "password": instance.PASSWORD}
    _, names = example.run(pysnow=pysnow, **reader)
    found = names["client"].resource(api_path="/table/incident").get(query="caller_idISNOTEMPTY", limit=1).one()
    assert isinstance(found["caller_id"], str) and len(found["caller_id"]) == 32, found["caller_id"]
    assert "foo=bar" in last_asked("/api/now/table/incident")


def parameters_of_a_resource(example):
    _, names = example.run(client=client())
    with contextlib.suppress(requests.HTTPError):
        names["incident"].get().all()
    assert "foo=bar" in last_asked("/api/now/custom/api")


def by_a_dict(example):
    _, names = example.run(incident=incidents())
    assert names["content"] == row("number=INC012345")


def by_a_query(example):
    _, names = example.run(incident=incidents(), pysnow=pysnow, datetime=datetime, timedelta=timedelta)
    numbers = ["INC0150001"] if "INC0150" in example.code else ["INC01234", "INC012345"]
    assert sorted(found["number"] for found in names["iterable_content"]) == numbers


def a_record_from_birth_to_death(example):
    a_file("document.txt")
    _, names = example.run(client=client())
    assert names["updated"]["short_description"] == "Uh-uh"
    assert rows("number=INC012345") == []


PAGES = {
    "full_examples/attachments.rst": [the_file_of_a_response, the_file_of_a_key],
    "full_examples/create.rst": [a_create],
    "full_examples/delete.rst": [a_delete],
    "full_examples/fetch.rst": [many, the_first, the_first, the_only, the_only],
    "full_examples/filtering.rst": [some_fields],
    "full_examples/oauth_client.rst": [a_token_that_is_stored],
    "full_examples/query_builder.rst": [a_range],
    "full_examples/retry.rst": [a_session_that_tries_again],
    "full_examples/sorting.rst": [an_order],
    "full_examples/threads.rst": [threads],
    "full_examples/update.rst": [an_update],
    "usage/client.rst": [a_client, a_client, a_first_token, a_token_that_is_renewed],
    "usage/parameters.rst": [parameters_of_a_client, parameters_of_a_resource],
    "usage/query.rst": [by_a_dict, by_a_query, by_a_query],
    "usage/resource.rst": [a_record_from_birth_to_death],
}


def main():
    pages = Path(sys.argv[1])
    # The state 5 of one of them was one in the days of these pages.
    instance.ask("PATCH", "/-/settings", {"allow_non_existing_choice": True})
    for number in ("INC01234", "INC012345", "INC0150001"):
        instance.ask("POST", ROWS, {"number": number, "sys_created_on": LONG_AGO, "sys_updated_on": LONG_AGO})
    instance.ask("POST", ROWS, {"sys_id": KEY, "short_description": "with a file"})
    assert set(PAGES) == {str(page.relative_to(pages)) for page in pages.rglob("*.rst")}
    count = 0
    for page, ways in PAGES.items():
        found = list(examples((pages / page).read_text(encoding="utf-8")))
        assert len(found) == len(ways), f"{page} has {len(found)} examples"
        for example, way in zip(found, ways):
            try:
                way(example)
            except Exception:
                print(f"{page}, {way.__name__}:\n{example.code}", file=sys.stderr)
                raise
            count += 1
    print(f"{count} examples")


main()
