//! A session put to use: one instance, its lanes, its token.
//!
//! Every call takes the same way: the token where OAuth is used (renewed first where it is due), the
//! exchange, once more with another token where the instance refuses this one, and again where that is
//! worth it. All of it happens on the calling thread and under one deadline.

mod attempts;
mod tokens;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use attempts::Tried;
use http::HeaderMap;

use crate::error::{Error, Result, Status};
use crate::request::Request;
use crate::response::{Head, Response, Stream};
use crate::runtime::Cancel;
use crate::runtime::background::{Job, Threads};
use crate::runtime::fork::PerProcess;
use crate::session::auth::flight::Flight;
use crate::session::auth::refresh::{Listener, TokenStore};
use crate::session::calls::{ActiveCall, Calls};
use crate::session::transport::{Incoming, Patience, Transport};
use crate::session::{Address, Session};

/// One instance, reached in one way.
pub(crate) struct Connection {
    session: Session,
    address: Address,
    tokens: TokenStore,
    closed: AtomicBool,
    process: PerProcess<Process>,
}

/// What a forked child has of its own.
#[derive(Default)]
struct Process {
    transport: Transport,
    flight: Flight,
    calls: Calls,
    /// Ends the calls under way, when closing could not wait for them.
    ended: Cancel,
    threads: Threads,
}

/// Who sends a request, and for how long.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    deadline: Instant,
    /// How long the call may take in all, or from one piece to the next.
    limit: Duration,
    cancel: Option<&'a Cancel>,
    /// Who is told of a new token. `None` where no thread of the caller's is in the call: no callback
    /// may run then, and no token be renewed.
    listener: Option<&'a Listener>,
}

/// How a request ended that nobody waits for.
pub(crate) enum Unattended<T> {
    Ended(Result<T>),
    /// A token must be renewed first, which is for a thread of the caller's.
    NeedsCaller,
}

impl Connection {
    pub(crate) fn new(instance: &str, session: &Session) -> Result<Connection> {
        Ok(Connection {
            address: Address::parse(instance, session.allow_http)?,
            session: session.clone(),
            tokens: TokenStore::new(),
            closed: AtomicBool::new(false),
            process: PerProcess::new(Process::default),
        })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// A call that begins now, and may take as long as the session says.
    pub(crate) fn caller<'a>(
        &self,
        cancel: Option<&'a Cancel>,
        listener: Option<&'a Listener>,
    ) -> Caller<'a> {
        let limit = self.session.total_timeout;
        Caller {
            deadline: Instant::now() + limit,
            limit,
            cancel,
            listener,
        }
    }

    /// Sends a request and returns the answer where it is a success.
    pub(crate) fn send(&self, request: &Request, caller: Caller<'_>) -> Result<Response> {
        self.read(request, caller, Ok)
    }

    /// Sends a request and returns what its answer holds, where it is a success that can be read. An
    /// answer that cannot is a failure of the call like any other, and worth another try.
    pub(crate) fn read<T>(
        &self,
        request: &Request,
        caller: Caller<'_>,
        read: impl Fn(Response) -> Result<T>,
    ) -> Result<T> {
        let exchange = |headers, caller: Caller<'_>| self.exchange(request, headers, caller);
        self.repeated(request, caller, exchange, |answer: Response| {
            match answer.judged().and_then(&read) {
                Ok(read) => Tried::Done(read),
                Err(error) => Tried::Failed(error),
            }
        })
    }

    /// Sends a request and returns the answer, whatever it says.
    pub(crate) fn answer(&self, request: &Request, caller: Caller<'_>) -> Result<Response> {
        let exchange = |headers, caller: Caller<'_>| self.exchange(request, headers, caller);
        self.repeated(request, caller, exchange, |answer: Response| {
            match answer.check() {
                Ok(()) => Tried::Done(answer),
                Err(error) => Tried::Refused(answer, error),
            }
        })
    }

    /// Sends a request and returns the answer as soon as it begins, whatever it says.
    pub(crate) fn open(self: &Arc<Self>, request: &Request, caller: Caller<'_>) -> Result<Stream> {
        let exchange = |headers, caller: Caller<'_>| {
            let process = self.process.get();
            let patience = caller.patience(&process.ended);
            let transport = &process.transport;
            transport.open(&self.session, &self.address, request, headers, patience)
        };
        let begun = |(head, incoming): (Head, Incoming)| match head.check() {
            Ok(()) => Tried::Done((head, incoming)),
            Err(error) => Tried::Refused((head, incoming), error),
        };
        let (head, incoming) = self.repeated(request, caller, exchange, begun)?;
        let limit = caller.timed(request).limit;
        Ok(Stream::new(Arc::clone(self), head, incoming, limit))
    }

    /// Receives the next piece of an answer; whether there is one.
    pub(crate) fn receive(&self, incoming: &mut Incoming, limit: Duration) -> Result<bool> {
        let _call = self.enter()?;
        let process = self.process.get();
        let caller = Caller {
            limit,
            ..self.caller(None, None)
        };
        incoming.advance(caller.patience(&process.ended))
    }

    /// As [`Connection::read`], from a background thread, where no callback may run.
    pub(crate) fn read_unattended<T>(
        &self,
        request: &Request,
        cancel: &Cancel,
        read: impl Fn(Response) -> Result<T>,
    ) -> Unattended<T> {
        match self.read(request, self.caller(Some(cancel), None), read) {
            Err(error) if error.status() == Status::NoToken => Unattended::NeedsCaller,
            outcome => Unattended::Ended(outcome),
        }
    }

    /// Starts background work, which closing waits for.
    pub(crate) fn start<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> std::io::Result<Job<T>> {
        self.process.get().threads.start(name, work)
    }

    /// Refuses new calls, waits for those under way, ends them when the time is over, and waits for the
    /// threads of background work.
    pub(crate) fn close(&self, wait: Duration) -> Result<()> {
        let process = self.process.get();
        if process.flight.is_led_by_this_thread() {
            let message = "closing from inside the token callback would wait for itself";
            return Err(Error::new(Status::Busy, message));
        }
        self.closed.store(true, Ordering::SeqCst);
        let all_ended = process.calls.wait_until_none(wait);
        process.ended.cancel();
        process.threads.wait();
        if all_ended {
            return Ok(());
        }
        let message = "the client is closed; calls that were still under way were told to end";
        Err(Error::new(Status::Timeout, message))
    }

    fn enter(&self) -> Result<ActiveCall<'_>> {
        let call = self.process.get().calls.enter();
        // Looked at after the call is counted, so that closing either sees the call or is seen by it.
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::new(Status::Closed, "the client is closed"));
        }
        Ok(call)
    }

    fn exchange(
        &self,
        request: &Request,
        headers: HeaderMap,
        caller: Caller<'_>,
    ) -> Result<Response> {
        let process = self.process.get();
        process.transport.exchange(
            &self.session,
            &self.address,
            request,
            headers,
            caller.patience(&process.ended),
        )
    }
}

impl<'a> Caller<'a> {
    /// As long as the request itself says.
    fn timed(self, request: &Request) -> Caller<'a> {
        match request.timeout {
            None => self,
            Some(limit) => Caller {
                deadline: Instant::now() + limit,
                limit,
                ..self
            },
        }
    }

    fn patience(&self, ended: &'a Cancel) -> Patience<'a> {
        Patience {
            deadline: self.deadline,
            limit: self.limit,
            cancels: [self.cancel, Some(ended)],
        }
    }
}
