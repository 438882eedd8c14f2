#!/usr/bin/env python3
"""Writes the site of the documentation: the manual, which is the Markdown of this repository, and the reference, which
is the comments of include/snow.h and snow.hpp.

    docs/website.py FOLDER [DOXYGEN]

doxygen makes the pages; what is here gives it the list of them, a frame with the way around, and the links of the
Markdown as doxygen wants them (docs/website.py --page FILE, which doxygen calls).
"""

import html
import pathlib
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

from reference import ROOT, flat, read

# The pages of the manual, in the order in which they are read. The first is the front page.
MANUAL = {
    "Begin": ["README.md", "docs/install.md", "docs/pysnow.md"],
    "Manual": [
        "docs/concepts.md",
        "docs/signing-in.md",
        "docs/lists.md",
        "docs/writing.md",
        "docs/export.md",
        "docs/attachments.md",
        "docs/requests.md",
        "docs/errors.md",
        "docs/threads.md",
        "docs/watching.md",
        "docs/network.md",
    ],
    "Languages": ["bindings/README.md"],
    "Project": ["CHANGELOG.md", "docs/abi.md", "docs/reliability.md", "SECURITY.md", "CONTRIBUTING.md"],
}
BINDINGS = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("bindings/*/README.md"))]
PAGES = [page for pages in MANUAL.values() for page in pages] + BINDINGS

# Of the front page.
PICTURE = "benches/bench.svg"

EXAMPLES = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("examples-c*/*.c*"))]

SETTINGS = """
@INCLUDE              = docs/Doxyfile
INPUT                 = {inputs}
FILTER_PATTERNS       = "*.md=python3 docs/website.py --page"
EXAMPLE_PATH          = examples-c examples-cpp
EXCLUDE_SYMBOLS       = snow::detail*
OUTPUT_DIRECTORY      = {folder}
HTML_OUTPUT           = .
LAYOUT_FILE           = {work}/layout.xml
HTML_HEADER           = {work}/header.html
HTML_FOOTER           = {work}/footer.html
HTML_STYLESHEET       = docs/style.css
DISABLE_INDEX         = YES
SEARCHENGINE          = NO
HAVE_DOT              = NO
CLASS_GRAPH           = NO
JAVADOC_AUTOBRIEF     = YES
VERBATIM_HEADERS      = NO
SHOW_USED_FILES       = NO
SOURCE_TOOLTIPS       = NO
SORT_MEMBER_DOCS      = NO
TOC_INCLUDE_HEADINGS  = 0
# What is undocumented there is left out; docs/man.py is strict about the header of C.
WARN_IF_UNDOCUMENTED  = NO
HIDE_UNDOC_MEMBERS    = YES
HIDE_UNDOC_CLASSES    = YES
"""


def main():
    if sys.argv[1] == "--page":
        sys.stdout.write(page_for_doxygen(str(pathlib.Path(sys.argv[2]).resolve().relative_to(ROOT))))
        return
    unlisted = {str(path.relative_to(ROOT)) for path in ROOT.glob("docs/*.md")} - set(PAGES)
    if unlisted:
        sys.exit(f"docs/website.py: MANUAL lacks {', '.join(sorted(unlisted))}")
    folder = pathlib.Path(sys.argv[1]).resolve()
    doxygen = sys.argv[2] if len(sys.argv) > 2 else "doxygen"
    header = read(doxygen)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        (work / "layout.xml").write_text(layout(doxygen, work), encoding="utf-8")
        (work / "header.html").write_text(frame(header), encoding="utf-8")
        (work / "footer.html").write_text(FOOTER, encoding="utf-8")
        (work / "functions.dox").write_text(functions(header), encoding="utf-8")
        (work / "examples.dox").write_text(examples(), encoding="utf-8")
        inputs = [*PAGES, work / "functions.dox", work / "examples.dox", "include/snow.h", "include/snow.hpp"]
        settings = SETTINGS.format(inputs=" ".join(map(str, inputs)), folder=folder, work=work)
        subprocess.run([doxygen, "-"], input=settings, text=True, check=True, cwd=ROOT)
    for unused in UNUSED:
        for file in folder.glob(unused):
            file.unlink()
    shutil.copy(ROOT / PICTURE, folder)
    for file in folder.glob("*.html"):
        file.write_text(finished(file.read_text(encoding="utf-8"), header), encoding="utf-8")


# What doxygen writes beside, and nothing here leads to.
UNUSED = ["*.js", "*.png", "*.svg", "*.md5", "doxygen.css", "dir_*",
          "functions*.html", "globals*.html", "namespace*.html"]
