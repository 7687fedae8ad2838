//! The installed caches, by name.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use once_cell::sync::OnceCell;

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::scope;

pub use self::invalidate::{batch, changed, invalidate, invalidate_tag};

mod invalidate;
mod parts;

/// Caches by name. Functions and pages that name no cache use the one named `default`, which is in memory unless you set another.
#[derive(Clone, Debug)]
pub struct Caches {
    by_name: BTreeMap<String, Cache>,
    /// Names that stand for the default cache unless a cache has them.
    by_default: BTreeSet<String>,
    off: bool,
}

const DEFAULT: &str = "default";

static INSTALLED: OnceCell<Installed> = OnceCell::new();

struct Installed {
    caches: Caches,
    /// Whether `install` put them there, rather than a first use.
    on_purpose: bool,
}

impl Caches {
    /// Returns the default cache alone: 10,000 values in memory.
    pub fn new() -> Self {
        Self {
            by_name: BTreeMap::from([(DEFAULT.to_owned(), Cache::memory(10_000))]),
            by_default: BTreeSet::new(),
            off: false,
        }
    }

    /// Returns caches that keep nothing: every annotated function runs its body at every call, to compare or to find a fault.
    ///
    /// ```
    /// #[cache_core::cached]
    /// fn double(n: u64) -> u64 {
    ///     n * 2
    /// }
    ///
    /// cache_core::install(cache_core::Caches::off())?;
    /// assert_eq!((double(2), double(2)), (4, 4));
    /// assert_eq!(double::stats().loads, 2);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn off() -> Self {
        Self {
            by_name: BTreeMap::from([(DEFAULT.to_owned(), Cache::memory(0))]),
            by_default: BTreeSet::new(),
            off: true,
        }
    }

    /// Returns the caches that the environment names: `CACHE_URL` is the address of the default one, `CACHE_PAGES_URL` that of `pages`,
    /// and so on; see [`Cache::from_url`]. If `CACHE_URL` is not set or empty, the default cache is in memory.
    ///
    /// A cache whose address has no prefix uses its name as prefix, so two caches with one address share nothing. For the default
    /// cache, see [`Cache::from_url`].
    ///
    /// # Errors
    ///
    /// Returns an error if an address is invalid or not valid UTF-8, or if two variables name one cache. The error names the
    /// variable.
    pub async fn from_env() -> Result<Self> {
        Self::from_vars(std::env::vars_os()).await
    }

    async fn from_vars(vars: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Self> {
        let mut caches = Self::new();
        let mut named = BTreeSet::new();
        for (variable, url) in vars {
            let Some(variable) = variable.to_str().filter(|_| !url.is_empty()) else {
                continue;
            };
            let Some(name) = alias_of(variable) else {
                continue;
            };
            let fault = |fault| Error::address(&format!("{variable}=…"), fault);
            let url = url.to_str().ok_or_else(|| fault("not valid UTF-8"))?;
            if !named.insert(name.clone()) {
                return Err(fault(
                    "another variable names the same cache: names are compared in lower case",
                ));
            }
            let prefix = Some(name.as_str()).filter(|name| *name != DEFAULT);
            let cache = Cache::from_url_with(url, prefix).await;
            caches = caches.with(name, cache.map_err(|error| error.of_variable(variable))?);
        }
        Ok(caches)
    }

    /// Adds a cache, or replaces the one of this name. Errors of its store contain this name, or the first one if it has several.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, cache: Cache) -> Self {
        let name = name.into();
        cache.name(&name);
        self.by_name.insert(name, cache);
        self
    }

    /// Lets this name stand for the default cache unless a cache has it: for a cache that only some deployments set up.
    ///
    /// ```
    /// use cache_core::Caches;
    ///
    /// let caches = Caches::new().alias_to_default("pages");
    /// assert!(caches.get("pages").is_ok());
    /// ```
    #[must_use]
    pub fn alias_to_default(mut self, name: impl Into<String>) -> Self {
        self.by_default.insert(name.into());
        self
    }

    /// Returns warnings about these caches, one sentence each, to be logged at start-up. There is one kind: a prefix that was
    /// guessed, because the address has none. [`warnings`](crate::warnings) returns these of the installed caches, and those about
    /// the functions that use them.
    ///
    /// ```
    /// use cache_core::Caches;
    ///
    /// assert!(Caches::new().warnings().is_empty());
    /// ```
    pub fn warnings(&self) -> Vec<String> {
        let warnings = self
            .all()
            .filter_map(|(name, cache)| Some((name, cache.warning()?)));
        warnings
            .map(|(name, warning)| format!("cache `{name}`: {warning}"))
            .collect()
    }

    /// Returns the cache of this name.
    ///
    /// # Errors
    ///
    /// If there is none; the error lists the known names.
    pub fn get(&self, name: &str) -> Result<&Cache> {
        self.find(name)
            .ok_or_else(|| Error::unknown_alias(name, self.names()))
    }

    fn find(&self, name: &str) -> Option<&Cache> {
        let by_default = || self.by_default.contains(name).then_some(DEFAULT);
        let found = self.by_name.get(name);
        found.or_else(|| self.by_name.get(by_default()?))
    }

    /// The cache that a site names; the default one if it names none, or none of these.
    pub(crate) fn named(&self, name: Option<&str>) -> &Cache {
        let found = name
            .and_then(|name| self.find(name))
            .or_else(|| self.by_name.get(DEFAULT));
        found.expect("`Caches::new` adds the default cache, and nothing removes one")
    }

    /// All of them, each with its name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Cache)> {
        self.by_name
            .iter()
            .map(|(name, cache)| (name.as_str(), cache))
    }

    /// Whether a function may name this cache; if caching is off, it may name any.
    pub(crate) fn serves(&self, name: &str) -> bool {
        self.off || self.find(name).is_some()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let names: BTreeSet<_> = self.by_name.keys().chain(&self.by_default).collect();
        names.into_iter().cloned().collect()
    }
}

