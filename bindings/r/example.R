# Signs in, lists, creates, meets an error and renews its token.
#   SNOW_INSTANCE=... SNOW_CLIENT_ID=... SNOW_CLIENT_SECRET=... SNOW_USER=... SNOW_PASSWORD=... Rscript example.R
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "snow.R"))

env <- Sys.getenv()
client <- snow$oauth(env[["SNOW_INSTANCE"]], env[["SNOW_CLIENT_ID"]], env[["SNOW_CLIENT_SECRET"]])
tokens <- character()
snow$on_token(client, function(token) tokens <<- c(tokens, token)) # The place to store it.
snow$login(client, env[["SNOW_USER"]], env[["SNOW_PASSWORD"]])
cat("signed in, token ", length(tokens), "\n", sep = "")

query <- snow$query(where = list(list("active", "=", TRUE)), order_by = "number", fields = "number", limit = 3)
incidents <- snow$list_rows(client, "incident", query)
cat(incidents$number, sep = "\n")

made <- snow$create(client, "incident", list(short_description = "Disk full on db01"))
cat("opened: ", made[["short_description"]], "\n", sep = "")

tryCatch(snow$get(client, "incident", "nobody"), snow_error = function(error)
    cat(error$status_name, ", HTTP ", error$http_status, ": ", error$instance_message, "\n", sep = ""))

snow$set_token(client, sub('("expires_at": *)[0-9.]+', "\\11", tokens[[1]])) # Its time is over.
invisible(snow$get(client, "incident", made[["sys_id"]]))
cat("renewed, token ", length(tokens), "\n", sep = "")
snow$close(client)
