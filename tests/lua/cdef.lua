-- include/snow.cdef.h as LuaJIT takes it: rows, an error. Arguments: the library, the declarations.

local ffi = require("ffi")
local file = assert(io.open(arg[2]))
ffi.cdef(file:read("*a"))
file:close()
local snow = ffi.load(arg[1])
assert(snow.snow_abi_version() == snow.SNOW_ABI_VERSION)

local err = ffi.new("snow_error *[1]")
local function said()
    return ffi.string(snow.snow_error_message(err[0]))
end

local client = snow.snow_client_new_basic(os.getenv("SNOW_INSTANCE"), "admin", "admin", err)
assert(client ~= nil, said())
local query = snow.snow_query_new(err)
assert(snow.snow_query_where(query, "active", snow.SNOW_EQ, "true", err) == snow.SNOW_OK, said())
assert(snow.snow_query_limit(query, 3, err) == snow.SNOW_OK, said())
local cursor = snow.snow_table_list(client, "incident", query, err)
local row = ffi.new("const snow_record *[1]")
local rows = 0
while snow.snow_cursor_next(cursor, row, err) == snow.SNOW_OK do
    assert(ffi.string(snow.snow_record_get(row[0], "number", nil)):find("^INC"))
    rows = rows + 1
end
assert(rows == 3 and err[0] == nil, said())

assert(snow.snow_table_get(client, "incident", "0", nil, err) == nil)
assert(snow.snow_error_status(err[0]) == snow.SNOW_NOT_FOUND, said())
snow.snow_error_free(err[0])
snow.snow_cursor_free(cursor)
snow.snow_query_free(query)
snow.snow_client_free(client)
