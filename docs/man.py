#!/usr/bin/env python3
"""Writes the man pages of the library: one for each function, one for each subject of include/snow.h, the list of
them all in snow(3), and what holds for all in libsnow(7).

    docs/man.py FOLDER [DOXYGEN]

doxygen reads the comments of the header into XML; what is here turns that into roff for man(7).
"""

import datetime
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent

SETTINGS = """
@INCLUDE        = docs/Doxyfile
INPUT           = include/snow.h {manual}
FILTER_PATTERNS = "*.md=python3 docs/site.py --page"
OUTPUT_DIRECTORY = {folder}
GENERATE_HTML   = NO
GENERATE_XML    = YES
XML_PROGRAMLISTING = NO
"""


# The pages of the manual that libsnow(7) is made of.
MANUAL = ("concepts", "errors", "threads")


def main():
    folder = pathlib.Path(sys.argv[1])
    doxygen = sys.argv[2] if len(sys.argv) > 2 else "doxygen"
    header = Header(read_header(doxygen))
    for section in ("man3", "man7"):
        shutil.rmtree(folder / section, ignore_errors=True)
        (folder / section).mkdir(parents=True)
    for name, text in pages(header):
        section = name.rpartition(".")[2]
        (folder / f"man{section}" / name).write_text(text, encoding="utf-8")
    for group in header.groups:
        for name in group.types:
            if name != group.name:
                (folder / "man3" / f"{name}.3").symlink_to(f"{group.name}.3")


def read_header(doxygen):
    """What doxygen makes of the header and the manual: its XML, file by file."""
    manual = " ".join(f"docs/{name}.md" for name in MANUAL)
    with tempfile.TemporaryDirectory() as folder:
        settings = SETTINGS.format(folder=folder, manual=manual)
        subprocess.run([doxygen, "-"], input=settings, text=True, check=True, cwd=ROOT)
        files = sorted((pathlib.Path(folder) / "xml").glob("*.xml"))
        return [ElementTree.parse(file).getroot() for file in files if file.stem not in ("index", "Doxyfile")]


def pages(header):
    """The name and the text of each page. Types are on the page of their subject."""
    yield "snow.3", overview(header)
    yield "libsnow.7", concepts(header)
    for group in header.groups:
        yield f"{group.name}.3", group_page(header, group)
        for function in group.functions:
            yield f"{function.name}.3", function_page(header, group, function)


# --- What the header holds


class Header:
    def __init__(self, roots):
        compounds = [compound for root in roots for compound in root.iter("compounddef")]
        described = {compound.findtext("compoundname"): compound for compound in compounds}
        self.introduction = described["snow.h"].find("detaileddescription")
        self.manual = [described[name] for name in MANUAL]
        groups = [Group(compound) for compound in compounds if compound.get("kind") == "group"]
        self.groups = sorted(groups, key=lambda group: group.number)
        members = [member for group in self.groups for member in group.members]
        self.functions = {member.name: member for member in members if member.kind == "function"}
        self.statuses = {m.name: m for m in self.groups[0].members if m.kind == "define" and m.value.isdigit()}
        self.paged = {name for group in self.groups for name in (group.name, *group.types)} | set(self.functions)
        types = {name: member for group in self.groups for name, member in group.types.items()}
        self.handles = {name for name, member in types.items() if member.type.startswith("struct ")}
        self.single = {n for n in self.handles if "one thread at a time" in " ".join(map(flat, types[n].paragraphs))}
        self.places = {member.place: member.name for member in members}
        text = (ROOT / "include/snow.h").read_text(encoding="utf-8")
        self.version = re.search(r'SNOW_VERSION_STRING "(.*)"', text)[1]


    def general_errors(self, function):
        """What the rules of the header say of every function, so that its comments do not."""
        names = ["SNOW_INVALID_HANDLE"] if function.takes() & self.handles else []
        names += ["SNOW_BUSY"] if function.takes() & self.single else []
        return [*names, "SNOW_INTERNAL"]


