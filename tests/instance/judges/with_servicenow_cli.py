"""servicenow-cli: a program, called as from a shell."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

from ground import CLIENT_ID, CLIENT_SECRET, PASSWORD, ROWS, URL, USER, control, equal

PROGRAM = os.path.join(os.path.dirname(sys.executable), "servicenow-cli")


def run(arguments, home, sign_in=None):
    """Exit code, and what was printed: data, or the error."""
    sign_in = sign_in or {"SERVICENOW_USERNAME": USER, "SERVICENOW_PASSWORD": PASSWORD}
    ended = subprocess.run(
        [PROGRAM, *arguments, "--output", "json", "--quiet"],
        env={**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home,
             "SERVICENOW_INSTANCE": URL, **sign_in},
        capture_output=True, text=True, timeout=60, check=False,
    )
    said = ended.stdout.strip() or ended.stderr.strip()
    return ended.returncode, json.loads(said) if said else None


def data(arguments, home, sign_in=None):
    code, said = run(arguments, home, sign_in)
    equal(code, 0, f"exit code of {' '.join(arguments)}: {said}")
    return said


def records(home):
    every = data(["tables", "list", "incident", "--all", "--fields", "sys_id"], home)["result"]
    equal(len({row["sys_id"] for row in every}), ROWS, "rows, each once")
    made = data(["incidents", "create", "--short-description", "Judged", "--impact", "2"], home)["result"]
    number, sys_id = made["number"], made["sys_id"]
    shown = data(["incidents", "show", number], home)["result"]
    equal(shown["sys_id"]["value"], sys_id, "the row made")
    data(["incidents", "note", number, "Seen by a judge"], home)
    changed = data(["tables", "update", "incident", sys_id, "--field", "impact=1"], home)["result"]
    equal(changed["impact"], "1", "the row changed")
    attach(number, home)
    data(["tables", "delete", "incident", sys_id, "--yes"], home)
    code, error = run(["tables", "get", "incident", sys_id], home)
    equal((code, error["error"]["kind"]), (4, "not_found"), "the row after its deletion")


def attach(number, home):
    path = os.path.join(home, "judged.txt")
    with open(path, "w") as file:
        file.write("as the command line sent it")
    data(["attachments", "upload", "incident", number, path], home)
    [kept] = data(["attachments", "list", "incident", number], home)["result"]
    equal((kept["file_name"], kept["size_bytes"]), ("judged.txt", "27"), "the attachment")
    back = os.path.join(home, "back.txt")
    data(["attachments", "download", kept["sys_id"], back], home)
    with open(back) as file:
        equal(file.read(), "as the command line sent it", "what the attachment holds")
    data(["attachments", "delete", kept["sys_id"], "--yes"], home)


def describes_itself(home):
    columns = data(["schema", "incident", "--refresh"], home)
    equal("caller_id" in json.dumps(columns), True, "a column in the schema")
    choices = json.dumps(data(["choices", "incident", "state"], home))
    equal("In Progress" in choices, True, "a choice of a state")
    equal(USER in json.dumps(data(["resolve", "user", USER], home)), True, "a user by name")


def token():
    """A token of the instance; the program has no way to one without a browser."""
    form = {"grant_type": "password", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "username": USER, "password": PASSWORD}
    body = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(URL + "/oauth_token.do", data=body) as answer:
        return json.load(answer)["access_token"]


def signs_in(home):
    bearer = {"SERVICENOW_TOKEN": token(), "SERVICENOW_AUTH_TYPE": "bearer"}
    equal(data(["auth", "status"], home, bearer)["authType"], "bearer", "sign-in by token")
    wrong = {"SERVICENOW_USERNAME": USER, "SERVICENOW_PASSWORD": "wrong"}
    code, error = run(["tables", "list", "incident"], home, wrong)
    equal((code, error["error"]["kind"]), (3, "auth"), "a wrong password")
    code, error = run(["tables", "list", "nonexistent"], home)
    equal(code, 5, f"exit code for a table that does not exist: {error}")
    control("POST", "faults", {"fault": {"kind": "rate_limited", "retry_after": "1"}, "count": 0})
    code, error = run(["tables", "list", "incident"], home)
    equal(code, 6, f"exit code when limited: {error}")
    control("DELETE", "faults")


with tempfile.TemporaryDirectory() as home:
    records(home)
    describes_itself(home)
    signs_in(home)
