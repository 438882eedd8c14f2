#!/bin/sh
# Installs other people's clients, each into an environment of its own: some want old versions of what
# others want new. They land beside the build, where tests/judges.rs looks for them; what is there
# already in the wanted version stays. Arguments: the requirements to install; by default, all judges'. A
# package.json is named after its folder, any other file by its own name.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
judges=${CARGO_TARGET_DIR:-$here/../../../target}/judges

[ $# -gt 0 ] || set -- "$here"/requirements/*

for pins in "$@"; do
    name=$(basename "${pins%.*}")
    [ "$name" != package ] || name=$(basename "$(dirname "$pins")")
    cmp -s "$judges/$name/installed-from" "$pins" && continue
    rm -rf "${judges:?}/$name"
    case $pins in
    *.json)
        mkdir -p "$judges/$name"
        cp "$pins" "$judges/$name/package.json"
        (cd "$judges/$name" && npm install --silent --no-audit --no-fund)
        ;;
    *)
        python3 -m venv "$judges/$name"
        "$judges/$name/bin/pip" install --quiet --disable-pip-version-check --requirement "$pins"
        ;;
    esac
    cp "$pins" "$judges/$name/installed-from"
done
