//! What a request header comes to where a page says among what it chooses: one of a few values instead of any text.

use std::cmp::Reverse;

use http::header::{ACCEPT_ENCODING, ACCEPT_LANGUAGE, USER_AGENT};
use http::{HeaderMap, HeaderName};

use super::members::members;

/// A header of which a page reads only what it chooses by it. The handler sees the choice as the value of the header.
#[derive(Clone, Copy, Debug)]
pub enum HeaderChoice {
    /// The best of these languages; the first where the client wants none of them.
    Language(&'static [&'static str]),
    /// The best of these content codings; none where the client wants none of them.
    Encoding(&'static [&'static str]),
    /// `phone`, `tablet` or `desktop`.
    Device,
}

impl HeaderChoice {
    /// The header by which it is chosen.
    pub(crate) fn header(self) -> HeaderName {
        match self {
            Self::Language(_) => ACCEPT_LANGUAGE,
            Self::Encoding(_) => ACCEPT_ENCODING,
            Self::Device => USER_AGENT,
        }
    }

    /// The choice for a request.
    pub(crate) fn made(self, headers: &HeaderMap) -> Option<&'static str> {
        match self {
            Self::Language(ours) => Some(language(ours, &wishes(headers, ACCEPT_LANGUAGE))),
            Self::Encoding(ours) => encoding(ours, &wishes(headers, ACCEPT_ENCODING)),
            Self::Device => Some(device(headers)),
        }
    }
}

/// What a client wishes for, and how much, in thousandths; 0 is a refusal.
struct Wish<'a> {
    value: &'a [u8],
    weight: u16,
}

/// The most wishes that are read: no client has more, and an attacker's cost time.
const MOST: usize = 50;

/// The members of a field with their weights (RFC 9110, section 12.4.2). One whose weight cannot be read is a refusal.
fn wishes(headers: &HeaderMap, name: HeaderName) -> Vec<Wish<'_>> {
    let all = members(headers, name).take(MOST);
    let wish = |member| {
        let mut parts = <[u8]>::split(member, |byte| *byte == b';').map(<[u8]>::trim_ascii);
        let value = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| {
            part.strip_prefix(b"q=")
                .or_else(|| part.strip_prefix(b"Q="))
        });
        Wish {
            value,
            weight: weight.map_or(1000, thousandths),
        }
    };
    all.map(wish).collect()
}

/// `0.8` as 800; 0 for what is no weight.
fn thousandths(weight: &[u8]) -> u16 {
    let (whole, decimals) = match weight {
        [whole] => (whole, &[][..]),
        [whole, b'.', decimals @ ..] => (whole, decimals),
        _ => return 0,
    };
    if decimals.len() > 3 || !decimals.iter().all(u8::is_ascii_digit) {
        return 0;
    }
    let digits = decimals.iter().chain(b"000").take(3);
    let part = digits.fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match (whole, part) {
        (b'0', part) => part,
        (b'1', 0) => 1000,
        _ => 0,
    }
}

/// The best of ours, by the most exact of the client's ranges for each (RFC 4647, section 3): `de` is good for `de-AT`, and also where
/// the client asks for `de-CH`. Of two that are wished for alike, the one that the client names first, and then the more exact one.
fn language(ours: &[&'static str], wishes: &[Wish<'_>]) -> &'static str {
    let mut best: Option<((u16, Reverse<usize>, usize), &'static str)> = None;
    for &ours in ours {
        let matching = wishes.iter().enumerate().filter_map(|(at, wish)| {
            let exactness = exactness(wish.value, ours.as_bytes())?;
            Some((exactness, wish.weight, Reverse(at)))
        });
        let Some((exactness, weight, at)) = matching.max() else {
            continue;
        };
        let rank = (weight, at, exactness);
        if weight > 0 && best.is_none_or(|(most, _)| rank > most) {
            best = Some((rank, ours));
        }
    }
    best.map_or_else(|| ours.first().copied().unwrap_or("*"), |(_, ours)| ours)
}

/// How exactly a range names a language; nothing where it does not.
fn exactness(range: &[u8], language: &[u8]) -> Option<usize> {
    let is_in = |part: &[u8], whole: &[u8]| {
        whole.len() > part.len()
            && whole[part.len()] == b'-'
            && whole[..part.len()].eq_ignore_ascii_case(part)
    };
    if range.eq_ignore_ascii_case(language) {
        Some(usize::MAX)
    } else if range == b"*" {
        Some(0)
    } else if is_in(range, language) {
        Some(usize::MAX / 2 + range.len())
    } else if is_in(language, range) {
        Some(1 + language.len())
    } else {
        None
    }
}