impl Default for Caches {
    fn default() -> Self {
        Self::new()
    }
}

/// The name of the cache whose address this variable holds, if it is such a variable.
fn alias_of(variable: &str) -> Option<String> {
    match variable.strip_prefix("CACHE_")?.strip_suffix("URL")? {
        "" => Some(DEFAULT.to_owned()),
        name => name
            .strip_suffix('_')
            .filter(|name| !name.is_empty())
            .map(str::to_lowercase),
    }
}

/// Makes these the installed caches.
///
/// # Errors
///
/// If caches were installed, or one was used, before. Nothing changes then.
pub(crate) fn put_in_place(caches: Caches) -> Result<()> {
    INSTALLED
        .try_insert(Installed {
            caches: caches.of_the_program(),
            on_purpose: true,
        })
        .map(|_| ())
        .map_err(|(there, _)| {
            if there.on_purpose {
                Error::installed_twice()
            } else {
                Error::installed_late()
            }
        })
}

/// Returns the installed caches; if there are none, installs the default ones.
///
/// In a scope, they are those of the scope: see [`testing::scope`](crate::testing::scope).
pub fn caches() -> &'static Caches {
    if let Some(caches) = scoped() {
        return caches;
    }
    &INSTALLED
        .get_or_init(|| Installed {
            caches: Caches::new().of_the_program(),
            on_purpose: false,
        })
        .caches
}

/// The installed caches if there are any, or those of the scope: for those who only look. Looking must not install the default ones,
/// because [`install`](crate::install) would come too late then.
pub(crate) fn in_use() -> Option<&'static Caches> {
    let installed = || Some(&INSTALLED.get()?.caches);
    scoped().or_else(installed)
}

/// Those of the scope that the code runs in, if it runs in one.
fn scoped() -> Option<&'static Caches> {
    scope::here()?.caches()
}

/// Whether the installed caches are [off](Caches::off).
pub(crate) fn are_off() -> bool {
    in_use().is_some_and(|caches| caches.off)
}

/// The default cache.
pub fn cache() -> Cache {
    named(None).clone()
}

