//! The types that are read from the key, and a type of one's own.

use actix_web::http::header::AcceptLanguage;
use actix_web::http::{Method, Uri};
use actix_web::{App, Error, HttpResponse, Responder, web};
use cache_core::actix::{FromKeyed, KeyedRequest, cache_page, vary_on};
use cache_core::{PageInput, VariedInput};

struct Tenant(String);

impl FromKeyed for Tenant {
    fn from_keyed(request: &KeyedRequest<'_>) -> Result<Self, Error> {
        let host = request.http().headers().get("host");
        Ok(Self(format!("{host:?} {:?}", request.app_data::<u32>())))
    }
}

impl PageInput for Tenant {}

struct Theme;

impl FromKeyed for Theme {
    fn from_keyed(_: &KeyedRequest<'_>) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl VariedInput for Theme {}

#[derive(Clone)]
struct Db;

#[cache_page(ttl = "5m")]
async fn by_url(
    path: web::Path<(String, u32)>,
    query: Option<web::Query<Vec<(String, String)>>>,
    fallible: Result<web::Path<u32>, Error>,
    data: web::Data<dyn Fn()>,
    thin: web::ThinData<Db>,
    uri: Uri,
    method: Method,
    tenant: Tenant,
) -> impl Responder {
    drop((path, query, fallible, data, thin, uri, method, tenant.0));
    HttpResponse::Ok()
}

#[vary_on(headers = ["Accept-Language"], cookies = ["theme"])]
#[cache_page(ttl = if path.1 > 3 { 60 } else { 5 }, condition = path.1 != 13)]
async fn varied(
    path: web::Path<(String, u32)>,
    language: web::Header<AcceptLanguage>,
    theme: Theme,
) -> Result<String, Error> {
    let Theme = theme;
    Ok(format!("{path:?} {language:?}"))
}

#[cache_page(ttl = "5m", key = "page:{path.0}:{path.1}")]
async fn named(path: web::Path<(String, u32)>, db: web::Data<u32>) -> String {
    format!("{path:?} {db:?}")
}

fn main() {
    let _app = App::new()
        .route("/a/{slug}/{n}", web::get().to(by_url))
        .route("/b/{slug}/{n}", web::get().to(varied))
        .route("/c/{slug}/{n}", web::get().to(named));
}
