"""snowloader: whole tables by offset, by key and in threads, counted, and what was deleted since."""

import datetime
import os

import requests
from snowloader import (
    AttachmentLoader, CMDBLoader, SnowConnection, SnowConnectionError, SweepIncompleteError
)

from ground import CLIENT_ID, CLIENT_SECRET, PASSWORD, ROWS, URL, USER, control, equal, raises

BASIC = {"username": USER, "password": PASSWORD}
INCIDENTS = "/api/now/table/incident"


def connection(**sign_in):
    made = SnowConnection("https://judged.example.com", page_size=500, retry_backoff=0.01,
                          verify=os.environ["REQUESTS_CA_BUNDLE"], **sign_in)
    # It takes no address for a host.
    made.instance_url = URL
    return made


def ids(rows):
    return [row["sys_id"] for row in rows]


def sweeps(client):
    """With `verify` it wants as many rows as the aggregate counts, each once."""
    wanted = {"fields": ["sys_id", "number"], "verify": True}
    by_offset = ids(client.get_records("incident", **wanted))
    by_key = ids(client.get_records("incident", keyset=True, **wanted))
    in_threads = ids(client.concurrent_get_records("incident", **wanted))
    equal(len(by_offset), ROWS, "rows by offset")
    equal(by_key, sorted(by_offset), "rows by key")
    equal(sorted(in_threads), by_key, "rows in threads")
    first = client.get_count("incident", query="priority=1")
    equal(len(ids(client.get_records("incident", query="priority=1"))), first, "rows counted")

    # Rows that access control hides leave short pages, and not the end of the table.
    hidden = {"kind": "hide_rows", "every": 2}
    control("POST", "faults", {"path": INCIDENTS, "count": 0, "fault": hidden})
    equal(len(ids(client.get_records("incident", fields=["sys_id"]))), ROWS / 2, "rows left")
    incomplete = lambda: ids(client.get_records("incident", **wanted))
    raises(SweepIncompleteError, incomplete, "rows that are counted and not shown")
    control("DELETE", "faults")


def changes(client):
    since = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)
    rest = requests.Session()
    rest.auth = (USER, PASSWORD)
    make = lambda: rest.post(URL + INCIDENTS, json={"correlation_id": "judged"}).json()["result"]
    made, gone = make(), make()
    equal(rest.delete(f"{URL}{INCIDENTS}/{gone['sys_id']}").status_code, 204, "status of a deletion")
    report = client.reconcile("task", since, query="correlation_id=judged", fields=["sys_id"])
    equal(ids(report.added), [made["sys_id"]], "rows added")
    deleted = [(row["sys_id"], row["table"]) for row in report.deleted]
    equal(deleted, [(gone["sys_id"], "incident")], "rows deleted")
    attach(client, rest, made["sys_id"])
    relate(client, rest)
    equal(rest.delete(f"{URL}{INCIDENTS}/{made['sys_id']}").status_code, 204, "status of a deletion")


def attach(client, rest, sys_id):
    about = {"table_name": "incident", "table_sys_id": sys_id, "file_name": "judged.txt"}
    rest.post(URL + "/api/now/attachment/file", params=about, data=b"as it was sent",
              headers={"Content-Type": "text/plain"})
    loader = AttachmentLoader(client, query=f"table_sys_id={sys_id}", download=True)
    equal([content for _, content in loader.iter_files()], [b"as it was sent"], "attachments")


def relate(client, rest):
    items = URL + "/api/now/cmdb/instance/cmdb_ci_linux_server"
    make = lambda name: rest.post(
        items, json={"attributes": {"name": name}, "source": "ServiceNow"}
    ).json()["result"]["attributes"]["sys_id"]
    above, below = make("judged-above"), make("judged-below")
    kind = next(client.get_records("cmdb_rel_type", query="name=Runs on::Runs"))["sys_id"]
    relation = {"outbound_relations": [{"type": kind, "target": below}], "source": "ServiceNow"}
    rest.post(f"{items}/{above}/relation", json=relation)
    [item] = CMDBLoader(client, query="name=judged-above", include_relationships=True).load()
    equal("judged-below" in item.page_content, True, f"a relation: {item.page_content}")
    equal(item.metadata["sys_class_name"], "Linux Server", "the class of an item")


def errors(client):
    unknown = lambda: ids(client.get_records("nonexistent"))
    unknown = raises(SnowConnectionError, unknown, "a table that does not exist")
    equal((unknown.status_code, unknown.detail), (400, "Invalid table nonexistent"), "its reason")
    stranger = connection(username=USER, password="wrong")
    refused = lambda: ids(stranger.get_records("problem"))
    refused = raises(SnowConnectionError, refused, "a wrong password")
    equal(refused.status_code, 401, "status of a wrong password")
    for fault in ({"kind": "rate_limited", "retry_after": "0"}, {"kind": "cancelled"},
                  {"kind": "partial", "variant": "b", "rows": 5}, {"kind": "reset_before"}):
        control("POST", "faults", {"path": "/api/now/table/problem", "fault": fault})
        equal(len(ids(client.get_records("problem", verify=True))), 20, f"rows after {fault['kind']}")


def oauth():
    secrets = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    for sign_in in ({**secrets, **BASIC}, secrets):
        client = connection(**sign_in)
        equal(client.get_count("incident"), ROWS, "rows with a token")
        control("POST", "tokens/expire")
        equal(client.get_count("incident"), ROWS, "rows with the next token")


basic = connection(**BASIC)
sweeps(basic)
changes(basic)
errors(basic)
oauth()