class Group:
    def __init__(self, compound):
        self.name = compound.findtext("compoundname")
        number, _, self.title = compound.findtext("title").partition(". ")
        self.number = int(number)
        self.description = compound.find("detaileddescription")
        self.members = sorted((Member(m) for m in compound.iter("memberdef")), key=lambda member: member.line)
        self.functions = [member for member in self.members if member.kind == "function"]
        self.types = {member.name: member for member in self.members if member.kind == "typedef"}
        self.constants = [member for member in self.members if member.kind == "define"]


class Member:
    def __init__(self, element):
        self.kind = element.get("kind")
        self.name = element.findtext("name")
        self.place = element.get("id").rpartition("_1")[2]
        self.line = int(element.find("location").get("line"))
        self.value = (element.findtext("initializer") or "").strip()
        self.type = flat(element.find("type"))
        self.arguments = element.findtext("argsstring") or ""
        self.parameters = [
            (flat(parameter.find("type")), parameter.findtext("declname"))
            for parameter in element.iter("param")
            if parameter.find("declname") is not None
        ]
        detailed = element.find("detaileddescription")
        self.paragraphs = [*element.find("briefdescription").iter("para"), *detailed.findall("para")]
        self.explained = [
            (item.find("parameternamelist/parametername").text, item.find("parameterdescription"))
            for item in detailed.iter("parameteritem")
        ]
        sections = {section.get("kind"): section for section in detailed.iter("simplesect")}
        self.returns = sections.get("return")
        self.see = sections.get("see")
        self.since = sections.get("since")
        self.can_fail = any(name == "error" and type_.endswith("**") for type_, name in self.parameters)

    def named(self, part):
        """What a part of the comment leads to, in its order."""
        if part is None:
            return []
        return list(dict.fromkeys(flat(ref).removesuffix("()") for ref in part.iter("ref")))


    def takes(self):
        """The handles among the parameters."""
        return {re.sub(r"const |[ *]", "", type_) for type_, name in self.parameters if name != "error"}


def flat(element):
    return "" if element is None else " ".join("".join(element.itertext()).split())


# --- Pages


def function_page(header, group, function):
    page = Page(header, function.name, 3, [name for _, name in function.parameters])
    first, *rest = page.paragraphs(function.paragraphs)
    page.name(function.name, first)
    page.heading("SYNOPSIS")
    page.synopsis(function)
    page.heading("DESCRIPTION")
    page.lines.append(wrapped(first))
    page.further(rest)
    if function.explained:
        page.heading("PARAMETERS")
        for name, description in function.explained:
            page.entry(f"\\fI{name}\\fR", page.paragraphs(description.findall("para")))
    if function.returns is not None:
        page.heading("RETURN VALUE")
        page.blocks(page.paragraphs(function.returns.findall("para")))
    if function.can_fail:
        page.heading("ERRORS")
        for name in errors(header, function):
            page.entry(page.inline.bold(name), page.paragraphs(header.statuses[name].paragraphs))
        page.further(page.unsaid(function))
    if function.since is not None:
        page.heading("HISTORY")
        page.lines.append(f"Since libsnow {flat(function.since)}.")
    others = [name for part in [*function.paragraphs, function.see] for name in function.named(part)]
    others += [f"{group.name}_free"] if function.name.startswith(group.name) else []
    others += [group.name, "snow", "libsnow"]
    page.see_also(others)
    return page.text()


def errors(header, function, seen=()):
    """The statuses that the comment names, those of the functions that it refers to for them among them."""
    found = []
    for name in function.named(function.returns):
        if name in header.statuses and name != "SNOW_OK":
            found.append(name)
        elif name in header.functions and name not in seen and refers(function.returns, name):
            found += errors(header, header.functions[name], (*seen, function.name))
    return list(dict.fromkeys(found))


def refers(returns, name):
    """Whether the comment says "as for name()" or the like: its statuses are this function's too."""
    return re.search(rf"\b[Aa]s (by |for |in )?{name}\(\)", flat(returns)) is not None


