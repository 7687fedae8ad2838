//! The servers of the test binary `stores` and the programs of `screens`: missing ones are installed, and the tests of those that
//! cannot be are left out by name.

use std::process::{Command, ExitStatus};

use crate::programs;

/// A module of the tests of stores or screens, and what it needs.
struct Suite {
    name: &'static str,
    /// The programs, each by its possible names.
    programs: &'static [&'static [&'static str]],
    /// The Debian package with them.
    package: &'static str,
    subcommand: Subcommand,
}

/// The subcommand that runs a suite.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subcommand {
    /// `cargo xtask test`, and `cargo xtask ci` too.
    Test,
    /// Only `cargo xtask ci`.
    Ci,
}

impl Subcommand {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Ci => "ci",
        }
    }
}

const SUITES: [Suite; 7] = [
    Suite {
        name: "redis",
        programs: &[&["redis-server"]],
        package: "redis-server",
        subcommand: Subcommand::Test,
    },
    Suite {
        name: "cluster",
        programs: &[&["redis-server"]],
        package: "redis-server",
        subcommand: Subcommand::Ci,
    },
    Suite {
        name: "memcached",
        programs: &[&["memcached"]],
        package: "memcached",
        subcommand: Subcommand::Test,
    },
    Suite {
        name: "postgres",
        programs: &[&["postgres"], &["initdb"]],
        package: "postgresql",
        subcommand: Subcommand::Test,
    },
    Suite {
        name: "mariadb",
        programs: &[
            &["mariadbd", "mysqld"],
            &["mariadb-install-db", "mysql_install_db"],
        ],
        package: "mariadb-server",
        subcommand: Subcommand::Ci,
    },
    Suite {
        name: "browser",
        programs: &[
            &["chromedriver"],
            &["chromium", "chromium-browser", "google-chrome"],
        ],
        // It depends on the browser of its version.
        package: "chromium-driver",
        subcommand: Subcommand::Test,
    },
    Suite {
        name: "prometheus",
        programs: &[&["prometheus"]],
        package: "prometheus",
        subcommand: Subcommand::Ci,
    },
];

impl Suite {
    /// The first of its programs that is missing.
    fn missing(&self, exists: impl Fn(&[&str]) -> bool) -> Option<&'static str> {
        let missing = self.programs.iter().find(|names| !exists(names))?;
        missing.first().copied()
    }
}

/// A suite that does not run, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) suite: &'static str,
    pub(crate) why: String,
}

/// The suites that this subcommand cannot run on this machine.
pub(crate) fn left_out(subcommand: Subcommand) -> Vec<LeftOut> {
    decide(subcommand, is_there)
}

fn decide(subcommand: Subcommand, exists: impl Fn(&[&str]) -> bool) -> Vec<LeftOut> {
    let why = |suite: &Suite| {
        if suite.subcommand > subcommand {
            return Some("left to `cargo xtask ci`".to_owned());
        }
        let program = suite.missing(&exists)?;
        Some(format!("{program} is not installed"))
    };
    let left_out = |suite: &Suite| {
        Some(LeftOut {
            suite: suite.name,
            why: why(suite)?,
        })
    };
    SUITES.iter().filter_map(left_out).collect()
}

fn is_there(names: &[&str]) -> bool {
    programs::find(names).is_some()
}

/// `cargo xtask servers [test|ci]`: installs the servers for this subcommand. If one cannot be installed, that is not an error: its
/// suites are left out and reported.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let subcommand = match arguments {
        [] => Subcommand::Ci,
        [name] if name == Subcommand::Ci.name() => Subcommand::Ci,
        [name] if name == Subcommand::Test.name() => Subcommand::Test,
        _ => return Err("usage: cargo xtask servers [test|ci]".to_owned()),
    };
    let packages = packages(subcommand, is_there);
    if packages.is_empty() {
        println!("every server is installed");
    } else if let Err(cause) = install(&packages) {
        println!("cannot install {}: {cause}", packages.join(", "));
    }
    Ok(())
}

