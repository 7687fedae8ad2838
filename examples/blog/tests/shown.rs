//! What the pages tell of their answers and of what was done.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{COOKIE, ETAG, IF_NONE_MATCH, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};

use super::Blog;

const FORM: &str = "title=Alpha&category=rust&tags=x&body=a&published=on";

/// What the label at the top of a page is made of: `HIT`, and how many queries the answer took.
fn label(headers: &HeaderMap) -> (&str, u64) {
    let timing = headers.get("server-timing").expect("every answer says");
    let timing = timing.to_str().expect("ASCII");
    let description = |name: &str| {
        let entry = timing
            .split(", ")
            .find(|entry| entry.starts_with(name))
            .unwrap_or_else(|| panic!("no {name} in {timing}"));
        entry.split('"').nth(1).expect("a quoted text")
    };
    let milliseconds = timing.split("total;dur=").nth(1).expect(timing);
    let milliseconds = milliseconds.split(',').next().expect(timing);
    assert!(milliseconds.parse::<f64>().expect(timing) > 0.0);
    (
        description("cache"),
        description("sql").parse().expect("a number"),
    )
}

async fn get(
    blog: &Blog,
    address: &str,
    headers: &[(&str, &str)],
) -> (HeaderMap, StatusCode, String) {
    let mut request = Request::get(address);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect(address);
    let (parts, body) = blog.respond(request).await;
    (parts.headers, parts.status, body)
}

#[tokio::test]
async fn a_page_is_a_miss_with_queries_and_then_a_hit_without_any() {
    let blog = Blog::new("label").await;
    for address in ["/", "/archive", "/feed.xml", "/api/posts"] {
        let (miss, _, first) = get(&blog, address, &[]).await;
        let (verdict, queries) = label(&miss);
        assert_eq!(verdict, "MISS", "{address}");
        assert!(queries > 0, "{address}");

        let (hit, _, second) = get(&blog, address, &[]).await;
        assert_eq!(label(&hit), ("HIT", 0), "{address}");
        assert_eq!((&hit[ETAG], second), (&miss[ETAG], first), "{address}");

        let tag = hit[ETAG].to_str().expect("ASCII");
        let (unchanged, status, _) = get(&blog, address, &[(IF_NONE_MATCH.as_str(), tag)]).await;
        assert_eq!(status, StatusCode::NOT_MODIFIED, "{address}");
        assert_eq!(label(&unchanged), ("HIT", 0), "{address}");
    }
}

#[tokio::test]
async fn a_page_has_a_place_for_its_label_and_says_without_scripts_what_stays_true() {
    let blog = Blog::new("place").await;
    let (headers, _, page) = get(&blog, "/", &[]).await;
    let (_, queries) = label(&headers);
    let (_, text) = page.split_once(" data-pill>").expect("a place");
    let (text, _) = text.split_once('<').expect("its end");
    assert!(text.starts_with("Rendered at "), "{text}");
    assert!(text.ends_with(&format!(" UTC · {queries} SQL")), "{text}");
    assert!(page.contains("<script src=\"/static/site.js\">"), "{page}");
}

#[tokio::test]
async fn what_is_made_for_each_request_is_not_called_a_miss() {
    let blog = Blog::new("uncached").await;
    let (headers, _, _) = get(&blog, "/login", &[]).await;
    assert_eq!(
        label(&headers),
        ("NOT CACHED", 1),
        "the query for the users"
    );
    let (headers, _, _) = get(&blog, "/stats", &[]).await;
    assert_eq!(label(&headers), ("NOT CACHED", 0));
}

#[tokio::test]
async fn hits_raise_the_hit_rate_and_the_saved_queries() {
    let blog = Blog::new("stats").await;
    let figure = async |name: &str| -> u64 {
        let (_, _, page) = get(&blog, "/stats", &[]).await;
        let (_, number) = page
            .split_once(&format!("<dt>{name}</dt><dd>"))
            .expect(name);
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().expect(name)
    };
    let (miss, _, _) = get(&blog, "/", &[]).await;
    let (_, queries) = label(&miss);
    let (hits, misses, saved) = (
        figure("hits").await,
        figure("misses").await,
        figure("SQL queries saved").await,
    );
    for _ in 0..3 {
        get(&blog, "/", &[]).await;
    }
    assert_eq!(figure("hits").await, hits + 3);
    assert_eq!(figure("misses").await, misses);
    assert_eq!(figure("SQL queries saved").await, saved + 3 * queries);
    assert_eq!(
        figure("hit rate").await,
        (hits + 3) * 100 / (hits + 3 + misses)
    );
}

#[tokio::test]
async fn a_save_is_confirmed_once() {
    let blog = Blog::without_posts("confirmed").await;
    let author = blog.log_in("ines").await;
    let editor = async || get(&blog, "/editor", &[(COOKIE.as_str(), &author)]).await.2;
    assert!(!editor().await.contains("role=\"status\""));

    let (status, to, _) = blog.post("/editor/new", &author, FORM).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/editor"));
    let page = editor().await;
    assert!(page.contains("Saved “Alpha”."), "{page}");
    assert!(
        page.contains("<a href=\"/post/alpha\">View post</a>"),
        "{page}"
    );
    assert!(page.contains("post:alpha, "), "{page}");
    assert!(!editor().await.contains("role=\"status\""), "only once");

    let draft = "title=Alpha+<2>&category=rust&tags=x&body=a";
    blog.post("/editor/post/alpha", &author, draft).await;
    let page = editor().await;
    assert!(page.contains("Saved “Alpha &lt;2&gt;”."), "{page}");
    assert!(
        !page.contains("View post"),
        "readers do not see drafts: {page}"
    );

    blog.post("/editor/post/alpha/delete", &author, "").await;
    assert!(editor().await.contains("Deleted “Alpha &lt;2&gt;”."));
}

