//! What `with` makes of a field is no key either.

use cache_core::CacheKey;

struct Version(u32);

#[derive(CacheKey)]
struct Release {
    #[cache_key(with = |version: &Version| Version(version.0))]
    version: Version,
}

fn main() {}
