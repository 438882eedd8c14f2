"""PySNC: the queries, the batches and the ids of its own tests, over https as it demands."""

import os

import pysnc
from pysnc.auth import ServiceNowClientCredentialsFlow, ServiceNowPasswordGrantFlow
from pysnc.exceptions import AuthenticationException, RequestException

from ground import CLIENT_ID, CLIENT_SECRET, PASSWORD, ROWS, URL, USER, control, equal, raises

TRUST = os.environ["REQUESTS_CA_BUNDLE"]
RELATED = "RLQUERYsys_group_has_role.group,>0,m2m^role.nameLIKEadmin^ENDRLQUERY"
JOINED = "JOINsys_user.sys_id=sys_user_group.manager!active=true"


def insert(client, table, **values):
    record = client.GlideRecord(table)
    record.initialize()
    for field, value in values.items():
        record.set_value(field, value)
    return str(record.insert())


def count(client, table, query):
    record = client.GlideRecord(table)
    record.add_encoded_query(query)
    record.query()
    return record.get_row_count()


def pages(client):
    users = client.GlideRecord("sys_user", batch_size=100)
    users.fields = ["sys_id", "user_name"]
    users.order_by("sys_id")
    users.query()
    equal(len(users) > 600, True, "users")
    equal(len({str(user.sys_id) for user in users}), len(users), "users, each once")
    incidents = client.GlideRecord("incident", batch_size=1000)
    incidents.query()
    equal(sum(1 for _ in incidents), ROWS, "incidents")
    for table in ("syslog", "sys_metadata", "sys_script", "problem"):
        equal(count(client, table, "") > 0, True, f"rows of {table}")


def queries(client):
    manager = client.GlideRecord("sys_user")
    manager.add_active_query()
    manager.limit = 1
    manager.query()
    manager.next()
    role = insert(client, "sys_user_role", name="judge_admin")
    group = insert(client, "sys_user_group", name="Judges", manager=str(manager.sys_id))
    before = count(client, "sys_user_group", RELATED)
    insert(client, "sys_group_has_role", group=group, role=role)
    equal(count(client, "sys_user_group", RELATED), before + 1, "groups with a role")
    equal(count(client, "sys_user", f"{JOINED}^sys_id={manager.sys_id}"), 1, "users who manage")

    joined = client.GlideRecord("sys_user")
    joined.add_join_query("sys_user_group", join_table_field="manager")
    joined.add_query("sys_id", str(manager.sys_id))
    joined.query()
    equal(joined.get_row_count(), 1, "users who manage, in its own words")
    either = client.GlideRecord("incident")
    either.add_query("priority", "1").add_or_condition("priority", "2")
    either.add_not_null_query("number")
    either.query()
    equal(all(row.priority in ("1", "2") for row in either), True, "rows of either priority")


def long_query(client):
    """Over 10,000 characters, which go through a batch."""
    one = client.GlideRecord("incident")
    one.limit = 1
    one.query()
    one.next()
    ids = ",".join([str(one.sys_id)] + [f"{n:032x}" for n in range(400)])
    equal(len(ids) > 10_000, True, "characters of the query")
    equal(count(client, "incident", f"sys_idIN{ids}"), 1, "rows of a long query")


def writes(client):
    own = "0123456789abcdef" * 2
    equal(insert(client, "problem", sys_id=own, short_description="Judged"), own, "its own id")
    problem = client.GlideRecord("problem")
    equal(problem.get(own), True, "the row made")
    problem.short_description = "Changed"
    problem.update()
    equal(str(problem.short_description), "Changed", "the row changed")
    attach(client, problem)
    equal(problem.delete(), True, "delete")
    equal(client.GlideRecord("problem").get(own), False, "the row after its deletion")

    for number in range(30):
        insert(client, "problem", short_description=f"Many {number}", category="judged")
    many = client.GlideRecord("problem")
    many.add_query("short_description", "STARTSWITH", "Many ")
    many.query()
    for row in many:
        row.impact = "1"
    many.rewind()
    equal(many.update_multiple(), True, "an update through a batch")
    equal(count(client, "problem", "short_descriptionSTARTSWITHMany ^impact=1"), 30, "rows changed")
    equal(many.delete_multiple(), True, "a deletion through a batch")
    equal(count(client, "problem", "short_descriptionSTARTSWITHMany "), 0, "rows left")


def attach(client, record):
    record.add_attachment("judged.txt", b"line one\nline two", content_type="text/plain")
    kept = record.get_attachments()
    equal([str(file.file_name) for file in kept], ["judged.txt"], "attachments")
    kept = record.get_attachments()
    kept.next()
    equal(kept.read(), b"line one\nline two", "what the attachment holds")
    kept.delete()
    equal(len(record.get_attachments()), 0, "attachments after the deletion")


def errors(client):
    unknown = client.GlideRecord("nonexistent")
    refused = raises(RequestException, unknown.query, "a table that does not exist")
    equal("Invalid table nonexistent" in str(refused), True, f"its message: {refused}")
    stranger = pysnc.ServiceNowClient(URL, (USER, "wrong"), verify=TRUST)
    raises(AuthenticationException, stranger.GlideRecord("incident").query, "a wrong password")
    cut = {"kind": "partial", "variant": "b", "rows": 5}
    control("POST", "faults", {"path": "/api/now/table/problem", "fault": cut})
    raises(RequestException, client.GlideRecord("problem").query, "a list that stops with status 200")


def oauth():
    password = ServiceNowPasswordGrantFlow(USER, PASSWORD, CLIENT_ID, CLIENT_SECRET)
    client = pysnc.ServiceNowClient(URL, password, verify=TRUST)
    equal(count(client, "incident", ""), ROWS, "rows with a token")
    control("POST", "tokens/expire")
    # Its refresh on expiry sends the request that caused it without a token, so it is told to refresh.
    before = client.session.token["access_token"]
    client.session.refresh_token(URL + "/oauth_token.do")
    equal(client.session.token["access_token"] != before, True, "the token is a new one")
    equal(count(client, "incident", ""), ROWS, "rows after a refresh")
    own = ServiceNowClientCredentialsFlow(CLIENT_ID, CLIENT_SECRET)
    client = pysnc.ServiceNowClient(URL, own, verify=TRUST)
    equal(count(client, "incident", ""), ROWS, "rows with client credentials")


basic = pysnc.ServiceNowClient(URL, (USER, PASSWORD), verify=TRUST)
pages(basic)
queries(basic)
long_query(basic)
writes(basic)
errors(basic)
oauth()