#[tokio::test]
async fn a_message_is_for_the_author_who_saved() {
    let blog = Blog::without_posts("messages").await;
    let (ines, mara) = (blog.log_in("ines").await, blog.log_in("mara").await);
    blog.post("/editor/new", &ines, FORM).await;
    for (session, expected) in [(&mara, false), (&ines, true)] {
        let (_, _, page) = get(&blog, "/editor", &[(COOKIE.as_str(), session)]).await;
        assert_eq!(page.contains("Saved “Alpha”."), expected);
    }
}

#[tokio::test]
async fn nothing_is_deleted_before_the_author_has_said_yes() {
    let blog = Blog::without_posts("delete").await;
    let author = blog.log_in("ines").await;
    blog.post("/editor/new", &author, FORM).await;
    let session = [(COOKIE.as_str(), author.as_str())];

    let address = "/editor/post/alpha/delete";
    let (_, _, edit) = get(&blog, "/editor/post/alpha", &session).await;
    assert!(
        edit.contains(&format!("<a class=\"button danger\" href=\"{address}\">")),
        "{edit}"
    );
    assert!(!edit.contains(&format!("action=\"{address}\"")), "{edit}");

    let (_, _, question) = get(&blog, address, &session).await;
    assert!(question.contains("Delete “Alpha”?"), "{question}");
    assert!(
        question.contains(&format!("action=\"{address}\"")),
        "{question}"
    );
    assert_eq!(blog.get("/post/alpha").await.0, StatusCode::OK);
    assert_eq!(
        blog.get(address).await.0,
        StatusCode::SEE_OTHER,
        "to log in"
    );

    blog.post(address, &author, "").await;
    assert_eq!(blog.get("/post/alpha").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn dark_mode_is_a_cookie_that_no_page_varies_on() {
    let blog = Blog::new("dark").await;
    let css = async |cookie: &str| get(&blog, "/theme.css", &[(COOKIE.as_str(), cookie)]).await;
    let (headers, _, dark) = css("theme=dark").await;
    let control = headers["cache-control"].to_str().expect("ASCII");
    assert!(control.contains("no-store"), "{control}");
    assert!(dark.contains("color-scheme: dark"), "{dark}");
    assert!(css("theme=light").await.2.contains("color-scheme: light"));
    for unknown in ["theme=pink", "a=b"] {
        assert!(css(unknown).await.2.contains("prefers-color-scheme"));
    }

    let request = Request::post("/theme")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("referer", "http://localhost/archive?page=2");
    let (answer, _) = blog
        .respond(request.body("theme=dark".into()).expect("valid"))
        .await;
    assert_eq!(answer.headers[LOCATION], "/archive?page=2");
    let cookie = answer.headers[SET_COOKIE].to_str().expect("ASCII");
    assert!(cookie.starts_with("theme=dark;"), "{cookie}");

    for address in ["/", "/archive", "/about"] {
        get(&blog, address, &[]).await;
        let (headers, _, _) = get(&blog, address, &[(COOKIE.as_str(), "theme=dark")]).await;
        assert_eq!(label(&headers), ("HIT", 0), "{address}");
    }
}

/// The list of topics beside a list, and when it was rendered.
fn topics(page: &str) -> (&str, &str) {
    let (_, aside) = page.split_once("<aside>").expect("a list has topics");
    let (aside, _) = aside.split_once("</aside>").expect("its end");
    aside.split_once("Rendered at ").expect("its moment")
}

#[tokio::test]
async fn the_topics_are_rendered_once_for_two_lists_and_anew_after_an_edit() {
    let blog = Blog::without_posts("topics").await;
    let author = blog.log_in("ines").await;
    blog.post("/editor/new", &author, FORM).await;
    let (_, _, newest) = get(&blog, "/", &[]).await;
    let (oldest, _, page) = get(&blog, "/?sort=oldest", &[]).await;
    assert_eq!(topics(&page), topics(&newest));
    // Their moment says how many queries the first list had made, which are more than those of the second one.
    let (_, queries) = label(&oldest);
    let (_, rendered) = topics(&page);
    let (_, of_topics) = rendered.split_once("UTC · ").expect(rendered);
    assert!(!of_topics.starts_with(&format!("{queries} SQL")), "{page}");

    let form = "title=Beta&category=zig&tags=y&body=b&published=on";
    blog.post("/editor/new", &author, form).await;
    for address in ["/", "/?sort=oldest"] {
        let (_, _, page) = get(&blog, address, &[]).await;
        let (counts, _) = topics(&page);
        assert!(counts.contains("/category/zig"), "{address}: {page}");
    }
    let (_, _, go) = get(&blog, "/?category=zig", &[]).await;
    assert!(!topics(&go).0.contains("/category/rust"), "{go}");
}
