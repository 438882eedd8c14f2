# libsnow from R: rows as data frames, errors as conditions, closures as callbacks. It needs snow.so, which
#   PKG_LIBS=-lsnow R CMD SHLIB snow.c table.c
# makes beside it.

local({
    self <- environment()
    operators <- c("=" = 1L, "!=" = 2L, "<" = 3L, "<=" = 4L, ">" = 5L, ">=" = 6L, STARTSWITH = 10L, ENDSWITH = 11L,
        LIKE = 12L, "NOT LIKE" = 13L, ISEMPTY = 14L, ISNOTEMPTY = 15L)

    glue <- tryCatch(dyn.load(Sys.getenv("SNOW_R_LIBRARY", "snow.so"), now = FALSE), error = function(reason)
        stop("snow.so was not found or not loaded: make it with PKG_LIBS=-lsnow R CMD SHLIB snow.c table.c where ",
            "libsnow is installed, and set SNOW_R_LIBRARY to its path (", conditionMessage(reason), ")", call. = FALSE))

    refuse <- function(name, ...) stop(name, ": ", ..., call. = FALSE)

    # Texts, where C would read NA as "NA", of several the first, and as "<ff>" what the encoding of the locale has not.
    texts <- function(name, values) {
        if (!is.character(values) || anyNA(values) || any(Encoding(values) == "bytes"))
            refuse(name, "it is not a text")
        if (anyNA(iconv(values[Encoding(values) == "unknown"], "", "UTF-8")))
            refuse(name, "it is not a text in the encoding of the locale; Encoding() gives it another")
        values
    }
    one_text <- function(name, value) {
        if (length(value) != 1L) refuse(name, "it has ", length(value), " values; accepted is one text")
        texts(name, value)
    }

    # A value as an instance writes it. What R would write in another way, or in more than one, is refused.
    as_text <- function(name, value) {
        if (inherits(value, "POSIXlt")) value <- as.POSIXct(value)
        if (length(value) != 1L) refuse(name, "it has ", length(value), " values; accepted is one")
        if (is.list(value)) return(as_text(name, value[[1L]]))
        if (is.na(value)) refuse(name, "it is NA; \"\" is an empty field, and ISEMPTY asks for one")
        if (is.character(value)) return(one_text(name, as.vector(value)))
        if (is.factor(value)) return(one_text(name, as.character(value)))
        if (inherits(value, c("POSIXct", "Date")) && !is.finite(value))
            refuse(name, "it is no time (", format(value), ")")
        if (is.logical(value)) return(if (value) "true" else "false")
        if (inherits(value, "POSIXct")) return(format(value, "%Y-%m-%d %H:%M:%S", tz = "UTC", usetz = FALSE))
        if (inherits(value, "Date")) return(format(value, "%Y-%m-%d"))
        if (is.numeric(value) && !is.object(value) && is.finite(value))
            return(format(as.vector(value), scientific = FALSE, digits = 15L, decimal.mark = ".", big.mark = ""))
        refuse(name, "a value of ", class(value)[1L], " (", format(value), ") has no one text; give it as a text")
    }

    # What C gives; a failure becomes a condition of class snow_error, or that of the callback which is its reason.
    # Arguments with names are texts.
    call <- function(name, ...) {
        given <- list(...)
        for (each in setdiff(names(given), "")) if (!is.null(given[[each]])) one_text(each, given[[each]])
        result <- .Call(getNativeSymbolInfo(paste0("snow_r_", name), glue), ...)
        if (!inherits(result, "snow_failure")) return(result)
        if (!is.null(result$parent)) stop(result$parent)
        stop(structure(c(unclass(result), list(call = NULL)), class = c("snow_error", "error", "condition")))
    }
    wrong <- call("check")
    if (!is.null(wrong)) stop(wrong, call. = FALSE)

    client <- function(handle) structure(list(handle = handle), class = "snow_client")
    # What C takes for a pointer.
    handle <- function(client) {
        if (!inherits(client, "snow_client")) refuse("client", "it is not what snow$basic() or snow$oauth() gives")
        client$handle
    }

    # Conditions may be given as ServiceNow encodes them (encoded), or as lists of a field, an operator as ServiceNow
    # writes it (=, !=, STARTSWITH, LIKE, ...) and a value.
    self$query <- function(encoded = "", where = list(), order_by = character(), fields = NULL, limit = NULL,
                           display_value = FALSE) {
        where <- lapply(where, function(each) {
            if (!each[[2]] %in% names(operators))
                stop("operator ", each[[2]], ": accepted are ", toString(names(operators)))
            value <- if (length(each) > 2) each[[3]]
            list(one_text("field", each[[1]]), operators[[each[[2]]]], if (!is.null(value)) as_text(each[[1]], value))
        })
        if (!is.null(fields)) fields <- paste(texts("fields", fields), collapse = ",")
        whole <- is.numeric(limit) && length(limit) == 1L &&
            isTRUE(limit >= 0 && limit <= 2^53 && limit == trunc(limit))
        if (!is.null(limit) && !whole)
            refuse("limit", "it is ", toString(limit), "; accepted is a whole number from 1")
        structure(list(one_text("encoded", encoded), where, texts("order_by", as.character(order_by)), fields, limit,
            isTRUE(as.logical(display_value))), class = "snow_query")
    }
    # What C reads by its places.
    checked <- function(query) {
        if (!is.null(query) && !inherits(query, "snow_query")) refuse("query", "it is not what snow$query() gives")
        query
    }

    self$basic <- function(instance, user, password)
        client(call("basic", instance = instance, user = user, password = password))
    # The token is JSON from before, as the token callback was given it; NULL where there is none yet: login() then.
    self$oauth <- function(instance, client_id, client_secret, token = NULL)
        client(call("oauth", instance = instance, client_id = client_id, client_secret = client_secret, token = token))

    # Has each new token told, as JSON, before the call that needed it goes on. What it stops with comes out of that
    # call. A message or a warning stops nothing.
    self$on_token <- function(client, told) invisible(call("on_token", handle(client), function(token)
        tryCatch({ told(token); NULL }, error = identity, interrupt = identity)))

    self$login <- function(client, user, password)
        invisible(call("login", handle(client), user = user, password = password))
    self$set_token <- function(client, token) invisible(call("set_token", handle(client), token = token))
    # The token that is in use, as JSON.
    self$token <- function(client) call("token", handle(client))

    # A record as a named character vector.
    self$get <- function(client, table, sys_id, query = NULL)
        call("get", handle(client), table = table, sys_id = sys_id, checked(query))

    # Calls a function with each row of a table as it comes.
    self$each <- function(client, table, query = NULL, use) {
        cursor <- call("list", handle(client), table = table, checked(query))
        while (!is.null(row <- call("next", cursor))) use(row)
        invisible()
    }

    # All rows of a table as a data frame.
    self$list_rows <- function(client, table, query = NULL) {
        rows <- list()
        each(client, table, query, function(row) rows[[length(rows) + 1L]] <<- row)
        fields <- unique(unlist(lapply(rows, names)))
        columns <- lapply(fields, function(field) vapply(rows, function(row) unname(row[field]), ""))
        as.data.frame(setNames(columns, fields), optional = TRUE, stringsAsFactors = FALSE)
    }

    values <- function(fields) {
        fields <- as.list(fields)
        if (length(fields) != sum(nzchar(names(fields), keepNA = FALSE) & !is.na(names(fields))))
            refuse("fields", "each needs a name")
        mapply(as_text, texts("fields", as.character(names(fields))), fields)
    }
    self$create <- function(client, table, fields) call("write", handle(client), table = table, NULL, values(fields))
    self$update <- function(client, table, sys_id, fields)
        call("write", handle(client), table = table, sys_id = sys_id, values(fields))
    self$delete <- function(client, table, sys_id)
        invisible(call("delete", handle(client), table = table, sys_id = sys_id))
    # Frees the client; the collector does so too.
    self$close <- function(client) invisible(call("close", handle(client)))

    self
}) -> snow
