"""What sessions of requests, and its environment, say of TLS, through libsnow's module of pysnow's names.

    python pysnow_sessions.py CA CERTIFICATE KEY BOTH

runs in an environment that has requests and the package `snow`; SNOW_INSTANCE is the URL of an instance that takes
whoever shows the certificate for its administrator. Each argument is a PEM file; BOTH holds certificate and key.
"""

import os
import sys

import requests
import snow
from snow import pysnow

host = os.environ["SNOW_INSTANCE"].removeprefix("https://")
ca, certificate, key, both = sys.argv[1:]


def count(cert):
    session = requests.Session()
    session.verify, session.cert = ca, cert
    client = pysnow.Client(host=host, session=session)
    return len(client.resource(api_path="/table/sys_user").get(limit=3).all())


for cert in ((certificate, key), [certificate, key], (both, None), both):
    assert count(cert) == 3, cert
try:
    count(None)
    raise AssertionError("somebody without a certificate was let in")
except requests.HTTPError as error:
    assert error.response.status_code == 401, error
for cert, told in (((certificate, key + ".none"), "No such file"), ((certificate, None), "no private key")):
    try:
        count(cert)
        raise AssertionError(f"{cert} was taken")
    except OSError as error:
        said = error.__cause__ or error
        assert told in str(said), said

# The authorities that requests takes from the environment.
os.environ["REQUESTS_CA_BUNDLE"] = ca
basic = pysnow.Client(host=host, user="admin", password="admin")
assert basic.resource(api_path="/table/sys_user").get(limit=1).one()
oauth = pysnow.OAuthClient(client_id="snow-client", client_secret="snow-secret", host=host)
oauth.set_token(oauth.generate_token("admin", "admin"))
assert oauth.resource(api_path="/table/sys_user").get(limit=1).one()
for trust, known in ((True, True), (False, False)):
    session = requests.Session()
    session.auth, session.trust_env = ("admin", "admin"), trust
    users = pysnow.Client(host=host, session=session).resource(api_path="/table/sys_user")
    try:
        assert users.get(limit=1).one() and known
    except requests.exceptions.SSLError:
        assert not known
del os.environ["REQUESTS_CA_BUNDLE"]

session = snow.Session().ca_file(ca).client_certificate(certificate, key)
assert snow.Client(os.environ["SNOW_INSTANCE"], session).count("sys_user") > 3
