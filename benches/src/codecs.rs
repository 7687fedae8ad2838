//! The two codecs of values in a store, over a record of a blog and over a list of numbers.

use std::hint::black_box;
use std::time::Instant;

use cache_core::{Bincode, Codec, MessagePack, Schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::contest::{Contender, Contest};

const TIMES: u32 = 2_000;

#[derive(Serialize, Deserialize)]
struct Post {
    id: u64,
    slug: String,
    title: String,
    body: String,
    tags: Vec<String>,
    published: Option<i64>,
    likes: u32,
}

fn post() -> Post {
    Post {
        id: 7,
        slug: "what-a-cache-promises".to_owned(),
        title: "What a cache promises".to_owned(),
        body: "a line of text, and another. ".repeat(35),
        tags: ["caching", "rust", "design"].map(str::to_owned).into(),
        published: Some(1_700_000_000),
        likes: 512,
    }
}

pub(crate) fn contests() -> [Contest; 2] {
    [
        contest("a post of 1 KB", post),
        contest("1,000 numbers", || {
            (0..1_000_u64).map(|n| n * 7_919).collect::<Vec<_>>()
        }),
    ]
}

fn contest<T: Serialize + DeserializeOwned + 'static>(what: &str, value: fn() -> T) -> Contest {
    Contest {
        title: format!("writing and reading {what} for a store"),
        rounds: 31,
        units: &["ns to write", "ns to read", "bytes"],
        baselines: &["bincode"],
        contenders: vec![
            Contender {
                name: "bincode",
                sample: Box::new(move || sample::<Bincode, T>(&value())),
            },
            Contender {
                name: "MessagePack",
                sample: Box::new(move || sample::<MessagePack, T>(&value())),
            },
        ],
    }
}

fn sample<C: Codec, T: Serialize + DeserializeOwned>(value: &T) -> Vec<f64> {
    let (schema, mut bytes) = (Schema::of::<T>(), Vec::new());
    let begun = Instant::now();
    for _ in 0..TIMES {
        bytes.clear();
        let written = C::encode(black_box(value), &schema, &mut bytes);
        assert!(written.is_ok(), "{written:?}");
    }
    let (wrote, begun) = (begun.elapsed(), Instant::now());
    for _ in 0..TIMES {
        assert!(
            black_box(C::decode::<T>(black_box(&bytes))).is_ok(),
            "it reads what it wrote"
        );
    }
    let each = |time: std::time::Duration| time.as_secs_f64() * 1e9 / f64::from(TIMES);
    #[expect(clippy::cast_precision_loss, reason = "some thousand bytes")]
    let length = bytes.len() as f64;
    vec![each(wrote), each(begun.elapsed()), length]
}
