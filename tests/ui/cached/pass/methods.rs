//! Methods: the handle is functions beside them.

#![deny(warnings)]

use cache_core::cached;
use std::sync::Arc;

#[derive(Debug)]
struct DbError;

struct Repo {
    tenant: String,
}

impl Repo {
    #[cached(key = "post:{slug}", ttl = "10m", skip(self))]
    async fn find(&self, slug: &str) -> Result<Option<String>, DbError> {
        Ok(Some(format!("{} of {}", slug, self.tenant)))
    }

    #[cached(key = "tenant:{self.tenant}:{n}", local)]
    pub fn count(&self, n: u32) -> usize {
        self.tenant.len() + n as usize
    }

    #[cached(skip(self))]
    fn consumed(self, n: u32) -> usize {
        self.tenant.len() + n as usize
    }

    #[cached(key = "{self.tenant}", local)]
    fn shared_pointer(self: Arc<Self>) -> usize {
        self.tenant.len()
    }

    #[cached(key = "{self.tenant}-by-value", local, condition = self.tenant != "never")]
    fn by_value(mut self) -> String {
        self.tenant.push('!');
        self.tenant
    }

    #[cached]
    fn new_of(n: u32) -> Arc<Self> {
        Arc::new(Self { tenant: n.to_string() })
    }

    #[cached(associated)]
    fn alone(n: u32) -> u32 {
        n * 2
    }

    #[cached(skip(self), handle = f)]
    fn renamed(&self) -> u32 {
        1
    }

    #[cached(skip(self), handle = false)]
    fn without(&self) -> u32 {
        2
    }
}

/// Of a type with parameters, which an attribute on the method alone does not see.
struct Holder<'a, T>(&'a T);

impl<T: Into<u64> + Copy> Holder<'_, T> {
    #[cached(skip(self), ttl = "5m")]
    fn sum(&self, n: u64) -> Result<u64, std::fmt::Error> {
        Ok((*self.0).into() + n)
    }
}

fn repo(tenant: &str) -> Repo {
    Repo { tenant: tenant.to_owned() }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(repo("a").find("x").await.unwrap().as_deref(), Some("x of a"));
    assert_eq!(repo("b").find("x").await.unwrap().as_deref(), Some("x of a"));
    assert_eq!(Repo::find_peek("x").await, Some(Some("x of a".to_owned())));
    Repo::find_invalidate("x").await;
    assert_eq!(repo("b").find_uncached("x").await.unwrap().as_deref(), Some("x of b"));
    assert_eq!(repo("b").find_refresh("x").await.unwrap().as_deref(), Some("x of b"));
    Repo::find_clear().await;
    assert!(Repo::find_stats().loads >= 2);

    assert_eq!((repo("ab").count(1), repo("abc").count(1)), (3, 4));
    assert_eq!(repo("ab").count_peek(&1), Some(3));
    repo("ab").count_invalidate(&1);
    assert_eq!(repo("ab").count_peek(&1), None);

    assert_eq!((repo("ab").consumed(1), repo("abc").consumed(1)), (3, 3));
    assert_eq!(Arc::new(repo("abcd")).shared_pointer(), 4);
    assert_eq!(Arc::new(repo("abcd")).shared_pointer_peek(), Some(4));
    assert_eq!((repo("v").by_value(), repo("v").by_value_peek()), ("v!".to_owned(), Some("v!".to_owned())));
    assert_eq!((repo("never").by_value(), repo("never").by_value_peek()), ("never!".to_owned(), None));

    assert!(Arc::ptr_eq(&Repo::new_of(5), &Repo::new_of(5)));
    assert_eq!((Repo::alone(4), Repo::alone_peek(&4)), (8, Some(8)));
    assert_eq!((repo("a").renamed(), Repo::f_peek()), (1, Some(1)));
    assert_eq!(repo("a").without(), 2);
    assert_eq!((Holder(&1u8).sum(1), Holder(&2u16).sum(1)), (Ok(2), Ok(3)), "copies of a generic type do not share");
    assert_eq!((Holder(&5u8).sum(1), Holder::<u16>::sum_peek(&1)), (Ok(2), Some(3)));
}
