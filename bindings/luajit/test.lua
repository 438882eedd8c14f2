-- What the example does not show: errors in callbacks, hot loops, coroutines, the collector.
package.path = (arg[0]:match("^(.*)/") or ".") .. "/?.lua;" .. package.path
local snow = require("snow")

local client = snow.oauth(os.getenv("SNOW_INSTANCE"), "snow-client", "snow-secret")
local told = 0
client:on_token(function() told = told + 1 end)
client:login("admin", "admin")

local function expire() client:set_token((client:token():gsub('("expires_at": *)[%d.]+', "%11"))) end
local function failed(call, ...)
    local done, reason = pcall(call, ...)
    assert(not done, "it did not fail")
    return reason
end

-- A loop that LuaJIT compiles, in which calls call back.
for _ = 1, 100 do
    expire()
    assert(failed(client.get, client, "incident", "0").status_name == "SNOW_NOT_FOUND")
end
assert(told == 101, told)

-- A callback runs in the coroutine whose call needed the token.
local within
client:on_token(function() within = coroutine.running() end)
local other = coroutine.create(function()
    expire()
    for row in client:list("incident", snow.query():limit(1)) do assert(row.number:find("^INC")) end
end)
assert(coroutine.resume(other))
assert(within == other)

-- What it raises, and that it may call the client.
local mine = { "the disk is full" }
client:on_token(function() error(mine) end)
expire()
assert(failed(client.get, client, "incident", "0") == mine)
client:on_token(function() client:get("incident", "0") end)
expire()
assert(failed(client.delete, client, "incident", "0").method == "GET")
-- More callbacks than LuaJIT has places for.
for _ = 1, 5000 do client:on_token(function() end) end

local made = client:create("incident", { short_description = "naïve 😀" })
assert(made.short_description == "naïve 😀")
assert(client:update("incident", made.sys_id, { state = 2 }).state == "2")
local display = snow.query("active=true"):fields("state", "opened_by"):display_value()
local shown = client:get("incident", made.sys_id, display)
assert(shown.state == "In Progress" and shown.opened_by == "admin")
client:delete("incident", made.sys_id)
local gone = failed(client.get, client, "incident", made.sys_id)
assert(gone.status == 313 and gone.http_status == 404 and gone.path:find(made.sys_id, 1, true) and not gone.retryable)
assert(not gone.maybe_applied and gone.retry_after_ms == -1 and tostring(gone) == gone.message)
assert(failed(snow.query().where, snow.query(), "active", "~", 1):find("accepted are"))
assert(tostring(failed(client.list, client, "incident", snow.query():where("a^b", "=", 1))):find("field"))

local count = require("ffi").new("uint64_t[1]")
snow.call("table_count", client.handle, "incident", nil, count)
assert(count[0] >= 75)

-- What C would take for something else is refused before it gets there.
made = client:create("incident", { short_description = "stays" })
local cut = failed(client.delete, client, "incident", made.sys_id .. "\0' OR 1")
assert(cut:find("sys_id of snow_table_delete() has a NUL", 1, true))
assert(failed(client.create, client, "incident", { ["state\0"] = 1 }):find("NUL"))
assert(failed(client.list, client, "incident", snow.query("active=true\0")):find("NUL"))
assert(failed(snow.basic, "dev12345", "admin", "admin\0"):find("password of .* has a NUL"))
for _, limit in ipairs { -1, 2.7, 0 / 0, math.huge, -1LL } do
    assert(failed(client.list, client, "incident", snow.query():limit(limit)):find("^rows of .* whole numbers from 0"))
end
assert(client:list("incident", snow.query():limit(0xffffffffffffffffULL))().sys_id)
for _, other in ipairs { 4711, true, {}, print } do
    assert(failed(client.get, client, "incident", other):find("^sys_id of snow_table_get%(%) is a " .. type(other)))
    assert(failed(snow.basic, "dev12345", "admin", other):find("^password of .* accepted are strings"))
end
assert(failed(client.list, client, "incident", snow.query():limit("3")):find("^rows of .* whole numbers from 0"))
client:delete("incident", made.sys_id)

-- Numbers are written without an exponent, and what has no text is refused.
made = client:create("incident", { short_description = 1e14, description = -5LL, close_notes = 0.25, active = true })
assert(made.short_description == "100000000000000" and made.description == "-5" and made.close_notes == "0.25")
for _, value in ipairs { 1e-7, math.huge, 0 / 0, {}, print } do
    local refused = failed(client.update, client, "incident", made.sys_id, { description = value })
    assert(refused:find("^description is .* accepted"))
    assert(failed(snow.query().where, snow.query(), "number", "=", value):find("^value is .* accepted"))
end
local large = snow.query("sys_id=" .. made.sys_id):where("short_description", "=", 1e14)
assert(client:list("incident", large)().sys_id == made.sys_id)
client:delete("incident", made.sys_id)

-- A callback that is not set keeps no place; LuaJIT has room for some hundred.
local basic = snow.basic(os.getenv("SNOW_INSTANCE"), "admin", "admin")
for _ = 1, 2000 do assert(failed(basic.on_token, basic, print).status_name == "SNOW_INVALID_ARGUMENT") end
basic:close()

-- A client that is closed in its callback, while the call that it is told in renews its token once more.
local closing = snow.oauth(os.getenv("SNOW_INSTANCE"), "snow-client", "snow-secret")
closing:login("admin", "admin")
local fault = '{"path":"/api/now/table/incident","fault":{"kind":"unauthorized"}}'
local order = snow.call("request_new", "POST", "/-/faults")
snow.call("request_set_body", order, fault, #fault, "application/json")
local answer = snow.call("client_send", closing.handle, order)
assert(snow.library.snow_response_status(answer) == 200)
snow.library.snow_response_free(answer)
snow.library.snow_request_free(order)
closing:set_token((closing:token():gsub('("expires_at": *)[%d.]+', "%11")))
closing:on_token(function() closing:close() end)
assert(failed(closing.get, closing, "incident", "0").http_status == 404 and not closing.handle)

-- Rows that are left, and a client that is lost, are the collector's. Rows keep their client, until it is closed.
for row in client:list("incident") do assert(row.sys_id) break end
local rows = client:list("incident", snow.query():limit(3))
expire()
client:close()
client:close()
assert(failed(rows) == "the client is closed")
client = snow.basic(os.getenv("SNOW_INSTANCE"), "admin", "admin")
rows = client:list("incident")
client = nil
collectgarbage()
collectgarbage()
assert(rows().sys_id)