def group_page(header, group):
    page = Page(header, group.name, 3)
    page.lines += [".SH NAME", f"{group.name} \\- {group.title} in libsnow, the ServiceNow client"]
    page.heading("SYNOPSIS")
    page.include()
    for member in group.types.values():
        page.lines += [".PP", ".nf", typedef(member), ".fi"]
    page.heading("DESCRIPTION")
    page.blocks(page.of(group.description))
    if group.types:
        page.heading("TYPES")
        for member in group.types.values():
            page.entry(f"\\fB{member.name}\\fR", page.paragraphs(member.paragraphs))
            if member.explained or member.returns is not None:
                page.lines.append(".RS")
                for name, description in member.explained:
                    page.entry(f"\\fI{name}\\fR", page.paragraphs(description.findall("para")))
                if member.returns is not None:
                    page.entry("Returns", page.paragraphs(member.returns.findall("para")))
                page.lines.append(".RE")
    if group.constants:
        page.heading("CONSTANTS")
        for member in group.constants:
            value = f" ({escaped(member.value)})" if re.fullmatch(r'[0-9A-Fa-fxul]+|".*"', member.value) else ""
            page.entry(f"\\fB{member.name}\\fR{value}", page.paragraphs(member.paragraphs))
    page.heading("FUNCTIONS")
    page.function_list(group)
    page.see_also(["snow", "libsnow"])
    return page.text()


def overview(header):
    page = Page(header, "snow", 3)
    page.lines += [".SH NAME", "snow \\- the ServiceNow client for every language: its functions by subject"]
    page.heading("SYNOPSIS")
    page.include()
    page.lines += [".PP", ".nf", "cc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs snow)", ".fi"]
    page.heading("DESCRIPTION")
    sections = introduction(header)
    page.blocks(page.of(sections["Introduction"], but=("title",)))
    page.heading("EXAMPLES")
    page.blocks(page.of(sections["Quick start"], but=("title",)))
    page.heading("FUNCTIONS")
    for group in header.groups:
        page.lines.append(f".SS {escaped(group.title)}, see {group.name}(3)")
        page.function_list(group)
    page.see_also(["libsnow"])
    return page.text()


def concepts(header):
    page = Page(header, "libsnow", 7)
    page.lines += [".SH NAME", "libsnow \\- what holds for every function of the ServiceNow client"]
    page.heading("DESCRIPTION")
    page.blocks([f"What the functions are is told by {page.inline.page('snow')}, and by a page for each."])
    page.heading("RULES")
    page.blocks(page.of(introduction(header)["Rules"], but=("title",)))
    for chapter in header.manual:
        page.heading(escaped(chapter.findtext("title").upper()))
        description = chapter.find("detaileddescription")
        opening = page.of(description, but=("sect1",))
        if opening:
            page.blocks(opening)
        for section in description.iter("sect1"):
            page.lines.append(f".SS {escaped(section.findtext('title'))}")
            page.blocks(page.of(section, but=("title",)))
    page.see_also(["snow"])
    return page.text()


def introduction(header):
    return {flat(section.find("title")): section for section in header.introduction.iter("sect1")}


