use super::*;

const NOTHING: SiteInfo = SiteInfo {
    name: "f",
    file: "src/f.rs",
    line: 1,
    kind: Kind::Function,
    key: None,
    terms: "",
    ttl: None,
    tags: &[],
    tags_from_value: false,
    namespace: None,
    invalidates: &[],
    cache: None,
    shared: false,
    capacity: None,
    version: 0,
};

fn audit_of<const N: usize>(infos: [SiteInfo; N]) -> Audit {
    Audit::of(infos.map(|info| &*Box::leak(Box::new(info))))
}

fn keyed(key: &'static str) -> SiteInfo {
    SiteInfo {
        name: "reads",
        key: Some(key),
        shared: true,
        ..NOTHING
    }
}

fn tagged(tags: &'static [&'static str]) -> SiteInfo {
    SiteInfo {
        name: "reads",
        tags,
        ..NOTHING
    }
}

fn invalidating(what: Named, template: &'static str) -> SiteInfo {
    SiteInfo {
        name: "saves",
        file: "src/save.rs",
        line: 7,
        kind: Kind::Invalidates,
        invalidates: vec![Pattern { what, template }].leak(),
        ..NOTHING
    }
}

fn said(findings: &[Finding]) -> String {
    report(findings)
}

#[test]
fn what_someone_declares_is_alive() {
    for (what, template, declares) in [
        (Named::Key, "post:{post.slug}", keyed("post:{slug}")),
        (Named::Tag, "posts", tagged(&["a", "posts"])),
        (
            Named::Namespace,
            "category:rust",
            SiteInfo {
                namespace: Some("category:{slug}"),
                ..NOTHING
            },
        ),
    ] {
        let audit = audit_of([declares, invalidating(what, template)]);
        audit.assert_no_dead_invalidations();
        let alone = audit_of([invalidating(what, template)]);
        assert_eq!(alone.dead().len(), 1, "{template}");
    }
}

#[test]
fn what_nobody_declares_is_dead_and_the_nearest_is_named() {
    let dead =
        |template, declares| said(&audit_of([declares, invalidating(Named::Key, template)]).dead());
    assert_eq!(
        dead("list:all:1", keyed("list:{category}:{page}:{sort}")),
        "`saves` (src/save.rs:7): invalidates the key `list:all:1`, and no annotated function declares it\n    \
         did you mean `list:{category}:{page}:{sort}` of `reads` (src/f.rs:1)?"
    );
    assert!(dead("sitemap", keyed("post:{slug}")).ends_with("\n    nothing like it is declared"));
    assert!(
        dead("posts", tagged(&["posts"]))
            .ends_with("`posts` is a tag of `reads` (src/f.rs:1): name it as one")
    );
}

#[test]
fn a_hole_that_could_take_any_text_is_not_what_was_meant() {
    let dead =
        |template, declares| said(&audit_of([declares, invalidating(Named::Key, template)]).dead());
    let far = dead("recent_posts", keyed("u:{user.id}"));
    assert!(far.ends_with("\n    nothing like it is declared"), "{far}");
    let near = audit_of([
        keyed("r{x}"),
        SiteInfo {
            file: "src/g.rs",
            ..keyed("recent_post:{n}")
        },
        invalidating(Named::Key, "recent_posts:1"),
    ]);
    let near = said(&near.dead());
    assert!(near.contains("did you mean `recent_post:{n}`"), "{near}");
}

#[test]
fn no_key_reaches_who_keeps_its_values_for_itself() {
    let local = SiteInfo {
        shared: false,
        ..keyed("post:{id}")
    };
    let by_key = audit_of([local, invalidating(Named::Key, "post:{id}")]);
    assert_eq!(by_key.dead().len(), 1);
    assert!(audit_of([local, keyed("post:{id}")]).meeting().is_empty());
}

#[test]
fn an_audit_is_walked_by_what_is_dead() {
    let audit = audit_of([
        keyed("user:{id}"),
        keyed("user:{name}"),
        invalidating(Named::Key, "sitemap"),
    ]);
    assert_eq!(audit.findings().len(), 2);
    let dead = said(&audit.dead());
    assert_eq!(said(&(&audit).into_iter().collect::<Vec<_>>()), dead);
    assert_eq!(said(&audit.into_iter().collect::<Vec<_>>()), dead);
}

