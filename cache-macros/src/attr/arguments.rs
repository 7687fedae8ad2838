//! The arguments of `#[cached]` and `#[cache_page]`: one table, one record.

use super::duration::unnamed_value;
use super::{
    Arg, Capacity, Grammar, Handle, Kind, Names, Templates, Time, Ttl, each_argument, set,
};
use crate::errors::Errors;
use crate::suggest::did_you_mean;
use crate::template::Template;
use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprClosure, Ident, LitStr, Path, Result, Token};

/// What the attribute says. An argument means the same wherever it is taken.
#[derive(Clone, Default)]
pub(crate) struct Arguments {
    pub(crate) key: Option<Arg<Template>>,
    pub(crate) ttl: Option<Arg<Ttl>>,
    pub(crate) skip: Option<Arg<Names>>,
    pub(crate) guard: Option<Arg<Names>>,
    pub(crate) condition: Option<Arg<Expr>>,
    pub(crate) unless: Option<Arg<Expr>>,
    pub(crate) cache_err: Option<Arg<Time>>,
    pub(crate) capacity: Option<Arg<Capacity>>,
    pub(crate) tags: Option<Arg<Templates>>,
    /// Tags that only the value knows.
    pub(crate) tags_of_value: Option<Arg<ExprClosure>>,
    pub(crate) namespace: Option<Arg<Template>>,
    pub(crate) local: Option<Arg<()>>,
    pub(crate) shared: Option<Arg<()>>,
    pub(crate) cache: Option<Arg<LitStr>>,
    pub(crate) version: Option<Arg<u32>>,
    pub(crate) query: Option<Arg<Vec<LitStr>>>,
    pub(crate) browser: Option<Arg<Time>>,
    pub(crate) handle: Option<Arg<Handle>>,
    pub(crate) runtime: Option<Arg<Path>>,
    pub(crate) associated: Option<Arg<()>>,
    pub(crate) trait_impl: Option<Arg<()>>,
    /// Attributes that stood above and folded themselves in.
    pub(crate) folded: Vec<Folded>,
}

/// Another attribute of ours, by the tokens between its parentheses.
#[derive(Clone)]
pub(crate) struct Folded {
    pub(crate) kind: Kind,
    pub(crate) name: Ident,
    pub(crate) tokens: TokenStream,
    /// The path by which the user names it, where the compiler has not resolved it.
    pub(crate) unresolved: Option<Path>,
}

