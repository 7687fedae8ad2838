//! Dark or light: a stylesheet of a few bytes that depends on a cookie, so that no page has to.

use axum::extract::Form;
use axum::http::header::{CONTENT_TYPE, REFERER};
use axum::http::{HeaderMap, HeaderName, Uri};
use axum::response::Redirect;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use cache_core::never_cache;
use serde::Deserialize;

const COOKIE: &str = "theme";

/// Each hides the button that leads to itself.
const LIGHT: &str = ":root { color-scheme: light } .to-light { display: none }";
const DARK: &str = ":root { color-scheme: dark } .to-dark { display: none }";
/// Without a choice, the device decides.
const AUTO: &str = "\
@media (prefers-color-scheme: light) { .to-light { display: none } }
@media (prefers-color-scheme: dark) { .to-dark { display: none } }";

/// What the button in the header of a page sends.
#[derive(Deserialize)]
pub struct Choice {
    theme: Theme,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Theme {
    Light,
    Dark,
}

/// `GET /theme.css`
#[never_cache]
pub async fn stylesheet(jar: CookieJar) -> ([(HeaderName, &'static str); 1], &'static str) {
    let css = match jar.get(COOKIE).map(Cookie::value) {
        Some("light") => LIGHT,
        Some("dark") => DARK,
        _ => AUTO,
    };
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], css)
}

/// `POST /theme`
pub async fn choose(
    jar: CookieJar,
    headers: HeaderMap,
    Form(choice): Form<Choice>,
) -> (CookieJar, Redirect) {
    let name = match choice.theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let cookie = Cookie::build((COOKIE, name))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .permanent();
    (jar.add(cookie), Redirect::to(&back(&headers)))
}

/// The page that the form was on; never one of another site.
fn back(headers: &HeaderMap) -> String {
    let referer = headers.get(REFERER).and_then(|value| value.to_str().ok());
    let page = referer.and_then(|referer| referer.parse::<Uri>().ok());
    page.and_then(|page| page.path_and_query().map(ToString::to_string))
        .filter(|path| path.starts_with('/') && !path.starts_with("//"))
        .unwrap_or_else(|| "/".to_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_switch_leads_back_to_the_page_and_to_no_other_site() {
        for (referer, expected) in [
            ("http://localhost:3000/post/a?x=1", "/post/a?x=1"),
            ("https://evil.example/post/a", "/post/a"),
            ("https://evil.example//evil.example", "/"),
            ("//evil.example", "/"),
            ("\\\\evil.example", "/"),
            ("", "/"),
        ] {
            let headers = HeaderMap::from_iter([(REFERER, HeaderValue::from_static(referer))]);
            assert_eq!(back(&headers), expected, "{referer}");
        }
        assert_eq!(back(&HeaderMap::new()), "/");
    }
}
