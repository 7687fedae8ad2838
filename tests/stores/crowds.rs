//! Many concurrent users of one table of an SQL database.

use std::future::Future;
use std::sync::Arc;

use cache_core::store::{Put, Store, Token, When, Written};

use crate::tables::{put, read, store, value, with, write};

/// Several tasks at once, each with a number.
async fn at_once<F: Future<Output: Send> + Send + 'static>(
    tasks: u8,
    task: impl Fn(u8) -> F,
) -> Vec<F::Output> {
    let running: Vec<_> = (0..tasks)
        .map(|number| tokio::spawn(task(number)))
        .collect();
    let mut done = Vec::new();
    for task in running {
        done.push(task.await.unwrap());
    }
    done
}

pub(crate) async fn many_may_create_the_table_at_once(url: &str) {
    for round in 0..5 {
        let url = Arc::new(with(url, &format!("table=made_{round}")));
        at_once(12, |number| {
            let url = url.clone();
            async move {
                let store = store(&url).await;
                assert_eq!(write(&store, &[number], b"").await, Written::Yes);
            }
        })
        .await;
        let store = store(&url).await;
        for number in 0..12 {
            assert!(read(&store, &[number]).await.is_some(), "{number}");
        }
    }
}

pub(crate) async fn of_all_who_try_at_once_one_writes(url: &str) {
    let stores = [Arc::new(store(url).await), Arc::new(store(url).await)];
    let key: &[u8] = b"contested";
    let mut there = None;
    for round in 0..20_u8 {
        let when = there.map_or(When::Absent, |token| When::Is(Token(token)));
        // No token is used twice.
        let token =
            move |number: u8| -> [u8; 16] { [[number, round]; 8].concat().try_into().unwrap() };
        let mine = move |number: u8| [&token(number)[..], b"value"].concat();
        let written = at_once(24, |number| {
            let store = stores[usize::from(number % 2)].clone();
            async move { store.put(&[put(key, &mine(number), when)]).await.unwrap()[0] }
        })
        .await;
        let winners: Vec<u8> = (0..24)
            .filter(|number| written[usize::from(*number)] == Written::Yes)
            .collect();
        assert_eq!(winners.len(), 1, "round {round}: {written:?}");
        assert_eq!(read(&stores[0], key).await, Some(mine(winners[0])));
        there = (round % 3 != 2).then_some(token(winners[0]));
        if there.is_none() {
            stores[1].delete(&[key]).await.unwrap();
        }
    }
}

/// Many rows in a statement, in different orders, so that their locks conflict.
pub(crate) async fn who_writes_the_same_rows_does_not_fail(url: &str) {
    let stores = [Arc::new(store(url).await), Arc::new(store(url).await)];
    at_once(16, |number| {
        let store = stores[usize::from(number % 2)].clone();
        async move {
            let mut keys: Vec<Vec<u8>> = (0..40).map(|key| vec![b'k', key]).collect();
            for round in 0..15 {
                keys.rotate_left(usize::from(number) + 1);
                if (round + number) % 2 == 0 {
                    keys.reverse();
                }
                let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
                let mine = value(number, 30);
                let when = [When::Always, When::Absent, When::Is(Token([number; 16]))];
                let when = when[usize::from(round + number) % 3];
                let puts: Vec<Put<'_>> = keys.iter().map(|key| put(key, &mine, when)).collect();
                store.put(&puts).await.unwrap();
                if (round + number) % 5 == 0 {
                    store.delete(&keys).await.unwrap();
                }
                store.get(&keys).await.unwrap();
            }
        }
    })
    .await;
}
