//! Whatever bytes come: nothing panics, and nothing is stored that its response forbids.

use cache_core::CachePageLayer;
use tower::{Layer, ServiceExt};
use tower_http::compression::CompressionLayer;

use crate::support::{ScriptedOrigin, date_in, front, is_reused, numbered, page, read, request};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

#[tokio::test]
async fn section_1_2_2_numbers_that_are_none_are_stale() {
    for value in [
        "max-age",
        "max-age=",
        "max-age=-1",
        "max-age=1.5",
        "max-age='60'",
        "max-age=6e1",
        "max-age=0x60",
        "max-age= 60",
        "max-age =60",
        "max-age=60s",
        "max-age=\u{ff11}",
        "max-age=60, max-age=0",
        "max-age=\"60",
        "max-age=60\"",
        "s-maxage=x, max-age=60",
    ] {
        assert!(
            !is_reused(&CachePageLayer::shared(), &[("cache-control", value)]).await,
            "{value}"
        );
    }
    for value in [
        "max-age=060",
        "max-age=\"60\"",
        "max-age=9223372036854775808",
        "max-age=18446744073709551616",
        "max-age=99999999999999999999999999",
        "MAX-age=60",
        "a=b, max-age=60, c",
    ] {
        assert!(
            is_reused(&CachePageLayer::shared(), &[("cache-control", value)]).await,
            "{value}"
        );
    }
}

#[tokio::test]
async fn a_date_that_cannot_be_read_makes_nothing_fresher() {
    let expires = date_in(60).await;
    for date in [
        "",
        "0",
        "yesterday",
        "Sun, 99 Nov 1994 08:49:37 GMT",
        "\u{e9}",
    ] {
        let front = numbered(
            &CachePageLayer::shared(),
            &[("expires", &expires), ("date", date)],
        );
        front.get("/", &[]).await;
        assert_eq!(front.get("/", &[]).await.assert_hit().field("date"), date);
    }
    let modified = [("last-modified", "tomorrow")];
    assert!(!is_reused(&CachePageLayer::shared().to_the_letter(), &modified).await);
}

#[tokio::test]
async fn a_tag_that_is_none_is_passed_on_and_matches_itself_alone() {
    for tag in ["a", "\"a", "W/a", "w/\"a\"", "", "*", "\u{e9}"] {
        let own = tag.to_owned();
        let front = front(&CachePageLayer::shared(), move |_| {
            page("page", &[FRESH, ("etag", &own)])
        });
        front.get("/", &[]).await;
        let hit = front.get("/", &[("if-none-match", "\"a\"")]).await;
        assert_eq!(
            (hit.assert_hit().status, hit.field("etag").as_str()),
            (200, tag),
            "{tag}"
        );
    }
}

/// Bytes that are no text are kept as they are.
#[tokio::test]
async fn fields_that_are_no_text_are_kept() {
    let front = front(&CachePageLayer::shared(), |_| {
        page(
            "page",
            &[
                FRESH,
                ("x-a", "\u{e9}\u{ff}"),
                ("content-language", "\u{1f600}"),
            ],
        )
    });
    front
        .get(
            "/",
            &[
                ("x-b", "\u{e9}"),
                ("accept-language", "\u{e9}"),
                ("if-none-match", "\u{e9}"),
            ],
        )
        .await;
    let hit = front.get("/", &[]).await;
    assert_eq!(
        hit.assert_hit().headers["x-a"].as_bytes(),
        "\u{e9}\u{ff}".as_bytes()
    );
}

#[tokio::test]
async fn a_length_that_is_none_agrees_with_no_body() {
    for length in ["x", "-1", "4, 4", "+4", "4.0", "99999999999999999999", " "] {
        assert!(
            !is_reused(
                &CachePageLayer::shared(),
                &[FRESH, ("content-length", length)]
            )
            .await,
            "{length}"
        );
    }
    let twice = [FRESH, ("content-length", "4"), ("content-length", "5")];
    assert!(!is_reused(&CachePageLayer::shared(), &twice).await);
    assert!(is_reused(&CachePageLayer::shared(), &[FRESH, ("content-length", "4")]).await);
}

