#!/bin/sh
# Installs into a folder of its own, and builds programs there with what pkg-config, CMake and Meson say,
# shared and static.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}

work=$(mktemp -d)
instance=
end() {
    [ -z "$instance" ] || kill "$instance" 2>/dev/null || :
    rm -rf "$work"
}
trap end EXIT

make --no-print-directory
if command -v doxygen >/dev/null; then make --no-print-directory man; fi
# All may read what is installed, also by one who lets nobody read what is theirs.
(umask 077 && make --no-print-directory install DESTDIR="$work" PREFIX=/opt/snow)
prefix=$work/opt/snow
test -z "$(find "$prefix" ! -type l ! -perm -o=r)"
lib=$prefix/lib
readelf --dynamic "$lib/libsnow.so" | grep -q 'SONAME.*libsnow\.so\.0'
test "$(readlink "$lib/libsnow.so")" = libsnow.so.0
export LD_LIBRARY_PATH="$lib"

# What the static library needs is told to pkg-config, to CMake and to the reader; that it is enough is seen below,
# where programs link it.
needs=$(sed -n 's/^Libs.private: //p' packaging/snow.pc.in)
test -n "$needs"
grep -qF "\"$(echo "$needs" | sed 's/^-l//; s/ -l/;/g')\"" packaging/cmake/snow-config.cmake
grep -qF "libsnow.a $needs" docs/install.md

# --- the man pages, where doxygen wrote them

if command -v doxygen >/dev/null; then
    grep -q '^\.TH snow_client_new 3' "$prefix/share/man/man3/snow_client_new.3"
    grep -q '^\.TH snow_client 3' "$prefix/share/man/man3/snow_token_fn.3"
    test -f "$prefix/share/man/man7/libsnow.7"
fi

# --- pkg-config

cat >"$work/version.c" <<'C'
#include <snow.h>
#include <string.h>
int main(void)
{
    return strcmp(snow_version(), SNOW_VERSION_STRING) != 0
        || snow_version_number() != SNOW_VERSION_NUMBER || snow_abi_version() != SNOW_ABI_VERSION;
}
C
export PKG_CONFIG_PATH="$lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$work"
cc "$work/version.c" $(pkg-config --cflags --libs snow) -o "$work/shared"
"$work/shared"

# --- CMake and Meson: the examples, against an instance

cargo build --quiet --workspace --bins --test abi # the test, for the features that all tests are built with
"$target/debug/snow-instance" --url-file "$work/url" >"$work/instance.log" 2>&1 &
instance=$!
while [ ! -s "$work/url" ]; do
    kill -0 "$instance" || { cat "$work/instance.log" >&2; exit 1; }
    sleep 0.1 # until the file is there, or the instance is not
done
SNOW_INSTANCE=$(cat "$work/url")
export SNOW_INSTANCE SNOW_USER=admin SNOW_PASSWORD=admin

# lists PROGRAM: whether it does what the example promises.
lists() {
    test "$("$1" | grep -c '^INC')" = 5
}

cmake -S examples-cpp -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" >"$work/log" 2>&1 \
    && cmake --build "$work/cmake" >>"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
lists "$work/cmake/01_list_incidents"

meson setup "$work/meson" examples-cpp >"$work/log" 2>&1 \
    && meson compile -C "$work/meson" >>"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
lists "$work/meson/01_list_incidents"

mkdir "$work/targets"
cat >"$work/targets/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.13)
project(targets C)
foreach(wrong 0.0.9999 0.9999 1)
    find_package(snow ${wrong} EXACT QUIET)
    if(snow_FOUND)
        message(FATAL_ERROR "snow ${snow_VERSION} is taken for ${wrong}")
    endif()
endforeach()
foreach(right 0 0.1 0.1.0...<2)
    find_package(snow ${right} REQUIRED)
endforeach()
add_executable(linked ../version.c)
if(TARGET snow::snow AND NOT STATIC)
    target_link_libraries(linked PRIVATE snow::snow)
else()
    target_link_libraries(linked PRIVATE snow::static)
endif()
CMAKE
# targets FLAG: builds and runs the program above.
targets() {
    rm -rf "$work/linked"
    cmake -S "$work/targets" -B "$work/linked" -DCMAKE_PREFIX_PATH="$prefix" "$@" >"$work/log" 2>&1 \
        && cmake --build "$work/linked" >>"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    "$work/linked/linked"
}
targets
readelf --dynamic "$work/linked/linked" | grep -q 'NEEDED.*libsnow\.so\.0'
targets -DSTATIC=ON
readelf --dynamic "$work/linked/linked" | grep NEEDED | grep libsnow && exit 1

# --- static, where there is nothing else

rm "$lib"/libsnow.so*
cc "$work/version.c" $(pkg-config --cflags --libs --static snow) -o "$work/static"
"$work/static"
# All of it in one piece, of which the linker says what glibc still loads.
cc -static "$work/version.c" $(pkg-config --cflags --libs --static snow) -o "$work/static" 2>"$work/log" \
    || { cat "$work/log" >&2; exit 1; }
"$work/static"
targets
meson setup "$work/meson-static" examples-cpp -Dprefer_static=true >"$work/log" 2>&1 \
    && meson compile -C "$work/meson-static" >>"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
lists "$work/meson-static/01_list_incidents"

make --no-print-directory uninstall DESTDIR="$work" PREFIX=/opt/snow
test -z "$(find "$work/opt" ! -type d)"

# --- folders that nobody would find from elsewhere

for wrong in PREFIX=stage LIBDIR=lib64; do
    make --no-print-directory install DESTDIR="$work/none/" "$wrong" 2>"$work/log" && exit 1
    grep -q "$wrong: accepted are paths that begin with /" "$work/log"
done
test ! -e "$work/none"

# --- folders whose names hold a space, without which nothing beside them is touched, and what sed has a meaning for

touch "$work/my"
unset PKG_CONFIG_SYSROOT_DIR
make --no-print-directory install PREFIX="$work/my own/R&D's"
echo 'int main(void) { return 0; }' >"$work/none.c"
PKG_CONFIG_PATH="$work/my own/R&D's/lib/pkgconfig"
eval "cc -include snow.h \"$work/none.c\" $(pkg-config --cflags --libs snow) -o \"$work/spaced\""
prefix="$work/my own/R&D's" targets
make --no-print-directory install DESTDIR="$work/my own" PREFIX="/R&D's"
make --no-print-directory uninstall PREFIX="$work/my own/R&D's"
test -z "$(find "$work/my own" ! -type d)"
test -f "$work/my"
echo "installed, linked shared and static, by pkg-config, CMake and Meson, uninstalled"
