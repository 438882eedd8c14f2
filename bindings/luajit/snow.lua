-- libsnow from LuaJIT: rows in a for, errors as tables, closures as callbacks.

local ffi = require("ffi")
-- A function that calls C which calls back must not be compiled: LuaJIT would panic with "bad callback".
jit.off(true, true)

local ABI_VERSION, HANDLED, DONE = 0, 1397641047, 410
local OPERATORS = {
    ["="] = 1, ["!="] = 2, ["<"] = 3, ["<="] = 4, [">"] = 5, [">="] = 6, STARTSWITH = 10, ENDSWITH = 11, LIKE = 12,
    ["NOT LIKE"] = 13, ISEMPTY = 14, ISNOTEMPTY = 15,
}

ffi.cdef [[
typedef int32_t snow_status;
typedef int32_t snow_operator;
typedef int32_t snow_display;
typedef struct snow_error snow_error;
typedef struct snow_token snow_token;
typedef struct snow_client snow_client;
typedef struct snow_query snow_query;
typedef struct snow_record snow_record;
typedef struct snow_cursor snow_cursor;
typedef int32_t (*snow_token_fn)(void *user_data, const snow_token *token);
typedef void (*snow_destroy_fn)(void *user_data);
uint32_t snow_abi_version(void);
const char *snow_version(void);
const char *snow_status_name(snow_status status);
snow_status snow_error_status(const snow_error *error);
const char *snow_error_message(const snow_error *error);
const char *snow_error_instance_message(const snow_error *error);
const char *snow_error_detail(const snow_error *error);
int32_t snow_error_http_status(const snow_error *error);
const char *snow_error_method(const snow_error *error);
const char *snow_error_path(const snow_error *error);
int32_t snow_error_is_retryable(const snow_error *error);
int64_t snow_error_retry_after_ms(const snow_error *error);
int32_t snow_error_maybe_applied(const snow_error *error);
void snow_error_free(snow_error *error);
snow_token *snow_token_from_json(const char *json, snow_error **error);
const char *snow_token_json(const snow_token *token, size_t *length);
void snow_token_free(snow_token *token);
snow_client *snow_client_new_basic(const char *instance, const char *user, const char *password, snow_error **error);
snow_client *snow_client_new_oauth(const char *instance, const char *client_id, const char *client_secret, const snow_token *token, snow_error **error);
snow_status snow_set_token_callback(snow_client *client, snow_token_fn callback, void *user_data, snow_destroy_fn destroy, snow_error **error);
snow_status snow_client_login(snow_client *client, const char *user, const char *password, snow_error **error);
snow_status snow_client_set_token(snow_client *client, const snow_token *token, snow_error **error);
snow_token *snow_client_token(const snow_client *client, snow_error **error);
void snow_client_free(snow_client *client);
snow_query *snow_query_parse(const char *encoded, snow_error **error);
snow_status snow_query_where(snow_query *query, const char *field, snow_operator op, const char *value, snow_error **error);
snow_status snow_query_order_by(snow_query *query, const char *field, snow_error **error);
snow_status snow_query_fields(snow_query *query, const char *fields, snow_error **error);
snow_status snow_query_limit(snow_query *query, uint64_t rows, snow_error **error);
snow_status snow_query_display_value(snow_query *query, snow_display form, snow_error **error);
void snow_query_free(snow_query *query);
snow_record *snow_record_new(snow_error **error);
snow_status snow_record_set(snow_record *record, const char *field, const char *value, snow_error **error);
const char *snow_record_get(const snow_record *record, const char *field, size_t *length);
size_t snow_record_field_count(const snow_record *record);
const char *snow_record_field_name(const snow_record *record, size_t index);
void snow_record_free(snow_record *record);
snow_status snow_cursor_next(snow_cursor *cursor, const snow_record **row, snow_error **error);
void snow_cursor_free(snow_cursor *cursor);
snow_record *snow_table_get(snow_client *client, const char *table, const char *sys_id, const snow_query *query, snow_error **error);
snow_cursor *snow_table_list(snow_client *client, const char *table, const snow_query *query, snow_error **error);
snow_record *snow_table_create(snow_client *client, const char *table, const snow_record *record, const snow_query *query, snow_error **error);
snow_record *snow_table_update(snow_client *client, const char *table, const char *sys_id, const snow_record *record, const snow_query *query, snow_error **error);
snow_status snow_table_delete(snow_client *client, const char *table, const char *sys_id, const snow_query *query, snow_error **error);
]]

local function load(path)
    local found, library = pcall(ffi.load, path)
    if not found then
        error(("libsnow was not found as %s: install it where the loader of the system looks (ldconfig -p lists what "
            .. "it knows), or set SNOW_LIBRARY to its path (%s)"):format(path, library), 0)
    end
    local abi = library.snow_abi_version()
    if abi ~= ABI_VERSION then
        error(("%s has the binary interface %d, and snow.lua is for %d: take both from the same version of libsnow")
            :format(path, abi, ABI_VERSION), 0)
    end
    return library
end

local snow = load(os.getenv("SNOW_LIBRARY") or "libsnow.so.0")

local function text(pointer)
    return pointer ~= nil and ffi.string(pointer) or nil
end

-- What went wrong, as libsnow says it: snow.h under "Errors" tells each field.
local Error = { __tostring = function(self) return self.message end }

local function taken_error(e)
    local status = snow.snow_error_status(e)
    local made = setmetatable({
        status = status, status_name = text(snow.snow_status_name(status)), message = text(snow.snow_error_message(e)),
        instance_message = text(snow.snow_error_instance_message(e)), detail = text(snow.snow_error_detail(e)),
        http_status = snow.snow_error_http_status(e), method = text(snow.snow_error_method(e)),
        path = text(snow.snow_error_path(e)), retryable = snow.snow_error_is_retryable(e) == 1,
        retry_after_ms = tonumber(snow.snow_error_retry_after_ms(e)),
        maybe_applied = snow.snow_error_maybe_applied(e) == 1,
    }, Error)
    snow.snow_error_free(e)
    return made
