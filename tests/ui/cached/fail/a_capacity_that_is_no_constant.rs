//! Capacities that are not known when the program is compiled, and such as are no number.

use cache_core::cached;

fn configured() -> usize {
    5
}

static SETTINGS: std::sync::LazyLock<usize> = std::sync::LazyLock::new(configured);

#[cached(capacity = configured())]
fn of_a_call(id: u64) -> u64 {
    id
}

#[cached(capacity = 2 * *SETTINGS)]
fn of_a_static(id: u64) -> u64 {
    id
}

#[cached(capacity = id)]
fn of_an_argument(id: usize) -> usize {
    id
}

#[cached(capacity = N)]
fn of_a_parameter<const N: usize>(id: usize) -> usize {
    id + N
}

#[cached(capacity = -1)]
fn negative(id: u64) -> u64 {
    id
}

#[cached(capacity = "10")]
fn text(id: u64) -> u64 {
    id
}

#[cached(capacity = 0)]
fn zero(id: u64) -> u64 {
    id
}

struct Rows<const N: usize>;

#[cached(capacity = N)]
impl<const N: usize> Rows<N> {
    #[cached]
    fn of_a_parameter_of_the_block(id: usize) -> usize {
        id + N
    }
}

struct Repo;

impl Repo {
    const ENTRIES: usize = 5;

    #[cached(associated, capacity = 2 * Self::ENTRIES)]
    fn of_a_constant_of_the_type(id: u64) -> u64 {
        id
    }
}

fn main() {}
