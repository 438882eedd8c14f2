*> Signs in, lists, creates, meets an error and renews its token.
*>   SNOW_INSTANCE=... SNOW_CLIENT_ID=... SNOW_CLIENT_SECRET=... SNOW_USER=... SNOW_PASSWORD=... ./example
identification division.
program-id. example.
data division.
working-storage section.
01 instance        pic x(200).
01 client-id       pic x(100).
01 client-secret   pic x(100).
01 user-name       pic x(100).
01 password        pic x(100).
01 client          usage pointer.
01 query           usage pointer.
01 rows            usage pointer.
01 row             usage pointer.
01 fields          usage pointer value null.
01 made            usage pointer.
01 none            usage pointer value null.
01 field-value         pic x(200).
01 sys-id          pic x(32).
*> The place to store it.
01 token           pic x(20000).
01 ended           pic x(20000).
01 changed         pic 9.
01 tokens          pic 9 value 0.
01 http-status     pic 9(3).
01 token-start          binary-long.
01 token-rest           binary-long.
copy "snow-error.cpy".
procedure division.
    accept instance from environment "SNOW_INSTANCE"
    accept client-id from environment "SNOW_CLIENT_ID"
    accept client-secret from environment "SNOW_CLIENT_SECRET"
    accept user-name from environment "SNOW_USER"
    accept password from environment "SNOW_PASSWORD"
    call "SnowOAuth" using client instance client-id client-secret snow-error
    perform check-error
    call "SnowLogin" using client user-name password snow-error
    perform check-error
    perform keep-token
    display "signed in, token " tokens

    call "SnowQuery" using query "active=true^ORDERBYnumber" "number" 3 snow-error
    perform check-error
    call "SnowList" using client "incident" query rows snow-error
    perform check-error
    call "SnowNext" using rows row snow-error
    perform until row = null
        call "SnowField" using row "number" field-value
        display function trim(field-value)
        call "SnowNext" using rows row snow-error
    end-perform
    perform check-error

    call "SnowSet" using fields "short_description" "Disk full on db01" snow-error
    perform check-error
    call "SnowCreate" using client "incident" fields made snow-error
    perform check-error
    call "SnowField" using made "short_description" field-value
    call "SnowField" using made "sys_id" sys-id
    display "opened: " function trim(field-value)
    call "SnowFree" using "record" made

    call "SnowGet" using client "incident" "nobody" none made snow-error
    if not snow-ok
        move snow-http-status to http-status
        display function trim(snow-status-name) ", HTTP " http-status ": " function trim(snow-instance-message)
    end-if

    perform end-token
    call "SnowGet" using client "incident" sys-id none made snow-error
    perform check-error
    perform keep-token
    display "renewed, token " tokens

    call "SnowFree" using "record" made
    call "SnowFree" using "record" fields
    call "SnowFree" using "cursor" rows
    call "SnowFree" using "query" query
    call "SnowFree" using "client" client
    stop run.

*> After a call that may have renewed it.
keep-token.
    call "SnowToken" using client token changed snow-error
    perform check-error
    add changed to tokens.

*> A token whose time is over.
end-token.
    move 1 to token-start
    inspect token tallying token-start for characters before initial '"expires_at":'
    add 13 to token-start
    move token-start to token-rest
    inspect token(token-start:) tallying token-rest for characters before initial ","
    string token(1:token-start - 1) "1" function trim(token(token-rest:)) delimited by size into ended
    call "SnowSetToken" using client ended snow-error
    perform check-error.

check-error.
    if not snow-ok
        display function trim(snow-message) upon syserr
        stop run returning 1
    end-if.
end program example.
