//! Values: whole, in order, of any bytes and any length.

use std::sync::Arc;

use super::super::room::{Room, Verdict, ensure, same, value};
use crate::store::{Put, Token, When, Written};

pub(super) async fn found_until_deleted(room: Arc<Room>) -> Verdict {
    let (key, other) = (room.key("key"), room.key("other"));
    room.holds(&key, None).await?;
    room.delete(&[&key]).await?;
    let (first, second) = (value(1, "first"), value(2, "second, and longer"));
    room.fill(&key, &first, None).await?;
    room.fill(&other, &second, None).await?;
    room.holds(&key, Some(&first)).await?;
    room.fill(&key, &second, None).await?;
    room.holds(&key, Some(&second)).await?;
    room.delete(&[&key]).await?;
    room.holds(&key, None).await?;
    room.holds(&other, Some(&second)).await?;
    room.fill(&key, &first, None).await?;
    room.holds(&key, Some(&first)).await?;
    room.delete(&[&key, &key, &other]).await?;
    room.holds(&key, None).await?;
    room.holds(&other, None).await
}

pub(super) async fn in_order(room: Arc<Room>) -> Verdict {
    let keys: Vec<_> = (0..5).map(|n| room.key(format!("key {n}"))).collect();
    let missing = room.key("missing");
    let values: Vec<_> = (0..5)
        .map(|n| value(n, [n; 7].repeat(usize::from(n))))
        .collect();
    let puts: Vec<_> = keys
        .iter()
        .zip(&values)
        .map(|(key, value)| always(key, value))
        .collect();
    let written = room.put_all(&puts).await?;
    ensure!(
        written == [Written::Yes; 5],
        "five puts were answered {written:?}"
    );
    let asked = [
        (&keys[3], Some(&values[3])),
        (&missing, None),
        (&keys[0], Some(&values[0])),
        (&keys[3], Some(&values[3])),
        (&keys[4], Some(&values[4])),
        (&missing, None),
        (&keys[1], Some(&values[1])),
        (&keys[2], Some(&values[2])),
    ];
    let questions: Vec<_> = asked.iter().map(|(key, _)| key.as_slice()).collect();
    let answers = [
        ("get", room.get_all(&questions).await?),
        ("get_values", room.values(&questions).await?),
    ];
    for (call, found) in answers {
        for (at, (found, (_, expected))) in found.iter().zip(asked).enumerate() {
            same(found.as_ref(), expected.map(Vec::as_slice))
                .map_err(|fault| format!("`{call}`, at place {at} of {}: {fault}", asked.len()))?;
        }
    }
    room.delete(&[&keys[1], &missing, &keys[3]]).await?;
    for (at, (key, value)) in keys.iter().zip(&values).enumerate() {
        room.holds(key, (at != 1 && at != 3).then_some(value))
            .await?;
    }
    Ok(())
}

pub(super) async fn read_while_written(room: Arc<Room>) -> Verdict {
    let [there, missing, fresh] = ["there", "missing", "fresh"].map(|name| room.key(name));
    let [first, second, third] = [1, 2, 3].map(|token| value(token, "some"));
    room.fill(&there, &first, None).await?;
    let when = |when, put| Put { when, ..put };
    let puts = [
        when(When::Absent, always(&there, &third)),
        always(&fresh, &second),
        when(When::Is(Token([2; 16])), always(&missing, &third)),
    ];
    let (found, written) = room.get_and_put(&[&missing, &there], &puts).await?;
    let expected = [Written::No, Written::Yes, Written::No];
    ensure!(
        written == expected,
        "three puts were answered {written:?} instead of {expected:?}"
    );
    same(found[0].as_ref(), None)?;
    same(found[1].as_ref(), Some(&first))?;
    let over = when(When::Is(Token([1; 16])), always(&there, &third));
    let (found, written) = room.get_and_put(&[&fresh], &[over]).await?;
    ensure!(
        written == [Written::Yes],
        "a put over its token was answered {written:?}"
    );
    same(found[0].as_ref(), Some(&second))?;
    room.holds(&there, Some(&third)).await?;
    room.holds(&fresh, Some(&second)).await?;
    room.holds(&missing, None).await
}

pub(super) async fn of_nothing(room: Arc<Room>) -> Verdict {
    room.get_and_put(&[], &[]).await?;
    room.get_all(&[]).await?;
    room.put_all(&[]).await?;
    room.delete(&[]).await
}

pub(super) async fn of_any_length(room: Arc<Room>) -> Verdict {
    for length in [0, 1, 2, 15, 16, 17, 255, 256, 4096, 65_535, 65_536, 500_000] {
        let key = room.key(format!("of {length}"));
        let value = bytes(length, 0);
        room.fill(&key, &value, None).await?;
        room.holds(&key, Some(&value)).await?;
        room.delete(&[&key]).await?;
        room.holds(&key, None).await?;
    }
    Ok(())
}

pub(super) async fn large(room: Arc<Room>) -> Verdict {
    for length in [1 << 20, 3 << 20, 8 << 20] {
        let key = room.key(format!("of {length}"));
        let (old, new) = (value(1, "old"), bytes(length, 7));
        room.fill(&key, &old, None).await?;
        match room.put(&key, &new, None, When::Always).await? {
            Written::Yes => room.holds(&key, Some(&new)).await?,
            Written::TooLarge => {
                let found = room.get(&key).await?;
                same(found.as_ref(), found.as_ref().map(|_| old.as_slice()))?;
            }
            Written::No => return Err("`put` Always was answered No".to_owned()),
        }
        room.delete(&[&key]).await?;
        room.holds(&key, None).await?;
    }
    Ok(())
}

pub(super) async fn any_bytes(room: Arc<Room>) -> Verdict {
    let every: Vec<u8> = (0..=u8::MAX).collect();
    let values: [&[u8]; 9] = [
        &every,
        b"\r\nEND\r\nVALUE x 0 3\r\nabc\r\nEND\r\n",
        "Grüße, 世界 🦀 e\u{301}".as_bytes(),
        &[0; 40],
        &[0xff; 40],
        b"1",
        b"'); DROP TABLE cache; --",
        b"trailing spaces   ",
        b"trailing zeros\0\0\0",
    ];
    let key = room.key("key");
    for value in values {
        room.fill(&key, value, None).await?;
        room.holds(&key, Some(value)).await?;
    }
    Ok(())
}

/// Bytes that do not repeat within any stretch that a store may cut.
fn bytes(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_add(1);
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn always<'a>(key: &'a [u8], value: &'a [u8]) -> Put<'a> {
    Put {
        key,
        value,
        ttl: None,
        when: When::Always,
    }
}
