//! A session put to use: one instance, its lanes, its token.
//!
//! Every call takes the same way: the token where OAuth is used (renewed first where it is due), the
//! exchange, once more with another token where the instance refuses this one, and again where that is
//! worth it. All of it happens on the calling thread and under one deadline.

mod answers;
mod attempts;
mod probe;
mod tokens;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub(crate) use answers::{Unattended, Waiting};
use attempts::Answered;
pub(crate) use probe::{Certificate, Name, Probe, Tls, Unreached};

use crate::error::{Error, Result, Status};
use crate::request::Request;
use crate::response::Head;
use crate::runtime::Cancel;
use crate::runtime::background::{Job, NoThread, Threads};
use crate::runtime::fork::PerProcess;
use crate::session::auth::Credentials;
use crate::session::auth::flight::Flight;
use crate::session::auth::refresh::{Listener, TokenStore};
use crate::session::calls::{ActiveCall, Calls};
use crate::session::log::{Log, LogLevel, LogListener, Loudness, Made};
use crate::session::statistics::{Counter, Statistic};
use crate::session::transport::{Patience, Transport};
use crate::session::{Address, Session};

/// One instance, reached in one way.
pub(crate) struct Connection {
    session: Session,
    address: Address,
    tokens: TokenStore,
    closed: AtomicBool,
    loudness: Loudness,
    process: PerProcess<Process>,
}

/// Who is told of what, on a thread of the caller's.
#[derive(Default)]
pub(crate) struct Listeners {
    pub(crate) token: Listener,
    pub(crate) log: LogListener,
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
    log: Log,
}

/// Who sends a request, and for how long.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    deadline: Instant,
    /// How long the call may take in all, or from one piece to the next.
    limit: Duration,
    cancel: Option<&'a Arc<Cancel>>,
    /// Who is told of a new token, and of what happens. `None` where no thread of the caller's is in the
    /// call: no callback may run then, and no token be renewed.
    listeners: Option<&'a Listeners>,
    /// Which attempt this is.
    attempt: u32,
    /// Counts its requests, beside the client's own counter.
    made: Option<&'a Counter>,
}

/// A call that was told to end returns at once, unless it is where it cannot be told: in the caller's own code, which
/// may wait for the very thread that closes.
const TO_RETURN: Duration = Duration::from_secs(2);

