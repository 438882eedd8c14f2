"""include/snow.cdef.h as cffi takes it: rows, an error, a token callback. Arguments: the library, the declarations."""

import os
import sys

from cffi import FFI

ffi = FFI()
with open(sys.argv[2]) as declarations:
    ffi.cdef(declarations.read())
snow = ffi.dlopen(sys.argv[1])
assert snow.snow_abi_version() == snow.SNOW_ABI_VERSION

instance = os.environ["SNOW_INSTANCE"].encode()
error = ffi.new("snow_error **")


def said():
    return ffi.string(snow.snow_error_message(error[0])).decode()


client = snow.snow_client_new_oauth(instance, b"snow-client", b"snow-secret", ffi.NULL, error)
assert client, said()
tokens = []


@ffi.callback("int32_t(void *, const snow_token *)")
def store(_, token):
    tokens.append(ffi.string(snow.snow_token_json(token, ffi.NULL)))
    return snow.SNOW_HANDLED


assert snow.snow_set_token_callback(client, store, ffi.NULL, ffi.NULL, error) == snow.SNOW_OK, said()
assert snow.snow_client_login(client, b"admin", b"admin", error) == snow.SNOW_OK, said()
assert len(tokens) == 1 and b"access_token" in tokens[0]

query = snow.snow_query_new(error)
assert snow.snow_query_where(query, b"active", snow.SNOW_EQ, b"true", error) == snow.SNOW_OK, said()
assert snow.snow_query_limit(query, 3, error) == snow.SNOW_OK, said()
cursor = snow.snow_table_list(client, b"incident", query, error)
row = ffi.new("const snow_record **")
rows = 0
while snow.snow_cursor_next(cursor, row, error) == snow.SNOW_OK:
    assert ffi.string(snow.snow_record_get(row[0], b"number", ffi.NULL)).startswith(b"INC")
    rows += 1
assert rows == 3 and error[0] == ffi.NULL, (rows, said())

assert snow.snow_table_get(client, b"incident", b"0", ffi.NULL, error) == ffi.NULL
assert snow.snow_error_status(error[0]) == snow.SNOW_NOT_FOUND, said()
snow.snow_error_free(error[0])
snow.snow_cursor_free(cursor)
snow.snow_query_free(query)
snow.snow_client_free(client)
