//! Every argument: how it is written, and which attributes take it.

use super::AttributeKind;
use syn::Ident;

/// How each argument is written, and the attributes that take it.
pub(super) const TABLE: &[(&str, &str, &[AttributeKind])] = {
    const ALL: &[AttributeKind] = &[
        AttributeKind::Cached,
        AttributeKind::CachePage,
        AttributeKind::CachePut,
    ];
    const BOTH: &[AttributeKind] = &[AttributeKind::Cached, AttributeKind::CachePage];
    const CACHED: &[AttributeKind] = &[AttributeKind::Cached];
    const PAGE: &[AttributeKind] = &[AttributeKind::CachePage];
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
        ("refresh_ahead", "refresh_ahead = 0.8", BOTH),
        ("refresh", "refresh = adaptive", BOTH),
        (
            "stale_while_revalidate",
            r#"stale_while_revalidate = "1m""#,
            BOTH,
        ),
        ("stale_if_error", r#"stale_if_error = "6h""#, BOTH),
        ("soft_timeout", r#"soft_timeout = "200ms""#, BOTH),
        ("hard_timeout", r#"hard_timeout = "2s""#, BOTH),
        ("jitter", "jitter = 0.1", BOTH),
        ("lock", "lock = distributed", BOTH),
        ("fallback", "fallback = Vec::new()", CACHED),
        ("replaces", "replaces = old", CACHED),
        ("warm", "warm = 200", PAGE),
        ("verify", "verify = 0.001", BOTH),
        ("handle", "handle = false", BOTH),
        ("crate", "crate = my_app::cache_core", ALL),
        ("associated", "associated", BOTH),
        ("trait_impl", "trait_impl", CACHED),
    ]
};

/// How the arguments of the other attributes are written.
const USAGE: &[(&str, &str)] = &[
    ("headers", r#"headers = ["Accept-Language"]"#),
    ("cookies", r#"cookies = ["preferences"]"#),
    ("skip_if", "skip_if = Option::is_none"),
    ("with", "with = Version::number"),
    ("keys", r#"keys("recent_posts")"#),
    ("max_age", "max_age = 3600"),
    ("s_maxage", r#"s_maxage = "1d""#),
    ("cdn", r#"cdn = "1y""#),
    ("etag", r#"etag = "post:{slug}:{revision}""#),
    ("last_modified", "last_modified = post.updated"),
];

/// How the argument `name` is written.
pub(super) fn usage(name: &Ident) -> &'static str {
    let name = name.to_string();
    let arguments = TABLE.iter().map(|(known, usage, _)| (*known, *usage));
    arguments
        .chain(USAGE.iter().copied())
        .find(|(known, _)| *known == name)
        .map_or("", |(_, usage)| usage)
}

/// The attributes that take the argument `name`, the main one first.
pub(super) fn kinds(name: &str) -> &'static [AttributeKind] {
    let found = TABLE.iter().find(|(known, _, _)| *known == name);
    found.map_or(&[], |(_, _, kinds)| kinds)
}
