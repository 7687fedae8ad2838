//! A value that cannot be kept is one mistake, also where an argument looks at it.

use cache_core::cached;

struct NotClone;

#[cached(unless = |_| false)]
fn with_unless(n: u8) -> NotClone {
    let _ = n;
    NotClone
}

#[cached(ttl = |_| 60)]
fn with_ttl(n: u8) -> Result<NotClone, String> {
    let _ = n;
    Ok(NotClone)
}

#[cached(tags = |_| [cache_core::tag!("all")])]
async fn with_tags(n: u8) -> NotClone {
    let _ = n;
    NotClone
}

#[cached(cache_err = "30s")]
fn with_errors(n: u8) -> Result<NotClone, String> {
    let _ = n;
    Ok(NotClone)
}

#[cached(fallback = NotClone)]
fn with_fallback(n: u8) -> Result<NotClone, String> {
    let _ = n;
    Ok(NotClone)
}

#[cached(key = "{n}", unless = Option::is_none)]
async fn shared(n: u8) -> Option<std::rc::Rc<u8>> {
    Some(std::rc::Rc::new(n))
}

fn main() {}