class Page:
    def __init__(self, header, name, section, parameters=()):
        self.header = header
        self.this = name
        self.inline = Inline(header, name, parameters)
        date = datetime.datetime.fromtimestamp(
            int(os.environ.get("SOURCE_DATE_EPOCH", datetime.datetime.now().timestamp())), datetime.timezone.utc
        )
        self.lines = [
            '.\\" Generated from include/snow.h by docs/man.py; do not edit.',
            f'.TH {name} {section} {date:%Y-%m-%d} "libsnow {header.version}" "libsnow"',
            ".ad l",
        ]

    def text(self):
        return "\n".join(self.lines) + "\n"

    def heading(self, title):
        self.lines.append(f".SH {title}")

    def name(self, name, description):
        """One line for whatis(1): the first sentence, as far as that is short."""
        summary = re.split(r"(?<=[a-z0-9)\"R])[.:;](?: |$)", description)[0]
        plain = re.sub(r"\\f[BIR]|\\%", "", summary)
        if not re.match(r"[A-Z][A-Z]|.[A-Z]", plain):
            plain = plain[0].lower() + plain[1:]
        self.lines += [".SH NAME", f"{name} \\- {plain}"]

    def include(self):
        self.lines += [".nf", ".B #include <snow.h>", ".fi"]

    def synopsis(self, function):
        self.include()
        start = f"{function.type}{'' if function.type.endswith('*') else ' '}{function.name}("
        lines = []
        for number, (type_, name) in enumerate(function.parameters):
            before = start if number == 0 else " " * len(start)
            space = "" if type_.endswith("*") else " "
            end = "," if number + 1 < len(function.parameters) else ");"
            lines.append(f'.BI "{before}{type_}{space}" {name} "{end}"')
        self.lines += [".PP", ".nf", *(lines or [f'.B "{start}void);"']), ".fi"]

    def entry(self, term, blocks):
        first, *rest = blocks
        self.lines += [".TP", term, wrapped(first)]
        if rest:
            self.lines.append(".RS")
            self.further(rest)
            self.lines.append(".RE")

    def function_list(self, group):
        for function in group.functions:
            first = self.paragraphs(function.paragraphs)[0]
            summary = re.split(r"(?<=[a-z0-9)\"R])[.:;](?: |$)", first)[0]
            self.lines += [".TP", f"\\fB{function.name}\\fR(3)", wrapped(summary + ".")]

    def unsaid(self, function):
        named = errors(self.header, function)
        general = [name for name in self.header.general_errors(function) if name not in named]
        sentences = []
        if "can fail with" in flat(function.returns):
            sentences.append(f"Whatever a call can fail with, which {self.inline.page('snow_table')} lists.")
        if general:
            *others, last = map(self.inline.bold, general)
            names = f"{', '.join(others)} and {last}" if others else last
            sentences.append(f"Beside these {names}, of which {self.inline.page('libsnow')} tells.")
        return [" ".join(sentences)] if sentences else []

    def see_also(self, names):
        self.heading("SEE ALSO")
        names = [name for name in dict.fromkeys(names) if name != self.this]
        known = self.header.paged | {"snow", "libsnow"}
        links = [self.inline.page(name) for name in names if name in known]
        self.lines.append(",\n".join(links))

    # Blocks are paragraphs as one line of roff each, or lists of lines that are set as they are.

    def paragraphs(self, paragraphs):
        return [block for paragraph in paragraphs for block in self.of(paragraph)]

    def of(self, element, but=()):
        blocks, text = [], self.inline.escaped(element.text)

        def end():
            nonlocal text
            if text.strip():
                blocks.append(" ".join(text.split()))
            text = ""

        for child in element:
            if child.tag in but or child.tag in ("parameterlist", "simplesect", "anchor"):
                pass
            elif child.tag in ("para", "sect1", "sect2"):
                end()
                blocks += self.of(child)
            elif child.tag in ("verbatim", "preformatted", "programlisting"):
                end()
                blocks.append([".RS 4", ".EX", *(protected(line) for line in code(child)), ".EE", ".RE"])
            elif child.tag == "table":
                end()
                blocks += self.table(child)
            elif child.tag == "itemizedlist":
                end()
                for item in child.findall("listitem"):
                    first, *rest = self.of(item)
                    nested = [".RS", *further(rest), ".RE"] if rest else []
                    blocks.append([".IP \\(bu 3", wrapped(first), *nested])
            else:
                text += self.inline.of(child)
            text += self.inline.escaped(child.tail)
        end()
        return blocks

    def table(self, table):
        """The first column as terms, the second says what they are, and those after it go by their heads."""
        heads, *rows = [[" ".join(self.paragraphs(e.findall("para"))) for e in r.findall("entry")] for r in table.iter("row")]
        blocks = []
        for term, meaning, *others in rows:
            also = [f"{head[:1].upper()}{head[1:]}: {cell}." for head, cell in zip(heads[2:], others) if cell]
            blocks.append([".TP", term, wrapped(" ".join([f"{meaning}." if also else meaning, *also]))])
        return blocks

    def blocks(self, blocks):
        first, *rest = blocks
        self.lines += [wrapped(first)] if isinstance(first, str) else first
        self.further(rest)

    def further(self, blocks):
        self.lines += further(blocks)


