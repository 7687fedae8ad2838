//! The audit: invalidations that reach nothing, and keys that two functions share.

use std::fmt;

use crate::site::{Kind, Named, Pattern, Site, SiteInfo, TemplatePattern, all_sites, sites};

pub use self::finding::{Finding, Nearest};
pub use self::startup::warnings;

mod evicting;
mod finding;
mod missing;
mod shattered;
mod startup;
#[cfg(test)]
mod tests;

/// The keys, tags and namespaces of all annotated functions of the program, compared with each other.
///
/// [`audit`] makes it. It compares templates: a hole stands for any text without `:`, so `post:{slug}` and `post:{post.slug}` are
/// the same, and `post:{id}:comments` is another.
///
/// It sees the attributes of the functions that are linked into this program. Tell it what you store by hand
/// ([`by_hand`](Self::by_hand)); it does not know what you invalidate by hand. A test in a file under `tests/` is a program of its
/// own, which sees the parts of the library that it uses and nothing of a binary: put the test of a binary into the binary.
///
/// ```standalone_crate
/// use cache_core::audit;
///
/// #[cache_core::cached(key = "post:{id}", ttl = "5m")]
/// fn post(id: u64) -> String {
///     format!("post {id}")
/// }
///
/// let audit = audit();
/// assert!(audit.findings().is_empty(), "{audit}");
/// audit.assert_no_dead_invalidations();
/// ```
#[derive(Clone, Debug)]
pub struct Audit {
    sites: Vec<&'static SiteInfo>,
    by_hand: Vec<Pattern>,
    evicting: Vec<Finding>,
    shattered: Vec<Finding>,
    missing: Vec<Finding>,
}

/// A key, tag or namespace, the functions that declare it and those that invalidate it.
#[cfg(feature = "dashboard")]
#[derive(Clone, Debug)]
pub(crate) struct NameUse {
    pub(crate) pattern: Pattern,
    pub(crate) declared_by: Vec<&'static SiteInfo>,
    pub(crate) invalidated_by: Vec<&'static SiteInfo>,
}

/// A name of entries, and the function that declares it.
struct Declared {
    what: Named,
    written: &'static str,
    template: TemplatePattern,
    /// `None` for what is stored by hand.
    site: Option<&'static SiteInfo>,
}

/// An audit of all annotated functions of this program.
pub fn audit() -> Audit {
    Audit {
        sites: audit_of_names().sites,
        ..Audit::of_counters(&all_sites())
    }
}

/// The same without what depends on counters: it stays as it is while the program runs.
pub(crate) fn audit_of_names() -> Audit {
    Audit::of(sites().map(Site::info))
}

/// Panics with a report if an annotated function invalidates a name that none declares; see [`Audit`].
///
/// One line in a test makes it a check: `cache_core::assert_no_dead_invalidations()`.
///
/// # Panics
///
/// If there is a dead invalidation.
#[track_caller]
pub fn assert_no_dead_invalidations() {
    audit().assert_no_dead_invalidations();
}

