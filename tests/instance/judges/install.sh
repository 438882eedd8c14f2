#!/bin/sh
# Installs other people's clients, each into an environment of its own: some want old versions of what
# others want new. They land beside the build, where tests/judges.rs looks for them; what is there
# already in the wanted version stays.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
judges=${CARGO_TARGET_DIR:-$here/../../../target}/judges

# current NAME PINS: whether NAME was installed from these very pins.
current() {
    cmp -s "$2" "$judges/$1/installed-from"
}

for pins in "$here"/requirements/*.txt; do
    name=$(basename "$pins" .txt)
    current "$name" "$pins" && continue
    rm -rf "${judges:?}/$name"
    python3 -m venv "$judges/$name"
    "$judges/$name/bin/pip" install --quiet --disable-pip-version-check --requirement "$pins"
    cp "$pins" "$judges/$name/installed-from"
done

name=servicenow-rest-api
pins=$here/requirements/$name.json
if ! current "$name" "$pins"; then
    rm -rf "${judges:?}/$name"
    mkdir -p "$judges/$name"
    cp "$pins" "$judges/$name/package.json"
    (cd "$judges/$name" && npm install --silent --no-audit --no-fund)
    cp "$pins" "$judges/$name/installed-from"
fi
