//! Two calls at the same time.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use crate::error::Result;

/// Both answers. Both are waited for, whatever comes of one of them: a put that is left to itself might arrive after its
/// caller has gone on.
pub(super) async fn both<A, B>(
    one: impl Future<Output = Result<A>>,
    other: impl Future<Output = Result<B>>,
) -> Result<(A, B)> {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut first, mut second) = (None, None);
    poll_fn(|context| {
        if first.is_none()
            && let Poll::Ready(answer) = one.as_mut().poll(context)
        {
            first = Some(answer);
        }
        if second.is_none()
            && let Poll::Ready(answer) = other.as_mut().poll(context)
        {
            second = Some(answer);
        }
        match (first.take(), second.take()) {
            (Some(first), Some(second)) => Poll::Ready(first.and_then(|one| Ok((one, second?)))),
            under_way => {
                (first, second) = under_way;
                Poll::Pending
            }
        }
    })
    .await
}
