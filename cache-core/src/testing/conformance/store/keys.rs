//! Keys: any bytes of any length, each another entry than all others.

use std::sync::Arc;

use super::super::room::{Room, Verdict, ensure, same, value};
use crate::store::{Put, When, Written};

pub(super) async fn any_bytes(room: Arc<Room>) -> Verdict {
    let every: Vec<u8> = (0..=u8::MAX).collect();
    let mut names: Vec<Vec<u8>> = every.iter().map(|byte| vec![*byte]).collect();
    names.extend([
        Vec::new(),
        every,
        b"two words".to_vec(),
        b"line\r\nset evil 0 0 1\r\nx\r\n".to_vec(),
        b"nul\0nul".to_vec(),
        b"nul".to_vec(),
        "schlüssel-世界-🦀".as_bytes().to_vec(),
        b"../../etc/passwd".to_vec(),
        b"'); DROP TABLE cache; --".to_vec(),
        b"%s%n{tag}*?[a-z]".to_vec(),
        vec![0xff, 0xfe, 0xc0, 0x80],
    ]);
    apart(&room, &names).await
}

pub(super) async fn long(room: Arc<Room>) -> Verdict {
    let mut names = Vec::new();
    for length in [100, 200, 230, 250, 255, 256, 512, 1024, 4096, 10_240] {
        let long = vec![b'x'; length];
        names.extend(["", "a", "b"].map(|end| [&long, end.as_bytes()].concat()));
    }
    apart(&room, &names).await
}

pub(super) async fn collated(room: Arc<Room>) -> Verdict {
    let names = [
        "key",
        "Key",
        "KEY",
        "key ",
        "key  ",
        " key",
        "key\t",
        "key\0",
        "straße",
        "strasse",
        "STRASSE",
        "café",
        "cafe",
        "cafe\u{301}",
        "ｋｅｙ",
        "0",
        "00",
        "0.0",
        "0e1",
        "k\u{212a}",
        "kk",
    ];
    apart(&room, &names.map(|name| name.as_bytes().to_vec())).await
}

pub(super) async fn escaped(room: Arc<Room>) -> Verdict {
    let names = [
        "a b", "a%20b", "a+b", "a%2520b", "a%2Bb", "a_b", "a-b", "a\\x20b", "a\\ b", "a\"b", "a:b",
        "a/b", "a\\b", "a.b", "a%b", "a#b", "a'b", "a''b", "a&b", "a&amp;b",
    ];
    apart(&room, &names.map(|name| name.as_bytes().to_vec())).await
}

/// Insists that each of these keys has a value of its own, and that to delete one leaves the others.
async fn apart(room: &Room, names: &[Vec<u8>]) -> Verdict {
    let keys: Vec<_> = names.iter().map(|name| room.key(name)).collect();
    let values: Vec<_> = names.iter().map(|name| value(7, name)).collect();
    let puts: Vec<_> = keys
        .iter()
        .zip(&values)
        .map(|(key, value)| Put {
            key,
            value,
            ttl: None,
            when: When::Absent,
        })
        .collect();
    let written = room.put_all(&puts).await?;
    for (name, written) in names.iter().zip(written) {
        ensure!(
            written == Written::Yes,
            "`put` Absent under the new key `{}` was answered {written:?}",
            shown(name)
        );
    }
    all_hold(room, names, &values, |_| true).await?;
    let even: Vec<_> = keys.iter().step_by(2).map(Vec::as_slice).collect();
    room.delete(&even).await?;
    all_hold(room, names, &values, |at| at % 2 == 1).await
}

async fn all_hold(
    room: &Room,
    names: &[Vec<u8>],
    values: &[Vec<u8>],
    there: impl Fn(usize) -> bool,
) -> Verdict {
    let keys: Vec<_> = names.iter().map(|name| room.key(name)).collect();
    let keys: Vec<_> = keys.iter().map(Vec::as_slice).collect();
    let found = room.get_all(&keys).await?;
    for (at, (found, name)) in found.iter().zip(names).enumerate() {
        same(found.as_ref(), there(at).then_some(&*values[at]))
            .map_err(|fault| format!("under the key `{}`: {fault}", shown(name)))?;
    }
    Ok(())
}

fn shown(name: &[u8]) -> String {
    let end = name.len().saturating_sub(30);
    let before = if end > 0 { "…" } else { "" };
    format!("{before}{}", name[end..].escape_ascii())
}
