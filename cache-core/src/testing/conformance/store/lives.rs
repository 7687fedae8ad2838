//! Lives: how long they are, and that they end. Real servers have clocks of their own, so these wait in real time.

use std::sync::Arc;
use std::time::Duration;

use super::super::room::{Room, Verdict, ensure, value};
use super::super::threads::pause;
use crate::store::{Token, When, Written};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How much longer than asked for a store may keep a value, and how much less of it may seem to be left.
const SLACK: Duration = Duration::from_secs(10);

pub(super) async fn without_end(room: Arc<Room>) -> Verdict {
    let key = room.key("key");
    room.fill(&key, &value(1, ""), None).await?;
    let left = left_of(&room, &key).await?;
    ensure!(left.is_none(), "{left:?} are left of a life without an end");
    Ok(())
}

pub(super) async fn left(room: Arc<Room>) -> Verdict {
    for seconds in [20, 60, 3600] {
        within(&room, Duration::from_secs(seconds)).await?;
    }
    let key = room.key("put with Absent");
    let minute = 60 * SECOND;
    room.put(&key, &value(1, ""), Some(minute), When::Absent)
        .await?;
    bounds(left_of(&room, &key).await?, minute)?;
    let token = When::Is(Token([1; Token::LENGTH]));
    room.put(&key, &value(2, ""), Some(60 * minute), token)
        .await?;
    bounds(left_of(&room, &key).await?, 60 * minute)
}

pub(super) async fn beyond_a_month(room: Arc<Room>) -> Verdict {
    for days in [29, 30, 31, 365, 10 * 365] {
        within(&room, days * DAY).await?;
    }
    Ok(())
}

pub(super) async fn longest(room: Arc<Room>) -> Verdict {
    for years in [100, 1000, 1_000_000] {
        longer_than_a_year(&room, years * 365 * DAY).await?;
    }
    longer_than_a_year(&room, Duration::MAX).await
}

async fn longer_than_a_year(room: &Room, ttl: Duration) -> Verdict {
    let key = room.key("key");
    room.fill(&key, &value(1, ""), Some(ttl)).await?;
    let left = left_of(room, &key).await?;
    ensure!(
        left.is_none_or(|left| left > 365 * DAY),
        "{left:?} are left of {ttl:?}"
    );
    Ok(())
}

pub(super) async fn fractions(room: Arc<Room>) -> Verdict {
    within(&room, Duration::from_millis(20_500)).await?;
    within(&room, Duration::new(20, 1)).await?;
    let keys = [
        Duration::from_nanos(1),
        Duration::from_millis(1),
        SECOND / 2,
    ]
    .map(|ttl| (ttl, room.key(format!("{ttl:?}"))));
    for (ttl, key) in &keys {
        room.fill(key, &value(1, ""), Some(*ttl)).await?;
    }
    for (_, key) in &keys {
        until_absent(&room, key).await?;
    }
    Ok(())
}

pub(super) async fn expired(room: Arc<Room>) -> Verdict {
    let [read, absent, is, lease] = ["read", "absent", "is", "lease"].map(|name| room.key(name));
    let (old, new) = (value(1, "old"), value(2, "new"));
    for key in [&read, &absent, &is] {
        room.fill(key, &old, Some(SECOND)).await?;
    }
    let written = room.put(&lease, &old, Some(SECOND), When::Absent).await?;
    ensure!(
        written == Written::Yes,
        "`put` Absent with a ttl was answered {written:?}"
    );
    until_absent(&room, &read).await?;
    until_absent(&room, &lease).await?;
    // Beyond the moment at which the others expired too, which nobody has read since.
    pause(SECOND).await;
    let written = room.put(&absent, &new, None, When::Absent).await?;
    ensure!(
        written == Written::Yes,
        "`put` Absent where a value has expired was answered {written:?}"
    );
    room.holds(&absent, Some(&new)).await?;
    let token = When::Is(Token([1; Token::LENGTH]));
    let written = room.put(&is, &new, None, token).await?;
    ensure!(
        written == Written::No,
        "`put` Is over a value that has expired was answered {written:?}"
    );
    room.holds(&is, None).await
}

pub(super) async fn replaced(room: Arc<Room>) -> Verdict {
    let [always, is, shorter, marker] =
        ["always", "is", "shorter", "marker"].map(|name| room.key(name));
    let (old, new) = (value(1, "old"), value(2, "new"));
    room.fill(&always, &old, Some(2 * SECOND)).await?;
    room.fill(&is, &old, Some(2 * SECOND)).await?;
    room.fill(&shorter, &old, None).await?;
    room.fill(&always, &new, None).await?;
    let token = When::Is(Token([1; Token::LENGTH]));
    let written = room.put(&is, &new, None, token).await?;
    ensure!(
        written == Written::Yes,
        "`put` Is over its token was answered {written:?}"
    );
    room.fill(&shorter, &new, Some(SECOND)).await?;
    room.fill(&marker, &old, Some(2 * SECOND)).await?;
    until_absent(&room, &shorter).await?;
    until_absent(&room, &marker).await?;
    for key in [&always, &is] {
        room.holds(key, Some(&new)).await?;
        let left = left_of(&room, key).await?;
        ensure!(
            left.is_none(),
            "{left:?} are left of a life whose end was taken away"
        );
    }
    Ok(())
}

pub(super) async fn sweep(room: Arc<Room>) -> Verdict {
    let [lasting, passing, expired] = ["lasting", "passing", "expired"].map(|name| room.key(name));
    let value = value(1, "value");
    room.fill(&lasting, &value, None).await?;
    room.fill(&passing, &value, Some(3600 * SECOND)).await?;
    room.fill(&expired, &value, Some(SECOND)).await?;
    until_absent(&room, &expired).await?;
    room.store
        .sweep()
        .await
        .map_err(|error| format!("`sweep` failed: {error}"))?;
    room.holds(&lasting, Some(&value)).await?;
    room.holds(&passing, Some(&value)).await?;
    room.holds(&expired, None).await
}

/// Insists that a value with this ttl is there and has about as much left.
async fn within(room: &Room, ttl: Duration) -> Verdict {
    let key = room.key("key");
    room.fill(&key, &value(1, ""), Some(ttl)).await?;
    bounds(left_of(room, &key).await?, ttl)
}

fn bounds(left: Option<Duration>, ttl: Duration) -> Verdict {
    // A store that counts in seconds rounds up.
    let most = ttl + SECOND;
    ensure!(
        left.is_some_and(|left| left <= most && left + SLACK >= ttl),
        "{left:?} are left of {ttl:?}"
    );
    Ok(())
}

async fn left_of(room: &Room, key: &[u8]) -> Result<Option<Duration>, String> {
    let found = room.get(key).await?;
    let gone = || "a value that has long to live is gone".to_owned();
    Ok(found.ok_or_else(gone)?.left)
}

/// Waits for a value with a ttl of up to two seconds to expire.
async fn until_absent(room: &Room, key: &[u8]) -> Verdict {
    let step = Duration::from_millis(50);
    for _ in 0..(SLACK.as_millis() / step.as_millis()) {
        if room.get(key).await?.is_none() {
            return Ok(());
        }
        pause(step).await;
    }
    Err(format!(
        "a value is still there {SLACK:?} after it was to expire"
    ))
}
