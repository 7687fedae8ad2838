//! What a layer is told before it is used, and the cache that comes of it.

#[cfg(feature = "actix")]
use std::thread::ThreadId;
use std::time::Duration;

use crate::error::Invalidated;
use crate::http::application::ApplicationCache;
use crate::http::choice::HeaderChoice;
use crate::http::exchange::cache::HttpCache;
use crate::http::rules::{OtherCookies, PageOptions};
use crate::http::semantics::policy::HttpPolicy;
#[cfg(feature = "actix")]
use crate::http::vary::Varied;
use crate::site::{Kind, Site, SiteInfo, layers};
use crate::stats::Stats;

/// What a layer is told before it is used.
#[derive(Clone, Debug)]
pub(super) struct LayerOptions {
    pub(super) mode: LayerMode,
    /// What tells the layer from others in a store.
    pub(super) name: String,
    pub(super) file: &'static str,
    pub(super) line: u32,
    /// Where it was made, or changed into what it is.
    #[cfg(feature = "actix")]
    pub(super) made_on: ThreadId,
    /// The alias of its cache.
    pub(super) cache: Option<String>,
    pub(super) capacity: Option<usize>,
}

/// By which rules a layer keeps responses.
#[derive(Clone, Debug)]
pub(super) enum LayerMode {
    Application(ApplicationOptions),
    Http(HttpPolicy),
}

/// What a layer in front of a whole site is told.
#[derive(Clone, Debug)]
pub(super) struct ApplicationOptions {
    pub(super) ttl: Duration,
    pub(super) headers: Vec<String>,
    pub(super) choices: Vec<HeaderChoice>,
    pub(super) cookies: Vec<String>,
    /// Cookies that change no answer.
    pub(super) ignored: Vec<String>,
}

/// The cache of a layer. It lives as long as the program, because loads under way refer to it; what it keeps is forgotten with the layer
/// and the services that were made by it.
#[derive(Clone, Copy, Debug)]
pub(super) enum CacheOfMode {
    Application(&'static ApplicationCache),
    Http(&'static HttpCache),
}

/// The owner of such a cache.
#[derive(Debug)]
pub(crate) struct LayerCache(CacheOfMode);

impl LayerCache {
    pub(super) fn new(options: &LayerOptions) -> Self {
        // Responses that other rules have kept are not used: those may keep what these refuse.
        let terms = format!("{:?}", options.mode);
        let site = Site::of_layer(SiteInfo {
            name: leaked(&options.name),
            file: options.file,
            line: options.line,
            kind: Kind::Page,
            key: None,
            terms: leaked(&terms),
            ttl: None,
            tags: &[],
            tags_from_value: false,
            namespace: None,
            invalidates: &[],
            cache: options.cache.as_deref().map(leaked),
            shared: true,
            capacity: options.capacity,
            version: 0,
        });
        let site = Box::leak(Box::new(site));
        layers::add(site);
        Self(match &options.mode {
            LayerMode::Http(policy) => {
                let cache = HttpCache::new(site, policy.clone());
                CacheOfMode::Http(Box::leak(Box::new(cache)))
            }
            LayerMode::Application(application) => {
                let cache = ApplicationCache::new(site, application.page(), application.ttl);
                CacheOfMode::Application(Box::leak(Box::new(cache)))
            }
        })
    }

    pub(super) fn cache(&self) -> CacheOfMode {
        self.0
    }

    /// What tells answers to one target apart, if not the answers themselves say that.
    #[cfg(feature = "actix")]
    pub(crate) fn varied(&self) -> Option<&Varied> {
        match self.0 {
            CacheOfMode::Application(cache) => Some(cache.varied()),
            CacheOfMode::Http(_) => None,
        }
    }

    pub(super) async fn clear(&self) -> Invalidated {
        match self.0 {
            CacheOfMode::Application(cache) => cache.clear().await,
            CacheOfMode::Http(cache) => cache.clear().await,
        }
    }

    pub(super) fn stats(&self) -> Stats {
        match self.0 {
            CacheOfMode::Application(cache) => cache.stats(),
            CacheOfMode::Http(cache) => cache.stats(),
        }
    }
}

impl Drop for LayerCache {
    fn drop(&mut self) {
        match self.0 {
            CacheOfMode::Application(cache) => cache.forget_here(),
            CacheOfMode::Http(cache) => cache.forget_here(),
        }
    }
}

impl ApplicationOptions {
    fn page(&self) -> PageOptions {
        PageOptions {
            vary_headers: all_leaked(&self.headers),
            choices: Box::leak(self.choices.clone().into_boxed_slice()),
            vary_cookies: all_leaked(&self.cookies),
            other_cookies: OtherCookies::Pass {
                but: all_leaked(&self.ignored),
            },
            ..PageOptions::PLAIN
        }
    }
}

pub(super) fn leaked(text: &str) -> &'static str {
    Box::leak(text.into())
}

fn all_leaked(all: &[String]) -> &'static [&'static str] {
    let all: Vec<&'static str> = all.iter().map(|text| leaked(text)).collect();
    Box::leak(all.into_boxed_slice())
}
