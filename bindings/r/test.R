# What the example does not show: what callbacks stop with, the collector, data frames.
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "snow.R"))

failure <- function(call) tryCatch({ call; stop("nothing failed") }, condition = identity)
client <- snow$oauth(Sys.getenv("SNOW_INSTANCE"), "snow-client", "snow-secret")
told <- 0
snow$on_token(client, function(token) told <<- told + 1)
snow$login(client, "admin", "admin")
expire <- function() snow$set_token(client, sub('("expires_at": *)[0-9.]+', "\\11", snow$token(client)))

mine <- structure(class = c("disk_full", "error", "condition"), list(message = "the disk is full", call = NULL))
snow$on_token(client, function(token) stop(mine))
invisible(gc())
expire()
stopifnot(identical(failure(snow$get(client, "incident", "0")), mine))
# It may call the client, and the condition of that call comes out.
snow$on_token(client, function(token) snow$get(client, "incident", "0"))
expire()
stopifnot(failure(snow$delete(client, "incident", "0"))$method == "GET")
# What would jump out of the callback stops the call, no more.
snow$on_token(client, function(token) invokeRestart("abort"))
expire()
stopifnot(failure(snow$get(client, "incident", "0"))$status_name == "SNOW_CALLBACK_FAILED")
# What it says on the way stops nothing.
snow$on_token(client, function(token) { message("a new token"); warning("an old disk"); told <<- told + 1 })
expire()
before <- told
suppressWarnings(stopifnot(failure(snow$get(client, "incident", "0"))$status == 313, told == before + 1))
snow$on_token(client, function(token) told <<- told + 1)

text <- "na\u00efve \U0001F600"
made <- snow$create(client, "incident", c(short_description = text))
sys_id <- made[["sys_id"]]
stopifnot(made[["short_description"]] == text)
stopifnot(snow$update(client, "incident", sys_id, list(state = 2))[["state"]] == "2")
display <- snow$query("active=true", fields = c("state", "opened_by"), display_value = TRUE)
shown <- snow$get(client, "incident", sys_id, display)
stopifnot(identical(shown[c("state", "opened_by")], c(state = "In Progress", opened_by = "admin")))
snow$delete(client, "incident", sys_id)
gone <- failure(snow$get(client, "incident", sys_id))
stopifnot(inherits(gone, "snow_error"), gone$status == 313, gone$http_status == 404, !gone$retryable,
    !gone$maybe_applied, gone$retry_after_ms == -1, endsWith(gone$path, sys_id), !is.na(gone$detail))

all <- snow$list_rows(client, "incident")
stopifnot(is.data.frame(all), nrow(all) >= 75, all(startsWith(all$number, "INC")), is.character(all$sys_id))
stopifnot(nrow(snow$list_rows(client, "incident", snow$query("active=true^active=false"))) == 0)
stopifnot(grepl("accepted are", conditionMessage(failure(snow$query(where = list(list("active", "~", 1)))))))
stopifnot(grepl("field", conditionMessage(failure(snow$get(client, "incident", "0",
    snow$query(where = list(list("a^b", "=", 1))))))))

# Values are written as an instance has them, and refused where they have no one text.
at <- as.POSIXct("2026-01-02 03:04:05", tz = "Europe/Berlin")
kept <- snow$create(client, "incident", list(short_description = 100000, description = 1e15 + 0.5, opened_at = at,
    active = TRUE, category = factor("network", levels = c("hardware", "network")), work_start = as.POSIXlt(at),
    comments_and_work_notes = ""))
key <- kept[["sys_id"]]
sent <- c(short_description = "100000", opened_at = "2026-01-02 02:04:05", active = "true", category = "network",
    work_start = "2026-01-02 02:04:05")
stopifnot(identical(kept[names(sent)], sent))
written <- function(value) snow$update(client, "incident", key, list(description = value))[["description"]]
old <- options(OutDec = ",", scipen = -9, digits = 3)
stopifnot(written(0.25) == "0.25", written(123456789.125) == "123456789.125", written(2^53) == "9007199254740992",
    written(1e-7) == "0.0000001", written(-2L) == "-2", written(FALSE) == "false", written(as.Date("2026-01-02")) ==
    "2026-01-02", written(list("x")) == "x", written("") == "")
options(old)
stopifnot(snow$update(client, "incident", key, data.frame(urgency = 1, state = "2"))[["urgency"]] == "1",
    snow$update(client, "incident", key, c(urgency = 2L))[["urgency"]] == "2")
for (wrong in list(NA, NA_character_, NaN, Inf, character(), 1:2, NULL, as.difftime(1, units = "hours"), 1i, at[NA],
    factor(NA), as.raw(1), list(1, 2), structure(1, class = "integer64"), as.Date(Inf), .POSIXct(-Inf),
    "no UTF-8 \xff", factor("\xff")))
    stopifnot(startsWith(conditionMessage(failure(written(wrong))), "description: "))
for (fields in list(list(1), c("a", "b"), list(urgency = 1, 2), setNames(list(1), NA)))
    stopifnot(conditionMessage(failure(snow$update(client, "incident", key, fields))) == "fields: each needs a name")
for (condition in list(list("short_description", "=", 100000), list("opened_at", "=", at)))
    stopifnot(nrow(snow$list_rows(client, "incident", snow$query(where = list(condition)))) == 1)
stopifnot(snow$update(client, "incident", key, list())[["sys_id"]] == key)
for (value in list(NA, c(1, 2), character())) stopifnot(startsWith(conditionMessage(failure(
    snow$query(where = list(list("active", "=", value))))), "active: "))
for (wrong in list(character(), NA_character_, c(key, key), 7)) for (call in c(
    function() snow$delete(client, "incident", wrong), function() snow$get(client, wrong, key),
    function() snow$basic("dev12345", "admin", wrong), function() snow$set_token(client, wrong)))
    stopifnot(grepl("^(sys_id|table|password|token): it (has|is not)", conditionMessage(failure(call()))))
for (wrong in list("active=true", list(), list(list("active", "=", "true")))) stopifnot(startsWith(conditionMessage(
    failure(snow$list_rows(client, "incident", wrong))), "query: "))
# C would take anything for the pointer of a client.
for (wrong in list(NULL, list(), list(handle = 5L), "dev12345", 4711)) for (call in c(snow$close, snow$token,
    function(client) snow$get(client, "incident", key), function(client) snow$list_rows(client, "incident")))
    stopifnot(startsWith(conditionMessage(failure(call(wrong))), "client: it is not what"))
for (limit in list(-1, 2.7, NA, NaN, Inf, "3", 1:2, numeric()))
    stopifnot(startsWith(conditionMessage(failure(snow$query(limit = limit))), "limit: it is "))
stopifnot(nrow(snow$list_rows(client, "incident", snow$query(limit = 2))) == 2)

# Rows that are left, and a client that is lost, are the collector's.
invisible(failure(snow$each(client, "incident", NULL, function(row) stop("enough"))))
snow$close(client)
snow$close(client)
stopifnot(failure(snow$get(client, "incident", sys_id))$status_name == "SNOW_NULL_ARGUMENT")
lost <- snow$basic(Sys.getenv("SNOW_INSTANCE"), "admin", "admin")
rm(lost, client)
invisible(gc())
