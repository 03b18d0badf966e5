//! Faults in system calls, through libfiu (`fiu-run` and `fiu-ctrl` of Debian's package `fiu-utils`).
//!
//! `fiu-run -x` puts a library before the C library; the SQLite in the program calls its `pwrite64`, `fsync` and
//! `ftruncate64`. Nothing else in the program calls these while it serves: the network uses other calls.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Fault, Target};
use crate::Result;

/// Failure points that are switched on and off in the running server.
#[derive(Debug)]
pub struct Injected {
    pipe: PathBuf,
    points: Vec<(String, String, String)>,
}

impl Injected {
    /// Failure points as (`enable` or `enable_random`, name, parameters).
    ///
    /// # Errors
    /// When libfiu is not installed.
    pub fn new(folder: &Path, points: &[(&str, &str, &str)]) -> Result<Self> {
        Command::new("fiu-run")
            .args(["-n", "-x", "true"])
            .output()
            .map_err(|_| "expected `fiu-run` and `fiu-ctrl` in PATH, found none: install the package fiu-utils")?;
        let points = points.iter().map(|(how, name, parameters)| (how.to_string(), name.to_string(), parameters.to_string())).collect();
        Ok(Self { pipe: folder.join("fiu"), points })
    }

    fn control(&self, pid: u32, commands: impl Iterator<Item = String>) -> Result<()> {
        let mut control = Command::new("fiu-ctrl");
        control.arg("-f").arg(&self.pipe);
        for command in commands {
            control.args(["-c", &command]);
        }
        let output = control.arg(pid.to_string()).output()?;
        if output.status.success() {
            Ok(())
        } else {
            Err(format!("fiu-ctrl could not reach the server: {}", String::from_utf8_lossy(&output.stderr)).into())
        }
    }
}

impl Fault for Injected {
    fn wrapper(&self) -> Vec<OsString> {
        vec!["fiu-run".into(), "-x".into(), "-f".into(), self.pipe.clone().into()]
    }

    fn strike(&mut self, target: Target<'_>) -> Result<()> {
        let pid = target.pid.ok_or("the fault needs a running server")?;
        self.control(pid, self.points.iter().map(|(how, name, parameters)| format!("{how} name={name},{parameters}")))
    }

    fn mend(&mut self, target: Target<'_>) -> Result<()> {
        // A server that was killed has taken its faults with it.
        target.pid.map_or(Ok(()), |pid| self.control(pid, self.points.iter().map(|(_, name, _)| format!("disable name={name}"))))
    }
}