#[test]
fn an_invalidation_in_one_cache_reaches_no_other() {
    let in_cache = |cache, info: SiteInfo| SiteInfo {
        cache: Some(cache),
        shared: info.kind != Kind::Invalidates,
        ..info
    };
    let posts = || invalidating(Named::Tag, "posts");
    let here = in_cache("pages", tagged(&["posts"]));
    assert!(audit_of([here, posts()]).dead().is_empty());
    assert!(
        audit_of([here, in_cache("pages", posts())])
            .dead()
            .is_empty()
    );
    let elsewhere = said(&audit_of([here, in_cache("other", posts())]).dead());
    assert!(
        elsewhere.ends_with("`posts` of `reads` (src/f.rs:1) is in the cache `pages`"),
        "{elsewhere}"
    );
    // Who keeps its values for itself is reached from every cache.
    let private = tagged(&["posts"]);
    assert!(
        audit_of([private, in_cache("other", posts())])
            .dead()
            .is_empty()
    );
    let shared = SiteInfo {
        shared: true,
        ..private
    };
    assert_eq!(
        audit_of([shared, in_cache("other", posts())]).dead().len(),
        1
    );
    assert!(
        audit_of([shared, in_cache("default", posts())])
            .dead()
            .is_empty()
    );
}

#[test]
fn a_key_in_a_namespace_is_not_the_bare_key() {
    let inside = SiteInfo {
        namespace: Some("category:{slug}"),
        ..keyed("posts:{page}")
    };
    assert_eq!(
        audit_of([inside, invalidating(Named::Key, "posts:{page}")])
            .dead()
            .len(),
        1
    );
    assert!(
        audit_of([inside, keyed("posts:{page}")])
            .meeting()
            .is_empty()
    );
}

#[test]
fn tags_that_only_values_know_leave_no_tag_dead() {
    let computes = SiteInfo {
        tags_from_value: true,
        ..NOTHING
    };
    assert!(
        audit_of([computes, invalidating(Named::Tag, "author:7")])
            .dead()
            .is_empty()
    );
    assert_eq!(
        audit_of([computes, invalidating(Named::Key, "author:7")])
            .dead()
            .len(),
        1
    );
}

#[test]
fn what_is_stored_by_hand_can_be_said() {
    let audit = audit_of([invalidating(Named::Key, "sitemap")]);
    assert_eq!(audit.dead().len(), 1);
    assert_eq!(audit.clone().by_hand(Named::Tag, "sitemap").dead().len(), 1);
    assert!(audit.by_hand(Named::Key, "sitemap").dead().is_empty());
}

#[test]
fn two_functions_with_one_key_are_a_finding_and_a_put_is_meant_to_be() {
    let other = SiteInfo {
        name: "other",
        ..keyed("user:{name}")
    };
    let found = audit_of([keyed("user:{id}"), other]);
    assert_eq!(found.findings().len(), 1);
    assert!(
        found
            .to_string()
            .contains("its key `user:{name}` can be the key `user:{id}` of `reads`"),
        "{found}"
    );
    found.assert_no_dead_invalidations();
    for apart in [
        keyed("user:{id}:posts"),
        SiteInfo {
            cache: Some("users"),
            ..other
        },
        SiteInfo {
            kind: Kind::Put,
            ..other
        },
        SiteInfo {
            kind: Kind::Page,
            ..other
        },
    ] {
        assert!(
            audit_of([keyed("user:{id}"), apart]).meeting().is_empty(),
            "{apart:?}"
        );
    }
}

#[test]
fn what_nothing_invalidates_is_told_to_who_asks() {
    let audit = audit_of([
        tagged(&["posts", "user:{id}"]),
        keyed("k:{id}"),
        invalidating(Named::Tag, "user:{user.id}"),
    ]);
    assert!(audit.findings().is_empty());
    assert_eq!(
        said(&audit.unused()),
        "`reads` (src/f.rs:1): declares the tag `posts`, and no annotated function invalidates it"
    );
    let computes = SiteInfo {
        kind: Kind::Invalidates,
        tags_from_value: true,
        ..NOTHING
    };
    assert!(audit_of([tagged(&["posts"]), computes]).unused().is_empty());
}

#[test]
fn nothing_found_says_so() {
    assert_eq!(
        audit_of([keyed("a")]).to_string(),
        "nothing found in 1 annotated functions"
    );
}

#[test]
#[should_panic(
    expected = "invalidations that reach nothing: 1\n`saves` (src/save.rs:7): invalidates the tag `posts`"
)]
fn the_assertion_panics_with_the_report() {
    audit_of([invalidating(Named::Tag, "posts")]).assert_no_dead_invalidations();
}
