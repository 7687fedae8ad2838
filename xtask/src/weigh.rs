//! `cargo xtask weigh`: the compile cost of a hundred cached functions, in lines of LLVM IR of a debug build, which are the same on
//! every machine and proportional to compile time.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use crate::step::root;
use crate::test::SELECTION;

/// A crate of a hundred functions, and its limit of lines.
struct Weight {
    folder: &'static str,
    /// What cargo builds it with.
    selection: &'static [&'static str],
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

/// Built with the packages and features of the tests, so that nothing is compiled for this alone.
const fn tests(example: &'static str) -> Weight {
    Weight {
        folder: "tests",
        selection: &SELECTION,
        example,
        limit: None,
    }
}

const fn benches(example: &'static str) -> Weight {
    Weight {
        folder: "benches",
        selection: &["-p", "cache-benches", "--all-features"],
        ..tests(example)
    }
}

/// The crate that `cargo xtask weigh guard` checks, because it is quick to build.
const GUARD: Weight = tests("one_type").at_most(85_000);

const ALL: [Weight; 8] = [
    benches("plain_one_type"),
    benches("cached_one_type"),
    GUARD,
    benches("plain_many_types"),
    benches("cached_many_types"),
    benches("many_types").at_most(305_000),
    benches("cached_many_keys"),
    benches("many_keys").at_most(420_000),
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

/// Where the wrapped compiler writes the IR, and of which crate.
const IR: &str = "CACHE_XTASK_IR";
const CRATE: &str = "CACHE_XTASK_IR_OF";

fn lines(weight: &Weight) -> Result<usize, String> {
    let out = target().join("weights");
    let ir = out.join(weight.example).with_extension("ll");
    let source = root().join(weight.folder).join("weights");
    let source = source.join(weight.example).with_extension("rs");
    let fault = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    std::fs::create_dir_all(&out).map_err(|error| fault(&out, error))?;
    // Otherwise cargo, which has built it already, does not call the compiler.
    touch(&source).map_err(|error| fault(&source, error))?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let own = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let status = Command::new(cargo)
        .current_dir(root())
        .args(["build", "--quiet", "--example", weight.example])
        .args(weight.selection)
        .env("RUSTC_WRAPPER", own)
        .env(IR, &ir)
        .env(CRATE, weight.example)
        .status()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !status.success() {
        return Err(format!("{} does not compile", weight.example));
    }
    let text = std::fs::read_to_string(&ir).map_err(|error| fault(&ir, error))?;
    std::fs::remove_file(&ir).map_err(|error| fault(&ir, error))?;
    Ok(text.lines().count())
}

fn touch(path: &Path) -> std::io::Result<()> {
    let file = std::fs::File::options().append(true).open(path)?;
    file.set_modified(std::time::SystemTime::now())
}

/// Whether cargo calls this program in place of the compiler.
pub(crate) fn is_wrapper() -> bool {
    std::env::var_os(IR).is_some()
}

/// Calls the compiler with these words, the first of which is its path; of the weighed crate it writes the IR too.
pub(crate) fn compile(words: &[String]) -> Result<ExitStatus, String> {
    let (compiler, rest) = words.split_first().ok_or("no compiler")?;
    let mut command = Command::new(compiler);
    command.args(rest);
    let weighed = std::env::var(CRATE).unwrap_or_default();
    if rest
        .windows(2)
        .any(|pair| pair[0] == "--crate-name" && pair[1] == weighed)
    {
        let ir = std::env::var(IR).unwrap_or_default();
        command.arg(format!("--emit=llvm-ir={ir}"));
        // Debug information would double the lines.
        command.args(["-C", "codegen-units=1", "-C", "debuginfo=0"]);
    }
    command
        .status()
        .map_err(|error| format!("{compiler}: {error}"))
}

fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root().join(Path::new(&target))
}
