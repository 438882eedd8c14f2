"""requests-oauthlib: every grant it knows, refresh, and refusals."""

import urllib.parse

from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient, OAuth2Error
from requests_oauthlib import OAuth2Session

from ground import CLIENT_ID, CLIENT_SECRET, PASSWORD, ROWS, URL, USER, control, equal, raises

TOKEN = URL + "/oauth_token.do"
INCIDENTS = URL + "/api/now/table/incident"
SECRETS = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


def total(session):
    answer = session.get(INCIDENTS, params={"sysparm_limit": 1})
    return answer.status_code, answer.headers.get("X-Total-Count")


def password_and_refresh():
    updates = []
    session = OAuth2Session(
        client=LegacyApplicationClient(client_id=CLIENT_ID),
        auto_refresh_url=TOKEN,
        auto_refresh_kwargs=SECRETS,
        token_updater=updates.append,
    )
    token = session.fetch_token(TOKEN, username=USER, password=PASSWORD, **SECRETS)
    equal((token["token_type"], token["scope"]), ("Bearer", ["useraccount"]), "the token")
    equal(total(session), (200, str(ROWS)), "rows with a token")

    control("POST", "tokens/expire")
    equal(total(session)[0], 401, "status with a token that has ended")
    session.token = {**token, "expires_at": 1}
    equal(total(session), (200, str(ROWS)), "rows after a refresh")
    equal([new["refresh_token"] for new in updates], [token["refresh_token"]], "refresh tokens")

    made = session.post(INCIDENTS, json={"short_description": "Judged"})
    equal(made.status_code, 201, "create")
    equal(session.get(made.headers["Location"]).json(), made.json(), "the record at its Location")
    where = made.headers["Location"]
    equal(session.patch(where, json={"urgency": "1"}).json()["result"]["urgency"], "1", "update")
    attach(session, made.json()["result"]["sys_id"])
    equal(session.delete(where).status_code, 204, "delete")
    gone = session.get(where)
    equal((gone.status_code, gone.json()["error"]["message"]), (404, "No Record found"), "gone")

    control("POST", "tokens/revoke")
    refresh = lambda: session.refresh_token(TOKEN, **SECRETS)
    equal(raises(OAuth2Error, refresh, "a revoked refresh token").error, "server_error", "its error")


def attach(session, sys_id):
    """It knows no attachments, but carries its token to any POST, raw or with a form."""
    about = {"table_name": "incident", "table_sys_id": sys_id}
    attachments = URL + "/api/now/attachment"
    raw = session.post(attachments + "/file", params={**about, "file_name": 'a "b".txt'},
                       headers={"Content-Type": "text/plain"}, data=b"raw")
    equal((raw.status_code, raw.json()["result"]["file_name"]), (201, 'a "b".txt'), "a raw upload")
    form = session.post(attachments + "/upload", data=about,
                        files={"uploadFile": ('Zürich "1".txt', b"in a form", "text/plain")})
    equal((form.status_code, form.json()["result"]["file_name"]), (201, 'Zürich "1".txt'), "a form")
    for kept, content in ((raw, b"raw"), (form, b"in a form")):
        down = session.get(kept.json()["result"]["download_link"])
        equal((down.status_code, down.content), (200, content), "what the attachment holds")


def pages(session):
    seen, url = set(), INCIDENTS + "?sysparm_limit=1000&sysparm_query=ORDERBYsys_id"
    while url:
        answer = session.get(url)
        seen.update(row["sys_id"] for row in answer.json()["result"])
        url = answer.links.get("next", {}).get("url")
    equal(len(seen), ROWS, "rows over the links of pages")


def rotation():
    control("PATCH", "settings", {"rotate_refresh_tokens": True})
    session = OAuth2Session(client=LegacyApplicationClient(client_id=CLIENT_ID))
    first = session.fetch_token(TOKEN, username=USER, password=PASSWORD, **SECRETS)["refresh_token"]
    second = session.refresh_token(TOKEN, refresh_token=first, **SECRETS)["refresh_token"]
    equal(first != second, True, "a refresh gives another refresh token")
    again = lambda token: lambda: session.refresh_token(TOKEN, refresh_token=token, **SECRETS)
    raises(OAuth2Error, again(first), "a refresh token used twice")
    raises(OAuth2Error, again(second), "the family of a refresh token used twice")
    equal(total(session)[0], 401, "status with an access token of that family")
    control("PATCH", "settings", {"rotate_refresh_tokens": False})


def client_credentials():
    session = OAuth2Session(client=BackendApplicationClient(client_id=CLIENT_ID))
    session.fetch_token(TOKEN, include_client_id=True, client_secret=CLIENT_SECRET)
    equal(total(session), (200, str(ROWS)), "rows with client credentials")
    pages(session)


def authorization_code():
    redirect = "https://127.0.0.1/callback"
    session = OAuth2Session(CLIENT_ID, redirect_uri=redirect, pkce="S256")
    where, state = session.authorization_url(URL + "/oauth_auth.do")
    # What the browser of a user who is signed in would do.
    answer = session.request(
        "GET", where, withhold_token=True, auth=(USER, PASSWORD), allow_redirects=False
    )
    equal(answer.status_code, 302, "status of an authorization")
    back = answer.headers["Location"]
    given = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)
    equal(given["state"], [state], "state")
    session.fetch_token(TOKEN, authorization_response=back, client_secret=CLIENT_SECRET,
                        include_client_id=True)
    equal(total(session), (200, str(ROWS)), "rows with an authorization code")


def refusals():
    session = OAuth2Session(client=LegacyApplicationClient(client_id=CLIENT_ID))
    wrong = lambda: session.fetch_token(TOKEN, username=USER, password="wrong", **SECRETS)
    equal(raises(OAuth2Error, wrong, "a wrong password").error, "server_error", "its error")


password_and_refresh()
rotation()
client_credentials()
authorization_code()
refusals()
