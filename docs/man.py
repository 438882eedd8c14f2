#!/usr/bin/env python3
"""Writes the man pages of the library: one for each function, one for each subject of include/snow.h, the list of
them all in snow(3), and what holds for all in libsnow(7).

    docs/man.py FOLDER [DOXYGEN]

doxygen reads the comments of the header into XML; what is here turns that into roff for man(7).
"""

import pathlib
import re
import shutil
import sys

from reference import flat, read
from roff import Page, escaped, typedef, wrapped


def main():
    folder = pathlib.Path(sys.argv[1])
    doxygen = sys.argv[2] if len(sys.argv) > 2 else "doxygen"
    header = read(doxygen)
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


def pages(header):
    """The name and the text of each page. Types are on the page of their subject."""
    yield "snow.3", overview(header)
    yield "libsnow.7", concepts(header)
    for group in header.groups:
        yield f"{group.name}.3", group_page(header, group)
        for function in group.functions:
            yield f"{function.name}.3", function_page(header, group, function)


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
        page.further(unsaid(page, function))
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


def unsaid(page, function):
    """What the header says once for many functions."""
    named = errors(page.header, function)
    general = [name for name in page.header.general_errors(function) if name not in named]
    sentences = []
    if "can fail with" in flat(function.returns):
        sentences.append(f"Whatever a call can fail with, which {page.inline.page('snow_table')} lists.")
    if general:
        *others, last = map(page.inline.bold, general)
        names = f"{', '.join(others)} and {last}" if others else last
        sentences.append(f"Beside these {names}, of which {page.inline.page('libsnow')} tells.")
    return [" ".join(sentences)] if sentences else []


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


if __name__ == "__main__":
    main()
