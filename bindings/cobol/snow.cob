*> libsnow from COBOL: entries that take fields as COBOL has them, where spaces at the end do not count.
*> Handles are pointers: free what SnowGet, SnowCreate, SnowSet, SnowQuery, SnowList and the two that make clients
*> give with SnowFree. The last parameter is the group of snow-error.cpy; snow-ok is true after success.
identification division.
program-id. SnowLibrary.
data division.
working-storage section.
01 abi-version    binary-long unsigned value 0.
01 found-version  binary-long unsigned.
01 shown-version  pic z(9)9.
*> Texts for C, of SnowCText; take-error frees them.
01 z1             usage pointer value null.
01 z2             usage pointer value null.
01 z3             usage pointer value null.
01 refused        pic 9 value 0.
01 said-name      pic x(40).
01 name-end       binary-long.
*> What C gives.
01 e              usage pointer.
01 outcome        binary-long.
01 stored         usage pointer.
01 said           usage pointer.
01 found-token    pic x(20000).
01 token-length   binary-double unsigned.
01 shown-length   pic z(9)9.
01 limit-rows     binary-double unsigned.
linkage section.
01 client         usage pointer.
01 query          usage pointer.
01 cursor-handle  usage pointer.
01 record-handle  usage pointer.
01 made           usage pointer.
01 instance       pic x any length.
01 user-name      pic x any length.
01 password       pic x any length.
01 client-id      pic x any length.
01 client-secret  pic x any length.
01 token          pic x any length.
01 changed        pic 9.
01 encoded        pic x any length.
01 fields         pic x any length.
01 rows           pic 9 any numeric.
01 table-name     pic x any length.
01 sys-id         pic x any length.
01 field          pic x any length.
01 field-value    pic x any length.
01 noun           pic x any length.
copy "snow-error.cpy".
procedure division.
    goback.

*> A client that signs in with a user and a password.
entry "SnowBasic" using client instance user-name password snow-error.
    perform check-version
    call "SnowCText" using instance z1 refused
    call "SnowCText" using user-name z2 refused
    call "SnowCText" using password z3 refused
    call static "snow_client_new_basic" using by value z1 z2 z3 by reference e returning client
    perform take-error
    goback.

*> A client that signs in with tokens: SnowLogin or SnowSetToken gives it one.
entry "SnowOAuth" using client instance client-id client-secret snow-error.
    perform check-version
    call "SnowCText" using instance z1 refused
    call "SnowCText" using client-id z2 refused
    call "SnowCText" using client-secret z3 refused
    call static "snow_client_new_oauth" using by value z1 z2 z3 by reference omitted e returning client
    perform take-error
    goback.

*> Signs in with a user and a password, for a token.
entry "SnowLogin" using client user-name password snow-error.
    call "SnowCText" using user-name z1 refused
    call "SnowCText" using password z2 refused
    call static "snow_client_login" using by value client z1 z2 by reference e returning outcome
    perform take-error
    goback.

*> Goes on with another token, which is JSON.
entry "SnowSetToken" using client token snow-error.
    call "SnowCText" using token z1 refused
    call static "snow_token_from_json" using by value z1 by reference e returning stored
    if stored not = null
        call static "snow_client_set_token" using by value client stored by reference e returning outcome
        call static "snow_token_free" using by value stored returning nothing
    end-if
    perform take-error
    goback.

*> The token that is in use, as JSON. It changed where it is another than the field holds: store it then. A field that has
*> no room for it stays as it is, and is refused: half a token is none.
*> This is in place of the token callback of C.
entry "SnowToken" using client token changed snow-error.
    move 0 to changed
    call static "snow_client_token" using by value client by reference e returning stored
    perform take-error
    if stored = null goback.
    call static "snow_token_json" using by value stored by reference token-length returning said
    if token-length > function length(token) or token-length > function length(found-token)
        move token-length to shown-length
        move 3 to snow-status
        move "SNOW_INVALID_ARGUMENT" to snow-status-name
        string "token: it has " function trim(shown-length) " characters, and the field no room for them"
            delimited by size into snow-message
        call static "snow_token_free" using by value stored returning nothing
        goback
    end-if
    call "SnowText" using said found-token
    call static "snow_token_free" using by value stored returning nothing
    if found-token not = token
        move found-token to token
        move 1 to changed
    end-if
    goback.

