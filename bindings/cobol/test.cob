*> What the example does not show: changes, all fields of an error, mistakes, a token that did not change.
identification division.
program-id. test.
data division.
working-storage section.
01 instance        pic x(200).
01 client          usage pointer.
01 query           usage pointer.
01 rows            usage pointer.
01 row             usage pointer.
01 fields          usage pointer value null.
01 changes         usage pointer value null.
01 made            usage pointer.
01 none            usage pointer value null.
01 field-value     pic x(200).
01 sys-id          pic x(32).
01 path            pic x(200).
01 token           pic x(20000).
01 changed         pic 9.
01 row-count       pic 9(4) value 0.
01 limit-rows      binary-long unsigned value 2.
01 many-rows       binary-double unsigned value 4294967297.
01 minus-one       pic s9(4) value -1.
01 minus-two       binary-long value -2.
01 two-and-more    pic 9v9 value 2.7.
01 what            pic x(40).
01 long-text       pic x(30000).
01 long-answer     pic x(40000).
01 cut-off         pic x(40).
copy "snow-error.cpy".
procedure division.
    accept instance from environment "SNOW_INSTANCE"
    call "SnowBasic" using client instance "admin" "admin" snow-error
    perform check-error
    call "SnowSet" using fields "short_description" "naïve 😀" snow-error
    perform check-error
    call "SnowCreate" using client "incident" fields made snow-error
    perform check-error
    call "SnowField" using made "sys_id" sys-id
    call "SnowField" using made "short_description" field-value
    move "create" to what
    if field-value not = "naïve 😀" perform not-so.
    call "SnowField" using made "nothing" field-value
    if field-value not = spaces perform not-so.
    call "SnowFree" using "record" made

    call "SnowSet" using changes "state" "2" snow-error
    call "SnowUpdate" using client "incident" sys-id changes made snow-error
    perform check-error
    call "SnowField" using made "state" field-value
    move "update" to what
    if field-value not = "2" perform not-so.
    call "SnowFree" using "record" made

    call "SnowDelete" using client "incident" sys-id snow-error
    perform check-error
    call "SnowGet" using client "incident" sys-id none made snow-error
    string "/api/now/table/incident/" sys-id into path
    move "an error" to what
    if not snow-not-found or snow-http-status not = 404 or snow-method not = "GET" or snow-path not = path
        or snow-retryable not = 0 or snow-retry-after-ms not = -1 or snow-maybe-applied not = 0
        or snow-detail = spaces or made not = null
        perform not-so
    end-if

    call "SnowQuery" using query "active=true" " " limit-rows snow-error
    perform check-error
    call "SnowList" using client "incident" query rows snow-error
    perform count-rows
    move "a limit in binary" to what
    if row-count not = 2 perform not-so.
    call "SnowFree" using "query" query
    call "SnowList" using client "incident" none rows snow-error
    perform count-rows
    move "all rows" to what
    if row-count < 75 perform not-so.
    call "SnowQuery" using query " " "number" many-rows snow-error
    call "SnowList" using client "incident" query rows snow-error
    perform count-rows
    move "a limit of more than 32 bits" to what
    if row-count < 75 perform not-so.
    call "SnowFree" using "query" query

    move "a reference as its display value" to what
    call "SnowQuery" using query " " " " 1 snow-error
    call static "snow_query_display_value" using by value query 1 by reference omitted returning nothing
    call "SnowFree" using "record" made
    call "SnowCreate" using client "incident" fields made snow-error
    perform check-error
    call "SnowField" using made "sys_id" sys-id
    call "SnowFree" using "record" made
    call "SnowGet" using client "incident" sys-id query made snow-error
    perform check-error
    call "SnowField" using made "opened_by" field-value
    if field-value not = "admin" perform not-so.
    call "SnowDelete" using client "incident" sys-id snow-error
    perform check-error
    call "SnowFree" using "query" query

    move "a limit that is none" to what
    call "SnowQuery" using query "active=true" " " minus-one snow-error
    if snow-status not = 3 or query not = null perform not-so.
    call "SnowQuery" using query "active=true" " " minus-two snow-error
    if snow-status not = 3 or snow-message(1:20) not = "rows: it is negative" perform not-so.
    call "SnowQuery" using query "active=true" " " two-and-more snow-error
    if snow-status not = 3 perform not-so.

    move "mistakes" to what
    call "SnowQuery" using query "active=true" "a^b" 0 snow-error
    if snow-ok or snow-message = spaces perform not-so.
    call "SnowFree" using "query" query
    call "SnowToken" using client token changed snow-error
    if snow-ok or changed not = 0 perform not-so.
    call "SnowFree" using "client" client
    call "SnowGet" using client "incident" sys-id none made snow-error
    if snow-status-name not = "SNOW_NULL_ARGUMENT" perform not-so.

    move "a text that is longer than most" to what
    call "SnowBasic" using client instance "admin" "admin" snow-error
    perform check-error
    move all "A" to long-text
    call "SnowFree" using "record" fields
    call "SnowSet" using fields "description" long-text snow-error
    call "SnowCreate" using client "incident" fields made snow-error
    perform check-error
    call "SnowField" using made "sys_id" sys-id
    call "SnowField" using made "description" long-answer
    if long-answer not = long-text perform not-so.
    call "SnowFree" using "record" made

    move "a text with a NUL inside" to what
    string sys-id x"00" "^active=true" into cut-off
    call "SnowDelete" using client "incident" cut-off snow-error
    if snow-status not = 3 or snow-status-name not = "SNOW_INVALID_ARGUMENT" or snow-message(1:28)
        not = "sys_id: it holds a NUL (LOW-" perform not-so.
    call "SnowSet" using fields "description" cut-off snow-error
    if snow-message(1:23) not = "value: it holds a NUL (" perform not-so.
    call "SnowField" using fields cut-off field-value
    if field-value not = spaces perform not-so.
    move low-values to cut-off
    string sys-id into cut-off
    call "SnowDelete" using client "incident" cut-off snow-error
    perform check-error
    call "SnowFree" using "client" client

    move "a token that did not change" to what
    call "SnowOAuth" using client instance "snow-client" "snow-secret" snow-error
    call "SnowLogin" using client "admin" "admin" snow-error
    perform check-error
    call "SnowToken" using client token changed snow-error
    if changed not = 1 or token(1:1) not = "{" perform not-so.
    call "SnowToken" using client token changed snow-error
    if changed not = 0 perform not-so.
    move "a field that is too short for a token" to what
    move "as before" to cut-off
    call "SnowToken" using client cut-off changed snow-error
    if snow-status not = 3 or snow-message(1:14) not = "token: it has " or changed not = 0 or cut-off not = "as before"
        perform not-so
    end-if
    call "SnowFree" using "client" client
    call "SnowFree" using "RECORD" fields
    call "SnowFree" using "Record " changes
    stop run.

count-rows.
    perform check-error
    move 0 to row-count
    call "SnowNext" using rows row snow-error
    perform until row = null
        add 1 to row-count
        call "SnowNext" using rows row snow-error
    end-perform
    perform check-error
    call "SnowFree" using "cursor" rows.

check-error.
    if not snow-ok
        display function trim(snow-message) upon syserr
        stop run returning 1
    end-if.

not-so.
    display "not so: " function trim(what) ", " function trim(field-value) " " row-count " "
        function trim(snow-message) upon syserr
    stop run returning 1.
end program test.