end

-- What a callback raised inside the call that is under way, in a table: it may be nil.
local raised

-- A function whose last parameter is an error, which is raised; or what a callback raised meanwhile.
local function call(name, ...)
    local e = ffi.new("snow_error *[1]")
    local arguments, count = { ... }, select("#", ...)
    arguments[count + 1] = e
    local before = raised
    raised = nil
    local result = snow["snow_" .. name](unpack(arguments, 1, count + 1))
    local inner = raised
    raised = before
    if e[0] ~= nil then
        local reason = taken_error(e[0])
        if inner and reason.status_name == "SNOW_CALLBACK_FAILED" then error(inner[1], 0) end
        error(reason, 0)
    end
    return result
end

-- A handle that the collector frees, or release() before.
local function owned(noun, handle)
    return ffi.gc(handle, snow["snow_" .. noun .. "_free"])
end

local function release(noun, handle)
    snow["snow_" .. noun .. "_free"](ffi.gc(handle, nil))
end

local function fields(record)
    local row = {}
    for index = 0, tonumber(snow.snow_record_field_count(record)) - 1 do
        local name = snow.snow_record_field_name(record, index)
        row[ffi.string(name)] = text(snow.snow_record_get(record, name, nil))
    end
    return row
end

local function taken(record)
    local row = fields(owned("record", record))
    release("record", record)
    return row
end

-- Which rows, in what order and form. Each method returns the query; a call says what is wrong with it.
local Query = {}
Query.__index = Query

function Query:step(...)
    self.steps[#self.steps + 1] = { n = select("#", ...), ... }
    return self
end

-- The operator as ServiceNow writes it: =, !=, STARTSWITH, LIKE, ...
function Query:where(field, operator, value)
    local op = OPERATORS[operator]
    if not op then error("operator " .. tostring(operator) .. ": accepted are =, !=, <, <=, >, >=, STARTSWITH, "
        .. "ENDSWITH, LIKE, NOT LIKE, ISEMPTY, ISNOTEMPTY", 2) end
    if value ~= nil then value = tostring(value) end
    return self:step("query_where", field, op, value)
end

function Query:order_by(field) return self:step("query_order_by", field) end
function Query:fields(...) return self:step("query_fields", table.concat({ ... }, ",")) end
function Query:limit(rows) return self:step("query_limit", rows) end
-- Display values in place of the stored ones.
function Query:display_value() return self:step("query_display_value", 1) end

local function made(query)
    if not query then return nil end
    local handle = owned("query", call("query_parse", query.encoded))
    for _, step in ipairs(query.steps) do
        call(step[1], handle, unpack(step, 2, step.n))
    end
    return handle
end

-- One instance. close() frees it, or the collector.
local Client = {}
Client.__index = Client

local function client(handle) return setmetatable({ handle = owned("client", handle) }, Client) end

local function stored(token)
    return token and owned("token", call("token_from_json", token))
end

-- Has each new token told, as JSON, before the call that needed it goes on. What it raises comes out of that call.
function Client:on_token(told)
    local callback = ffi.cast("snow_token_fn", function(_, token)
        local done, reason = pcall(function() told(ffi.string(snow.snow_token_json(token, nil))) end)
        if done then return HANDLED end
        raised = { reason }
        return 0
    end)
    call("set_token_callback", self.handle, callback, nil, nil)
    if self.callback then self.callback:free() end
    self.callback = callback
end

function Client:login(user, password) call("client_login", self.handle, user, password) end
function Client:set_token(token) call("client_set_token", self.handle, stored(token)) end

-- The token that is in use, as JSON.
function Client:token()
    local token = owned("token", call("client_token", self.handle))
    return ffi.string(snow.snow_token_json(token, nil))
end

function Client:get(table, sys_id, query)
    return taken(call("table_get", self.handle, table, sys_id, made(query)))
end

-- The rows of a table as they come: for row in client:list("incident") do ... end
function Client:list(table, query)
    local cursor = owned("cursor", call("table_list", self.handle, table, made(query)))
    local row = ffi.new("const snow_record *[1]")
    return function()
        if call("cursor_next", cursor, row) ~= DONE then return fields(row[0]) end
    end
end

local function record(values)
    local sent = owned("record", call("record_new"))
    for name, value in pairs(values) do call("record_set", sent, name, tostring(value)) end
    return sent
end

function Client:create(table, values)
    return taken(call("table_create", self.handle, table, record(values), nil))
end

function Client:update(table, sys_id, values)
    return taken(call("table_update", self.handle, table, sys_id, record(values), nil))
end

function Client:delete(table, sys_id) call("table_delete", self.handle, table, sys_id, nil) end

function Client:close()
    if not self.handle then return end
    release("client", self.handle)
    if self.callback then self.callback:free() end
    self.handle, self.callback = nil, nil
end

return {
    version = ffi.string(snow.snow_version()),
    Error = Error,
    basic = function(instance, user, password) return client(call("client_new_basic", instance, user, password)) end,
    -- The token is JSON from before, as the token callback was given it; nil where there is none yet.
    oauth = function(instance, client_id, client_secret, token)
        return client(call("client_new_oauth", instance, client_id, client_secret, stored(token)))
    end,
    -- Conditions may be given as ServiceNow encodes them; see also Query:where.
    query = function(encoded) return setmetatable({ encoded = encoded or "", steps = {} }, Query) end,
}
