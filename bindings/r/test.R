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
snow$on_token(client, function(token) told <<- told + 1)

text <- "na\u00efve \U0001F600"
made <- snow$create(client, "incident", c(short_description = text))
sys_id <- made[["sys_id"]]
stopifnot(made[["short_description"]] == text)
stopifnot(snow$update(client, "incident", sys_id, list(state = 2))[["state"]] == "2")
display <- snow$query("active=true", fields = "state", display_value = TRUE)
stopifnot(identical(snow$get(client, "incident", sys_id, display), c(state = "In Progress")))
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

# Rows that are left, and a client that is lost, are the collector's.
invisible(failure(snow$each(client, "incident", NULL, function(row) stop("enough"))))
snow$close(client)
snow$close(client)
stopifnot(failure(snow$get(client, "incident", sys_id))$status_name == "SNOW_NULL_ARGUMENT")
lost <- snow$basic(Sys.getenv("SNOW_INSTANCE"), "admin", "admin")
rm(lost, client)
invisible(gc())
