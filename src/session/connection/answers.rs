//! What a call brings: a whole answer, or one whose body is read while it comes in.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderMap;

use super::{Caller, Connection, Process};
use crate::error::{Error, Result, Status};
use crate::request::Request;
use crate::response::{Head, Response, RowStream, Stream};
use crate::runtime::Cancel;
use crate::runtime::limits::Limits;
use crate::session::statistics::Counter;
use crate::session::transport::{Incoming, Turn};

/// How the body of an answer is waited for while it comes in.
pub(crate) struct Waiting {
    time: Time,
    cancel: Option<Arc<Cancel>>,
}

#[derive(Clone, Copy)]
enum Time {
    /// Each piece is a call of its own, and may take so long.
    Piece(Duration),
    /// The pieces are one call, which ends then.
    Pieces(Instant),
    /// All of it is part of a call that ends then.
    Call(Instant),
}

/// How a request ended that nobody waits for.
pub(crate) enum Unattended<T> {
    Ended(Result<T>),
    /// A token must be renewed first, which is for a thread of the caller's.
    NeedsCaller,
}

impl Connection {
    /// Sends a request and returns what its answer holds, where it is a success that can be read. An
    /// answer that cannot is a failure of the call like any other, and worth another try.
    pub(crate) fn read<T>(
        &self,
        request: &Request,
        caller: Caller<'_>,
        read: impl Fn(Response) -> Result<T>,
    ) -> Result<T> {
        let exchange =
            |signed, caller: Caller<'_>| self.exchange(request, signed, caller, Response::judge);
        let read = |answer: Response| answer.judged().and_then(&read);
        self.repeated(request, caller, exchange, |_| Ok(()), read)
    }

