"""pysnow: everything but a certificate."""

import os
import tempfile
import warnings

import pysnow
import requests

from ground import CLIENT_ID, CLIENT_SECRET, HOST, PASSWORD, ROWS, USER, control, equal, raises

warnings.simplefilter("ignore")


def records(client):
    incidents = client.resource(api_path="/table/incident")
    pages = [incidents.get(query={}, limit=1000, offset=offset).all() for offset in (0, 1000, 2000)]
    equal([len(page) for page in pages], [1000, 1000, 500], "pages")
    equal(len({row["sys_id"] for page in pages for row in page}), ROWS, "rows, each once")
    streamed = incidents.get(query="ORDERBYnumber", stream=True, fields=["number"])
    equal(sum(1 for _ in streamed.all()), ROWS, "rows of a stream")
    equal(incidents.get(query={}, limit=1).headers["X-Total-Count"], str(ROWS), "X-Total-Count")

    made = incidents.create(payload={"short_description": "Judged by pysnow", "urgency": "1"}).one()
    query = pysnow.QueryBuilder().field("number").equals(made["number"])
    found = incidents.get(query=query, fields=["short_description"]).one()
    equal(found, {"short_description": "Judged by pysnow"}, "the row found")
    changed = incidents.update(query={"number": made["number"]}, payload={"urgency": "3"}).one()
    equal((changed["urgency"], changed["sys_mod_count"]), ("3", "1"), "the row changed")
    attach(incidents, made["sys_id"])
    equal(incidents.delete(query={"number": made["number"]})["status"], "record deleted", "delete")
    equal(incidents.get(query=query).all(), [], "the row after its deletion")


def attach(incidents, sys_id):
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
        file.write("as pysnow sent it")
    name = os.path.basename(file.name)
    incidents.attachments.upload(sys_id=sys_id, file_path=file.name)
    os.unlink(file.name)
    kept = [row for row in incidents.attachments.get(sys_id=sys_id) if row["file_name"] == name]
    equal([row["size_bytes"] for row in kept], ["17"], "the attachment")
    incidents.attachments.delete(kept[0]["sys_id"])
    equal(incidents.attachments.get(sys_id=sys_id), [], "attachments after the deletion")


def errors(client):
    unknown = client.resource(api_path="/table/nonexistent").get(query={})
    refused = raises(requests.HTTPError, unknown.all, "a table that does not exist")
    equal(refused.response.status_code, 400, "status of a table that does not exist")
    equal(refused.response.json()["error"]["message"], "Invalid table nonexistent", "its message")
    nobody = client.resource(api_path="/table/incident").get(query={"number": "INC0"})
    raises(pysnow.exceptions.NoResults, nobody.one, "a row that does not exist")
    stranger = pysnow.Client(host=HOST, user=USER, password="wrong")
    answer = stranger.resource(api_path="/table/incident").get(query={}, limit=1)
    refused = raises(requests.HTTPError, answer.all, "a wrong password")
    equal(refused.response.status_code, 401, "status of a wrong password")


def oauth():
    updates = []
    client = pysnow.OAuthClient(
        client_id=CLIENT_ID, client_secret=CLIENT_SECRET, token_updater=updates.append, host=HOST
    )
    token = client.generate_token(USER, PASSWORD)
    client.set_token(token)
    one = client.resource(api_path="/table/incident").get(query={}, limit=1).all()
    equal(len(one), 1, "rows with a token")
    control("POST", "tokens/expire")
    client.set_token({**token, "expires_at": 1})
    one = client.resource(api_path="/table/incident").get(query={}, limit=1).all()
    equal(len(one), 1, "rows after a refresh")
    equal(len(updates), 1, "refreshes")
    equal(updates[0]["access_token"] != token["access_token"], True, "the token is a new one")
    wrong = lambda: client.generate_token(USER, "wrong")
    raises(pysnow.exceptions.TokenCreateError, wrong, "a token for a wrong password")


basic = pysnow.Client(host=HOST, user=USER, password=PASSWORD)
records(basic)
errors(basic)
oauth()
