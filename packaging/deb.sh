#!/bin/sh
# Makes the Debian packages of what `make` built, in TARGET/deb: deb.sh VERSION TARGET
#
# The tools of Debian work in a tree of their own beside the build, so that this one stays as it is.
set -eu
cd "$(dirname "$0")/.."
version=$1
target=$2
tree=$target/deb/libsnow-$version

rm -rf "${target:?}/deb"
mkdir -p "$tree"
cp -r README.md CHANGELOG.md examples-c examples-cpp packaging/debian "$tree"
mkdir "$tree/docs"
cp docs/*.md "$tree/docs"
# What they lead to lies elsewhere in the package, or is in none: then the words are left.
sed -i -e 's,](\(\.\./\)*examples-,](\1examples/examples-,g' -e 's,](\(\.\./\)*CHANGELOG\.md,](\1changelog.gz,g' \
    -e 's,!*\[\([^]]*\)\]\((\.\./\|(\)\(SECURITY\|CONTRIBUTING\|LICENSE\|bindings\|benches\|include\|tests\)[^)]*),\1,g' \
    "$tree/README.md" "$tree"/docs/*.md
packaging/notices.py "$tree/THIRD-PARTY-NOTICES"
changed=$(git log -1 --format=%ct 2>/dev/null || date +%s)
cat >"$tree/debian/changelog" <<CHANGELOG
libsnow ($version-1) unstable; urgency=medium

  * New upstream version: see CHANGELOG.md.

 -- $(sed -n 's/^Maintainer: //p' packaging/debian/control)  $(date -uR -d "@$changed")
CHANGELOG

SNOW_SOURCE=$PWD
export SNOW_SOURCE
cd "$tree"
# Without a look at the build dependencies: cargo need not come from Debian.
dpkg-buildpackage --build=binary --no-sign --no-check-builddeps >../build.log 2>&1 || {
    tail -n 30 ../build.log >&2
    exit 1
}
ls "$target"/deb/*.deb
