//! Futures that are given up after so many polls, wherever they wait then.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Polls a future so many times and no more: `None` if it has not ended by then.
pub async fn within_polls<F: Future>(left: u64, future: F) -> Option<F::Output> {
    Polls { future: Box::pin(future), left }.await
}

struct Polls<F> {
    future: Pin<Box<F>>,
    left: u64,
}

impl<F: Future> Future for Polls<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        match self.future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
