//! `#[vary_on(headers = ["X-Tenant"], cookies = ["preferences"], languages = ["en", "de"], encodings = ["gzip"], device)]`.

use super::value::Value;
use super::{Arg, Grammar, each_argument, set};
use crate::errors::Errors;
use crate::suggest::did_you_mean;
use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::{Error, Ident, Lit, LitStr, Path, Result, Token};

/// The arguments of `#[vary_on]`.
#[derive(Clone, Default)]
pub(crate) struct VaryOn {
    pub(crate) headers: Option<Arg<Vec<LitStr>>>,
    pub(crate) cookies: Option<Arg<Cookies>>,
    pub(crate) languages: Option<Arg<Vec<LitStr>>>,
    pub(crate) encodings: Option<Arg<Vec<LitStr>>>,
    pub(crate) device: Option<Arg<()>>,
    pub(crate) runtime: Option<Arg<Path>>,
    pub(crate) associated: Option<Arg<()>>,
}

/// The value of `cookies`.
#[derive(Clone)]
pub(crate) enum Cookies {
    /// The whole `Cookie` header.
    All,
    Named(Vec<LitStr>),
}

impl Value for Cookies {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        if input.peek(Token![=]) {
            Vec::read(name, input).map(Self::Named)
        } else {
            <()>::read(name, input).map(|()| Self::All)
        }
    }

    fn read_some(name: &Ident, input: ParseStream<'_>) -> (Option<Self>, Result<()>) {
        if input.peek(Token![=]) {
            let (names, read) = Vec::read_some(name, input);
            (names.map(Self::Named), read)
        } else {
            let (all, read) = <()>::read_some(name, input);
            (all.map(|()| Self::All), read)
        }
    }
}

impl Grammar for VaryOn {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        let mut vary = Self::default();
        let nothing = input.is_empty().then(|| input.span());
        if let Ok(text) = input.fork().parse::<LitStr>() {
            errors.at(&text, format!("`#[vary_on]` takes lists by name; write `headers = [\"{0}\"]`, or `cookies = [\"{0}\"]`", text.value()));
            drop(input.parse::<TokenStream>());
            return vary;
        }
        each_argument(input, errors, unnamed, |name, input| {
            match name.to_string().as_str() {
                "headers" => set(&mut vary.headers, name, input),
                "cookies" => set(&mut vary.cookies, name, input),
                "languages" => set(&mut vary.languages, name, input),
                "encodings" => set(&mut vary.encodings, name, input),
                "device" => set(&mut vary.device, name, input),
                "crate" => set(&mut vary.runtime, name, input),
                "associated" => set(&mut vary.associated, name, input),
                other => {
                    let list =
                        "write `headers = [\"Accept-Language\"]` or `cookies = [\"preferences\"]`";
                    let hint = did_you_mean(
                        other,
                        ["headers", "cookies", "languages", "encodings", "device"],
                        list,
                    );
                    Err(Error::new_spanned(
                        &name,
                        format!("`{other}` is not an argument of `#[vary_on]`{hint}"),
                    ))
                }
            }
        });
        vary.check_names(errors);
        if let Some(span) = nothing {
            errors.push(Error::new(span, "`#[vary_on]` names nothing; write `headers = [\"Accept-Language\"]` or `cookies = [\"preferences\"]`"));
        }
        vary
    }
}

/// What to write for a text without an argument's name.
fn unnamed(value: &Lit) -> String {
    match value {
        Lit::Str(text) => format!("`headers = [{0}]` or `cookies = [{0}]`", text.token()),
        _ => "texts in a list, as in `headers = [\"Accept-Language\"]`".to_owned(),
    }
}

impl VaryOn {
    fn check_names(&mut self, errors: &mut Errors) {
        if let Some(headers) = &mut self.headers {
            for header in &mut headers.value {
                errors.absorb(header_name(header));
                *header = LitStr::new(&header.value().to_ascii_lowercase(), header.span());
            }
            given_once(headers, "header", errors);
        }
        if let Some(Arg {
            name,
            value: Cookies::Named(cookies),
        }) = &self.cookies
        {
            for cookie in cookies.iter().filter(|cookie| !is_token(&cookie.value())) {
                errors.at(cookie, format!("`{}` is not a cookie name", cookie.value()));
            }
            given_once(
                &Arg {
                    name: name.clone(),
                    value: cookies.clone(),
                },
                "cookie",
                errors,
            );
        }
        if let Some(languages) = &self.languages {
            for language in languages
                .value
                .iter()
                .filter(|tag| !is_language(&tag.value()))
            {
                let text = language.value();
                errors.at(
                    language,
                    format!("`{text}` is not a language tag, such as `en` or `pt-BR`"),
                );
            }
            given_once(languages, "language", errors);
        }
        if let Some(encodings) = &self.encodings {
            for coding in &encodings.value {
                let text = coding.value();
                if text == "identity" || text == "*" {
                    errors.at(coding, format!("`{text}` is no coding that an answer has; name those that the handler can apply, as in `encodings = [\"br\", \"gzip\"]`"));
                } else if !is_token(&text) {
                    errors.at(
                        coding,
                        format!("`{text}` is not a content coding, such as `gzip`"),
                    );
                }
            }
            given_once(encodings, "coding", errors);
        }
    }
}

