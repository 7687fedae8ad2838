use cache_core::cached;

#[cached(verify = 2.0)]
fn too_much(n: u64) -> u64 {
    n
}

#[cached(verify = true)]
fn all_or_nothing(n: u64) -> u64 {
    n
}

#[cached(verify = "1%")]
fn a_text(n: u64) -> u64 {
    n
}

fn main() {}
