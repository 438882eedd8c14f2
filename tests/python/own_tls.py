"""A host with a TLS of its own, OpenSSL's, in the same process as the library's: each has its connection, and its
authorities, in turn and at once. The instance speaks https; SNOW_CA_FILE is its authority. Argument: the library."""

import ctypes
import http.client
import os
import ssl
import sys
import threading
import urllib.parse

snow = ctypes.CDLL(sys.argv[1])
pointer, text = ctypes.c_void_p, ctypes.c_char_p
for name, result, arguments in [
    ("snow_session_new", pointer, [pointer]),
    ("snow_session_set_basic_auth", ctypes.c_int32, [pointer, text, text, pointer]),
    ("snow_session_set_ca_file", ctypes.c_int32, [pointer, text, pointer]),
    ("snow_session_free", None, [pointer]),
    ("snow_client_new", pointer, [text, pointer, pointer]),
    ("snow_client_free", None, [pointer]),
    ("snow_table_count", ctypes.c_int32, [pointer, text, pointer, pointer, pointer]),
    ("snow_error_message", text, [pointer]),
]:
    function = getattr(snow, name)
    function.restype, function.argtypes = result, arguments

SNOW_TLS = 103
address = os.environ["SNOW_INSTANCE"]
ca_file = os.environ["SNOW_CA_FILE"]
error = pointer()


def must(holds):
    assert holds, snow.snow_error_message(error)


def own(connection):
    """A call over the host's own TLS: unsigned, and so refused, over a connection that stays open."""
    connection.request("GET", "/api/now/table/incident")
    answer = connection.getresponse()
    answer.read()
    return answer.status


def counted(client):
    rows = ctypes.c_uint64()
    status = snow.snow_table_count(client, b"incident", None, ctypes.byref(rows), None)
    return status, rows.value


def count(client):
    return counted(client) == (0, 75)


def own_connection():
    trusted = ssl.create_default_context(cafile=ca_file)
    return http.client.HTTPSConnection(urllib.parse.urlsplit(address).netloc, context=trusted)


session = snow.snow_session_new(ctypes.byref(error))
must(snow.snow_session_set_basic_auth(session, b"admin", b"admin", ctypes.byref(error)) == 0)
stranger = snow.snow_client_new(address.encode(), session, ctypes.byref(error))
must(stranger)
must(snow.snow_session_set_ca_file(session, ca_file.encode(), ctypes.byref(error)) == 0)
client = snow.snow_client_new(address.encode(), session, ctypes.byref(error))
must(client)
snow.snow_session_free(session)

connection = own_connection()
for _ in range(5):
    assert own(connection) == 401
    assert count(client)

# The host's own trust is not the library's: a client without that file refuses the instance.
assert counted(stranger)[0] == SNOW_TLS
snow.snow_client_free(stranger)
assert count(client) and own(connection) == 401

failures = []


def at_once():
    mine = own_connection()
    for _ in range(20):
        if own(mine) != 401 or not count(client):
            failures.append(threading.current_thread().name)
    mine.close()


threads = [threading.Thread(target=at_once) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not failures, failures
assert count(client) and own(connection) == 401
connection.close()
snow.snow_client_free(client)