*> Which rows: conditions and order as ServiceNow encodes them (active=true^ORDERBYnumber), names of fields with
*> commas between them or spaces for all, and how many rows at most, or 0 for all.
entry "SnowQuery" using query encoded fields rows snow-error.
    move rows to limit-rows
    if rows < 0 or function fraction-part(rows) not = 0
        set query to null
        initialize snow-error
        move 3 to snow-status
        move "SNOW_INVALID_ARGUMENT" to snow-status-name
        move "rows: it is negative or has a fraction; accepted is a whole number, 0 for all" to snow-message
        goback
    end-if
    call "SnowCText" using encoded z1 refused
    call static "snow_query_parse" using by value z1 by reference e returning query
    if query not = null and fields not = spaces
        call "SnowCText" using fields z2 refused
        call static "snow_query_fields" using by value query z2 by reference e returning outcome
    end-if
    if query not = null and e = null and limit-rows > 0
        call static "snow_query_limit" using by value query by value size 8 limit-rows by reference e returning outcome
    end-if
    perform take-error
    goback.

*> Begins to read a table. The query may be null.
entry "SnowList" using client table-name query cursor-handle snow-error.
    call "SnowCText" using table-name z1 refused
    call static "snow_table_list" using by value client z1 query by reference e
        returning cursor-handle
    perform take-error
    goback.

*> The next row, lent until the one after it; null at the end, or where the error says why.
entry "SnowNext" using cursor-handle record-handle snow-error.
    call static "snow_cursor_next" using by value cursor-handle by reference record-handle e returning outcome
    perform take-error
    goback.

*> A field of a record; spaces where there is none.
entry "SnowField" using record-handle field field-value.
    call "SnowCText" using field z1 refused
    call static "snow_record_get" using by value record-handle z1 by reference omitted returning said
    *> With display values a reference comes without the key.
    if said = null
        call static "snow_record_display" using by value record-handle z1 by reference omitted returning said
    end-if
    call "SnowText" using said field-value
    perform free-texts
    move 0 to refused
    goback.

*> Sets a field of a record to be written; makes the record where the handle is null.
entry "SnowSet" using record-handle field field-value snow-error.
    if record-handle = null
        call static "snow_record_new" using by reference omitted returning record-handle
    end-if
    call "SnowCText" using field z1 refused
    call "SnowCText" using field-value z2 refused
    call static "snow_record_set" using by value record-handle z1 z2 by reference e returning outcome
    perform take-error
    goback.

*> Reads a record. The query may be null.
entry "SnowGet" using client table-name sys-id query made snow-error.
    call "SnowCText" using table-name z1 refused
    call "SnowCText" using sys-id z2 refused
    call static "snow_table_get" using by value client z1 z2 query by reference e
        returning made
    perform take-error
    goback.

*> Makes a record of the fields that were set, and gives the one that was made.
entry "SnowCreate" using client table-name record-handle made snow-error.
    call "SnowCText" using table-name z1 refused
    call static "snow_table_create" using by value client z1 record-handle
        by reference omitted e returning made
    perform take-error
    goback.

*> Changes the fields that were set, and gives what came of it.
entry "SnowUpdate" using client table-name sys-id record-handle made snow-error.
    call "SnowCText" using table-name z1 refused
    call "SnowCText" using sys-id z2 refused
    call static "snow_table_update" using by value client z1 z2 record-handle
        by reference omitted e returning made
    perform take-error
    goback.

*> Removes a record.
entry "SnowDelete" using client table-name sys-id snow-error.
    call "SnowCText" using table-name z1 refused
    call "SnowCText" using sys-id z2 refused
    call static "snow_table_delete" using by value client z1 z2 by reference omitted e returning outcome
    perform take-error
    goback.

*> Frees a handle, by its noun: "client", "query", "cursor" or "record", in any case; null is none. Of another
*> noun it says so, and frees nothing.
entry "SnowFree" using noun made.
    evaluate function lower-case(noun)
        when "client" call static "snow_client_free" using by value made returning nothing
        when "query" call static "snow_query_free" using by value made returning nothing
        when "cursor" call static "snow_cursor_free" using by value made returning nothing
        when "record" call static "snow_record_free" using by value made returning nothing
        when other
            display "SnowFree: there is no noun " function trim(noun) "; accepted are client, query, cursor, record"
                upon syserr
            goback
    end-evaluate
    set made to null
    goback.