/// The cache that a site names; the default one if it names none, or if it names an unknown one because nothing was installed:
/// sites never fail.
pub(crate) fn named(name: Option<&str>) -> &'static Cache {
    caches().named(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait::block_on;

    fn from(vars: &[(&str, &str)]) -> Result<Caches> {
        let vars = vars
            .iter()
            .map(|(name, url)| ((*name).into(), (*url).into()));
        block_on(Caches::from_vars(vars))
    }

    #[test]
    fn the_environment_names_caches_by_their_addresses() {
        let caches = from(&[
            ("CACHE_URL", "memory:?ttl=5m"),
            ("CACHE_PAGES_URL", "memory:?capacity=3&ttl=90"),
            ("CACHE_DIR", "/tmp"),
            ("MY_CACHE_URL", "what ever"),
        ])
        .unwrap();
        assert_eq!(caches.names(), ["default", "pages"]);
        assert_eq!(caches.get("pages").unwrap().ttl().unwrap().as_secs(), 90);
        assert_eq!(caches.get("default").unwrap().ttl().unwrap().as_secs(), 300);
    }

    #[test]
    fn a_name_may_stand_for_the_default_cache_and_stands_for_its_own_where_there_is_one() {
        let caches = from(&[("CACHE_PAGES_URL", "memory:?ttl=90")]).unwrap();
        let caches = caches.alias_to_default("pages").alias_to_default("brief");
        assert_eq!(caches.get("pages").unwrap().ttl().unwrap().as_secs(), 90);
        assert_eq!(caches.get("brief").unwrap().ttl(), None);
        let caches = caches.with("default", Cache::builder().ttl("7s").build());
        let ttl = |name| caches.get(name).unwrap().ttl().unwrap().as_secs();
        assert_eq!((ttl("brief"), ttl("pages")), (7, 90), "in whatever order");
        assert_eq!(caches.names(), ["brief", "default", "pages"]);
        assert_eq!(caches.all().count(), 2, "none is told twice");
        assert!(caches.serves("brief") && !caches.serves("other"));
        assert!(Caches::off().serves("other"));
    }

    #[test]
    fn a_wrong_address_names_its_variable_and_what_there_is() {
        let fault = |url| from(&[("CACHE_PAGES_URL", url)]).unwrap_err().to_string();
        for (url, said) in [
            (
                "redsi://h",
                "unknown scheme `redsi`; known schemes: memory, null, file",
            ),
            (
                "memory:?capasity=3",
                "unknown option `capasity`; known options: capacity, ",
            ),
            ("memory:?ttl=soon", "`ttl=soon`: not a duration"),
            (
                "memory:?timeout=0",
                "`timeout=0`: not a duration greater than 0",
            ),
            ("memory:capacity=3", "takes only options"),
            ("memory:?capacity=0", "`null:` keeps nothing"),
            ("null:5", "takes only options"),
            ("unix:///redis.sock", "unknown scheme `unix`; known schemes"),
            ("nothing", "it has no scheme"),
        ] {
            let fault = fault(url);
            assert!(
                fault.contains(said) && fault.contains("CACHE_PAGES_URL"),
                "{fault}"
            );
        }
    }

    #[cfg(feature = "http")]
    #[test]
    fn an_address_says_in_which_fields_pages_send_their_tags() {
        use crate::cdn::CdnField;

        let url = "memory:?cdn_tags=cache-groups,surrogate-key";
        let caches = from(&[("CACHE_URL", url)]).unwrap();
        let fields = caches.get("default").unwrap().cdn_fields();
        assert_eq!(fields, [CdnField::CacheGroups, CdnField::SurrogateKey]);
        let error = from(&[("CACHE_URL", "memory:?cdn_tags=tags")]).unwrap_err();
        let said = "`cdn_tags=tags`: not names of fields, such as cache-tag";
        assert!(error.to_string().contains(said), "{error}");
    }

    #[test]
    fn two_variables_of_one_cache_are_an_error() {
        for (one, other) in [
            ("CACHE_URL", "CACHE_DEFAULT_URL"),
            ("CACHE_PAGES_URL", "CACHE_Pages_URL"),
        ] {
            let error = from(&[(one, "memory:"), (other, "null:")]).unwrap_err();
            assert!(error.to_string().contains(other), "{error}");
            from(&[(one, "memory:"), (other, "")]).unwrap();
        }
    }

    #[cfg(feature = "redis")]
    #[test]
    fn a_prefix_that_was_guessed_is_a_warning_that_names_it() {
        let caches = from(&[
            ("CACHE_URL", "redis://user:secret@h/1"),
            ("CACHE_PAGES_URL", "redis://h/1"),
            ("CACHE_USERS_URL", "redis://h/1?prefix=users"),
            ("CACHE_OTHER_URL", "memory:"),
        ]);
        let warnings = caches.unwrap().warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let said = "cache `default`: `redis://h/1` says no `prefix`: ";
        assert!(warnings[0].starts_with(said), "{warnings:?}");
        assert!(
            warnings[0].contains("needs `prefix=cache_core`"),
            "{warnings:?}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn an_address_that_is_no_text_is_an_error_and_not_left_out() {
        use std::os::unix::ffi::OsStringExt;

        let url = OsString::from_vec(b"redis://h/1?prefix=\xff".to_vec());
        let error = block_on(Caches::from_vars([("CACHE_URL".into(), url)])).unwrap_err();
        assert!(
            error.is_invalid_url() && error.to_string().contains("CACHE_URL"),
            "{error}"
        );
    }

    #[cfg(not(feature = "redis"))]
    #[test]
    fn a_scheme_without_its_feature_names_the_feature() {
        let error = from(&[("CACHE_URL", "redis://h")]).unwrap_err().to_string();
        assert!(error.contains("needs the feature `redis`"), "{error}");
    }
}
