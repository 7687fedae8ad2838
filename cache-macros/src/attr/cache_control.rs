//! `#[cache_control(public, max_age = 3600)]`.

use super::{Arg, DeltaSeconds, Grammar, TimeArgument, each_argument, set};
use crate::errors::Errors;
use crate::suggest::did_you_mean;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, Lit, Path, Result, Token};

/// The arguments of `#[cache_control]`: the directives, with underscores for dashes.
#[derive(Clone, Default)]
pub(crate) struct CacheControlArguments {
    pub(crate) public: Option<Arg<()>>,
    pub(crate) private: Option<Arg<()>>,
    pub(crate) no_cache: Option<Arg<()>>,
    pub(crate) no_store: Option<Arg<()>>,
    pub(crate) must_revalidate: Option<Arg<()>>,
    pub(crate) proxy_revalidate: Option<Arg<()>>,
    pub(crate) must_understand: Option<Arg<()>>,
    pub(crate) no_transform: Option<Arg<()>>,
    pub(crate) immutable: Option<Arg<()>>,
    pub(crate) max_age: Option<Arg<DeltaSeconds>>,
    pub(crate) s_maxage: Option<Arg<DeltaSeconds>>,
    pub(crate) stale_while_revalidate: Option<Arg<DeltaSeconds>>,
    pub(crate) stale_if_error: Option<Arg<DeltaSeconds>>,
    /// How long CDNs may keep the answer, which is a field of its own.
    pub(crate) cdn: Option<Arg<DeltaSeconds>>,
    pub(crate) runtime: Option<Arg<Path>>,
    pub(crate) associated: Option<Arg<()>>,
}

const NAMES: [&str; 14] = [
    "public",
    "private",
    "no_cache",
    "no_store",
    "must_revalidate",
    "proxy_revalidate",
    "must_understand",
    "no_transform",
    "immutable",
    "max_age",
    "s_maxage",
    "stale_while_revalidate",
    "stale_if_error",
    "cdn",
];

impl Grammar for CacheControlArguments {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        let mut said = Self::default();
        let nothing = input.is_empty().then(|| input.span());
        each_argument(input, errors, unnamed, |name, input| {
            said.read_one(name, input)
        });
        if let Some(span) = nothing {
            errors.push(Error::new(
                span,
                "`#[cache_control]` says nothing; write directives, as in `public, max_age = 3600`",
            ));
        }
        said
    }
}

impl CacheControlArguments {
    fn read_one(&mut self, name: Ident, input: ParseStream<'_>) -> Result<()> {
        match name.to_string().as_str() {
            "public" => set(&mut self.public, name, input),
            "private" => set(&mut self.private, name, input),
            "no_cache" => set(&mut self.no_cache, name, input),
            "no_store" => set(&mut self.no_store, name, input),
            "must_revalidate" => set(&mut self.must_revalidate, name, input),
            "proxy_revalidate" => set(&mut self.proxy_revalidate, name, input),
            "must_understand" => set(&mut self.must_understand, name, input),
            "no_transform" => set(&mut self.no_transform, name, input),
            "immutable" => set(&mut self.immutable, name, input),
            "max_age" => set(&mut self.max_age, name, input),
            "s_maxage" => set(&mut self.s_maxage, name, input),
            "stale_while_revalidate" => set(&mut self.stale_while_revalidate, name, input),
            "stale_if_error" => set(&mut self.stale_if_error, name, input),
            "cdn" => set(&mut self.cdn, name, input),
            "crate" => set(&mut self.runtime, name, input),
            "associated" => set(&mut self.associated, name, input),
            other => Err(Error::new_spanned(&name, unknown(other, input)?)),
        }
    }

