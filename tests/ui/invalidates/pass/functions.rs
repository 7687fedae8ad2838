//! Everywhere where a function can stand, in any order with the other attributes.

use cache_core::{cache_put, cached, invalidates, never_cache, vary_on};

/// Handlers, with headers for those downstream.
#[never_cache]
#[invalidates(tags("user:{id}"))]
async fn above(axum::extract::Path(id): axum::extract::Path<u64>) -> Result<String, String> {
    Ok(id.to_string())
}

#[invalidates(tags("user:{id}"))]
#[vary_on(headers = ["Accept"])]
async fn below(axum::extract::Path(id): axum::extract::Path<u64>) -> impl axum::response::IntoResponse {
    id.to_string()
}

#[cache_put(key = "user:{id}", skip(name), tags("user:{id}"))]
#[invalidates(tags("users"))]
#[invalidates(keys("count"), before)]
async fn both(id: u64, name: String) -> Result<String, std::io::Error> {
    let _ = id;
    Ok(name)
}

struct Users {
    tenant: u32,
}

#[cached]
impl Users {
    #[cached(key = "{self.tenant}:{id}")]
    fn find(&self, id: u64) -> u64 {
        id
    }

    #[invalidates(keys("{self.tenant}:{id}"))]
    fn rename(&mut self, id: u64) -> &mut u32 {
        let _ = id;
        &mut self.tenant
    }
}

#[async_trait::async_trait]
trait Saves {
    async fn save(&self, id: u64) -> Result<u64, String>;
}

#[async_trait::async_trait]
impl Saves for Users {
    #[invalidates(tags("{self.tenant}:{id}"), tags = |id: &u64| [format!("user:{id}")])]
    async fn save(&self, id: u64) -> Result<u64, String> {
        Ok(id)
    }
}

/// The error borrows, and is no value that could be kept.
#[invalidates(tags("word:{word}"))]
fn borrows<'a>(word: &'a str) -> Result<&'a str, &'a str> {
    word.strip_prefix('a').ok_or(word)
}

fn main() {
    let _: axum::Router = axum::Router::new()
        .route("/{id}", axum::routing::post(above))
        .route("/other/{id}", axum::routing::post(below));
    drop(both(1, String::new()));
    let mut users = Users { tenant: 1 };
    users.find(1);
    *users.rename(1) += 1;
    drop(Saves::save(&users, 1));
    let _ = borrows("ab");
}