/// The best of ours, in our order where the client wishes for two alike; none is sent as it is (RFC 9110, section 12.5.3).
fn encoding(ours: &[&'static str], wishes: &[Wish<'_>]) -> Option<&'static str> {
    let of = |name: &str| {
        let named = |wish: &&Wish<'_>| wish.value.eq_ignore_ascii_case(name.as_bytes());
        let any = |wish: &&Wish<'_>| wish.value == b"*";
        let wish = wishes.iter().find(named);
        wish.or_else(|| wishes.iter().find(any))
            .map_or(0, |wish| wish.weight)
    };
    let as_it_is = wishes
        .iter()
        .find(|wish| wish.value.eq_ignore_ascii_case(b"identity"));
    let as_it_is = as_it_is.map_or(0, |wish| wish.weight);
    let weighed = ours.iter().map(|&name| (of(name), name));
    let wanted = weighed.filter(|(weight, _)| *weight > 0 && *weight >= as_it_is);
    let best = wanted.reduce(|best, other| if other.0 > best.0 { other } else { best });
    best.map(|(_, name)| name)
}

/// The kind of device, by what its browser says of itself: `Mobi` for what is held in one hand, as its makers recommend.
fn device(headers: &HeaderMap) -> &'static str {
    let agent = headers
        .get(USER_AGENT)
        .map_or(&[][..], |value| value.as_bytes());
    let says = |word: &[u8]| agent.windows(word.len()).any(|part| part == word);
    if says(b"iPad") || says(b"Tablet") || (says(b"Android") && !says(b"Mobi")) {
        "tablet"
    } else if says(b"Mobi") {
        "phone"
    } else {
        "desktop"
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn made(choice: HeaderChoice, values: &[&str]) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(choice.header(), HeaderValue::from_str(value).unwrap());
        }
        choice.made(&headers)
    }

    #[test]
    fn languages_by_the_client_s_weights_and_order() {
        const OURS: HeaderChoice = HeaderChoice::Language(&["en", "de", "pt-BR", "de-AT"]);
        for (values, expected) in [
            (&[][..], "en"),
            (&[""], "en"),
            (&["fr"], "en"),
            (&["de"], "de"),
            (&["DE"], "de"),
            (&["de-CH"], "de"),
            (&["de-at"], "de-AT"),
            (&["de-AT;q=0.5, de;q=0.4"], "de-AT"),
            (&["fr, de;q=0.5, en;q=0.4"], "de"),
            (&["en;q=0.4, de;q=0.5"], "de"),
            (&["de, en"], "de"),
            (&["en, de"], "en"),
            (&["pt"], "pt-BR"),
            (&["pt-PT, en;q=0.1"], "en"),
            (&["fr", "de"], "de"),
            (&["*"], "en"),
            (&["en;q=0, *"], "de"),
            (&["*;q=0.1, de;q=0"], "en"),
            (&["en;q=0"], "en"),
            (&["de;q=0.0001"], "en"),
            (&["de;q=2, en;q=0.1"], "en"),
            (&["de;q=x, en;q=0.1"], "en"),
            (&["de;level=1;q=0.9, en;q=0.8"], "de"),
            (&["d, e, -"], "en"),
        ] {
            assert_eq!(made(OURS, values), Some(expected), "{values:?}");
        }
    }

    #[test]
    fn encodings_by_weight_and_then_by_our_order() {
        const OURS: HeaderChoice = HeaderChoice::Encoding(&["br", "gzip"]);
        for (value, expected) in [
            ("", None),
            ("deflate", None),
            ("gzip", Some("gzip")),
            ("gzip, deflate, br", Some("br")),
            ("GZIP;q=1.0, br;q=0.9", Some("gzip")),
            ("br;q=0, gzip", Some("gzip")),
            ("br;q=0, *", Some("gzip")),
            ("*", Some("br")),
            ("*;q=0", None),
            ("identity, gzip;q=0.5", None),
            ("identity;q=0.5, gzip;q=0.5", Some("gzip")),
        ] {
            assert_eq!(made(OURS, &[value]), expected, "{value}");
        }
        assert_eq!(made(OURS, &[]), None);
    }

    #[test]
    fn devices_by_what_browsers_say() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "desktop",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Mobile/15E148 Safari/604",
                "phone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36",
                "phone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
                "tablet",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605 Mobile/15E148 Safari/604",
                "tablet",
            ),
            (
                "Mozilla/5.0 (Android 14; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0",
                "tablet",
            ),
            ("curl/8", "desktop"),
        ] {
            assert_eq!(
                made(HeaderChoice::Device, &[agent]),
                Some(expected),
                "{agent}"
            );
        }
        assert_eq!(made(HeaderChoice::Device, &[]), Some("desktop"));
    }

    #[test]
    fn weights_are_read_strictly() {
        for (weight, expected) in [
            ("1", 1000),
            ("1.000", 1000),
            ("0", 0),
            ("0.", 0),
            ("0.5", 500),
            ("0.05", 50),
            ("0.123", 123),
            ("0.1234", 0),
            ("1.001", 0),
            ("2", 0),
            ("-1", 0),
            (".5", 0),
            ("", 0),
        ] {
            assert_eq!(thousandths(weight.as_bytes()), expected, "{weight}");
        }
    }

    #[test]
    fn an_endless_list_is_not_read_to_its_end() {
        let long = "x,".repeat(MOST) + "de";
        let ours = HeaderChoice::Language(&["en", "de"]);
        assert_eq!(made(ours, &[&long]), Some("en"));
    }
}
