"""The library from Python, with nothing but ctypes: connect, list, an error, a token callback."""

import ctypes
import json
import os
import sys

HANDLED = 1397641047
OK = 0
CALLBACK_FAILED, NOT_FOUND, DONE = 214, 313, 410

TokenCallback = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p)


def load(path):
    snow = ctypes.CDLL(path)
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    for name, result, arguments in [
        ("snow_client_new_oauth", pointer, [text, text, text, pointer, pointer]),
        ("snow_client_login", ctypes.c_int32, [pointer, text, text, pointer]),
        ("snow_client_set_token", ctypes.c_int32, [pointer, pointer, pointer]),
        ("snow_client_free", None, [pointer]),
        ("snow_cursor_free", None, [pointer]),
        ("snow_cursor_next", ctypes.c_int32, [pointer, pointer, pointer]),
        ("snow_error_callback_value", ctypes.c_int32, [pointer]),
        ("snow_error_free", None, [pointer]),
        ("snow_error_message", text, [pointer]),
        ("snow_error_status", ctypes.c_int32, [pointer]),
        ("snow_record_free", None, [pointer]),
        ("snow_record_get", text, [pointer, text, pointer]),
        ("snow_set_token_callback", ctypes.c_int32, [pointer, TokenCallback, pointer, pointer, pointer]),
        ("snow_table_first", pointer, [pointer, text, pointer, pointer]),
        ("snow_table_get", pointer, [pointer, text, text, pointer, pointer]),
        ("snow_table_list", pointer, [pointer, text, pointer, pointer]),
        ("snow_token_free", None, [pointer]),
        ("snow_token_from_json", pointer, [text, pointer]),
        ("snow_token_json", text, [pointer, pointer]),
    ]:
        function = getattr(snow, name)
        function.restype, function.argtypes = result, arguments
    return snow


def main():
    snow = load(sys.argv[1])
    error = ctypes.c_void_p()

    def taken():
        """The status and message of the last error, which is freed."""
        status, message = snow.snow_error_status(error), snow.snow_error_message(error).decode()
        value = snow.snow_error_callback_value(error)
        snow.snow_error_free(error)
        return status, message, value

    environment = {name: value.encode() for name, value in os.environ.items()}
    client = snow.snow_client_new_oauth(
        environment["SNOW_INSTANCE"], environment["SNOW_CLIENT_ID"], environment["SNOW_CLIENT_SECRET"],
        None, ctypes.byref(error))
    assert client, taken()

    tokens = []

    @TokenCallback
    def keep(_user_data, token):
        tokens.append(json.loads(snow.snow_token_json(token, None)))
        return HANDLED

    assert snow.snow_set_token_callback(client, keep, None, None, ctypes.byref(error)) == OK, taken()
    assert snow.snow_client_login(client, b"admin", b"admin", ctypes.byref(error)) == OK, taken()
    assert len(tokens) == 1 and tokens[0]["token_type"] == "Bearer", tokens

    # A stored token whose time is over, as pysnow's users have it on disk.
    stored = dict(tokens[0], expires_at=1.5)
    token = snow.snow_token_from_json(json.dumps(stored).encode(), ctypes.byref(error))
    assert snow.snow_client_set_token(client, token, ctypes.byref(error)) == OK, taken()

    cursor = snow.snow_table_list(client, b"incident", None, ctypes.byref(error))
    row, numbers = ctypes.c_void_p(), []
    while (status := snow.snow_cursor_next(cursor, ctypes.byref(row), ctypes.byref(error))) == OK:
        numbers.append(snow.snow_record_get(row, b"number", None).decode())
    assert status == DONE, taken()
    assert len(numbers) == len(set(numbers)) == 75, numbers
    assert len(tokens) == 2, tokens
    snow.snow_cursor_free(cursor)

    assert snow.snow_table_get(client, b"incident", b"0", None, ctypes.byref(error)) is None
    status, message, _ = taken()
    assert status == NOT_FOUND and "No Record found" in message, message

    # An exception in the callback is failure, whatever ctypes hands back for it.
    @TokenCallback
    def raise_an_exception(_user_data, _token):
        raise ValueError("on purpose")

    sys.unraisablehook = lambda _: None
    assert snow.snow_set_token_callback(client, raise_an_exception, None, None, ctypes.byref(error)) == OK
    assert snow.snow_client_set_token(client, token, ctypes.byref(error)) == OK, taken()
    assert snow.snow_table_first(client, b"incident", None, ctypes.byref(error)) is None
    status, message, value = taken()
    assert status == CALLBACK_FAILED and value != HANDLED, message

    snow.snow_token_free(token)
    snow.snow_client_free(client)
    print("ok")


main()
