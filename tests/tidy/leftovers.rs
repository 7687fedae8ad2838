//! No code is left unfinished, and no test is skipped.

use crate::source::{Fault, Source};

const MACROS: [&str; 3] = ["todo", "unimplemented", "dbg"];

/// Split, so that this file has none of them.
const WORDS: [&str; 3] = [
    concat!("FIX", "ME"),
    concat!("TO", "DO"),
    concat!("XX", "X"),
];

pub(crate) fn check(sources: &[Source]) -> Vec<Fault> {
    sources.iter().flat_map(check_file).collect()
}

fn check_file(source: &Source) -> Vec<Fault> {
    let macros = MACROS.iter().flat_map(|name| {
        let lines: Vec<usize> = source.lines_of(&[name, "!"]).collect();
        lines
            .into_iter()
            .map(move |line| source.fault(line, format!("`{name}!` is left over: finish it")))
    });
    let ignored = source.lines_of(&["#", "[", "ignore"]).map(|line| {
        source.fault(
            line,
            "an ignored test reads as a pass: make it run, or take it out",
        )
    });
    let lines = source.text.lines().enumerate();
    let words = lines.filter_map(|(index, line)| {
        let word = WORDS.iter().find(|word| line.contains(*word))?;
        Some(source.fault(
            index + 1,
            format!("{word} is left over: do it, or file it where work is planned"),
        ))
    });
    macros.chain(ignored).chain(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_found_on_its_line() {
        let text = format!(
            "fn f() {{\n    todo!()\n}}\n// {}: later\n#[ignore]\nfn g() {{ dbg!(1); }}\n",
            WORDS[0]
        );
        let mut lines: Vec<usize> = check(&[Source::new("a.rs", &text)])
            .iter()
            .map(|fault| fault.line)
            .collect();
        lines.sort_unstable();
        assert_eq!(lines, [2, 4, 5, 6]);
    }

    #[test]
    fn the_names_alone_are_no_fault() {
        assert!(check(&[Source::new("a.rs", "fn todo() {} // todo! is a macro\n")]).is_empty());
    }
}
