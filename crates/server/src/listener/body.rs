//! Reads the body of a request, within a size and until a moment.
//!
//! 1. A body that announces more than the limit is refused unread, so a client that waits for `100 Continue` never sends it.
//! 2. Most bodies arrive with their head: they are complete at the first look, in one piece, without a copy or a timer.
//! 3. The others are waited for until the deadline of the request, see [`super::Arrival::deadline`].

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is larger than allowed.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// It was not complete in time.
    #[error("the body was not complete in time")]
    TooSlow,
    /// The connection ended or its framing is wrong.
    #[error("the body ended early or is framed wrongly")]
    Broken(#[source] axum::BoxError),
}

/// Reads all of `body`, at most `limit` bytes, until `deadline`.
///
/// # Errors
/// [`BodyError`], to be answered with 413, 408 or 400. The listener closes the connection after a 408 or 413.
pub async fn read_body<B>(body: B, limit: usize, deadline: Instant) -> Result<Bytes, BodyError>
where
    B: hyper::body::Body<Data = Bytes, Error: Into<axum::BoxError>> + Unpin,
{
    if body.size_hint().lower() > limit as u64 {
        return Err(BodyError::TooLarge { limit });
    }
    let mut collected = pin!(collect(body, limit));
    if let Poll::Ready(whole) = poll_fn(|cx| Poll::Ready(collected.as_mut().poll(cx))).await {
        return whole;
    }
    timeout_at(deadline, collected).await.unwrap_or(Err(BodyError::TooSlow))
}

async fn collect<B>(mut body: B, limit: usize) -> Result<Bytes, BodyError>
where
    B: hyper::body::Body<Data = Bytes, Error: Into<axum::BoxError>> + Unpin,
{
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else {
            break;
        };
        let frame = frame.map_err(|error| BodyError::Broken(error.into()))?;
        // Trailers carry nothing for us.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if first.len() + rest.len() + data.len() > limit {
            return Err(BodyError::TooLarge { limit });
        }
        if first.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    Ok(if rest.is_empty() { first } else { [first, rest.freeze()].concat().into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use std::time::Duration;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(3600)
    }

    #[tokio::test]
    async fn a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_refused() {
        let whole = read_body(Body::from(vec![7; 100]), 100, soon()).await.unwrap();
        assert_eq!(whole, vec![7; 100]);
        let refused = read_body(Body::from(vec![7; 101]), 100, soon()).await.unwrap_err();
        assert!(matches!(refused, BodyError::TooLarge { limit: 100 }), "{refused:?}");
    }

    #[tokio::test]
    async fn an_empty_body_is_empty() {
        assert_eq!(read_body(Body::empty(), 0, soon()).await.unwrap(), Bytes::new());
    }
}
