//! A client: one instance and one way in, for any number of threads.
//!
//! The verbs for tables are in [`crate::table`]; here is what concerns the client itself.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::request::Request;
use crate::response::{Response, Stream};
use crate::session::Session;
use crate::session::auth::refresh::TokenCallback;
use crate::session::auth::token::Token;
use crate::session::connection::{Caller, Connection, Listeners};
use crate::session::log::{LogCallback, LogLevel};
use crate::session::statistics::Statistic;

/// A client of one instance. Cheap to clone; all clones are the same client.
#[derive(Clone)]
pub struct Client {
    pub(crate) connection: Arc<Connection>,
    pub(crate) listeners: Arc<Listeners>,
    /// When the call is over that everything is part of which is done with this one.
    pub(crate) until: Option<Instant>,
}

impl Client {
    /// Makes a client for an instance, with a copy of the session. No traffic happens yet.
    ///
    /// `instance` is a name (`dev12345`), a host, or a URL without a path.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where `instance` is none of these, or plain http to another
    /// machine that the session does not allow.
    pub fn new(instance: &str, session: &Session) -> Result<Client> {
        Ok(Client {
            connection: Arc::new(Connection::new(instance, session)?),
            listeners: Arc::default(),
            until: None,
        })
    }

    /// Signs a user in by name and password with OAuth (grant `password`), and tells the token
    /// callback.
    ///
    /// # Errors
    /// [`crate::Status::TokenRefused`] where the instance refuses, [`crate::Status::TokenAnswer`]
    /// where it answers nonsense, [`crate::Status::CallbackFailed`] where the callback fails (the
    /// token is in use all the same), [`crate::Status::File`] where the token file cannot be used,
    /// [`crate::Status::Busy`] inside that callback; [`crate::Status::Closed`],
    /// [`crate::Status::Cancelled`], [`crate::Status::Timeout`]; those of the transport (100s) and of
    /// the instance (300s); [`crate::Status::InvalidArgument`] where `user` is empty, or the session
    /// does not sign in with OAuth.
    pub fn login(&self, user: &str, password: &str) -> Result<()> {
        self.connection.login(user, password, &self.listeners)
    }

    /// Uses this token from now on, and puts it in the token file if there is one. The token callback is
    /// not told of it.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the session does not sign in with OAuth,
    /// [`crate::Status::Closed`] where the client is closed. With a token file also
    /// [`crate::Status::File`] where it cannot be written, and [`crate::Status::Timeout`] or
    /// [`crate::Status::Cancelled`] while another process is changing it: the client goes on with the token
    /// that it had.
    pub fn set_token(&self, token: Token) -> Result<()> {
        self.connection.set_token(token)
    }

    /// A copy of the token now in use; where there is none yet, of that in the token file.
    ///
    /// # Errors
    /// [`crate::Status::NoToken`] where there is none yet, [`crate::Status::File`] where the token file
    /// cannot be read, [`crate::Status::InvalidArgument`] where the session does not sign in with OAuth.
    pub fn token(&self) -> Result<Token> {
        self.connection.current_token()
    }

    /// Tells `callback` of each token that the instance issues, before the call that needed it goes
    /// on. It runs on a thread that is inside a call of this client. `Err` stops that call with
    /// [`crate::Status::CallbackFailed`]; the token stays in use.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the session does not sign in with OAuth.
    pub fn set_token_callback(&self, callback: Option<Box<TokenCallback>>) -> Result<()> {
        self.connection.oauth()?;
        self.listeners.token.set(callback);
        Ok(())
    }

    /// Takes note of what happens, one line for each request: method and path, HTTP status or what failed,
    /// how long it took, which attempt it was, the instance's transaction id. `None` takes no note.
    ///
    /// `callback` is told of each line on a thread that is inside a call of this client; what it calls itself
    /// is not told of. A list fetches pages ahead; what is said of those is told when somebody is in a call
    /// again. Without a callback lines wait for [`Client::next_log_line`].
    pub fn set_log(&self, level: Option<LogLevel>, callback: Option<Box<LogCallback>>) {
        self.listeners.log.set(callback);
        self.connection.set_log_level(level);
    }

    /// The line that waits longest. At most 1,024 wait; what comes after those is counted.
    #[must_use]
    pub fn next_log_line(&self) -> Option<(LogLevel, String)> {
        self.connection.next_log_line()
    }

    /// How many of something there were, in this process.
    #[must_use]
    pub fn statistic(&self, statistic: Statistic) -> u64 {
        self.connection.statistic(statistic)
    }

    /// Sends a request, and waits for the whole answer, whatever it says: a refusal is an answer too.
    /// What it holds, or why it is none, is told by [`Response::records`] and [`Response::check`].
    ///
    /// # Errors
    /// Those of the transport and of signing in: where no answer came; [`crate::Status::InvalidArgument`] where a
    /// field of the request's record cannot be sent.
    pub fn send(&self, request: &Request) -> Result<Response> {
        let request = request.settled()?;
        self.connection.answer(&request, self.caller())
    }

    /// As [`Client::send`], but returns when the answer begins; its body is read while it comes in.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn open(&self, request: &Request) -> Result<Stream> {
        let request = request.settled()?;
        self.connection.open(&request, self.caller())
    }

    /// The address of the instance, such as `https://dev12345.service-now.com`.
    #[must_use]
    pub fn url(&self) -> String {
        self.connection.address().to_string()
    }

    /// A call that this thread is in from now on.
    pub(crate) fn caller(&self) -> Caller<'_> {
        let caller = self.connection.caller(None, Some(&self.listeners));
        caller.until(self.until)
    }

    /// The same client, for requests that are one call together, and have the time of one.
    pub(crate) fn for_one_call(&self) -> Client {
        let until = self
            .until
            .unwrap_or_else(|| Instant::now() + self.connection.limit());
        Client {
            until: Some(until),
            ..self.clone()
        }
    }

    /// Closes the client: new calls are refused, those under way get `wait` to end and are cancelled
    /// then.
    ///
    /// # Errors
    /// [`crate::Status::Timeout`] where calls had to be cancelled; the client is closed all the same. Those that are
    /// in a callback, or read a file, are waited for two seconds more. [`crate::Status::Busy`] inside a callback of
    /// a call of this client, which it would wait for: the client is not closed.
    pub fn close(&self, wait: Duration) -> Result<()> {
        self.connection.close(wait)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("instance", self.connection.address())
            .finish_non_exhaustive()
    }
}
