//! Groups of responses that are made stale together (RFC 9875).

use cache_core::testing::Clock;
use cache_core::{CachePageLayer, cached};

use crate::stores::two;
use crate::support::{
    AskedRequest, LayeredOrigin, OriginAnswer, ScriptedOrigin, fed, front, page, until,
};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

/// An origin whose responses to `GET` are in the groups of the query, and to whose `POST`s the response says that they have changed
/// those of the query.
fn site(runs: &mut u32, asked: &AskedRequest) -> OriginAnswer {
    *runs += 1;
    let body = format!("run {runs}");
    let groups = groups(asked);
    let status = asked.uri.path().trim_start_matches('/').parse();
    match asked.method.as_str() {
        "GET" => page(&body, &[FRESH, ("cache-groups", &groups)]),
        _ => page(&body, &[("cache-group-invalidation", &groups)]).status(status.unwrap_or(200)),
    }
}

/// The query, with quotes that no target may have.
fn groups(asked: &AskedRequest) -> String {
    asked.uri.query().unwrap_or_default().replace('\'', "\"")
}

fn grouped<M>(layer: &CachePageLayer<M>) -> LayeredOrigin {
    let mut runs = 0;
    front(layer, move |asked| site(&mut runs, asked))
}

#[tokio::test]
async fn section_3_an_unsafe_request_makes_the_groups_that_its_response_names_stale() {
    for layer in [
        CachePageLayer::shared(),
        CachePageLayer::private(),
        CachePageLayer::shared().to_the_letter(),
    ] {
        for (groups, changed, is_stale) in [
            ("'a'", "'a'", true),
            ("'a','b'", "'b'", true),
            ("'a'", "'b','a';x=1", true),
            ("'a'", "'b'", false),
            ("'a'", "'A'", false),
            ("'a'", "a", false),
            ("'a'", "", false),
            ("a", "'a'", false),
        ] {
            let front = grouped(&layer);
            front.get(&format!("/x?{groups}"), &[]).await;
            front.get(&format!("/x?{groups}"), &[]).await.assert_hit();
            front.ask("POST", &format!("/y?{changed}"), &[]).await;
            let again = front.get(&format!("/x?{groups}"), &[]).await;
            assert_eq!(!again.is_hit(), is_stale, "{groups}, {changed}: {again:?}");
        }
    }
}