UNUSED += [f"{name}.html" for name in ("annotated", "classes", "examples", "files", "hierarchy", "modules", "pages")]


# --- What doxygen is given


def functions(header):
    """All functions on one page, by subject."""
    lines = ["/**", "@page all-functions All functions", ""]
    for group in header.groups:
        lines += [f"@section functions-{group.name} {group.title}", ""]
        lines += [f"How they go together: @ref {group.name} \"{group.title}\".", '<table class="functions">']
        for function in group.functions:
            first = flat(function.paragraphs[0])
            summary = re.split(r"(?<=[a-z0-9)\"])[.:;](?: |$)", first)[0]
            summary = re.sub(r"([@\\#%<>&])", r"\\\1", summary)
            lines.append(f"<tr><td>{function.name}()</td><td>{summary}</td></tr>")
        lines += ["</table>", ""]
    return "\n".join([*lines, "*/", ""])


def examples():
    """The examples, each a page, and all on one page with what the first sentence of each says of it."""
    lines = ["/**", "@page all-examples Examples", "", '<table class="functions">']
    for path in EXAMPLES:
        first = re.search(r"/\* (.*?)\n \*\n", (ROOT / path).read_text(encoding="utf-8"), re.S)[1]
        sentence = " ".join(line.strip(" *") for line in first.splitlines())
        anchor = f'<a href="{encoded(path)}-example.html">{posixpath.basename(path)}</a>'
        lines.append(f"<tr><td>{anchor}</td><td>{sentence}</td></tr>")
    pages = [f"/** @example {posixpath.basename(path)} */" for path in EXAMPLES]
    return "\n".join([*lines, "</table>", "*/", *pages, ""])


def layout(doxygen, work):
    """Doxygen's own, but that a subject says what it is before it lists what it has."""
    file = work / "layout.xml"
    subprocess.run([doxygen, "-l", file], check=True, capture_output=True)
    tree = ElementTree.parse(file)
    for kind in ("group", "class", "file"):
        part = tree.getroot().find(kind)
        part.remove(part.find("includes" if kind != "group" else "groupgraph"))
        detailed = part.find("detaileddescription")
        part.remove(detailed)
        detailed.set("title", "")
        part.insert(1, detailed)
        part.find("briefdescription").set("visible", "yes" if kind == "class" else "no")
    return ElementTree.tostring(tree.getroot(), encoding="unicode")


# --- The Markdown of the repository, for doxygen


def page_for_doxygen(path):
    lines, in_code = [], False
    for line in (ROOT / path).read_text(encoding="utf-8").splitlines():
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif not in_code and not line.startswith("    "):
            line = heading(path, line) if line.startswith("#") else text(path, line)
        lines.append(line)
    return "\n".join(lines) + "\n"


def name(path):
    """What a page is called among doxygen's, and so in its address."""
    if path == "README.md":
        return "index"
    stem = pathlib.Path(path)
    if stem.name == "README.md":
        return "-".join(stem.parent.parts)
    return stem.stem.lower()


def title(path):
    return (ROOT / path).read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")


def heading(path, line):
    level, _, words = line.partition(" ")
    if level == "#":
        return f"{line} {{#{'mainpage' if path == 'README.md' else name(path)}}}"
    return f"{line} {{#{anchor(path, slug(words))}}}"


def slug(words):
    """The anchor that forges give a heading."""
    return re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")


def anchor(path, fragment):
    return f"{name(path)}-{fragment}"


def text(path, line):
    """Links lead within the site, or are none. The name of a function or a constant leads to it."""
    if line.startswith("![") and line.endswith(f"]({PICTURE})"):
        words = html.escape(line[2 : line.index("](")])
        return f'<img src="{posixpath.basename(PICTURE)}" alt="{words}"/>'
    pieces = re.split(r"(\[(?:`[^`]*`|[^\]`])*\]\([^)]*\))", line)
    return "".join(link(path, piece) if number % 2 else names(piece) for number, piece in enumerate(pieces))


def link(path, written):
    label, target = re.fullmatch(r"\[(.*)\]\((.*)\)", written, re.S).groups()
    if "://" in target:
        return written
    target, _, fragment = target.partition("#")
    found = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
    if (ROOT / found).is_dir():
        found = posixpath.join(found, "README.md")
    label = html.escape(label, quote=False)
    label = re.sub(r"`([^`]*)`", r"<code>\1</code>", label)
    if found in PAGES:
        address = f"{name(found)}.html" + (f"#{anchor(found, fragment)}" if fragment else "")
    elif found in EXAMPLES:
        address = f"{encoded(found)}-example.html"
    elif found in ("include/snow.h", "include/snow.hpp"):
        address = f"{encoded(found)}.html"
    else:
        return label
    return f'<a href="{address}">{label}</a>'


