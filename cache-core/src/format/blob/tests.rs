use proptest::prelude::*;

use super::*;

const KEY: &[u8] = b"user:7";
const NONCE: [u8; 8] = *b"a number";

fn identity() -> Identity {
    Identity {
        site: Name::of("site", b"app::posts"),
        fingerprint: Fingerprint::from_bytes([7; 12]),
    }
}

fn write(
    key: &[u8],
    identity: &Identity,
    times: &Times,
    names: &[Stamped],
    body: &[u8],
) -> Vec<u8> {
    let mut draft = EntryWriter::new(NONCE, key, identity, times, names);
    draft.body().extend_from_slice(body);
    draft.seal(CodecId(2))
}

fn times() -> Times {
    Times {
        soft: Some(Duration::from_secs(60)),
        hard: Some(Duration::from_millis(600_500)),
        cost: Duration::from_millis(12),
    }
}

fn sample() -> Vec<u8> {
    let names = [
        Stamped {
            name: CACHE,
            stamp: [6; STAMP],
            soft: [6; STAMP],
        },
        Stamped {
            name: Name::of("tag", b"posts"),
            stamp: [9; STAMP],
            soft: [8; STAMP],
        },
    ];
    write(KEY, &identity(), &times(), &names, b"body")
}

fn parse<'a>(bytes: &'a [u8], key: &[u8], wanted: &Identity) -> Result<Blob<'a>, BlobMismatch> {
    let blob = Blob::parse(bytes, key)?;
    blob.check(Some(&[wanted.site]), wanted.fingerprint)?;
    Ok(blob)
}

fn miss(bytes: &[u8]) -> BlobMismatch {
    parse(bytes, KEY, &identity()).unwrap_err()
}

/// What an entry that was set by hand has around its value: its key takes nothing, however long it is.
#[test]
fn an_entry_adds_few_bytes_to_its_value() {
    let of_cache = Stamped {
        name: CACHE,
        stamp: [9; STAMP],
        soft: [9; STAMP],
    };
    let tag = Stamped {
        name: Name::of("tag", b"posts"),
        ..of_cache
    };
    let day = Times {
        soft: Some(Duration::from_secs(86_400)),
        hard: Some(Duration::from_secs(86_400)),
        cost: Duration::from_millis(2),
    };
    let by_hand = Identity {
        site: HAND,
        ..identity()
    };
    let around =
        |identity: &Identity, names: &[Stamped]| write(&[7; 200], identity, &day, names, b"").len();
    assert_eq!(around(&by_hand, &[of_cache]), 56);
    assert_eq!(around(&identity(), &[of_cache]), 56 + 16);
    // A number of names, a name and its stamp.
    assert_eq!(
        around(&identity(), &[of_cache, tag]),
        56 + 16 + 1 + 16 + STAMP
    );
}

#[test]
fn every_truncation_is_a_miss() {
    let whole = sample();
    assert!(parse(&whole, KEY, &identity()).is_ok());
    for len in 0..whole.len() {
        assert_eq!(miss(&whole[..len]), BlobMismatch::Torn, "{len}");
    }
}

#[test]
fn every_flipped_bit_is_a_miss() {
    let whole = sample();
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let expected = match bit / 8 {
            SEAL if bit % 8 < 4 => BlobMismatch::Version(flipped[SEAL]),
            SEAL => BlobMismatch::Foreign,
            _ => BlobMismatch::Torn,
        };
        assert_eq!(miss(&flipped), expected, "bit {bit}");
    }
}

#[test]
fn a_byte_too_many_is_a_miss() {
    let mut longer = sample();
    longer.push(0);
    assert_eq!(miss(&longer), BlobMismatch::Torn);
}

#[test]
fn another_entry_is_a_miss() {
    let whole = sample();
    let other = |key, site, fingerprint| {
        let wanted = Identity { site, fingerprint };
        parse(&whole, key, &wanted).unwrap_err()
    };
    let Identity { site, fingerprint } = identity();
    assert_eq!(other(b"user:8", site, fingerprint), BlobMismatch::Torn);
    assert_eq!(other(b"user:", site, fingerprint), BlobMismatch::Torn);
    assert_eq!(other(b"", site, fingerprint), BlobMismatch::Torn);
    let another = Name::of("site", b"app::others");
    assert_eq!(other(KEY, another, fingerprint), BlobMismatch::Site);
    let another = Fingerprint::from_bytes([8; 12]);
    assert_eq!(other(KEY, site, another), BlobMismatch::Fingerprint);
}

/// The seal is what a conditional write compares: without anything random in it, a value that was deleted and written again would
/// look as if it had never been deleted.
#[test]
fn two_entries_that_are_alike_have_other_tokens() {
    let [one, other] = [[1; 8], [2; 8]].map(|nonce| {
        let mut draft = EntryWriter::new(nonce, KEY, &identity(), &times(), &[]);
        draft.body().push(7);
        draft.seal(CodecId(2))
    });
    assert_ne!(one[..SEAL], other[..SEAL]);
}

/// Entries of the versions before: a token, and an entry that began with `CA C8 E0 0A`.
#[test]
fn an_entry_of_another_version_is_told_from_a_torn_one() {
    let mut older = vec![0x5A; SEAL];
    older.extend_from_slice(&[0xCA, 0xC8, 0xE0, 0x0A, 2, 1]);
    older.extend_from_slice(&[0; 200]);
    assert_eq!(miss(&older), BlobMismatch::Version(0xCA));
    let mut future = sample();
    future[SEAL] = VERSION + 1;
    assert_eq!(miss(&future), BlobMismatch::Version(VERSION + 1));
}

