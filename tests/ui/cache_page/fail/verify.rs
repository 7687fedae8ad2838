use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use cache_core::cache_page;

struct User {
    id: u64,
}

impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = ();

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, ()> {
        Ok(Self { id: 1 })
    }
}

#[cache_page(ttl = "5m", key = "dashboard_{user.id}", verify = 0.01)]
async fn dashboard(user: User) -> String {
    user.id.to_string()
}

fn main() {}
