#!/usr/bin/env python3
"""Writes the notices that whoever ships a built library has to ship along: those of the crates that are part of it,
and those of Rust's standard library.

    packaging/notices.py FILE

Texts are as the crates carry them. Crates that only build the library are not among them.
"""

import html.parser
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CARRIED = ("licen", "copying", "copyright", "notice", "unlicense")
RULE = "=" * 80


def main():
    crates = list(parts())
    texts = {}
    for crate in crates:
        for text in carried(crate):
            # The same text is broken into lines in many ways.
            texts.setdefault(" ".join(text.split()), (text, []))[1].append(crate)
    page = [
        "libsnow is built of these crates, some of them on some systems only, and of Rust's standard library.",
        "\n".join(line(crate) for crate in crates),
    ]
    for text, owners in texts.values():
        names = ", ".join(dict.fromkeys(named(crate) for crate in owners))
        page += [f"{RULE}\n{names}", text.strip("\n")]
    page += [f"{RULE}\nRust's standard library", standard_library()]
    pathlib.Path(sys.argv[1]).write_text("\n\n".join(page) + "\n", encoding="utf-8")


def parts():
    """The crates whose code becomes a part of the library: on any system, so that packages for several carry the same."""
    which = ("--package", "libsnow", "--target", "all", "--edges", "normal,no-proc-macro")
    listed = cargo("tree", *which, "--prefix", "none", "--format", "{p}").splitlines()
    # A crate stands there as `name v1.2.3`, with its folder behind it where it is of this project.
    listed = {tuple(entry.split()[:2]) for entry in listed}
    for package in json.loads(cargo("metadata", "--format-version", "1"))["packages"]:
        if package["source"] and (package["name"], f"v{package['version']}") in listed:
            yield package


def carried(crate):
    """The texts that a crate carries, also those of what lies in folders of it and was written by others."""
    folder = pathlib.Path(crate["manifest_path"]).parent
    for path in sorted(folder.rglob("*")):
        is_text = path.suffix.lower() in ("", ".txt", ".md") or path.name.lower().startswith("license-")
        if is_text and path.is_file() and path.name.lower().startswith(CARRIED):
            yield path.read_text(encoding="utf-8", errors="replace")


def named(crate):
    return f"{crate['name']} {crate['version']}"


def line(crate):
    return " | ".join([named(crate), crate["license"], *crate["authors"], crate["repository"] or ""]).rstrip(" |")


def standard_library():
    """What the compiler says of the library that it links in."""
    root = run("rustc", "--print", "sysroot").strip()
    page = pathlib.Path(root, "share", "doc", "rust", "COPYRIGHT-library.html")
    if not page.is_file():
        raise SystemExit(f"{page} is missing: it comes with rustc where rustup installs it")
    words = Words()
    words.feed(page.read_text(encoding="utf-8"))
    lines = [line.rstrip() for line in "".join(words.said).splitlines()]
    return "\n".join(line for line, before in zip(lines, [""] + lines) if line or before).strip("\n")


class Words(html.parser.HTMLParser):
    """What a page says, without its head."""

    def __init__(self):
        super().__init__()
        self.said = []
        self.is_head = False

    def handle_starttag(self, tag, attrs):
        self.is_head |= tag == "head"

    def handle_endtag(self, tag):
        self.is_head &= tag != "head"

    def handle_data(self, data):
        if not self.is_head:
            self.said.append(data)


def cargo(*arguments):
    return run("cargo", *arguments, "--locked")


def run(*command):
    try:
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout
    except FileNotFoundError:
        raise SystemExit(f"{command[0]} is missing, which knows the notices: install Rust, https://rustup.rs") from None
    except subprocess.CalledProcessError as failure:
        # It has said why.
        raise SystemExit(failure.returncode) from None


if __name__ == "__main__":
    main()
