"""Signs in, lists, creates, meets an error and renews its token.

SNOW_INSTANCE=... SNOW_CLIENT_ID=... SNOW_CLIENT_SECRET=... SNOW_USER=... SNOW_PASSWORD=... python example.py
"""

from os import environ

import snow

tokens = []
with snow.Client.oauth(environ["SNOW_INSTANCE"], environ["SNOW_CLIENT_ID"], environ["SNOW_CLIENT_SECRET"]) as client:
    client.on_token(tokens.append)  # The place to store it.
    client.login(environ["SNOW_USER"], environ["SNOW_PASSWORD"])
    print(f"signed in, token {len(tokens)}")

    query = snow.Query().where("active", "=", True).order_by("number").fields("number").limit(3)
    for row in client.list("incident", query):
        print(row["number"])

    made = client.create("incident", {"short_description": "Disk full on db01"})
    print(f"opened: {made['short_description']}")

    try:
        client.get("incident", "nobody")
    except snow.NotFound as error:
        print(f"{error.status_name}, HTTP {error.http_status}: {error.instance_message}")

    client.token = {**tokens[0].as_dict(), "expires_at": 1}  # Its time is over.
    client.get("incident", made["sys_id"])
    print(f"renewed, token {len(tokens)}")
