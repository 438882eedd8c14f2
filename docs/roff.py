"""What doxygen reads, as roff for man(7): a page with its headings, paragraphs, lists and code."""

import datetime
import os
import re
import xml.etree.ElementTree as ElementTree


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
        blocks, text = [], escaped(element.text)

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
            text += escaped(child.tail)
        end()
        return blocks

    def table(self, table):
        """The first column as terms, the second says what they are, and those after it go by their heads."""
        heads, *rows = [
            [" ".join(self.paragraphs(entry.findall("para"))) for entry in row.findall("entry")]
            for row in table.iter("row")
        ]
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

    def bold(self, text):
        """In one piece: the name of a function is not hyphenated."""
        return f"\\fB\\%{text}\\fR"

    def page(self, name):
        return f"{self.bold(name)}({7 if name == 'libsnow' else 3})"

    def of(self, element):
        inner = escaped(element.text) + "".join(self.of(c) + escaped(c.tail) for c in element)
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
