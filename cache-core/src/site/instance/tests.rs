use super::*;

const INFO: SiteInfo = SiteInfo {
    name: "app::dashboard",
    file: "src/app.rs",
    line: 1,
    kind: Kind::Page,
    key: None,
    terms: "fn(_admin : Admin) guard(_admin)",
    ttl: None,
    tags: &[],
    tags_from_value: false,
    namespace: None,
    invalidates: &[],
    cache: None,
    shared: true,
    capacity: None,
    version: 0,
};

/// The function in a build of its program.
fn build(info: SiteInfo) -> &'static Site {
    Box::leak(Box::new(Site::new(|| "app::dashboard::__Place", info)))
}

fn instance(site: &'static Site) -> Instance {
    Instance {
        site,
        id: TypeId::of::<()>(),
        name: "app::dashboard::{{closure}}",
        types: || "",
    }
}

#[test]
fn builds_of_the_same_terms_share_their_entries() {
    let (one, other) = (build(INFO), build(SiteInfo { line: 9, ..INFO }));
    assert_eq!(instance(one).own_name(), instance(other).own_name());
}

#[test]
fn a_build_of_other_terms_takes_none_of_the_entries() {
    let guarded = build(INFO);
    for terms in ["", "fn(_admin : Admin)", "fn(_admin : User) guard(_admin)"] {
        let other = build(SiteInfo { terms, ..INFO });
        assert_ne!(
            instance(guarded).own_name(),
            instance(other).own_name(),
            "{terms}"
        );
    }
}

#[test]
fn a_build_of_other_terms_still_clears_the_entries_of_all() {
    let other = build(SiteInfo { terms: "", ..INFO });
    assert_eq!(build(INFO).own_name(), other.own_name());
}
