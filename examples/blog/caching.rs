//! Which caches the blog runs with: none, or those that the environment names.

use cache_core::Caches;

/// Installs the caches, and says where they keep what they hold.
///
/// # Errors
///
/// If an address in the environment is wrong.
pub async fn install(off: bool) -> cache_core::Result<String> {
    if off {
        cache_core::install(Caches::off())?;
        return Ok("caches nothing".to_owned());
    }
    // Pages lie with everything else unless a place of their own is named.
    cache_core::install(Caches::from_env().await?.alias_to_default("pages"))?;
    let place = |variable| std::env::var(variable).ok().map(|url| shown(&url));
    let values = place("CACHE_URL").unwrap_or_else(|| "memory".to_owned());
    Ok(match place("CACHE_PAGES_URL") {
        Some(pages) => format!("caches pages in {pages} and functions in {values}"),
        None => format!("caches pages and functions in {values}"),
    })
}

/// An address without what only its owner should read: user, password and options.
fn shown(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    match (url.split_once("//"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}//{host}"),
        _ => url.trim_end_matches(':').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        for (url, expected) in [
            ("memory:?near=0", "memory"),
            ("redis://127.0.0.1:6379/1", "redis://127.0.0.1:6379/1"),
            ("redis://:pass@word@host/1?prefix=a@b", "redis://host/1"),
            ("file:///var/cache/app?ttl=5m", "file:///var/cache/app"),
        ] {
            assert_eq!(shown(url), expected);
        }
    }
}
