use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Response, header};
use http_body::Body as _;

use super::body::{FaultyBody, Trouble};
use super::script::Delivery;
use super::table::Playing;
use super::wire::Wire;
use crate::Body;

/// Plays a fault to an answer; `own` is the emulator's own, if the request took effect.
///
/// An error stands for a connection that ends without an answer.
pub(crate) async fn deliver(playing: Playing, own: Option<Response<Body>>, wire: Wire) -> io::Result<Response<Body>> {
    let playing = Arc::new(playing);
    let fault = Arc::clone(&playing.fault);
    if !fault.delay.is_zero() {
        tokio::time::sleep(fault.delay).await;
    }
    match fault.delivery {
        Delivery::Close => {
            playing.delivered();
            return Err(wire.close());
        }
        Delivery::Reset => {
            playing.delivered();
            return Err(wire.reset());
        }
        Delivery::Hold => {
            playing.delivered();
            return std::future::pending().await;
        }
        Delivery::CutHead(bytes) => {
            playing.delivered();
            if !wire.cut_after(bytes) {
                return Err(wire.close());
            }
        }
        _ => {}
    }
    let mut answer = fault.change.apply(own).await;
    let length = answer.body().size_hint().exact();
    let announced = length.filter(|_| !fault.change.hides_length());
    let cut = |after: u64, reset: bool| Trouble::Cut { after, wire, reset, flushed: false };
    let trouble = match &fault.delivery {
        Delivery::Cut(after) => cut(*after, false),
        Delivery::ResetAfter(after) => cut(*after, true),
        Delivery::Truncate(bytes) => {
            let shorter = announced.map(|length| length.min(*bytes));
            if let (Some(shorter), true) = (shorter, answer.headers().contains_key(header::CONTENT_LENGTH)) {
                answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(shorter));
            }
            let end = Trouble::End { after: *bytes };
            return Ok(answer.map(|body| Body::faulty(FaultyBody::new(body, end, shorter, playing))));
        }
        Delivery::Stall { after, ms } => Trouble::Stall { after: *after, time: ms.map(Duration::from_millis) },
        Delivery::Slow { bytes, every_ms } => {
            Trouble::Slow { bytes: bytes.get(), every: Duration::from_millis(*every_ms) }
        }
        Delivery::Endless(text) => {
            playing.delivered();
            answer.headers_mut().remove(header::CONTENT_LENGTH);
            return Ok(answer.map(|body| Body::faulty(FaultyBody::endless(body, text, playing))));
        }
        Delivery::Gzip => {
            playing.delivered();
            answer.headers_mut().remove(header::CONTENT_LENGTH);
            answer.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            return Ok(answer.map(|body| Body::faulty(FaultyBody::gzip(body, playing))));
        }
        Delivery::Whole | Delivery::CutHead(_) | Delivery::Close | Delivery::Reset | Delivery::Hold => {
            playing.delivered();
            Trouble::None
        }
    };
    Ok(answer.map(|body| Body::faulty(FaultyBody::new(body, trouble, announced, playing))))
}
