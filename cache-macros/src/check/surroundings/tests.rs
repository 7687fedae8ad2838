//! Where attributes stand.

use super::*;

/// What stands around the `#[here]` of a text.
fn found(text: &str) -> Surroundings {
    let at = text.find("#[here]").expect("an attribute");
    let line = text[..at].matches('\n').count() + 1;
    let column = text[..at].chars().rev().take_while(|c| *c != '\n').count() + 1;
    around(text, line, column).expect("a place in the text")
}

#[test]
fn the_innermost_block_is_what_counts() {
    for (text, block) in [
        ("#[here] fn f() {}", EnclosingBlock::Other),
        ("mod m { #[here] fn f() {} }", EnclosingBlock::Other),
        ("impl A { #[here] fn f() {} }", EnclosingBlock::Impl),
        (
            "impl A { fn g() {}\n const C: u8 = 1;\n    #[here]\n fn f() {} }",
            EnclosingBlock::Impl,
        ),
        (
            "impl A { fn g() { #[here] fn f() {} } }",
            EnclosingBlock::Other,
        ),
        (
            "impl A { fn g() {} }\n#[here] fn f() {}",
            EnclosingBlock::Other,
        ),
        (
            "impl B for A { #[here] fn f() {} }",
            EnclosingBlock::TraitImpl,
        ),
        (
            "unsafe impl<T: C> B<T> for A<T> where T: D { #[here] fn f() {} }",
            EnclosingBlock::TraitImpl,
        ),
        (
            "impl B for [u8; 4] { #[here] fn f() {} }",
            EnclosingBlock::TraitImpl,
        ),
        (
            "#[async_trait] /* for */ impl B for A { #[here] fn f() {} }",
            EnclosingBlock::TraitImpl,
        ),
        (
            "#[doc = \"for a\"] impl A { #[here] fn f() {} }",
            EnclosingBlock::Impl,
        ),
        (
            "impl<F> A<F> where F: for<'a> Fn(&'a u8) { #[here] fn f() {} }",
            EnclosingBlock::Impl,
        ),
        (
            "// for\nimpl A /* B for */ { #[here] fn f() {} }",
            EnclosingBlock::Impl,
        ),
        ("trait B { #[here] fn f() {} }", EnclosingBlock::Other),
        (
            "fn implement() { #[here] fn f() {} }",
            EnclosingBlock::Other,
        ),
        (
            "macro_rules! m { () => { impl A { #[here] fn f() {} } } }",
            EnclosingBlock::Impl,
        ),
    ] {
        assert_eq!(found(text).block, block, "{text}");
    }
}

#[test]
fn braces_in_texts_and_comments_open_no_block() {
    for before in [
        "// {\n",
        "/* { /* { */ { */",
        "const A: &str = \"{ \\\" {\";",
        "const A: &str = r#\"{ \" {\"#;",
        "const A: &[u8] = br\"{\\\";",
        "const A: char = '{';",
        "const A: char = '\\'';",
        "const A: u8 = b'{';",
        "fn r#impl<'a>(_: &'a str) {}",
        "const ö: &str = \"ö{\";",
    ] {
        let text = format!("{before} impl A {{ #[here] fn f() {{}} }}");
        assert_eq!(found(&text).block, EnclosingBlock::Impl, "{text}");
    }
}

#[test]
fn attributes_above_are_seen_up_to_the_item_before() {
    assert!(
        found("#[axum::debug_handler]\n/// Docs.\n#[here] async fn f() {}").below_debug_handler
    );
    assert!(
        found("fn g() {}\n#[debug_handler(state = S)] #[here] async fn f() {}").below_debug_handler
    );
    assert!(
        !found("#[debug_handler] async fn g() {}\n#[here] async fn f() {}").below_debug_handler
    );
    assert!(!found("// debug_handler\n#[here] async fn f() {}").below_debug_handler);
    assert!(!found("#[here] #[debug_handler] async fn f() {}").below_debug_handler);
}

#[test]
fn a_text_that_is_not_the_compilers_says_nothing() {
    assert_eq!(around("impl A { fn f() {} }", 1, 3), None);
    assert_eq!(around("#[here] fn f() {}", 7, 1), None);
    assert_eq!(around("", 0, 0), None);
}
