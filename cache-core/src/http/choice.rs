//! What a request header comes to where a page says among what it chooses: one of a few values instead of any text.

use std::cmp::Reverse;

use http::header::{ACCEPT_ENCODING, ACCEPT_LANGUAGE, USER_AGENT};
use http::{HeaderMap, HeaderName};

use super::members::{members, weighted};

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
type Wish<'a> = (&'a [u8], u16);

/// The most wishes that are read: no client has more, and an attacker's cost time.
const MOST: usize = 50;

fn wishes(headers: &HeaderMap, name: HeaderName) -> Vec<Wish<'_>> {
    members(headers, name).take(MOST).map(weighted).collect()
}

/// The best of ours, by the most exact of the client's ranges for each (RFC 4647, section 3): `de` is good for `de-AT`, and also where
/// the client asks for `de-CH`. Of two that are wished for alike, the one that the client names first, and then the more exact one.
fn language(ours: &[&'static str], wishes: &[Wish<'_>]) -> &'static str {
    let ranked = ours.iter().filter_map(|&ours| {
        let matching = wishes
            .iter()
            .enumerate()
            .filter_map(|(at, (range, weight))| {
                let exactness = Exactness::of(range, ours.as_bytes())?;
                Some((exactness, *weight, Reverse(at)))
            });
        let (exactness, weight, at) = matching.max()?;
        (weight > 0).then_some(((weight, at, exactness), ours))
    });
    first_best(ranked).unwrap_or_else(|| ours.first().copied().unwrap_or("*"))
}

/// The first of those with the highest rank.
fn first_best<R: Ord>(ranked: impl Iterator<Item = (R, &'static str)>) -> Option<&'static str> {
    let best = ranked.reduce(|best, other| if other.0 > best.0 { other } else { best });
    best.map(|(_, ours)| ours)
}

/// How exactly a range names a language.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Exactness {
    /// `*`.
    Any,
    /// The range is narrower than the language, which has this length.
    Narrower(usize),
    /// The language is in the range, which has this length.
    Within(usize),
    Same,
}

impl Exactness {
    /// None where it does not name it.
    fn of(range: &[u8], language: &[u8]) -> Option<Self> {
        let is_in = |part: &[u8], whole: &[u8]| {
            whole.len() > part.len()
                && whole[part.len()] == b'-'
                && whole[..part.len()].eq_ignore_ascii_case(part)
        };
        if range.eq_ignore_ascii_case(language) {
            Some(Self::Same)
        } else if range == b"*" {
            Some(Self::Any)
        } else if is_in(range, language) {
            Some(Self::Within(range.len()))
        } else if is_in(language, range) {
            Some(Self::Narrower(language.len()))
        } else {
            None
        }
    }
}

/// The best of ours, in our order where the client wishes for two alike; none is sent as it is (RFC 9110, section 12.5.3).
fn encoding(ours: &[&'static str], wishes: &[Wish<'_>]) -> Option<&'static str> {
    let named = |name: &str| {
        let mut wishes = wishes.iter();
        let wish = wishes.find(|(value, _)| value.eq_ignore_ascii_case(name.as_bytes()));
        wish.map(|(_, weight)| *weight)
    };
    let as_it_is = named("identity").unwrap_or_default();
    let any = named("*").unwrap_or_default();
    let weighed = ours.iter().map(|&name| (named(name).unwrap_or(any), name));
    let wanted = weighed.filter(|(weight, _)| *weight > 0 && *weight >= as_it_is);
    first_best(wanted)
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
    fn an_endless_list_is_not_read_to_its_end() {
        let long = "x,".repeat(MOST) + "de";
        let ours = HeaderChoice::Language(&["en", "de"]);
        assert_eq!(made(ours, &[&long]), Some("en"));
    }
}
