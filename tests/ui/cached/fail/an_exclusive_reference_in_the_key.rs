//! `&mut` in the key.

use cache_core::cached;

#[cached]
fn filled(buffer: &mut Vec<u8>) -> usize {
    buffer.len()
}

struct Repo(u32);

impl Repo {
    #[cached(key = "{self.0}", local)]
    fn next(&mut self) -> u32 {
        self.0 += 1;
        self.0
    }
}

fn main() {}
