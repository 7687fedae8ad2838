//! What decides who may see a page, and what its key means, is part of whose its entries are: a store outlives a build.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use cache_core::{Site, SiteInfo, cache_page, cached, sites, vary_on};

struct Admin;

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Err(StatusCode::FORBIDDEN)
    }
}

#[derive(serde::Deserialize)]
struct Page {
    _number: u32,
}

struct User {
    id: u32,
    team: u32,
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Ok(Self { id: 7, team: 7 })
    }
}

macro_rules! variants {
    ($($name:ident: $(#[$attribute:meta])+ ($($argument:ident: $type:ty),*);)+) => {
        $(
            #[allow(dead_code, reason = "a page is listed whether it is routed or not")]
            mod $name {
                use super::*;

                $(#[$attribute])+
                pub(super) async fn page($($argument: $type),*) -> &'static str {
                    $(let _ = stringify!($argument);)*
                    "page"
                }
            }
        )+
        const NAMES: &[&str] = &[$(stringify!($name)),+];
    };
}

variants! {
    plain: #[cache_page] ();
    guarded: #[cache_page(guard(_admin))] (_admin: Admin);
    skipped: #[cache_page(skip(_admin))] (_admin: Admin);
    guarded_by_another: #[cache_page(guard(_admin))] (_admin: User);
    of_a_query: #[cache_page] (_query: Query<Page>);
    admitted_by_a_query: #[cache_page(guard(_query))] (_query: Query<Page>);
    of_a_user: #[cache_page(key = "dash_{user.id}")] (user: User);
    of_a_team: #[cache_page(key = "dash_{user.team}")] (user: User);
    of_a_tenant: #[cache_page] #[vary_on(cookies = ["tenant"])] ();
    of_a_theme: #[cache_page] #[vary_on(cookies = ["theme"])] ();
    of_all_cookies: #[cache_page] #[vary_on(cookies)] ();
    of_a_language: #[cache_page] #[vary_on(headers = ["accept-language"])] ();
    of_posts: #[cache_page(tags("posts"))] ();
    of_news: #[cache_page(tags("news"))] ();
    in_a_namespace: #[cache_page(namespace = "posts")] ();
    in_another: #[cache_page(namespace = "news")] ();
    unless_always: #[cache_page(unless = |_: &&str| true)] ();
    unless_never: #[cache_page(unless = |_: &&str| false)] ();
    of_parameters: #[cache_page(query = ["page"])] ();
    of_other_parameters: #[cache_page(query = ["sort"])] ();
    on_a_condition: #[cache_page(condition = !headers.contains_key("x-preview"))] #[vary_on(headers = ["x-preview"])] (headers: HeaderMap);
    unless_short: #[cache_page(unless = |page: &&str| page.len() < 9)] ();
    unless_empty: #[cache_page(unless = |page: &&str| page.is_empty())] ();
    of_the_space_one: #[cache_page(namespace = "one")] ();
    of_the_space_two: #[cache_page(namespace = "two")] ();
    on_another: #[cache_page(condition = headers.is_empty())] #[vary_on(headers = ["x-preview"])] (headers: HeaderMap);
}

fn terms_of(path: &str) -> &'static str {
    let of = |site: &&SiteInfo| site.name.ends_with(path);
    let mut found = sites().map(Site::info).filter(of);
    let info = found.next().expect("the site is registered");
    assert!(found.next().is_none(), "{path}");
    info.terms
}

#[test]
fn pages_that_show_something_to_others_differ_in_their_terms() {
    let terms: Vec<_> = NAMES
        .iter()
        .map(|name| terms_of(&format!("terms::{name}::page")))
        .collect();
    for (index, one) in terms.iter().enumerate() {
        for (other, name) in terms.iter().zip(NAMES).skip(index + 1) {
            assert_ne!(one, other, "{} and {name}", NAMES[index]);
        }
    }
}

#[cache_page(ttl = "1m", query = ["page"])]
#[vary_on(headers = ["Accept-Language"], cookies = ["theme"])]
async fn one_order() -> &'static str {
    "page"
}

#[vary_on(cookies = ["theme"])]
#[vary_on(headers = ["accept-language"])]
#[cache_page(query = ["page"], ttl = "2m", capacity = 7)]
async fn another_order() -> &'static str {
    "page"
}

#[test]
fn neither_the_order_of_attributes_nor_how_long_a_page_is_kept_is_a_term() {
    assert_eq!(terms_of("::one_order"), terms_of("::another_order"));
}

#[cached(key = "total:{user}", skip(team))]
fn total(user: u32, team: u32) -> u32 {
    user + team
}

#[cached(shared)]
fn of_user_and_team(user: u32, team: u32) -> u32 {
    user + team
}

#[cached(shared)]
fn of_team_and_user(team: u32, user: u32) -> u32 {
    user + team
}

#[test]
fn what_the_bytes_of_a_functions_key_mean_is_in_its_terms() {
    let terms = terms_of("::total");
    assert!(terms.contains("total:{user}"), "{terms}");
    assert!(terms.contains("skip(team)"), "{terms}");
    assert_ne!(
        terms_of("::of_user_and_team"),
        terms_of("::of_team_and_user")
    );
}

#[cached(shared, tags = |sum: &u32| [format!("sum:{sum}")])]
fn tagged_by_its_value(user: u32) -> u32 {
    user
}

#[test]
fn what_makes_a_value_stale_is_in_its_terms() {
    let terms = terms_of("::tagged_by_its_value");
    assert!(terms.contains("sum:{sum}"), "{terms}");
}