/// How each argument is written, and where it stands.
const TABLE: &[(&str, &str, &[Kind])] = {
    const ALL: &[Kind] = &[Kind::Cached, Kind::CachePage, Kind::CachePut];
    const BOTH: &[Kind] = &[Kind::Cached, Kind::CachePage];
    const CACHED: &[Kind] = &[Kind::Cached];
    const PAGE: &[Kind] = &[Kind::CachePage];
    &[
        ("key", r#"key = "user:{id}""#, ALL),
        ("ttl", r#"ttl = "15m""#, ALL),
        ("skip", "skip(db)", ALL),
        ("guard", "guard(admin)", PAGE),
        ("condition", "condition = id != 0", ALL),
        ("unless", "unless = Option::is_none", ALL),
        ("cache_err", r#"cache_err = "30s""#, BOTH),
        ("capacity", "capacity = 10_000", BOTH),
        ("local", "local", CACHED),
        ("shared", "shared", CACHED),
        ("tags", r#"tags("user:{id}")"#, ALL),
        ("namespace", r#"namespace = "user:{id}""#, ALL),
        ("cache", r#"cache = "pages""#, ALL),
        ("version", "version = 2", BOTH),
        ("query", r#"query = ["category", "page"]"#, PAGE),
        ("browser", r#"browser = "15m""#, PAGE),
        ("handle", "handle = false", BOTH),
        ("crate", "crate = my_app::cache_core", ALL),
        ("associated", "associated", BOTH),
        ("trait_impl", "trait_impl", CACHED),
    ]
};

/// Lists and paths of the smaller attributes.
const USAGE: &[(&str, &str)] = &[
    ("headers", r#"headers = ["Accept-Language"]"#),
    ("cookies", r#"cookies = ["preferences"]"#),
    ("skip_if", "skip_if = Option::is_none"),
    ("with", "with = Version::number"),
    ("keys", r#"keys("recent_posts")"#),
];

/// Arguments that a later version brings.
const LATER: &[&str] = &[
    "refresh_ahead",
    "stale_while_revalidate",
    "stale_if_error",
    "soft_timeout",
    "hard_timeout",
    "jitter",
    "fallback",
    "lock",
];

/// An example of the argument `name`.
pub(super) fn usage(name: &Ident) -> &'static str {
    let name = name.to_string();
    let arguments = TABLE.iter().map(|(known, usage, _)| (*known, *usage));
    arguments
        .chain(USAGE.iter().copied())
        .find(|(known, _)| *known == name)
        .map_or("", |(_, usage)| usage)
}

/// The attributes that take the argument `name`, its own first.
pub(super) fn kinds(name: &str) -> &'static [Kind] {
    let found = TABLE.iter().find(|(known, _, _)| *known == name);
    found.map_or(&[], |(_, _, kinds)| kinds)
}

/// `#[cached(…)]`.
pub(crate) struct Cached(pub(crate) Arguments);

/// `#[cache_page(…)]`.
pub(crate) struct CachePage(pub(crate) Arguments);

impl Grammar for Cached {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        Self(Arguments::read(Kind::Cached, input, errors))
    }
}

impl Grammar for CachePage {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        Self(Arguments::read(Kind::CachePage, input, errors))
    }
}

/// `#[cache_put(…)]`.
pub(crate) struct CachePut(pub(crate) Arguments);

impl Grammar for CachePut {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        Self(Arguments::read(Kind::CachePut, input, errors))
    }
}

impl Arguments {
    fn read(kind: Kind, input: ParseStream<'_>, errors: &mut Errors) -> Self {
        let mut arguments = Self::default();
        each_argument(input, errors, unnamed_value, |name, input| {
            match known(kind, &name) {
                Ok(()) => arguments.read_one(name, input),
                Err(error) => Err(error),
            }
        });
        arguments
    }

    fn read_one(&mut self, name: Ident, input: ParseStream<'_>) -> Result<()> {
        match name.to_string().as_str() {
            "key" => set(&mut self.key, name, input),
            "ttl" => set(&mut self.ttl, name, input),
            "skip" => set(&mut self.skip, name, input),
            "guard" => set(&mut self.guard, name, input),
            "condition" => set(&mut self.condition, name, input),
            "unless" => set(&mut self.unless, name, input),
            "cache_err" => set(&mut self.cache_err, name, input),
            "capacity" => set(&mut self.capacity, name, input),
            "tags" if input.peek(Token![=]) => set(&mut self.tags_of_value, name, input),
            "tags" => set(&mut self.tags, name, input),
            "namespace" => set(&mut self.namespace, name, input),
            "local" => set(&mut self.local, name, input),
            "shared" => set(&mut self.shared, name, input),
            "cache" => set(&mut self.cache, name, input),
            "version" => set(&mut self.version, name, input),
            "query" => set(&mut self.query, name, input),
            "browser" => set(&mut self.browser, name, input),
            "handle" => set(&mut self.handle, name, input),
            "crate" => set(&mut self.runtime, name, input),
            "associated" => set(&mut self.associated, name, input),
            "trait_impl" => set(&mut self.trait_impl, name, input),
            _ => Folded::read(&name, input).map(|folded| self.folded.push(folded)),
        }
    }

    /// Whether the values of a function with these go to a cache that others use as well.
    pub(crate) fn is_shared(&self) -> bool {
        let shares = self.key.is_some() || self.cache.is_some() || self.shared.is_some();
        shares && self.local.is_none()
    }

    /// The names set aside.
    pub(crate) fn skipped(&self) -> &[Ident] {
        self.skip.as_ref().map_or(&[], |skip| &skip.value.0)
    }

    /// The names of the guards.
    pub(crate) fn guards(&self) -> &[Ident] {
        self.guard.as_ref().map_or(&[], |guard| &guard.value.0)
    }
}

/// Refuses what the attribute does not take, with the nearest that it does.
fn known(kind: Kind, name: &Ident) -> Result<()> {
    let text = name.to_string();
    let here = || {
        TABLE
            .iter()
            .filter(|(_, _, kinds)| kinds.contains(&kind))
            .map(|(name, _, _)| *name)
    };
    let message = if here().any(|known| known == text) || Folded::kind(&text).is_some() {
        return Ok(());
    } else if let Some(home) = kinds(&text).first() {
        format!(
            "`{}` belongs to {home}; {kind} does not take it",
            usage(name)
        )
    } else if LATER.contains(&text.as_str()) {
        format!("`{text}` comes in a later version")
    } else if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == text) {
        format!("{kind} is an attribute of its own: write it above or below this one")
    } else if let Some(hint) = super::foreign::hint(kind, &text) {
        hint
    } else {
        let list = format!(
            "the arguments are {}",
            here().collect::<Vec<_>>().join(", ")
        );
        format!(
            "`{text}` is not an argument of {kind}{}",
            did_you_mean(&text, here(), &list)
        )
    };
    Err(Error::new_spanned(name, message))
}

impl Folded {
    const PREFIX: &'static str = "__";

    fn kind(argument: &str) -> Option<Kind> {
        let name = argument.strip_prefix(Self::PREFIX)?;
        Kind::ALL
            .into_iter()
            .find(|kind| !kind.is_primary() && kind.name() == name)
    }

    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let kind = Self::kind(&name.to_string())
            .ok_or_else(|| Error::new_spanned(name, "expected an argument"))?;
        let content;
        syn::parenthesized!(content in input);
        Ok(Self {
            kind,
            name: Ident::new(kind.name(), name.span()),
            tokens: content.parse()?,
            unresolved: None,
        })
    }

    /// The argument by which an attribute above tells the primary below what it says.
    pub(crate) fn to_argument(&self) -> TokenStream {
        let name = quote::format_ident!(
            "{}{}",
            Self::PREFIX,
            self.kind.name(),
            span = self.name.span()
        );
        let tokens = &self.tokens;
        quote::quote!(#name(#tokens))
    }
}

impl Arguments {
    /// The same, with what an `impl` block says for all that is in it.
    pub(crate) fn or(self, block: &Self) -> Self {
        fn either<T: Clone>(own: Option<Arg<T>>, block: Option<&Arg<T>>) -> Option<Arg<T>> {
            own.or_else(|| block.cloned())
        }
        Self {
            key: either(self.key, block.key.as_ref()),
            ttl: either(self.ttl, block.ttl.as_ref()),
            skip: either(self.skip, block.skip.as_ref()),
            guard: either(self.guard, block.guard.as_ref()),
            condition: either(self.condition, block.condition.as_ref()),
            unless: either(self.unless, block.unless.as_ref()),
            cache_err: either(self.cache_err, block.cache_err.as_ref()),
            capacity: either(self.capacity, block.capacity.as_ref()),
            tags: either(self.tags, block.tags.as_ref()),
            tags_of_value: either(self.tags_of_value, block.tags_of_value.as_ref()),
            namespace: either(self.namespace, block.namespace.as_ref()),
            local: either(self.local, block.local.as_ref()),
            shared: either(self.shared, block.shared.as_ref()),
            cache: either(self.cache, block.cache.as_ref()),
            version: either(self.version, block.version.as_ref()),
            query: either(self.query, block.query.as_ref()),
            browser: either(self.browser, block.browser.as_ref()),
            handle: either(self.handle, block.handle.as_ref()),
            runtime: either(self.runtime, block.runtime.as_ref()),
            associated: either(self.associated, block.associated.as_ref()),
            trait_impl: either(self.trait_impl, block.trait_impl.as_ref()),
            folded: self.folded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::mistakes;

    fn cached(arguments: &str) -> Vec<(String, String)> {
        mistakes::<Cached>(arguments)
    }

    fn one(arguments: &str) -> (String, String) {
        let mut found = cached(arguments);
        assert_eq!(found.len(), 1, "{arguments}: {found:?}");
        found.remove(0)
    }

    #[test]
    fn every_argument_of_the_table_is_read() {
        for (name, usage, kinds) in TABLE {
            let found = if kinds.contains(&Kind::Cached) {
                cached(usage)
            } else {
                mistakes::<CachePage>(usage)
            };
            assert!(found.is_empty(), "{name}: {found:?}");
        }
    }

    #[test]
    fn an_unknown_argument_gets_a_suggestion_and_the_list() {
        let (at, message) = one("tll = 5");
        assert_eq!(at, "tll");
        assert!(message.starts_with("`tll` is not an argument of `#[cached]`; did you mean `ttl`? the arguments are key, ttl"), "{message}");
        assert!(!one("banana").1.contains("did you mean"));
    }

    #[test]
    fn a_later_argument_says_so() {
        for name in LATER {
            assert_eq!(
                one(&format!("ttl = 5, {name} = 1 + 2")),
                (
                    name.to_string(),
                    format!("`{name}` comes in a later version")
                )
            );
        }
    }

    #[test]
    fn an_argument_of_the_other_attribute_names_it() {
        assert_eq!(
            one("guard(admin)").1,
            "`guard(admin)` belongs to `#[cache_page]`; `#[cached]` does not take it"
        );
        assert_eq!(
            mistakes::<CachePage>("local")[0].1,
            "`local` belongs to `#[cached]`; `#[cache_page]` does not take it"
        );
        assert_eq!(
            one("vary_on(cookies)").1,
            "`#[vary_on]` is an attribute of its own: write it above or below this one"
        );
    }

    #[test]
    fn given_twice_stands_on_the_second() {
        assert_eq!(
            one("ttl = 5, ttl = 6"),
            ("ttl".to_owned(), "`ttl` is given twice".to_owned())
        );
    }

    #[test]
    fn mistakes_are_gathered_and_each_stands_on_its_token() {
        let found = cached(
            "ttl = \"15min\", capacity, keey = \"a\", skip(db), version = |a, b| a, local = 1",
        );
        let at: Vec<&str> = found.iter().map(|(at, _)| at.as_str()).collect();
        assert_eq!(at, ["\"15min\"", "capacity", "keey", "|", "="]);
    }

    #[test]
    fn values_of_the_wrong_kind_show_the_right_form() {
        let expect = |arguments: &str, at: &str, message: &str| {
            assert_eq!(one(arguments), (at.to_owned(), message.to_owned()));
        };
        expect(
            "key",
            "key",
            r#"`key` takes a value, as in `key = "user:{id}"`"#,
        );
        expect(
            "key = , ttl = 1",
            "key",
            r#"`key =` is followed by no value, as in `key = "user:{id}"`"#,
        );
        expect(
            "key = id",
            "id",
            r#"`key` takes a text with holes for the arguments, as in `key = "user:{id}"`"#,
        );
        expect(
            "ttl = 1.5",
            "1.5",
            "a time is whole seconds, as in `900`, text, as in `\"15m\"`, or an expression that gives whole seconds or a `Duration`",
        );
        expect(
            "ttl = 5f64",
            "5f64",
            "a time is whole seconds, as in `900`, text, as in `\"15m\"`, or an expression that gives whole seconds or a `Duration`",
        );
        expect(
            "ttl = 99999999999999999999",
            "99999999999999999999",
            "`99999999999999999999` is longer than time can be counted",
        );
        expect("ttl = -5", "-5", "a time is not negative");
        expect("ttl = 0", "0", "a `ttl` of zero keeps nothing");
        expect(
            "cache_err = |e| x",
            "|",
            "`cache_err` takes a time, not a closure; only `ttl` looks at the outcome",
        );
        expect(
            "skip",
            "skip",
            "`skip` takes names of arguments, as in `skip(db)`",
        );
        expect(
            "skip = db",
            "=",
            "`skip` takes names of arguments, as in `skip(db)`",
        );
        expect("skip()", "skip", "`skip` names no argument");
        expect("skip(db, db)", "db", "`db` is given twice in `skip`");
        expect(
            "version = \"2\"",
            "\"2\"",
            "`version` takes a whole number, as in `version = 2`",
        );
        expect(
            "cache = pages",
            "pages",
            "`cache` takes a text, as in `cache = \"pages\"`",
        );
        expect("cache = \"\"", "\"\"", "an empty `cache` names nothing");
        expect(
            "handle = true",
            "true",
            "a handle is there unless `handle = false`",
        );
        expect(
            "handle = 5",
            "5",
            "`handle` takes a name, as in `handle = fib_cache`, or `false`",
        );
        expect(
            "crate = \"x\"",
            "\"x\"",
            "`crate` takes the path of cache-core, as in `crate = my_app::cache_core`",
        );
        expect(
            "ttl = 5 local",
            "local",
            "expected `,` and the next argument",
        );
        expect(
            "= 5",
            "=",
            "expected the name of an argument, as in `ttl = \"5m\"`",
        );
        expect(
            "\"5m\"",
            "\"5m\"",
            "a value without its name; write `ttl = \"5m\"`",
        );
        expect(
            "\"user:{id}\"",
            "\"user:{id}\"",
            "a value without its name; write `key = \"user:{id}\"`",
        );
        expect("300", "300", "a value without its name; write `ttl = 300`");
        expect("5m", "5m", "a value without its name; write `ttl = \"5m\"`");
        expect(
            "10k",
            "10k",
            "a value without its name; write its name first, as in `ttl = \"5m\"`",
        );
        expect(
            "tags(posts)",
            "posts",
            "`posts` is text and needs quotes: write `tags(\"posts\")`; a hole takes an argument, as in `tags(\"user:{id}\")`",
        );
    }

    #[test]
    fn lists_of_pages() {
        let page = |arguments: &str| mistakes::<CachePage>(arguments)[0].clone();
        assert_eq!(
            page("query").1,
            "`query` takes a list, as in `query = [\"category\", \"page\"]`"
        );
        assert_eq!(page("query = \"a\"").0, "\"a\"");
        assert!(
            mistakes::<CachePage>("query = []").is_empty(),
            "a page may depend on no parameter"
        );
    }
}