    /// The directives without a value that are given, in the order in which they are sent.
    pub(crate) fn words(&self) -> impl Iterator<Item = &Ident> {
        let words = [
            &self.public,
            &self.private,
            &self.no_cache,
            &self.no_store,
            &self.must_revalidate,
            &self.proxy_revalidate,
            &self.must_understand,
            &self.no_transform,
            &self.immutable,
        ];
        words.into_iter().flatten().map(|word| &word.name)
    }

    /// The times, by their names.
    pub(crate) fn times(&self) -> [(&'static str, Option<&Arg<DeltaSeconds>>); 5] {
        [
            ("max_age", self.max_age.as_ref()),
            ("s_maxage", self.s_maxage.as_ref()),
            (
                "stale_while_revalidate",
                self.stale_while_revalidate.as_ref(),
            ),
            ("stale_if_error", self.stale_if_error.as_ref()),
            ("cdn", self.cdn.as_ref()),
        ]
    }

    /// The times that are computed from the arguments of the handler.
    pub(crate) fn computed(&self) -> impl Iterator<Item = (&'static str, &Expr)> {
        let times = self.times().into_iter();
        times.filter_map(|(name, time)| match &time?.value.0 {
            TimeArgument::Computed { expression, .. } => Some((name, &**expression)),
            TimeArgument::Fixed(_) => None,
        })
    }
}

/// What to write for a value without an argument's name.
fn unnamed(_: &Lit) -> String {
    "directives, as in `public, max_age = 3600`".to_owned()
}

/// What is wrong with another word; reads on where the words of a directive are joined by dashes.
fn unknown(name: &str, input: ParseStream<'_>) -> Result<String> {
    let mut words = name.to_owned();
    while input.peek(Token![-]) && input.peek2(Ident::peek_any) {
        input.parse::<Token![-]>()?;
        words = format!("{words}_{}", input.call(Ident::parse_any)?);
    }
    if words != name && NAMES.contains(&words.as_str()) {
        return Ok(format!(
            "a directive is written with underscores: `{words}`"
        ));
    }
    let list = format!("the directives are {}", NAMES.join(", "));
    Ok(format!(
        "`{words}` is not an argument of `#[cache_control]`{}",
        did_you_mean(&words, NAMES, &list)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{accepted, mistakes};

    fn wrong(arguments: &str) -> String {
        let found = mistakes::<CacheControlArguments>(arguments);
        assert_eq!(found.len(), 1, "{arguments}: {found:?}");
        format!("{} | {}", found[0].0, found[0].1)
    }

    #[test]
    fn words_and_times() {
        let said: CacheControlArguments =
            accepted("max_age = 0, immutable, s_maxage = n.life(), public, cdn = \"1y\"");
        let words: Vec<_> = said.words().map(ToString::to_string).collect();
        assert_eq!(words, ["public", "immutable"]);
        let computed: Vec<_> = said.computed().map(|(name, _)| name).collect();
        assert_eq!(computed, ["s_maxage"]);
    }

    #[test]
    fn mistakes_of_form() {
        assert!(wrong("").contains("says nothing"));
        assert_eq!(
            wrong("max-age = 5"),
            "max | a directive is written with underscores: `max_age`"
        );
        assert!(wrong("stale-while-revalidate = 5").ends_with("`stale_while_revalidate`"));
        assert!(wrong("maxage = 5").contains("did you mean `max_age`?"));
        assert!(wrong("s-maxage").ends_with("`s_maxage`"));
        assert!(wrong("what").contains("the directives are public, private"));
        assert!(wrong("\"public\"").contains("write directives, as in"));
        assert_eq!(
            wrong("public = true"),
            "= | `public` stands alone; it takes no value"
        );
        assert!(wrong("max_age").contains("as in `max_age = 3600`"));
        assert_eq!(
            wrong("max_age = \"500ms\""),
            "\"500ms\" | `max_age` is sent in whole seconds"
        );
        assert!(wrong("max_age = |page| page.life()").contains("not a closure"));
        assert_eq!(wrong("public, public"), "public | `public` is given twice");
    }
}
