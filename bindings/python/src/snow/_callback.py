"""Being called by the library: the functions that Python lends to it, and what they raise.

A function is lent until the library calls its `destroy`. Who holds it meanwhile is a `Listeners`, and not the loan,
whose end only the library knows: so the collector sees through a listener that refers to its own client.
"""

from __future__ import annotations

import atexit
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional

from . import _end
from ._library import ffi, lib

if TYPE_CHECKING:
    from typing_extensions import TypeGuard


class _Thread(threading.local):
    #: What a callback raised, until the call that ran it raises it.
    raised: Optional[BaseException] = None


_thread = _Thread()


def kept() -> Optional[BaseException]:
    """What callbacks raised in this thread since this was asked the last time."""
    raised = _thread.raised
    # Setting it takes longer, and every call comes here.
    if raised is not None:
        _thread.raised = None
    return raised


def _keep(raised: BaseException) -> None:
    """Keeps the last that was raised; but what ends a program, such as `KeyboardInterrupt`, gives way to no error."""
    if interrupts(raised) or not interrupts(_thread.raised):
        _thread.raised = raised


def interrupts(raised: Optional[BaseException]) -> TypeGuard[BaseException]:
    """Whether it is one of those that end a program, which nobody may drop."""
    return raised is not None and not isinstance(raised, Exception)


@contextmanager
def raising() -> Iterator[None]:
    """Raises what a callback raised, where others call the library and make an error of their own of it."""
    if not interrupts(_thread.raised):
        _thread.raised = None
    try:
        yield
    except BaseException as failure:
        raised = kept()
        if raised is not None:
            raise raised from failure
        raise
    raised = kept()
    if interrupts(raised):
        raise raised


#: What the library calls.
_made: list[Any] = []


def callback(kind: str) -> Callable[[Callable[..., Any]], Any]:
    """Makes a function that the library can call, of a type that the header names. What it raises is kept, also an
    interrupt between its lines, and the library is told that it failed."""

    def decorator(function: Callable[..., Any]) -> Any:
        made = ffi.callback(kind, partial(_entered, function), onerror=_failed)
        _made.append(made)
        return made

    return decorator


def _entered(function: Callable[..., Any], *arguments: Any) -> Any:
    # A callback may call the library. What comes of that is not the business of the call around it.
    around = kept()
    try:
        return function(*arguments)
    finally:
        if around is not None:
            _keep(around)


def _failed(_kind: type[BaseException], raised: BaseException, _trace: TracebackType) -> None:
    _keep(raised)


class Listeners:
    """The functions of a client or an export that the library is lent. Whoever may make the library call them holds
    this: what comes of a client too, since that outlives it."""

    def __init__(
        self, around: Optional[Listeners] = None, *, of: Any = None, take_back: Optional[Callable[[Any], None]] = None
    ) -> None:
        """`around` are those of the client of an export. `take_back` takes them from the object that they are `of`."""
        self.functions: dict[_Loan, Callable[..., Any]] = {}
        self._around = around
        self._is_held = False
        self._of = None if of is None else weakref.ref(of)
        self._take_back = take_back

    def lend(self, function: Callable[..., Any]) -> tuple[Any, Any]:
        """`user_data` for a function, and the `destroy` that ends the loan."""
        _end.wait()
        loan = _Loan(self)
        if self._is_held:
            loan.held = self
        self.functions[loan] = function
        user_data = ffi.new_handle(loan)
        _lent[_address(user_data)] = loan, user_data
        return user_data, _destroy

    def hold(self) -> None:
        """Holds the functions until the library gives them back: for one who cannot hold this, such as the reader of a
        stream of Arrow."""
        self._is_held = True
        for loan in list(self.functions):
            loan.held = self
        if self._around is not None:
            self._around.hold()

    def can_be_taken_back(self) -> bool:
        """Whether what they are lent to is there still; a cursor outlives its client."""
        return self._of is not None and self._of() is not None

    def take_back(self) -> None:
        """Lets the library call none of them any more but those that it is about to call."""
        lent_to = None if self._of is None else self._of()
        if lent_to is not None and self._take_back is not None:
            self._take_back(lent_to)


