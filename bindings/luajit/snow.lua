-- libsnow from LuaJIT: rows in a for, errors as tables, closures as callbacks.

local ffi = require("ffi")
-- A function that calls C which calls back must not be compiled: LuaJIT would panic with "bad callback".
jit.off(true, true)

local OPERATORS = {
    ["="] = "EQ", ["!="] = "NE", ["<"] = "LT", ["<="] = "LE", [">"] = "GT", [">="] = "GE",
    STARTSWITH = "STARTS_WITH", ENDSWITH = "ENDS_WITH", LIKE = "CONTAINS", ["NOT LIKE"] = "NOT_CONTAINS",
    ISEMPTY = "IS_EMPTY", ISNOTEMPTY = "IS_NOT_EMPTY",
}

local folder = debug.getinfo(1, "S").source:match("^@(.*/)") or ""
local file = assert(io.open(folder .. "snow.cdef.h"))
local declarations = file:read("*a")
file:close()
ffi.cdef(declarations)

-- The type and the name of each parameter of a function, by the function's name without its snow_.
local parameters = {}
for name, list in declarations:gmatch("snow_([%w_]+)%(([^;()]*)%);") do
    parameters[name] = {}
    for kind, parameter in list:gmatch("%s*([^,]-)%s*([%w_]+)%f[,%z]") do
        table.insert(parameters[name], { kind = kind, name = parameter })
    end
end

-- The whole numbers that a parameter takes; a number of Lua tells them apart up to 2^53.
local RANGES = {
    int32_t = { -2^31, 2^31 - 1 }, int64_t = { -2^53, 2^53 },
    uint32_t = { 0, 2^32 - 1 }, uint64_t = { 0, 2^53 }, size_t = { 0, 2^53 },
}

-- What goes for a text (nil is NULL) and for a number, each also as C has it.
local TEXTS = { string = true, ["nil"] = true, cdata = true }
local NUMBERS = { number = true, boolean = true, cdata = true }

local function load(path)
    local found, library = pcall(ffi.load, path)
    if not found then
        error(("libsnow was not found as %s: install it where the loader of the system looks (ldconfig -p lists what "
            .. "it knows), or set SNOW_LIBRARY to its path (%s)"):format(path, library), 0)
    end
    local abi, wanted = library.snow_abi_version(), library.SNOW_ABI_VERSION
    if abi ~= wanted then
        error(("%s has the binary interface %d, and snow.cdef.h is for %d: take both from the same version of libsnow")
            :format(path, abi, wanted), 0)
    end
    return library
end

-- The functions and constants of snow.h, which snow.cdef.h declares.
local named = os.getenv("SNOW_LIBRARY") or ""
local snow = load(named ~= "" and named or "libsnow.so.0")

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

-- Refuses what would arrive as something else: C ends a text at a NUL, and takes -1 for its largest number.
local function check(name, ...)
    for index, parameter in ipairs(parameters[name] or {}) do
        local given, range = (select(index, ...)), RANGES[parameter.kind]
        if parameter.kind == "const char *" and type(given) == "string" and given:find("\0", 1, true) then
            error(("%s of snow_%s() has a NUL character, where C would end it"):format(parameter.name, name), 0)
        end
        -- What is given is not shown: it may be a password.
        if parameter.kind == "const char *" and not TEXTS[type(given)] then
            error(("%s of snow_%s() is a %s: accepted are strings"):format(parameter.name, name, type(given)), 0)
        end
        local refused = range and not NUMBERS[type(given)]
            or type(given) == "number" and range
            and not (given % 1 == 0 and given >= range[1] and given <= range[2])
        if refused or range and range[1] == 0 and ffi.istype("int64_t", given) and given < 0 then
            error(("%s of snow_%s() is %s: accepted are whole numbers from %.0f to %.0f"):format(parameter.name, name,
                tostring(given), range[1], range[2]), 0)
        end
    end
end

-- What a callback raised inside the call that is under way, in a table: it may be nil.
local raised

-- A function, named without its snow_, whose last parameter is an error, which is raised; or what a callback raised
-- meanwhile.
local function call(name, ...)
    check(name, ...)
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
        if inner and reason.status == snow.SNOW_CALLBACK_FAILED then error(inner[1], 0) end
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
        -- With display values a reference comes without the key.
        row[ffi.string(name)] = text(snow.snow_record_get(record, name, nil))
            or text(snow.snow_record_display(record, name, nil))
    end
    return row
end

local function taken(record)
    local row = fields(owned("record", record))
    release("record", record)
    return row
end

-- A value as text: no number with an exponent, which an instance does not read.
local function written(name, value)
    if type(value) == "string" or type(value) == "boolean" then return tostring(value) end
    if ffi.istype("int64_t", value) or ffi.istype("uint64_t", value) then return (tostring(value):gsub("U?LL$", "")) end
    local number = type(value) == "number" and (value % 1 == 0 and ("%.0f"):format(value) or tostring(value))
    if number and not number:find("%a") then return number end
    error(("%s is %s: accepted are strings, booleans and numbers that need no exponent"):format(tostring(name),
        tostring(value)), 0)
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
    local name = OPERATORS[operator]
    if not name then error("operator " .. tostring(operator) .. ": accepted are =, !=, <, <=, >, >=, STARTSWITH, "
        .. "ENDSWITH, LIKE, NOT LIKE, ISEMPTY, ISNOTEMPTY", 2) end
    if value ~= nil then value = written("value", value) end
    return self:step("query_where", field, snow["SNOW_" .. name], value)
end

function Query:order_by(field) return self:step("query_order_by", field) end
function Query:fields(...) return self:step("query_fields", table.concat({ ... }, ",")) end
function Query:limit(rows) return self:step("query_limit", rows) end
-- Display values in place of the stored ones.
function Query:display_value() return self:step("query_display_value", snow.SNOW_DISPLAY_TRUE) end

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
        if done then return snow.SNOW_HANDLED end
        raised = { reason }
        return 0
    end)
    local done, reason = pcall(call, "set_token_callback", self.handle, callback, nil, nil)
    if not done then
        callback:free()
        error(reason, 0)
    end
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
        -- A cursor would outlive the client, but the callback does not.
        if not self.handle then error("the client is closed", 0) end
        if call("cursor_next", cursor, row) ~= snow.SNOW_DONE then return fields(row[0]) end
    end
end

local function record(values)
    local sent = owned("record", call("record_new"))
    for name, value in pairs(values) do call("record_set", sent, name, written(name, value)) end
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
    -- A call in whose callback this is goes on, and must not call what has no place any more.
    if self.callback then snow.snow_set_token_callback(self.handle, nil, nil, nil, nil) end
    release("client", self.handle)
    if self.callback then self.callback:free() end
    self.handle, self.callback = nil, nil
end

return {
    version = ffi.string(snow.snow_version()),
    library = snow,
    call = call,
    Error = Error,
    basic = function(instance, user, password) return client(call("client_new_basic", instance, user, password)) end,
    -- The token is JSON from before, as the token callback was given it; nil where there is none yet.
    oauth = function(instance, client_id, client_secret, token)
        return client(call("client_new_oauth", instance, client_id, client_secret, stored(token)))
    end,
    -- Conditions may be given as ServiceNow encodes them; see also Query:where.
    query = function(encoded) return setmetatable({ encoded = encoded or "", steps = {} }, Query) end,
}
