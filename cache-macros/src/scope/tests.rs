//! Free names, and how they read.

use super::*;
use quote::ToTokens;

fn free(expression: &str) -> String {
    let names = free_names(&syn::parse_str(expression).expect("an expression"));
    names
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

fn through(expression: &str) -> String {
    let expression = syn::parse_str(expression).expect("an expression");
    dereferenced(expression, |name| name == "n")
        .into_token_stream()
        .to_string()
}

#[test]
fn free_names_are_those_from_outside() {
    assert_eq!(free("user.id + page"), "user page");
    assert_eq!(free("a::b(x, Y)"), "x Y");
    assert_eq!(free("xs.iter().map(|x| x + y)"), "xs y");
    assert_eq!(free("match a { Some(b) if b > c => b, _ => d }"), "a c d");
    assert_eq!(free("if let Some(b) = a { b } else { b }"), "a b");
    assert_eq!(free("{ let a = a; a + b }"), "a b");
    assert_eq!(free("for i in items { i; }"), "items");
    assert_eq!(free("Point { x, y: z }"), "x z");
    assert_eq!(free("self.id"), "self");
}

#[test]
fn macro_calls_may_use_any_word_in_them() {
    assert_eq!(free("format!(\"{id:05}/{}\", slug.len())"), "id slug");
    assert_eq!(free("matches!(kind, Kind::A)"), "kind Kind A");
}

#[test]
fn a_reference_reads_as_what_it_points_to() {
    assert_eq!(through("n != 99"), "(* n) != 99");
    assert_eq!(through("n.id.len() + m"), "(* n) . id . len () + m");
    assert_eq!(through("Point { n }"), "Point { n : (* n) }");
}

#[test]
fn a_name_that_is_shadowed_stays_as_it_is() {
    assert_eq!(through("|n| n + 1"), "| n | n + 1");
    assert_eq!(
        through("{ let n = n + 1 ; n }"),
        "{ let n = (* n) + 1 ; n }"
    );
    assert_eq!(
        through("if let Some (n) = n { n } else { n }"),
        "if let Some (n) = (* n) { n } else { (* n) }"
    );
    assert_eq!(
        through("while let Some (n) = n { n ; }"),
        "while let Some (n) = (* n) { n ; }"
    );
    assert_eq!(through("format ! (\"{n}\")"), "format ! (\"{n}\")");
    assert_eq!(through("n (1)"), "(* n) (1)");
}

fn certain(expression: &str) -> String {
    let names = certain_free_names(&syn::parse_str(expression).expect("an expression"));
    names
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn a_name_is_certain_where_no_macro_can_bind_it() {
    assert_eq!(certain("{ let a = user.name; a }"), "user");
    assert_eq!(certain("format!(\"{user} {}\", post.title)"), "post user");
    assert_eq!(certain("format!(\"{user:?}\")"), "user");
    assert_eq!(certain("format!(\"{{user}}\")"), "");
    assert_eq!(certain("format!(\"{user}\", user = name)"), "name");
    assert_eq!(certain("json!({ user: 1 })"), "");
    assert_eq!(certain("{ bind!(user = 5); user.name }"), "");
    assert_eq!(certain("{ fn user() -> u8 { 1 } user() }"), "");
    assert_eq!(certain("{ let id = user(); fn user() -> u8 { 1 } id }"), "");
    assert_eq!(certain("{ let user = user.id; user }"), "user");
    assert_eq!(certain("|user: User| user.name"), "");
    assert_eq!(certain("async move { drop(user) }"), "drop user");
}
