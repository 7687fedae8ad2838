//! A guard lets some requests pass and refuses others.

use axum::extract::{FromRequestParts, OptionalFromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use cache_core::cache_page;

struct User;

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Err(StatusCode::UNAUTHORIZED)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Option<Self>, StatusCode> {
        Ok(None)
    }
}

struct MaybeUser;

impl<S: Sync> FromRequestParts<S> for MaybeUser {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self)
    }
}

type Lookup<T> = Option<T>;

#[cache_page(guard(_user))]
async fn optional(_user: Option<User>) -> &'static str {
    "for members"
}

#[cache_page(guard(_user))]
async fn under_another_name(_user: Lookup<User>) -> &'static str {
    "for members"
}

#[cache_page(guard(_user))]
async fn a_result(_user: Result<User, StatusCode>) -> &'static str {
    "for members"
}

#[cache_page(guard(_user))]
async fn infallible(_user: MaybeUser) -> &'static str {
    "for members"
}

#[cache_page(guard(_headers))]
async fn of_the_framework(_headers: HeaderMap) -> &'static str {
    "for members"
}

#[cache_page(guard(_state))]
async fn the_state(State(_state): State<u8>) -> &'static str {
    "for members"
}

#[cache_page(guard(_all))]
async fn none_of_several(_all: (Option<User>, (HeaderMap, MaybeUser))) -> &'static str {
    "for members"
}

struct Views;

#[cache_page(guard(_user))]
impl Views {
    async fn index(_user: Option<User>) -> &'static str {
        "for members"
    }
}

fn main() {}
