use super::*;
use crate::testing::at_fault;
use quote::ToTokens;

fn item(text: &str) -> crate::signature::Function {
    syn::parse_str(text).expect("a function")
}

fn folded(text: &str, attribute: &str) -> Option<String> {
    let mut function = item(text);
    let attribute = Folded {
        kind: AttributeKind::VaryOn,
        name: quote::format_ident!("vary_on"),
        tokens: attribute.parse().expect("tokens"),
        unresolved: None,
    };
    fold(&attribute, &mut function.attributes)
        .then(|| function.attributes[0].to_token_stream().to_string())
}

fn merged(text: &str) -> Result<Merged> {
    let mut function = item(text);
    let mut errors = Errors::default();
    let ours = take(&mut function.attributes, &mut errors);
    let merged = Merged::read(ours, &mut errors);
    merged.check(&mut errors);
    errors.finish().map(|()| merged)
}

fn wrong(text: &str) -> (String, String) {
    let error = merged(text).err().expect("a mistake");
    let mut found = at_fault(&error);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn a_secondary_above_folds_itself_into_the_primary() {
    let fold = |text| folded(text, "cookies").expect("a primary");
    assert_eq!(
        fold("#[cache_page] fn f() {}"),
        "# [cache_page (__vary_on (cookies))]"
    );
    assert_eq!(
        fold("#[a::cache_page()] fn f() {}"),
        "# [a :: cache_page (__vary_on (cookies))]"
    );
    assert_eq!(
        fold("#[cache_page(ttl = 5)] fn f() {}"),
        "# [cache_page (ttl = 5 , __vary_on (cookies))]"
    );
    assert_eq!(
        fold("#[cache_page(ttl = 5,)] fn f() {}"),
        "# [cache_page (ttl = 5 , __vary_on (cookies))]"
    );
    assert_eq!(folded("#[never_cache] fn f() {}", "cookies"), None);
}

#[test]
fn order_does_not_matter() {
    for text in [
        "#[cache_page(ttl = 5)] #[vary_on(cookies)] fn f() {}",
        "#[cache_page(ttl = 5, __vary_on(cookies))] fn f() {}",
        "#[other] #[cache_core::vary_on(cookies)] #[doc = \"\"] #[cache_page(ttl = 5)] fn f() {}",
    ] {
        let merged = merged(text).expect("no mistake");
        assert!(
            merged
                .primary
                .is_some_and(|primary| primary.arguments.ttl.is_some()),
            "{text}"
        );
        assert_eq!(merged.vary_on.len(), 1, "{text}");
    }
}

#[test]
fn attributes_about_headers_go_together_but_for_never_cache() {
    for text in [
        "#[cache_page(ttl = 5, __conditional(etag = \"{n}\"))] #[cache_control(public)] fn f() {}",
        "#[conditional(etag = \"{n}\")] #[cache_control(public)] #[cache_page(ttl = 5)] fn f() {}",
    ] {
        let merged = merged(text).expect("no mistake");
        assert!(merged.cache_control.is_some() && merged.conditional.is_some());
    }
    assert!(merged("#[never_cache] #[conditional(etag = \"{n}\")] fn f() {}").is_ok());
    for text in [
        "#[never_cache] #[cache_control(public)] fn f() {}",
        "#[cache_control(public)] #[never_cache] fn f() {}",
    ] {
        let (place, message) = wrong(text);
        assert_eq!(place, "cache_control");
        assert!(message.starts_with("`#[cache_control]` contradicts `#[never_cache]`"));
    }
}

#[test]
fn a_handler_in_a_block_speaks_for_itself() {
    let block = "#[cache_page(ttl = 5)] #[cache_control(public)] #[conditional(etag = \"{n}\")]";
    let plain = within("", block, true).expect("a page");
    assert!(
        plain
            .cache_control
            .is_some_and(|(_, said)| said.public.is_some())
    );
    assert!(plain.conditional.is_some());
    let own = within("#[cache_control(private)]", block, true).expect("a page");
    let (_, said) = own.cache_control.expect("its own");
    assert!(said.private.is_some() && said.public.is_none());
    let never = within("#[never_cache]", block, true).expect("a handler");
    assert!(never.cache_control.is_none() && never.primary.is_none());
}

#[test]
fn foreign_attributes_stay() {
    let mut function = item("#[doc = \"a\"] #[cached] #[instrument] fn f() {}");
    let taken = take(&mut function.attributes, &mut Errors::default());
    assert_eq!((taken.len(), function.attributes.len()), (1, 2));
}

#[test]
fn contradictions_stand_on_the_second() {
    assert_eq!(
        wrong("#[cached] #[cache_page] fn f() {}"),
        (
            "cache_page".to_owned(),
            "`#[cache_page]` contradicts `#[cached]`: a function is cached as one or the other"
                .to_owned()
        )
    );
    assert_eq!(
        wrong("#[cached] #[cached] fn f() {}").1,
        "`#[cached]` is given twice"
    );
    assert_eq!(
        wrong("#[never_cache] #[never_cache] fn f() {}").1,
        "`#[never_cache]` is given twice"
    );
    assert_eq!(
        wrong("#[cache_page(ttl = 5, __never_cache())] fn f() {}").1,
        "`#[never_cache]` contradicts `#[cache_page]`; leave one of them out"
    );
    assert!(
        wrong("#[cached] #[vary_on(cookies)] fn f() {}")
            .1
            .starts_with("`#[vary_on]` is for pages")
    );
    assert_eq!(
        wrong("#[cached = 5] fn f() {}").1,
        "`#[cached]` takes its arguments in parentheses"
    );
}

#[test]
fn what_was_generated_is_known() {
    let mut function = item("fn f() {}");
    assert!(refuse_expanded(AttributeKind::VaryOn, &function.attributes).is_ok());
    function.attributes.push(marker());
    let error =
        refuse_expanded(AttributeKind::VaryOn, &function.attributes).expect_err("a mistake");
    assert!(
        error.to_string().ends_with("write it as `#[vary_on]`"),
        "{error}"
    );
}

fn within(function: &str, block: &str, is_handler: bool) -> Option<Merged> {
    let block = merged(&format!("{block} fn f() {{}}")).expect("no mistake");
    merged(&format!("{function} fn f() {{}}"))
        .expect("no mistake")
        .within(&block, is_handler)
}

#[test]
fn a_block_of_pages_speaks_for_every_handler() {
    let page = "#[cache_page(ttl = 5, version = 2)] #[vary_on(cookies)]";
    let plain = within("", page, true).expect("a page");
    assert!(
        plain
            .primary
            .is_some_and(|primary| primary.arguments.ttl.is_some())
    );
    assert_eq!(plain.vary_on.len(), 1);
    assert!(within("", page, false).is_none(), "no handler");
    let own = within("#[cache_page(version = 3)]", page, true)
        .and_then(|own| own.primary)
        .expect("a page")
        .arguments;
    assert_eq!(
        (own.version.map(|version| version.value), own.ttl.is_some()),
        (Some(3), true)
    );
    let never = within("#[never_cache]", page, true).expect("a handler");
    assert!(never.primary.is_none() && never.never_cache.is_some());
    let function = within("#[cached]", page, true).expect("a function");
    assert!(
        function
            .primary
            .is_some_and(|own| own.kind == AttributeKind::Cached && own.arguments.ttl.is_none())
    );
}

#[test]
fn a_block_of_functions_speaks_for_those_that_are_cached() {
    let block = "#[cached(ttl = 5)]";
    assert!(within("", block, true).is_none());
    let own = within("#[cached(version = 3)]", block, false)
        .and_then(|own| own.primary)
        .expect("a function");
    assert!(own.arguments.ttl.is_some() && own.arguments.version.is_some());
}
