//! What an argument reads must be in the key.

use actix_web::{HttpRequest, web};
use cache_core::actix::{cache_page, vary_on};

#[cache_page(ttl = "5m")]
async fn request(request: HttpRequest) -> String {
    request.path().to_owned()
}

#[vary_on(headers = ["Accept-Language"])]
#[cache_page(ttl = "5m")]
async fn varied(request: HttpRequest) -> String {
    request.path().to_owned()
}

#[cache_page(ttl = "5m")]
async fn form(form: web::Form<Vec<(String, String)>>) -> String {
    format!("{form:?}")
}

#[cache_page(ttl = "5m", key = "page")]
async fn named(slug: web::Path<String>) -> String {
    slug.into_inner()
}

fn main() {}