impl Connection {
    pub(crate) fn new(instance: &str, session: &Session) -> Result<Connection> {
        if session.token_file.is_some() && !matches!(session.credentials, Credentials::OAuth(_)) {
            let problem = "it has a token file, and does not sign in with OAuth";
            return Err(Error::argument("session", problem));
        }
        Ok(Connection {
            address: Address::parse(instance, session.allow_http)?,
            session: session.clone(),
            tokens: TokenStore::new(),
            closed: AtomicBool::new(false),
            loudness: Loudness::default(),
            process: PerProcess::new(Process::default),
        })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// A call that begins now, and may take as long as the session says.
    pub(crate) fn caller<'a>(
        &self,
        cancel: Option<&'a Arc<Cancel>>,
        listeners: Option<&'a Listeners>,
    ) -> Caller<'a> {
        let limit = self.session.total_timeout;
        Caller {
            deadline: Instant::now() + limit,
            limit,
            cancel,
            listeners,
            attempt: 1,
            made: None,
        }
    }

    /// How long a call may take, where it does not say otherwise.
    pub(crate) fn limit(&self) -> Duration {
        self.session.total_timeout
    }

    /// What is switched on when closing could not wait for the calls under way.
    pub(crate) fn ended(&self) -> &Cancel {
        &self.process.get().ended
    }

    /// Starts background work, which closing waits for.
    pub(crate) fn start<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Job<T>, NoThread> {
        self.process.get().threads.start(name, work)
    }

    /// Begins a call that makes others, and runs callbacks or starts background work between these: closing waits for
    /// it to its end.
    pub(crate) fn enter_around(&self) -> Result<ActiveCall<'_>> {
        self.unless_closed(self.process.get().calls.enter_around())
    }

    /// As [`Connection::enter_around`]; that the client is closed is for the first of the others to tell.
    pub(crate) fn around(&self) -> Option<ActiveCall<'_>> {
        self.enter_around().ok()
    }

    /// Refuses new calls, waits for those under way, ends them when the time is over, waits for what then returns
    /// and for the threads of background work, and closes the connections.
    pub(crate) fn close(&self, wait: Duration) -> Result<()> {
        let process = self.process.get();
        if process.calls.is_inside() {
            let message = "closing from inside a callback would wait for the call that it is in";
            return Err(Error::new(Status::Busy, message));
        }
        self.closed.store(true, Ordering::SeqCst);
        let all_ended = process.calls.wait_until_none(wait);
        process.ended.cancel();
        let have_returned = all_ended || process.calls.wait_until_none(TO_RETURN);
        // Calls start them, so they are all there by now, but for those of calls that did not return.
        process.threads.wait();
        process.transport.close_idle();
        if all_ended {
            return Ok(());
        }
        let message = match have_returned {
            true => "the client is closed; calls that were still under way were ended",
            false => {
                "the client is closed; calls that were still under way were told to end, and some are still in a \
                 callback or in reading a file"
            }
        };
        Err(Error::new(Status::Timeout, message))
    }

    fn enter<'a>(&self, process: &'a Process) -> Result<ActiveCall<'a>> {
        self.unless_closed(process.calls.enter())
    }

    /// Looked at after the call is counted, so that closing either sees the call or is seen by it. What is a part of
    /// one that is under way has the time that this is given.
    fn unless_closed<'a>(&self, call: ActiveCall<'a>) -> Result<ActiveCall<'a>> {
        match (call.is_part(), self.ended().is_cancelled()) {
            (false, _) => self.check_open()?,
            (true, false) => {}
            (true, true) => {
                let message = "the call was cancelled: its client was closed";
                return Err(Error::new(Status::Cancelled, message));
            }
        }
        Ok(call)
    }

    /// # Errors
    /// [`Status::Closed`] where the client is closed.
    pub(crate) fn check_open(&self) -> Result<()> {
        match self.closed.load(Ordering::SeqCst) {
            true => Err(Error::new(Status::Closed, "the client is closed")),
            false => Ok(()),
        }
    }

    /// Makes an exchange, counts it, and takes note of how it went. `refusal` says what the answer is a failure of,
    /// where it is none that succeeded.
    fn noted<A: Answered>(
        &self,
        request: &Request,
        caller: Caller<'_>,
        exchange: impl FnOnce(&Process) -> Result<A>,
        refusal: impl FnOnce(&A) -> Option<Status>,
    ) -> Result<A> {
        let began = Instant::now();
        let outcome = exchange(self.process.get());
        let how = outcome
            .as_ref()
            .map(|answer| (answer.head(), refusal(answer)));
        self.note_made(request, caller, began, how);
        outcome
    }

    /// Counts a request that was made, or whose turn did not come, and takes note of how it went.
    fn note_made(
        &self,
        request: &Request,
        caller: Caller<'_>,
        began: Instant,
        how: Result<(&Head, Option<Status>), &Error>,
    ) {
        let statistics = self.process.get().transport.statistics();
        statistics.requests.add(1);
        if let Some(made) = caller.made {
            made.add(1);
        }
        // What the caller gives up is no failure.
        let is_given_up = matches!(how, Err(error) if error.status() == Status::Cancelled);
        if !is_given_up && !matches!(how, Ok((_, None))) {
            statistics.failures.add(1);
        }
        if self.loudness.reaches(LogLevel::Error) {
            let made = Made {
                request,
                attempt: caller.attempt,
                took: began.elapsed(),
            };
            let (level, line) = match how {
                Ok((head, refusal)) => {
                    let transaction = head.header("x-transaction-id");
                    made.answered(head.status.as_u16(), transaction, refusal)
                }
                Err(error) if is_given_up => (LogLevel::Info, made.failed(error)),
                Err(error) => (LogLevel::Error, made.failed(error)),
            };
            self.note(level, || line);
        }
    }

    /// Takes note that an answer broke off which had begun well.
    pub(crate) fn note_broken(&self, error: &Error) {
        let process = self.process.get();
        process.transport.statistics().failures.add(1);
        self.note(LogLevel::Error, || {
            let (request, status) = (error.request(), error.status().name());
            format!("{request} {status} on its way: {}", error.message())
        });
    }

    fn note(&self, level: LogLevel, line: impl FnOnce() -> String) {
        if self.loudness.reaches(level) {
            self.process.get().log.keep(level, line());
        }
    }

    /// Tells the lines that wait, where this thread is the caller's.
    fn tell_log(&self, caller: Caller<'_>) {
        if let Some(listeners) = caller.listeners {
            self.tell_waiting_lines(listeners);
        }
    }

    /// Tells the lines of background work, on a thread of the caller's.
    pub(crate) fn tell_waiting_lines(&self, listeners: &Listeners) {
        if self.loudness.reaches(LogLevel::Error) {
            self.process.get().log.tell(&listeners.log);
        }
    }

    pub(crate) fn set_log_level(&self, level: Option<LogLevel>) {
        self.loudness.set(level);
    }

    pub(crate) fn next_log_line(&self) -> Option<(LogLevel, String)> {
        self.process.get().log.next()
    }

    pub(crate) fn statistic(&self, statistic: Statistic) -> u64 {
        let process = self.process.get();
        let statistics = process.transport.statistics();
        match statistic {
            Statistic::Requests => statistics.requests.get(),
            Statistic::Failures => statistics.failures.get(),
            Statistic::Retries => statistics.retries.get(),
            Statistic::TokenRequests => statistics.token_requests.get(),
            Statistic::BytesSent => statistics.bytes_sent.get(),
            Statistic::BytesReceived => statistics.bytes_received.get(),
            Statistic::Connections => statistics.connections.get(),
            Statistic::InFlight => process.calls.under_way(),
        }
    }
}