class _Loan:
    """What the library has of a function that it is lent."""

    def __init__(self, listeners: Listeners) -> None:
        self.listeners = weakref.ref(listeners)
        #: Those, where nobody else holds them.
        self.held: Optional[Listeners] = None
        #: Whether it is taken back, where Python ends.
        self.ends = False

    def function(self) -> Callable[..., Any]:
        listeners = self.listeners()
        return _nobody if listeners is None else listeners.functions.get(self, _nobody)


def _nobody(*_: Any) -> None:
    """Is told when the collector has taken a client apart whose listeners refer to it."""


#: What the library has. No lock goes with it: for that would wait for ever a signal handler or a finalizer that runs
#: while its own thread has it, and a child that is forked while another has.
_lent: dict[int, tuple[_Loan, Any]] = {}


def lend(function: Callable[..., Any]) -> tuple[Any, Any]:
    """As `Listeners.lend`, for as long as the library wants it."""
    listeners = Listeners()
    listeners.hold()
    return listeners.lend(function)


def lent() -> int:
    """How many functions the library has."""
    return len(_lent)


def _address(user_data: Any) -> int:
    return int(ffi.cast("intptr_t", user_data))


@callback("snow_destroy_fn")
def _destroy(user_data: Any) -> None:
    loan, _ = _lent.pop(_address(user_data))
    listeners = loan.listeners()
    if listeners is not None:
        listeners.functions.pop(loan, None)


@contextmanager
def _borrowed(user_data: Any) -> Iterator[Callable[..., Any]]:
    """The function that the library calls, in a thread that may not meet Python's end on its way."""
    loan = ffi.from_handle(user_data)
    if not loan.ends:
        _end.wait()
    try:
        yield loan.function()
    finally:
        if not loan.ends:
            _end.wait()


def answered(user_data: Any, *arguments: Any) -> int:
    """Runs a lent function inside a call of the library. What it raises comes out of that call."""
    with _borrowed(user_data) as function:
        function(*arguments)
    return int(lib.SNOW_HANDLED)


def told(user_data: Any, *arguments: Any) -> None:
    """As `answered`, for a callback that cannot fail: the call it tells of may have done its work already, so an error
    that it raises goes to `sys.excepthook`. What ends a program comes out of the call still, once that has ended."""
    with _borrowed(user_data) as function:
        try:
            function(*arguments)
        except Exception as raised:
            _report(raised)


def _report(raised: Exception) -> None:
    try:
        sys.excepthook(type(raised), raised, raised.__traceback__)
    except Exception as again:
        sys.__excepthook__(type(again), again, again.__traceback__)


# The first of the two, which runs last.
@atexit.register
def _leave() -> None:
    """Leaves the callbacks to streams of Arrow that other packages took over: those may end after Python has taken
    this one apart. Listeners are not left to them, nor what of the program those refer to: a file is to be flushed."""
    held = [loan for loan, _ in list(_lent.values()) if loan.held is not None]
    if held:
        from ctypes import py_object, pythonapi

        pythonapi.Py_IncRef(py_object(_made))
    for loan in held:
        loan.held = None


@atexit.register
def _take_back() -> None:
    """Lets the library call no Python while that ends."""
    if not _lent or threading.active_count() == 1:
        return
    loans = [(loan, loan.listeners()) for loan, _ in list(_lent.values())]
    # All that end by themselves are known first: who waits keeps its loan.
    for loan, listeners in loans:
        loan.ends = listeners is not None and listeners.can_be_taken_back()
    _end.begin()
    for _, listeners in loans:
        if listeners is not None:
            listeners.take_back()
    _end.wait_for_others(_entered, lambda: bool(_lent))