/// What is stored says of itself how long it is, and not how it came.
#[tokio::test]
async fn what_is_stored_has_its_own_framing() {
    let front = numbered(
        &CachePageLayer::shared(),
        &[FRESH, ("transfer-encoding", "chunked")],
    );
    front.get("/", &[]).await;
    let hit = front.get("/", &[]).await;
    assert_eq!(
        (
            hit.assert_hit().field("transfer-encoding"),
            hit.field("content-length")
        ),
        (String::new(), "5".into())
    );
}

fn long_text() -> String {
    "a long page that is worth it to be compressed, a long page that is worth it to be compressed"
        .repeat(10)
}

/// GHSA-8c42-7qj2-3j46: compression below the layer names `Accept-Encoding` in `Vary`, beside what the page names itself.
#[tokio::test]
async fn compression_below_makes_variants() {
    let origin = ScriptedOrigin::new(|_| {
        page(
            long_text(),
            &[FRESH, ("content-type", "text/plain"), ("vary", "x-a")],
        )
    });
    let service = CachePageLayer::shared().layer(CompressionLayer::new().layer(origin.clone()));
    let get = async |fields: &[(&str, &str)]| {
        read(
            service
                .clone()
                .oneshot(request("GET", "/", fields))
                .await
                .unwrap(),
        )
        .await
    };
    for round in 0..2 {
        let plain = get(&[]).await;
        assert_eq!(
            (plain.field("content-encoding"), plain.body.len()),
            (String::new(), long_text().len())
        );
        let zipped = get(&[("accept-encoding", "gzip")]).await;
        assert_eq!(zipped.field("content-encoding"), "gzip");
        assert!(zipped.body.len() < long_text().len());
        assert_eq!((plain.is_hit(), zipped.is_hit()), (round == 1, round == 1));
    }
    assert_eq!(origin.count(), 2);
}

#[tokio::test]
async fn compression_above_is_of_each_client() {
    let origin =
        ScriptedOrigin::new(|_| page(long_text(), &[FRESH, ("content-type", "text/plain")]));
    let service = CompressionLayer::new().layer(CachePageLayer::shared().layer(origin.clone()));
    for round in 0..2 {
        for (accepted, encoding) in [("gzip", "gzip"), ("", "")] {
            let response = service
                .clone()
                .oneshot(request("GET", "/", &[("accept-encoding", accepted)]))
                .await
                .unwrap();
            let response = read(response).await;
            assert_eq!(response.field("content-encoding"), encoding);
            assert!(response.is_whole);
            assert!(round == 0 || response.is_hit());
        }
    }
    assert_eq!(origin.count(), 1);
}

#[tokio::test]
async fn responses_with_as_many_fields_as_there_may_be_are_stored_and_validated() {
    let names: Vec<String> = (0..24_570).map(|number| format!("x-{number}")).collect();
    for layer in [
        CachePageLayer::shared(),
        CachePageLayer::shared().to_the_letter(),
        CachePageLayer::private(),
    ] {
        let names = names.clone();
        let front = front(&layer, move |_| {
            let own = [FRESH, ("etag", "\"a\""), ("vary", "x-kind")];
            let all = names.iter().map(|name| (&**name, "1"));
            page("page", &own.into_iter().chain(all).collect::<Vec<_>>())
        });
        front.get("/", &[]).await;
        let hit = front.get("/", &[]).await;
        assert_eq!(hit.assert_hit().field("etag"), "\"a\"");
        assert_eq!(hit.field("vary"), "x-kind");
        let part = front.get("/", &[("range", "bytes=1-2")]).await;
        assert_eq!((part.status, &*part.body), (206, "ag"));
        let known = front.get("/", &[("if-none-match", "\"a\"")]).await;
        assert_eq!(known.status, 304);
    }
}