impl<'a> Caller<'a> {
    /// Has its requests counted here as well.
    pub(crate) fn counted_by(self, made: &'a Counter) -> Caller<'a> {
        let made = Some(made);
        Caller { made, ..self }
    }

    /// As a part of a call that is over then.
    pub(crate) fn until(self, until: Option<Instant>) -> Caller<'a> {
        let deadline = until.map_or(self.deadline, |until| until.min(self.deadline));
        Caller { deadline, ..self }
    }

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

    /// For what may take half of its time, and half of that time too.
    fn with_half_of(self, time: Duration) -> Caller<'a> {
        let now = Instant::now();
        let least = time.min(self.deadline.saturating_duration_since(now));
        Caller {
            deadline: now + least / 2,
            ..self
        }
    }

    /// A body that goes piece by piece has taken its own time, which counts for nothing that follows.
    fn before_next_exchange(self, request: &Request) -> Caller<'a> {
        match request.goes_in_pieces() {
            true => Caller {
                deadline: Instant::now() + self.limit,
                ..self
            },
            false => self,
        }
    }

    fn patience(&self, ended: &'a Cancel) -> Patience<'a> {
        Patience {
            deadline: self.deadline,
            limit: self.limit,
            cancels: [self.cancel.map(Arc::as_ref), Some(ended)],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn closing_waits_until_the_threads_of_background_work_have_ended() {
        let connection = Connection::new("http://127.0.0.1:1", &Session::new());
        let connection = Arc::new(connection.expect("an address"));
        let has_ended = Arc::new(AtomicBool::new(false));
        let (worked_for, ends) = (Arc::clone(&connection), Arc::clone(&has_ended));
        let job = connection.start("snow-test", move || {
            while !worked_for.ended().is_cancelled() {
                thread::yield_now();
            }
            // It is told, and has something to do still.
            (0..1000).for_each(|_| thread::yield_now());
            ends.store(true, Ordering::SeqCst);
        });
        connection.close(Duration::ZERO).expect("no call");
        assert!(has_ended.load(Ordering::SeqCst));
        drop(job.expect("a thread"));
    }
}