    /// As [`Connection::read`], with the rows of the answer as they come in. All of them are read within
    /// the call.
    pub(crate) fn read_rows<T>(
        self: &Arc<Self>,
        request: &Request,
        caller: Caller<'_>,
        read: impl Fn(&mut RowStream) -> Result<T>,
    ) -> Result<T> {
        let exchange = |signed, caller: Caller<'_>| {
            let exchange = |process: &Process| {
                let (head, incoming) = self.begin(process, request, signed, caller)?;
                let waiting = Waiting {
                    time: Time::Call(caller.deadline),
                    cancel: caller.cancel.cloned(),
                };
                let stream = Stream::new(Arc::clone(self), head.clone(), incoming, waiting);
                let mut rows = RowStream::new(stream);
                let outcome = read(&mut rows);
                match rows.broken() {
                    None => Ok((head, outcome)),
                    Some(error) => Err(error),
                }
            };
            // What was read says more than the head alone.
            let refusal = |(head, read): &(Head, Result<T>)| {
                let by_head = head.refusal()?;
                Some(read.as_ref().err().map_or(by_head, Error::status))
            };
            self.noted(request, caller, exchange, refusal)
        };
        self.repeated(
            request,
            caller,
            exchange,
            |_| Ok(()),
            |(_, outcome)| outcome,
        )
    }

    /// Sends a request and returns the answer, whatever it says.
    pub(crate) fn answer(&self, request: &Request, caller: Caller<'_>) -> Result<Response> {
        let exchange =
            |signed, caller: Caller<'_>| self.exchange(request, signed, caller, Response::judge);
        self.repeated(request, caller, exchange, Response::judge, Ok)
    }

    /// Sends a request and returns the answer as soon as it begins, whatever it says.
    pub(crate) fn open(self: &Arc<Self>, request: &Request, caller: Caller<'_>) -> Result<Stream> {
        let exchange = |signed, caller: Caller<'_>| {
            let exchange = |process: &Process| self.begin(process, request, signed, caller);
            let refusal = |(head, _): &(Head, Incoming)| head.refusal();
            self.noted(request, caller, exchange, refusal)
        };
        let refusal = |(head, _): &(Head, Incoming)| head.check();
        let (head, mut incoming) = self.repeated(request, caller, exchange, refusal, Ok)?;
        incoming.gives_way();
        let waiting = Waiting {
            time: Time::Piece(caller.timed(request).limit),
            cancel: caller.cancel.cloned(),
        };
        Ok(Stream::new(Arc::clone(self), head, incoming, waiting))
    }

    /// Receives what comes next of an answer; whether there is something.
    pub(crate) fn receive(
        &self,
        waiting: &Waiting,
        receive: impl FnOnce(Limits<'_>) -> Result<bool>,
    ) -> Result<bool> {
        let process = self.process.get();
        let caller = self.caller(waiting.cancel.as_ref(), None);
        match waiting.time {
            Time::Piece(limit) => {
                let _call = self.enter(process)?;
                let caller = Caller { limit, ..caller };
                receive(caller.patience(&process.ended).next_piece())
            }
            Time::Pieces(deadline) => {
                let _call = self.enter(process)?;
                let caller = Caller { deadline, ..caller };
                receive(caller.patience(&process.ended).whole())
            }
            Time::Call(deadline) => {
                let caller = Caller { deadline, ..caller };
                receive(caller.patience(&process.ended).whole())
            }
        }
    }

    /// As [`Connection::read_rows`], from a background thread, where no callback may run.
    pub(crate) fn read_rows_unattended<T>(
        self: &Arc<Self>,
        request: &Request,
        cancel: &Arc<Cancel>,
        until: Option<Instant>,
        read: impl Fn(&mut RowStream) -> Result<T>,
    ) -> Unattended<T> {
        let caller = self.caller(Some(cancel), None).until(until);
        Unattended::of(self.read_rows(request, caller, read))
    }

    /// As [`Connection::open`], from a background thread, where no callback may run. Counts the requests that it
    /// takes.
    pub(crate) fn open_unattended(
        self: &Arc<Self>,
        request: &Request,
        cancel: &Arc<Cancel>,
        made: &Counter,
    ) -> Unattended<Stream> {
        let caller = self.caller(Some(cancel), None).counted_by(made);
        Unattended::of(self.open(request, caller))
    }

    fn begin(
        &self,
        process: &Process,
        request: &Request,
        signed: (Turn, HeaderMap),
        caller: Caller<'_>,
    ) -> Result<(Head, Incoming)> {
        process.transport.open(
            &self.session,
            &self.address,
            request,
            signed,
            caller.patience(&process.ended),
        )
    }

    pub(super) fn exchange(
        &self,
        request: &Request,
        signed: (Turn, HeaderMap),
        caller: Caller<'_>,
        check: impl FnOnce(&Response) -> Result<()>,
    ) -> Result<Response> {
        let exchange = |process: &Process| {
            process.transport.exchange(
                &self.session,
                &self.address,
                request,
                signed,
                caller.patience(&process.ended),
            )
        };
        let refusal = |answer: &Response| check(answer).err().map(|error| error.status());
        self.noted(request, caller, exchange, refusal)
    }
}

impl Waiting {
    /// Whether the call was over when the answer had begun, which broke off since then.
    pub(crate) fn is_after_the_call(&self) -> bool {
        !matches!(self.time, Time::Call(_))
    }

    /// Has the pieces from here on be one call; returns what waits for each that is none of them.
    pub(crate) fn take_as_one(&mut self) -> Waiting {
        let time = match self.time {
            Time::Piece(limit) => Time::Pieces(Instant::now() + limit),
            one => one,
        };
        let cancel = self.cancel.clone();
        mem::replace(self, Waiting { time, cancel })
    }
}

impl<T> Unattended<T> {
    fn of(outcome: Result<T>) -> Unattended<T> {
        match outcome {
            Err(error) if error.status() == Status::NoToken => Unattended::NeedsCaller,
            outcome => Unattended::Ended(outcome),
        }
    }
}
