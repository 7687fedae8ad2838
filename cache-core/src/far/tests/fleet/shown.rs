//! What goes over lines, as a trace shows it.

use super::server::{Command, PlainWrite, Reply};

/// The end of a key, which is enough to tell one from another.
pub(super) fn shown_key(key: &[u8]) -> String {
    let whole = String::from_utf8_lossy(key);
    let short = whole.get(3..11).unwrap_or(&whole);
    short.to_owned()
}

fn shown_value(value: &[u8]) -> String {
    let token = match value {
        [one, other, ..] => format!("{one:02x}{other:02x}"),
        _ => String::new(),
    };
    match value.len() {
        16 => token,
        32 => format!("{token} over {:02x}{:02x}", value[16], value[17]),
        length => format!("{token}, {length} bytes"),
    }
}

pub(super) fn shown_command(command: &Command) -> String {
    let write = |write: &PlainWrite| {
        let (key, value) = (shown_key(&write.key), shown_value(&write.value));
        format!("{key} = {value}")
    };
    let all = |keys: &[Vec<u8>]| {
        let keys: Vec<String> = keys.iter().map(|key| shown_key(key)).collect();
        keys.join(" ")
    };
    match command {
        Command::Hello | Command::Track | Command::Ping => format!("{command:?}"),
        Command::Pttl(key) => format!("PTTL {}", shown_key(key)),
        Command::Mget(keys) => format!("MGET {}", all(keys)),
        Command::Set(plain) if plain.if_absent => format!("SET NX {}", write(plain)),
        Command::Set(plain) => format!("SET {}", write(plain)),
        Command::WriteIf(token, plain, _) => {
            format!("SET {} if {}", write(plain), shown_value(&token.0))
        }
        Command::Unlink(keys) => format!("UNLINK {}", all(keys)),
    }
}

pub(super) fn shown_reply(reply: &Reply) -> String {
    match reply {
        Reply::Values(values) => {
            let values = values.iter().map(|value| match value {
                Some(value) => shown_value(value),
                None => "nothing".to_owned(),
            });
            values.collect::<Vec<_>>().join("; ")
        }
        other => format!("{other:?}"),
    }
}
