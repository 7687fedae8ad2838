//! Functions expanded by hand: what the attributes must write, and what it must do.

#![allow(non_camel_case_types, missing_docs, clippy::pedantic)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cache_core::__private as p;
use cache_core::testing::Clock;

macro_rules! site {
    ($name:literal, $capacity:expr, $key:expr) => {{
        static SITE: p::Site = p::Site::new(p::SiteInfo {
            name: concat!(module_path!(), "::", $name),
            file: file!(),
            line: line!(),
            kind: p::Kind::Function,
            key: $key,
            ttl: None,
            cache: None,
            capacity: $capacity,
            version: 0,
        });
        p::inventory::submit! { p::Registered(&SITE) }
        &SITE
    }};
}

static RUNS: AtomicU32 = AtomicU32::new(0);

enum slow {}
impl slow {
    fn uncached(n: u64, s: &str) -> Result<String, String> {
        RUNS.fetch_add(1, Ordering::Relaxed);
        if n == 0 {
            Err("zero".into())
        } else {
            Ok(format!("{n}{s}"))
        }
    }
    fn __site() -> &'static p::Site {
        site!("slow", Some(100), None)
    }
    fn __copy() -> p::Copy {
        p::Copy::of(Self::__site(), &|| ())
    }
}
fn slow(n: u64, s: &str) -> Result<String, String> {
    match p::look(
        slow::__copy(),
        p::outcome!(Result<String, String>),
        &(&n, &s),
    ) {
        p::Look::Hit(value) => value,
        p::Look::Miss(ticket) => ticket.load(
            |_| p::Keep::For(Duration::from_secs(60)),
            move || slow::uncached(n, s),
        ),
    }
}

#[test]
fn a_hit_runs_nothing_an_error_is_not_kept_and_a_life_ends() {
    let clock = Clock::freeze();
    assert_eq!(slow(1, "a"), Ok("1a".into()));
    assert_eq!(slow(1, "a"), Ok("1a".into()));
    assert_eq!(RUNS.load(Ordering::Relaxed), 1);
    assert_eq!(slow(0, "a"), Err("zero".into()));
    assert_eq!(slow(0, "a"), Err("zero".into()));
    assert_eq!(RUNS.load(Ordering::Relaxed), 3);
    clock.advance(Duration::from_secs(59));
    assert_eq!(slow(1, "a"), Ok("1a".into()));
    assert_eq!(RUNS.load(Ordering::Relaxed), 3);
    clock.advance(Duration::from_secs(1));
    assert_eq!(slow(1, "a"), Ok("1a".into()));
    assert_eq!(RUNS.load(Ordering::Relaxed), 4);
    let stats = p::stats(slow::__site());
    assert_eq!(
        (
            stats.hits,
            stats.misses,
            stats.loads,
            stats.errors,
            stats.entries
        ),
        (2, 4, 4, 2, 1)
    );
    assert!(
        p::invalidate(
            slow::__copy(),
            p::outcome!(Result<String, String>),
            &(&1u64, &"a")
        )
        .into_result()
        .is_ok()
    );
    assert_eq!(
        p::peek(
            slow::__copy(),
            p::outcome!(Result<String, String>),
            &(&1u64, &"a")
        ),
        None
    );
}

fn kind<T: 'static>() -> &'static str {
    fn site_() -> &'static p::Site {
        site!("kind", None, None)
    }
    fn copy<T: 'static>() -> p::Copy {
        p::Copy::of(site_(), &|| ())
    }
    match p::look(copy::<T>(), p::outcome!(&'static str), &()) {
        p::Look::Hit(value) => value,
        p::Look::Miss(ticket) => ticket.load(|_| p::Keep::Default, std::any::type_name::<T>),
    }
}

#[test]
fn copies_of_a_generic_function_never_share() {
    assert_eq!(
        (kind::<u8>(), kind::<u16>(), kind::<u8>()),
        ("u8", "u16", "u8")
    );
}

async fn user(id: u64) -> String {
    fn site_() -> &'static p::Site {
        site!("user", None, Some("user:{id}"))
    }
    let key = {
        let mut key = cache_core::Key::new();
        key.literal("user:");
        key.last(&id);
        key
    };
    match p::look_shared(p::Copy::of(site_(), &|| ()), p::outcome!(String), &key) {
        p::Look::Hit(value) => value,
        p::Look::Miss(ticket) => {
            ticket
                .load_async(
                    |_| p::Keep::Default,
                    move || async move {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        RELOADS.fetch_add(1, Ordering::Relaxed);
                        format!("user {id}")
                    },
                )
                .await
        }
    }
}
static RELOADS: AtomicU32 = AtomicU32::new(0);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tasks_load_once_and_the_low_level_call_sees_it() {
    let tasks: Vec<_> = (0..1000).map(|_| tokio::spawn(user(7))).collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "user 7");
    }
    assert_eq!(RELOADS.load(Ordering::Relaxed), 1);
    assert_eq!(
        cache_core::cache()
            .get::<String>("user:7")
            .await
            .unwrap()
            .as_deref(),
        Some("user 7")
    );
    assert_eq!(
        cache_core::cache()
            .get::<Option<String>>("user:7")
            .await
            .unwrap(),
        None
    );
}
