//! `#[invalidates]` on methods, generic functions and implementations of traits.

use std::future::Future;
use std::pin::Pin;

use cache_core::{cached, invalidates};

use super::watched;
use crate::support::installed;

struct Repo {
    tenant: u32,
    saves: u32,
}

impl Repo {
    #[invalidates(tags("repo:{self.tenant}"))]
    fn save(&mut self, by: u32) -> &mut Self {
        self.saves += by;
        self
    }

    #[invalidates(tags("repo:{self.tenant}"))]
    async fn close(self) -> u32 {
        self.saves
    }

    #[invalidates(tags("repo:{T}:{id}"))]
    fn generic<T: Clone>(id: u32, value: &T) -> Vec<T> {
        vec![value.clone(); id as usize]
    }
}

trait Saves {
    fn save_all<'a>(
        &'a self,
        of: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<usize, String>> + Send + 'a>>;
}

impl Saves for Repo {
    #[invalidates(tags("repo:{of}"))]
    fn save_all<'a>(
        &'a self,
        of: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<usize, String>> + Send + 'a>> {
        Box::pin(async move {
            if of.is_empty() {
                Err("of nobody".to_owned())
            } else {
                Ok(of.len())
            }
        })
    }
}

#[tokio::test]
async fn methods_generic_functions_and_those_of_traits() {
    installed();
    watched!(watched, tags("repo:{n}", "repo:u8:{n}"));
    let mut repo = Repo {
        tenant: 1,
        saves: 0,
    };
    watched(1);
    repo.save(1).save(2);
    assert_eq!(watched::peek(&1), None);
    watched(1);
    assert_eq!(Repo::generic(1, &7_u8), [7]);
    assert_eq!(watched::peek(&1), None);
    watched(1);
    assert!(repo.save_all("").await.is_err());
    assert_eq!(watched::peek(&1), Some(1));
    assert_eq!(repo.save_all("1").await, Ok(1));
    assert_eq!(watched::peek(&1), None);
    watched(1);
    assert_eq!(repo.close().await, 3);
    assert_eq!(watched::peek(&1), None);
}
