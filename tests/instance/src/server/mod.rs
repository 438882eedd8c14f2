//! Connections: accepting them, keeping them while they are used, ending them when they idle.

mod delivery;
mod dress;
mod exchange;
mod execute;
mod mischief;
mod permits;
mod prebuilt;
mod sessions;
mod spoil;
mod state;
mod tls;
mod wire;

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::sleep,
};
use tokio_rustls::TlsAcceptor;

pub use mischief::struck_item;
pub use tls::Tls;

use crate::instance::Instance;
use exchange::{Connection, exchange};
use spoil::{Spoiler, SpoiltStream};
use state::Server;
use wire::{ResetSwitch, Wire};

/// Serves until the listener fails for good, which it does not.
pub async fn serve(
    instance: Instance,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
) -> Infallible {
    let server = Arc::new(Server {
        instance,
        sessions: sessions::Sessions::default(),
        permits: permits::Permits::default(),
        prebuilt: prebuilt::PrebuiltPages::default(),
        open: AtomicUsize::new(0),
        ordered: Notify::new(),
    });
    allow_many_descriptors();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let counters = &server.instance.counters;
                let number = counters.connections.fetch_add(1, Ordering::Relaxed) + 1;
                let open = Open::one_more(&server);
                if open.number > server.instance.settings.read().max_connections {
                    continue;
                }
                let connection = Connection {
                    number,
                    peer: peer.to_string(),
                    scheme: if tls.is_some() { "https" } else { "http" },
                    has_certificate: false,
                    reset: ResetSwitch::default(),
                    spoiler: Spoiler::default(),
                };
                tokio::spawn(attend(open, stream, connection, tls.clone()));
            }
            // Out of descriptors, mostly: it passes when a connection ends.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// As many as the system lets this program have: a connection is one.
fn allow_many_descriptors() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it is not allowed, there are as many as there were.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// One of the connections that are open.
struct Open {
    server: Arc<Server>,
    /// How many there were with it.
    number: usize,
}

impl Open {
    fn one_more(server: &Arc<Server>) -> Self {
        Open {
            server: server.clone(),
            number: server.open.fetch_add(1, Ordering::Relaxed) + 1,
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.server.open.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn attend(
    open: Open,
    stream: TcpStream,
    mut connection: Connection,
    tls: Option<TlsAcceptor>,
) {
    let server = open.server.clone();
    // Small answers must not wait for the acknowledgement of the last one.
    let _ = stream.set_nodelay(true);
    let ends = (stream.local_addr().ok(), stream.peer_addr().ok());
    // Buffers are made when there is something to put into them: who connects and says nothing costs little.
    if !says_something(&server, &stream).await {
        return;
    }
    let wire = Wire::new(stream, connection.reset.clone());
    match tls {
        None => Box::pin(converse(server, wire, ends, connection)).await,
        Some(tls) => {
            if let Ok(Ok(wire)) =
                tokio::time::timeout(HANDSHAKE_TIMEOUT, Box::pin(tls.accept(wire))).await
            {
                connection.has_certificate = wire.get_ref().1.peer_certificates().is_some();
                Box::pin(converse(server, wire, ends, connection)).await;
            }
        }
    }
}

/// Whether the first byte comes before the connection has idled for too long.
async fn says_something(server: &Server, stream: &TcpStream) -> bool {
    let activity = Activity::new();
    let mut byte = [0];
    tokio::select! {
        first = stream.peek(&mut byte) => first.is_ok(),
        () = idles(server, &activity) => false,
    }
}

/// Ends when the connection has not been of use for as long as the settings say, whenever they say it.
async fn idles(server: &Server, activity: &Activity) {
    loop {
        let ordered = server.ordered.notified();
        let allowed = Duration::from_millis(server.instance.settings.read().keep_alive_ms);
        let left = allowed.saturating_sub(activity.idle_for());
        if left.is_zero() {
            return;
        }
        tokio::select! {
            () = sleep(left) => {}
            () = ordered => {}
        }
    }
}

/// The addresses of a connection, here and there.
type Ends = (Option<SocketAddr>, Option<SocketAddr>);

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// What a connection may hold of a head: one of more than 8 KiB is refused, this one is not read to its end.
const MAX_BUFFER: usize = 128 << 10;
/// A head that has begun must be complete within this.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);

async fn converse<S>(server: Arc<Server>, stream: S, ends: Ends, connection: Connection)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = SpoiltStream::new(
        stream,
        connection.spoiler.clone(),
        connection.reset.clone(),
        ends.0,
        ends.1,
    );
    let activity = Arc::new(Activity::new());
    let service = service_fn({
        let (server, activity) = (server.clone(), activity.clone());
        move |incoming| {
            let (server, activity, connection) =
                (server.clone(), activity.clone(), connection.clone());
            let busy = activity.begin();
            async move { exchange(server, connection, incoming, Box::new(busy)).await }
        }
    });
    let conversation = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_BUFFER)
        // The instance's clock is another one, and a fault may take the header away.
        .auto_date_header(false)
        .title_case_headers(!server.instance.settings.read().lower_case_headers)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(conversation);
    tokio::select! {
        _ = conversation.as_mut() => {}
        () = idles(&server, &activity) => {
            // Nothing is under way: hyper closes at once. If a head has just begun to arrive, it is
            // answered and then closed, as with a real server.
            conversation.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(HEAD_TIMEOUT, conversation).await;
        }
    }
}

/// When a connection was last of use.
struct Activity {
    opened: Instant,
    under_way: AtomicUsize,
    /// Milliseconds after `opened`.
    last_ms: AtomicU64,
}

impl Activity {
    fn new() -> Self {
        Activity {
            opened: Instant::now(),
            under_way: AtomicUsize::new(0),
            last_ms: AtomicU64::new(0),
        }
    }

    fn begin(self: &Arc<Self>) -> Busy {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        Busy(self.clone())
    }

    fn idle_for(&self) -> Duration {
        if self.under_way.load(Ordering::Relaxed) > 0 {
            return Duration::ZERO;
        }
        let last = Duration::from_millis(self.last_ms.load(Ordering::Relaxed));
        self.opened.elapsed().saturating_sub(last)
    }
}

struct Busy(Arc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        let now = u64::try_from(self.0.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.last_ms.store(now, Ordering::Relaxed);
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}