def further(blocks):
    lines = []
    for block in blocks:
        if isinstance(block, str):
            lines += [".PP", wrapped(block)]
        else:
            lines += block if block[0].startswith((".IP", ".TP")) else [".PP", *block]
    return lines


class Inline:
    """What stands within a line."""

    def __init__(self, header, this, parameters):
        self.header = header
        self.this = this
        self.parameters = set(parameters)

    def escaped(self, text):
        return escaped(text)

    def bold(self, text):
        """In one piece: the name of a function is not hyphenated."""
        return f"\\fB\\%{text}\\fR"

    def page(self, name):
        return f"{self.bold(name)}({7 if name == 'libsnow' else 3})"

    def of(self, element):
        inner = self.escaped(element.text) + "".join(self.of(c) + self.escaped(c.tail) for c in element)
        if element.tag == "ref":
            name = inner.removesuffix("()")
            return self.page(name) if name in self.header.paged and name != self.this else self.bold(inner)
        if element.tag == "computeroutput":
            if inner in self.parameters:
                return f"\\fI{inner}\\fR"
            return inner if inner.startswith('"') else self.bold(inner)
        if element.tag == "bold":
            return self.bold(inner)
        if element.tag == "emphasis":
            return f"\\fI{inner}\\fR"
        if element.tag == "ulink":  # one within the manual leads nowhere here
            url = escaped(element.get("url"))
            return f"{inner} ({url})" if "://" in url and url != inner else inner
        if element.tag in SIGNS:
            return SIGNS[element.tag]
        raise SystemExit(f"docs/man.py: what is <{element.tag}> on {self.this}?")


SIGNS = {"linebreak": "\n.br\n", "sp": " ", "ndash": "\\(en", "mdash": "\\(em", "nonbreakablespace": "\\ "}


def typedef(member):
    if "(*" in member.type:
        returns = member.type.removesuffix("(*").rstrip()
        return f'.B "typedef {returns} (*{member.name}){member.arguments[1:]};"'
    return f'.B "typedef {member.type} {member.name};"'


def code(element):
    """The lines of an example."""
    if element.tag == "programlisting":
        lines = ["".join(" " if e.tag == "sp" else (e.text or "") for e in walk(l)) for l in element.iter("codeline")]
    else:
        lines = "".join(element.itertext()).strip("\n").split("\n")
    return [escaped(line.rstrip()) for line in lines]


def walk(element):
    """An element's texts in their order, as elements that have only a text."""
    for child in element:
        if child.tag == "sp":
            yield child
        else:
            piece = ElementTree.Element("text")
            piece.text = child.text
            yield piece
            yield from walk(child)
        if child.tail:
            piece = ElementTree.Element("text")
            piece.text = child.tail
            yield piece


def escaped(text):
    """Text that roff takes for itself: a minus sign is what a shell can be given, a quote is straight."""
    return (text or "").replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace(
        "~", "\\(ti").replace("`", "\\(ga")


def protected(line):
    return "\\&" + line if line.startswith((".", "'")) else line


def wrapped(text):
    lines, line = [], ""
    for word in text.split(" "):
        if "\\%" in word:  # within a word it would be a place to break it
            word = "\\%" + word.replace("\\%", "")
        if line and len(line) + 1 + len(word) > 79:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\n".join(protected(line) for line in [*lines, line])


if __name__ == "__main__":
    main()
