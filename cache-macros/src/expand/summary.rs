//! The summary of an attribute, as one line of documentation: `Cached 15 min · key post:{slug} · tags posts`.

use self::words::{code, codes, life, part, spoken};
use crate::attr::vary_on::Cookies;
use crate::attr::{
    Arg, Arguments, CacheControlArguments, Capacity, DeltaSeconds, NameList, StaleArguments,
    TimeArgument, TtlRule,
};
use crate::check::{
    CachedFunction, CachedPage, CheckedConditional, CheckedEtag, CheckedKey, FilledText, Headers,
    InvalidatingFunction, Vary,
};
use crate::spelling::spelled;
use quote::ToTokens;
use syn::LitStr;

mod words;

/// Of a function under `#[cached]`.
pub(super) fn cached(cached: &CachedFunction<'_>) -> String {
    let mut summary = Summary::new("Cached", &cached.arguments);
    summary.key(&cached.key);
    summary.rest(&cached.arguments);
    summary.0
}

/// Of a function under `#[cache_put]`.
pub(super) fn put(put: &CachedFunction<'_>) -> String {
    let mut summary = Summary::new("Stores its value", &put.arguments);
    summary.key(&put.key);
    summary.rest(&put.arguments);
    summary.0
}

/// Of a page.
pub(super) fn page(page: &CachedPage<'_>) -> String {
    let mut summary = Summary::new("Cached", &page.arguments);
    match (&page.key, &page.arguments.query) {
        (Some(key), _) => summary.key(key),
        (None, None) => summary.fact("key", "host, path and query"),
        (None, Some(query)) => {
            let names = codes(query.value.iter().map(LitStr::value));
            summary.fact("key", &format!("host, path and query {names}"));
        }
    }
    summary.vary(&page.vary);
    summary.rest(&page.arguments);
    summary.beside(page.told.as_ref(), page.conditional.as_ref());
    summary.0
}

