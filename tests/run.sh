#!/bin/sh
# Every test there is. Ends with what was skipped for want of a tool, and fails if any test failed,
# or, where CI is set, if any was skipped.
set -u
cd "$(dirname "$0")/.."

passed=0
failed=0
skipped=0
summary=

note() {
    summary="$summary
  $1"
}

# have TOOL PACKAGE WHAT: whether TOOL is there; else WHAT is skipped.
have() {
    command -v "$1" >/dev/null && return 0
    skipped=$((skipped + 1))
    note "skipped: $3 ($1 is missing: apt-get install $2)"
    return 1
}

step() {
    name=$1
    shift
    echo
    echo "=== $name"
    began=$(date +%s)
    if "$@"; then
        passed=$((passed + 1))
        note "passed: $name ($(($(date +%s) - began)) s)"
    else
        failed=$((failed + 1))
        note "FAILED: $name"
    fi
}

# programs TOOL...: runs the C programs under memory tools, side by side: they wait a good part of their time.
programs() {
    said=$(mktemp -d)
    # Not in the background, where an interrupt would not reach them.
    printf '%s\n' "$@" | xargs -n 1 -P "$#" sh -c 'tests/programs.sh "$1" >"$0/$1" 2>&1' "$said"
    outcome=$?
    for tool in "$@"; do
        cat "$said/$tool"
    done
    rm -r "$said"
    return $outcome
}

# judged: whether other people's clients are there to judge the instance; else that is skipped.
judged() {
    for pins in tests/instance/judges/requirements/*; do
        name=$(basename "${pins%.*}")
        [ -e "${CARGO_TARGET_DIR:-target}/judges/$name/installed-from" ] || break
        name=
    done
    [ -z "$name" ] && return 0
    skipped=$((skipped + 1))
    note "skipped: the instance under $name and other clients, or pysnow beside the library (tests/instance/judges/install.sh)"
}

have c++ g++ "the header and programs as C++"
have clang++ clang "the header of C++ under a second compiler"
have python3 python3 "the library from Python"
have luajit luajit "the library from LuaJIT"
have nm binutils "the exported symbols"
have abidiff abigail-tools "the signatures"
have go golang-go "the library from Go"
have javac openjdk-17-jdk-headless "the library from Java"
have ruby ruby "the library from Ruby"
have php php-cli "the library from PHP"
have perl perl "the library from Perl"
have mcs mono-mcs "the library from C#"
have gfortran gfortran "the library from Fortran"
have cobc gnucobol4 "the library from COBOL"
have Rscript r-base-core "the library from R"
if have node nodejs "the library from Node"; then
    [ -e "${CARGO_TARGET_DIR:-target}/judges/node/installed-from" ] || {
        skipped=$((skipped + 1))
        note "skipped: the library from Node (tests/instance/judges/install.sh bindings/node/package.json)"
    }
fi
for server in oauth2-server/package.json authlib/authlib.txt; do
    [ -e "${CARGO_TARGET_DIR:-target}/judges/${server%%/*}/installed-from" ] || {
        skipped=$((skipped + 1))
        note "skipped: tokens of ${server%%/*} (tests/instance/judges/install.sh tests/network/$server)"
    }
done
have nginx nginx-light "the library and nginx"
have squid squid "the library and squid"
have haproxy haproxy "the library and haproxy"
have microsocks microsocks "the library and microsocks"
have openssl openssl "client certificates in all their forms"
[ -e "${CARGO_TARGET_DIR:-target}/judges/wheel/installed-from" ] || {
    skipped=$((skipped + 1))
    note "skipped: the package for Python (tests/instance/judges/install.sh bindings/python/wheel.txt)"
}
have doxygen doxygen "the man pages and the site"
have mandoc mandoc "the man pages under a second formatter"
have groff groff-base "the man pages under a formatter"
# No tool brings them, so they are not counted.
[ -d ../shared/data/recorded ] || note "skipped: the instance beside what was recorded of real ones (not part of the project)"
judged
step "Rust tests and C programs" cargo test --quiet --no-fail-fast --workspace
if have valgrind valgrind "C programs under valgrind"; then
    step "C programs under valgrind, AddressSanitizer and UndefinedBehaviorSanitizer" programs valgrind asan
else
    step "C programs under AddressSanitizer and UndefinedBehaviorSanitizer" programs asan
fi
# With a feature of its own: what follows is built anew.
step "Threads in every order" cargo test --quiet --no-fail-fast --workspace --lib --features libsnow/interleavings interleavings
if have pkg-config pkg-config "an installed library" && have cmake cmake "an installed library" \
    && have meson meson "an installed library"; then
    step "An installed library" tests/install.sh
fi
if have dh debhelper "the Debian packages" && have lintian lintian "the Debian packages" \
    && have doxygen doxygen "the Debian packages"; then
    step "The Debian packages" tests/deb.sh
fi
if have python3 python3 "the benchmark at its smallest"; then
    step "The benchmark at its smallest" make --no-print-directory bench SMOKE=1
fi

echo
echo "Summary:$summary"
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && { [ -z "${CI:-}" ] || [ "$skipped" -eq 0 ]; }
