"""The library through ctypes, as the header declares it: prototypes and constants are read from there."""

import ctypes
import json
import re

NUMBERS = {
    "int32_t": ctypes.c_int32, "uint32_t": ctypes.c_uint32, "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64, "size_t": ctypes.c_size_t,
}


class SnowError(Exception):
    """What an error object says, which is freed."""

    def __init__(self, snow, error):
        ask = lambda name: getattr(snow.library, "snow_error_" + name)(error)
        text = lambda name: (ask(name) or b"").decode() or None
        self.status = snow.status_name(ask("status"))
        self.http_status = ask("http_status")
        self.instance_message, self.detail = text("instance_message"), text("detail")
        super().__init__(f"{self.status}: {text('message')}")
        snow.library.snow_error_free(error)


class Snow:
    """Every function of the header by its name without `snow_`. Those that end in an error object raise
    it; texts go in and out as `str`."""

    def __init__(self, library, header):
        self.library = ctypes.CDLL(library)
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", open(header).read(), flags=re.S)
        self.constants = {
            name: int(value) for name, value in re.findall(r"#define (SNOW_\w+) (-?\d+)\n", code)
        }
        types = dict(NUMBERS)
        types.update((name, NUMBERS[kind]) for kind, name in re.findall(r"typedef (\w+) (snow_\w+);", code))
        declared = r"SNOW_API\s+(?:SNOW_MUST_USE\s+)?([\w\s*]+?)(snow_\w+)\(([^)]*)\);"
        for result, name, parameters in re.findall(declared, code):
            function = getattr(self.library, name)
            function.restype = ctype(result, types)
            names = [] if parameters.strip() == "void" else parameters.split(",")
            function.argtypes = [ctype(parameter, types) for parameter in names]
            fails = bool(names) and "snow_error **" in names[-1]
            setattr(self, name.removeprefix("snow_"), self.wrapped(function, fails, result))

    def wrapped(self, function, fails, result):
        def call(*arguments):
            arguments = [a.encode() if isinstance(a, str) else a for a in arguments]
            error = ctypes.c_void_p()
            value = function(*arguments, *([ctypes.byref(error)] if fails else []))
            if error:
                raise SnowError(self, error)
            return value.decode() if isinstance(value, bytes) else value

        return call

    def __getitem__(self, constant):
        return self.constants["SNOW_" + constant]

    def rows(self, cursor):
        """The rows of a cursor, which is freed."""
        row = ctypes.c_void_p()
        try:
            while self.cursor_next(cursor, ctypes.byref(row)) != self["DONE"]:
                yield self.fields(row)
        finally:
            self.cursor_free(cursor)

    def fields(self, record):
        return json.loads(self.record_json(record, None))

    def taken(self, record):
        """The fields of a record, which is freed."""
        try:
            return self.fields(record)
        finally:
            self.record_free(record)


def ctype(declaration, types):
    words = declaration.replace("*", " * ").split()
    if "*" in words:
        return ctypes.c_char_p if words.count("*") == 1 and "char" in words else ctypes.c_void_p
    if "void" in words:
        return None
    # A parameter has a name after its type; a function type is a pointer.
    return next((types[word] for word in words if word in types), ctypes.c_void_p)
