#!/bin/bash
# Goes the way of a newcomer on a bare system, in C, C++, CMake, Python and Node: types what the documents say,
# word for word, and says how many seconds each way took from nothing to the first rows of a local instance.
#
#     tests/newcomer.sh ROOT
#
# ROOT is a whole system, such as
#
#     debootstrap --variant=minbase bookworm ROOT
#
# makes one. It is changed, and it must reach the registries of Debian, Rust, Python and Node. Rust itself is
# this machine's (~/.cargo, ~/.rustup). Wants root.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(realpath "$1")

mounted=()
instance=
end() {
    [ -z "$instance" ] || kill "$instance" 2>/dev/null || :
    for folder in "${mounted[@]}"; do umount "$folder"; done
}
trap end EXIT
mounts() {
    mkdir -p "$2"
    mount "${@:3}" "$1" "$2"
    mounted=("$2" "${mounted[@]}")
}
mounts proc "$root/proc" -t proc
mounts /dev "$root/dev" --bind
mounts "$HOME/.cargo" "$root/root/.cargo" --bind
mounts "$HOME/.rustup" "$root/root/.rustup" --bind
cp /etc/resolv.conf "$root/etc"
echo 'APT::Get::Assume-Yes "true";' >"$root/etc/apt/apt.conf.d/yes"
mkdir -p "$root/root/libsnow"
git archive HEAD | tar x -C "$root/root/libsnow"

inside() {
    env -i HOME=/root PATH=/root/.cargo/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive \
        SNOW_PASSWORD=admin chroot "$root" bash -euo pipefail -c "cd; cd $1; $2" >"$root/log" 2>&1 \
        || { tail -n 30 "$root/log" >&2; echo "failed: $2" >&2; exit 1; }
}

# types DOCUMENT FOLDER COMMAND: types a command that the document says, as root and with the password.
types() {
    grep -qF -- "$3" "$1" || { echo "$1 does not say: $3" >&2; exit 1; }
    inside "$2" "$(sed 's/sudo //g; s/SNOW_PASSWORD=\.\.\. //' <<<"$3")"
}

# saves DOCUMENT LANGUAGE PATH: saves its first program in that language, with the local instance for dev12345.
saves() {
    awk -v fence="\`\`\`$2" '$0 == fence { on = 1; next } on && /^```/ { exit } on' "$1" \
        | sed "s|dev12345|$url|" >"$root/root/$3"
}

# shows WHAT: the rows that came, and the time since the last one.
shows() {
    grep -q 'INC00' "$root/log" || { cat "$root/log" >&2; echo "no rows came: $1" >&2; exit 1; }
    echo "$1: $((SECONDS - began)) s"
    began=$SECONDS
}

began=$SECONDS
inside /root "apt-get update"
types README.md /root "apt-get install build-essential pkg-config"
types README.md libsnow "make demo"
shows "the demonstration"

# The instance that the documents name, whose URL the newcomer copies.
chroot "$root" /root/libsnow/target/debug/snow-instance --url-file /root/url >"$root/instance.log" &
instance=$!
until [ -s "$root/root/url" ]; do kill -0 "$instance"; sleep 0.1; done # until the file is there, or the instance is not
url=$(cat "$root/root/url")

types README.md libsnow "make && sudo make install"
saves README.md c first.c
types README.md /root 'cc first.c $(pkg-config --cflags --libs snow) && SNOW_PASSWORD=... ./a.out'
shows "C, with the library built"

saves README.md cpp first.cpp
types README.md /root 'c++ -std=c++17 first.cpp $(pkg-config --cflags --libs snow)'
inside /root ./a.out
shows "C++, after C"

inside /root "apt-get install cmake; mkdir -p cmake"
saves README.md c cmake/program.c
saves docs/install.md cmake cmake/CMakeLists.txt
types docs/install.md cmake "cmake -S . -B build && cmake --build build && build/program"
shows "CMake, after C"

inside /root "apt-get install nodejs npm; mkdir -p node; cp libsnow/bindings/node/{snow.js,library.js,snow.cdef.h,package.json} node"
saves bindings/node/README.md js node/first.js
types bindings/node/README.md node "npm install"
types bindings/node/README.md node "SNOW_PASSWORD=... node first.js"
shows "Node, after C"

inside libsnow "make uninstall && ldconfig"
types docs/install.md libsnow "apt-get install debhelper doxygen"
types docs/install.md libsnow "make deb && sudo apt-get install ./target/deb/*.deb"
inside /root ./a.out
shows "the Debian packages, after C"

inside libsnow "apt-get purge libsnow0; apt-get install python3 python3-venv"
saves bindings/python/README.md python first.py
types bindings/python/README.md libsnow "make wheel"
python="python3 -m venv env && . env/bin/activate"
wheel="pip install target/wheel/libsnow-*.whl"
first="SNOW_PASSWORD=... python first.py"
for line in "$python" "$wheel" "$first"; do grep -qF "$line" bindings/python/README.md; done
inside libsnow "$python && $wheel && cd .. && python first.py"
shows "Python, after the library was built"
