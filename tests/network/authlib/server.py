"""
The OAuth server of Authlib under Flask, at ServiceNow's addresses, with a table behind it. Arguments: a port, and
the client ids, secrets, users and passwords that it knows, as JSON.

Besides: GET /-/counts, how many tokens were issued by which grant, and refused; POST /-/reset, begins anew;
POST /-/lifetime/SECONDS, of the tokens to come; POST /-/end-access-tokens and /-/revoke, ends what was issued.
"""

import json
import sys
import threading
import time

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenGenerator, BearerTokenValidator
from authlib.common.security import generate_token
from flask import Flask, jsonify, request
from werkzeug.middleware.proxy_fix import ProxyFix

PORT, KNOWN = int(sys.argv[1]), json.loads(sys.argv[2])


class Client(ClientMixin):
    def __init__(self, client_id, secret):
        self.client_id, self.secret = client_id, secret

    def get_client_id(self):
        return self.client_id

    def check_client_secret(self, client_secret):
        return client_secret == self.secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method in ("client_secret_post", "client_secret_basic")

    def check_grant_type(self, grant_type):
        return True

    def get_allowed_scope(self, scope):
        return scope or ""


class Token(TokenMixin):
    def __init__(self, client, user, token):
        self.client, self.user = client, user
        self.access_token, self.refresh_token = token["access_token"], token.get("refresh_token")
        self.ends = time.time() + token["expires_in"]

    def check_client(self, client):
        return self.client.client_id == client.client_id

    def get_scope(self):
        return ""

    def get_expires_in(self):
        return self.ends - time.time()

    def is_expired(self):
        return self.ends < time.time()

    def is_revoked(self):
        return False

    def get_user(self):
        return self.user

    def get_client(self):
        return self.client


class Issued:
    """What was issued and how often. One thread at a time has it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        self.lifetime = 3600
        self.counts = {"password": 0, "refresh_token": 0, "client_credentials": 0, "refused": 0}
        self.access_tokens, self.refresh_tokens = {}, {}

    def save(self, token, granted):
        saved = Token(granted.client, granted.user, token)
        self.access_tokens[saved.access_token] = saved
        if saved.refresh_token:
            self.refresh_tokens[saved.refresh_token] = saved


issued = Issued()


class PasswordGrant(grants.ResourceOwnerPasswordCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post", "client_secret_basic"]

    def authenticate_user(self, username, password):
        return username if KNOWN["users"].get(username) == password else None


class ClientCredentialsGrant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post", "client_secret_basic"]


class RefreshTokenGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post", "client_secret_basic"]
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        return issued.refresh_tokens.get(refresh_token)

    def authenticate_user(self, refresh_token):
        return refresh_token.user

    def revoke_old_credential(self, refresh_token):
        issued.refresh_tokens.pop(refresh_token.refresh_token, None)


class Bearer(BearerTokenValidator):
    def authenticate_token(self, token_string):
        return issued.access_tokens.get(token_string)


def client_of(client_id):
    secret = KNOWN["clients"].get(client_id)
    return Client(client_id, secret) if secret is not None else None


app = Flask(__name__)
# nginx speaks https; without that Authlib gives no token.
app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1)
server = AuthorizationServer(app, query_client=client_of, save_token=issued.save)
for grant in (PasswordGrant, ClientCredentialsGrant, RefreshTokenGrant):
    server.register_grant(grant)
server.register_token_generator(
    "default",
    BearerTokenGenerator(
        access_token_generator=lambda *_, **__: generate_token(42),
        refresh_token_generator=lambda *_, **__: generate_token(48),
        expires_generator=lambda *_: issued.lifetime,
    ),
)
protector = ResourceProtector()
protector.register_token_validator(Bearer())


@app.post("/oauth_token.do")
def issue():
    with issued.lock:
        response = server.create_token_response()
        answered = "refused" if response.status_code >= 400 else request.form["grant_type"]
        issued.counts[answered] += 1
        return response


@app.get("/api/now/table/<table>")
@protector()
def show(table):
    return jsonify(result=[{"sys_id": "0a", "number": "INC0000001"}])


@app.route("/-/<what>", methods=["GET", "POST"])
@app.post("/-/<what>/<int:value>")
def control(what, value=0):
    with issued.lock:
        if what == "reset":
            issued.reset()
        elif what == "lifetime":
            issued.lifetime = value
        elif what in ("end-access-tokens", "revoke"):
            issued.access_tokens.clear()
            if what == "revoke":
                issued.refresh_tokens.clear()
        return jsonify(issued.counts)


app.run("127.0.0.1", PORT, threaded=True)
