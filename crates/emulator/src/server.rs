//! The emulator on a port. The only file that names hyper.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::Layer;
use tower::util::MapRequestLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::Emulator;
use crate::faults::WiredStream;

/// Connections at once; more wait to be accepted.
const CONNECTIONS: usize = 512;

/// How long the head of a request may take to arrive; also how long a connection may stay idle.
const HEAD: Duration = Duration::from_secs(60);

/// How long the next piece of a body may take to arrive.
const PIECE: Duration = Duration::from_secs(60);

/// How long requests under way may take after the shutdown.
const FAREWELL: Duration = Duration::from_secs(10);

impl Emulator {
    /// Serves HTTP/1.1 on `listener` until `shutdown` completes, and 10 seconds longer for requests under way.
    ///
    /// At most 512 connections are open at once; a request whose head takes more than 60 seconds, or whose body makes
    /// no progress for as long, is given up. Needs a tokio runtime with IO and time. Dropping the future closes every
    /// connection.
    ///
    /// ```no_run
    /// # async fn demo() -> std::io::Result<()> {
    /// use std::net::TcpListener;
    /// use mistral_emulator::Emulator;
    ///
    /// let listener = TcpListener::bind(("127.0.0.1", 0))?;
    /// println!("http://{}", listener.local_addr()?);
    /// Emulator::builder().random_ids().build()?.serve(listener, std::future::pending()).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if the address can be reached from other machines and
    /// [`Builder::allow_remote`](crate::Builder::allow_remote) was not set; otherwise what the system says of the
    /// listener.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        self.check(listener.local_addr()?)?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let service = RequestBodyTimeoutLayer::new(PIECE).layer(self.clone());
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD);

        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                accepted = accept(&listener, &places) => accepted,
            };
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, place)) => {
                    // Small answers should not wait for more to say.
                    let _ = stream.set_nodelay(true);
                    let (stream, wire) = WiredStream::new(stream);
                    let wired = MapRequestLayer::new(move |mut request: hyper::Request<hyper::body::Incoming>| {
                        request.extensions_mut().insert(wire.clone());
                        request
                    });
                    let service = TowerToHyperService::new(wired.layer(service.clone()));
                    let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
                    connections.spawn(async move {
                        // What goes wrong on one connection is that client's to see.
                        let _ = connection.await;
                        drop(place);
                    });
                }
                // Out of file descriptors, most likely: give some connections the time to end.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        drop(listener);
        let _ = tokio::time::timeout(FAREWELL, graceful.shutdown()).await;
        Ok(())
    }

    fn check(&self, address: SocketAddr) -> io::Result<()> {
        if self.allows_remote() || address.ip().to_canonical().is_loopback() {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{address} can be reached from other machines, and the emulator takes any key; use 127.0.0.1"),
        ))
    }
}

/// Waits for a place and then for a client.
async fn accept(
    listener: &tokio::net::TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}
