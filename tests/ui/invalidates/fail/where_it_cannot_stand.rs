//! A function with a body, that runs when the program does.

use cache_core::{cache_put, invalidates};

struct Repo;

#[invalidates(tags("posts"))]
impl Repo {
    fn save(&self) {}
}

#[cache_put(key = "post")]
impl Repo {
    fn load(&self) {}
}

#[invalidates(tags("posts"))]
const fn constant() {}

trait Saves {
    #[invalidates(tags("posts"))]
    fn save_all(&self);
}

#[invalidates(tags("posts"))]
fn any<T>(value: T) -> T {
    value
}

#[invalidates(tags("posts"))]
struct Post;

fn main() {}
