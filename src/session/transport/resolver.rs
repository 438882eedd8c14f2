//! Names to addresses, asked once and shared by all lanes of a client.
//!
//! The default resolver keeps a thread for each lane. This one remembers answers for a minute, unless
//! they led to no connection, and shares with whoever asks for the same.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;

use super::question::Question;

const REMEMBERED_FOR: Duration = Duration::from_secs(60);

/// A caching resolver.
#[derive(Default)]
pub(super) struct Resolver {
    answers: Mutex<HashMap<String, Answer>>,
}

#[derive(Clone)]
struct Answer {
    addresses: Arc<[SocketAddr]>,
    at: Instant,
}

/// The names of one attempt at a connection. Where that comes to nothing they are forgotten, so that the next one
/// asks again: the machine may have moved.
#[derive(Clone)]
pub(super) struct Trial(Arc<Names>);

struct Names {
    resolver: Arc<Resolver>,
    /// What they stood for, until there is a connection.
    tried: Mutex<Vec<(String, Answer)>>,
}

/// A name that has no address.
#[derive(Debug)]
pub(super) struct Unresolved {
    name: String,
    reason: Arc<io::Error>,
}

impl Resolver {
    async fn answer(&self, name: &str) -> Result<Answer, Unresolved> {
        if let Some(answer) = self.remembered(name) {
            return Ok(answer);
        }
        let answer = Answer {
            addresses: ask(name).await?,
            at: Instant::now(),
        };
        self.answers().insert(name.to_owned(), answer.clone());
        Ok(answer)
    }

    fn remembered(&self, name: &str) -> Option<Answer> {
        let answers = self.answers();
        let answer = answers.get(name)?;
        (answer.at.elapsed() < REMEMBERED_FOR).then(|| answer.clone())
    }

    /// Forgets an answer, and not one that came since.
    fn forget(&self, name: &str, answer: &Answer) {
        let mut answers = self.answers();
        let is_this = |known: &Answer| Arc::ptr_eq(&known.addresses, &answer.addresses);
        if answers.get(name).is_some_and(is_this) {
            answers.remove(name);
        }
    }

    fn answers(&self) -> MutexGuard<'_, HashMap<String, Answer>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trial {
    pub(super) fn new(resolver: &Arc<Resolver>) -> Trial {
        Trial(Arc::new(Names {
            resolver: Arc::clone(resolver),
            tried: Mutex::default(),
        }))
    }

    pub(super) async fn addresses(&self, name: &str) -> Result<Arc<[SocketAddr]>, Unresolved> {
        let answer = self.0.resolver.answer(name).await?;
        let addresses = Arc::clone(&answer.addresses);
        self.0.tried().push((name.to_owned(), answer));
        Ok(addresses)
    }

    /// There is a connection, or it is not the other end's fault that there is none.
    pub(super) fn says_nothing_against_them(&self) {
        self.0.tried().clear();
    }
}

impl Names {
    fn tried(&self) -> MutexGuard<'_, Vec<(String, Answer)>> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        for (name, answer) in self.tried().iter() {
            self.resolver.forget(name, answer);
        }
    }
}

/// How a connector asks.
impl Service<Name> for Trial {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Unresolved;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Unresolved>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unresolved>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let trial = self.clone();
        Box::pin(async move {
            let addresses = trial.addresses(name.as_str()).await?;
            Ok(Vec::from(&*addresses).into_iter())
        })
    }
}

async fn ask(name: &str) -> Result<Arc<[SocketAddr]>, Unresolved> {
    let unresolved = |reason| Unresolved {
        name: name.to_owned(),
        reason,
    };
    let question = Question::ask(name).map_err(|error| unresolved(error.into()))?;
    question.answer().await.map_err(unresolved)
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the name {} could not be resolved: {}; check the instance's name, and that this \
             machine can resolve names",
            self.name, self.reason
        )
    }
}

impl std::error::Error for Unresolved {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.reason)
    }
}
