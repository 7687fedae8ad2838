//! Methods and associated functions.

use std::sync::Arc;

use cache_core::cached;

use crate::support::{Runs, installed};

static RUNS: Runs = Runs::new();

struct Repo {
    tenant: &'static str,
}

impl Repo {
    #[cached(key = "methods:{self.tenant}:{slug}")]
    async fn of_tenant(&self, slug: &str) -> Result<String, std::fmt::Error> {
        RUNS.run();
        Ok(format!("{}/{slug}", self.tenant))
    }

    #[cached(skip(self))]
    fn of_all(&self, n: u64) -> String {
        format!("{}{n}", self.tenant)
    }

    #[cached(skip(self))]
    fn changing(&mut self, tenant: &'static str) -> usize {
        self.tenant = tenant;
        tenant.len()
    }

    #[cached(key = "{self.tenant}", local)]
    fn by_pointer(self: Arc<Self>) -> usize {
        self.tenant.len()
    }

    #[cached(associated)]
    fn count(n: u64) -> u64 {
        n + 1
    }
}

#[tokio::test]
async fn what_of_self_is_in_the_key_tells_calls_apart() {
    installed();
    let (a, b) = (Repo { tenant: "a" }, Repo { tenant: "b" });
    for _ in 0..2 {
        assert_eq!(a.of_tenant("x").await.unwrap(), "a/x");
        assert_eq!(b.of_tenant("x").await.unwrap(), "b/x");
    }
    assert_eq!(RUNS.count(), 2);
    a.of_tenant_invalidate("x").await;
    assert_eq!(a.of_tenant_peek("x").await, None);
    assert_eq!(b.of_tenant_peek("x").await.as_deref(), Some("b/x"));
    assert_eq!(a.of_tenant_refresh("x").await.unwrap(), "a/x");
    assert_eq!(a.of_tenant_peek("x").await.as_deref(), Some("a/x"));
    Repo::of_tenant_clear().await;
    assert_eq!(b.of_tenant_peek("x").await, None);
}

#[test]
fn self_may_be_skipped_exclusive_a_pointer_or_absent() {
    installed();
    let mut repo = Repo { tenant: "a" };
    assert_eq!(
        (repo.of_all(1), Repo { tenant: "b" }.of_all(1)),
        ("a1".into(), "a1".into())
    );
    assert_eq!(Repo::of_all_peek(&1).as_deref(), Some("a1"));
    assert_eq!((repo.changing("long"), repo.tenant), (4, "long"));
    repo.tenant = "a";
    assert_eq!(
        (repo.changing("long"), repo.tenant),
        (4, "a"),
        "a hit runs nothing"
    );
    assert_eq!(
        (
            Arc::new(repo).by_pointer(),
            Arc::new(Repo { tenant: "abc" }).by_pointer()
        ),
        (1, 3)
    );
    assert_eq!((Repo::count(1), Repo::count_peek(&1)), (2, Some(2)));
}
