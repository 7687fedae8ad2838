//! Tags and namespaces in every place where a function can stand.

use cache_core::{Tag, cached, tag};
use std::fmt::Display;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Post {
    slug: String,
    authors: Vec<u32>,
}

struct Db;

/// A tag may use what the key does not: a tag does not count as a key.
#[cached(key = "post:{slug}", skip(db, user), tags("post:{slug}", "user:{user}", "posts"))]
fn by_key(db: &Db, slug: &str, user: u32) -> Option<Post> {
    let (Db, _) = (db, user);
    Some(Post {
        slug: slug.to_owned(),
        authors: vec![1],
    })
}

/// The iterator borrows from the value.
#[cached(tags = |post: &Post| post.authors.iter().map(|author| tag!("author:{author}")), unless = |post: &Post| post.authors.is_empty())]
fn by_value(slug: String) -> Result<Post, String> {
    Ok(Post {
        slug,
        authors: Vec::new(),
    })
}

#[cached(tags("posts"), tags = |post: &Post| [format!("post:{}", post.slug)], cache_err = "30s")]
async fn both(id: u64) -> Result<Post, String> {
    Err(format!("no post {id}"))
}

/// A namespace is in front of the key, and so accounts for what it names.
#[cached(key = "posts:{page}", namespace = "category:{category}", ttl = "5m")]
async fn in_a_namespace(category: String, page: u32) -> Vec<Post> {
    let _ = (category, page);
    Vec::new()
}

#[cached(namespace = "category:{category}")]
fn in_a_namespace_without_a_key(category: &str) -> usize {
    category.len()
}

#[cached(key = "{T}:{id}:{N}", tags("{T}", "{N}", "{name}:{pair.0}"), skip(name, pair))]
fn generic<T, const N: usize>(id: u64, name: impl Display + cache_core::CacheKey, pair: (u8, u8)) -> u64 {
    let _ = (name.to_string(), pair);
    id
}

#[cached(tags("pair:{a}:{b}"))]
fn by_pattern((a, b): (u8, u8)) -> u8 {
    a + b
}

struct Repo {
    tenant: u32,
}

#[cached]
impl Repo {
    #[cached(key = "{self.tenant}:{id}", tags("tenant:{self.tenant}", "row:{id}"))]
    fn find(&self, id: u64) -> u64 {
        id
    }

    #[cached(tags("rows"), namespace = "all:{id}")]
    async fn associated(id: u64) -> u64 {
        id
    }
}

trait Finds {
    fn find_all(&self, like: String) -> Vec<u64>;
}

impl Finds for Repo {
    #[cached(trait_impl, key = "all:{like}", namespace = "t:{self.tenant}", tags("like:{like}"), tags = |rows: &Vec<u64>| rows.iter().map(|row| tag!("row:{row}")))]
    fn find_all(&self, like: String) -> Vec<u64> {
        vec![like.len() as u64]
    }
}

fn main() {
    by_key(&Db, "a", 1);
    let _ = by_value("a".to_owned());
    drop(both(1));
    drop(in_a_namespace("rust".to_owned(), 1));
    in_a_namespace_without_a_key("rust");
    generic::<u8, 3>(1, "x", (1, 2));
    by_pattern((1, 2));
    Repo { tenant: 1 }.find(1);
    drop(Repo::associated(1));
    Repo { tenant: 1 }.find_all("x".to_owned());
    let _: Tag = tag!("post:{1 + 1}");
}