/// A safe method changes nothing, whatever its response says; an error of an unsafe one that says so has.
#[tokio::test]
async fn section_3_the_method_counts_and_not_the_status() {
    for (method, path, is_stale) in [
        ("GET", "/y", false),
        ("HEAD", "/y", false),
        ("OPTIONS", "/y", false),
        ("DELETE", "/204", true),
        ("POST", "/303", true),
        ("POST", "/500", true),
    ] {
        let mut runs = 0;
        let front = front(&CachePageLayer::shared(), move |asked| {
            if asked.uri.path() == "/x" {
                return site(&mut runs, asked);
            }
            let status = asked.uri.path()[1..].parse().unwrap_or(200);
            page("", &[("cache-group-invalidation", r#""a""#)]).status(status)
        });
        front.get("/x?'a'", &[]).await;
        front.ask(method, path, &[]).await;
        let again = front.get("/x?'a'", &[]).await;
        assert_eq!(!again.is_hit(), is_stale, "{method} {path}");
    }
}

#[tokio::test]
async fn section_2_1_a_group_does_not_reach_beyond_its_host() {
    let front = grouped(&CachePageLayer::shared());
    let (here, elsewhere) = ([("host", "a.example")], [("host", "b.example")]);
    front.get("/x?'a'", &here).await;
    front.ask("POST", "/y?'a'", &elsewhere).await;
    front.get("/x?'a'", &here).await.assert_hit();
    front.ask("POST", "/y?'a'", &here).await;
    front.get("/x?'a'", &here).await.assert_miss();
}

/// Each variant has groups of its own, and its target's index is not in them.
#[tokio::test]
async fn variants_have_groups_of_their_own() {
    let mut runs = 0;
    let front = front(&CachePageLayer::shared(), move |asked| {
        runs += 1;
        let language = asked.field("accept-language");
        let groups = format!("\"{language}\"");
        let varied = ("vary", "accept-language");
        match asked.method.as_str() {
            "GET" => page(
                format!("{runs}"),
                &[FRESH, varied, ("cache-groups", &groups)],
            ),
            _ => page("", &[("cache-group-invalidation", r#""en""#)]),
        }
    });
    let (english, german) = ([("accept-language", "en")], [("accept-language", "de")]);
    front.get("/x", &english).await;
    front.get("/x", &german).await;
    front.ask("POST", "/y", &[]).await;
    front.get("/x", &german).await.assert_hit();
    front.get("/x", &english).await.assert_miss();
    front.get("/x", &english).await.assert_hit();
}

#[tokio::test]
async fn section_2_1_a_confirmed_response_is_in_the_groups_that_its_304_names() {
    let clock = Clock::freeze();
    let mut asked_before = false;
    let front = front(&CachePageLayer::shared(), move |asked| {
        let tagged = ("etag", "\"1\"");
        match asked.method.as_str() {
            "GET" if std::mem::replace(&mut asked_before, true) => {
                page("", &[FRESH, tagged, ("cache-groups", r#""new""#)]).status(304)
            }
            "GET" => page("text", &[FRESH, tagged, ("cache-groups", r#""old""#)]),
            _ => page("", &[("cache-group-invalidation", &groups(asked))]),
        }
    });
    front.get("/x", &[]).await;
    clock.advance(std::time::Duration::from_secs(61));
    assert_eq!(front.get("/x", &[]).await.body, "text");
    front.get("/x", &[]).await.assert_hit();
    front.ask("POST", "/y?'new'", &[]).await;
    assert!(!front.get("/x", &[]).await.is_hit());
}

/// What is made of a response depends on its groups.
#[tokio::test]
async fn a_cached_function_depends_on_the_groups_of_what_it_has_asked_for() {
    static FRONT: std::sync::LazyLock<LayeredOrigin> =
        std::sync::LazyLock::new(|| grouped(&CachePageLayer::shared()));
    #[cached(ttl = "1h")]
    async fn made(path: String) -> (String, String) {
        (path, FRONT.get("/x?'a'", &[]).await.body)
    }
    let of = async |path: &str| made(path.to_owned()).await.1;
    let first = of("loaded").await;
    assert_eq!(of("found").await, first);
    FRONT.ask("POST", "/y?'a'", &[]).await;
    assert_ne!(of("found").await, first);
    assert_ne!(of("loaded").await, first);
}

/// What was on its way when its group was invalidated is not kept.
#[tokio::test]
async fn a_group_reaches_what_is_on_its_way() {
    let (answer, feeder) = fed(&[FRESH, ("cache-groups", r#""a""#)]);
    let mut answers = vec![page("new", &[FRESH]), answer];
    let front = front(&CachePageLayer::shared(), move |asked| {
        match asked.method.as_str() {
            "GET" => answers.pop().expect("two runs"),
            _ => page("", &[("cache-group-invalidation", r#""a""#)]),
        }
    });
    let first = front.start("GET", "/x", &[]);
    feeder.data("old");
    until(|| front.count() == 1).await;
    front.ask("POST", "/y", &[]).await;
    drop(feeder);
    assert_eq!(first.await.expect("an answer").body, "old");
    assert_eq!(front.get("/x", &[]).await.body, "new");
}

#[tokio::test]
async fn a_group_is_invalidated_in_all_processes() {
    let clock = Clock::freeze();
    for copies in [0, 100] {
        let mut runs = 0;
        let origin = ScriptedOrigin::new(move |asked| site(&mut runs, asked));
        let [one, other] = two(copies, &origin);
        // Which groups there are is not known before the first response.
        let unknown = one.get("/x?'a'", &[]).await;
        if copies == 0 {
            assert!(
                unknown.cache().ends_with("detail=new-groups"),
                "{unknown:?}"
            );
        }
        clock.advance(std::time::Duration::from_secs(3));
        let first = one.get("/x?'a'", &[]).await;
        assert_eq!(other.get("/x?'a'", &[]).await.assert_hit().body, first.body);
        one.ask("POST", "/y?'a'", &[]).await;
        // Copies of other processes are asked about again after this time.
        clock.advance(std::time::Duration::from_secs(3));
        for process in [&one, &other] {
            assert_ne!(process.get("/x?'a'", &[]).await.body, first.body);
        }
    }
}

/// What one variant names is not asked about for another, so that both come to lie in the store.
#[tokio::test]
async fn variants_with_groups_lie_in_the_store() {
    let clock = Clock::freeze();
    for copies in [0, 100] {
        let origin = ScriptedOrigin::new(|asked| {
            let language = asked.field("accept-language");
            let groups = format!("\"{language}\"");
            let varied = ("vary", "accept-language");
            page(language, &[FRESH, varied, ("cache-groups", &groups)])
        });
        let [one, other] = two(copies, &origin);
        let languages = ["en", "de"].map(|language| [("accept-language", language)]);
        for _ in 0..3 {
            for fields in &languages {
                one.get("/x", fields).await;
            }
            clock.advance(std::time::Duration::from_secs(3));
        }
        let before = origin.count();
        for fields in &languages {
            assert_eq!(other.get("/x", fields).await.assert_hit().body, fields[0].1);
        }
        assert_eq!(origin.count(), before, "{copies}");
    }
}

#[tokio::test]
async fn a_response_of_too_many_groups_is_never_stored() {
    for (count, stored) in [(128, true), (129, false), (400, false)] {
        let groups: Vec<String> = (0..count).map(|at| format!("\"{at}\"")).collect();
        let groups = groups.join(", ");
        let clock = Clock::freeze();
        let origin = ScriptedOrigin::new(move |_| page("", &[FRESH, ("cache-groups", &groups)]));
        let [one, _] = two(100, &origin);
        for _ in 0..4 {
            one.get("/x", &[]).await;
            clock.advance(std::time::Duration::from_secs(3));
        }
        let last = one.get("/x", &[]).await;
        assert_eq!(last.is_hit(), stored, "{count}: {last:?}");
        if !stored {
            assert!(last.cache().ends_with("detail=too-many-groups"), "{last:?}");
        }
    }
}
