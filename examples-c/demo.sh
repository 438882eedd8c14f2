#!/bin/sh
# Runs every example against a local instance:
# demo.sh C_PROGRAMS_FOLDER CPP_PROGRAMS_FOLDER SNOW_INSTANCE_PROGRAM
# Those in C++ only where they are: not every machine has a compiler for them.
set -eu

programs=$(cd "$1" && pwd)
cpp_programs=$(cd "$2" 2>/dev/null && pwd) || cpp_programs=
work=$(mktemp -d)
instance_pid=
end() {
    [ -z "$instance_pid" ] || kill "$instance_pid" 2>/dev/null || :
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

"$3" --url-file "$work/url" --generate incident=5000 >"$work/instance.log" 2>&1 &
instance_pid=$!
while [ ! -s "$work/url" ]; do
    kill -0 "$instance_pid" 2>/dev/null || { cat "$work/instance.log" >&2; exit 1; }
    sleep 0.1 # until the file is there, or the instance is not
done

SNOW_INSTANCE=$(cat "$work/url")
SNOW_USER=admin
SNOW_PASSWORD=admin
SNOW_CLIENT_ID=snow-client
SNOW_CLIENT_SECRET=snow-secret
export SNOW_INSTANCE SNOW_USER SNOW_PASSWORD SNOW_CLIENT_ID SNOW_CLIENT_SECRET
echo "A local instance is at $SNOW_INSTANCE."

show() {
    echo
    echo "--- $1: $(sed -n '1s|^/\* ||p' "$1".c*)"
    name=$1
    shift
    "$programs/$name" "$@"
}

cd "$(dirname "$0")"
show 01_basic_auth
show 02_session
show 03_oauth_login "$work/token.json"
# The stored token is made to look as if its time were over.
sed -i 's/"expires_at":[0-9]*/"expires_at":1/' "$work/token.json"
show 04_oauth_refresh "$work/token.json"
show 05_client_credentials
show 06_create_update_delete
show 07_queries
show 08_errors
show 09_threads
show 10_export incident number,priority,state,opened_at,caller_id,short_description \
    "$work/incidents.csv"
show 11_any_path /api/x_snow/echo/tickets '{"reason":"solved"}'
show 12_attachments demo.sh "$work/demo.sh"
show 13_log
show 14_doctor
show 15_arrow

if [ -d "$cpp_programs" ]; then
    programs=$cpp_programs
    cd ../examples-cpp
    show 01_list_incidents
    show 02_token_callback "$work/cpp-token.json"
fi

echo
echo "The export's first lines:"
head -n 4 "$work/incidents.csv"
echo
echo "Every example did its work. The instance is stopped."
