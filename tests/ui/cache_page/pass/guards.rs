//! What a guard's name may stand beside.

#![deny(warnings)]

use axum::extract::{Extension, FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::{MethodRouter, get};
use cache_core::cache_page;

#[derive(Clone, Debug)]
struct User {
    name: String,
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Err(StatusCode::UNAUTHORIZED)
    }
}

#[derive(Clone)]
struct Db;

impl Db {
    fn user(&self, name: &str) -> User {
        User { name: name.to_owned() }
    }
}

/// It is not read at all.
#[cache_page(guard(user))]
async fn admitted(user: User) -> &'static str {
    "for members"
}

/// The name is bound anew, or means something else.
#[cache_page(guard(user, _admin), condition = user.name != "staff")]
async fn bound_anew(user: User, Extension(_admin): Extension<User>, State(db): State<Db>) -> String {
    #![allow(unused_mut)]
    let names = ["a", "b"].map(|user| user.len());
    let all: Vec<User> = vec![db.user("a")];
    let first = all.iter().map(|user| &user.name).next();
    let mut text = format!("{{user}} {user}", user = names[0]);
    let user = db.user("b");
    text + &format!("{user:?} {first:?}")
}

#[cache_page(guard(user))]
async fn beside_an_item(user: User) -> String {
    fn user() -> String {
        "item".to_owned()
    }
    user()
}

struct Views;

#[cache_page(guard(user))]
impl Views {
    const USER: &'static str = "user";

    async fn index(user: User) -> String {
        Self::USER.to_owned()
    }
}

fn main() {
    let _: [MethodRouter<Db>; 4] = [get(admitted), get(bound_anew), get(beside_an_item), get(Views::index)];
}
