#!/bin/sh
# Makes the Debian packages, has them judged by lintian, installs them into a folder that is a root of its
# own, and builds a C program against what is there.
#
#     tests/deb.sh [ROOT]
#
# ROOT is a whole system, such as
#
#     debootstrap --variant=minbase --include=gcc,g++,libc6-dev,make,cmake,pkg-config bookworm ROOT
#
# makes one. Without it the folder is empty: dpkg installs there, but nothing else runs there.
set -eu
cd "$(dirname "$0")/.."
target=$(realpath "${CARGO_TARGET_DIR:-target}")

make --no-print-directory deb
lintian --allow-root --fail-on error --suppress-tags initial-upload-closes-no-bugs "$target"/deb/*.changes

# What a user writes, and what says whether it went well.
program='
#include <snow.h>
#include <string.h>
int main(void)
{
    snow_error *error;
    snow_client *client = snow_client_new_basic("http://127.0.0.1:1", "user", "password", &error);
    int refused = snow_table_first(client, "incident", NULL, &error) == NULL
        && snow_error_status(error) == SNOW_CONNECT;
    snow_error_free(error);
    snow_client_free(client);
    return !refused || strcmp(snow_version(), SNOW_VERSION_STRING) != 0;
}'
needs=$(sed -n 's/^Libs.private: //p' packaging/snow.pc.in)

# What the library is built of asks for its notices wherever that goes.
dpkg-deb --fsys-tarfile "$target"/deb/libsnow0_*.deb \
    | tar -xO ./usr/share/doc/libsnow0/THIRD-PARTY-NOTICES.gz | zcat | grep -q "Eric Biggers"

# Each link of the manual leads to something in the package.
contents=$(mktemp -d)
trap 'rm -rf "$contents"' EXIT
dpkg-deb --extract "$target"/deb/libsnow-dev_*.deb "$contents"
(
    cd "$contents/usr/share/doc/libsnow-dev"
    links=$(grep -o ']([^:)]*)' README.md docs/*.md | sed 's/](//; s/[#)].*//')
    test "$(echo "$links" | wc -l)" -gt 30
    for link in $links; do
        test -e "$(dirname "${link%%:*}")/${link#*:}" || { echo "leads nowhere: $link" >&2; exit 1; }
    done
)

if [ $# -gt 0 ]; then
    root=$1
    cp "$target"/deb/*.deb "$root/tmp"
    printf '%s\n' "$program" >"$root/tmp/program.c"
    chroot "$root" sh -euc '
        cd /tmp
        dpkg -i libsnow0_*.deb libsnow-dev_*.deb
        cc program.c $(pkg-config --cflags --libs snow) -o program
        ldd program | grep -q "libsnow.so.0 => /"
        ./program
        cc program.c "$(pkg-config --variable=libdir snow)/libsnow.a" '"$needs"' -o static
        ! ldd static | grep libsnow || exit 1
        cp -r /usr/share/doc/libsnow-dev/examples/examples-cpp .
        cmake -S examples-cpp -B build >log 2>&1 && cmake --build build >>log 2>&1 || { cat log; exit 1; }
        make -s -C examples-cpp OUT=/tmp/made
        for folder in build made; do
            SNOW_INSTANCE=http://127.0.0.1:1 SNOW_USER=u SNOW_PASSWORD=p $folder/01_list_incidents 2>said && exit 1
            grep -q "01_list_incidents: .*no connection" said
        done
        dpkg -r libsnow-dev libsnow0
        ./static
        ! ./program 2>/dev/null'
else
    root=$(mktemp -d)
    trap 'rm -rf "$root" "$contents"' EXIT
    mkdir -p "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/info"
    : >"$root/var/lib/dpkg/status"
    dpkg --root="$root" --force-depends --install "$target"/deb/*.deb >"$root/log" 2>&1 \
        || { cat "$root/log" >&2; exit 1; }
    lib=$(dirname "$(find "$root/usr/lib" -name libsnow.so)")
    printf '%s\n' "$program" >"$root/program.c"
    cc -I "$root/usr/include" "$root/program.c" -L "$lib" -lsnow -o "$root/program"
    LD_LIBRARY_PATH=$lib "$root/program"
    cc -I "$root/usr/include" "$root/program.c" "$lib/libsnow.a" $needs -o "$root/static"
    readelf --dynamic "$root/static" | grep NEEDED | grep libsnow && exit 1
    "$root/static"
fi
echo "made packages that lintian takes, installed them, and built a program against them"
