"""Every public member of the installed pysnow, one a line: what docs/pysnow.md has to have a row for."""

import enum
import inspect

import pysnow
from pysnow import attachment, criterion, enums, exceptions, legacy_exceptions, legacy_request, response

CLASSES = [
    pysnow.Client, pysnow.OAuthClient, pysnow.Resource, pysnow.ParamsBuilder, attachment.Attachment,
    response.Response, legacy_request.LegacyRequest, pysnow.QueryBuilder, criterion.Criterion,
    criterion.Term, criterion.Field, criterion.Table,
]


def members(kind):
    """The arguments of the constructor, and what has a name without an underscore; and operators."""
    name = kind.__name__
    for argument in list(inspect.signature(kind.__init__).parameters)[1:]:
        if argument not in ("args", "kwargs"):
            yield f"{name}({argument})"
    for member, value in sorted(vars(kind).items()):
        is_operator = member in ("__eq__", "__ne__", "__gt__", "__ge__", "__lt__", "__le__", "__and__",
                                 "__or__", "__xor__", "__getitem__", "__enter__", "__exit__")
        if is_operator or not member.startswith("_"):
            yield f"{name}.{member}"


def attributes():
    client = pysnow.Client(instance="i", user="u", password="p")
    oauth = pysnow.OAuthClient(instance="i", client_id="c", client_secret="s")
    for thing in (client, oauth, client.resource(api_path="/table/incident")):
        for name in sorted(vars(thing)):
            if not name.startswith("_"):
                yield f"{type(thing).__name__}.{name}"


def main():
    found = [one for kind in CLASSES for one in members(kind)] + list(attributes())
    for module in (exceptions, legacy_exceptions):
        for name, kind in sorted(vars(module).items()):
            if inspect.isclass(kind) and issubclass(kind, Exception):
                found.append(f"{module.__name__.removeprefix('pysnow.')}.{name}")
    for kind in vars(enums).values():
        if inspect.isclass(kind) and issubclass(kind, enum.Enum) and kind.__module__ == enums.__name__:
            found += [f"{kind.__name__}.{one.name}" for one in kind]
    print("\n".join(dict.fromkeys(found)))


main()
