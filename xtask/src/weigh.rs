//! `cargo xtask weigh`: the compile cost of a hundred cached functions, in lines of LLVM IR of a debug build, which are the same on
//! every machine and proportional to compile time.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::root;

/// A crate of a hundred functions, and its limit of lines.
struct Weight {
    package: &'static str,
    example: &'static str,
    limit: Option<usize>,
}

impl Weight {
    const fn at_most(self, limit: usize) -> Self {
        Self {
            limit: Some(limit),
            ..self
        }
    }
}

const fn tests(example: &'static str) -> Weight {
    Weight {
        package: "cache-tests",
        example,
        limit: None,
    }
}

const fn benches(example: &'static str) -> Weight {
    Weight {
        package: "cache-benches",
        ..tests(example)
    }
}

/// The crate that `cargo xtask weigh guard` checks, because it is quick to build.
const GUARD: Weight = tests("one_type").at_most(150_000);

const ALL: [Weight; 6] = [
    benches("plain_one_type"),
    benches("cached_one_type"),
    GUARD,
    benches("plain_many_types"),
    benches("cached_many_types"),
    benches("many_types").at_most(600_000),
];

pub(crate) fn run(words: &[String]) -> Result<(), String> {
    let weights = match words {
        [] => &ALL[..],
        [word] if word == "guard" => std::slice::from_ref(&GUARD),
        [unknown, ..] => return Err(format!("unknown argument `{unknown}`; known: guard")),
    };
    let mut heavy = Vec::new();
    println!("| a hundred functions | lines of IR |\n|---|---:|");
    for weight in weights {
        let lines = lines(weight)?;
        println!("| {} | {lines} |", weight.example);
        if let Some(limit) = weight.limit.filter(|limit| lines > *limit) {
            heavy.push(format!("{}: {lines}, at most {limit}", weight.example));
        }
    }
    if heavy.is_empty() {
        return Ok(());
    }
    Err(format!("too many lines of IR: {}", heavy.join("; ")))
}

fn lines(weight: &Weight) -> Result<usize, String> {
    let out = target().join("weights");
    let ir = out.join(weight.example).with_extension("ll");
    std::fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root());
    command.args(["rustc", "--quiet", "-p", weight.package, "--all-features"]);
    command.args(["--example", weight.example, "--", "-C", "codegen-units=1"]);
    // Debug information would double the lines.
    command.args(["-C", "debuginfo=0"]);
    command.arg(format!("--emit=llvm-ir={}", ir.display()));
    let status = command
        .status()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !status.success() {
        return Err(format!("{} does not compile", weight.example));
    }
    let text =
        std::fs::read_to_string(&ir).map_err(|error| format!("{}: {error}", ir.display()))?;
    Ok(text.lines().count())
}

fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root().join(Path::new(&target))
}
