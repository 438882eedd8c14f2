#!/bin/sh
# Runs the C programs under a memory tool: programs.sh valgrind|asan
#
# That a test passes is not enough: each of them must have run.
set -u
cd "$(dirname "$0")/.."
ran=${CARGO_TARGET_DIR:-target}/debug/c-programs/ran-under-$1
# The test files that run C programs.
tests=$(grep -lE 'Program::c|support::connect' tests/*.rs | sed 's|tests/\(.*\)\.rs|--test \1|')

rm -f "$ran"
# Of the workspace, as all tests: what is built for one package alone has other features.
SNOW_MEMCHECK=$1 cargo test --quiet --no-fail-fast --workspace $tests --test network || exit 1
for program in tests/c/*.c; do
    # Where memory is limited there is none for a memory tool.
    [ "$program" = tests/c/no_memory.c ] && continue
    grep -qx "$program" "$ran" || { echo "$program did not run under $1"; exit 1; }
done