#[test]
fn text_under_our_key_is_no_entry() {
    for text in ["", "42", "{\"a\":1}"] {
        assert_eq!(miss(text.as_bytes()), BlobMismatch::Torn);
    }
    let longer = "{\"name\": \"somebody else's\"}";
    assert_eq!(miss(longer.as_bytes()), BlobMismatch::Foreign);
}

/// Whoever can write to the store can make the seal fit: flags and numbers must be checked all the same.
#[test]
fn forged_bytes_never_panic() {
    let whole = sample();
    let head = whole.len() - b"body".len();
    for at in CODEC_AT..head {
        for forged in 0..=u8::MAX {
            let mut bytes = whole.clone();
            bytes[at] = forged;
            let sealed = seal(KEY, &bytes[SEAL..]);
            bytes[..SEAL].copy_from_slice(&sealed);
            for len in (SEAL + 1..bytes.len()).chain([bytes.len()]) {
                // What is read without the seal must not panic either.
                if let Ok(blob) = Blob::parsed(&bytes[..len]) {
                    assert!(blob.names().count() <= bytes.len());
                }
            }
            if let Ok(blob) = Blob::parse(&bytes, KEY) {
                assert!(blob.body().len() <= bytes.len());
            }
        }
    }
}

#[test]
fn a_forged_number_of_names_is_a_miss() {
    for count in [u64::MAX, u64::MAX >> 1, 1 << 60, 100, 0] {
        let mut bytes = vec![0; SEAL];
        bytes.extend_from_slice(&[VERSION, 1]);
        bytes.extend_from_slice(&[0; 20]);
        bytes.push(NAMES);
        numbers::write(&mut bytes, 0);
        // With the bit that says that the cache's is the first of them.
        numbers::write(&mut bytes, count | 1);
        let sealed = seal(KEY, &bytes[SEAL..]);
        bytes[..SEAL].copy_from_slice(&sealed);
        assert_eq!(miss(&bytes), BlobMismatch::Torn, "{count}");
    }
}

#[test]
fn what_is_longer_than_the_field_is_endless() {
    let times = Times {
        soft: Some(Duration::MAX),
        hard: None,
        cost: Duration::from_nanos(1_999),
    };
    let bytes = write(KEY, &identity(), &times, &[], b"");
    let blob = parse(&bytes, KEY, &identity()).unwrap();
    assert_eq!(blob.times().soft, None);
    assert_eq!(blob.times().hard, None);
    assert_eq!(blob.times().cost, Duration::from_micros(1));
}

fn micros_or_none() -> impl Strategy<Value = Option<Duration>> {
    let micros = prop_oneof![
        0..u64::MAX,
        0..SECOND,
        (0..100_000_u64).prop_map(|seconds| seconds * SECOND)
    ];
    proptest::option::of(micros.prop_map(Duration::from_micros))
}

fn names() -> impl Strategy<Value = Vec<Stamped>> {
    let tokens = any::<([u8; 16], [u8; STAMP], [u8; STAMP])>();
    let one = (tokens, any::<bool>());
    let one = one.prop_map(|((name, stamp, soft), is_expired)| Stamped {
        name: Name::from_bytes(name),
        stamp,
        soft: if is_expired { soft } else { stamp },
    });
    let names = proptest::collection::vec(one, 0..5);
    (names, any::<bool>()).prop_map(|(mut names, is_of_cache)| {
        if is_of_cache && let Some(first) = names.first_mut() {
            first.name = CACHE;
        }
        names
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        key: Vec<u8>,
        site: [u8; 16],
        fingerprint: [u8; 12],
        soft in micros_or_none(),
        hard in micros_or_none(),
        cost: u64,
        names in names(),
        codec: u8,
        body: Vec<u8>,
    ) {
        let identity = Identity {
            site: Name::from_bytes(site),
            fingerprint: Fingerprint::from_bytes(fingerprint),
        };
        let times = Times { soft, hard, cost: Duration::from_micros(cost) };
        let mut draft = EntryWriter::new(NONCE, &key, &identity, &times, &names);
        draft.body().extend_from_slice(&body);
        let bytes = draft.seal(CodecId(codec));

        let blob = parse(&bytes, &key, &identity).unwrap();
        prop_assert_eq!(blob.codec(), CodecId(codec));
        prop_assert_eq!(blob.times(), times);
        prop_assert_eq!(blob.names().collect::<Vec<_>>(), names);
        prop_assert_eq!(blob.body(), body);

        let mut cut = &bytes[..];
        while !cut.is_empty() {
            cut = &cut[..cut.len() - 1];
            prop_assert_eq!(parse(cut, &key, &identity).unwrap_err(), BlobMismatch::Torn);
        }
    }

    #[test]
    fn any_bytes_are_a_miss(bytes: Vec<u8>, key: Vec<u8>) {
        prop_assert!(parse(&bytes, &key, &identity()).is_err());
    }

    #[test]
    fn any_bytes_behind_our_beginning_are_a_miss(tail: Vec<u8>) {
        let mut bytes = vec![0; SEAL];
        bytes.push(VERSION);
        bytes.extend(tail);
        prop_assert_eq!(miss(&bytes), BlobMismatch::Torn);
    }

    #[test]
    fn any_damage_is_a_miss(at in 0..sample().len(), len in 1..9_usize, with: u64) {
        let mut bytes = sample();
        let end = bytes.len().min(at + len);
        bytes[at..end].copy_from_slice(&with.to_le_bytes()[..end - at]);
        prop_assume!(bytes != sample());
        prop_assert!(parse(&bytes, KEY, &identity()).is_err());
    }
}