def encoded(path):
    """Doxygen's name for the page of a file."""
    return posixpath.basename(path).replace(".", "_8")


HEADER = (ROOT / "include/snow.h").read_text(encoding="utf-8")


def names(words):
    def linked(match):
        found = match[1]
        if re.fullmatch(r"snow_\w+\(\)", found) and f" {found[:-1]}" in HEADER.replace("*", " "):
            return found
        if re.fullmatch(r"SNOW_[A-Z_0-9]+", found) and f"#define {found} " in HEADER:
            return f"#{found}"
        return f"`{match[0]}`" if "'" in found else match[0]  # which would end it for doxygen

    return re.sub(r"`([^`]*)`", linked, words)


# --- What stands around each page


def frame(header):
    parts = [f"<p>{part}</p>\n<ul>\n{''.join(map(entry, pages))}</ul>\n" for part, pages in MANUAL.items()]
    bindings = "".join(map(entry, sorted(BINDINGS, key=title)))
    parts[2] = parts[2].replace("</ul>", f'<li><a href="snow_8hpp.html">C++</a></li>\n{bindings}</ul>')
    subjects = "".join(
        f'<li><a href="{"group__" + group.name.replace("_", "__")}.html">{html.escape(group.title)}</a></li>\n'
        for group in header.groups
    )
    reference = (
        '<p>Reference</p>\n<ul>\n<li><a href="all-functions.html">All functions</a></li>\n'
        '<li><a href="snow_8h.html">snow.h, the introduction</a></li>\n'
        f'<li><a href="all-examples.html">Examples</a></li>\n{subjects}</ul>\n'
    )
    parts.insert(3, reference)
    return FRAME.replace("@NAVIGATION@", "".join(parts)).replace("@VERSION@", header.version)


def entry(path):
    words = {"README.md": "libsnow", "bindings/README.md": "All languages"}.get(path, title(path))
    if path in BINDINGS:
        words = words.replace("libsnow from ", "").replace("libsnow for ", "")
    return f'<li><a href="{name(path)}.html">{html.escape(words)}</a></li>\n'


FRAME = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<link rel="stylesheet" href="$relpath^$stylesheet">
</head>
<body>
<a class="skip" href="#content">To the text</a>
<header class="top">
<a class="home" href="index.html">libsnow <span>@VERSION@</span></a>
<button type="button" aria-expanded="false" aria-controls="navigation">Contents</button>
</header>
<nav id="navigation" aria-label="Contents">
@NAVIGATION@</nav>
<main id="content">
"""

FOOTER = """</main>
<script>
const button = document.querySelector("header.top button");
button.addEventListener("click", () => {
    const open = document.body.classList.toggle("open");
    button.setAttribute("aria-expanded", open);
});
const page = location.pathname.split("/").pop() || "index.html";
for (const link of document.querySelectorAll("nav a"))
    if (link.getAttribute("href") === page) {
        link.setAttribute("aria-current", "page");
        const nav = document.querySelector("nav");
        nav.scrollTop = link.offsetTop - nav.clientHeight / 3;
    }
const tables = [...document.querySelectorAll("table.functions")];
if (tables.length > 1) {
    const field = document.createElement("input");
    field.type = "search";
    field.placeholder = "Words to look for";
    field.setAttribute("aria-label", field.placeholder);
    document.querySelector(".contents").prepend(field);
    field.addEventListener("input", () => {
        const words = field.value.toLowerCase().split(/\\s+/);
        for (const row of document.querySelectorAll("table.functions tr"))
            row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
        document.body.classList.toggle("filtered", field.value.trim() !== "");
    });
}
</script>
</body>
</html>
"""


def finished(page, header):
    """A page of doxygen's, with places that are called by what is there, and wide tables that scroll by themselves."""
    page = re.sub(r"\bga[0-9a-f]{32}\b", lambda match: header.places.get(match[0], match[0]), page)
    page = page.replace('<h2 class="groupheader">Detailed Description</h2>', "")
    page = re.sub(r'<a [^>]*href="dir_[^>]*>(.*?)</a>', r"\1", page)
    page = re.sub(r' *<a href="[^"]*">More\.\.\.</a>', "", page)
    page = re.sub(r'<code><a href="https?:[^"]*">(.*?)</a></code>', r"<code>\1</code>", page)
    wide = r'<table class="(?:markdownTable|functions|doxtable)">.*?</table>'
    return re.sub(wide, r'<div class="wide">\g<0></div>', page, flags=re.S)


if __name__ == "__main__":
    main()
