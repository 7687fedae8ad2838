//! Puts on a condition, one after the other.

use std::sync::Arc;
use std::time::Duration;

use super::super::room::{Attempt, Room, Verdict, ensure, value};
use crate::store::{Put, Token, When, Written};

pub(super) async fn absent(room: Arc<Room>) -> Verdict {
    let key = room.key("key");
    let (first, second) = (value(1, "first"), value(2, ""));
    let attempt = |value, expected, then| Attempt {
        key: &key,
        value,
        when: When::Absent,
        expected,
        then,
    };
    room.attempt(attempt(&first, Written::Yes, Some(&first)))
        .await?;
    room.attempt(attempt(&second, Written::No, Some(&first)))
        .await?;
    room.attempt(attempt(&first, Written::No, Some(&first)))
        .await?;
    room.delete(&[&key]).await?;
    room.attempt(attempt(&second, Written::Yes, Some(&second)))
        .await?;
    for short in [b"".as_slice(), b"short"] {
        room.fill(&key, short, None).await?;
        room.attempt(attempt(&first, Written::No, Some(short)))
            .await?;
    }
    Ok(())
}

pub(super) async fn is(room: Arc<Room>) -> Verdict {
    let key = room.key("key");
    let over = |token, value, expected, then| Attempt {
        key: &key,
        value,
        when: When::Is(Token([token; Token::LENGTH])),
        expected,
        then,
    };
    let (lease, entry) = (value(1, ""), value(2, "an entry that is longer"));
    room.attempt(over(1, &entry, Written::No, None)).await?;
    room.fill(&key, &lease, None).await?;
    room.attempt(over(2, &entry, Written::No, Some(&lease)))
        .await?;
    room.attempt(over(1, &entry, Written::Yes, Some(&entry)))
        .await?;
    room.attempt(over(1, &lease, Written::No, Some(&entry)))
        .await?;
    room.attempt(over(2, &lease, Written::Yes, Some(&lease)))
        .await?;
    room.attempt(over(1, &lease, Written::Yes, Some(&lease)))
        .await?;
    room.delete(&[&key]).await?;
    room.attempt(over(1, &entry, Written::No, None)).await
}

pub(super) async fn tokens(room: Arc<Room>) -> Verdict {
    let key = room.key("key");
    let new = value(9, "new");
    // What is there, and a token that it does not begin with but might be taken for.
    let lookalikes: [(&[u8], &[u8; 16]); 9] = [
        (b"", &[0; 16]),
        (b"short", b"short\0\0\0\0\0\0\0\0\0\0\0"),
        (b"short", b"short           "),
        (
            &[1; 15],
            b"\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\0",
        ),
        (b"ABCDEFGHIJKLMNOP and so on", b"abcdefghijklmnop"),
        ("ééééäääÄ and so on".as_bytes(), b"eeeeaaaA and so "),
        (b"0000000000000000", b"0000000000000001"),
        (b"_______________x", b"%______________x"),
        (b"0123456789abcde\0", b"0123456789abcde "),
    ];
    for (there, token) in lookalikes {
        room.fill(&key, there, None).await?;
        let attempt = Attempt {
            key: &key,
            value: &new,
            when: When::Is(Token(*token)),
            expected: Written::No,
            then: Some(there),
        };
        room.attempt(attempt).await?;
    }
    let odd = [
        0xff, 0, b'\'', b'\\', b'%', 0xc3, 0x28, b'\r', b'\n', b' ', 0x80, 1, 2, 3, 0, 0,
    ];
    room.fill(&key, &odd, None).await?;
    let attempt = Attempt {
        key: &key,
        value: &new,
        when: When::Is(Token(odd)),
        expected: Written::Yes,
        then: Some(&new),
    };
    room.attempt(attempt).await
}

/// Neither the value nor its life.
pub(super) async fn refused(room: Arc<Room>) -> Verdict {
    let (lasting, passing) = (room.key("lasting"), room.key("passing"));
    let (old, new) = (value(1, "old"), value(2, "new"));
    let (hour, minute) = (Duration::from_secs(3600), Duration::from_secs(60));
    room.fill(&lasting, &old, None).await?;
    room.fill(&passing, &old, Some(minute)).await?;
    for when in [When::Absent, When::Is(Token([2; Token::LENGTH]))] {
        for key in [&lasting, &passing] {
            let written = room.put(key, &new, Some(hour), when).await?;
            ensure!(
                written == Written::No,
                "`put` {when:?} was answered {written:?}"
            );
            room.holds(key, Some(&old)).await?;
        }
        let left = |found: Option<crate::store::Found>| found.map(|found| found.left);
        let lasts = left(room.get(&lasting).await?);
        ensure!(
            lasts == Some(None),
            "a value without a ttl has now {lasts:?} left"
        );
        let passes = left(room.get(&passing).await?).flatten();
        ensure!(
            passes.is_some_and(|left| left <= minute + Duration::from_secs(2)),
            "a value with a ttl of a minute has now {passes:?} left"
        );
    }
    Ok(())
}

pub(super) async fn together(room: Arc<Room>) -> Verdict {
    let keys: Vec<_> = (0..4).map(|n| room.key(format!("key {n}"))).collect();
    let (old, new) = (value(1, "old"), value(2, "new"));
    room.fill(&keys[0], &old, None).await?;
    room.fill(&keys[2], &old, None).await?;
    let is = |token| When::Is(Token([token; Token::LENGTH]));
    let whens = [When::Absent, When::Absent, is(1), is(1)];
    let puts: Vec<_> = keys
        .iter()
        .zip(whens)
        .map(|(key, when)| put(key, &new, when))
        .collect();
    let written = room.put_all(&puts).await?;
    ensure!(
        written == [Written::No, Written::Yes, Written::Yes, Written::No],
        "[Absent on a value, Absent on nothing, Is on its token, Is on nothing] was answered {written:?}"
    );
    let after = [Some(&old), Some(&new), Some(&new), None];
    for (key, value) in keys.iter().zip(after) {
        room.holds(key, value.map(Vec::as_slice)).await?;
    }
    same_key_twice(&room).await
}

async fn same_key_twice(room: &Room) -> Verdict {
    let key = room.key("twice");
    let values = [value(1, "one"), value(2, "other")];
    let written = room
        .put_all(
            &values
                .each_ref()
                .map(|value| put(&key, value, When::Absent)),
        )
        .await?;
    let first = written[0] == Written::Yes;
    ensure!(
        written.contains(&Written::No) && written.contains(&Written::Yes),
        "Absent twice under one key in one call was answered {written:?}"
    );
    room.holds(&key, Some(&values[usize::from(!first)])).await?;
    let written = room
        .put_all(
            &values
                .each_ref()
                .map(|value| put(&key, value, When::Always)),
        )
        .await?;
    ensure!(
        written == [Written::Yes; 2],
        "Always twice under one key in one call was answered {written:?}"
    );
    let found = room.get(&key).await?.map(|found| found.value);
    ensure!(
        found.is_some_and(|found| values.iter().any(|value| found == *value)),
        "neither of two values put under one key in one call is there"
    );
    Ok(())
}

fn put<'a>(key: &'a [u8], value: &'a [u8], when: When) -> Put<'a> {
    Put {
        key,
        value,
        ttl: None,
        when,
    }
}
