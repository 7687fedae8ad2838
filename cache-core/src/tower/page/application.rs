//! A layer in front of a whole site.

use super::layer::{ApplicationMode, CachePageLayer};
use super::options::{ApplicationOptions, LayerMode, leaked};
use crate::http::choice::HeaderChoice;
use crate::ttl::IntoTtl;

impl CachePageLayer<ApplicationMode> {
    /// A cache in front of a whole site, which keeps what may be kept for this time: seconds, or a text such as `"10m"`.
    ///
    /// What may be kept is what a page keeps: see [`cache_page`](macro@crate::cache_page). A response may only shorten its life, by a
    /// `Cache-Control` or an `Expires` of its own.
    ///
    /// The key is the host, the path and the query, whatever the order of its parameters. The site sees of a request that may be cached
    /// nothing but that, and what [`vary_on_headers`](Self::vary_on_headers) and [`vary_on_cookies`](Self::vary_on_cookies) name: so no
    /// answer depends on anything else that a client sends. Requests with `Authorization`, with another cookie, with a body, or with
    /// another method than `GET` and `HEAD` pass by. The site sees all of a request that passes by, so its response to a `GET` is made
    /// `private`: no cache in front of this one shares it. A method that may change something forgets the path, in all its variants,
    /// once the site has answered with success; such a request is carried to its end though its client goes away. Requests for another
    /// protocol, such as a web socket, pass by.
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    ///
    #[cfg_attr(feature = "axum", doc = "```")]
    #[cfg_attr(not(feature = "axum"), doc = "```ignore")]
    /// use axum::{Router, routing::get};
    /// use cache_core::CachePageLayer;
    ///
    /// let router: Router = Router::new()
    ///     .route("/", get(|| async { "home" }))
    ///     .layer(CachePageLayer::new("10m").vary_on_headers(["Accept-Language"]));
    /// ```
    #[track_caller]
    pub fn new(ttl: impl IntoTtl) -> Self {
        let options = ApplicationOptions {
            ttl: ttl.into_ttl(),
            headers: Vec::new(),
            choices: Vec::new(),
            cookies: Vec::new(),
            ignored: Vec::new(),
        };
        Self::of(LayerMode::Application(options))
    }

    /// Keys these headers, and shows them to the site. With `Authorization` among them, requests with credentials are cached too, each
    /// visitor's for that visitor.
    #[must_use]
    pub fn vary_on_headers<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names = owned(names).map(|name| name.to_ascii_lowercase());
        self.change(|options| options.headers.extend(names))
    }

    /// Keys these cookies, and shows them to the site. Requests with others still pass by.
    #[must_use]
    pub fn vary_on_cookies<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.change(|options| options.cookies.extend(owned(names)))
    }

    /// Keys the best of these languages, by `Accept-Language`, and shows it to the site as the value of that header. A client that wants
    /// none of them gets the first.
    ///
    /// # Panics
    ///
    /// If it is given no language.
    #[must_use]
    pub fn vary_on_languages<'a>(self, languages: impl IntoIterator<Item = &'a str>) -> Self {
        let languages: &[_] = Box::leak(languages.into_iter().map(leaked).collect());
        assert!(
            !languages.is_empty(),
            "`vary_on_languages` needs a language"
        );
        self.choose(HeaderChoice::Language(languages))
    }

    /// Keys the best of these content codings, by `Accept-Encoding`, and shows it to the site as the value of that header; none where the
    /// client wants none of them. For a site that compresses; where a layer around this one does, it is not needed.
    #[must_use]
    pub fn vary_on_encodings<'a>(self, codings: impl IntoIterator<Item = &'a str>) -> Self {
        let codings: &[_] = Box::leak(codings.into_iter().map(leaked).collect());
        self.choose(HeaderChoice::Encoding(codings))
    }

    /// Keys the kind of device, by `User-Agent`, and shows it to the site as the value of that header: `phone`, `tablet` or `desktop`.
    #[must_use]
    pub fn vary_on_device(self) -> Self {
        self.choose(HeaderChoice::Device)
    }

    fn choose(self, choice: HeaderChoice) -> Self {
        self.change(|options| options.choices.push(choice))
    }

    /// Takes requests with these cookies for requests without them: for cookies of analytics and the like, which change no answer. The
    /// site does not see them.
    #[must_use]
    pub fn ignore_cookies<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.change(|options| options.ignored.extend(owned(names)))
    }

    fn change(self, change: impl FnOnce(&mut ApplicationOptions)) -> Self {
        self.with(|options| {
            if let LayerMode::Application(application) = &mut options.mode {
                change(application);
            }
        })
    }
}

fn owned<'a>(names: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = String> {
    names.into_iter().map(str::to_owned)
}
