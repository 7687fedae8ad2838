//! `#[cache_put]`: always runs, and stores.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use cache_core::{Kind, cache, cache_put, cached, invalidate_tag, sites};
use serde::{Deserialize, Serialize};

use crate::support::{Gate, Runs, installed, until, within};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Post {
    slug: String,
    likes: u32,
}

struct Db;

#[tokio::test]
async fn what_is_put_is_found_by_the_function_of_the_same_key_and_by_the_handle() {
    installed();
    static READS: Runs = Runs::new();
    static WRITES: Runs = Runs::new();
    #[cached(key = "put post:{slug}", skip(db))]
    async fn read(db: &Db, slug: &str) -> Result<Post, String> {
        let Db = db;
        READS.run();
        Err(format!("no post {slug}"))
    }
    #[cache_put(key = "put post:{post.slug}", skip(db))]
    async fn save(db: &Db, post: Post) -> Result<Post, String> {
        let Db = db;
        WRITES.run();
        if post.likes > 9 {
            Err("too many".to_owned())
        } else {
            Ok(post)
        }
    }
    let post = |likes| Post {
        slug: "a".to_owned(),
        likes,
    };
    read(&Db, "a").await.unwrap_err();
    for likes in [1, 2, 2] {
        save(&Db, post(likes)).await.unwrap();
        assert_eq!(read(&Db, "a").await, Ok(post(likes)));
        assert_eq!(
            cache().get::<Post>("put post:a").await.unwrap(),
            Some(post(likes))
        );
    }
    assert_eq!((READS.count(), WRITES.count()), (1, 3), "it always runs");
    save(&Db, post(10)).await.unwrap_err();
    assert_eq!(
        read(&Db, "a").await,
        Ok(post(2)),
        "an error leaves what is kept"
    );
}

#[tokio::test]
async fn tags_times_and_rules_are_those_of_a_cached_function() {
    installed();
    let clock = cache_core::testing::Clock::freeze();
    #[cache_put(key = "ruled:{id}", namespace = "ruled", ttl = "1m", tags("ruled:{id}"), tags = |value: &u64| [format!("ruled value:{value}")], unless = |value: &u64| *value == 0, condition = !dry, skip(value, dry))]
    fn put(id: u64, value: u64, dry: bool) -> u64 {
        let _ = (id, dry);
        value
    }
    #[cached(key = "ruled:{id}", namespace = "ruled")]
    fn kept(id: u64) -> u64 {
        id
    }
    put(1, 5, true);
    assert_eq!(kept::peek(&1), None);
    for tag in ["ruled:1", "ruled value:5"] {
        put(1, 5, false);
        assert_eq!(kept::peek(&1), Some(5));
        invalidate_tag(tag).await.unwrap();
        assert_eq!(kept::peek(&1), None, "{tag}");
    }
    put(1, 5, false);
    put(1, 0, false);
    assert_eq!(
        kept::peek(&1),
        None,
        "what is not to be kept replaces what was"
    );
    put(1, 5, false);
    clock.advance(std::time::Duration::from_secs(61));
    assert_eq!(kept::peek(&1), None);
}

struct Repo {
    tenant: u32,
}

impl Repo {
    #[cache_put(key = "put rows:{self.tenant}:{T}:{id}", skip(value))]
    fn put<T: Clone + Send + Sync + Serialize + for<'de> Deserialize<'de> + 'static>(
        &mut self,
        id: u32,
        value: T,
    ) -> Option<T> {
        self.tenant += 0;
        Some(value)
    }
}

#[tokio::test]
async fn methods_and_generic_functions() {
    installed();
    let mut repo = Repo { tenant: 4 };
    assert_eq!(repo.put(1, 7_u16), Some(7));
    assert_eq!(
        cache()
            .get::<Option<u16>>("put rows:4:u16:1")
            .await
            .unwrap(),
        Some(Some(7))
    );
}

#[test]
fn listings_show_it() {
    installed();
    #[cache_put(key = "listed put:{id}", tags("listed put"))]
    fn listed(id: u64) -> u64 {
        id
    }
    let info = sites()
        .map(cache_core::Site::info)
        .find(|info| info.name.ends_with("cache_put::listed"))
        .expect("every annotated function is listed");
    assert_eq!((info.kind, info.key), (Kind::Put, Some("listed put:{id}")));
    assert_eq!(info.tags, ["listed put"]);
    assert_eq!(listed(1), 1);
}

/// Either of them may have been the last to write to the database.
#[tokio::test]
async fn two_that_overlap_leave_nothing() {
    installed();
    static DATA: AtomicU64 = AtomicU64::new(0);
    static BODIES: Runs = Runs::new();
    static FIRST: Gate = Gate::closed();
    static SECOND: Gate = Gate::closed();
    #[cached(key = "put overlaps:{n}")]
    async fn read(n: u64) -> u64 {
        let _ = n;
        DATA.load(SeqCst)
    }
    #[cache_put(key = "put overlaps:{n}", skip(value, gate))]
    async fn put(n: u64, value: u64, gate: &'static Gate) -> u64 {
        let _ = n;
        BODIES.run();
        gate.pass().await;
        DATA.store(value, SeqCst);
        value
    }
    for is_first_last in [true, false] {
        FIRST.let_go(1);
        put(1, 0, &FIRST).await;
        assert_eq!(read::peek(&1).await, Some(0), "one alone is kept");
        let before = BODIES.count();
        let mut first = tokio::spawn(put(1, 1, &FIRST));
        until(|| BODIES.count() == before + 1).await;
        let mut second = tokio::spawn(put(1, 2, &SECOND));
        until(|| BODIES.count() == before + 2).await;
        let mut ends = [(&FIRST, &mut first), (&SECOND, &mut second)];
        if is_first_last {
            ends.reverse();
        }
        for (gate, put) in ends {
            gate.let_go(1);
            within(put).await.unwrap();
        }
        assert_eq!(read::peek(&1).await, None, "first last: {is_first_last}");
        assert_eq!(read(1).await, DATA.load(SeqCst));
    }
}
