//! Networks and mounts of a test's own, that nobody else sees and that go with it.

use std::{
    env, fs,
    net::{IpAddr, Ipv4Addr},
    os::unix::fs::MetadataExt as _,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{ensure, Context as _, Result};

/// Set where a test runs in namespaces of its own.
const INSIDE: &str = "TALKA_TEST_ISOLATED";

/// Run a test, of this name, once more in namespaces of its own for mounts and networks.
///
/// In the process that was started first this gives `false` when the inner one has succeeded: there is nothing left to
/// do. In the inner one it gives `true`.
///
/// # Errors
///
/// Where the inner one fails; or where this user may not make namespaces, which is what administrators and containers
/// can forbid.
pub fn enter(test: &str) -> Result<bool> {
    if env::var_os(INSIDE).is_some() {
        return Ok(true);
    }
    // `ip` keeps the names of namespaces below /run.
    let prepare = "mount -t tmpfs tmpfs /run && ip link set lo up && exec \"$@\"";
    let status = unshare(&["--mount", "--net"])?
        .args(["sh", "-c", prepare, "sh"])
        .arg(env::current_exe()?)
        .args([test, "--exact", "--nocapture"])
        .env(INSIDE, "yes")
        .status()?;
    ensure!(status.success(), "{test} in namespaces of its own: {status}\nhint: its report is above");
    Ok(false)
}

/// A program with a disk of its own, of this number of mebibytes, at a folder, which is made. Nobody else sees the disk.
///
/// # Errors
///
/// Where this user may not make namespaces.
pub fn on_a_small_disk(folder: &Path, mebibytes: u32, program: &Path) -> Result<Command> {
    fs::create_dir_all(folder)?;
    let prepare = "mount -t tmpfs -o size=\"$0\" tmpfs \"$1\" && shift && exec \"$@\"";
    let mut command = unshare(&["--mount"])?;
    command.args(["sh", "-c", prepare, &format!("{mebibytes}m")]).arg(folder).arg(program);
    Ok(command)
}

/// What runs a command in namespaces of its own.
fn unshare(namespaces: &[&str]) -> Result<Command> {
    let mut namespaces = namespaces.to_vec();
    if fs::metadata("/proc/self")?.uid() != 0 {
        // In a namespace of users everybody may be root.
        namespaces.push("--map-root-user");
    }
    let possible = Command::new("unshare").args(&namespaces).arg("true").stderr(Stdio::null()).status();
    ensure!(
        possible.is_ok_and(|status| status.success()),
        "this scenario needs mounts or networks of its own, and this user may not make them\n\
         hint: run it as root, or allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, \
         kernel.apparmor_restrict_unprivileged_userns=0)"
    );
    let mut command = Command::new("unshare");
    command.args(&namespaces);
    Ok(command)
}

/// Some machines on one wire, each in a network namespace of its own, and this process beside them.
#[derive(Debug)]
pub struct Lan {
    machines: u8,
}

impl Lan {
    /// A network of `machines` machines. Only for a process that is [isolated](enter).
    pub fn new(machines: u8) -> Result<Self> {
        ip("link add lan type bridge")?;
        ip("addr add 10.77.0.254/24 dev lan")?;
        ip("link set lan up")?;
        for machine in 1..=machines {
            let name = name(machine);
            ip(&format!("netns add {name}"))?;
            ip(&format!("link add {name} type veth peer name eth0 netns {name}"))?;
            ip(&format!("link set {name} master lan up"))?;
            ip(&format!("-n {name} addr add {}/24 dev eth0", address(machine)))?;
            ip(&format!("-n {name} link set eth0 up"))?;
            ip(&format!("-n {name} link set lo up"))?;
        }
        Ok(Self { machines })
    }

    /// The namespaces and the addresses of the machines.
    pub fn places(&self) -> Vec<(String, IpAddr)> {
        (1..=self.machines).map(|machine| (name(machine), address(machine).into())).collect()
    }

    /// Cut the wire between the first machines and the others. What they send to each other vanishes; this process
    /// reaches all of them.
    pub fn cut(&self, first: u8) -> Result<()> {
        self.across(first, "add")
    }

    /// Mend the wire that was cut.
    pub fn heal(&self, first: u8) -> Result<()> {
        self.across(first, "del")
    }

    fn across(&self, first: u8, change: &str) -> Result<()> {
        for one in 1..=first {
            for other in first + 1..=self.machines {
                for (from, to) in [(one, other), (other, one)] {
                    ip(&format!("-n {} route {change} blackhole {}/32", name(from), address(to)))?;
                }
            }
        }
        Ok(())
    }
}

fn name(machine: u8) -> String {
    format!("machine{machine}")
}

fn address(machine: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 77, 0, machine)
}

/// A disk of this number of mebibytes at a folder, which is made. Only for a process that is [isolated](enter).
pub fn mount_disk(folder: &Path, mebibytes: u32) -> Result<()> {
    fs::create_dir_all(folder)?;
    let size = format!("size={mebibytes}m");
    let output = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "cannot mount a disk at {}: {said}", folder.display());
    Ok(())
}

fn ip(command: &str) -> Result<()> {
    let output = Command::new("ip")
        .args(command.split(' '))
        .output()
        .context("there is no program `ip`\nhint: scripts/setup installs it")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "ip {command}: {said}");
    Ok(())
}
