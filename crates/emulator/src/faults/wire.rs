use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a fault can do to the connection that its answer travels on. In the same process there is none, and only the
/// error remains.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire(Option<Arc<Orders>>);

#[derive(Debug)]
struct Orders {
    /// Ends with a reset in place of a farewell.
    reset: AtomicBool,
    /// How many bytes may still be written; [`u64::MAX`] for no limit.
    room: AtomicU64,
}

impl Wire {
    /// The error that makes the server close the connection.
    pub(super) fn close(&self) -> io::Error {
        io::Error::new(io::ErrorKind::ConnectionAborted, "the fault script closed the connection")
    }

    /// The error that makes the server reset the connection.
    pub(super) fn reset(&self) -> io::Error {
        if let Some(orders) = &self.0 {
            orders.reset.store(true, Ordering::Relaxed);
        }
        io::Error::new(io::ErrorKind::ConnectionReset, "the fault script reset the connection")
    }

    /// Lets only `bytes` more through and then closes the connection; false if there is none.
    pub(super) fn cut_after(&self, bytes: u64) -> bool {
        if let Some(orders) = &self.0 {
            orders.room.store(bytes, Ordering::Relaxed);
        }
        self.0.is_some()
    }
}

#[cfg(feature = "server")]
mod stream {
    use std::io::{self, IoSlice};
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::task::{Context, Poll, ready};

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
    use tokio::net::TcpStream;

    use super::{Orders, Wire};

    /// A connection that obeys its [`Wire`].
    pub(crate) struct WiredStream {
        stream: TcpStream,
        orders: Arc<Orders>,
    }

    impl WiredStream {
        pub(crate) fn new(stream: TcpStream) -> (Self, Wire) {
            let orders = Arc::new(Orders { reset: AtomicBool::new(false), room: AtomicU64::new(u64::MAX) });
            (Self { stream, orders: Arc::clone(&orders) }, Wire(Some(orders)))
        }
    }

    impl Drop for WiredStream {
        fn drop(&mut self) {
            if self.orders.reset.load(Ordering::Relaxed) {
                // Without it the connection closes in the ordinary way, which is a fault too.
                let _ = self.stream.set_zero_linger();
            }
        }
    }

    impl AsyncRead for WiredStream {
        fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.stream).poll_read(cx, buf)
        }
    }

    impl AsyncWrite for WiredStream {
        fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
            let room = self.orders.room.load(Ordering::Relaxed);
            if room == u64::MAX {
                return Pin::new(&mut self.stream).poll_write(cx, data);
            }
            if room == 0 {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            let most = usize::try_from(room).unwrap_or(usize::MAX).min(data.len());
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &data[..most]))?;
            self.orders.room.store(room - written as u64, Ordering::Relaxed);
            Poll::Ready(Ok(written))
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            if self.orders.room.load(Ordering::Relaxed) == u64::MAX {
                return Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
            }
            let first = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |slice| slice);
            self.poll_write(cx, first)
        }

        fn is_write_vectored(&self) -> bool {
            self.stream.is_write_vectored()
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.stream).poll_flush(cx)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.stream).poll_shutdown(cx)
        }
    }
}

#[cfg(feature = "server")]
pub(crate) use stream::WiredStream;
