//! Many at once, and calls that nobody waits for.

use std::sync::Arc;
use std::time::Duration;

use super::super::room::{Room, Verdict, ensure, same, value};
use super::super::threads::{at_once, drop_half_way};
use crate::store::{Put, Token, When, Written, token_of};

pub(super) async fn absent(room: Arc<Room>) -> Verdict {
    for round in 0..8 {
        let key = room.key(format!("round {round}"));
        let (shared, own) = (room.clone(), key.clone());
        let told = at_once(16, move |number| {
            let (room, key) = (shared.clone(), own.clone());
            async move {
                let written = room
                    .put(&key, &numbered(number), None, When::Absent)
                    .await?;
                Ok((number, written))
            }
        })
        .await?;
        let yes: Vec<_> = told
            .iter()
            .filter(|(_, written)| *written == Written::Yes)
            .map(|(number, _)| *number)
            .collect();
        ensure!(yes.len() == 1, "of 16 threads {} were told Yes", yes.len());
        room.holds(&key, Some(&numbered(yes[0]))).await?;
    }
    Ok(())
}

pub(super) async fn counter(room: Arc<Room>) -> Verdict {
    const THREADS: usize = 8;
    const STEPS: u64 = 10;
    let key = room.key("counter");
    room.fill(&key, &counted(usize::MAX, 0, 0), None).await?;
    let (shared, own) = (room.clone(), key.clone());
    at_once(THREADS, move |number| {
        let (room, key) = (shared.clone(), own.clone());
        async move {
            for step in 0..STEPS {
                increment(&room, &key, number, step).await?;
            }
            Ok(())
        }
    })
    .await?;
    let (_, count) = read_counter(&room, &key).await?;
    let expected = STEPS * THREADS as u64;
    ensure!(
        count == expected,
        "{expected} steps were acknowledged and {count} happened"
    );
    Ok(())
}

async fn increment(room: &Room, key: &[u8], number: usize, step: u64) -> Verdict {
    // Whoever is refused was overtaken, which can happen as often as there are steps of others.
    for _ in 0..10_000 {
        let (token, count) = read_counter(room, key).await?;
        let next = counted(number, step, count + 1);
        if room.put(key, &next, None, When::Is(token)).await? == Written::Yes {
            return Ok(());
        }
    }
    Err("a thread was refused ten thousand times".to_owned())
}

async fn read_counter(room: &Room, key: &[u8]) -> Result<(Token, u64), String> {
    let found = room.get(key).await?.map(|found| found.value);
    let read = found.as_deref().and_then(|value| {
        let count = value.get(Token::LENGTH..)?.try_into().ok()?;
        Some((token_of(value)?, u64::from_be_bytes(count)))
    });
    read.ok_or_else(|| "the counter is gone, or was torn".to_owned())
}

/// A counter under a token of its own.
fn counted(number: usize, step: u64, count: u64) -> Vec<u8> {
    let number = number as u64;
    [
        number.to_be_bytes(),
        step.to_be_bytes(),
        count.to_be_bytes(),
    ]
    .concat()
}

pub(super) async fn acknowledged(room: Arc<Room>) -> Verdict {
    for round in 0..20 {
        let key = room.key("key");
        let expected = (round % 4 != 3).then(|| value(round, "value"));
        match &expected {
            Some(value) => room.fill(&key, value, None).await?,
            None => room.delete(&[&key]).await?,
        }
        let shared = room.clone();
        at_once(1, move |_| {
            let (room, key, expected) = (shared.clone(), key.clone(), expected.clone());
            async move { room.holds(&key, expected.as_deref()).await }
        })
        .await?;
    }
    Ok(())
}

pub(super) async fn own_answers(room: Arc<Room>) -> Verdict {
    at_once(12, move |number| {
        let room = room.clone();
        async move {
            let own = room.key(format!("of thread {number}"));
            let missing = room.key(format!("of nobody {number}"));
            for round in 0..40_u8 {
                let value = value(round, format!("{number} {round}"));
                room.fill(&own, &value, None).await?;
                let found = room.get_all(&[&missing, &own]).await?;
                same(found[0].as_ref(), None)?;
                same(found[1].as_ref(), Some(&value))?;
            }
            Ok(())
        }
    })
    .await
    .map(drop)
}

pub(super) async fn dropped(room: Arc<Room>) -> Verdict {
    let keys: Vec<_> = (0..10_usize)
        .map(|n| room.key(format!("key {n}")))
        .collect();
    for (number, key) in keys.iter().enumerate() {
        room.fill(key, &numbered(number), None).await?;
    }
    let scrap = room.key("scrap");
    let put = Put {
        key: &scrap,
        value: &value(0xee, "scrap"),
        ttl: Some(Duration::from_secs(10)), // it may be written after all
        when: When::Always,
    };
    for round in 0..400_usize {
        let (one, other) = (round % 10, (round * 7 + 3) % 10);
        let polls = 1 + round % 4;
        match round % 5 {
            0 => drop_half_way(room.store.put(&[put]), polls),
            1 => drop_half_way(room.store.delete(&[&scrap]), polls),
            _ => drop_half_way(room.store.get(&[&keys[one], &scrap]), polls),
        }
        room.holds(&keys[other], Some(&numbered(other)))
            .await
            .map_err(|fault| format!("after {} calls were dropped: {fault}", round + 1))?;
    }
    Ok(())
}

/// A value that says whose it is.
fn numbered(number: usize) -> Vec<u8> {
    let token = [number as u64, !0].map(u64::to_be_bytes).concat();
    [&token, format!("of {number}").as_bytes()].concat()
}
