//! Names to addresses, asked once and shared by all lanes of a client.
//!
//! The default resolver keeps a thread for each lane. This one remembers answers for a minute and
//! asks on a thread that is gone afterwards, so that a call's time limit holds while a name server
//! is silent.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper_util::client::legacy::connect::dns::Name;
use tokio::sync::oneshot;
use tower_service::Service;

use crate::runtime::background;

const REMEMBERED_FOR: Duration = Duration::from_secs(60);

/// A caching resolver.
#[derive(Default)]
pub(super) struct Resolver {
    answers: Mutex<HashMap<String, Answer>>,
}

struct Answer {
    addresses: Vec<SocketAddr>,
    at: Instant,
}

/// A name that has no address.
#[derive(Debug)]
pub(super) struct Unresolved {
    name: String,
    reason: String,
}

impl Resolver {
    pub(super) async fn addresses(&self, name: &str) -> Result<Vec<SocketAddr>, Unresolved> {
        if let Some(addresses) = self.remembered(name) {
            return Ok(addresses);
        }
        let addresses = ask(name).await?;
        let answer = Answer {
            addresses: addresses.clone(),
            at: Instant::now(),
        };
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(name.to_owned(), answer);
        Ok(addresses)
    }

    fn remembered(&self, name: &str) -> Option<Vec<SocketAddr>> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = answers.get(name)?;
        (answer.at.elapsed() < REMEMBERED_FOR).then(|| answer.addresses.clone())
    }
}

/// How a connector asks.
#[derive(Clone)]
pub(super) struct Shared(pub(super) Arc<Resolver>);

impl Service<Name> for Shared {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Unresolved;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Unresolved>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unresolved>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = Arc::clone(&self.0);
        Box::pin(async move { Ok(resolver.addresses(name.as_str()).await?.into_iter()) })
    }
}

async fn ask(name: &str) -> Result<Vec<SocketAddr>, Unresolved> {
    let unresolved = |reason: String| Unresolved {
        name: name.to_owned(),
        reason,
    };
    let (sender, answer) = oneshot::channel();
    let asked = name.to_owned();
    let job = background::start("snow-resolver", move || {
        // Port 0 stands for the one in the URL. Nobody may be waiting any more.
        let _ = sender.send((asked.as_str(), 0).to_socket_addrs().map(Vec::from_iter));
    })
    .map_err(|error| unresolved(error.to_string()))?;
    let answer = answer.await;
    // With the answer the thread is at its end; it leaves nothing behind then, wherever the program ends.
    let _ = job.wait();
    match answer {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(Ok(_)) => Err(unresolved("it has no address".into())),
        Ok(Err(error)) => Err(unresolved(error.to_string())),
        Err(_) => Err(unresolved("the resolver gave no answer".into())),
    }
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

impl std::error::Error for Unresolved {}
