#!/bin/sh
# Installs into a folder of its own and builds C programs with what pkg-config says, shared and static.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

make --no-print-directory
make --no-print-directory install DESTDIR="$work" PREFIX=/opt/snow
lib=$work/opt/snow/lib
readelf --dynamic "$lib/libsnow.so" | grep -q 'SONAME.*libsnow\.so\.0'
test "$(readlink "$lib/libsnow.so")" = libsnow.so.0

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
LD_LIBRARY_PATH=$lib "$work/shared"

rm "$lib"/libsnow.so*
cc "$work/version.c" $(pkg-config --cflags --libs --static snow) -o "$work/static"
"$work/static"

make --no-print-directory uninstall DESTDIR="$work" PREFIX=/opt/snow
test -z "$(find "$work/opt" -type f)"
echo "installed, linked shared and static, uninstalled"