/// Of a handler that is not cached, with a header for other caches.
pub(super) fn headers(headers: &Headers<'_>) -> String {
    let mut summary = Summary(String::new());
    if headers.is_never_cached {
        summary.0.push_str("Never cached");
    }
    summary.vary(&headers.vary);
    summary.beside(headers.told.as_ref(), headers.conditional.as_ref());
    let mut letters = summary.0.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Of a function under `#[invalidates]`.
pub(super) fn invalidates(stale: &InvalidatingFunction<'_>) -> String {
    let mut summary = Summary("Invalidates".to_owned());
    summary.texts("tags", &stale.tags);
    summary.texts("keys", &stale.keys);
    summary.texts("namespace", stale.namespace.as_slice());
    summary.written("tags of the value", stale.arguments.tags_of_value.as_ref());
    summary.written("keys of the value", stale.arguments.keys_of_value.as_ref());
    summary.written("if", stale.arguments.condition.as_ref());
    if stale.arguments.before.is_some() {
        summary.fact("before it runs", "");
    }
    // The first fact is what it invalidates.
    summary.0.replacen("Invalidates ·", "Invalidates", 1)
}

/// The facts of a summary, to be joined by ` · `.
struct Summary(String);

impl Summary {
    fn new(begin: &str, arguments: &Arguments) -> Self {
        let life = arguments.ttl.as_ref().map(|ttl| match &ttl.value.rule {
            TtlRule::Time(time) => format!(" {}", life(time)),
            TtlRule::OfOutcome(_) => format!(" for {}", code(&ttl.value.written)),
        });
        let life = life.unwrap_or_default();
        Self(format!("{begin}{life}"))
    }

    fn fact(&mut self, name: &str, value: &str) {
        let between = if self.0.is_empty() { "" } else { " · " };
        let space = if value.is_empty() { "" } else { " " };
        self.0.extend([between, name, space, value]);
    }

    fn key(&mut self, key: &CheckedKey) {
        match key {
            CheckedKey::Template(text) => self.texts("key", std::slice::from_ref(text)),
            CheckedKey::Arguments(names) if names.is_empty() => {}
            CheckedKey::Arguments(names) => {
                self.fact("key", &codes(names.iter().map(ToString::to_string)));
            }
        }
    }

    fn texts(&mut self, name: &str, texts: &[FilledText]) {
        if !texts.is_empty() {
            let texts = texts.iter().map(|text| text.literal.value());
            self.fact(name, &codes(texts));
        }
    }

    fn written<T: ToTokens>(&mut self, name: &str, value: Option<&Arg<T>>) {
        if let Some(value) = value {
            self.fact(name, &code(&spelled(&value.value)));
        }
    }

    fn names(&mut self, name: &str, names: Option<&Arg<NameList>>) {
        if let Some(names) = names {
            let names = names.value.0.iter().map(ToString::to_string);
            self.fact(name, &codes(names));
        }
    }

    fn vary(&mut self, vary: &Vary) {
        let Vary {
            headers, cookies, ..
        } = vary;
        if !headers.is_empty() {
            let headers = headers.iter().map(LitStr::value);
            self.fact("varies on headers", &codes(headers));
        }
        match cookies {
            None => {}
            Some(Cookies::All) => self.fact("varies on all cookies", ""),
            Some(Cookies::Named(names)) => {
                let names = names.iter().map(LitStr::value);
                self.fact("varies on cookies", &codes(names));
            }
        }
        for (name, choices) in vary.choices() {
            self.fact(name, &codes(choices.iter().map(LitStr::value)));
        }
        if vary.device {
            self.fact("one for phones, tablets and desktops each", "");
        }
    }

    /// What serves past its life, and how long callers wait.
    fn stale(&mut self, stale: &StaleArguments) {
        if let Some(ahead) = &stale.refresh_ahead {
            self.fact("refreshed ahead at", &part(&ahead.value));
        }
        if stale.refresh.is_some() {
            self.fact("refreshed adaptively", "");
        }
        let times = [
            (&stale.while_revalidate, "stale", "while it is loaded anew"),
            (&stale.if_error, "stale", "if a load fails"),
            (&stale.soft_timeout, "stale after", ""),
            (&stale.hard_timeout, "gives up after", ""),
        ];
        for (time, name, when) in times {
            if let Some(time) = time {
                let time = match &time.value {
                    TimeArgument::Fixed(time) => spoken(*time),
                    TimeArgument::Computed { written, .. } => code(written),
                };
                self.fact(name, format!("{time} {when}").trim_end());
            }
        }
        self.written("fallback", stale.fallback.as_ref());
        if let Some(jitter) = &stale.jitter {
            self.fact("jitter", &part(&jitter.value));
        }
        if stale.lock.is_some() {
            self.fact("one load in all processes", "");
        }
    }

    /// What `#[cache_control]` and `#[conditional]` say.
    fn beside(
        &mut self,
        told: Option<&CacheControlArguments>,
        conditional: Option<&CheckedConditional>,
    ) {
        if let Some(told) = told {
            let words = told.words().map(ToString::to_string);
            let times = told.times().into_iter();
            let times = times.filter_map(|(name, time)| {
                let DeltaSeconds(time) = &time?.value;
                let time = match time {
                    TimeArgument::Fixed(time) if time.is_zero() => "0".to_owned(),
                    time => life(time),
                };
                Some(format!("{name} {time}"))
            });
            let all: Vec<_> = words.chain(times).collect();
            self.fact("tells caches", &all.join(", "));
        }
        if let Some(said) = conditional {
            match &said.etag {
                Some(CheckedEtag::Template(text)) => {
                    self.texts("tag", std::slice::from_ref(text));
                }
                Some(CheckedEtag::Computed(expression)) => {
                    self.fact("tag", &code(&spelled(expression)));
                }
                None => {}
            }
            if let Some(date) = &said.last_modified {
                self.fact("last modified", &code(&spelled(date)));
            }
        }
    }

    /// The facts after key and `vary_on`.
    fn rest(&mut self, arguments: &Arguments) {
        if let Some(tags) = &arguments.tags {
            let tags = tags.value.0.iter().map(|tag| tag.literal.value());
            self.fact("tags", &codes(tags));
        }
        self.written("tags of the value", arguments.tags_of_value.as_ref());
        if let Some(namespace) = &arguments.namespace {
            self.fact("namespace", &code(&namespace.value.literal.value()));
        }
        self.names("guard", arguments.guard.as_ref());
        self.names("skip", arguments.skip.as_ref());
        self.written("if", arguments.condition.as_ref());
        self.written("unless", arguments.unless.as_ref());
        if let Some(time) = &arguments.cache_err {
            self.fact("errors", &life(&time.value));
        }
        self.stale(&arguments.stale);
        if arguments.replaces.is_some() {
            self.fact("asks its source about the old value", "");
        }
        if let Some(warm) = &arguments.warm {
            self.fact("kept warm", &format!("{} pages", warm.value));
        }
        if let Some(time) = &arguments.browser {
            self.fact("browsers", &life(&time.value));
        }
        if let Some(capacity) = &arguments.capacity {
            match &capacity.value {
                Capacity::Entries(entries) => self.fact("capacity", &code(&spelled(entries))),
                Capacity::Unbounded(_) => self.fact("unbounded", ""),
            }
        }
        if let Some(cache) = &arguments.cache {
            self.fact("cache", &code(&cache.value.value()));
        }
        if let Some(version) = &arguments.version {
            self.fact("version", &version.value.to_string());
        }
    }
}
