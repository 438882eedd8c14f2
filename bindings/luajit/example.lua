-- Signs in, lists, creates, meets an error and renews its token.
--   SNOW_INSTANCE=... SNOW_CLIENT_ID=... SNOW_CLIENT_SECRET=... SNOW_USER=... SNOW_PASSWORD=... luajit example.lua
package.path = (arg[0]:match("^(.*)/") or ".") .. "/?.lua;" .. package.path
local snow = require("snow")

local client = snow.oauth(os.getenv("SNOW_INSTANCE"), os.getenv("SNOW_CLIENT_ID"), os.getenv("SNOW_CLIENT_SECRET"))
local tokens = {}
client:on_token(function(token) tokens[#tokens + 1] = token end) -- The place to store it.
client:login(os.getenv("SNOW_USER"), os.getenv("SNOW_PASSWORD"))
print("signed in, token " .. #tokens)

local query = snow.query():where("active", "=", true):order_by("number"):fields("number"):limit(3)
for row in client:list("incident", query) do
    print(row.number)
end

local made = client:create("incident", { short_description = "Disk full on db01" })
print("opened: " .. made.short_description)

local found, err = pcall(client.get, client, "incident", "nobody")
if not found then
    if getmetatable(err) ~= snow.Error then error(err, 0) end
    print(("%s, HTTP %d: %s"):format(err.status_name, err.http_status, err.instance_message))
end

client:set_token((tokens[1]:gsub('("expires_at": *)[%d.]+', "%11"))) -- Its time is over.
client:get("incident", made.sys_id)
print("renewed, token " .. #tokens)
client:close()
