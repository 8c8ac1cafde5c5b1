//! Connections: plain HTTP and TLS, HTTP/1.1 and h2, on one port. The first byte tells which: a TLS handshake begins with 0x16.

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Edge, limits};

/// The first byte of a TLS record that carries a handshake.
const TLS_HANDSHAKE: u8 = 0x16;

impl Edge {
    /// Serves a listener until `stop` says true; then lets the requests that are being answered finish, within a bound.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        let mut connections = JoinSet::new();
        while !*stop.borrow() {
            let served = connections.len();
            let accepted = tokio::select! {
                biased;
                _ = stop.changed() => break,
                // Before the next one, so that those that ended are not gathered.
                _ = connections.join_next(), if !connections.is_empty() => continue,
                accepted = accept(&listener, served) => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let (edge, stop) = (Arc::clone(&self), stop.clone());
                    connections.spawn(async move { edge.serve_connection(stream, peer, stop).await });
                }
                // Out of file descriptors or a connection that died in the backlog: the others go on.
                Err(error) => tracing::warn!(%error, "cannot accept"),
            }
        }
        drop(listener);
        let drained = timeout(limits::DRAIN_TIME, async { while connections.join_next().await.is_some() {} }).await;
        if drained.is_err() {
            tracing::warn!(left = connections.len(), "connections were cut at stop");
        }
    }

    /// Serves one connection, whoever accepted it.
    pub async fn serve_connection<S>(self: Arc<Self>, mut stream: S, peer: SocketAddr, stop: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let mut first = [0; 1];
        let read = timeout(limits::HANDSHAKE_TIME, stream.read_exact(&mut first)).await;
        if !matches!(read, Ok(Ok(_))) {
            return; // Closed, or silent: nobody to answer.
        }
        let stream = Prefixed {
            first: Some(first[0]),
            stream,
        };
        if first[0] != TLS_HANDSHAKE {
            return self.speak(stream, peer, stop).await;
        }
        match timeout(limits::HANDSHAKE_TIME, self.tls.accept(stream)).await {
            Ok(Ok(stream)) => self.speak(stream, peer, stop).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake"),
            Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
        }
    }

    /// HTTP on a connection, until it closes or `stop` says true and the request under way is answered.
    async fn speak<S>(self: Arc<Self>, stream: S, peer: SocketAddr, mut stop: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let service = service_fn(|request| {
            let edge = Arc::clone(&self);
            async move { Ok::<_, std::convert::Infallible>(edge.answer(request, peer).await) }
        });
        let builder = builder();
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            biased;
            ended = connection.as_mut() => ended,
            () = told(&mut stop) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, %error, "connection");
        }
    }
}

/// Waits until `stop` says true, or until nobody is left who could say it.
async fn told(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// The next connection, once there is room for it.
async fn accept(listener: &TcpListener, served: usize) -> io::Result<(tokio::net::TcpStream, SocketAddr)> {
    if served >= limits::CONNECTIONS {
        std::future::pending::<()>().await;
    }
    let (stream, peer) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, peer))
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::IDLE_TIME)
        .max_headers(limits::HEADERS)
        .max_buf_size(limits::HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits::PING_TIME)
        .max_concurrent_streams(limits::STREAMS)
        .max_header_list_size(limits::HEAD_BYTES as u32);
    builder
}

/// A stream whose first byte has been read already.
struct Prefixed<S> {
    first: Option<u8>,
    stream: S,
}

impl<S: AsyncRead + Unpin> AsyncRead for Prefixed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buf.remaining() > 0
            && let Some(first) = self.first.take()
        {
            buf.put_slice(&[first]);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prefixed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
