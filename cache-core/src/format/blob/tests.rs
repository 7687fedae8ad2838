use proptest::prelude::*;

use super::*;

fn identity(key: &[u8]) -> Identity<'_> {
    Identity {
        site: Name::of("site", b"app::posts"),
        fingerprint: Fingerprint::from_bytes([7; 16]),
        key,
    }
}

fn write(identity: &Identity<'_>, times: &Times, names: &[Stamped], body: &[u8]) -> Vec<u8> {
    let mut draft = EntryWriter::new(Vec::new(), identity, times, names);
    draft.body().extend_from_slice(body);
    draft.seal(CodecId(2))
}

fn sample() -> Vec<u8> {
    let times = Times {
        soft: Some(Duration::from_secs(60)),
        hard: Some(Duration::from_secs(600)),
        cost: Duration::from_millis(12),
    };
    let names = [Stamped {
        name: Name::of("tag", b"posts"),
        stamp: [9; 16],
        soft: [8; 16],
    }];
    write(&identity(b"user:7"), &times, &names, b"body")
}

fn parse<'a>(bytes: &'a [u8], wanted: &Identity<'_>) -> Result<Blob<'a>, BlobMismatch> {
    let blob = Blob::parse(bytes, wanted.key)?;
    blob.check(Some(&[wanted.site]), wanted.fingerprint)?;
    Ok(blob)
}

fn miss(bytes: &[u8], wanted: &Identity<'_>) -> BlobMismatch {
    parse(bytes, wanted).unwrap_err()
}

#[test]
fn every_truncation_is_a_miss() {
    let whole = sample();
    assert!(parse(&whole, &identity(b"user:7")).is_ok());
    for len in 0..whole.len() {
        assert_eq!(
            miss(&whole[..len], &identity(b"user:7")),
            BlobMismatch::Torn,
            "{len}"
        );
    }
}

#[test]
fn every_flipped_bit_is_a_miss() {
    let whole = sample();
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let found = miss(&flipped, &identity(b"user:7"));
        match bit / 8 {
            0..4 => assert_eq!(found, BlobMismatch::Foreign),
            4 => assert_eq!(found, BlobMismatch::Version(flipped[4])),
            _ => assert_eq!(found, BlobMismatch::Torn, "bit {bit}"),
        }
    }
}

#[test]
fn a_byte_too_many_is_a_miss() {
    let mut longer = sample();
    longer.push(0);
    assert_eq!(miss(&longer, &identity(b"user:7")), BlobMismatch::Torn);
}

#[test]
fn another_entry_is_a_miss_that_says_which() {
    let whole = sample();
    assert_eq!(miss(&whole, &identity(b"user:8")), BlobMismatch::Key);
    let site = Name::of("site", b"app::others");
    let other = Identity {
        site,
        ..identity(b"user:7")
    };
    assert_eq!(miss(&whole, &other), BlobMismatch::Site);
    let fingerprint = Fingerprint::from_bytes([8; 16]);
    let other = Identity {
        fingerprint,
        ..identity(b"user:7")
    };
    assert_eq!(miss(&whole, &other), BlobMismatch::Fingerprint);
}

#[test]
fn a_future_version_is_told_from_a_torn_entry() {
    let mut future = sample();
    future[4] = VERSION + 1;
    assert_eq!(
        miss(&future, &identity(b"user:7")),
        BlobMismatch::Version(VERSION + 1)
    );
}

#[test]
fn text_under_our_key_is_foreign() {
    for text in ["", "42", "{\"a\":1}"] {
        let expected = if text.is_empty() {
            BlobMismatch::Torn
        } else {
            BlobMismatch::Foreign
        };
        assert_eq!(miss(text.as_bytes(), &identity(b"k")), expected);
    }
}

/// Whoever can write to the store can make the checksum fit: lengths must be checked all the same.
#[test]
fn forged_lengths_are_a_miss() {
    const LENGTHS: [usize; 2] = [HEAD_AT + 56, HEAD_AT + 64];
    for at in LENGTHS {
        for forged in [5, 1 << 20, 1 << 59, (1 << 59) + 1, u64::MAX] {
            let mut bytes = sample();
            bytes[at..at + 8].copy_from_slice(&forged.to_le_bytes());
            let sum = checksum(&bytes).to_le_bytes();
            bytes[CHECKSUM_AT..HEAD_AT].copy_from_slice(&sum);
            let found = miss(&bytes, &identity(b"user:7"));
            assert!(
                matches!(found, BlobMismatch::Torn | BlobMismatch::Key),
                "{found:?}"
            );
        }
    }
}

#[test]
fn what_is_longer_than_the_field_is_endless() {
    let times = Times {
        soft: Some(Duration::MAX),
        hard: None,
        cost: Duration::from_nanos(1_999),
    };
    let bytes = write(&identity(b"k"), &times, &[], b"");
    let blob = parse(&bytes, &identity(b"k")).unwrap();
    assert_eq!(blob.times().soft, None);
    assert_eq!(blob.times().hard, None);
    assert_eq!(blob.times().cost, Duration::from_micros(1));
}

fn micros_or_none() -> impl Strategy<Value = Option<Duration>> {
    proptest::option::of((0..ENDLESS).prop_map(Duration::from_micros))
}

fn names() -> impl Strategy<Value = Vec<Stamped>> {
    let tokens = any::<[[u8; 16]; 3]>();
    let one = tokens.prop_map(|[name, stamp, soft]| Stamped {
        name: Name::from_bytes(name),
        stamp,
        soft,
    });
    proptest::collection::vec(one, 0..5)
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        key: Vec<u8>,
        site: [u8; 16],
        fingerprint: [u8; 16],
        soft in micros_or_none(),
        hard in micros_or_none(),
        cost in 0..ENDLESS,
        names in names(),
        codec: u8,
        body: Vec<u8>,
    ) {
        let identity = Identity {
            site: Name::from_bytes(site),
            fingerprint: Fingerprint::from_bytes(fingerprint),
            key: &key,
        };
        let times = Times { soft, hard, cost: Duration::from_micros(cost) };
        let mut draft = EntryWriter::new(Vec::new(), &identity, &times, &names);
        draft.body().extend_from_slice(&body);
        let bytes = draft.seal(CodecId(codec));

        let blob = parse(&bytes, &identity).unwrap();
        prop_assert_eq!(blob.codec(), CodecId(codec));
        prop_assert_eq!(blob.times(), times);
        prop_assert_eq!(blob.names().collect::<Vec<_>>(), names);
        prop_assert_eq!(blob.body(), body);

        let mut cut = &bytes[..];
        while !cut.is_empty() {
            cut = &cut[..cut.len() - 1];
            prop_assert_eq!(parse(cut, &identity).unwrap_err(), BlobMismatch::Torn);
        }
    }

    #[test]
    fn any_bytes_are_a_miss(bytes: Vec<u8>, key: Vec<u8>) {
        prop_assert!(parse(&bytes, &identity(&key)).is_err());
    }

    #[test]
    fn any_bytes_behind_our_beginning_are_a_miss(tail: Vec<u8>) {
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        bytes.extend(tail);
        prop_assert_eq!(miss(&bytes, &identity(b"k")), BlobMismatch::Torn);
    }

    #[test]
    fn any_damage_is_a_miss(at in 0..sample().len(), len in 1..9_usize, with: u64) {
        let mut bytes = sample();
        let end = bytes.len().min(at + len);
        bytes[at..end].copy_from_slice(&with.to_le_bytes()[..end - at]);
        prop_assume!(bytes != sample());
        prop_assert!(parse(&bytes, &identity(b"user:7")).is_err());
    }
}