/// The packages of the missing programs, each once.
fn packages(subcommand: Subcommand, exists: impl Fn(&[&str]) -> bool) -> Vec<&'static str> {
    let needed = SUITES.iter().filter(|suite| suite.subcommand <= subcommand);
    let missing = needed.filter(|suite| suite.missing(&exists).is_some());
    let mut packages: Vec<_> = missing.map(|suite| suite.package).collect();
    packages.dedup();
    packages
}

/// Tells the system not to start the new servers: the tests start servers of their own. A package that the system does not know
/// keeps no other one out.
const INSTALL: &str = r#"set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi
apt-get update
for package in "$@"; do
    apt-get install -y --no-install-recommends "$package" || failed=1
done
exit "${failed:-0}""#;

fn install(packages: &[&str]) -> Result<(), String> {
    if !is_there(&["apt-get"]) {
        return Err("there is no apt-get".to_owned());
    }
    let words = command_line(is_root(), packages);
    println!("installs {} with apt-get", packages.join(", "));
    let status = status_of(&words)?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("apt-get ended with {status}"))
    }
}

fn command_line(is_root: bool, packages: &[&str]) -> Vec<String> {
    // Without a terminal, nobody can type a password.
    let rights: &[&str] = if is_root { &[] } else { &["sudo", "-n"] };
    let words = [rights, &["sh", "-c", INSTALL, "install"], packages].concat();
    words.iter().map(ToString::to_string).collect()
}

fn status_of(words: &[String]) -> Result<ExitStatus, String> {
    let (program, arguments) = words.split_first().ok_or("no command")?;
    let status = Command::new(program).args(arguments).status();
    status.map_err(|error| format!("cannot start {program}: {error}"))
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(left_out: &[LeftOut]) -> Vec<&str> {
        left_out.iter().map(|left_out| left_out.suite).collect()
    }

    #[test]
    fn where_all_is_installed_ci_runs_every_suite() {
        assert_eq!(decide(Subcommand::Ci, |_| true), []);
    }

    #[test]
    fn the_slow_suites_are_left_to_ci_by_name() {
        let left_out = decide(Subcommand::Test, |_| true);
        assert_eq!(names(&left_out), ["cluster", "mariadb", "prometheus"]);
        assert_eq!(left_out[0].why, "left to `cargo xtask ci`");
    }

    #[test]
    fn a_suite_whose_program_is_missing_is_left_out_and_the_program_named() {
        let left_out = decide(Subcommand::Ci, |names| names != ["initdb"]);
        let postgres = LeftOut {
            suite: "postgres",
            why: "initdb is not installed".to_owned(),
        };
        assert_eq!(left_out, [postgres]);
        let left_out = decide(Subcommand::Ci, |names| names != ["redis-server"]);
        assert_eq!(names(&left_out), ["redis", "cluster"]);
    }

    #[test]
    fn a_package_is_installed_once_and_only_for_what_will_run() {
        let none = |_: &[&str]| false;
        assert_eq!(
            packages(Subcommand::Test, none),
            ["redis-server", "memcached", "postgresql", "chromium-driver"]
        );
        assert_eq!(
            packages(Subcommand::Ci, none),
            [
                "redis-server",
                "memcached",
                "postgresql",
                "mariadb-server",
                "chromium-driver",
                "prometheus"
            ]
        );
        assert_eq!(packages(Subcommand::Ci, |_| true), [""; 0]);
    }

    #[test]
    fn only_root_installs_without_sudo() {
        let line = command_line(true, &["memcached", "postgresql"]);
        let expected = ["sh", "-c", INSTALL, "install", "memcached", "postgresql"];
        assert_eq!(line, expected);
        let line = command_line(false, &["memcached"]);
        assert_eq!(line[..4], ["sudo", "-n", "sh", "-c"]);
    }

    #[test]
    fn suites_are_modules_of_the_tests() {
        let stores = include_str!("../../tests/stores/servers.rs");
        let screens = include_str!("../../tests/screens/main.rs");
        for suite in &SUITES {
            let (within, beside) = (
                format!("mod {} {{", suite.name),
                format!("mod {};", suite.name),
            );
            let found = stores.contains(&within) || screens.contains(&beside);
            assert!(found, "no `{within}` and no `{beside}`");
        }
    }
}