*> What the error says, which is freed, as are the texts that the call was given.
take-error.
    perform free-texts
    initialize snow-error
    if e not = null
        call static "snow_error_status" using by value e returning snow-status
        call static "snow_status_name" using by value snow-status returning said
        call "SnowText" using said snow-status-name
        call static "snow_error_message" using by value e returning said
        call "SnowText" using said snow-message
        call static "snow_error_instance_message" using by value e returning said
        call "SnowText" using said snow-instance-message
        call static "snow_error_detail" using by value e returning said
        call "SnowText" using said snow-detail
        call static "snow_error_http_status" using by value e returning snow-http-status
        call static "snow_error_method" using by value e returning said
        call "SnowText" using said snow-method
        call static "snow_error_path" using by value e returning said
        call "SnowText" using said snow-path
        call static "snow_error_is_retryable" using by value e returning snow-retryable
        call static "snow_error_retry_after_ms" using by value e returning snow-retry-after-ms
        call static "snow_error_maybe_applied" using by value e returning snow-maybe-applied
        call static "snow_error_free" using by value e returning nothing
    end-if
    *> In place of the text C was given NULL, and has said which argument that was.
    if refused not = 0
        move 3 to snow-status
        move "SNOW_INVALID_ARGUMENT" to snow-status-name
        move 1 to name-end
        string snow-message delimited by ":" into said-name with pointer name-end
        move spaces to snow-message
        string said-name(1:name-end - 1) ": it holds a NUL (LOW-VALUE) before its end: fill fields with spaces"
            delimited by size into snow-message
        move 0 to refused
    end-if
    *> What C returned is not what the caller returns.
    move 0 to return-code.

free-texts.
    call "SnowWipe" using z1
    call "SnowWipe" using z2
    call "SnowWipe" using z3.

*> Ends the run where the library is not the one that this file was written for.
check-version.
    call static "snow_abi_version" returning found-version
    if found-version not = abi-version
        move found-version to shown-version
        display "the libsnow that was loaded has the binary interface " function trim(shown-version)
            ", and snow.cob is for 0: take both from the same version of libsnow" upon syserr
        stop run returning 1
    end-if.
end program SnowLibrary.

*> A text of C's, as a field of COBOL's.
identification division.
program-id. SnowText.
data division.
linkage section.
01 c-text usage pointer.
01 field-value pic x any length.
01 c-characters pic x(268435456).
procedure division using c-text field-value.
    move spaces to field-value
    if c-text = null goback.
    set address of c-characters to c-text
    string c-characters delimited by x"00" into field-value
    goback.
end program SnowText.

*> A field of COBOL's, as a text for C that SnowWipe frees: as long as the field, so that its end is never cut off.
*> Spaces and NULs at its end do not count. C would take a NUL inside for the end: then there is no text, and refused
*> is 1.
identification division.
program-id. SnowCText.
data division.
working-storage section.
01 text-length  binary-double unsigned.
01 c-length     binary-double unsigned.
01 nuls         binary-double unsigned.
linkage section.
01 field-value  pic x any length.
01 c-text       usage pointer.
01 refused      pic 9.
01 c-characters pic x(268435456).
procedure division using field-value c-text refused.
    set c-text to null
    move function length(field-value) to text-length
    perform until text-length = 0
            or (field-value(text-length:1) not = space and field-value(text-length:1) not = x"00")
        subtract 1 from text-length
    end-perform
    move 0 to nuls
    if text-length > 0 inspect field-value(1:text-length) tallying nuls for all x"00".
    if nuls > 0
        move 1 to refused
        goback
    end-if
    add 1 to text-length giving c-length
    allocate c-length characters returning c-text
    set address of c-characters to c-text
    if text-length > 0 move field-value(1:text-length) to c-characters(1:text-length).
    move x"00" to c-characters(c-length:1)
    goback.
end program SnowCText.

*> Overwrites a text that was for C, which may be a password, and frees it.
identification division.
program-id. SnowWipe.
data division.
working-storage section.
01 i            binary-double unsigned.
linkage section.
01 c-text       usage pointer.
01 c-characters pic x(268435456).
procedure division using c-text.
    if c-text = null goback.
    set address of c-characters to c-text
    perform varying i from 1 by 1 until c-characters(i:1) = x"00"
        move x"00" to c-characters(i:1)
    end-perform
    free c-text
    goback.
end program SnowWipe.
