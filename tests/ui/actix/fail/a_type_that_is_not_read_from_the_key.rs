//! A type of one's own is read from what the key holds, by code that sees nothing else.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{App, Error, FromRequest, HttpRequest, web};
use cache_core::actix::cache_page;

struct Tenant;

impl cache_core::PageInput for Tenant {}

impl FromRequest for Tenant {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self))
    }
}

#[cache_page(ttl = "5m")]
async fn page(tenant: Tenant) -> &'static str {
    let Tenant = tenant;
    "page"
}

fn main() {
    let _app = App::new().route("/", web::get().to(page));
}