impl Audit {
    fn of(sites: impl IntoIterator<Item = &'static SiteInfo>) -> Self {
        let mut sites: Vec<_> = sites.into_iter().collect();
        sites.sort_by_key(|site| (site.file, site.line, site.name));
        Self {
            sites,
            by_hand: Vec::new(),
            evicting: Vec::new(),
            shattered: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// What the counters show, without any names.
    pub(crate) fn of_counters(all: &[&'static Site]) -> Self {
        Self {
            evicting: sites().filter_map(evicting::of).collect(),
            shattered: all.iter().flat_map(|site| shattered::of(site)).collect(),
            missing: all.iter().filter_map(|site| missing::of(site)).collect(),
            ..Self::of([])
        }
    }

    /// Declares a key, tag or namespace under which entries are stored by hand, in any cache.
    #[must_use]
    pub fn by_hand(mut self, what: Named, template: &'static str) -> Self {
        self.by_hand.push(Pattern { what, template });
        self
    }

    /// Returns the dead invalidations, the keys that collide, the functions whose capacity is too small, and the parts of keys that
    /// shatter them.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = self.dead();
        findings.extend(self.meeting());
        findings.extend(self.evicting());
        findings.extend(self.shattered());
        findings.extend(self.missing());
        findings
    }

    /// Returns the functions that keep loading what they have just evicted: at least 100 such loads, and one in ten of all loads. See
    /// [`Stats::reloads`](crate::Stats::reloads).
    ///
    /// Only functions and pages with a cache of their own are listed; a shared cache is bounded as a whole.
    pub fn evicting(&self) -> Vec<Finding> {
        self.evicting.clone()
    }

    /// Returns the parts of keys that give nearly each call a key of its own, such as a user agent or a time. Known only while the program is
    /// [watched](crate::watch), from the misses of the last day.
    pub fn shattered(&self) -> Vec<Finding> {
        self.shattered.clone()
    }

    /// Returns the functions most of whose misses are due to their ttl, or to an invalidation: at least 100, and one in ten of all calls.
    pub fn missing(&self) -> Vec<Finding> {
        self.missing.clone()
    }

    /// Returns the keys, tags and namespaces that a function invalidates and that none declares in a cache that it reaches.
    ///
    /// No tag is listed if a function computes its tags from its values.
    pub fn dead(&self) -> Vec<Finding> {
        let declared = self.declared();
        let invalidated = self.invalidated();
        let dead = invalidated.filter(|(site, pattern)| {
            let template = TemplatePattern::new(pattern.template);
            let met = declared.iter().any(|declared| {
                declared.what == pattern.what
                    && declared.is_reached_by(site)
                    && declared.template.meets(&template)
            });
            let unknown = pattern.what == Named::Tag
                && self
                    .declaring()
                    .any(|other| other.tags_from_value && site.reaches(other));
            !met && !unknown
        });
        dead.map(|(site, pattern)| Finding::Dead {
            site,
            pattern,
            nearest: nearest(site, pattern, &declared),
        })
        .collect()
    }

    /// Returns the pairs of functions that share a cache and whose keys can be equal: neither uses the other's values, and each
    /// overwrites them. [`warnings`] reports them at start-up.
    pub fn meeting(&self) -> Vec<Finding> {
        self.meeting_in(SiteInfo::alias)
    }

    /// The same, where `cache` says which cache a function uses.
    fn meeting_in<C: PartialEq>(&self, cache: impl Fn(&SiteInfo) -> C) -> Vec<Finding> {
        let declared = self.declared();
        // A page's key contains the page, and the key of a `#[cache_put]` is meant to be that of another function.
        let keyed = |declared: &&Declared| {
            let kind = declared.site.map(|site| site.kind);
            declared.what == Named::Key && kind == Some(Kind::Function)
        };
        let keys: Vec<_> = declared.iter().filter(keyed).collect();
        let mut findings = Vec::new();
        for (at, left) in keys.iter().enumerate() {
            for right in &keys[at + 1..] {
                if let (Some(one), Some(other)) = (left.site, right.site)
                    && cache(one) == cache(other)
                    && left.template.meets(&right.template)
                {
                    findings.push(Finding::Meeting { one, other });
                }
            }
        }
        findings
    }

    /// Returns the tags and namespaces that a function declares and none invalidates. That may be right: you may invalidate them by
    /// hand.
    ///
    /// None is listed if a function computes what it invalidates from its values.
    pub fn unused(&self) -> Vec<Finding> {
        let invalidated: Vec<_> = self
            .invalidated()
            .map(|(site, pattern)| (site, pattern.what, TemplatePattern::new(pattern.template)))
            .collect();
        let computed: Vec<_> = self
            .sites
            .iter()
            .filter(|site| site.kind == Kind::Invalidates && site.tags_from_value)
            .collect();
        let unused = self.declared().into_iter().filter_map(|declared| {
            let site = declared.site.filter(|_| declared.what != Named::Key)?;
            let used = invalidated.iter().any(|(by, what, template)| {
                *what == declared.what && by.reaches(site) && declared.template.meets(template)
            });
            let unknown = computed.iter().any(|by| by.reaches(site));
            let pattern = Pattern {
                what: declared.what,
                template: declared.written,
            };
            (!used && !unknown).then_some(Finding::Unused { site, pattern })
        });
        unused.collect()
    }

    /// All keys, tags and namespaces, with the functions that declare each and those that invalidate it.
    #[cfg(feature = "dashboard")]
    pub(crate) fn names(&self) -> Vec<NameUse> {
        let mut all: Vec<(NameUse, TemplatePattern)> = Vec::new();
        for declared in self.declared() {
            let same = |(used, _): &&mut (NameUse, TemplatePattern)| {
                used.pattern.what == declared.what && used.pattern.template == declared.written
            };
            match all.iter_mut().find(same) {
                Some((used, _)) => used.declared_by.extend(declared.site),
                None => all.push((
                    NameUse {
                        pattern: Pattern {
                            what: declared.what,
                            template: declared.written,
                        },
                        declared_by: declared.site.into_iter().collect(),
                        invalidated_by: Vec::new(),
                    },
                    declared.template,
                )),
            }
        }
        for (site, pattern) in self.invalidated() {
            let template = TemplatePattern::new(pattern.template);
            let mut is_met = false;
            for (used, declared) in &mut all {
                if used.pattern.what == pattern.what && declared.meets(&template) {
                    used.invalidated_by.push(site);
                    is_met = true;
                }
            }
            if !is_met {
                let used = NameUse {
                    pattern,
                    declared_by: Vec::new(),
                    invalidated_by: vec![site],
                };
                all.push((used, template));
            }
        }
        all.into_iter().map(|(used, _)| used).collect()
    }

    /// Panics with a report if there is a dead invalidation.
    ///
    /// # Panics
    ///
    /// If there is one.
    #[track_caller]
    pub fn assert_no_dead_invalidations(&self) {
        let dead = self.dead();
        assert!(
            dead.is_empty(),
            "invalidations that reach nothing: {}\n{}\n\nWhat is stored by hand the audit has to be told: \
             `audit().by_hand(Named::Key, \"…\").assert_no_dead_invalidations()`",
            dead.len(),
            report(&dead)
        );
    }

    /// The functions that store.
    fn declaring(&self) -> impl Iterator<Item = &'static SiteInfo> {
        let sites = self.sites.iter().copied();
        sites.filter(|site| site.kind != Kind::Invalidates)
    }

    fn invalidated(&self) -> impl Iterator<Item = (&'static SiteInfo, Pattern)> {
        let sites = self.sites.iter();
        sites.flat_map(|site| site.invalidates.iter().map(|pattern| (*site, *pattern)))
    }

    fn declared(&self) -> Vec<Declared> {
        let by_hand = self.by_hand.iter().map(|pattern| Declared {
            what: pattern.what,
            written: pattern.template,
            template: TemplatePattern::new(pattern.template),
            site: None,
        });
        self.declaring()
            .flat_map(declarations)
            .chain(by_hand)
            .collect()
    }
}

/// All names that the entries of a function can have.
fn declarations(site: &'static SiteInfo) -> impl Iterator<Item = Declared> {
    // A function that keeps its values for itself is reached by tags and namespaces, but not by keys.
    let key = site.key.filter(|_| site.shared);
    let key = key.map(|key| (Named::Key, key));
    let tags = site.tags.iter().map(|tag| (Named::Tag, *tag));
    let namespace = site.namespace.map(|name| (Named::Namespace, name));
    key.into_iter()
        .chain(tags)
        .chain(namespace)
        .map(move |(what, written)| Declared {
            what,
            written,
            template: match site.namespace {
                Some(namespace) if what == Named::Key => {
                    TemplatePattern::new(written).inside(namespace)
                }
                _ => TemplatePattern::new(written),
            },
            site: Some(site),
        })
}

impl Declared {
    fn is_reached_by(&self, by: &SiteInfo) -> bool {
        self.site.is_none_or(|site| by.reaches(site))
    }
}

/// The declared name that was most likely meant by one that no function declares.
fn nearest(by: &SiteInfo, pattern: Pattern, declared: &[Declared]) -> Option<Nearest> {
    let template = TemplatePattern::new(pattern.template);
    let literals = template.literals();
    let bound = (literals / 3).max(1);
    let near = declared.iter().filter_map(|declared| {
        let edits = template.edits(&declared.template);
        let alike = declared.what == pattern.what && declared.is_reached_by(by);
        // A name of another kind or in another cache is a hint only if it is the same.
        let bound = if alike { bound } else { 0 };
        // A hole matches any text, so a match in it says little about what was meant.
        let distance = template.distance(&declared.template);
        let is_near = edits == 0 || edits <= bound && distance <= (literals / 2).max(1);
        is_near.then_some((distance, edits, declared))
    });
    let (_, edits, declared) = near.min_by_key(|(distance, edits, _)| (*distance, *edits))?;
    Some(Nearest {
        pattern: Pattern {
            what: declared.what,
            template: declared.written,
        },
        site: declared.site?,
        same: edits == 0,
    })
}

/// The [dead](Audit::dead) invalidations, one by one: `for dead in audit()`.
impl IntoIterator for Audit {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.dead().into_iter()
    }
}

/// The [dead](Audit::dead) invalidations, one by one: `for dead in &audit`.
#[expect(
    clippy::into_iter_without_iter,
    reason = "`dead`, `meeting` and `unused` say what is walked; `iter` would not"
)]
impl IntoIterator for &Audit {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.dead().into_iter()
    }
}

fn report(findings: &[Finding]) -> String {
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

impl fmt::Display for Audit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings = self.findings();
        if findings.is_empty() {
            return write!(
                out,
                "nothing found in {} annotated functions",
                self.sites.len()
            );
        }
        out.write_str(&report(&findings))
    }
}
