//! The stream of one connection, which can end or change an answer at a byte.
//!
//! A place is counted either from the first byte of the status line, or it comes from the body, which
//! knows where it is. Whatever was sent before the place has left, and has arrived where that can be
//! seen, before anything is done: a test that cuts at byte 7 gets seven bytes.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::sleep,
};

use super::wire::ResetSwitch;

/// What is done at a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The byte is another one: these bits are turned.
    Corrupt(u8),
    /// The connection is closed.
    Cut,
    Reset,
    /// Nothing more comes, and the connection stays.
    Stall,
}

/// What is to be done on a connection; shared by its stream and its answers.
#[derive(Clone, Debug, Default)]
pub struct Spoiler(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Whether there is anything to look at: a stream asks this with each write.
    is_armed: AtomicBool,
    plan: Mutex<Option<Plan>>,
}

#[derive(Clone, Copy, Debug)]
enum Plan {
    /// When so many more bytes have passed.
    After(u64, Act),
    /// When what was written so far has left.
    Flushed(Act),
}

impl Spoiler {
    /// Acts after so many bytes from now on.
    pub fn act_after(&self, bytes: u64, act: Act) {
        self.arm(Plan::After(bytes, act));
    }

    /// Acts as soon as what was written has left.
    pub fn act_when_flushed(&self, act: Act) {
        self.arm(Plan::Flushed(act));
    }

    fn arm(&self, plan: Plan) {
        *self.plan() = Some(plan);
        self.0.is_armed.store(true, Ordering::Release);
    }

    pub fn disarm(&self) {
        *self.plan() = None;
        self.0.is_armed.store(false, Ordering::Release);
    }

    fn armed(&self) -> Option<Plan> {
        if !self.0.is_armed.load(Ordering::Acquire) {
            return None;
        }
        *self.plan()
    }

    fn passed(&self, bytes: usize) {
        if let Some(Plan::After(left, _)) = &mut *self.plan() {
            *left = left.saturating_sub(bytes as u64);
        }
    }

    fn plan(&self) -> MutexGuard<'_, Option<Plan>> {
        self.0.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream that does as its spoiler says.
pub struct SpoiltStream<S> {
    stream: S,
    spoiler: Spoiler,
    reset: ResetSwitch,
    ends: (Option<SocketAddr>, Option<SocketAddr>),
    /// Bytes since the beginning of the connection.
    written: u64,
    arriving: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl<S: AsyncWrite + Unpin> SpoiltStream<S> {
    pub fn new(
        stream: S,
        spoiler: Spoiler,
        reset: ResetSwitch,
        local: Option<SocketAddr>,
        peer: Option<SocketAddr>,
    ) -> Self {
        SpoiltStream {
            stream,
            spoiler,
            reset,
            ends: (local, peer),
            written: 0,
            arriving: None,
        }
    }

    /// The end of the connection, once all that was written has left.
    fn poll_end(&mut self, cx: &mut Context<'_>, act: Act) -> Poll<io::Error> {
        if let Err(error) = ready!(Pin::new(&mut self.stream).poll_flush(cx)) {
            return Poll::Ready(error);
        }
        match act {
            Act::Stall => Poll::Pending,
            Act::Reset => {
                if self.written > LITTLE {
                    let (local, peer) = self.ends;
                    let arriving = self
                        .arriving
                        .get_or_insert_with(|| Box::pin(arrived(local, peer)));
                    ready!(arriving.as_mut().poll(cx));
                }
                self.reset.set();
                Poll::Ready(io::ErrorKind::ConnectionReset.into())
            }
            Act::Corrupt(_) | Act::Cut => Poll::Ready(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

/// Waits until the peer has what was sent: a reset takes back what it has not. Where the system does
/// not say, for a moment.
async fn arrived(local: Option<SocketAddr>, peer: Option<SocketAddr>) {
    for _ in 0..MAX_LOOKS {
        match bytes_on_the_way(local, peer) {
            Some(0) => return,
            Some(_) => sleep(BETWEEN_LOOKS).await,
            None => return sleep(BETWEEN_LOOKS * 10).await,
        }
    }
}

const BETWEEN_LOOKS: Duration = Duration::from_millis(2);
/// A peer that takes nothing for some seconds has what it wanted.
const MAX_LOOKS: u32 = 2_500;
/// Fits any window: over loopback it has arrived when it was written.
const LITTLE: u64 = 32 << 10;

/// The send queue of a connection, as Linux lists it.
fn bytes_on_the_way(local: Option<SocketAddr>, peer: Option<SocketAddr>) -> Option<u64> {
    let (local, peer) = (local?, peer?);
    let table = match local {
        SocketAddr::V4(_) => "/proc/self/net/tcp",
        SocketAddr::V6(_) => "/proc/self/net/tcp6",
    };
    let ports = (
        format!(":{:04X}", local.port()),
        format!(":{:04X}", peer.port()),
    );
    let table = std::fs::read_to_string(table).ok()?;
    let line = table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_it = fields.get(1)?.ends_with(&ports.0) && fields.get(2)?.ends_with(&ports.1);
        is_it.then(|| fields.get(4).copied()).flatten()
    })?;
    u64::from_str_radix(line.split(':').next()?, 16).ok()
}

impl<S: AsyncRead + Unpin> AsyncRead for SpoiltStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for SpoiltStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Some(Plan::After(left, act)) = self.spoiler.armed() else {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, buf))?;
            self.written += written as u64;
            return Poll::Ready(Ok(written));
        };
        let before = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        let written = match act {
            Act::Corrupt(bits) if before == 0 && !buf.is_empty() => {
                let other = [buf[0] ^ bits];
                let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &other))?;
                if written > 0 {
                    self.spoiler.disarm();
                }
                return Poll::Ready(Ok(written));
            }
            _ if before == 0 => return self.poll_end(cx, act).map(Err),
            _ => ready!(Pin::new(&mut self.stream).poll_write(cx, &buf[..before]))?,
        };
        self.spoiler.passed(written);
        self.written += written as u64;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.spoiler.armed() {
            Some(
                Plan::Flushed(act) | Plan::After(0, act @ (Act::Cut | Act::Reset | Act::Stall)),
            ) => self.poll_end(cx, act).map(Err),
            _ => Pin::new(&mut self.stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.spoiler.armed().is_none() {
            let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, bufs))?;
            self.written += written as u64;
            return Poll::Ready(Ok(written));
        }
        let first = bufs.iter().find(|buf| !buf.is_empty());
        self.poll_write(cx, first.map_or(&[], |buf| buf))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
