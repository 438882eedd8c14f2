#!/bin/sh
# The promises of docs/reliability.md in sizes of which `make test` has no time, for at most ten minutes: prints what
# it did and measured. What is built before does not count. Fails where a test does.
set -u
cd "$(dirname "$0")/.."

logs=${CARGO_TARGET_DIR:-target}/soak
rm -rf "$logs"
mkdir -p "$logs"
failed=0
summary=

note() {
    summary="$summary
  $1"
}

# start NAME COMMAND...: runs it beside what else runs, and keeps what it prints.
start() {
    name=$1
    shift
    (
        began=$(date +%s)
        "$@" >"$logs/$name" 2>&1
        echo "$? $(($(date +%s) - began))" >"$logs/$name.ended"
    ) &
}

# finish NAME...: waits for those that run, and shows the figures among what these printed.
finish() {
    wait
    for name in "$@"; do
        read -r status seconds <"$logs/$name.ended"
        echo
        echo "=== $name"
        if [ "$status" -eq 0 ]; then
            grep '[0-9]' "$logs/$name" | grep -vE '^(running|test |test result:|\[|stat::|#)|^(INFO|Done|INITED)|NEW_FUNC|# Uses' | head -n 40
            note "passed: $name ($seconds s)"
        else
            failed=1
            tail -n 60 "$logs/$name"
            note "FAILED: $name"
        fi
    done
}

# tests FILE [TEST]: tests of a file, with what they print.
tests() {
    built=$(sed -n "s|.*Executable tests/$1.rs (\(.*\))|\1|p" "$logs/built")
    shift
    "$built" --nocapture "$@"
}

# sum PATTERN NAME...: the numbers in front of a pattern, added up.
sum() {
    pattern=$1
    shift
    for name in "$@"; do
        grep -oE "[0-9]+ $pattern" "$logs/$name" 2>/dev/null
    done | awk '{ sum += $1 } END { print sum + 0 }'
}

echo "building"
# With optimisation. The library comes last and stays as it is: each call of cargo test would build it anew.
cargo test --release --no-run --test crowd --test hosts --test cancelled --test every_byte --test oauth \
    >"$logs/built" 2>&1 || { cat "$logs/built"; exit 1; }
cargo build --quiet --release --lib --bins --package libsnow --package snow-instance || exit 1
if cargo fuzz --version >/dev/null 2>&1; then
    cargo +nightly fuzz build -s none || exit 1
fi
began_all=$(date +%s)

# These measure times, so each has the machine to itself.
SNOW_CANCELS=60 start cancelled tests cancelled
finish cancelled
SNOW_ROUNDS=30 start hosts tests hosts
finish hosts
SNOW_ROUNDS=20 start oauth tests oauth
finish oauth

# These wait for time limits, most of the time.
SNOW_BYTES=1 start changed tests every_byte changed
SNOW_BYTES=37 start stalled tests every_byte stalled
finish changed stalled

SNOW_CALLS=10000 start crowd tests crowd
SNOW_BYTES=1 start cut-and-reset tests every_byte cut_and_reset
finish crowd cut-and-reset

judges="scanner query token options headers"
if cargo fuzz --version >/dev/null 2>&1; then
    for judge in $judges; do
        # What is found goes into the first folder, and leaves the corpus of the repository as it is.
        mkdir "$logs/inputs-$judge"
        start "fuzz-$judge" cargo +nightly fuzz run -s none "$judge" "$logs/inputs-$judge" "fuzz/corpus/$judge" -- \
            -max_total_time=10 -print_final_stats=1
        finish "fuzz-$judge"
    done
else
    note "skipped: fuzzing (cargo-fuzz is missing: cargo install cargo-fuzz)"
fi

echo
echo "Summary:$summary"
echo
echo "calls made: $(($(sum 'calls of' crowd) + $(sum 'calls, [0-9]+ signals' hosts)))"
echo "faults injected: $(sum 'faults injected' crowd)"
echo "calls ended from outside: $(($(sum 'calls ended' cancelled) + $(sum 'cursors cancelled' crowd)))"
echo "bytes at which an answer was cut, reset, changed or stalled: $(sum places cut-and-reset changed stalled)"
echo "inputs tried: $(cat "$logs"/fuzz-* 2>/dev/null |
    awk '/number_of_executed_units/ { sum += $2 } END { print sum + 0 }')"
echo "seconds: $(($(date +%s) - began_all))"
exit $failed
