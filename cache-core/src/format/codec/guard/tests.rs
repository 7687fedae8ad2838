use std::collections::HashMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::coder::Coder;
use super::super::{Bincode, Codec, CodecId, DecodeError, EncodeError, MessagePack};

fn decode<T: Serialize + DeserializeOwned>(id: CodecId, bytes: &[u8]) -> Result<T, DecodeError> {
    Coder::<T>::new().decode(id, bytes)
}

/// A list that tells for how many elements it would have made room.
#[derive(Debug)]
struct Greedy;

impl<'de> Deserialize<'de> for Greedy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> serde::de::Visitor<'de> for List {
            type Value = Greedy;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a list")
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, list: A) -> Result<Greedy, A::Error> {
                Err(serde::de::Error::custom(format!(
                    "room for {:?}",
                    list.size_hint()
                )))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

#[test]
fn room_is_made_for_what_the_bytes_can_hold() {
    let announced =
        ::bincode::serde::encode_to_vec(u64::MAX, ::bincode::config::standard()).unwrap();
    let bytes = [&announced[..], &[0; Bincode::TRAILER]].concat();
    let Err(DecodeError::Refused(words)) = Bincode::decode::<Greedy>(&bytes) else {
        panic!("the visitor refuses");
    };
    assert!(words.contains("room for Some(9)"), "{words}");

    let Err(DecodeError::Refused(words)) =
        MessagePack::decode::<Greedy>(&[0xdd, 255, 255, 255, 255])
    else {
        panic!("the visitor refuses");
    };
    assert!(words.contains("room for Some(5)"), "{words}");
}

#[test]
fn a_length_that_nothing_backs_is_an_error() {
    let mut bytes =
        ::bincode::serde::encode_to_vec(u64::MAX, ::bincode::config::standard()).unwrap();
    bytes.extend([0; 8]);
    assert!(decode::<String>(Bincode::ID, &bytes).is_err());
    assert!(decode::<Vec<u64>>(Bincode::ID, &bytes).is_err());
    assert!(decode::<HashMap<u8, u8>>(Bincode::ID, &bytes).is_err());
    assert_eq!(
        decode::<Vec<()>>(Bincode::ID, &bytes),
        Err(DecodeError::TooMuch)
    );
    for bytes in [
        [0xdb, 255, 255, 255, 255],
        [0xdd, 255, 255, 255, 255],
        [0xdf, 255, 255, 255, 255],
    ] {
        assert!(decode::<String>(MessagePack::ID, &bytes).is_err());
        assert!(decode::<Vec<u64>>(MessagePack::ID, &bytes).is_err());
        assert!(decode::<HashMap<u8, u8>>(MessagePack::ID, &bytes).is_err());
    }
}

#[test]
fn a_list_of_units_that_would_not_be_read_is_not_written() {
    let coder = Coder::<Vec<()>>::new();
    let refused = coder.encode(&vec![(); 1 << 20], &mut Vec::new());
    assert!(
        matches!(refused, Err(EncodeError::Refused(_))),
        "{refused:?}"
    );
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Chain {
    fat: [u64; 16],
    next: Option<Box<Chain>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Nested(Vec<Nested>);

fn chain(links: usize) -> Chain {
    let next = links.checked_sub(1).map(|links| Box::new(chain(links)));
    Chain { fat: [1; 16], next }
}

#[test]
fn depth_is_bounded_in_both_directions() {
    let coder = Coder::<Chain>::new();
    let mut bytes = Vec::new();
    let id = coder.encode(&chain(50), &mut bytes).unwrap();
    assert_eq!(coder.decode(id, &bytes), Ok(chain(50)));
    let refused = Coder::<Chain>::new().encode(&chain(100), &mut Vec::new());
    assert_eq!(refused, Err(EncodeError::TooDeep));

    let deep = vec![1; 1_700_000];
    assert_eq!(
        decode::<Chain>(Bincode::ID, &deep).unwrap_err(),
        DecodeError::TooDeep
    );

    let deep = vec![0x91; 100_000];
    assert_eq!(
        decode::<Nested>(MessagePack::ID, &deep).unwrap_err(),
        DecodeError::TooDeep
    );
    let deep = vec![1; 100_000];
    assert_eq!(
        decode::<Nested>(Bincode::ID, &deep).unwrap_err(),
        DecodeError::TooDeep
    );
}
