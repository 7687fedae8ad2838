use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::coder::Coder;
use super::*;

/// The codec that wrote `value`, after it was read back.
fn round_trip<T>(value: &T) -> CodecId
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let coder = Coder::<T>::new();
    let mut bytes = b"before".to_vec();
    let id = coder.encode(value, &mut bytes).unwrap();
    assert!(bytes.starts_with(b"before"));
    assert_eq!(coder.decode(id, &bytes[6..]).unwrap(), *value);
    id
}

fn decode<T: Serialize + DeserializeOwned>(id: CodecId, bytes: &[u8]) -> Result<T, DecodeError> {
    Coder::<T>::new().decode(id, bytes)
}

/// Positions, as forged by one who knows what the trace must be.
fn forged<T: Serialize + ?Sized>(bytes: &[u8], like: &T, schema: &Schema) -> Vec<u8> {
    let mut whole = Vec::new();
    Bincode::encode(like, schema, &mut whole).unwrap();
    let trace = whole.split_off(whole.len() - Bincode::TRAILER);
    [bytes, &trace].concat()
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
struct Plain {
    id: u64,
    title: String,
    tags: Vec<String>,
    parent: Option<Box<Plain>>,
    at: (i8, f64, char),
    by: HashMap<String, Vec<u8>>,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
enum Kind {
    #[default]
    Draft,
    Public(u32),
    Moved(String, bool),
    Gone {
        since: u64,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Skips {
    #[serde(default, skip_serializing_if = "is_zero")]
    a: u8,
    b: Vec<u8>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

#[test]
fn bincode_alone_reads_a_skipped_field_as_another_value() {
    let value = Skips {
        a: 0,
        b: vec![1, 9],
    };
    let config = ::bincode::config::standard();
    let bytes = ::bincode::serde::encode_to_vec(&value, config).unwrap();
    let (read, length): (Skips, usize) =
        ::bincode::serde::decode_from_slice(&bytes, config).unwrap();
    assert_eq!(length, bytes.len());
    assert_eq!(read, Skips { a: 2, b: vec![9] });

    assert_eq!(round_trip(&value), MessagePack::ID);
}

#[test]
fn a_type_that_once_needed_names_keeps_them() {
    let coder = Coder::<Skips>::new();
    let write = |a| {
        coder
            .encode(&Skips { a, b: vec![] }, &mut Vec::new())
            .unwrap()
    };
    assert_eq!(write(1), Bincode::ID);
    assert_eq!(write(0), MessagePack::ID);
    assert_eq!(write(1), MessagePack::ID);
}

#[test]
fn plain_values_go_by_position() {
    assert_eq!(round_trip(&Plain::default()), Bincode::ID);
    assert_eq!(round_trip(&Some(Some(1_u8))), Bincode::ID);
    assert_eq!(round_trip(&Some(None::<u8>)), Bincode::ID);
    assert_eq!(round_trip(&Some(())), Bincode::ID);
    assert_eq!(round_trip(&()), Bincode::ID);
    assert_eq!(round_trip(&vec![(); 1000]), Bincode::ID);
    assert_eq!(
        round_trip(&(u128::MAX, i128::MIN, 'ß', f32::MIN)),
        Bincode::ID
    );
    assert_eq!(round_trip(&IpAddr::from([1, 2, 3, 4])), Bincode::ID);
    assert_eq!(round_trip(&SystemTime::UNIX_EPOCH), Bincode::ID);
    assert_eq!(round_trip(&Duration::new(3, 4)), Bincode::ID);
    assert_eq!(round_trip(&Ok::<u8, String>(1)), Bincode::ID);
    assert_eq!(round_trip(&[[1_u8; 2]; 3]), Bincode::ID);
    assert_eq!(round_trip(&vec![Vec::<u8>::new(); 100_000]), Bincode::ID);
    for kind in [
        Kind::Draft,
        Kind::Public(7),
        Kind::Moved("x".into(), true),
        Kind::Gone { since: 9 },
    ] {
        assert_eq!(round_trip(&kind), Bincode::ID);
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    A(u8),
    B { x: String },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t")]
enum Tagged {
    A { x: u8 },
    B { y: Option<u8> },
}

#[test]
fn what_only_its_bytes_can_tell_is_written_with_names() {
    assert_eq!(
        round_trip(&vec![Untagged::A(1), Untagged::B { x: "x".into() }]),
        MessagePack::ID
    );
    assert_eq!(
        round_trip(&vec![Tagged::A { x: 1 }, Tagged::B { y: None }]),
        MessagePack::ID
    );
}

#[test]
fn a_flattened_struct_is_written_with_names() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Flattens {
        id: u64,
        #[serde(flatten)]
        rest: Skips,
        #[serde(flatten)]
        more: BTreeMap<String, u8>,
    }
    let value = Flattens {
        id: 1,
        rest: Skips { a: 0, b: vec![3] },
        more: BTreeMap::from([("c".into(), 4)]),
    };
    assert_eq!(round_trip(&value), MessagePack::ID);
}

/// Each writes something else than it reads, without a word to the serialiser.
mod uneven {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct NotWritten {
        pub(super) a: u8,
        #[serde(skip_serializing, default)]
        pub(super) b: u8,
        pub(super) c: Vec<u8>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct NotRead {
        pub(super) a: u8,
        #[serde(skip_deserializing)]
        pub(super) b: u8,
        pub(super) c: Vec<u8>,
    }

    /// As many are written as are read.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Crossed {
        #[serde(skip_serializing, default)]
        pub(super) a: u8,
        #[serde(skip_deserializing)]
        pub(super) b: u8,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct OldName {
        #[serde(alias = "z")]
        pub(super) a: u8,
        pub(super) b: u8,
    }

    /// Written, `B` is the third variant; read, it is the second.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) enum Shifted {
        #[serde(skip)]
        #[expect(dead_code, reason = "it moves what follows it")]
        Hidden,
        A,
        B,
        C,
    }

    /// As above, and the alias moves the list back, but not what is read by.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) enum ShiftedBack {
        #[serde(skip)]
        #[expect(dead_code, reason = "it moves what follows it")]
        Hidden,
        #[serde(alias = "a")]
        A,
        B,
        C,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct AsText {
        #[serde(serialize_with = "as_text")]
        pub(super) a: u8,
        pub(super) b: Vec<u8>,
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
    fn as_text<S: serde::Serializer>(number: &u8, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(number)
    }
}

#[test]
fn a_type_that_writes_other_names_than_it_reads_is_written_with_names() {
    let (a, b, c) = (1, 0, vec![1, 9]);
    assert_eq!(
        round_trip(&uneven::NotWritten { a, b, c: c.clone() }),
        MessagePack::ID
    );
    assert_eq!(round_trip(&uneven::NotRead { a, b, c }), MessagePack::ID);
    assert_eq!(round_trip(&uneven::OldName { a, b }), MessagePack::ID);
}

#[test]
fn a_field_is_never_read_as_another_one() {
    let value = uneven::Crossed { a: 1, b: 2 };
    let config = ::bincode::config::standard();
    let bytes = ::bincode::serde::encode_to_vec(&value, config).unwrap();
    let (read, _): (uneven::Crossed, usize) =
        ::bincode::serde::decode_from_slice(&bytes, config).unwrap();
    assert_eq!(
        read,
        uneven::Crossed { a: 2, b: 0 },
        "what bincode alone makes of it"
    );

    // With names it would be read as `Crossed { a: 0, b: 0 }`.
    let coder = Coder::<uneven::Crossed>::new();
    let refused = coder.encode(&value, &mut Vec::new());
    assert!(matches!(refused, Err(EncodeError::NotReadBack(_))));
}

#[test]
fn a_variant_that_is_read_by_another_place_is_written_with_names() {
    use uneven::{Shifted, ShiftedBack};
    let config = ::bincode::config::standard();
    let bytes = ::bincode::serde::encode_to_vec(Shifted::A, config).unwrap();
    let (read, _): (Shifted, usize) = ::bincode::serde::decode_from_slice(&bytes, config).unwrap();
    assert_eq!(read, Shifted::B, "what bincode alone makes of it");

    for variant in [Shifted::A, Shifted::B, Shifted::C] {
        assert_eq!(round_trip(&variant), MessagePack::ID);
    }
    for variant in [ShiftedBack::A, ShiftedBack::B, ShiftedBack::C] {
        assert_eq!(round_trip(&variant), MessagePack::ID);
    }
}

#[test]
fn a_type_that_reads_other_kinds_than_it_writes_is_never_read_as_another_value() {
    let value = uneven::AsText { a: 5, b: vec![7] };
    let coder = Coder::<uneven::AsText>::new();
    let refused = coder.encode(&value, &mut Vec::new());
    assert!(matches!(refused, Err(EncodeError::NotReadBack(_))));

    // The bytes of an empty text are those of a zero.
    let schema = Schema::of::<(String, Vec<u8>)>();
    let bytes = forged(&[0, 1, 7], &("", vec![7_u8]), &schema);
    assert_eq!(
        decode::<(u8, Vec<u8>)>(Bincode::ID, &bytes),
        Err(DecodeError::OtherKinds)
    );
}

#[test]
fn some_of_nothing_is_refused_where_names_are_needed() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Parent(Option<u8>);
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Twice {
        #[serde(default, skip_serializing_if = "is_zero")]
        a: u8,
        b: Option<Parent>,
        c: Option<()>,
    }
    let coder = Coder::<Twice>::new();
    let mut out = b"x".to_vec();
    for (b, c) in [(Some(Parent(None)), None), (None, Some(()))] {
        let refused = coder.encode(&Twice { a: 0, b, c }, &mut out);
        assert_eq!(refused, Err(EncodeError::Ambiguous));
        assert_eq!(out, b"x", "nothing is left behind");
    }
    let b = Some(Parent(Some(3)));
    assert_eq!(round_trip(&Twice { a: 0, b, c: None }), MessagePack::ID);
}

#[test]
fn trailing_bytes_are_an_error() {
    let schema = Schema::of::<u8>();
    assert_eq!(
        decode::<u8>(Bincode::ID, &forged(&[5, 6], &5_u8, &schema)),
        Err(DecodeError::Trailing)
    );
    assert_eq!(
        decode::<u8>(MessagePack::ID, &[5, 6]),
        Err(DecodeError::Trailing)
    );
    assert_eq!(decode::<u8>(MessagePack::ID, &[5]), Ok(5));
}

#[test]
fn a_partial_shape_is_not_read_by_position() {
    let coder = Coder::<Option<Untagged>>::new();
    assert!(!Schema::of::<Option<Untagged>>().is_whole());
    let mut bytes = Vec::new();
    let schema = Schema::of::<Option<u8>>();
    Bincode::encode(&None::<u8>, &schema, &mut bytes).unwrap();
    assert_eq!(
        coder.decode(Bincode::ID, &bytes),
        Err(DecodeError::UnknownCodec(Bincode::ID))
    );
}

#[test]
fn a_codec_that_is_not_known_is_an_error() {
    let id = CodecId(99);
    assert_eq!(decode::<u8>(id, &[5]), Err(DecodeError::UnknownCodec(id)));
}

#[test]
fn a_codec_of_ones_own_may_take_the_place_of_the_default() {
    enum Shout {}
    impl Codec for Shout {
        const ID: CodecId = CodecId(200);
        fn encode<T: Serialize + ?Sized>(
            value: &T,
            schema: &Schema,
            out: &mut Vec<u8>,
        ) -> Result<(), EncodeError> {
            Bincode::encode(value, schema, out)?;
            out.push(b'!');
            Ok(())
        }
        fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
            Bincode::decode(bytes.strip_suffix(b"!").ok_or(DecodeError::Trailing)?)
        }
    }
    let coder = Coder::<Kind, Shout>::new();
    let mut out = Vec::new();
    let id = coder.encode(&Kind::Public(3), &mut out).unwrap();
    assert_eq!(id, Shout::ID);
    assert_eq!(coder.decode(id, &out), Ok(Kind::Public(3)));
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Draft),
        any::<u32>().prop_map(Kind::Public),
        any::<(String, bool)>().prop_map(|(to, yes)| Kind::Moved(to, yes)),
        any::<u64>().prop_map(|since| Kind::Gone { since }),
    ]
}

fn leaf() -> impl Strategy<Value = Plain> {
    let by = proptest::collection::hash_map(any::<String>(), any::<Vec<u8>>(), 0..4);
    let tags = proptest::collection::vec(any::<String>(), 0..4);
    let at = (any::<i8>(), -1e9..1e9, any::<char>());
    let parts = (any::<u64>(), any::<String>(), tags, at, by, kind());
    parts.prop_map(|(id, title, tags, at, by, kind)| Plain {
        id,
        title,
        tags,
        parent: None,
        at,
        by,
        kind,
    })
}

fn plain() -> impl Strategy<Value = Plain> {
    (leaf(), proptest::option::of(leaf())).prop_map(|(plain, parent)| Plain {
        parent: parent.map(Box::new),
        ..plain
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(value in plain(), a: u8, b: Vec<u8>) {
        prop_assert_eq!(round_trip(&value), Bincode::ID);
        let skips = Skips { a: a % 2, b };
        let id = round_trip(&skips);
        prop_assert_eq!(id, if a % 2 == 0 { MessagePack::ID } else { Bincode::ID });
    }

    #[test]
    fn names_read_what_positions_read(value in plain()) {
        let schema = Schema::of::<Plain>();
        let mut out = Vec::new();
        MessagePack::encode(&value, &schema, &mut out).unwrap();
        prop_assert_eq!(MessagePack::decode::<Plain>(&out).unwrap(), value);
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error(bytes: Vec<u8>) {
        for id in [Bincode::ID, MessagePack::ID] {
            let _ = decode::<Plain>(id, &bytes);
            let _ = decode::<Vec<Box<Plain>>>(id, &bytes);
            let _ = decode::<Vec<Untagged>>(id, &bytes);
            let _ = decode::<Vec<Option<Tagged>>>(id, &bytes);
        }
    }

    #[test]
    fn flipped_bits_are_a_value_or_an_error(value in plain(), flips in proptest::collection::vec(any::<u16>(), 1..4)) {
        let schema = Schema::of::<Plain>();
        let (mut positions, mut names) = (Vec::new(), Vec::new());
        Bincode::encode(&value, &schema, &mut positions).unwrap();
        MessagePack::encode(&value, &schema, &mut names).unwrap();
        for bytes in [&mut positions, &mut names] {
            for flip in &flips {
                let bit = usize::from(*flip) % (bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }
        let _ = Bincode::decode::<Plain>(&positions);
        let _ = MessagePack::decode::<Plain>(&names);
    }
}

proptest! {
    // Each case is as many as it has bytes.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_truncation_is_an_error(value in plain()) {
        let schema = Schema::of::<Plain>();
        let (mut positions, mut names) = (Vec::new(), Vec::new());
        Bincode::encode(&value, &schema, &mut positions).unwrap();
        MessagePack::encode(&value, &schema, &mut names).unwrap();
        for len in 0..positions.len() {
            prop_assert!(Bincode::decode::<Plain>(&positions[..len]).is_err());
        }
        for len in 0..names.len() {
            prop_assert!(MessagePack::decode::<Plain>(&names[..len]).is_err());
        }
    }
}
