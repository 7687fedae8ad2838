//! A guard admits and is no input: what is kept goes to every visitor whom it admits.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use cache_core::cache_page;

struct User {
    name: String,
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Err(StatusCode::UNAUTHORIZED)
    }
}

#[cache_page(guard(user))]
async fn by_field(user: User) -> String {
    let greeting = "hello";
    format!("{greeting} {}", user.name)
}

#[cache_page(guard(name))]
async fn captured(User { name }: User) -> String {
    format!("hello {name}, {{name}}")
}

macro_rules! hello {
    ($name:expr) => {
        concat!("hello ", stringify!($name)).replace("name", &$name.name)
    };
}

// The compiler sees through macros.
#[cache_page(guard(user))]
async fn in_a_macro(user: User) -> String {
    hello!(user)
}

#[cache_page(guard(user))]
async fn passed_on(user: User) -> String {
    fn greet(user: &User) -> String {
        user.name.clone()
    }
    [1].map(|_| greet(&user)).concat()
}

#[cache_page(guard(user), ttl = if user.name.is_empty() { minutes(1) } else { minutes(2) })]
async fn in_the_ttl(user: User) -> String {
    String::new()
}

#[cache_page(guard(user), browser = seconds(user.name.len() as u64))]
async fn in_the_browsers_time(user: User) -> String {
    String::new()
}

#[cache_page(guard(user), tags("user:{user.name}"), namespace = "team:{user.name}")]
async fn in_the_tags(user: User) -> String {
    String::new()
}

struct Admin;

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Ok(Self)
    }
}

#[cache_page(guard(Admin))]
async fn as_a_pattern(Admin: Admin) -> String {
    String::new()
}

#[cache_page(guard(user))]
async fn of_a_parameter<U: FromRequestParts<()>>(user: U) -> String {
    String::new()
}

fn main() {}
