//! What a query of `PromQL` asks for, and what a page of metrics has.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::str::Chars;

/// The names of labels that a word before a bracket takes.
const GROUPINGS: [&str; 6] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];

const OPERATORS: [&str; 5] = ["and", "or", "unless", "bool", "offset"];

/// The metrics that a query reads, each with the labels that it selects by, and the labels that it groups by.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Query {
    pub(crate) metrics: Vec<(String, BTreeSet<String>)>,
    pub(crate) groups: BTreeSet<String>,
}

#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Sign(char),
}

impl Query {
    pub(crate) fn read(text: &str) -> Self {
        let tokens = tokens(text);
        let word = |at: usize| match tokens.get(at) {
            Some(Token::Word(word)) => Some(word.as_str()),
            _ => None,
        };
        let sign = |at: usize| match tokens.get(at) {
            Some(Token::Sign(sign)) => Some(*sign),
            _ => None,
        };
        // The words up to a closing bracket, and where that is.
        let until = |from: usize, end: char| {
            let after = (from..tokens.len()).find(|&at| sign(at) == Some(end));
            let after = after.unwrap_or(tokens.len());
            let words = (from..after).filter_map(word).map(str::to_owned);
            (words.collect::<BTreeSet<_>>(), after)
        };
        let (mut query, mut at) = (Self::default(), 0);
        while at < tokens.len() {
            let name = word(at);
            at += 1;
            let Some(name) = name else { continue };
            if GROUPINGS.contains(&name) {
                let (labels, after) = until(at, ')');
                query.groups.extend(labels);
                at = after;
            } else if OPERATORS.contains(&name)
                || sign(at) == Some('(')
                || word(at).is_some_and(|next| GROUPINGS.contains(&next))
            {
                // A function, or an aggregation.
            } else if sign(at) == Some('{') {
                let (labels, after) = until(at, '}');
                query.metrics.push((name.to_owned(), labels));
                at = after;
            } else {
                query.metrics.push((name.to_owned(), BTreeSet::new()));
            }
        }
        query
    }
}

/// Words and signs, without texts, numbers, ranges and variables of Grafana.
fn tokens(text: &str) -> Vec<Token> {
    let (mut tokens, mut chars) = (Vec::new(), text.chars().peekable());
    while let Some(next) = chars.next() {
        match next {
            '"' => while !matches!(chars.next(), Some('"') | None) {},
            '[' => while !matches!(chars.next(), Some(']') | None) {},
            '$' | '0'..='9' => drop(rest_of_word(&mut chars)),
            'a'..='z' | 'A'..='Z' | '_' => {
                let word = format!("{next}{}", rest_of_word(&mut chars));
                tokens.push(Token::Word(word));
            }
            next if next.is_whitespace() => {}
            next => tokens.push(Token::Sign(next)),
        }
    }
    tokens
}

fn rest_of_word(chars: &mut Peekable<Chars<'_>>) -> String {
    let in_word = |next: &char| next.is_ascii_alphanumeric() || matches!(next, '_' | ':');
    std::iter::from_fn(|| chars.next_if(in_word)).collect()
}

/// The metrics of a page in the format of Prometheus, each with its labels.
pub(crate) fn exposed(page: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut metrics: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        for (name, labels) in Query::read(line).metrics {
            metrics.entry(name).or_default().extend(labels);
        }
    }
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_query_is_its_metrics_and_labels() {
        let text = r#"histogram_quantile(0.95, sum by (le, site) (rate(load_bucket{job=~"$job", a!="by (x) {"}[$__rate_interval])))
            / on (b) sum(up) without(c) or vector(0) > 1e3 offset 5m"#;
        let query = Query {
            metrics: vec![
                ("load_bucket".to_owned(), set(&["job", "a"])),
                ("up".to_owned(), set(&[])),
            ],
            groups: set(&["le", "site", "b", "c"]),
        };
        assert_eq!(Query::read(text), query);
    }

    #[test]
    fn a_page_of_metrics_is_read() {
        let page = "# TYPE a counter\na{x=\"1\",y=\"{2} \"} 3\na{z=\"1\"} 0.5\n\nb 1e-9\n";
        let metrics = exposed(page);
        assert_eq!(metrics["a"], set(&["x", "y", "z"]));
        assert_eq!(metrics["b"], set(&[]));
        assert_eq!(metrics.len(), 2);
    }
}
