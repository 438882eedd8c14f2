"""What doxygen reads in include/snow.h, and in the pages of the manual that hold for all of it."""

import pathlib
import re
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent

# The pages of the manual that hold for all of it.
MANUAL = ("concepts", "errors", "threads")

SETTINGS = """
@INCLUDE        = docs/Doxyfile
INPUT           = include/snow.h {manual}
FILTER_PATTERNS = "*.md=python3 docs/website.py --page"
OUTPUT_DIRECTORY = {folder}
GENERATE_HTML   = NO
GENERATE_XML    = YES
XML_PROGRAMLISTING = NO
"""


def read(doxygen):
    manual = " ".join(f"docs/{name}.md" for name in MANUAL)
    with tempfile.TemporaryDirectory() as folder:
        settings = SETTINGS.format(folder=folder, manual=manual)
        subprocess.run([doxygen, "-"], input=settings, text=True, check=True, cwd=ROOT)
        files = sorted((pathlib.Path(folder) / "xml").glob("*.xml"))
        return Header([ElementTree.parse(file).getroot() for file in files if file.stem not in ("index", "Doxyfile")])


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
