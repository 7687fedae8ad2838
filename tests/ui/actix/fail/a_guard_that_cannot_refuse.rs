//! A guard refuses some visitors.

use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, web};
use cache_core::actix::cache_page;

struct User;

impl FromRequest for User {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(_: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        std::future::ready(Ok(Self))
    }
}

#[cache_page(guard(_user))]
async fn optional(_user: Option<User>) -> &'static str {
    "page"
}

#[cache_page(guard(_method))]
async fn infallible(_method: Method) -> &'static str {
    "page"
}

#[cache_page(guard(_data))]
async fn of_the_app(_data: web::Data<u32>) -> &'static str {
    "page"
}

fn main() {}