/// RFC 5646, section 2.1, as far as its letters go.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    parts.all(|part| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

fn given_once(names: &Arg<Vec<LitStr>>, what: &str, errors: &mut Errors) {
    if names.value.is_empty() {
        errors.at(
            &names.name,
            format!(
                "`{}` names no {what}; leave it out, or name one",
                names.name
            ),
        );
    }
    for (at, name) in names.value.iter().enumerate() {
        if names.value[..at]
            .iter()
            .any(|earlier| earlier.value() == name.value())
        {
            errors.at(
                name,
                format!("the {what} `{}` is named twice", name.value()),
            );
        }
    }
}

/// Refuses a header that a page cannot vary on, and says what to write instead.
fn header_name(name: &LitStr) -> Result<()> {
    let text = name.value().to_ascii_lowercase();
    let message = match text.as_str() {
        "*" => "`*` is not a header; a page that depends on everything is not cached: write `#[never_cache]`".to_owned(),
        "cookie" => "a whole `Cookie` header is different for every visitor; write `cookies = [\"name\"]`, or `cookies` for all of it".to_owned(),
        "set-cookie" => "`Set-Cookie` is not a request header; to depend on a cookie write `cookies = [\"name\"]`".to_owned(),
        "host" => "the host is always in the key; leave it out".to_owned(),
        "connection" | "keep-alive" | "proxy-authenticate" | "proxy-authorization" | "proxy-connection" | "te" | "trailer"
        | "transfer-encoding" | "upgrade" => {
            format!("`{text}` is about the connection, not the page; remove it")
        }
        _ if is_token(&text) => return Ok(()),
        _ => format!("`{}` is not a header name", name.value()),
    };
    Err(Error::new_spanned(name, message))
}

/// RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    let of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(of_token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{accepted, mistakes};

    fn wrong(arguments: &str) -> String {
        let found = mistakes::<VaryOn>(arguments);
        assert_eq!(found.len(), 1, "{arguments}: {found:?}");
        format!("{} | {}", found[0].0, found[0].1)
    }

    #[test]
    fn names_are_kept_in_lower_case() {
        let vary: VaryOn =
            accepted("headers = [\"User-Agent\", \"Accept-Language\"], cookies = [\"Prefs\"]");
        let names: Vec<_> = vary
            .headers
            .expect("headers")
            .value
            .iter()
            .map(LitStr::value)
            .collect();
        assert_eq!(names, ["user-agent", "accept-language"]);
        assert!(
            matches!(vary.cookies.expect("cookies").value, Cookies::Named(names) if names[0].value() == "Prefs")
        );
    }

    #[test]
    fn cookies_without_a_list_are_the_whole_header() {
        let vary: VaryOn = accepted("cookies");
        assert!(matches!(vary.cookies.expect("cookies").value, Cookies::All));
    }

    #[test]
    fn what_a_page_cannot_vary_on_is_refused_with_the_way_out() {
        assert!(wrong("headers = [\"Cookie\"]").contains("write `cookies = [\"name\"]`"));
        assert!(wrong("headers = [\"*\"]").contains("write `#[never_cache]`"));
        assert!(wrong("headers = [\"Host\"]").contains("always in the key"));
        assert!(wrong("headers = [\"TE\"]").contains("is about the connection"));
        assert!(wrong("headers = [\"Set-Cookie\"]").contains("not a request header"));
        assert_eq!(
            wrong("headers = [\"Accept Language\"]"),
            "\"Accept Language\" | `Accept Language` is not a header name"
        );
        assert_eq!(
            wrong("headers = [\"Accept:\"]"),
            "\"Accept:\" | `Accept:` is not a header name"
        );
        assert_eq!(
            wrong("cookies = [\"a;b\"]"),
            "\"a;b\" | `a;b` is not a cookie name"
        );
    }

    #[test]
    fn nothing_is_named_twice() {
        assert_eq!(
            wrong("headers = [\"Accept\", \"ACCEPT\"]"),
            "\"ACCEPT\" | the header `accept` is named twice"
        );
        assert_eq!(
            wrong("cookies = [\"a\", \"a\"]"),
            "\"a\" | the cookie `a` is named twice"
        );
    }

    #[test]
    fn mistakes_of_form() {
        assert!(wrong("").contains("`#[vary_on]` names nothing"));
        assert!(wrong("header = [\"Accept\"]").contains("did you mean `headers`?"));
        assert!(wrong("headers").contains("takes a list, as in `headers = [\"Accept-Language\"]`"));
        assert_eq!(
            wrong("headers = []"),
            "headers | `headers` names no header; leave it out, or name one"
        );
        assert!(wrong("\"Accept\", \"Cookie\"").contains("write `headers = [\"Accept\"]`"));
        assert!(wrong("accept").contains("write `headers = [\"Accept-Language\"]`"));
        assert!(wrong("headers = [5]").contains("takes a list of texts"));
    }
}
