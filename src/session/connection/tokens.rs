//! The token of a connection that signs in with OAuth: got, kept and renewed.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use oauth2::{HttpRequest, HttpResponse};
use secrecy::zeroize::Zeroizing;

use super::{Caller, Connection, Listeners};
use crate::error::{Error, Result, Status};
use crate::request::{Body, Request};
use crate::response::{Response, Secrets};
use crate::runtime::limits::Limits;
use crate::session::auth::refresh::{Held, Need, no_token};
use crate::session::auth::renewal::{Renewal, Shared};
use crate::session::auth::token::Token;
use crate::session::auth::{
    Credentials, Grant, OAuthClient, TOKEN_PATH, advice, refusal_by_status, request_token,
    without_secrets,
};
use crate::session::transport::Place;

impl Connection {
    /// Signs a user in (OAuth, grant `password`).
    pub(crate) fn login(&self, user: &str, password: &str, listeners: &Listeners) -> Result<()> {
        let client = self.oauth()?;
        if user.is_empty() {
            return Err(Error::argument("user", "it is empty"));
        }
        let _call = self
            .enter(self.process.get())
            .map_err(|error| error.with_request("POST", TOKEN_PATH))?;
        let caller = self.caller(None, Some(listeners));
        let grant = Grant::Password { user, password };
        let flight = &self.process.get().flight;
        let pause = |wait| self.pause_for_others(wait, caller);
        let outcome = self.tokens.sign_in(
            flight,
            self.limits(caller),
            &listeners.token,
            self.shared(caller, &pause).as_ref(),
            || self.ask_for_token(client, &grant, caller),
        );
        self.tell_log(caller);
        outcome
    }

    pub(crate) fn set_token(&self, token: Token) -> Result<()> {
        self.oauth()?;
        let _call = self.enter(self.process.get())?;
        let caller = self.caller(None, None);
        let pause = |wait| self.pause_for_others(wait, caller);
        let shared = self.shared(caller, &pause);
        let flight = &self.process.get().flight;
        self.tokens.set(token, flight, shared.as_ref())
    }

    /// The token now in use, or the one that the first call is going to use.
    pub(crate) fn current_token(&self) -> Result<Token> {
        self.oauth()?;
        let held = self.tokens.current().token.clone();
        let token = match (held, &self.session.token_file) {
            (None, Some(file)) => file.read()?,
            (held, _) => held,
        };
        token.ok_or_else(no_token)
    }

    /// Where other processes find the token, and how to wait for them.
    fn shared<'a>(
        &'a self,
        caller: Caller<'_>,
        pause: &'a dyn Fn(Duration) -> Result<()>,
    ) -> Option<Shared<'a>> {
        let file = self.session.token_file.as_ref()?;
        Some(Shared {
            file,
            deadline: caller.deadline,
            pause,
        })
    }

    /// What ends the wait for another thread.
    fn limits<'a>(&'a self, caller: Caller<'a>) -> Limits<'a> {
        caller.patience(self.ended()).whole()
    }

    fn pause_for_others(&self, wait: Duration, caller: Caller<'_>) -> Result<()> {
        self.pause(wait, caller)
            .map_err(|error| match error.status() {
                Status::Cancelled => {
                    let message = "the call was cancelled while another process renewed the token";
                    Error::new(Status::Cancelled, message)
                }
                _ => error,
            })
    }

    pub(crate) fn oauth(&self) -> Result<&OAuthClient> {
        match &self.session.credentials {
            Credentials::OAuth(client) => Ok(client),
            _ => Err(Error::argument(
                "client",
                "its session does not sign in with OAuth",
            )),
        }
    }

    /// A token that satisfies the need. From a background thread: the one at hand, if it does, or if a caller's call
    /// went out with it all the same.
    pub(super) fn token(
        &self,
        client: &OAuthClient,
        need: Need,
        caller: Caller<'_>,
    ) -> Result<Arc<Held>> {
        let held = self.tokens.current();
        if self.tokens.satisfies(&held, need) {
            return Ok(held);
        }
        let Some(listeners) = caller.listeners else {
            if self.tokens.may_go_out(&held, need) {
                return Ok(held);
            }
            let message = "a token must be renewed, which is not for a background thread";
            return Err(Error::new(Status::NoToken, message));
        };
        let renewed = |caller| {
            let pause = |wait| self.pause_for_others(wait, caller);
            self.tokens.obtain(
                need,
                &Renewal {
                    flight: &self.process.get().flight,
                    limits: self.limits(caller),
                    listener: &listeners.token,
                    signs_itself_in: client.signs_itself_in,
                    shared: self.shared(caller, &pause),
                    ask: &|grant| self.ask_for_token(client, grant, caller),
                },
            )
        };
        // What is renewed early must not use up the time of the call, nor that of the token.
        let early = held
            .time_to_renew_early(need)
            .map(|left| renewed(caller.with_half_of(left)));
        let held = match early {
            // It has ended meanwhile.
            Some(Err(error)) if error.status() == Status::Timeout => renewed(caller)?,
            Some(outcome) => outcome?,
            None => renewed(caller)?,
        };
        self.tokens.goes_out(&held);
        Ok(held)
    }

    /// One call of the token endpoint. Of the API call that needs the token, nothing goes along.
    fn ask_for_token(
        &self,
        client: &OAuthClient,
        grant: &Grant<'_>,
        caller: Caller<'_>,
    ) -> Result<Token> {
        let http_status = Cell::new(None);
        let send = |asked| {
            let answer = self.token_exchange(asked, caller)?;
            http_status.set(Some(answer.status().as_u16()));
            Ok(refusal_by_status(answer))
        };
        request_token(&self.address, client, self.session.client_auth, grant, send).map_err(
            |mut error| {
                if let Some(status) = http_status.get() {
                    // The exchange brought an answer, so what failed is what it says.
                    error = error
                        .with_http_status(status)
                        .with_request("POST", TOKEN_PATH);
                }
                let advice = advice(grant, &error);
                let error = without_secrets(error, client, grant);
                let error = Secrets::among([&self.session.headers]).hidden_in(error);
                match advice {
                    Some(advice) => error.with_remark(advice),
                    None => error,
                }
            },
        )
    }

    fn token_exchange(&self, asked: HttpRequest, caller: Caller<'_>) -> Result<HttpResponse> {
        // Whoever has the caller's requests counted asks for no token.
        let caller = Caller {
            made: None,
            ..caller
        };
        let (parts, body) = asked.into_parts();
        let mut request = Request::new(Method::POST, ["oauth_token.do"]);
        request.headers = parts.headers;
        request.body = Body::Bytes(Bytes::from_owner(Zeroizing::new(body)));
        self.process
            .get()
            .transport
            .statistics()
            .token_requests
            .add(1);
        // It may come as another type than JSON, but not as a page for a person.
        let check = |answer: &Response| match answer.html_failure() {
            Some(page) => Err(page),
            None => answer.judge(),
        };
        let response = self
            .turn(&request, Place::First, caller)
            .map(|turn| (turn, self.session.headers.clone()))
            .and_then(|signed| self.exchange(&request, signed, caller, check))
            .and_then(|response| match is_the_endpoints_own(response.status()) {
                true => Ok(response),
                false => response.judged(),
            })
            .map_err(before_the_call)?;
        if let Some(error) = response.html_failure() {
            let message = format!("no token: {}", error.message());
            // What a person can act on keeps its status, whichever endpoint met it.
            let status = match error.status() {
                status @ (Status::Hibernating | Status::Unavailable) => status,
                _ => Status::TokenAnswer,
            };
            return Err(Error::new(status, message)
                .with_http_status(response.status())
                .with_request("POST", TOKEN_PATH)
                .with_retry(status == Status::Unavailable, error.retry_after()));
        }
        let (status, headers, body) = response.into_parts();
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }
}

/// A failure to get a token, as one of the call that needs it: that call was not sent, so it may be made
/// again unless what failed fails for good.
///
/// An endpoint that failed on the way may have issued a token all the same, and the refresh token be used up
/// with that. It is all there is to ask with: where it is, the endpoint says so to the next one too.
fn before_the_call(error: Error) -> Error {
    let passes = match error.status() {
        Status::Network | Status::CutBody | Status::Timeout | Status::Unavailable => true,
        _ => error.is_retryable(),
    };
    let retry_after = error.retry_after();
    error
        .with_maybe_applied(false)
        .with_retry(passes, retry_after)
}

/// Whether the token endpoint itself may answer with this status, and not a proxy, a gateway or a guard
/// in front of it.
fn is_the_endpoints_own(status: u16) -> bool {
    !matches!(status, 202 | 300..=399 | 407 | 429 | 502..=504)
}
